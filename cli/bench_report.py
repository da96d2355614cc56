"""`layergraph bench report DIR`: the whole of a sweep as one HTML page."""

import argparse
from pathlib import Path
from typing import Any

from .common import common_flags, dump, say


def add_parser(subparsers: Any) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "report", parents=[common_flags()], help="write the report of a sweep, one HTML page",
        description="One page that needs no network: sortable tables, plots, the protocol in words, machine, commands.",
    )  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="DIR", help="what 'bench run --out' wrote")
    parser.add_argument("--metric", choices=("steps", "examples", "epochs", "seconds"), default="steps")
    parser.add_argument("--target", type=float, metavar="F", help="read the runs against another target")
    parser.add_argument("--reference", metavar="SOLVER", help="compare with this one (default adam)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default DIR/report.html")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the page and say where."""
    from bench.report import write_report
    from bench.sweep_results import Results

    results = Results(args.folder, args.target, args.metric)
    path = write_report(results, args.out or args.folder / "report.html", args.reference)
    say(args, f"wrote {path}")
    if args.json:
        print(dump({"report": str(path)}))
    return 0
