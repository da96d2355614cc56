"""Second opinion: the complex step Im f(x + ih) / h, which needs no subtraction and cannot step over a kink.

It is trusted only where it agrees with central differences along two random directions (np.abs, var and casts break it
silently). Where it then sides with the analytic gradient, the numeric derivative was at fault.
Source: Squire and Trapp (1998); Martins, Sturdza and Alonso (2003).
"""

import warnings
from collections.abc import Sequence

import numpy as np

from base.arrays import Array

from ..subject.subject import Subject, Values
from .step_sweep import across

H, STEPS = 1e-30, (1e-6, 1e-8, 1e-10)
AGREE = 1e-5
LOOKED_AT = 4


def sides_with_analytic(
    subject: Subject, values: Values, dout: Array, name: str, analytic: Array, numeric: Array, wrong: Array
) -> bool:
    """Whether a validated complex step is far nearer to the analytic gradient than to the numeric where they differ."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _valid(subject, values, dout, name) and all(
                _sides(
                    _slope(subject, values, dout, name, np.eye(1, values[name].size, k).reshape(values[name].shape)),
                    analytic.reshape(-1)[k],
                    numeric.reshape(-1)[k],
                )
                for k in _spread(wrong)
            )
    except Exception:  # the function does not take complex numbers: no opinion
        return False


def _spread(wrong: Array) -> Sequence[int]:
    at = np.flatnonzero(wrong)
    return [int(k) for k in at[:: max(1, len(at) // LOOKED_AT)]]


def _slope(subject: Subject, values: Values, dout: Array, name: str, v: Array) -> float:
    outs, _ = subject.forward({**values, name: values[name] + 1j * H * v})
    if not any(np.iscomplexobj(o) for o in outs):
        raise TypeError("the imaginary part was dropped")
    flat = np.concatenate([np.asarray(o).ravel() for o in outs])
    return float(np.sum(flat.imag * dout) / H)


def _valid(subject: Subject, values: Values, dout: Array, name: str) -> bool:
    rng = np.random.default_rng(17)
    for _ in range(2):
        v = rng.standard_normal(values[name].shape) * np.maximum(np.abs(values[name]), 1e-3)
        slope = _slope(subject, values, dout, name, v)
        central = (across(subject.evaluate, values, dout, name, step * v) / (2 * step) for step in STEPS)
        if not any(_matches(slope, found) for found in central):
            return False
    return True


def _sides(complex_step: float, analytic: float, numeric: float) -> bool:
    return bool(abs(complex_step - analytic) <= 1e-3 * abs(analytic - numeric))


def _matches(a: float, b: float) -> bool:
    return abs(a - b) <= AGREE * max(abs(a), abs(b))
