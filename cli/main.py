"""The entry point of the `layergraph` command: arguments, BLAS threads, exit codes, errors in one line.

Nothing here imports NumPy, because the number of BLAS threads has to be set before NumPy is loaded.
"""

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

COMMANDS = ("train", "predict", "evaluate", "gradcheck", "data", "bench", "recipes")
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
DESCRIPTION = "Layers as forward/backward pairs, a solver that resumes exactly, gradient checks that name the bug."
OK, FAILED, USAGE, DATA, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 ok, 1 check or target failed, 2 usage, 3 data, 130 interrupted."""
    argv = list(sys.argv[1:] if argv is None else argv)
    with _blas_threads(argv):
        parser = build_parser()
        args = parser.parse_args(argv)
        if not hasattr(args, "run"):
            parser.print_help()
            return USAGE
        return _guarded(args)


def build_parser() -> argparse.ArgumentParser:
    """The parser with all subcommands."""
    parser = argparse.ArgumentParser("layergraph", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"layergraph {_version()}")
    subparsers = parser.add_subparsers(metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"cli.{name}").add_parser(subparsers)
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
    except Exception as error:
        if os.environ.get("LAYERGRAPH_DEBUG"):
            raise
        return _complain(_text(error), _exit_code(error))


def _exit_code(error: Exception) -> int:
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & {"DataError", "CheckpointError", "OSError"}:
        return DATA
    return FAILED if "DivergedError" in names else USAGE


def _text(error: Exception) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    expected = isinstance(error, ValueError | TypeError | KeyError | OSError | ImportError)
    if expected or type(error).__module__ != "builtins":
        return text or type(error).__name__
    return f"{type(error).__name__}: {text} (a defect of ours; LAYERGRAPH_DEBUG=1 shows where)"


def _complain(text: str, code: int) -> int:
    print(f"layergraph: error: {text}" if code != INTERRUPTED else f"layergraph: {text}", file=sys.stderr)
    return code


def _blas_threads(argv: Sequence[str]) -> contextlib.AbstractContextManager[object]:
    """One BLAS thread, or as many as --threads says: small products are no faster with more, and results repeat."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--threads", type=int, default=1)
    try:
        with contextlib.redirect_stderr(None):
            threads = max(1, parser.parse_known_args(list(argv))[0].threads)
    except SystemExit:  # not a number: the real parser will say so
        threads = 1
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    if "numpy" not in sys.modules:
        return contextlib.nullcontext()
    try:  # NumPy is loaded already, e.g. in a test or a notebook
        from threadpoolctl import threadpool_limits
    except ImportError:
        return contextlib.nullcontext()
    limits: contextlib.AbstractContextManager[object] = threadpool_limits(threads, user_api="blas")
    return limits


def _version() -> str:
    try:
        return version("layergraph")
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
