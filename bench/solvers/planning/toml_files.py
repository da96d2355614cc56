"""TOML files that come along by name or are a user's own, and the checks of their tables: every error names the key."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from base.printable import brief
from base.words import did_you_mean

Table = Mapping[str, type]


def known_names(folder: Path) -> list[str]:
    """The names of the files in a folder of those that come along."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def read_toml(kind: str, name: str | Path, folder: Path, others: Sequence[str] = ()) -> dict[str, Any]:
    """The content of the file of that name in `folder`, or of a .toml anywhere; ValueError says what is known.

    others: further names that would have been understood.
    """
    path = Path(name)
    if path.suffix != ".toml":
        known = sorted({*known_names(folder), *others})
        if str(name) not in known_names(folder):
            listed = f"Known: {', '.join(known)}, or a path to a .toml."
            raise ValueError(f"unknown {kind} {str(name)!r}.{did_you_mean(str(name), known)} {listed}")
        path = folder / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no {kind} file {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{kind} {name} is not valid TOML: {brief(error)}") from None


def check_table(
    where: str, content: Any, types: Table, defaults: Mapping[str, Any], optional: Sequence[str] = ()
) -> dict[str, Any]:
    """`content` with `defaults` filled in; ValueError for unknown or missing keys and for values of another type."""
    if not isinstance(content, Mapping):
        raise ValueError(f"{where} is {content!r}; expected a table")
    for key in content:
        if key not in types:
            hint = did_you_mean(key, types) or f" It takes: {', '.join(types)}."
            raise ValueError(f"{where} has an unknown key {key!r}.{hint}")
    filled = {**defaults, **content}
    for key, kind in types.items():
        if key in filled:
            filled[key] = _typed(f"{where}.{key}", filled[key], kind)
        elif key not in optional:
            raise ValueError(f"{where} lacks {key!r}")
    return {key: filled[key] for key in types if key in filled}


def _typed(name: str, value: Any, kind: type) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{name} is {value!r}; expected {kind.__name__}")
    return value
