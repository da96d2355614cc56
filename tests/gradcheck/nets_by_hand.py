"""A net of two layers written down by hand: its run with exact gradients, and what comes back by its parts."""

from types import SimpleNamespace

import numpy as np

from gradcheck.numeric.central_differences import Derivative
from gradcheck.probe_run import ProbeRun
from gradcheck.subject.probes import Probe

X = np.array([[1.0, 2, 0, 1], [0, 1, 3, -1]])
W1 = np.array([[1.0, -1, 2, 0], [0, 1, -1, 1], [2, 0, 1, -1], [-1, 1, 0, 2]])
B1 = np.array([0.5, -0.5, -1, 1])
Z = np.array([[0.5, 1.5, -1, 5], [7.5, -0.5, 1, -3]])  # X W1 + b1
H = np.array([[0.5, 1.5, 0, 5], [7.5, 0, 1, 0]])
W2 = np.array([[1.0, 2, -1], [0, -1, 1], [2, 1, 0], [-1, 1, 3]])
B2 = np.array([0.25, 0, -1])
DS = np.array([[0.5, -0.2, -0.3], [-0.1, 0.3, -0.2]])  # the gradient by the scores
BACK = np.array([[0.4, -0.1, 0.8, -1.6], [0.7, -0.5, 0.1, -0.2]])  # DS W2.T
DZ = np.array([[0.4, -0.1, 0, -1.6], [0.7, 0, 0.1, 0]])
SQUARE = np.hstack([W2, [[1.0], [0], [-2], [1]]])
DSQ = np.hstack([DS, [[0.2], [0.4]]])

EVIDENCE = SimpleNamespace(subject=SimpleNamespace(kind="net", sources=list), fewer_rows=lambda runs: [])


def gradients(ds=DS, dz=DZ, x=X, h=H):
    """The gradients that come from these gradients by the scores and by the hidden pre-activation."""
    return {"W1": x.T @ dz, "b1": dz.sum(0), "W2": h.T @ ds, "b2": ds.sum(0)}


def run_of(analytic, numeric=None, change=None, **values):
    """A run of the net, with parameters that are replaced or (None) left out; `change` makes another layout of all."""
    values = {"X": X, "y": np.array([2, 0]), "W1": W1, "b1": B1, "W2": W2, "b2": B2} | values
    numeric = gradients() if numeric is None else numeric
    change = change or (lambda name, t: t)
    kept = {k: change(k, v) for k, v in values.items() if v is not None}
    none = {n: np.zeros(change(n, g).shape) for n, g in numeric.items() if n in kept}
    derivatives = {
        n: Derivative(change(n, numeric[n]), none[n], none[n] > 0, none[n], none[n], none[n] > 0, None, 1e-3)
        for n in none
    }
    ours = {n: change(n, a) if isinstance(a, np.ndarray) else a for n, a in analytic.items() if n in kept}
    probe = Probe("first", kept, 2, 0)
    return ProbeRun(probe, kept, [np.array(1.0)], [np.array(1.0)], None, ours, derivatives)
