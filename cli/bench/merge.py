"""`layergraph bench merge DIR... --out DIR`: the runs of several folders in one log of another."""

import argparse
import sys
from pathlib import Path

from ..flags_and_output import Subparsers, common_flags, dump, say


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "merge", parents=[common_flags()], help="bring the runs of several folders together",
        description="Write the runs of all folders into one log of --out, each once: shards from machines that share"
        " nothing, or old folders with a file a run. Of two results of one run the first counts.",
    )  # fmt: skip
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="what 'bench run --out' wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new, or with runs of the same sweep")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Merge, and say what came together."""
    from bench.solvers.storage.merge import merge

    merged = merge(args.folders, args.out)
    for note in merged.notes:
        print(f"note: {note}", file=sys.stderr)
    if merged.different:
        some = ", ".join(merged.different[:3])
        print(
            f"note: of {len(merged.different)} runs there are results that differ in more than times ({some}); that of"
            " the folder whose name comes first was kept",
            file=sys.stderr,
        )
    say(args, f"{merged.runs} runs merged into {args.out}, {merged.twice} were there more than once")
    if args.json:
        print(dump(merged._asdict() | {"out": str(args.out)}))
    return 0
