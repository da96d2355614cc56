"""The command itself: which net, trained first where none is named, and the server until Ctrl-C."""

import argparse
import contextlib
import time
from pathlib import Path

from ..flags_and_output import Parser, Subparsers, common_flags, say

HOME = Path("runs") / "demo"
DESCRIPTION = """Serve a page on this machine alone (127.0.0.1): draw a digit and see the scores, the hidden activations
and the gradient of a score with respect to the pixels, the drawing prepared as `layergraph predict` prepares pictures.
Without a run a small net is trained first, into runs/demo: on MNIST where it is at hand, else on the digits of
scikit-learn. Ctrl-C ends it. As one file without a server: `layergraph export RUN.npz --to html`."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "demo", parents=[common_flags()], help="a page to draw on, read by a trained net", description=DESCRIPTION
    )
    parser.add_argument("run_file", nargs="?", type=Path, metavar="RUN.npz", help="a run on grey pictures")
    parser.add_argument("--weights", choices=("last", "best"), default="last", help="last step, or best on validation")
    parser.add_argument("--port", type=int, default=8181, metavar="N", help="of 127.0.0.1 (default 8181; 0: any free)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C, which is how it ends: exit 0."""
    if not 0 <= args.port <= 65535:
        raise ValueError(f"--port is {args.port}; expected 0 to 65535")
    from ..experiment import trained_net
    from . import page, server
    from .reading import Reading

    file = args.run_file or _own_run(args)
    reading = Reading(trained_net.load(file, args.weights), str(file))
    with contextlib.suppress(KeyboardInterrupt), server.serving(page.served(reading), reading, args.port) as address:
        say(args, f"{file}: draw on {address}   (Ctrl-C ends it)")
        if args.open:
            import webbrowser

            webbrowser.open(address)
        while True:
            time.sleep(3600)
    say(args, "ended")
    return 0


def _own_run(args: argparse.Namespace) -> Path:
    """The run in runs/demo, trained now if there is none yet."""
    file = HOME / "run.npz"
    if file.exists():
        return file
    data, epochs = ("mnist", 3) if _has_mnist() else ("digits", 30)
    say(args, f"no run is named: training mlp:100 on {data} first, into {HOME} (about half a minute at most)")
    from .. import train

    parser: argparse.ArgumentParser = Parser("layergraph")
    train.add_parser(parser.add_subparsers())
    flags = ["train", "--data", data, "--model", "mlp:100", "--epochs", str(epochs), "--out", str(HOME)]
    chosen = parser.parse_args([*flags, "--no-pictures", "--quiet"])
    if chosen.run(chosen) != 0:
        raise KeyboardInterrupt
    return file


def _has_mnist() -> bool:
    import mnist

    try:
        mnist.load("mnist", limit=100)
    except mnist.DataError:
        return False
    return True
