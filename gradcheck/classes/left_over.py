"""Whether an object's answer depends on the calls before: what was kept only the first time, gradients that add up."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..contracts.contracts import Contract
from ..subject.arrays import is_float, nearly
from ..subject.subject import Values

STALE = (
    "after a call with other inputs {} that of the call before: something is kept only the first time, or not kept"
    " anew by every forward"
)
ADDED = "the gradients of the call before are still in it: a buffer is kept between calls, set it to zero first"


def check_left_over(subject: Any, c: Contract, values: Values, douts: list[Array]) -> None:
    """NOT_REENTRANT where forward and backward on one object answer otherwise after a call with other inputs.

    A forward with a state of its own (a hidden state, a stream) may answer otherwise, and then nothing is said.
    """
    if c.drew or any(f.severity == "error" for f in c.findings):
        return
    other = {n: 1.3 * v + 0.1 if is_float(v) else v for n, v in values.items()}
    try:
        thing = subject.fresh_thing(values)
        before_outs, before = _call(subject, thing, other, douts)
        outs, grads = _call(subject, thing, values, douts)
    except Exception:  # an object that is used once
        return
    same = [nearly(a, b) for a, b in zip(outs, c.outs, strict=True)]
    if not all(same):
        if all(map(nearly, outs, before_outs)):
            c.error("NOT_REENTRANT", "forward", STALE.format("the output is"))
        return
    for name, g in grads.items():
        first = c.grads.get(name)
        if not (isinstance(g, np.ndarray) and isinstance(first, np.ndarray)) or nearly(g, first):
            continue
        added = g.shape == first.shape and np.allclose(g, first + before.get(name, 0), rtol=1e-9, atol=1e-12)
        c.error("NOT_REENTRANT", name, ADDED if added else STALE.format(f"the gradient of {name} is"))
        return


def _call(subject: Any, thing: Any, values: Values, douts: list[Array]) -> tuple[list[Array], dict[str, Any]]:
    outs, kept = subject.forward_on(thing, values)
    raw = subject.backward([d.copy() for d in douts], kept, values)
    grads = subject.gradients(raw, values)
    copies = {n: g.copy() for n, g in grads.items() if isinstance(g, np.ndarray)}
    return [o.copy() for o in outs], copies
