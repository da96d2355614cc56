"""Compares folders of results byte for byte, times left out."""

from pathlib import Path

from bench.solvers.reading.records import timeless


def contents(folder: Path) -> dict[str, str]:
    """File name -> content of every file below a folder: results without their times, all others as they are."""
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: timeless(path.read_text()) if path.suffix == ".jsonl" else path.read_text()
        for name, path in files.items()
    }


def pending(folder: Path) -> list[Path]:
    """Result files that are there so far."""
    return sorted(folder.rglob("*.jsonl"))
