"""A gradient that is right up to a constant: N, 1/N, 2, 1/2, -1, or another number that a name can be found for."""

from collections.abc import Iterator, Sequence

import numpy as np

from .view import Explanation, View

ALMOST_ONE = 2e-3


def constant(view: View) -> float | None:
    """c with a = c g at noise level, None where there is none."""
    keep = ~view.kink
    a, g = view.a[keep], view.g[keep]
    square = float(np.sum(g * g))
    if not square or not np.any(a):
        return None
    c = float(np.sum(a * g)) / square
    return c if c and view.near(c * view.g, error=max(1.0, abs(c))) else None


def explain(views: Sequence[View]) -> Explanation | None:
    """SCALE_* and SIGN."""
    found = [constant(v) for v in views]
    if any(c is None for c in found):
        return None
    c = np.array(found, dtype=float)
    if np.all(np.abs(c - 1) < ALMOST_ONE):
        return None
    for code, symbol, message, fix, value in _named():
        if np.allclose(c, [value(v) for v in views], rtol=1e-5, atol=0):
            return Explanation(
                code,
                message + _ratios(views, c),
                _evidence(views, c, symbol),
                fix,
                lambda v, value=value: v.a / value(v),
            )
    symbol = next(
        (s for s in _symbols(views) if np.allclose(c, [_value(s, v) for v in views], rtol=1e-5, atol=0)), None
    )
    if symbol is None and len(c) > 1 and not np.allclose(c, c[0], rtol=1e-4):
        return None
    text = f"{symbol}" if symbol else f"{c[0]:.6g}"
    return Explanation(
        "SCALE_OTHER",
        f"analytic = {text} x numeric" + _ratios(views, c),
        _evidence(views, c, symbol),
        f"divide the gradient by {text}",
        (lambda v: v.a / _value(symbol, v)) if symbol else (lambda v: v.a / c[0]),
    )


def _named() -> Iterator[tuple]:  # type: ignore[type-arg]
    yield "SIGN", "-1", "analytic = -numeric: the sign is wrong", "negate the gradient", lambda v: -1.0
    yield (
        "SCALE_BATCH",
        "N",
        "analytic = N x numeric: the mean over the batch (1/N) is missing",
        "divide by N",
        lambda v: v.n,
    )
    yield (
        "SCALE_INV_BATCH",
        "1/N",
        "analytic = numeric / N: averaged over the batch where a sum is right, or averaged twice",
        "multiply by N",
        lambda v: 1 / v.n,
    )
    yield (
        "SCALE_TWO",
        "2",
        "analytic = 2 x numeric: a factor 2 (of a square, of 0.5 * reg) too much",
        "divide by 2",
        lambda v: 2.0,
    )
    yield (
        "SCALE_HALF",
        "1/2",
        "analytic = numeric / 2: the factor 2 (of a square) is missing",
        "multiply by 2",
        lambda v: 0.5,
    )


def _dimensions(view: View) -> dict[str, float]:
    named: dict[str, float] = {"N": view.n}
    letters = iter("DHMCKT")
    for _, array in view.atoms():
        for length in array.shape:
            if length > 1 and length not in named.values():
                named[next(letters, f"L{length}")] = length
    return named


def _symbols(views: Sequence[View]) -> Iterator[str]:
    """Candidate constants, the plain ones first."""
    dims = list(_dimensions(views[0]))[:5]
    scalars = [s for s in views[0].scalars if all(s in v.scalars for v in views)]
    single = [*dims, *scalars]
    yield from single
    yield from (f"1/{s}" for s in single)
    yield from (f"(1-{s})" for s in scalars)
    yield from (f"1/(1-{s})" for s in scalars)
    for i, s in enumerate(single):
        for t in single[i:]:
            yield from (f"{s}*{t}", f"1/({s}*{t})", f"{s}/{t}", f"{t}/{s}")
    for s in single:
        yield from (
            f"2*{s}",
            f"{s}/2",
            f"2/{s}",
            f"1/(2*{s})",
            f"-{s}",
            f"-1/{s}",
            f"sqrt({s})",
            f"1/sqrt({s})",
            f"({s}-1)",
            f"({s}-1)/{s}",
            f"{s}/({s}-1)",
        )
    yield from ("3", "4", "1/3", "1/4", "-2", "-1/2")


def _value(symbol: str, view: View) -> float:
    """The value of a symbol such as 'N*C' or '1/(1-p)' on this view."""
    known = {**view.scalars, **_dimensions(view)}
    if symbol in known:
        return float(known[symbol])
    for start, make in (("1/", lambda s: 1 / s), ("-", lambda s: -s)):
        if symbol.startswith(start):
            return float(make(_value(_bare(symbol[len(start) :]), view)))
    if symbol.startswith("sqrt(") and symbol.endswith(")"):
        return float(np.sqrt(_value(symbol[5:-1], view)))
    bare = _bare(symbol)
    if bare.startswith("1-") and bare[2:] in known:
        return 1 - known[bare[2:]]
    if bare.endswith("-1") and bare[:-2] in known:
        return known[bare[:-2]] - 1
    for sign in "*/":
        for cut in (k for k, ch in enumerate(bare) if ch == sign):
            left, right = bare[:cut], bare[cut + 1 :]
            if _readable(left, known) and _readable(right, known):
                a, b = _value(left, view), _value(right, view)
                return a * b if sign == "*" else a / b if b else float("nan")
    try:
        return float(bare)
    except ValueError:
        return float("nan")


def _readable(text: str, known: dict[str, float]) -> bool:
    return text in known or text.replace(".", "").isdigit() or (text.startswith("(") and text.endswith("-1)"))


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def _ratios(views: Sequence[View], c: np.ndarray) -> str:  # type: ignore[type-arg]
    parts = ", ".join(f"{value:.10g} at N = {v.n}" for v, value in zip(views, c, strict=True))
    return f" (ratio {parts})"


def _evidence(views: Sequence[View], c: np.ndarray, symbol: str | None) -> dict[str, object]:  # type: ignore[type-arg]
    return {"ratio": [float(v) for v in c], "N": [v.n for v in views], "constant": symbol}
