"""A gradient that is right up to a constant: N, 1/N, 2, 1/2, -1, or another number that a name can be found for."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations_with_replacement

import numpy as np

from base.arrays import Array

from ..formulas import fitted
from ..view import Explanation, View

Value = Callable[[View], float]

ALMOST_ONE = 2e-3
# (code, symbol, message, fix, value) of the constants that have a code of their own
NAMED: tuple[tuple[str, str, str, str, Value], ...] = (
    ("SIGN", "-1", "analytic = -numeric: the sign is wrong", "negate the gradient", lambda v: -1.0),
    ("SCALE_BATCH", "N", "analytic = N x numeric: the mean over the batch (1/N) is missing", "divide by N",
     lambda v: v.n),
    ("SCALE_INV_BATCH", "1/N",
     "analytic = numeric / N: averaged over the batch where a sum is right, or averaged twice", "multiply by N",
     lambda v: 1 / v.n),
    ("SCALE_TWO", "2", "analytic = 2 x numeric: a factor 2 (of a square, of 0.5 * reg) too much", "divide by 2",
     lambda v: 2.0),
    ("SCALE_HALF", "1/2", "analytic = numeric / 2: the factor 2 (of a square) is missing", "multiply by 2",
     lambda v: 0.5),
)  # fmt: skip


def constant(view: View) -> float | None:
    """c with a = c g at noise level, None where there is none."""
    keep = ~view.kink
    c = fitted(view.a[keep], view.g[keep])
    return c if c and view.near(c * view.g, error=max(1.0, abs(c))) else None


def explain(views: Sequence[View]) -> Explanation | None:
    """SCALE_* and SIGN."""
    found = [constant(v) for v in views]
    if any(c is None for c in found):
        return None
    c = np.array(found, dtype=float)
    if np.all(np.abs(c - 1) < ALMOST_ONE):
        return None
    for code, symbol, message, fix, value in NAMED:
        if np.allclose(c, [value(v) for v in views], rtol=1e-5, atol=0):
            text, evidence = message + _ratios(views, c), _evidence(views, c, symbol)
            return Explanation(code, text, evidence, fix, partial(_divided, value))
    known = symbol_of(views, c)
    if known is None and len(c) > 1 and not np.allclose(c, c[0], rtol=1e-4):
        return None
    text = known or f"{c[0]:.6g}"
    values = dict(zip(map(id, views), c, strict=True))
    return Explanation(
        "SCALE_OTHER",
        f"analytic = {text} x numeric" + _ratios(views, c),
        _evidence(views, c, known),
        f"divide the gradient by {text}",
        lambda v: v.a / values[id(v)],
    )


def _divided(value: Value, view: View) -> Array:
    return np.asarray(view.a / value(view))


def symbols(view: View) -> dict[str, float]:
    """Constants that have a name here, the plain ones first: sizes, numbers within reach, their products and ratios."""
    single: dict[str, float] = {"N": view.n}
    for name, array in list(view.atoms())[:6]:
        for axis, length in enumerate(array.shape):
            if length > 1 and float(length) not in single.values():
                single[f"{name}.shape[{axis}]"] = float(length)
    scalars = view.scalars
    single.update(scalars)
    found = dict(single)
    for name, array in list(view.atoms())[:6]:  # images: a mean over the positions, and over the batch as well
        if array.ndim > 2 and len(array) == view.n:
            count = float(np.prod(array.shape[2:]))
            found.update({f"positions of {name}": count, f"1/(positions of {name})": 1 / count})
            found.update({f"N*positions of {name}": view.n * count})
            found.update({f"1/(N*positions of {name})": 1 / (view.n * count)})
    found.update({f"1/{s}": 1 / v for s, v in single.items()})
    found.update({f"(1-{s})": 1 - v for s, v in scalars.items()})
    found.update({f"1/(1-{s})": 1 / (1 - v) for s, v in scalars.items() if v != 1})
    for (s, a), (t, b) in combinations_with_replacement(single.items(), 2):
        found.update({f"{s}*{t}": a * b, f"1/({s}*{t})": 1 / (a * b), f"{s}/{t}": a / b, f"{t}/{s}": b / a})
    for s, v in single.items():
        found.update({f"2*{s}": 2 * v, f"{s}/2": v / 2, f"2/{s}": 2 / v, f"1/(2*{s})": 1 / (2 * v), f"-{s}": -v})
        found.update(
            {f"-1/{s}": -1 / v, f"sqrt({s})": abs(v) ** 0.5, f"1/sqrt({s})": abs(v) ** -0.5, f"({s}-1)": v - 1}
        )
        found.update({f"({s}-1)/{s}": (v - 1) / v, f"{s}/({s}-1)": v / (v - 1) if v != 1 else float("nan")})
    found.update({"3": 3.0, "4": 4.0, "1/3": 1 / 3, "1/4": 0.25, "-2": -2.0, "-1/2": -0.5})
    return found


def symbol_of(views: Sequence[View], c: Array) -> str | None:
    """The first symbol whose value is c on every view."""
    tables = [symbols(v) for v in views]
    for name in tables[0]:
        if all(name in t and np.isclose(k, t[name], rtol=1e-5, atol=0) for k, t in zip(c, tables, strict=True)):
            return name
    return None


def _ratios(views: Sequence[View], c: Array) -> str:
    parts = ", ".join(f"{value:.10g} at N = {v.n}" for v, value in zip(views, c, strict=True))
    return f" (ratio {parts})"


def _evidence(views: Sequence[View], c: Array, symbol: str | None) -> dict[str, object]:
    return {"ratio": [float(v) for v in c], "N": [v.n for v in views], "constant": symbol}
