"""The simple functions of a known tensor that turn up as factors of a derivative, and tensors derived from one."""

from collections.abc import Callable, Iterator

import numpy as np

from base.arrays import Array

FORMULAS: dict[str, Callable[[Array], Array]] = {
    "{t}": lambda t: t,
    "(1-{t})": lambda t: 1 - t,
    "(1+{t})": lambda t: 1 + t,
    "{t}*(1-{t})": lambda t: t * (1 - t),
    "(1-{t}^2)": lambda t: 1 - t * t,
    "(1+{t}^2)": lambda t: 1 + t * t,
    "{t}^2": lambda t: t * t,
    "{t}^3": lambda t: t**3,
    "|{t}|": np.abs,
    "sign({t})": np.sign,
    "sqrt({t})": lambda t: np.sqrt(np.abs(t)),
    "exp({t})": np.exp,
    "exp(-{t})": lambda t: np.exp(-t),
    "cos({t})": np.cos,
    "sin({t})": np.sin,
    "({t}>0)": lambda t: (t > 0).astype(float),
    "(1-2{t})": lambda t: 1 - 2 * t,
    "(1-{t}^2)/(1+{t}^2)": lambda t: (1 - t * t) / (1 + t * t),
    "(1-{t})/(1+{t})": lambda t: (1 - t) / (1 + t),
}


def fitted(target: Array, t: Array) -> float:
    """The c for which c t comes nearest to the target, by least squares; 0 where t is zero throughout."""
    square = float(np.sum(t * t))
    return float(np.sum(target * t)) / square if square else 0.0


def derived(atoms: list[tuple[str, Array]]) -> Iterator[tuple[str, Array]]:
    """The atoms themselves, then their statistics and their squashed forms."""
    yield from atoms
    plain = [(n, t) for n, t in atoms if not n.startswith("cache") and n not in ("out", "dout")][:4]
    for k, (a, s) in enumerate(plain):
        yield from ((f"({a}-{b})", s - t) for b, t in plain[k + 1 :] if s.shape == t.shape)
    for name, t in atoms:
        if name == "dout" or t.ndim == 0:
            continue
        if t.ndim >= 2:
            for axis in {0, t.ndim - 1}:
                std = t.std(axis=axis, keepdims=True)
                yield f"std({name}, axis={axis})", std
                yield f"sqrt(var({name}, axis={axis}) + 1e-5)", np.sqrt(std**2 + 1e-5)
                yield f"norm({name}, axis={axis})", np.sqrt((t * t).sum(axis=axis, keepdims=True))
                yield f"sum({name}, axis={axis})", t.sum(axis=axis, keepdims=True)
                yield f"mean({name}, axis={axis})", t.mean(axis=axis, keepdims=True)
        with np.errstate(all="ignore"):
            yield f"sigmoid({name})", 1 / (1 + np.exp(-t))
            yield f"tanh({name})", np.tanh(t)


def broadcast(t: Array, shape: tuple[int, ...]) -> Array | None:
    """`t` as an array of `shape`, by NumPy's rule or along the first axis, None where it does not fit."""
    if t.shape == shape:
        return t
    for candidate in (t, t.reshape(t.shape + (1,) * (len(shape) - t.ndim)) if t.ndim < len(shape) else t):
        try:
            if np.broadcast_shapes(candidate.shape, shape) == shape:
                return np.broadcast_to(candidate, shape)
        except ValueError:
            continue
    if t.size == int(np.prod(shape)) and t.ndim != len(shape):
        return t.reshape(shape)
    return None
