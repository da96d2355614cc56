"""Draws the inputs of every probe: other batch sizes, small magnitudes, planted zeros, equal sizes, huge values.

Each probe shows a class of faults that the others hide: a square one a missing transpose, another N a factor N, zeros
a mask's convention, small magnitudes a wrong threshold, huge ones an overflow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from base.arrays import Array

from .arguments import N_FIRST as N_FIRST, N_SECOND, Inputs as Inputs, Source as Source, batch_size
from .arrays import is_float
from .gradients import looks_constant
from .subject import Values

HUGE = 800.0


@dataclass
class Probe:
    """One set of arguments; `n` is the batch size."""

    name: str
    values: Values
    n: int
    seed: int
    extra: bool = False  # beyond the probes that confirm a name


def in_float64(values: Values) -> Values:
    """Float arrays as float64 copies; everything else as it is."""
    return {k: np.array(v, dtype=np.float64, order="K") if is_float(v) else v for k, v in values.items()}


def first(source: Source) -> Probe:
    """The main probe: the given arrays, or a draw with N = 5."""
    if source.given is not None:
        values = dict(zip(source.names, source.given, strict=True))
        n = source.columns or batch_size(values, next(iter(source.carriers), source.batch))
        return Probe("given", values, n, source.seed)
    values = source.draw(0, N_FIRST) or {}
    return Probe("drawn", values, source.size(values, N_FIRST), source.seed)


def second(source: Source, main: Probe, k: int = 1) -> Probe | None:
    """A probe that confirms: another batch size and seed, or a subset of the rows of given arrays."""
    n = N_SECOND if main.n != N_SECOND else N_SECOND + 4
    drawn = source.try_draw(k, n)
    if drawn is not None:
        return Probe(f"n={n}", drawn, source.size(drawn, n), source.seed + k)
    if source.inputs is not None:
        return None
    values = in_float64(main.values)
    rng = np.random.default_rng([source.seed, 77, k])
    if main.n > 1:
        rows = rng.permutation(main.n)[: max(1, main.n - k if main.n < 4 else main.n - 1 - k)]
        cut = take_rows(values, main.n, rows, source)
        if cut is None:
            return None
        values = cut
    values = jitter(values, source.params, rng)
    return Probe("rows", values, len(rows) if main.n > 1 else 1, source.seed + k)


def take_rows(values: Values, n: int, rows: Array, source: Source) -> Values | None:
    """The given rows of every array that carries the batch; None where sizes leave open which ones do."""
    if source.carriers:
        return {**values, **{k: values[k][rows] for k in source.carriers}}
    params = source.params
    arrays = {k: v for k, v in values.items() if isinstance(v, np.ndarray) and v.ndim and k not in params}
    if source.columns == n:
        return {**values, **{k: np.take(v, rows, axis=-1) for k, v in arrays.items() if v.shape[-1] == n}}
    lead = next(iter(arrays.values()), None)
    others = {length for v in values.values() if isinstance(v, np.ndarray) for length in v.shape[1:]}
    chosen = {}
    for k, v in arrays.items():
        if len(v) != n:
            continue
        certain = (
            v is lead
            or v.dtype.kind in "iub"
            or (lead is not None and v.shape[:2] == lead.shape[:2])
            or looks_constant(v)
        )
        if not certain and v.ndim == 1 and n in others:
            continue  # as long as the batch by accident: a bias, gamma
        if not certain and v.ndim > 1 and lead is not None and len(lead) == n:
            continue  # a weight whose first size happens to be N
        if lead is not None and len(lead) != n and v is not lead and n in lead.shape:
            return None
        chosen[k] = v[rows]
    return {**values, **chosen} if chosen else None


def jitter(values: Values, params: Sequence[str], rng: np.random.Generator) -> Values:
    """Parameters moved by a tenth of their size plus a little: zero biases would hide a penalty on them."""
    moved = dict(values)
    for k in params:
        v = values[k]
        if is_float(v):
            size = float(np.std(v)) or 0.1
            moved[k] = (
                v
                + 0.1 * max(size, 1e-3) * rng.standard_normal(v.shape)
                + (0.05 if not np.any(v) else 0.0) * rng.standard_normal(v.shape)
            )
    return moved


def single(source: Source, main: Probe) -> Probe | None:
    """N = 1."""
    return _fewer(source, main, 11, np.arange(max(main.n - 1, 1), main.n), 1)


def few(source: Source, main: Probe, n: int) -> Probe | None:
    """A probe with n rows."""
    return _fewer(source, main, 13, np.arange(n), n)


def _fewer(source: Source, main: Probe, k: int, rows: Array, n: int) -> Probe | None:
    """The k-th draw with n rows, or these rows of given arrays."""
    drawn = source.try_draw(k, n)
    if drawn is not None:
        return Probe(f"n={n}", drawn, source.size(drawn, n), source.seed, extra=True)
    if source.inputs is not None or not rows.size:
        return None
    values = take_rows(in_float64(main.values), main.n, rows, source)
    return None if values is None else Probe(f"n={n}", values, n, source.seed, extra=True)


def leading(values: Values, targets: Sequence[str]) -> str | None:
    """The input that is varied: the first differentiated argument with freely signed values."""
    name = targets[0] if targets else None
    if name is None:
        return None
    x = values[name]
    plain = x.size >= 2 and not looks_constant(x) and np.any(x != np.round(x)) and np.all(np.isfinite(x))
    return name if plain else None


def free_range(x: Array) -> bool:
    """Values of both signs beyond 1 in size: no probability, no correlation, but any real number."""
    return bool(np.any(x > 0) and np.any(x < 0) and np.max(np.abs(x)) > 1.0 and np.min(x) != np.max(x))


def stratified(source: Source, main: Probe, targets: Sequence[str]) -> Probe | None:
    """Magnitudes from 1e-3 to 10 in one array, with a few exact zeros, if the drawn values leave that open."""
    values = source.try_draw(21, main.n) or in_float64(main.values)
    values = in_float64(values)
    name = leading(values, targets)
    if name is None or not free_range(values[name]):
        return None
    rng = np.random.default_rng([source.seed, 21])
    x = values[name]
    factor = 10.0 ** np.where(rng.random(x.shape) < 0.5, -3 * rng.random(x.shape), 0.0)
    factor = np.where(rng.random(x.shape) < 0.15, 4.0, factor)
    x = x * factor
    flat = x.reshape(-1)
    count = min(2, max(1, x.size // 6))  # two: of three equal values the middle one's slope is no one-sided derivative
    flat[rng.permutation(x.size)[:count]] = 0.0
    values[name] = x
    return Probe("magnitudes and zeros", values, main.n, source.seed, extra=True)


def huge(source: Source, main: Probe, targets: Sequence[str]) -> Probe | None:
    """The first argument times 800: exp overflows where nobody subtracts the maximum."""
    values = in_float64(main.values)
    name = leading(values, targets)
    if name is None or not free_range(values[name]):
        return None
    values[name] = values[name] * HUGE
    return Probe("huge", values, main.n, source.seed, extra=True)


def square(source: Source, main: Probe) -> Probe | None:
    """As many examples as features, where `inputs` can draw that: what is silent only when sizes coincide shows."""
    if source.inputs is None:
        return None
    lengths = {s for v in main.values.values() if is_float(v) and v.ndim >= 2 for s in v.shape[1:]}
    other = sorted(s for s in lengths if 2 <= s <= 12 and s != main.n)
    drawn = source.try_draw(31, other[-1]) if len(other) == 1 else None
    if drawn is None:
        return None
    return Probe("square", drawn, source.size(drawn, other[-1]), source.seed, extra=True)


def equal_sizes(source: Source, main: Probe, size: int = 4) -> Probe | None:
    """All sizes equal: what raises elsewhere (a missing transpose) may run here and show what it is.

    Such shapes may lie outside of the function's domain, so this is for explaining a failure and never a finding.
    """
    return resized(in_float64(main.values), lambda length: size if length > 1 else 1, source)


def other_sizes(source: Source, main: Probe) -> Probe | None:
    """Every axis three longer: what holds for one size by accident fails here. None where that cannot be drawn."""
    return resized(in_float64(main.values), lambda length: length + 3 if length > 1 else 1, source)


def resized(values: Values, rule: Callable[[int], int], source: Source) -> Probe | None:
    """Every axis cut or repeated to a new length, the values taken from the old ones."""
    rng = np.random.default_rng([source.seed, 41])
    result = dict(values)
    for k, v in values.items():
        if not isinstance(v, np.ndarray) or not v.ndim:
            continue
        shape = tuple(rule(s) for s in v.shape)
        if v.size == 0 or v.ndim > 2:
            return None
        if _is_one_hot(v):
            result[k] = np.eye(shape[1])[rng.integers(shape[1], size=shape[0])].astype(v.dtype)
            continue
        drawn = rng.choice(v.reshape(-1), size=shape, replace=bool(np.prod(shape) > v.size))
        if v.dtype.kind in "iu":
            drawn = np.mod(drawn, rule(int(v.max()) + 1))
        result[k] = drawn
    return Probe("resized", result, batch_size(result, source.batch), source.seed, extra=True)


def _is_one_hot(v: Array) -> bool:
    """Rows of which each has a single 1: labels, also in a resized probe."""
    return v.ndim == 2 and v.shape[1] > 1 and bool(np.isin(v, (0, 1)).all() and (v.sum(axis=1) == 1).all())


def draw_dout(outs: Sequence[Array], rng: np.random.Generator) -> list[Array]:
    """A random upstream gradient of both signs, never near zero, never all ones or one-hot (those hide faults)."""
    douts = []
    for out in outs:
        d = rng.standard_normal(out.shape)
        d = np.asarray(d + 0.2 * np.sign(d))
        if d.size > 1 and (np.all(d > 0) or np.all(d < 0)):
            d.reshape(-1)[0] *= -1
        douts.append(d)
    return douts
