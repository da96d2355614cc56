"""The errata of the classical texts, read from `entries.toml` beside this file."""

import tomllib
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """One error, in English and in Chinese. `checks`: names of functions in `bugs` whose real report the page shows."""

    title: str
    wrong: str
    right: str
    why: str
    title_zh: str
    why_zh: str
    checks: tuple[str, ...] = ()


_READ = tomllib.loads(Path(__file__).with_name("entries.toml").read_text(encoding="utf-8"))["entry"]
ENTRIES = tuple(Entry(**{**entry, "checks": tuple(entry.get("checks", ()))}) for entry in _READ)
