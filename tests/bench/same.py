"""Compares folders of results byte for byte, times left out."""

from pathlib import Path

from bench.records import timeless


def contents(folder: Path) -> dict[str, str]:
    """File name -> timeless content of every result below a folder, and the manifest as it is."""
    files = {str(path.relative_to(folder)): timeless(path.read_text()) for path in folder.rglob("*.jsonl")}
    return {**files, "manifest.json": (folder / "manifest.json").read_text()}


def pending(folder: Path) -> list[Path]:
    """Result files that are there so far."""
    return sorted(folder.rglob("*.jsonl"))
