"""Inputs whose outputs are disjoint are perturbed together (Curtis, Powell, Reid): elementwise layers cost one element.

A structure is declared, or guessed from the shapes; either way it is audited along a random direction, and dropped
where the audit fails.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

STEP = 1e-6
SEES = 100.0  # how far derivatives must stand out from rounding for an audit to mean something


class Structure(NamedTuple):
    """group[e]: which group element e is perturbed with; owner[g, o]: the element of group g that moves output o, or
    -1."""

    name: str
    group: Array
    owner: Array


def plan(
    declared: str | None, position: int, shape: tuple[int, ...], out: tuple[int, ...], lead: tuple[int, ...]
) -> Structure | None:
    """The structure of the argument at `position` with this shape; `lead` is the first one's shape."""
    if declared == "affine" and len(out) == 2 and position > 0:
        return _affine(shape, out)
    if (
        not shape
        or not out
        or not lead
        or shape[0] != out[0]
        or shape[0] != lead[0]
        or (len(shape) == 1 and shape != out)
    ):
        return None
    if shape == out and declared in (None, "elementwise"):
        size = int(np.prod(shape))
        return Structure("elementwise", np.zeros(size, int), np.arange(size)[None, :])
    return _rows(shape, out)


def fallback(structure: Structure, shape: tuple[int, ...], out: tuple[int, ...]) -> Structure | None:
    """What to try when an audit fails: rows after elementwise, nothing after that."""
    return _rows(shape, out) if structure.name == "elementwise" and len(shape) > 1 else None


def _rows(shape: tuple[int, ...], out: tuple[int, ...]) -> Structure:
    """Row n of the outputs depends on row n of the argument only."""
    n, width = shape[0], int(np.prod(shape[1:]))
    row = np.repeat(np.arange(n), int(np.prod(out[1:])))
    return Structure("rows", np.tile(np.arange(width), n), row[None, :] * width + np.arange(width)[:, None])


def _affine(shape: tuple[int, ...], out: tuple[int, ...]) -> Structure | None:
    """out[n, m] depends on column m of the weight, and on entry m of the bias."""
    column = np.tile(np.arange(out[1]), out[0])
    if len(shape) == 2 and shape[1] == out[1]:
        return Structure(
            "affine", np.repeat(np.arange(shape[0]), shape[1]), np.arange(shape[0])[:, None] * shape[1] + column
        )
    if int(np.prod(shape)) == out[1]:
        return Structure("affine", np.zeros(out[1], int), column[None, :])
    return None


def audit(
    evaluate: Callable[[dict[str, Any]], Array], values: Mapping[str, Any], name: str, jac: Array, base: Array
) -> bool:
    """Whether jac.T v equals a fresh directional derivative along a random v, output by output."""
    rng = np.random.default_rng(99)
    x = values[name]
    v = rng.standard_normal(x.shape) * np.maximum(np.abs(x), 1e-3)
    try:
        up, down = (evaluate({**values, name: x + s * STEP * v}) for s in (1, -1))
    except Exception:
        return False
    fresh = (up - down) / (2 * STEP)
    claimed = jac.T @ v.ravel()
    size = np.abs(jac.T) @ np.abs(v.ravel())
    rounding = 8 * np.finfo(float).eps * np.max(np.abs(base), initial=0) / STEP
    if np.max(size, initial=0) < SEES * rounding:  # derivatives so small that the audit would not see a wrong structure
        return False
    rough = 1e-5 * size + 1e-6 * np.max(size, initial=0) + rounding
    return bool(np.all(np.abs(fresh - claimed) <= rough))
