"""`layergraph bench speed`: the training step as a multiple of its matrix products, beside plain NumPy and peers."""

import argparse
from pathlib import Path

from ..flags_and_output import Subparsers, common_flags, dump, say

PARTS = ("steps", "inside", "distortions", "memory", "target", "layers", "numeric")
PARTS_HELP = (
    "steps (default); inside: the parts of a step, prediction, bookkeeping; distortions; memory;"
    " target: time to 98 %%; layers: convolution and pooling beside torch's; numeric: system 5"
)
RULES_HELP = "sgd, momentum (default), adam; or another rule, also FILE.py:NAME, which layergraph alone has"
PEERS = ("torch", "torch_compile", "jax", "sklearn")


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "speed", parents=[common_flags()], help="a training step against its matrix products and other libraries",
        description="Rounds of all contenders in turns, each in a process of its own, after a check that they compute"
        " the same losses. Numbers are ratios within a round: medians and quartiles.",
    )  # fmt: skip
    parser.add_argument("--sizes", nargs="+", type=_size, metavar="H,B", help="hidden units, batch (default: five)")
    parser.add_argument("--rules", nargs="+", metavar="NAME", default=["momentum"], help=RULES_HELP)
    parser.add_argument("--dtypes", nargs="+", choices=("float32", "float64"), help="(default: --dtype, else float32)")
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="other libraries (default: all installed)")
    parser.add_argument("--rounds", type=int, default=21, metavar="N", help="of every contender (default 21)")
    parser.add_argument("--seconds", type=float, default=0.25, metavar="F", help="length of a round (default 0.25)")
    parser.add_argument("--all-threads", action="store_true", help="as many threads as each library likes")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["steps"], help=PARTS_HELP)
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="of the part target (default 10)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write speed.json, speed.md and pictures there")
    parser.set_defaults(run=run)


def _size(text: str) -> tuple[int, int]:
    hidden, comma, batch = text.partition(",")
    if not (comma and hidden.isdecimal() and batch.isdecimal() and int(hidden) and int(batch)):
        raise argparse.ArgumentTypeError(f"{text!r} is not H,B: two positive integers, as in 100,50")
    return int(hidden), int(batch)


def run(args: argparse.Namespace) -> int:
    """Measure, print the tables, write the files; 0, or 1 where a contender does other work than we do."""
    from bench.speed import report
    from bench.speed.contenders import ours
    from bench.speed.rounds import UnequalWorkError

    if args.rounds < 1 or args.seconds <= 0:
        raise ValueError(f"--rounds is {args.rounds} and --seconds {args.seconds:g}; expected positive numbers")
    for rule in args.rules:
        ours.rule_of(rule)  # a wrong name is told now
    if "numeric" in args.parts:
        from gradcheck.numeric.graph_gradients import numeric_gradients

        args.gradients = numeric_gradients
    try:
        result = report.measure_all(args, lambda text: say(args, *text.split("\n")))
    except UnequalWorkError as error:
        say(args, *str(error).split("\n"))
        return 1
    text = report.as_text(result)
    if args.out:
        paths = report.write(result, text, args.out)
        say(args, f"written: {', '.join(map(str, paths))}")
    print(dump(result) if args.json else text)
    return 0
