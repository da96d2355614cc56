"""`layergraph eval`: the measure (accuracy, R2) of a trained net on a data set."""

import argparse
from pathlib import Path
from typing import Any

from .flags_and_output import Subparsers, common_flags, dump, say


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "eval", parents=[common_flags()], help="accuracy (or R2) of a trained net on a data set",
        description="Measure a run's net on the training, validation and test rows of its data set, or of another.",
    )  # fmt: skip
    parser.add_argument("run_file", type=Path, metavar="RUN.npz", help="checkpoint that `layergraph train` wrote")
    parser.add_argument("--data", metavar="NAME|PATH", help="another data set (default: the one of the run)")
    parser.add_argument("--weights", choices=("last", "best"), default="last", help="last step, or best on validation")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print loss and measures on each part."""
    from .experiment import trained_net
    from .experiment.measured import measured, words

    net = trained_net.load(args.run_file, args.weights)
    result: dict[str, Any] = {}
    for part, X, y in net.parts(args.data):
        found = measured(net.model, X, y, net.task)
        result[part] = {"rows": len(X), **found}
        if not args.json:
            say(args, f"{part:5}  {len(X):6} rows   loss {found['loss']:.4f}   {words(found)}")
    if args.json:
        print(dump(result))
    return 0
