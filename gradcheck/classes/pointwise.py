"""Whether a derivative is written in terms of the output: prime(a) = a (1 - a), to be called with the activation."""

import re
from typing import Any

import numpy as np

from ..findings import Outcome
from ..subject.arrays import is_float
from .calling import invoke
from .signatures import needed

_PRE_ACTIVATION = re.compile(r"(z\d?|pre_?\w*|net\w*|u|v|logits?)$", re.IGNORECASE)
STEP = 1e-6


def takes_output(function: Any, derivative: Any, thing: Any, values: dict[str, Any]) -> bool:
    """Whether the derivative is right at f(x) and wrong at x; never where its parameter is called z."""
    x = next((v for v in values.values() if is_float(v)), None)
    if x is None or derivative is None or any(map(_PRE_ACTIVATION.match, needed(derivative))):
        return False
    try:
        out, up, down = (np.asarray(invoke(thing, function, [x + h], {})) for h in (0.0, STEP, -STEP))
        here, there = (np.asarray(invoke(thing, derivative, [v], {})) for v in (x, out))
    except Exception:  # told by the contracts
        return False
    numeric = (up - down) / (2 * STEP)
    return here.shape == numeric.shape and not _close(here, numeric) and _close(there, numeric)


def say_diagonal(report: Outcome, subject: Any, values: dict[str, Any]) -> None:
    """Name what is wrong where a derivative is only the diagonal of the Jacobian: p (1 - p) of a softmax."""
    found = next((f for f in report.findings if f.code == "UNNAMED"), None)
    if found is None or subject.form.kind != "pointwise":
        return
    x = np.array(values[found.where])
    (out, *_), kept = subject.forward(values)
    slope = subject.gradients(subject.backward([np.ones(x.shape)], kept, values), values)
    if out.shape != x.shape or not isinstance(slope[found.where], np.ndarray):
        return
    diagonal = np.zeros(x.size)
    for k in range(x.size):
        unit = np.eye(1, x.size, k).reshape(x.shape)
        moved = [subject.forward({**values, found.where: x + h * unit})[0][0].ravel()[k] for h in (STEP, -STEP)]
        diagonal[k] = (moved[0] - moved[1]) / (2 * STEP)
    if _close(slope[found.where].ravel(), diagonal):
        found.code = "MISSING_TERM"
        found.message = (
            "only the diagonal of the Jacobian: every output depends on other entries of the input as well, so that "
            "dout times this is not the gradient"
        )


def _close(a: Any, b: Any) -> bool:
    return bool(np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-5, atol=1e-7))
