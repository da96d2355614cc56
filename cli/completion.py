"""`layergraph completion`: what a shell needs to complete commands, options and their values."""

import argparse
from pathlib import Path
from typing import Any

from base.own_packages import optional

from .examples import leaves
from .flags_and_output import Subparsers

SHELLS = ("bash", "zsh", "fish")
DESCRIPTION = "Print a script that completes commands, options, names and files of `layergraph` in a shell."


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser("completion", help="completion for bash, zsh or fish", description=DESCRIPTION)
    parser.add_argument("shell", choices=SHELLS, help="the shell that will read it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the script; ImportError that says what to install."""
    shtab = optional("shtab", "completion needs shtab: pip install 'layergraph[completion]'")
    print(shtab.complete(with_files(shtab, args.parser), args.shell))
    return 0


def with_files(shtab: Any, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser, its options and arguments that are paths marked as such."""
    for _, leaf in leaves(parser):
        for action in leaf._actions:
            if action.type is Path:
                folder = action.metavar == "DIR"
                action.complete = shtab.DIRECTORY if folder else shtab.FILE  # type: ignore[attr-defined]
    return parser
