"""Checks a table of a TOML file against the types of its keys; every error names the key and what was expected."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

Table = Mapping[str, type]


def check_table(
    where: str, content: Any, types: Table, defaults: Mapping[str, Any], optional: Sequence[str] = ()
) -> dict[str, Any]:
    """`content` with `defaults` filled in; ValueError for unknown or missing keys and for values of another type."""
    if not isinstance(content, Mapping):
        raise ValueError(f"{where} is {content!r}; expected a table")
    for key in content:
        if key not in types:
            near = get_close_matches(key, list(types), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" It takes: {', '.join(types)}."
            raise ValueError(f"{where} has an unknown key {key!r}.{hint}")
    filled = {**defaults, **content}
    for key, kind in types.items():
        if key not in filled:
            if key in optional:
                continue
            raise ValueError(f"{where} lacks {key!r}")
        filled[key] = _typed(f"{where}.{key}", filled[key], kind)
    return {key: filled[key] for key in types if key in filled}


def _typed(name: str, value: Any, kind: type) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{name} is {value!r}; expected {kind.__name__}")
    return value
