"""The large-score probe: finite inputs should give finite losses and gradients where the exact values are finite.

Scores of +-100 occur in practice, and a function that overflows there is at fault. Beyond, at values that the caller
never gave, an overflow is worth knowing and no more. Whether the exact value is finite is told by its size at the
largest scale that still works: a loss that grows like exp is no fault, one that grows like its scores is.
"""

from collections.abc import Callable

import numpy as np

from base.arrays import Array

from ..findings import Finding
from ..subject.probes import Probe
from ..subject.subject import Subject, Values

TAME = 1e60
IN_PRACTICE = 100.0

Draw = Callable[[list[Array]], list[Array]]


def overflow(subject: Subject, probe: Probe, draw: Draw) -> Finding | None:
    """A NONFINITE error within +-100, a NONFINITE note beyond, or None. The probe holds the inputs x `probes.HUGE`."""
    name = subject.targets(probe.values)[0]
    largest = float(np.max(np.abs(probe.values[name])))
    for limit, severity in ((IN_PRACTICE, "error"), (largest, "note")):
        values = {**probe.values, name: probe.values[name] * (limit / largest)}
        try:
            where = _first_not_finite(subject, values, draw)
        except Exception:  # a function that refuses such inputs has said so
            return None
        if where is not None:
            return _finding(severity, where, limit) if _tame(subject, values, name) else None
    return None


def _finding(severity: str, where: str, limit: float) -> Finding:
    what = "the loss is inf" if where == "loss" else f"the gradient of {where} is not finite"
    asked = "" if severity == "error" else " (values that you did not give)"
    return Finding(
        "NONFINITE",
        severity,
        where,
        f"at scores of +-{limit:,.0f}{asked} {what} although its exact value is finite: an exp overflows, or the log "
        "of a probability that is 0; `shifted - np.log(np.sum(np.exp(shifted)))` stays finite",
        {"scores": limit},
    )


def _first_not_finite(subject: Subject, values: Values, draw: Draw) -> str | None:
    """ "loss" or the argument whose gradient is not finite; None also where the output of a layer overflows."""
    subject.streams.rewind()
    outs, _ = subject.forward(subject.fresh(values))
    outs, grads = subject.run(values, draw(outs))
    if not _finite(outs):
        return "loss" if subject.kind == "loss" else None
    for key, g in grads.items():
        if isinstance(g, np.ndarray) and g.dtype.kind == "f" and not np.all(np.isfinite(g)):
            return key
    return None


def _finite(outs: list[Array]) -> bool:
    return all(bool(np.all(np.isfinite(o))) for o in outs if o.dtype.kind == "f")


def _tame(subject: Subject, values: Values, name: str) -> bool:
    """Whether the outputs are of moderate size at the largest scale at which they are finite."""
    for scale in 2.0 ** -np.arange(0.25, 10, 0.25):
        outs, _ = subject.forward(subject.fresh({**values, name: values[name] * scale}))
        if _finite(outs):
            return all(float(np.max(np.abs(o), initial=0)) < TAME for o in outs)
    return False
