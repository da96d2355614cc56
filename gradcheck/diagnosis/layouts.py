"""One run seen in other layouts: examples in columns turned into rows, biases of shape (1, H) and (H, 1) made (H,).

The families know rows and flat biases. Which layout a net has is not guessed: the one in which its affine stages are
found again in the numeric gradients is taken.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..numeric.central_differences import Derivative
from ..probe_run import ProbeRun

FIELDS = ("value", "bound", "kink", "left", "right", "lonely", "checked")


def layouts(run: ProbeRun) -> Iterator[ProbeRun]:
    """The run as it is, then with flat biases, then turned."""
    yield run
    if any(_is_row(run.values[name]) for name in run.numeric) and not any(
        run.values[name].ndim == 1 for name in run.numeric
    ):
        yield _flat(run)
    data = [v for k, v in run.values.items() if k not in run.numeric and isinstance(v, np.ndarray) and v.ndim == 2]
    if data:
        yield _flat(turned(run, data[0].shape[1]))


def _is_row(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and len(value) == 1


def _flat(run: ProbeRun) -> ProbeRun:
    def flat(name: str, t: Any) -> Any:
        return t.ravel() if name in run.numeric and _is_row(run.values[name]) and _is_row(t) else t

    numeric = {n: _each(d, np.ravel) if _is_row(run.values[n]) else d for n, d in run.numeric.items()}
    values = {n: flat(n, v) for n, v in run.values.items()}
    return replace(run, values=values, analytic={n: flat(n, a) for n, a in run.analytic.items()}, numeric=numeric)


def turned(run: ProbeRun, n: int) -> ProbeRun:
    """The run with rows for columns in every array of two axes."""

    def turn(t: Any) -> Any:
        return t.T if isinstance(t, np.ndarray) and t.ndim == 2 else t

    return replace(
        run,
        probe=replace(run.probe, n=n),
        values={k: turn(v) for k, v in run.values.items()},
        analytic={k: turn(a) for k, a in run.analytic.items()},
        numeric={k: _each(d, turn) for k, d in run.numeric.items()},
    )


def _each(d: Derivative, change: Any) -> Derivative:
    """The derivative with all of its arrays changed alike."""
    changed: dict[str, Any] = {f: None if getattr(d, f) is None else change(getattr(d, f)) for f in FIELDS}
    return replace(d, jac=None, **changed)
