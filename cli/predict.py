"""`layergraph predict`: the classes of images, by a trained net."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.printable import printable

from .flags_and_output import Subparsers, common_flags, dump, say

if TYPE_CHECKING:
    from .experiment.images import Reader, Source
    from .experiment.trained_net import Trained

DATA = 3  # exit code: at least one of the files could not be read
UNSURE = 0.5  # the probability below which the class is a guess
DESCRIPTION = """Predict the class of each image with the net of a run. Pictures (PNG, JPEG, ...) are prepared as MNIST
was: paper found, cropped, scaled, centred; .npy and idx files are taken as they are, bright on dark. Exit 3: a file
could not be read; the others are answered all the same."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "predict", parents=[common_flags()], help="classes and scores of images, by a trained net",
        description=DESCRIPTION,
    )  # fmt: skip
    parser.add_argument("run_file", type=Path, metavar="RUN.npz", help="checkpoint that `layergraph train` wrote")
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE",
                        help="picture, .npy, idx; rows of yours as in training (default: test set)")  # fmt: skip
    parser.add_argument("--weights", choices=("last", "best"), default="last", help="last step, or best on validation")
    parser.add_argument("--invert", action="store_true", help="dark on bright paper (pictures: found by itself)")
    parser.add_argument("--as-is", action="store_true", help="pictures are only resized: nothing is sought in them")
    parser.add_argument("--show", action="store_true", help="what the net saw: blocks here, and a PNG (--show-to)")
    parser.add_argument("--show-to", type=Path, metavar="FILE.png", help="where --show writes (default seen.png)")
    parser.add_argument("--first", type=int, default=10, metavar="N", help="of a file with many images (default 10)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line an image: its class, its probability, and the runner-up; then exit 3 if a file was bad."""
    from mnist import DataError

    from .experiment import images, seen, trained_net

    net = trained_net.load(args.run_file, args.weights)
    reader = images.Reader(args, net)
    rows: list[dict[str, Any]] = []
    sheet: list[tuple[Any, Any, str]] = []
    failed = 0
    for path in args.images or [None]:
        try:
            source = reader.test_set() if path is None else reader.read(path)
            rows += _answers(args, net, reader, source, sheet)
        except (DataError, OSError) as error:
            failed += 1
            print(f"layergraph: error: {printable(error)}", file=sys.stderr)
            rows.append({"image": str(path), "error": str(error)})
    if sheet:
        target = args.show_to or Path("seen.png")
        seen.write_sheet(target, sheet)
        say(args, f"what the net saw: {target}")
    if args.json:
        print(dump(rows))
    return DATA if failed else 0


def _answers(
    args: argparse.Namespace, net: "Trained", reader: "Reader", source: "Source", sheet: list[tuple[Any, Any, str]]
) -> list[dict[str, Any]]:
    """What is said of each row of a file; pictures of them are added to the sheet."""
    from .experiment.seen import blocks

    if net.is_real:
        return _values(args, net, source)
    rows = []
    for index, p in enumerate(net.probabilities(source.rows)):
        order = p.argsort()[::-1]
        name = source.name if len(source.rows) == 1 else f"{source.name}[{index}]"
        unsure = (f"the net is unsure: no class has {UNSURE:.0%}",) if p[order[0]] < UNSURE and len(p) > 1 else ()
        warnings = [*source.warnings, *unsure]
        named = {"label": net.class_name(order[0])} if net.info.get("classes") else {}
        rows.append({"image": name, "class": int(order[0]), **named, "probabilities": p.tolist(), "warnings": warnings})
        second = f"next {net.class_name(order[1])} {p[order[1]]:.1%}" if len(order) > 1 else ""
        answer = f"class {net.class_name(order[0])}   {p[order[0]]:.1%}"
        if not args.json:
            say(args, f"{name}   {answer}   {second}")
        if not args.quiet:
            for text in warnings if index == 0 else unsure:
                print(printable(f"{name}: {text}"), file=sys.stderr)
        if (args.show or args.show_to) and len(net.info["shape"]) == 2:
            pixels = reader.seen(source.rows[index])
            say(args, *blocks(pixels))
            sheet.append((source.picture, pixels, f"{printable(name)[:34]}\n{answer}"))
    return rows


def _values(args: argparse.Namespace, net: "Trained", source: "Source") -> list[dict[str, Any]]:
    """The values that a net of real targets gives."""
    rows = []
    for index, value in enumerate(net.model.loss(source.rows)[:, 0].tolist()):
        rows.append({"image": f"{source.name}[{index}]", "value": value})
        if not args.json:
            say(args, f"{source.name}[{index}]   {value:.4g}")
    return rows
