"""`layergraph bench plot DIR`: the pictures of a sweep."""

import argparse
from pathlib import Path
from typing import Any

from .common import common_flags, dump, say


def add_parser(subparsers: Any) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "plot", parents=[common_flags()], help="draw the plots of a sweep",
        description="Draw curves, time_to_target, ecdf, lr_sensitivity, budget, slices, pairs, updates and profile.",
    )  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="DIR", help="what 'bench run --out' wrote")
    parser.add_argument("--plot", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--metric", choices=("steps", "examples", "epochs", "seconds"), default="steps")
    parser.add_argument("--target", type=float, metavar="F", help="read the runs against another target")
    parser.add_argument("--format", choices=("svg", "png"), default="svg")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to (default DIR/plots)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw and say where."""
    from bench.figures import draw
    from bench.sweep_results import Results

    results = Results(args.folder, args.target, args.metric)
    paths = draw(results, args.plot, args.out or args.folder / "plots", f".{args.format}")
    say(args, *(f"wrote {path}" for path in paths))
    if args.json:
        print(dump([str(path) for path in paths]))
    return 0
