"""`layergraph bench plot DIR`: the pictures of a sweep."""

import argparse
from pathlib import Path

from ..flags_and_output import Subparsers, common_flags, dump, say
from .reading_flags import add_plot_flag, plot_names, read_results, reading_flags, tell_lost


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "plot", parents=[reading_flags(), common_flags()], help="draw the plots of a sweep",
        description="Draw every plot for each problem, and one profile over all problems, into a folder.",
    )  # fmt: skip
    add_plot_flag(parser)
    parser.add_argument("--format", choices=("svg", "png"), default="svg")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to (default DIR/plots)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw and say where."""
    from bench.solvers.presenting.figures import draw

    results = read_results(args)
    tell_lost(results)
    paths = draw(results, plot_names(args.plot), args.out or args.folder / "plots", f".{args.format}")
    say(args, *(f"wrote {path}" for path in paths))
    if args.json:
        print(dump([str(path) for path in paths]))
    return 0
