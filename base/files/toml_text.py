"""Writes TOML: whatever `tomllib` can read comes back equal from what this writes.

The standard library reads TOML and does not write it; our own tables are plain values, without comments to keep.
"""

import datetime
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def to_toml(values: Mapping[str, Any]) -> str:
    """`values` as a TOML document: plain keys first, then each table under its [head].

    Values are what `tomllib` makes: strings, numbers, booleans, dates and times, lists, tables. TypeError for others.
    """
    lines = [f"{key(name)} = {value(one)}" for name, one in values.items() if not isinstance(one, Mapping)]
    for name, table in values.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{key(name)}]", *(f"{key(inner)} = {value(one)}" for inner, one in table.items())]
    return "\n".join(lines) + "\n"


def key(name: str) -> str:
    """A key, bare where it can be."""
    return name if _BARE.fullmatch(name) else text(name)


def value(one: Any) -> str:
    """A value on one line."""
    if isinstance(one, bool):
        return "true" if one else "false"
    if isinstance(one, str):
        return text(one)
    if isinstance(one, int | float):
        return repr(one)  # inf, nan and 1e-05 are TOML as they are
    if isinstance(one, datetime.datetime | datetime.date | datetime.time):
        return one.isoformat()
    if isinstance(one, Mapping):
        return "{" + ", ".join(f"{key(name)} = {value(inner)}" for name, inner in one.items()) + "}"
    if isinstance(one, list | tuple):
        return "[" + ", ".join(map(value, one)) + "]"
    raise TypeError(f"{one!r} is a {type(one).__name__}; TOML holds text, numbers, truth values, dates, lists, tables")


def text(one: str) -> str:
    """A string in double quotes; what controls a terminal or has no place in TOML is escaped."""
    return '"' + "".join(_ESCAPES.get(char) or _plain(char) for char in one) + '"'


def _plain(char: str) -> str:
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError(f"{char!r} is half of a character, which no TOML file can hold: rename the file or folder")
    if char.isprintable():
        return char
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
