"""The large-score probe: finite inputs must give finite losses and gradients where the exact values are finite.

Whether the exact value is finite is told by its size at the largest scale that still works: a loss that grows like
exp is no fault, one that grows like its scores is.
"""

from collections.abc import Callable

import numpy as np

from base.arrays import Array

from ..findings import Finding
from ..subject.probes import Probe
from ..subject.subject import Subject, Values

TAME = 1e60


def overflow(subject: Subject, probe: Probe, draw: Callable[[list[Array]], list[Array]]) -> Finding | None:
    """A NONFINITE finding, or None. The probe holds the inputs times `probes.HUGE`."""
    name = subject.targets(probe.values)[0]
    try:
        outs, grads = _run(subject, probe.values, draw)
    except Exception:  # a function that refuses such inputs has said so
        return None
    if not _finite(outs):
        if subject.kind != "loss" or not _tame(subject, probe.values, name):
            return None
        return Finding(
            "NONFINITE",
            "error",
            "loss",
            "the loss is not finite for scores x 800 although its exact value is: "
            "subtract the maximum before exp, and take log(p) from the scores",
        )
    for key, g in grads.items():
        if isinstance(g, np.ndarray) and g.dtype.kind == "f" and not np.all(np.isfinite(g)):
            if not _tame(subject, probe.values, name):
                return None
            return Finding(
                "NONFINITE", "error", key, f"the gradient of {key} is not finite for inputs x 800: an exp overflows"
            )
    return None


def _run(
    subject: Subject, values: Values, draw: Callable[[list[Array]], list[Array]]
) -> tuple[list[Array], dict[str, Array]]:
    subject.streams.rewind()
    outs, _ = subject.forward(subject.fresh(values))
    return subject.run(values, draw(outs))


def _finite(outs: list[Array]) -> bool:
    return all(bool(np.all(np.isfinite(o))) for o in outs if o.dtype.kind == "f")


def _tame(subject: Subject, values: Values, name: str) -> bool:
    """Whether the outputs are of moderate size at the largest scale at which they are finite."""
    for scale in 2.0 ** -np.arange(0.25, 10, 0.25):
        outs, _ = subject.forward(subject.fresh({**values, name: values[name] * scale}))
        if _finite(outs):
            return all(float(np.max(np.abs(o), initial=0)) < TAME for o in outs)
    return False
