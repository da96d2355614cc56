"""The convention of the deeplearning.ai courses: dW and db carry 1/m, the mean over the m examples, dA does not.

There the loss is a mean, and its 1/m is left out of dA and put into every dW and db: right code of that course. It is
recognised only where all parameters carry exactly 1/m at two batch sizes, all inputs are exact, and the layer is
written as there: the backward takes dZ or dA, or the examples stand in columns, or it is a class, whose losses often
leave the 1/m to the layers. With functions, `dout` and rows it is a slip.
"""

from collections.abc import Sequence

import numpy as np

from ..findings import Finding
from ..numeric.judgement import RELATIVE, SAFETY
from ..probe_run import ProbeRun
from ..subject.subject import Subject, positional

FEWEST = 2  # parameters: one alone that is averaged is a slip


def averaged(subject: Subject, runs: Sequence[ProbeRun]) -> list[str]:
    """The parameters of a layer that carry 1/m, if all do and nothing else is wrong; else none."""
    several = [s for s in runs if s.n > 1 and not s.probe.extra]
    if len({s.n for s in several}) < 2:
        return []
    first, other = several[0], next(s for s in several if s.n != several[0].n)
    names = list(first.numeric)
    params = [n for n in names if np.shape(first.values[n]) == np.shape(other.values[n])]
    if not FEWEST <= len(params) < len(names) or not any(first.values[n].ndim > 1 for n in params):
        return []
    inputs = [n for n in names if n not in params]
    custom = subject.dialect == "method" or _takes_dz(subject)  # a class of layers belongs to a loss of its own
    if not custom and not all(_in_columns(first, n) for n in inputs):
        return []
    plain = all(n in s.judged for s in several for n in names)
    if not plain or any(n in s.bad() for s in several for n in inputs):
        return []
    return params if all(_carries(s, n) for s in several for n in params) else []


def _takes_dz(subject: Subject) -> bool:
    upstream = (positional(subject.sources()[0]) or [""])[0].lower()
    return upstream.startswith(("dz", "da")) and upstream not in ("data", "date")


def _in_columns(run: ProbeRun, name: str) -> bool:
    shape = np.shape(run.values[name])
    return len(shape) == 2 and shape[1] == run.n != shape[0]


def _carries(run: ProbeRun, name: str) -> bool:
    d, a = run.numeric[name], np.asarray(run.analytic[name])
    if not run.judged[name].bad.any():  # zero, or not averaged
        return False
    tol = SAFETY * d.bound + 100 * RELATIVE * np.abs(d.value) + 1e-12
    return bool(np.all((np.abs(a * run.n - d.value) <= tol) | d.kink))


def told(names: Sequence[str], inputs: Sequence[str]) -> Finding:
    """The note."""
    params = ", ".join(f"d{n}" for n in names)
    text = (
        f"values agree up to the course's 1/m convention: {params} carry 1/m, the mean over the m examples, and "
        f"{', '.join(f'd{n}' for n in inputs)} does not. They are right if what comes in is the gradient by each "
        "example's own loss; they are compared after a multiplication by m"
    )
    return Finding("SCALE_INV_BATCH", "note", names[0], text, {"convention": "1/m", "parameters": list(names)})
