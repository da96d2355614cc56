"""`layergraph bench table DIR`: the numbers of a sweep, with intervals, comparisons and warnings."""

import argparse
from pathlib import Path

from ..flags_and_output import Subparsers, common_flags, say
from .reading_flags import read_results, reading_flags, tell_lost


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "table", parents=[reading_flags(), common_flags()], help="print the table of a sweep",
        description="Medians over seeds, or over studies, with 95 % order-statistic intervals; ratios of times to a"
        " reference's, paired, with what the signed-rank test leaves; p by Holm; misses are infinite, failures"
        " counted.",
    )  # fmt: skip
    parser.add_argument("--reference", metavar="SOLVER", help="compare with this one (default adam)")
    parser.add_argument("--ert", action="store_true", help="also expected running times, with simulated restarts")
    parser.add_argument("--format", choices=("text", "md", "csv", "json", "html"), default="text")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there instead of printing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the tables."""
    from bench.solvers.presenting.tables import table

    results = read_results(args)
    if args.format == "csv" and not args.json:
        tell_lost(results)
    text = table(results, "json" if args.json else args.format, args.reference, ert=args.ert)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(text + "\n", encoding="utf-8")
        say(args, f"wrote {args.out}")
    else:
        print(text)
    return 0
