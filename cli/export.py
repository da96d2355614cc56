"""`layergraph export` and `layergraph import`: a trained net as ONNX, safetensors or a page, and back."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .flags_and_output import Subparsers, common_flags, say

if TYPE_CHECKING:
    from .experiment.trained_net import Trained

FORMATS = {"onnx": ".onnx", "safetensors": ".safetensors", "html": ".html"}
DESCRIPTION = """Write the net of a run for other programs. onnx: `x` (N, D) in, `scores` out, as in evaluation; rows as
the net was trained on, or with --raw as they are stored, the run's scaling inside. safetensors: the arrays, from which
`layergraph import` makes the run again. html: a page to draw on, the net inside, that needs no server."""


def add_parser(subparsers: Subparsers) -> None:
    """Add both subcommands."""
    parser = subparsers.add_parser(
        "export", parents=[common_flags()], help="a trained net as ONNX, safetensors or a page", description=DESCRIPTION
    )
    parser.add_argument("run_file", type=Path, metavar="RUN.npz", help="checkpoint that `layergraph train` wrote")
    parser.add_argument("--to", choices=tuple(FORMATS), help="format (default: by the ending of --out)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: beside the run)")
    parser.add_argument("--weights", choices=("last", "best"), default="last", help="last step, or best on validation")
    parser.add_argument("--raw", action="store_true", help="onnx: take pixels or columns as stored, and scale them")
    parser.set_defaults(run=run)
    back = subparsers.add_parser(
        "import", parents=[common_flags()], help="a net from safetensors",
        description="Read a net that `layergraph export --to safetensors` or models.export wrote. What was a run is one"
        " again for predict, eval and show; training cannot be resumed from it. Another net is read by models.load.",
    )  # fmt: skip
    back.add_argument("tensors", type=Path, metavar="FILE.safetensors", help="what was exported")
    back.add_argument("--out", type=Path, metavar="RUN.npz", help="where to write (default: the same name, .npz)")
    back.add_argument("--overwrite", action="store_true", help="replace the file that --out names")
    back.set_defaults(run=run_import)


def run(args: argparse.Namespace) -> int:
    """Write the file and say what it holds."""
    from .experiment import trained_net

    form = _format(args)
    out: Path = args.out or args.run_file.with_suffix(FORMATS[form])
    net = trained_net.load(args.run_file, args.weights)
    if form == "html":
        _write_page(args, net, out)
    else:
        _write(args, net, form, out)
    say(args, f"{out}: {form}, weights of the {'last step' if args.weights == 'last' else 'best validation'}")
    return 0


def _format(args: argparse.Namespace) -> str:
    """The format that --to names, or the ending of --out."""
    by_ending = {ending: name for name, ending in FORMATS.items()}.get(args.out.suffix if args.out else "")
    form = args.to or by_ending
    if form is None:
        raise ValueError(f"--to is missing; expected one of {', '.join(FORMATS)}, or --out with such an ending")
    if args.raw and form != "onnx":
        raise ValueError("--raw: only an ONNX file can scale its inputs; leave it out")
    return str(form)


def _write_page(args: argparse.Namespace, net: "Trained", out: Path) -> None:
    from base.atomic import atomic_write

    from .demo import page, reading

    text = page.static(reading.Reading(net, str(args.run_file)))
    atomic_write(out, lambda stream: stream.write(text.encode()))


def _write(args: argparse.Namespace, net: "Trained", form: str, out: Path) -> None:
    """The net in that format, whatever the file is called; ValueError where it is no graph."""
    from models import Graph
    from models.exporting import write_onnx, write_safetensors
    from solver import checkpoint

    from .exporting import run_in_texts

    if not isinstance(net.model, Graph):
        raise ValueError(f"{net.settings.model} is a net of your own: only nets that are graphs can be exported")
    texts = run_in_texts.texts(net, checkpoint.read(args.run_file), args.weights)
    if form == "onnx":
        write_onnx(net.model, out, scaling=run_in_texts.scaling(net) if args.raw else None, metadata=texts)
    else:
        write_safetensors(net.model, out, texts)


def run_import(args: argparse.Namespace) -> int:
    """Write the run, or where the file tells of none, the net."""
    from models import load, read_safetensors, save

    from .exporting import run_in_texts

    out: Path = args.out or args.tensors.with_suffix(".npz")
    if out.exists() and not args.overwrite:
        raise ValueError(f"{out} exists: --overwrite replaces it, or choose another with --out")
    if args.tensors.suffix != ".safetensors":
        raise ValueError(f"{args.tensors}: expected a file that ends in .safetensors")
    model, texts = load(args.tensors), read_safetensors(args.tensors)[3]
    if run_in_texts.run_from(texts, model, out):
        say(args, f"{out}: a run with these weights, for predict, eval and show")
        return 0
    save(model, out)
    say(args, f"{out}: a net; models.load reads it")
    return 0
