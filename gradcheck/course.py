"""The course's function names, without their known defects (integer arrays are differentiated as floats, results are
returned as well as printed, the array is restored whatever the function does).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from base.arrays import Array
from base.seeds import one_of


def rel_error(x: Any, y: Any) -> float:
    """max |x - y| / max(1e-8, |x| + |y|), the course's relative error."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))) if x.size else 0.0


def eval_numerical_gradient(f: Callable[[Array], Any], x: Array, verbose: bool = False, h: float = 1e-5) -> Array:
    """The gradient of a scalar function f at x by centred differences; f may read x itself or its argument."""
    gradient = np.zeros(_shape(x))
    for index, up, down, step in _moves(lambda: float(f(x)), x, h):
        gradient[index] = (up - down) / step
        if verbose:
            print(index, gradient[index])
    return gradient


def eval_numerical_gradient_array(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> Array:
    """The gradient of sum(f(x) * df): outputs are differenced before they are projected, so that rounding cancels."""
    gradient = np.zeros(_shape(x))
    for index, up, down, step in _moves(lambda: np.array(f(x), dtype=np.float64), x, h):
        gradient[index] = np.sum((up - down) * df) / step
    return gradient


def grad_check_sparse(
    f: Callable[[Array], Any],
    x: Array,
    analytic_grad: Array,
    num_checks: int = 10,
    h: float = 1e-5,
    rng: np.random.Generator | int | None = None,
    seed: int | None = None,
) -> Array:
    """Compare `num_checks` random elements, print each comparison, and return the relative errors as an array."""
    rng, shape = np.random.default_rng(one_of(rng, seed)), _shape(x)
    errors = []
    for _ in range(num_checks):
        index = tuple(int(rng.integers(m)) for m in shape)
        ((_, up, down, step),) = _moves(lambda: float(f(x)), x, h, [index])
        numeric, analytic = (up - down) / step, float(analytic_grad[index])
        errors.append(abs(numeric - analytic) / max(1e-12, abs(numeric) + abs(analytic)))
        print(f"numerical: {numeric:f} analytic: {analytic:f}, relative error: {errors[-1]:e}")
    return np.array(errors)


def _shape(x: Any) -> tuple[int, ...]:
    """The shape of x. TypeError unless it is a float array."""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x is {kind}; expected a float array: an integer one would cut off the step")
    shape: tuple[int, ...] = x.shape
    return shape


def _moves(value: Callable[[], Any], x: Array, h: float, indices: Any = None) -> Any:
    """(index, f(x+h), f(x-h), 2h) for every element of x, which is moved in place and always put back."""
    for index in np.ndindex(*x.shape) if indices is None else indices:
        old = x[index].copy()
        try:
            x[index] = old + h
            up, high = value(), float(x[index])
            x[index] = old - h
            down, low = value(), float(x[index])
        finally:
            x[index] = old
        yield index, up, down, high - low
