"""Reading a recipe: a TOML file of settings with its published reference, its variants and a smoke budget.

A plain file of settings is a recipe without these tables.
"""

import tomllib
from pathlib import Path
from typing import Any

from base.printable import brief
from base.user_code import is_reference, within

CODE = ("data", "model", "activation", "output", "loss", "init", "rule", "schedule")  # what may name a user's own
SMALL_DATA = ("val", "limit")  # what a recipe says of MNIST's rows means nothing for the digits


def read(path: Path, variant: str | None = None, *, smoke: bool = False) -> dict[str, Any]:
    """The settings in `path` under `variant`; with `smoke` the [smoke] table goes over them.

    A smoke run has no [reference], and uses the digits where MNIST is absent. Code named `file.py:name` is looked for
    beside the file first. Raises ValueError for a file that is
    absent or not TOML, and for a variant that is missing or unknown.
    """
    values = _parse(Path(path))
    tables = values.pop("variants", {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ValueError(f"{path}: variants must be tables, [variants.NAME]")
    values = _merged(values, _chosen(Path(path), tables, variant))
    budget = values.pop("smoke", {})
    if smoke:
        values = _merged(values, budget)
        values.pop("reference", None)
        if values.get("data", "mnist") == "mnist" and not _mnist_is_here():
            values = {key: value for key, value in values.items() if key not in SMALL_DATA} | {"data": "digits"}
    folder = Path(path).parent
    return {key: within(v, folder) if key in CODE and is_reference(v) else v for key, v in values.items()}


def variants(path: Path) -> tuple[str, ...]:
    """The names of a recipe's variants; empty where the file is one run."""
    return tuple(_parse(Path(path)).get("variants", {}))


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no configuration file {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid TOML: {brief(error)}") from None


def _chosen(path: Path, variants: dict[str, Any], variant: str | None) -> dict[str, Any]:
    if variant is None and not variants:
        return {}
    if variant is None:
        raise ValueError(f"{path} holds several runs: choose one with --variant {', '.join(variants)}")
    if variant not in variants:
        from base.words import did_you_mean  # NumPy's: not before the number of threads is set

        hint, known = did_you_mean(variant, variants), ", ".join(variants) or "none"
        raise ValueError(f"{path} has no variant {variant!r}.{hint} It has: {known}.")
    table: dict[str, Any] = variants[variant]
    return table


def _merged(values: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` over `values`; tables are merged key by key."""
    merged = dict(values)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = {**merged[key], **value} if both else value
    return merged


def _mnist_is_here() -> bool:
    from mnist.errors import DataError
    from mnist.locate import find_mnist

    try:
        find_mnist()
    except DataError:
        return False
    return True
