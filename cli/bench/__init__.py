"""`layergraph bench ...`: the benchmarks. Each subcommand is a file of its own, listed here."""

import argparse
import importlib

from ..flags_and_output import Subparsers

SUBCOMMANDS = ("speed", "run", "table", "plot", "report", "export", "watch", "merge", "compare", "target")
USAGE = 2


def add_parser(subparsers: Subparsers) -> None:
    """Add `bench` and its subcommands."""
    parser = subparsers.add_parser("bench", help="benchmark solvers, and the speed of a training step")
    parser.set_defaults(run=lambda _: _help(parser))
    inner = parser.add_subparsers(metavar="|".join(SUBCOMMANDS))
    for name in SUBCOMMANDS:
        importlib.import_module(f".{name}", __package__).add_parser(inner)


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return USAGE
