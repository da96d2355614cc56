"""Reads what a backward returned: a tuple, list, dict or single array becomes one gradient per argument name.

Missing entries are `MISSING`; None stays None, so that the contract tests can tell the two apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .arrays import is_float

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()
PREFIXES = ("", "d", "d_", "grad_", "g_", "D", "dL_d", "dL", "grad", "∂")
SUFFIXES = ("_grad", "_gradient", ".grad")


def as_gradients(raw: Any, values: Mapping[str, Any], wrt: Sequence[str] | None) -> dict[str, Any]:
    """Name -> gradient (array, None or MISSING) for the float arguments, or for `wrt` where the caller said."""
    floats = [name for name, value in values.items() if is_float(value)]
    wanted = list(wrt) if wrt is not None else floats
    if isinstance(raw, Mapping):
        return {name: as_array(_by_key(raw, name, wanted)) for name in wanted}
    several = isinstance(raw, (tuple, list)) and _is_sequence_of_gradients(raw, wanted)
    items = list(raw) if several else [raw]
    if len(items) == 1 and isinstance(items[0], Mapping):
        return as_gradients(items[0], values, wrt)
    if several and any(isinstance(i, (tuple, list, Mapping)) for i in items):  # (dx, (dw, db)): taken in order
        items = list(flatten(items).values())
    names = _positions(items, values, floats, wanted)
    given = dict(zip(names, items, strict=False))
    return {name: as_array(given.get(name, MISSING)) for name in wanted}


def _is_sequence_of_gradients(raw: Any, wanted: list[str]) -> bool:
    """False for a list of plain numbers that stands for one gradient."""
    return isinstance(raw, tuple) or not all(isinstance(v, (int, float)) for v in raw) or len(wanted) == len(raw) != 1


def _positions(items: list[Any], values: Mapping[str, Any], floats: list[str], wanted: list[str]) -> list[str]:
    """Which names the returned items stand for, in order."""
    everything = list(values)
    if len(items) == len(wanted):
        return wanted
    if len(items) == len(floats):
        return floats
    if len(items) == len(everything):
        return everything
    constants = [n for n in floats if looks_constant(values[n])]
    differentiable = [n for n in wanted if n not in constants]
    if len(items) == len(differentiable):
        return differentiable
    if len(items) < len(wanted):
        return _by_shape(items, values, wanted)
    return everything if len(items) > len(floats) and len(floats) < len(everything) else wanted


def _by_shape(items: list[Any], values: Mapping[str, Any], wanted: list[str]) -> list[str]:
    """Too few items: keep their order, and skip an argument where only a later one has the item's shape."""
    names, start = [], 0
    for k, item in enumerate(items):
        room = len(wanted) - (len(items) - k - 1)
        shape = np.shape(item) if item is not None else None
        fits = [i for i in range(start, room) if np.shape(values[wanted[i]]) == shape]
        at = fits[0] if fits else min(start, len(wanted) - 1)
        names.append(wanted[at])
        start = at + 1
    return names


def looks_constant(value: Any) -> bool:
    """A mask or one-hot array: only 0 and one other value, both present. Nobody differentiates with respect to it."""
    if not isinstance(value, np.ndarray) or value.size < 3:
        return False
    distinct = np.unique(value)
    return distinct.size == 2 and bool(np.any(distinct == 0))


def _by_key(raw: Mapping[Any, Any], name: str, wanted: list[str]) -> Any:
    for candidate in _spellings(name):
        if candidate in raw:
            return raw[candidate]
    flat = flatten(raw)
    if name in flat:
        return flat[name]
    spellings = {s for w in wanted for s in (*_spellings(w), w.partition(".")[0])}
    strangers = [k for k in raw if str(k) not in spellings]
    if len(strangers) == len(raw) == len(wanted):  # a dict with keys of its own: take it in order
        return list(raw.values())[wanted.index(name)]
    return MISSING


def _spellings(name: str) -> list[str]:
    """The keys under which the gradient of an argument may stand: itself, dx, grad_x, x_grad and so on."""
    keys = (name, name.rsplit(".", 1)[-1])
    return [s for key in keys for s in [*(p + key for p in PREFIXES), *(key + end for end in SUFFIXES)]]


def as_array(value: Any) -> Any:
    """The gradient as an array (the same object where it is one); None and MISSING as they are."""
    if isinstance(value, np.matrix | np.ma.MaskedArray):
        raise TypeError(f"a gradient is a {type(value).__name__}; expected a plain array: return np.asarray(...)")
    if value is None or value is MISSING or isinstance(value, np.ndarray):
        return value
    try:
        array = np.asarray(value)
    except Exception:  # a ragged or foreign object is no gradient
        return None
    return array if array.dtype.kind in "fiubc" else None


def flatten(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Nested dicts and lists of arrays as one flat dict with dotted names."""
    if isinstance(tree, Mapping):
        pairs = [(str(k), v) for k, v in tree.items()]
    elif isinstance(tree, (list, tuple)):
        pairs = [(str(k), v) for k, v in enumerate(tree)]
    else:
        return {prefix: tree}
    flat: dict[str, Any] = {}
    for key, value in pairs:
        flat.update(flatten(value, f"{prefix}.{key}" if prefix else key))
    return flat


def rebuild(tree: Any, flat: Mapping[str, Any], prefix: str = "") -> Any:
    """The nested structure of `tree` with its leaves taken from `flat`."""
    if isinstance(tree, Mapping):
        return {k: rebuild(v, flat, f"{prefix}.{k}" if prefix else str(k)) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [rebuild(v, flat, f"{prefix}.{k}" if prefix else str(k)) for k, v in enumerate(tree)]
        return items if isinstance(tree, list) else tuple(items)
    return flat[prefix]
