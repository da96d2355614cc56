"""Flags that every subcommand shares, and how results are printed."""

import argparse
import datetime
import json
import math
import sys
from typing import Any, TypeAlias


class HelpText(argparse.HelpFormatter):
    """argparse's help, in which the lines of examples stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("examples:") else super()._fill_text(text, width, indent)


class Parser(argparse.ArgumentParser):
    """argparse, with options before, between and after the files of every subcommand: `predict RUN --invert IMAGE`.

    Plain argparse gives a list of files what stands before the first option, and does not know the rest.
    """

    _inside = False

    def __init__(self, *args: Any, **keywords: Any):
        super().__init__(*args, **{"formatter_class": HelpText, **keywords})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's; a parser without subcommands takes its options first and its files from all that is left."""
        if self._inside or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._inside = True
        try:
            return super().parse_known_intermixed_args(args, namespace)
        finally:
            self._inside = False


Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # what a command adds its parser to


def common_flags() -> argparse.ArgumentParser:
    """A parent parser with --seed, --threads, --dtype, --quiet and --json."""
    flags = argparse.ArgumentParser(add_help=False)
    group = flags.add_argument_group("common options")
    group.add_argument("--seed", type=int, metavar="INT", help="of every random stream (default 0)")
    group.add_argument("--threads", type=int, metavar="INT", help="BLAS threads (default 1, so that results repeat)")
    group.add_argument("--dtype", choices=("float32", "float64"), help="of parameters and data (default float32)")
    group.add_argument("--quiet", action="store_true", help="no progress and no summary")
    group.add_argument("--json", action="store_true", help="the result as JSON on stdout, everything else on stderr")
    return flags


def say(args: argparse.Namespace, *lines: str) -> None:
    """Print for a person: on stdout, on stderr with --json, not at all with --quiet.

    A line is one line: a name from a file that holds a line's end must not make another line of ours.
    """
    if not args.quiet:
        lines = tuple(line.replace("\n", "\\n") for line in lines)
        print(*lines, sep="\n", file=sys.stderr if args.json else sys.stdout, flush=True)


def dump(result: Any, indent: int | None = 2) -> str:
    """JSON in which nan and infinities are null, as the standard wants, and dates are text."""
    return json.dumps(plain(result), indent=indent, allow_nan=False)


def plain(value: Any) -> Any:
    """`value` as JSON has it: nan and infinities as None, dates and times as text, NumPy's numbers as Python's."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
