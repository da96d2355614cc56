"""`layergraph eval`: the accuracy of a trained net on a data set."""

import argparse
from pathlib import Path
from typing import Any

from .flags_and_output import Subparsers, common_flags, dump, say


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "eval", parents=[common_flags()], help="accuracy of a trained net on a data set",
        description="Measure a run's net on the training, validation and test rows of its data set, or of another.",
    )  # fmt: skip
    parser.add_argument("run_file", type=Path, metavar="RUN.npz", help="checkpoint that `layergraph train` wrote")
    parser.add_argument("--data", metavar="NAME|PATH", help="another data set (default: the one of the run)")
    parser.add_argument("--weights", choices=("last", "best"), default="last", help="last step, or best on validation")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print loss and accuracy on each part."""
    from solver.evaluation import evaluate

    from .experiment import trained_net

    net = trained_net.load(args.run_file, args.weights)
    result: dict[str, Any] = {}
    for part, X, y in net.parts(args.data):
        loss, accuracy = evaluate(net.model, X, y)
        result[part] = {"rows": len(X), "loss": loss, "accuracy": accuracy}
        if not args.json:
            say(args, f"{part:5}  {len(X):6} rows   loss {loss:.4f}   accuracy {accuracy:.4f}")
    if args.json:
        print(dump(result))
    return 0
