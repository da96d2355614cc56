"""Derivatives, judgements and runs on a probe, written down by hand."""

import numpy as np

from gradcheck.numeric.central_differences import Derivative
from gradcheck.numeric.judgement import Judgement
from gradcheck.probe_run import ProbeRun
from gradcheck.subject.probes import Probe


def derivative(value, bound=1e-9, kink=None, checked=None, **more):
    value = np.asarray(value, float)
    off = np.zeros(value.shape, bool)
    mask = lambda m: off if m is None else np.array(m)  # noqa: E731
    given = {"left": value, "right": value, "lonely": ~off, "jac": None, "h": 2e-4} | more
    checked = None if checked is None else np.array(checked)
    return Derivative(value=value, bound=np.full(value.shape, bound), kink=mask(kink), checked=checked, **given)


def judgement(bad, convention=None, inconclusive=None, excess=0.5):
    bad = np.array(bad)
    rest = [np.zeros(bad.shape, bool) if m is None else np.array(m) for m in (convention, inconclusive)]
    return Judgement(bad, *rest, np.zeros(bad.shape, bool), np.ones(bad.shape), excess)


def run(values=None, outs=(), douts=(), cache=None, analytic=None, numeric=None, n=3, name="given", **fields):
    return ProbeRun(Probe(name, values or {}, n, 0), values or {}, list(outs), list(douts), cache, analytic or {},
                    numeric or {}, **fields)  # fmt: skip
