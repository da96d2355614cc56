"""`layergraph predict`: the classes of images, by a trained net."""

import argparse
from pathlib import Path
from typing import Any

from .flags_and_output import Subparsers, common_flags, dump, say


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "predict", parents=[common_flags()], help="classes and scores of images, by a trained net",
        description="Predict the class of each image with the net of a run. Images are white on black, as in MNIST.",
    )  # fmt: skip
    parser.add_argument("run_file", type=Path, metavar="RUN.npz", help="checkpoint that `layergraph train` wrote")
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE",
                        help="PNG, .npy, idx; rows of yours as in training (default: test set)")  # fmt: skip
    parser.add_argument("--weights", choices=("last", "best"), default="last", help="last step, or best on validation")
    parser.add_argument("--invert", action="store_true", help="the images are dark on bright paper")
    parser.add_argument("--first", type=int, default=10, metavar="N", help="of a file with many images (default 10)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line an image: its class, its probability, and the runner-up."""
    from .experiment import images, trained_net

    net = trained_net.load(args.run_file, args.weights)
    rows: list[dict[str, Any]] = []
    for source, pixels in images.sources(args, net):
        if net.is_real:
            for index, value in enumerate(net.model.loss(pixels)[:, 0].tolist()):
                rows.append({"image": f"{source}[{index}]", "value": value})
                say(args, f"{source}[{index}]   {value:.4g}") if not args.json else None
            continue
        probabilities = net.probabilities(pixels)
        for index, p in enumerate(probabilities):
            order = p.argsort()[::-1]
            name = source if len(pixels) == 1 else f"{source}[{index}]"
            named = {"label": net.class_name(order[0])} if net.info.get("classes") else {}
            rows.append({"image": name, "class": int(order[0]), **named, "probabilities": p.tolist()})
            second = f"next {net.class_name(order[1])} {p[order[1]]:.1%}" if len(order) > 1 else ""
            first = f"class {net.class_name(order[0])}   {p[order[0]]:.1%}"
            say(args, f"{name}   {first}   {second}") if not args.json else None
    if args.json:
        print(dump(rows))
    return 0
