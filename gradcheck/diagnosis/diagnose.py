"""Names what is wrong: each file of this folder knows one family of faults, this one the order in which they are asked.

The simplest explanation comes first, and it counts only if its residual is at noise level on a second probe of other
sizes as well. Where nothing fits, the set of wrong elements is described.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from base.arrays import Array

from ..findings import Finding
from ..numeric.judgement import rounding_budget
from ..probe_run import ProbeRun
from ..subject.gradients import MISSING
from .describe import wrong_set
from .evidence import Evidence
from .families import (
    additive,
    coarse,
    elementwise,
    kernels,
    labels,
    linear,
    masks,
    norm,
    outputs,
    overwritten,
    penalties,
    pre_activations,
    products,
    samples,
    scale,
    shape,
    small_errors,
    supports,
)
from .layouts import turned
from .paths import explain as paths
from .view import Explanation, View

Family = Callable[[Sequence[View]], Explanation | None]
FAMILIES: tuple[Family, ...] = (
    scale.explain,
    outputs.explain,
    products.swapped,
    products.transposed,
    products.blocks,
    supports.selections,
    products.totals,
    penalties.partly,
    additive.penalty,
    penalties.explain,
    penalties.hidden,
    small_errors.explain,
    labels.explain,
    samples.explain,
    samples.alone,
    overwritten.repeated,
    overwritten.windows,
    masks.explain,
    coarse.explain,
    products.operands,
    products.inner,
    additive.explain,
    products.sums_of_products,
    norm.explain,
    elementwise.explain,
    elementwise.wrong_point,
    kernels.explain,
    additive.products,
    supports.intervals,
    supports.zeros,
)


def diagnose(evidence: Evidence) -> list[Finding]:
    """All findings of the judged probes, the likeliest cause first."""
    with np.errstate(all="ignore"):
        rounded = {
            f.where
            for f in evidence.contract.findings
            if f.code == "DTYPE" and "float" not in str(f.evidence.get("got"))
        }
        findings = [f for f in linear.findings(evidence) if f.where not in rounded]
        named = {f.where for f in findings} | rounded
        wrong = list(dict.fromkeys(n for s in evidence.runs for n in s.bad()))
        found: dict[str, Finding] = {}
        open_: list[str] = []
        for name in wrong:
            if name in named:
                continue
            told = absent(evidence, name) or _tensor(evidence, name)
            if told is None:
                open_.append(name)
            else:
                found.update({f"{name}{k}": f for k, f in enumerate(told)})
        findings += found.values()
        if open_:
            findings += _unexplained(evidence, open_, bool(findings))
        return findings + _conventions(evidence, wrong)


def absent(evidence: Evidence, name: str) -> list[Finding] | None:
    """ZERO for None, MISSING_GRAD for a gradient that is not there, NONFINITE for NaN, MASK_WRONG for ties alone."""
    for run in evidence.runs:
        if name in run.absent:
            if run.absent[name] is MISSING:
                return [Finding("MISSING_GRAD", "error", name, f"no gradient is returned for {name}")]
            return [Finding("ZERO", "error", name, f"None is returned for {name}, whose gradient is not zero")]
        j = run.judged.get(name)
        if j is not None and j.nonfinite.any():
            where = f"{int(j.nonfinite.sum())} of {j.nonfinite.size} elements"
            text = f"the gradient of {name} is NaN or inf in {where}; the exact value is finite"
            return [Finding("NONFINITE", "error", name, text)]
        wrong = [s for s in evidence.runs if name in s.judged and s.judged[name].bad.any()]
        if wrong and not any(np.any(s.analytic[name]) for s in wrong):
            text = f"the gradient of {name} is identically zero, the numeric one is not"
            return [Finding("ZERO", "error", name, text)]
        if wrong and all(name in s.tied and np.array_equal(s.judged[name].bad, s.tied[name]) for s in wrong):
            count = int(wrong[0].judged[name].bad.sum())
            told = f"{count} elements of {name} tie for a maximum, and what they receive does not add up to one dout"
            fix = "divide the mask by the number of ties, or take one of them by argmax"
            return [Finding("MASK_WRONG", "error", name, told, {"tied": count}, fix=fix)]
    return None


def views_of(evidence: Evidence, name: str) -> list[View]:
    """The probes on which a gradient is wrong: the plain ones first."""
    plain = [s for s in evidence.runs if not s.probe.extra] + [s for s in evidence.runs if s.probe.extra]
    views = []
    for run in plain:
        d, a = run.numeric.get(name), run.analytic.get(name)
        if d is None or not isinstance(a, np.ndarray):
            continue
        if name in run.misshapen or (name in run.judged and run.judged[name].bad.any()):
            real = np.asarray(a, dtype=np.float64) if a.dtype.kind != "c" else a.real
            g, e = d.value, _error(evidence, run, name)
            if d.checked is not None and real.shape == g.shape:  # what was not differentiated counts as right
                g, e = np.where(d.checked, g, real), np.where(d.checked, e, 0.0)
            views.append(View(run, evidence, name, real, g, e, run.values[name]))
    return views


def _error(evidence: Evidence, run: ProbeRun, name: str) -> Array:
    d = run.numeric[name]
    args = run.analytic[name], d, run.dout, evidence.dtype_tol, evidence.subject.slack
    budget = rounding_budget(*args) if name in run.judged else 0.0
    return np.asarray(d.bound + np.asarray(budget) / 10)


def _tensor(evidence: Evidence, name: str) -> list[Finding] | None:
    views = views_of(evidence, name)
    if views and views[0].a.shape != views[0].g.shape:
        same = [v for v in views if v.a.shape != v.g.shape and not v.run.probe.extra] or views[:1]
        told = shape.explain(same[:2])
        if told.code == "WRONG_SHAPE" and evidence.subject.kind == "net":
            told = pre_activations.bias_axis(evidence, [v.run for v in same[:1]], name) or told
        return [_finding(told, same)]
    views = [v for v in views if v.a.shape == v.g.shape and np.all(np.isfinite(v.g) | v.kink)]
    if not views:
        return None
    chosen = [v for v in views if not v.run.probe.extra][:2] or views[:1]
    upright = _upright(evidence, name, chosen)
    for family in FAMILIES:
        found = _ask(family, chosen)
        if found is None and upright and family is labels.explain:
            found = _ask(family, upright)
        if found is not None and found.message == overwritten.WINDOWS:
            found = next((told for _, told in paths.explain([views])), found)  # a lost path looks alike
        if found is not None:
            return [_finding(e, chosen) for e in [found, *found.also]]
    return None


def _upright(evidence: Evidence, name: str, views: Sequence[View]) -> list[View]:
    """The views of a loss whose scores have the examples in columns, with those in rows; none for others."""
    source = evidence.source
    columns = source.columns or [axis for n, axis in source.batch_axes if n == name] == [1]
    if evidence.subject.kind != "loss" or not columns or any(v.a.ndim != 2 for v in views):
        return []
    return [replace(v, run=turned(v.run, v.x.shape[1]), a=v.a.T, g=v.g.T, e=v.e.T, x=v.x.T) for v in views]


def _ask(family: Family, views: Sequence[View]) -> Explanation | None:
    """What a family says; one that stumbles over an unusual shape says nothing."""
    try:
        return family(views)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError, np.linalg.LinAlgError):
        return None


def _finding(told: Explanation, views: Sequence[View]) -> Finding:
    evidence = {**told.evidence, "probes": [v.run.probe.name for v in views]}
    finding = Finding(told.code, told.severity, views[0].name, told.message, evidence, fix=told.fix)
    if told.correct is not None:
        finding.fix_tried = all(_passes(told, v) for v in views)
    return finding


def _passes(told: Explanation, view: View) -> bool:
    try:
        return told.correct is not None and view.right(told.correct(view))
    except (ValueError, TypeError):
        return False


def _unexplained(evidence: Evidence, names: Sequence[str], explained: bool) -> list[Finding]:
    """Tensors without a name: look inside a net; else describe, unless another tensor's fault explains them."""
    runs = [s for s in evidence.runs if any(n in s.bad() for n in names)]
    if evidence.subject.kind != "layer":
        for weight, told in pre_activations.explain(evidence, runs, names):
            return [Finding(told.code, told.severity, weight, told.message, told.evidence, fix=told.fix)]
    told_paths = paths.explain([views_of(evidence, name) for name in names])
    if told_paths:
        return [Finding(t.code, t.severity, where, t.message, t.evidence, fix=t.fix) for where, t in told_paths]
    if explained:
        return []
    findings = []
    for name in names:
        views = views_of(evidence, name)
        ratio = elementwise.any_ratio(views[:2]) if views else None
        if ratio is not None:
            findings.append(_finding(ratio, views))
            continue
        which = wrong_set(views[0]) if views else "wrong"
        text = f"the gradient of {name} is wrong and no known explanation fits: {which}"
        findings.append(Finding("UNNAMED", "error", name, text))
    return findings


def _conventions(evidence: Evidence, wrong: Sequence[str]) -> list[Finding]:
    for run in evidence.runs:
        for name, j in run.judged.items():
            if j.convention.any() and name not in wrong:
                values = sorted({float(v) for v in np.round(run.analytic[name][j.convention], 6)})[:3]
                return [_leaky(name, values) if _slopes_below(run, name) else _relu_at_zero(name, values)]
    return []


def _slopes_below(run: ProbeRun, name: str) -> bool:
    """Whether the derivative is not zero on both sides: a leaky relu, a PReLU, of which one slope may be zero."""
    d, x = run.numeric[name], run.values[name]
    moves = (np.abs(d.value) > 10 * d.bound) & ~d.kink
    return bool(np.any(moves & (x < 0)) and np.any(moves & (x > 0)))


def _leaky(name: str, values: Sequence[float]) -> Finding:
    told = f"at {name} == 0, a kink between two slopes, this backward takes one of them: a convention, either is right"
    return Finding("KINK_CONVENTION", "note", name, told, {"values": values})


def _relu_at_zero(name: str, values: Sequence[float]) -> Finding:
    told = (
        f"right everywhere but exactly at the kink ({name} == 0), where the derivative is taken to be 0 and this "
        f"backward lets dout through: is the mask >= instead of >?"
    )
    return Finding("KINK_CONVENTION", "warning", name, told, {"values": values}, fix=">= -> >")
