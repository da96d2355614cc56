"""Compares folders of results run by run, times left out, however they are kept."""

from pathlib import Path

from bench.solvers.storage.record import timeless
from bench.solvers.storage.store import Store


def runs(folder: Path) -> dict[str, str]:
    """Name and id -> content of every run below a folder, without its times."""
    return {f"{run.task.path.with_suffix('')}": timeless(run) for _, run in Store(folder).runs()}


def exact(folder: Path) -> dict[str, str]:
    """The same with the times: what tells one repeat of a run from another."""
    return {f"{run.task.path.with_suffix('')}": repr((run.machine, list(run.rows))) for _, run in Store(folder).runs()}


def contents(folder: Path) -> dict[str, str]:
    """The runs, and every other file as it is."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".jsonl" and path.name[0] != ".")
    return {**runs(folder), **{str(path.relative_to(folder)): path.read_text() for path in files}}


def pending(folder: Path) -> list[str]:
    """The runs that are there so far."""
    return sorted(runs(folder))
