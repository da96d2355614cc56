"""In what two runs differ: settings and data, versions, parameters, history. For `layergraph show A --diff B`."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array
from solver import checkpoint

from ..flags_and_output import dump, say

SAME, COLUMNS = "the same bits", ("train_loss", "val_loss", "val_acc")


def show(args: argparse.Namespace, first: Path, second: Path) -> int:
    """Print the differences, with --json as an object; 0 where there are none, 1 where there are some."""
    one, other = checkpoint.read(first), checkpoint.read(second)
    found = differences(one, other)
    differs = any(found[part] for part in ("settings", "data", "environment", "history")) or any(
        row["largest"] != 0 for row in found["parameters"].values()
    )
    if args.json:
        print(dump(found))
    else:
        say(args, *_lines(found, str(first), str(second), differs))
    return int(differs)


def differences(one: checkpoint.Checkpoint, other: checkpoint.Checkpoint) -> dict[str, Any]:
    """settings, data, environment, history: key -> [of the one, of the other], where they differ; parameters: name ->
    shapes, norms and the largest difference of an entry, None where shapes differ.
    """
    names = ("settings", "data")
    found: dict[str, Any] = {name: _other(_part(one, name), _part(other, name)) for name in names}
    found["environment"] = _other(one.meta.get("environment", {}), other.meta.get("environment", {}))
    found["parameters"] = {
        name: _compared(one.params.get(name), other.params.get(name)) for name in {**one.params, **other.params}
    }
    found["history"] = _other(_history(one), _history(other))
    return found


def _part(saved: checkpoint.Checkpoint, name: str) -> dict[str, Any]:
    """What `layergraph train` kept under a name; of other checkpoints the Solver's own settings."""
    held = saved.metadata.get(name, saved.meta["settings"] if name == "settings" else {})
    return dict(held)


def _history(saved: checkpoint.Checkpoint) -> dict[str, Any]:
    """Steps, epochs, evaluations and the last value of each measure."""
    rows = saved.meta.get("rows") or [{}]
    last = {f"last {name}": rows[-1][name] for name in COLUMNS if name in rows[-1]}
    best = {"best val_acc": max((row["val_acc"] for row in rows if "val_acc" in row), default=None)}
    return {**saved.meta["counters"], "evaluations": len(rows), **last, **best}


def _other(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, list[Any]]:
    keys = dict.fromkeys([*one, *other])
    pairs = {key: [one.get(key), other.get(key)] for key in keys}
    return {key: pair for key, pair in pairs.items() if repr(pair[0]) != repr(pair[1])}  # nan is like nan


def _compared(one: Array | None, other: Array | None) -> dict[str, Any]:
    shapes = [None if array is None else list(array.shape) for array in (one, other)]
    norms = [None if array is None else float(np.linalg.norm(array)) for array in (one, other)]
    largest = None
    if one is not None and other is not None and one.shape == other.shape:
        same = one.dtype == other.dtype and one.tobytes() == other.tobytes()
        largest = 0.0 if same else float(np.max(np.abs(one.astype(np.float64) - other), initial=0))
        if largest == 0 and not same:
            largest = float(np.finfo(np.float64).tiny)  # other bits of the same numbers: -0, or another precision
    return {"shapes": shapes, "norms": norms, "largest": largest}


def _lines(found: Mapping[str, Any], first: str, second: str, differs: bool) -> Iterator[str]:
    yield f"A  {first}"
    yield f"B  {second}"
    if not differs:
        yield "no difference: settings, data, versions, history and every bit of the parameters"
        return
    for part in ("settings", "data", "environment", "history"):
        width = max(map(len, found[part]), default=0)
        if found[part]:
            yield f"{part}"
        for key, (a, b) in found[part].items():
            yield f"  {key.ljust(width)}  {_text(a)} -> {_text(b)}"
    yield "parameters" + " " * 14 + "norm of A    norm of B    largest difference"
    for name, row in found["parameters"].items():
        yield f"  {name:16}  {_text(row['norms'][0]):>12} {_text(row['norms'][1]):>12}    {_difference(row)}"


def _difference(row: Mapping[str, Any]) -> str:
    if row["largest"] is None:
        return f"shapes {_text(row['shapes'][0])} and {_text(row['shapes'][1])}"
    return SAME if row["largest"] == 0 else f"{row['largest']:.3g}"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
