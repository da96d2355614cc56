"""`layergraph recipes list|run|table`: reproducible runs, the files of their results, and the page made from them.

The imports of NumPy's users happen when a subcommand runs, after the number of BLAS threads has been set.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.files import json_text
from base.printable import brief

from .. import train
from ..flags_and_output import Subparsers, common_flags, dump, say

if TYPE_CHECKING:
    from .result_files import Row

OK, FAILED = 0, 1


def add_parser(subparsers: Subparsers) -> None:
    """Add `recipes` and its three subcommands."""
    parser = subparsers.add_parser("recipes", help="reproducible runs and the results page")
    inner = parser.add_subparsers(metavar="list|run|table", required=True)
    listing = inner.add_parser("list", parents=[common_flags()], help="the recipes, and how many seeds have finished")
    listing.set_defaults(run=run_list)
    running = inner.add_parser(
        "run", parents=[common_flags()], help="run recipes, each with its seeds; what has finished is not run again",
        description="Interrupted runs go on where they stopped. Results are kept in results/recipes as they finish.",
    )  # fmt: skip
    running.add_argument("names", nargs="*", metavar="NAME[/VARIANT]", help="default: all")
    running.add_argument("--seeds", type=int, metavar="N", help="seeds 0..N-1 (default: as the recipe says)")
    running.add_argument("--smoke", action="store_true", help="the smallest budget, only to see that it runs")
    running.add_argument("--runs", type=Path, default=Path("runs/recipes"), metavar="DIR", help="default runs/recipes")
    running.set_defaults(run=run_recipes)
    table = inner.add_parser("table", parents=[common_flags()], help="write the results page from the result files")
    table.add_argument("--out", type=Path, default=Path("docs/results.md"), metavar="FILE", help="docs/results.md")
    table.add_argument("--no-figures", action="store_true", help="the page alone; the figures need matplotlib")
    table.set_defaults(run=run_table)
    for command in (listing, running, table):
        command.add_argument("--folder", type=Path, metavar="DIR", help="of the recipes (default: recipes)")


def run_list(args: argparse.Namespace) -> int:
    """Print one line a row: label, seeds finished of those asked for, title."""
    from . import result_files as results

    found = [(row, len(results.read(row))) for row in results.rows(results.folder(args.folder))]
    if args.json:
        print(dump([{"recipe": row.label, "done": done, "seeds": row.seeds, "command": row.command}
                    for row, done in found]))  # fmt: skip
        return OK
    width = max(len(row.label) for row, _ in found)
    for row, done in found:
        say(args, f"{row.label:{width}}  {done}/{row.seeds} seeds  {row.settings.recipe.get('title', '')}")
    return OK


def run_recipes(args: argparse.Namespace) -> int:
    """Run what has not finished; 1 where a run failed, 130 where one was interrupted."""
    from ..experiment import result_summary
    from . import result_files as results

    if args.dtype is not None:
        raise ValueError("--dtype belongs to the recipe; layergraph train recipes/NAME.toml --dtype takes another")
    code = OK
    for row in results.rows(results.folder(args.folder), args.names, smoke=args.smoke):
        first = 0 if args.seed is None else args.seed
        done = set() if args.smoke else {run["seed"] for run in results.read(row)}
        for seed in range(first, first + (1 if args.smoke else args.seeds or row.seeds)):
            if seed in done:
                continue
            out = args.runs / ("smoke" if args.smoke else ".") / row.label.replace("/", "-") / f"seed{seed}"
            status = OK if _finished(row, seed, out) and not args.smoke else _train(args, row, seed, out)
            if status == 130:
                return status
            if status not in (OK, FAILED):
                code = status
                continue
            result = _result(out)
            say(args, f"{row.label} seed {seed}: {result_summary.sentence(result)}")
            if not args.smoke:
                results.add(row, result_summary.compact(result))
    return code


def run_table(args: argparse.Namespace) -> int:
    """Write the page and its figures."""
    from . import figures, result_files as results, results_page

    rows = results.rows(results.folder(args.folder))
    text = results_page.page(rows)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(text, encoding="utf-8")
    made = [] if args.no_figures else figures.draw(rows, args.out.parent / "figures")
    say(args, f"wrote {', '.join(map(str, [args.out, *made]))}")
    return OK


def _finished(row: "Row", seed: int, out: Path) -> bool:
    """Whether the run's folder holds the result of these very settings, whose figures need only be taken over."""
    from .result_files import identity

    if not (out / "result.json").exists():
        return False
    held = _result(out)["settings"]
    return bool(identity(held) == identity(row.settings.as_dict()) and held.get("seed", 0) == seed)


def _result(out: Path) -> dict[str, Any]:
    """What a run's folder says of it."""
    path = out / "result.json"
    try:
        return json_text.unsealed(path.read_bytes())
    except (ValueError, TypeError) as error:
        what = f"{path} is damaged: {brief(error)}"
        raise ValueError(f"{what}. Delete it: the run then goes on from its checkpoint") from None


def _train(args: argparse.Namespace, row: "Row", seed: int, out: Path) -> int:
    """One run through `layergraph train`, resumed where its checkpoint lies and its result does not."""
    words = ["train", str(row.path), "--seed", str(seed), "--out", str(out), "--no-pictures", "--progress", "none"]
    words += ["--variant", row.variant] if row.variant else []
    words += ["--quiet"] if args.quiet or args.json else []
    words += ["--smoke", "--overwrite"] if args.smoke else []
    if not args.smoke and (out / "run.npz").exists():
        words += ["--overwrite"] if (out / "result.json").exists() else ["--resume"]  # a result of other settings
    parser = argparse.ArgumentParser("layergraph")
    train.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(words)
    return int(parsed.run(parsed))
