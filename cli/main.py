"""The entry point of the `layergraph` command: arguments, BLAS threads, exit codes, errors in one line.

Nothing here imports NumPy, because the number of BLAS threads has to be set before NumPy is loaded.
"""

import argparse
import contextlib
import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO, cast

from base.printable import PrintableStream, printable

from .blas_threads import use_threads
from .examples import add_examples
from .flags_and_output import Parser
from .version import Version

COMMANDS = ("train", "predict", "eval", "show", "demo", "export", "gradcheck", "data", "bench", "recipes", "completion")
DESCRIPTION = "Layers as forward/backward pairs, a solver that resumes exactly, gradient checks that name the bug."
HOUSE = Path(__file__).resolve().parent.parent
PACKAGES = ("base", "layers", "models", "solver", "gradcheck", "mnist", "bench", "plots", "cli")
OK, FAILED, USAGE, DATA, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 ok, 1 check or target failed, 2 usage, 3 data, 130 interrupted."""
    own_process, argv = argv is None, list(sys.argv[1:] if argv is None else argv)
    with _blas_threads(argv), _printable_output(), _plain_warnings():
        parser = build_parser()
        args = parser.parse_args(argv)
        if not hasattr(args, "run"):
            parser.print_help()
            return USAGE
        args.own_process, args.parser = own_process, parser
        return _guarded(args)


@contextlib.contextmanager
def _plain_warnings() -> Iterator[None]:
    """Within it a warning is printed as one line for people, without the line of our source that called."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"layergraph: warning: {message}\n"
    try:
        yield
    finally:
        warnings.formatwarning = before


def build_parser() -> argparse.ArgumentParser:
    """The parser with all subcommands."""
    parser: argparse.ArgumentParser = Parser("layergraph", description=DESCRIPTION)
    parser.add_argument("--version", action=Version, nargs=0, help="ours, and those of Python, NumPy, SciPy and BLAS")
    subparsers = parser.add_subparsers(metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"cli.{name}").add_parser(subparsers)
    add_examples(parser)
    return parser


def _guarded(args: argparse.Namespace) -> int:
    """args.run(args), with every error that a user can cause printed as one line."""
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except BaseException as error:  # the user's own code may call sys.exit(): that is no silent success
        if os.environ.get("LAYERGRAPH_DEBUG"):
            raise
        return _complain(_text(error), _exit_code(error))


def _exit_code(error: BaseException) -> int:
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & {"DataError", "CheckpointError", "OSError"}:
        return DATA
    return FAILED if names & {"DivergedError", "LostWorkersError"} else USAGE


def _text(error: BaseException) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    expected = isinstance(error, ValueError | TypeError | KeyError | OSError | ImportError)
    where = _users_line(error)
    if not isinstance(error, Exception):
        return f"{where or 'code that was called'} ended the program ({type(error).__name__}: {text}): nothing is done"
    if where:
        return f"{where}: {type(error).__name__}: {text}"
    if expected or type(error).__module__ != "builtins":
        return text or type(error).__name__
    return f"{type(error).__name__}: {text} (a defect of ours; LAYERGRAPH_DEBUG=1 shows where)"


def _users_line(error: BaseException) -> str | None:
    """file:line of the user's own code, where the error was raised there and not in ours or in a library."""
    frames = list(traceback.extract_tb(error.__traceback__))
    if not isinstance(error, Exception):  # quit() and sys.exit() are Python's: what called them counts
        frames = [frame for frame in frames if _is_users(Path(frame.filename))]
    users = bool(frames) and _is_users(Path(frames[-1].filename))
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if users else None


def _is_users(path: Path) -> bool:
    ours = path.parents[1:] and path.is_relative_to(HOUSE) and path.relative_to(HOUSE).parts[0] in PACKAGES
    library = {"site-packages", "dist-packages", f"python{sys.version_info[0]}.{sys.version_info[1]}"} & set(path.parts)
    return not (ours or library or str(path).startswith("<"))


def _complain(text: str, code: int) -> int:
    text = printable(text)  # one line
    print(f"layergraph: error: {text}" if code != INTERRUPTED else f"layergraph: {text}", file=sys.stderr)
    return code


@contextlib.contextmanager
def _printable_output() -> Iterator[None]:
    """Within it nothing that controls a terminal is written, whatever the files say whose words are printed."""
    out, err = PrintableStream(sys.stdout), PrintableStream(sys.stderr)
    with contextlib.redirect_stdout(cast(TextIO, out)), contextlib.redirect_stderr(cast(TextIO, err)):
        yield


def _blas_threads(argv: Sequence[str]) -> contextlib.AbstractContextManager[object]:
    """One BLAS thread, or as many as --threads says: small products are no faster with more, and results repeat."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--threads", type=int, default=1)
    try:
        with contextlib.redirect_stderr(None):
            return use_threads(max(1, parser.parse_known_args(list(argv))[0].threads))
    except SystemExit:  # not a number: the real parser will say so
        return use_threads(1)


if __name__ == "__main__":
    sys.exit(main())
