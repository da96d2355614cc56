"""`layergraph bench export DIR`: the results of a sweep as CSV or Parquet, or in the columns of another tool."""

import argparse
from pathlib import Path

from ..flags_and_output import Subparsers, common_flags, dump, say
from .reading_flags import tell_lost


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "export", parents=[common_flags()], help="write the results for another tool",
        description="Write one row per evaluation of every reporting run: in the columns that benchopt reads, or (csv,"
        " parquet) with the settings as columns; or (coco) a folder for each solver that COCO's cocopp reads.",
    )  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="DIR", help="what 'bench run --out' wrote")
    parser.add_argument("--format", choices=("benchopt", "coco", "csv", "parquet"), default="benchopt")
    parser.add_argument(
        "--runs", choices=("report", "tune", "all"), default="report", help="which, for csv and parquet"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="default DIR/benchopt.csv (or a .parquet), DIR/runs.csv, DIR/runs.parquet, the folder DIR/coco",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the file and say where."""
    from bench import Results
    from bench.solvers.presenting.coco import write_coco
    from bench.solvers.presenting.export import export
    from bench.solvers.presenting.frame import write_rows

    results = Results(args.folder)
    tell_lost(results)
    if args.format == "coco":
        path = write_coco(results, args.out or args.folder / "coco")
    elif args.format == "benchopt":
        path = export(results, args.out or args.folder / "benchopt.csv", args.format)
    else:
        path = write_rows(results, args.out or args.folder / f"runs.{args.format}", args.format, args.runs)
    say(args, f"wrote {path}")
    if args.json:
        print(dump({"file": str(path)}))
    return 0
