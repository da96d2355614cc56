"""A view of a wrong gradient written down by hand: what a diagnosis looks at, without a function or a run behind it."""

from types import SimpleNamespace

import numpy as np

from gradcheck.diagnosis.view import View


def view(a, g, *, x=None, n=2, name="W", kind="layer", jac=None, ours=None, out=None, dout=None, atoms=(), **more):
    """Analytic `a` and numeric `g`, with Jacobians (elements, outputs), known arrays and plain numbers where given."""
    a, g = np.asarray(a, float), np.asarray(g, float)
    out = np.zeros(2) if out is None else np.asarray(out, float)
    dout = np.ones(out.shape) if dout is None else np.asarray(dout, float)
    run = SimpleNamespace(
        n=n, numeric=more.get("numeric", {}), values=more.get("values", {}), outs=[out], douts=[dout],
        dout=dout.ravel(), known_arrays=[(k, np.asarray(t, float)) for k, t in atoms], analytic={},
    )  # fmt: skip
    evidence = SimpleNamespace(subject=SimpleNamespace(kind=kind))
    x = g if x is None else np.asarray(x, float)
    unmasked = more.get("unmasked")
    made = View(run, evidence, name, a, g, np.full(g.shape, more.get("e", 1e-12)), x, more.get("lifted", False))
    made.unmasked = None if unmasked is None else np.asarray(unmasked, float)
    made.jac, made.ours = [None if t is None else np.asarray(t, float) for t in (jac, ours)]
    made.scalars = more.get("scalars", {})
    if "kink" in more:
        made.kink = np.asarray(more["kink"])
    return made
