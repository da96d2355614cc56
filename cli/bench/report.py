"""`layergraph bench report DIR`: the whole of a sweep as one HTML page."""

import argparse
from pathlib import Path

from ..flags_and_output import Subparsers, common_flags, dump, say
from .reading_flags import add_plot_flag, plot_names, read_results, reading_flags


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "report", parents=[reading_flags(), common_flags()], help="write the report of a sweep, one HTML page",
        description="One page that needs no network: sortable tables, plots, the protocol in words, machine, commands.",
    )  # fmt: skip
    add_plot_flag(parser)
    parser.add_argument("--reference", metavar="SOLVER", help="compare with this one (default adam)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default DIR/report.html")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the page and say where."""
    from bench.solvers.presenting.page import write_report

    out = args.out or args.folder / "report.html"
    path = write_report(read_results(args), out, args.reference, plot_names(args.plot))
    say(args, f"wrote {path}")
    if args.json:
        print(dump({"report": str(path)}))
    return 0
