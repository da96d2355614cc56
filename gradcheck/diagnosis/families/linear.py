"""Findings of the linearity test: dout ignored, a mask by the sign of dout, other nonlinearity, a constant added."""

from typing import Any

import numpy as np

from ...findings import Finding
from ..evidence import Evidence
from ..formulas import broadcast, fitted
from ..scalars import scalars_of
from .additive import REG_NAMES

TEXTS = {
    "constant": ("IGNORES_DOUT", "the result is the same for every dout: the upstream gradient is not multiplied in"),
    "mask": (
        "MASK_FROM_DOUT",
        "the result keeps only one sign of dout: the mask is taken from dout, not from the forward",
    ),
    "nonlinear": ("NONLINEAR_DOUT", "the result is not linear in dout (is it squared, clipped, masked by its sign?)"),
}


def findings(evidence: Evidence) -> list[Finding]:
    """One finding per gradient that is not a linear map of dout."""
    found = []
    for name, result in evidence.linear.items():
        if result.kind in TEXTS:
            code, text = TEXTS[result.kind]
            test = {"test": "b(d1 - 3 d2) = b(d1) - 3 b(d2)"}
            found.append(Finding(code, "error", name, f"the gradient of {name}: {text}", test))
        elif result.kind == "affine":
            found.append(_offset(evidence, name, result.offset))
    return found


def _offset(evidence: Evidence, name: str, offset: Any) -> Finding:
    """b(0) is not zero: a term that does not depend on dout is added."""
    run = evidence.runs[0]
    for atom, t in run.known_arrays:
        full = broadcast(t, offset.shape)
        if full is None:
            continue
        c = fitted(offset, full)
        if np.allclose(c * full, offset, rtol=1e-6, atol=1e-9 * float(np.max(np.abs(offset)))):
            scalars = scalars_of(evidence.subject, run).items()
            strengths = [v for k, v in scalars if any(r in k.lower() for r in REG_NAMES)]
            text = f"{c:.6g} {atom} is added whatever dout is"
            if atom == name and any(np.isclose(abs(c), v) or np.isclose(abs(c), 2 * v) for v in strengths):
                return Finding("EXTRA_REG", "error", name, f"{text}: a penalty that the forward lacks", {"c": c})
            return Finding("ADDITIVE_TERM", "error", name, text, {"term": atom, "c": c})
    text = "with dout = 0 the gradient is not zero: a term is added that does not depend on dout"
    return Finding("ADDITIVE_TERM", "error", name, text)
