"""`layergraph gradcheck`: check registered layers, your own functions or a model class, and name what is wrong.

Exit codes: 0 pass, 1 fail, 2 usage, 3 the target cannot be loaded, 4 only inconclusive.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .flags_and_output import Subparsers, common_flags, say
from .gradcheck_file import add_file_flags, check_paths, is_path, unusable, watch
from .gradcheck_grade import add_grade_flags, grade, require_no_grading
from .gradcheck_output import add_output_flags, print_reports, write_files
from .witness import witnessed

if TYPE_CHECKING:
    from gradcheck import Report

OK, FAILED, USAGE, UNLOADABLE, INCONCLUSIVE = 0, 1, 2, 3, 4
CODES = {"pass": OK, "fail": FAILED, "inconclusive": INCONCLUSIVE}


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "gradcheck",
        parents=[common_flags()],
        help="check backward passes and name the bug",
        description="Compare backward passes with numeric derivatives and say what is wrong. Without a target: every "
        "registered layer and loss, and reference models.",
    )
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help="FILE.py | FILE.ipynb | FOLDER: all in it; FILE.py:Class | module:forward,backward; affine relu ...",
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds per layer (default 1)")
    add_output_flags(parser)
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="for each function of a file (default 60; with --grade: 30)"
    )
    add_file_flags(parser)
    add_grade_flags(parser)
    parser.add_argument(
        "--fast", action="store_true", help="one probe size, a sample of the elements of large gradients"
    )
    parser.add_argument("--no-repair", action="store_true", help="do not search for an edit that repairs the backward")
    parser.add_argument("--list", action="store_true", help="list the layers that can be named")
    parser.add_argument("--codes", action="store_true", help="list the codes of findings and what they mean")
    parser.add_argument("--self-test", type=Path, metavar="FILE.py", help="score the checker on a file of planted bugs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check the targets, print the reports, return the exit code."""
    if args.grade:
        return grade(args)
    require_no_grading(args)
    if args.watch and not (args.targets and all(map(is_path, args.targets))):
        raise ValueError("--watch needs a file, a notebook or a folder to watch: layergraph gradcheck FILE.py --watch")
    if args.watch:
        return watch(lambda: _run(args), args.targets)
    if args.own_process and (args.self_test or not all(map(is_path, args.targets))):
        return witnessed(lambda: _run(args))
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    if args.seeds < 1:
        raise ValueError(f"--seeds is {args.seeds}; expected 1 or more")
    if args.list or args.codes:
        return _list(args)
    if args.self_test:
        return _self_test(args)
    try:
        files = check_paths(args, [t for t in args.targets if is_path(t)], _options(args))
        reports = _reports(args) if not files or not all(map(is_path, args.targets)) else []
    except (ImportError, AttributeError, LookupError, SyntaxError) as error:
        print(f"layergraph: error: {error}", file=sys.stderr)
        return UNLOADABLE
    from gradcheck import Suite

    everything = [*files, *reports]
    if args.json or args.format != "text":
        print_reports(args, everything)
    elif reports:  # the files' own are printed
        print_reports(args, reports)
    write_files(args, everything)
    code = CODES[Suite(everything, 0.0).verdict]
    return UNLOADABLE if code != FAILED and unusable(files) else code


def _list(args: argparse.Namespace) -> int:
    if args.codes:
        from gradcheck.codes import MEANINGS

        say(args, *(f"{code:20} {meaning}" for code, meaning in MEANINGS.items()))
        return OK
    from layers import registered

    say(args, *(f"{layer.kind:12} {name:22} {', '.join(layer.args)}" for name, layer in registered().items()))
    return OK


def _self_test(args: argparse.Namespace) -> int:
    from gradcheck import selftest

    try:
        cases = selftest.load(args.self_test)
    except (ImportError, SyntaxError, OSError, SystemExit) as error:
        print(f"layergraph: error: {error}", file=sys.stderr)
        return UNLOADABLE
    total = selftest.score(cases, args.seeds, repair=not args.no_repair)
    if args.json:
        print(json.dumps({k: v for k, v in vars(total).items() if k != "seconds"}, indent=2))
    else:
        say(args, *str(total).split("\n"))
    return OK if total.ok else FAILED


def _reports(args: argparse.Namespace) -> list["Report"]:
    from .gradcheck_target import check, reference_models

    options, seed = _options(args), args.seed or 0
    if args.targets:
        named = [target for target in args.targets if not is_path(target)]
        return [report for target in named for report in check(target, args.seeds, seed, options)]
    import gradcheck

    return list(gradcheck.suite(seeds=args.seeds, seed=seed, models=reference_models(), **options))


def _options(args: argparse.Namespace) -> dict[str, Any]:
    return {"mode": "fast" if args.fast else "auto", "repair": not args.no_repair}
