"""The Gaussian error linear unit: out = x Phi(x), Phi the distribution function of the standard normal."""

import math
from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating, scratch
from ..draws import matrix
from ..registry import Layer, register
from ..scalars import Elementwise

FAR = 40.0  # from there on Phi(x) is 0 or 1 in double precision, while x^2 and infinity times 0 would make trouble
STEEP = 80.0  # the largest argument of exp in the approximation
CUBIC = 0.044715
RATE = math.sqrt(8 / math.pi)


def gelu_value(x: float, approximate: float) -> float:
    """x Phi(x); approximate: x sigmoid(r (x + 0.044715 x^3)), r = sqrt(8 / pi), which is the form with tanh."""
    near = -40.0 if x < -40.0 else x
    if approximate:
        bent = 40.0 if near > 40.0 else near
        power = (bent * bent * 0.044715 + 1) * bent * -1.5957691216057308
        return near * (1 / (1 + math.exp(80.0 if power > 80.0 else power)))
    return near * (math.erfc(near * -0.7071067811865476) * 0.5)


def gelu_slope(x: float, approximate: float) -> float:
    """Phi(x) + x phi(x), phi the density; approximate: s + x s (1 - s) r (1 + 3 0.044715 x^2), s the sigmoid."""
    low = -40.0 if x < -40.0 else x
    near = 40.0 if low > 40.0 else low
    square = near * near
    if approximate:
        power = (square * 0.044715 + 1) * near * -1.5957691216057308
        share = 1 / (1 + math.exp(80.0 if power > 80.0 else power))
        return share + (square * 0.134145 + 1) * 1.5957691216057308 * near * share * (1 - share)
    return math.erfc(near * -0.7071067811865476) * 0.5 + math.exp(square * -0.5) * 0.3989422804014327 * near


def gelu_forward(x: Array, *, approximate: bool = False, out: Array | None = None) -> tuple[Array, Any]:
    """out = x Phi(x) = x erfc(-x / sqrt(2)) / 2, of the shape of x; `out=x` works in place.

    approximate: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 instead, as GPT-2 and BERT's first code have it;
    the two differ by less than 0.0005. The cache is (x, out / x, approximate), with a copy of x where `out` is x.
    It falls below x = -0.75: not monotone. Source: Hendrycks and Gimpel (2016), section 2.
    """
    require_floating(x, "gelu_forward")
    near = np.maximum(x, -FAR)
    share = _sigmoid(np.minimum(near, FAR)) if approximate else _distribution(near)
    x = x.copy() if out is not None and np.may_share_memory(x, out) else x
    return np.multiply(near, share, out=out), (x, share, bool(approximate))


def gelu_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout (Phi(x) + x phi(x)), phi the density of the standard normal; or the slope of the approximation."""
    if not need_dx:
        return None
    x, share, approximate = cache
    near = np.clip(x, -FAR, FAR)
    slope = np.multiply(near, near, out=scratch(out, dout, x, share))
    if approximate:
        slope *= 3 * CUBIC
        slope += 1
        slope *= RATE
        slope *= near
        slope *= share
        slope *= 1 - share
    else:
        slope *= -0.5
        np.exp(slope, out=slope)
        slope *= 1 / math.sqrt(2 * math.pi)
        slope *= near
    slope += share
    return np.multiply(dout, slope, out=out)


def _distribution(x: Array) -> Array:
    """Phi(x), which keeps its digits where it is tiny."""
    from scipy.special import erfc  # here, so that `import layers` loads NumPy alone

    share = x * -math.sqrt(0.5)
    erfc(share, out=share)
    share *= 0.5
    return share


def _sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-r (x + 0.044715 x^3))), held above exp(-80), or what the dtype can hold."""
    power = x * x
    power *= CUBIC
    power += 1
    power *= x
    power *= -RATE
    np.minimum(power, min(STEEP, math.log(np.finfo(x.dtype).max) - 1), out=power)
    np.exp(power, out=power)
    power += 1
    np.reciprocal(power, out=power)
    return power


gelu = register(
    Layer(
        "gelu", "activation", gelu_forward, gelu_backward, matrix, ("x",),
        structure="elementwise", settings=({}, {"approximate": True}), scalar=Elementwise(gelu_value, gelu_slope),
    )
)  # fmt: skip
