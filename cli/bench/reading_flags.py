"""Flags that `bench table`, `plot`, `report` and `compare` share: which results to read, and how to read them."""

import argparse
import sys
from pathlib import Path
from typing import Any

PLOT_NAMES = "curves, time_to_target, ecdf, lr_sensitivity, budget, slices, parallel, pairs, updates, profile"


def reading_flags() -> argparse.ArgumentParser:
    """A parent parser with the folder, --problem, --metric, --target and --anyway."""
    flags = argparse.ArgumentParser(add_help=False, parents=[how_flags()])
    flags.add_argument("folder", type=Path, metavar="DIR", help="what 'bench run --out' wrote")
    return flags


def how_flags() -> argparse.ArgumentParser:
    """The same without the folder."""
    flags = argparse.ArgumentParser(add_help=False)
    flags.add_argument("--problem", metavar="NAME", help="only this one")
    flags.add_argument("--metric", choices=("steps", "examples", "epochs", "seconds"), default="steps")
    flags.add_argument("--target", type=float, metavar="F", help="read the runs against another target")
    flags.add_argument("--anyway", action="store_true", help="count seconds even where the machine was busy")
    return flags


def add_plot_flag(parser: argparse.ArgumentParser) -> None:
    """Add --plot NAME..., names apart by spaces or commas."""
    parser.add_argument("--plot", nargs="+", metavar="NAME", help=f"only these of {PLOT_NAMES}")


def plot_names(given: list[str] | None) -> list[str] | None:
    """The names in `--plot a b` and `--plot a,b`; None for all."""
    return None if given is None else [name for word in given for name in word.split(",") if name]


def tell_lost(results: Any) -> None:
    """Say on stderr what pictures and files of numbers leave out."""
    from bench.solvers.presenting.guards import lost

    for text in lost(results):
        print(f"note: {text}", file=sys.stderr)


def read_results(args: argparse.Namespace) -> Any:
    """The results that the flags ask for."""
    from bench import Results

    return Results(args.folder, args.target, args.metric, args.problem, args.anyway)
