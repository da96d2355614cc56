"""`layergraph bench compare A B`: what a change of code, settings, machine or version has done."""

import argparse
from pathlib import Path

from ..flags_and_output import Subparsers, common_flags, dump
from .reading_flags import how_flags


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "compare", parents=[how_flags(), common_flags()], help="compare two folders of results",
        description="For every problem and solver of both: the ratio of times to the target and of seconds a step, B"
        " over A, paired by seed where both have it, with intervals and p (Holm); what differs in plan, settings,"
        " machine and versions. Different problems of one name are refused.",
    )  # fmt: skip
    parser.add_argument("a", type=Path, metavar="A", help="what 'bench run --out' wrote, before")
    parser.add_argument("b", type=Path, metavar="B", help="and after the change")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison."""
    import bench

    found = bench.compare(
        args.a, args.b, problem=args.problem, metric=args.metric, target=args.target, anyway=args.anyway
    )
    print(dump(found.as_dict()) if args.json else found)
    return 0
