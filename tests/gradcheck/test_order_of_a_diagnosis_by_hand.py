"""The order in which a diagnosis asks, what it looks at, and what it says where nobody has a name."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis import diagnose
from gradcheck.diagnosis.families import labels, overwritten
from gradcheck.diagnosis.view import Explanation
from gradcheck.findings import Finding
from gradcheck.numeric.central_differences import Derivative
from gradcheck.probe_run import ProbeRun
from gradcheck.subject.gradients import MISSING
from gradcheck.subject.probes import Probe
from tests.gradcheck.views_by_hand import view

A = np.array([1.0, 0, 3])


def run(a=A, bad=(), nonfinite=(), tied=None, judged=True, extra=False, convention=(), g=None, x=None, kink=(), n=2):
    """A run of one tensor w."""
    chosen = {"bad": bad, "nonfinite": nonfinite, "tied": tied or (), "convention": convention, "kink": kink}
    masks = {k: np.isin(np.arange(3 if x is None else len(x)), list(v)) for k, v in chosen.items()}
    g = A + 1 if g is None else np.array(g, float)
    numeric = Derivative(g, np.full(g.shape, 1e-3), masks["kink"], g, g, masks["kink"], None, 1e-4)
    absent = {"w": a} if a is None or a is MISSING else {}
    found = SimpleNamespace(bad=masks["bad"], nonfinite=masks["nonfinite"], convention=masks["convention"])
    made = ProbeRun(
        Probe("far" if extra else "plain", {}, n, 0, extra), {"w": A if x is None else np.array(x, float)}, [],
        [np.ones(2)], None, {"w": a}, {"w": numeric}, absent=absent,
    )  # fmt: skip
    if judged:
        made.judged["w"] = found
    if tied is not None:
        made.tied["w"] = masks["tied"]
    return made


def evidence_of(*runs, kind="layer", **more):
    subject = SimpleNamespace(kind=kind, slack=more.pop("slack", 0.0))
    source = SimpleNamespace(columns=more.pop("columns", None), batch_axes=more.pop("batch_axes", ()))
    contract = SimpleNamespace(findings=more.pop("contract", []))
    rest = {"dtype_tol": None, "linear": {}} | more
    return SimpleNamespace(runs=runs, subject=subject, source=source, contract=contract, **rest)


@pytest.mark.parametrize(
    ("runs", "code", "words"),
    [([run(), run(None)], "ZERO", "None is returned for w, whose gradient is not zero"),
     ([run(MISSING)], "MISSING_GRAD", "no gradient is returned for w"),
     ([run(nonfinite=[0, 2])], "NONFINITE", "is NaN or inf in 2 of 3 elements"),
     ([run(judged=False), run(0 * A, [0])], "ZERO", "the gradient of w is identically zero"),
     ([run(), run(0 * A, [0, 2])], "ZERO", "the gradient of w is identically zero"),
     ([run(bad=[1, 2], tied=[1, 2]), run(bad=[0], tied=[0])], "MASK_WRONG", "2 elements of w tie for a maximum"),
     ([run(bad=[1]), run(0 * A, [0])], None, ""), ([run(0 * A)], None, ""), ([run(tied=[1])], None, ""),
     ([run(bad=[1, 2], tied=[1, 2]), run(bad=[0])], None, ""), ([run(bad=[1, 2], tied=[1])], None, ""),
     ([run(bad=[1, 2], tied=[1, 2]), run(bad=[0], tied=[1])], None, "")],
)  # fmt: skip
def test_gradients_that_are_not_there(runs, code, words):
    told = diagnose.absent(evidence_of(*runs), "w")
    assert (told and [f.code for f in told]) == (code and [code])
    assert code is None or (told[0].severity, told[0].where, words in told[0].message) == ("error", "w", True)
    assert code != "MASK_WRONG" or told[0].evidence == {"tied": 2}


def test_views_are_those_of_wrong_gradients_the_plain_probes_first():
    far, right, first, second = run(bad=[1], extra=True), run(), run(bad=[0], n=5), run(bad=[2])
    odd = run(A[:2], judged=False)
    odd.misshapen["w"] = A[:2]
    views = diagnose.views_of(evidence_of(far, right, first, run([1, 2, 3], [0]), odd, second), "w")
    assert [v.run for v in views] == [first, odd, second, far]
    assert [v.a.size for v in views] == [3, 2, 3, 3]
    assert diagnose.views_of(evidence_of(first), "x") == []
    v = views[0]
    assert (v.name, v.n, v.x.tolist(), v.g.tolist()) == ("w", 5, A.tolist(), [2, 1, 4])
    assert [*v.e, *views[1].e] == pytest.approx([1e-3] * 6)


def test_views_of_other_types_and_of_elements_that_were_not_computed():
    (v,) = diagnose.views_of(evidence_of(run(A + 2j, [0])), "w")
    assert v.a.tolist() == A.tolist()
    (v,) = diagnose.views_of(evidence_of(run(A.astype(np.float32), [0]), dtype_tol=0.5), "w")
    assert v.a.dtype == np.float64
    assert v.e.tolist() == pytest.approx([0.051] * 3), "a tenth of what float32 may do, and the bound"
    (v,) = diagnose.views_of(evidence_of(run(bad=[0]), slack=0.1), "w")
    assert v.e.tolist() == pytest.approx([0.041] * 3), "a tenth of 0.1 times 4"
    some, short, long = run(bad=[0]), run(A[:2], judged=False), run(np.ones(4), judged=False)
    for each in (some, short, long):
        each.numeric["w"].checked = np.array([True, True, False])
    short.misshapen["w"] = long.misshapen["w"] = A[:2]
    v, *others = diagnose.views_of(evidence_of(some, short, long), "w")
    assert (v.g.tolist(), v.e.tolist()) == ([2, 1, 3], pytest.approx([1e-3, 1e-3, 0]))
    assert [(w.g.tolist(), w.e.tolist()) for w in others] == [([2, 1, 4], [1e-3] * 3)] * 2


def seen(a, g=None, *, extra=False, kink=False, name="plain", **more):
    made = view(a, A if g is None else g, kink=np.zeros(np.shape(A if g is None else g), bool) | kink, **more)
    made.run.probe = SimpleNamespace(extra=extra, name=name, n=2)
    return made


def asked(views, families, monkeypatch, kind="layer", paths=(), **source):
    """What is told of views where these are the families, and the views that each was given."""
    given = []

    def recording(family):
        def ask(views):
            given.append(views)
            if isinstance(family, Exception):
                raise family
            return family

        return ask

    monkeypatch.setattr(diagnose, "FAMILIES", [recording(f) for f in families])
    monkeypatch.setattr(diagnose, "views_of", lambda evidence, name: list(views))
    monkeypatch.setattr(diagnose.paths, "explain", lambda tensors: list(paths))
    found = diagnose._tensor(evidence_of(kind=kind, **source), "W")
    return found and [(f.code, f.evidence["probes"]) for f in found], given


ONE, TWO = Explanation("SIGN", "told"), Explanation("ZERO", "told")
PLAIN = [seen(A + 1, name=f"p{k}") for k in range(3)]
FAR = [seen(A + 1, name=f"far{k}", extra=True) for k in range(2)]


def test_first_family_that_has_a_name(monkeypatch):
    found, given = asked([*PLAIN, *FAR], [None, ZeroDivisionError(), ONE, TWO], monkeypatch)
    assert found == [("SIGN", ["p0", "p1"])]
    assert given == [PLAIN[:2]] * 3, "two plain probes"
    assert asked(FAR, [None, ONE], monkeypatch) == ([("SIGN", ["far0"])], [FAR[:1]] * 2)
    assert asked(PLAIN[:1], [None, None], monkeypatch)[0] is None
    assert asked([], [ONE], monkeypatch) == (None, [])
    several = Explanation("SIGN", "told", also=[TWO])
    assert asked(PLAIN[:1], [several], monkeypatch)[0] == [("SIGN", ["p0"]), ("ZERO", ["p0"])]


def test_views_that_nobody_can_explain_are_left_out(monkeypatch):
    endless, endless_at_kinks = seen(A, [1, np.inf, 3]), seen(A, [1, np.nan, 3], kink=[False, True, False])
    short = seen(A[:2], name="short")
    assert asked([endless], [ONE], monkeypatch) == (None, [])
    assert asked([endless_at_kinks], [ONE], monkeypatch)[0] == [("SIGN", ["plain"])]
    assert asked([PLAIN[0], endless, short, PLAIN[1]], [ONE], monkeypatch)[1] == [PLAIN[:2]]
    assert asked([seen(A, kink=[True, False, False])], [ONE], monkeypatch)[0] == [("SIGN", ["plain"])]


def test_windows_may_be_a_lost_path(monkeypatch):
    windows = Explanation("REPEATED_INDEX", overwritten.WINDOWS)
    assert asked(PLAIN[:1], [windows], monkeypatch)[0] == [("REPEATED_INDEX", ["p0"])]
    assert asked(PLAIN[:1], [windows], monkeypatch, paths=[("W", TWO)])[0] == [("ZERO", ["p0"])]
    assert asked(PLAIN[:1], [ONE], monkeypatch, paths=[("W", TWO)])[0] == [("SIGN", ["p0"])]


def test_gradient_of_another_shape(monkeypatch):
    short = [seen(A[:2] + 5, name=f"s{k}") for k in range(3)]
    far = seen(A[:2] + 5, name="far", extra=True)
    assert asked([*short, PLAIN[0]], [ONE], monkeypatch) == ([("WRONG_SHAPE", ["s0", "s1", "s2"])], [])
    assert asked([short[0], far], [ONE], monkeypatch)[0] == [("WRONG_SHAPE", ["s0"])]
    assert asked([far, short[0]], [ONE], monkeypatch)[0] == [("WRONG_SHAPE", ["s0"])]
    assert asked([far, far], [ONE], monkeypatch)[0] == [("WRONG_SHAPE", ["far"])]
    runs = []
    monkeypatch.setattr(diagnose.pre_activations, "bias_axis", lambda evidence, given, name: runs.append(given) or TWO)
    assert asked(short, [ONE], monkeypatch, kind="net")[0] == [("ZERO", ["s0", "s1", "s2"])]
    assert runs == [[short[0].run]]
    flat = seen(np.arange(4.0), np.arange(4.0).reshape(2, 2))
    assert asked([flat], [ONE], monkeypatch, kind="net")[0] == [("FLATTENED", ["plain"])]
    assert asked([flat, short[0]], [ONE], monkeypatch)[0] == [("WRONG_SHAPE", ["plain", "s0"])], "of both"
    monkeypatch.setattr(diagnose.pre_activations, "bias_axis", lambda *given: None)
    assert asked(short, [ONE], monkeypatch, kind="net")[0] == [("WRONG_SHAPE", ["s0", "s1", "s2"])]


def test_scores_with_the_examples_in_columns_are_turned(monkeypatch):
    scores = seen(np.ones((3, 4)), np.zeros((3, 4)), x=np.arange(12.0).reshape(3, 4))
    monkeypatch.setattr(diagnose, "turned", lambda run, n: SimpleNamespace(turned=n))

    def upright(views=(scores,), kind="loss", **source):
        return diagnose._upright(evidence_of(kind=kind, **source), "W", views)

    (v,) = upright(columns=4)
    assert v.run.turned == 4
    assert v.x.tolist() == scores.x.T.tolist()
    assert v.a.shape == v.g.shape == v.e.shape == (4, 3)
    assert len(upright(batch_axes=[("b", 0), ("W", 1)])) == 1
    assert upright(batch_axes=[("W", 0)]) == upright(batch_axes=[("b", 1)]) == upright() == []
    assert upright(columns=4, kind="net") == []
    assert upright([scores, PLAIN[0]], columns=4) == []
    given = []
    monkeypatch.setattr(labels, "explain", lambda views: given.append(views[0].a.shape) or (ONE if given[1:] else None))
    monkeypatch.setattr(diagnose, "FAMILIES", [lambda views: None, labels.explain])
    monkeypatch.setattr(diagnose, "views_of", lambda evidence, name: [scores])
    assert [f.code for f in diagnose._tensor(evidence_of(kind="loss", columns=4), "W")] == ["SIGN"]
    assert given == [(3, 4), (4, 3)]
    assert [f.code for f in diagnose._tensor(evidence_of(kind="loss", columns=4), "W")] == ["SIGN"]
    assert given[2:] == [(3, 4)], "found at once"


def test_fix_is_tried():
    def tried(correct, *views):
        return diagnose._finding(Explanation("SIGN", "told", {"c": 1}, "turn", correct), views)

    views = seen(-A, name="a"), seen(2 * A, name="b")
    told = tried(lambda v: v.g, *views)
    assert (told.fix_tried, told.fix, told.evidence) == (True, "turn", {"c": 1, "probes": ["a", "b"]})
    assert tried(lambda v: -v.a, views[0]).fix_tried
    assert not tried(lambda v: -v.a, *views).fix_tried
    assert not tried(lambda v: v.g[:2] + v.a, *views).fix_tried, "a correction that does not fit the shape"
    assert tried(None, *views).fix_tried == Finding("SIGN", "error", "W", "told").fix_tried


def left_open(monkeypatch, kind="layer", nets=(), paths=(), explained=False, views=()):
    asked_runs = []
    monkeypatch.setattr(diagnose.paths, "explain", lambda tensors: list(paths))
    monkeypatch.setattr(diagnose, "views_of", lambda evidence, name: list(views))

    def look(evidence, runs, names):
        asked_runs.extend(runs)
        return iter(nets)

    monkeypatch.setattr(diagnose.pre_activations, "explain", look)
    wrong, right = run(bad=[0]), run()
    found = diagnose._unexplained(evidence_of(right, wrong, kind=kind), ["w"], explained)
    assert asked_runs == ([] if kind == "layer" else [wrong])
    return [(f.code, f.where, f.message) for f in found]


def test_tensors_without_a_name(monkeypatch):
    nets = [("W1", Explanation("MASK_MISSING", "in the net")), ("W2", ONE)]
    paths = [("w", Explanation("MISSING_TERM", "a path")), ("b", TWO)]
    assert left_open(monkeypatch, "net", nets, paths) == [("MASK_MISSING", "W1", "in the net")]
    assert left_open(monkeypatch, "layer", nets, paths) == [("MISSING_TERM", "w", "a path"), ("ZERO", "b", "told")]
    assert left_open(monkeypatch, "loss", (), paths, True)[0] == ("MISSING_TERM", "w", "a path")
    assert left_open(monkeypatch, explained=True) == []
    text = "the gradient of w is wrong and no known explanation fits: "
    assert left_open(monkeypatch) == [("UNNAMED", "w", f"{text}wrong")]
    assert left_open(monkeypatch, views=[seen(np.add(A, [0, 0, 1]))])[0][2].startswith(f"{text}1 of 3 elements")
    diagonal = seen([1, 3, 2], [1.0, 2, 4], jac=np.diag([1, 2, 4]), ours=np.diag([1, 3, 2]))
    assert left_open(monkeypatch, views=[diagonal])[0][0] == "ELEMENTWISE_FACTOR"
    assert left_open(monkeypatch, views=[diagonal, diagonal, PLAIN[0]])[0][0] == "ELEMENTWISE_FACTOR", "two probes"
    assert left_open(monkeypatch, views=[diagonal, PLAIN[0]])[0][0] == "UNNAMED"


def test_findings_of_a_diagnosis(monkeypatch):
    linear, names, open_ = [], {"w": [Finding("SIGN", "error", "w", "told")]}, []
    monkeypatch.setattr(diagnose.linear, "findings", lambda evidence: list(linear))
    monkeypatch.setattr(diagnose, "_tensor", lambda evidence, name: names.get(name))
    monkeypatch.setattr(diagnose, "_unexplained", lambda evidence, *left: open_.append(left) or [])
    note = Finding("DTYPE", "note", "w", "rounded", {"got": "float32"})

    def codes(*contract, convention=()):
        found = diagnose.diagnose(evidence_of(run(bad=[1], convention=convention), run(bad=[0]), contract=contract))
        return [f.code for f in found]

    assert (codes(), open_) == (["SIGN"], [])
    assert codes(note) == ["SIGN"], "a float, if a short one"
    assert codes(Finding("DTYPE", "error", "w", "rounded", {"got": "int64"})) == [], "of integers nothing is to be said"
    assert codes(Finding("SHAPE", "error", "w", "rounded", {"got": "int64"})) == ["SIGN"]
    linear.append(Finding("NONLINEAR_DOUT", "error", "w", "told"))
    assert codes() == ["NONLINEAR_DOUT"]
    assert codes(Finding("DTYPE", "error", "w", "rounded", {"got": "int64"})) == []
    linear[0] = Finding("NONLINEAR_DOUT", "error", "x", "told")
    assert codes() == ["NONLINEAR_DOUT", "SIGN"]
    other = run(bad=[0])
    for held in (other.analytic, other.judged):
        held["b"] = held.pop("w")
    linear[0], names["b"] = Finding("NONLINEAR_DOUT", "error", "w", "told"), [Finding("ZERO", "error", "b", "told")]
    both = diagnose.diagnose(evidence_of(run(bad=[1]), other))
    assert [f.code for f in both] == ["NONLINEAR_DOUT", "ZERO"]
    linear[0] = Finding("NONLINEAR_DOUT", "error", "x", "told")
    names.clear()
    assert (codes(), open_) == (["NONLINEAR_DOUT"], [(["w"], True)])
    linear.clear()
    assert (codes(), open_[1:]) == ([], [(["w"], False)])


def conventions(*runs, wrong=()):
    return [(f.code, f.severity, f.evidence["values"]) for f in diagnose._conventions(evidence_of(*runs), wrong)]


def test_values_at_a_kink():
    at_zero = run(np.array([0.25, 1, 5]), convention=[0, 1], g=[0, 0, 5], x=[0, 0, 3], kink=[0, 1])
    assert conventions(run(), at_zero) == [("KINK_CONVENTION", "warning", [0.25, 1.0])]
    assert conventions(run(), at_zero, wrong=["w"]) == []
    leaky = run(np.array([0.25, 1, 5]), convention=[0], g=[0, 0.1, 5], x=[0, -2, 3], kink=[0])
    assert conventions(leaky) == [("KINK_CONVENTION", "note", [0.25])]
    close = run(np.array([0.1234567, 0.12345678, 5]), convention=[0, 1], g=[0, 0, 5], x=[0, 0, 3], kink=[0, 1])
    assert conventions(close)[0][2] == [0.123457], "to six digits"
    many = run(np.array([3.0, 1, 4, 2]), convention=range(4), g=[0, 0, 0, 5], x=[0, 0, 0, 3])
    assert conventions(many)[0][2] == [1, 2, 3]


@pytest.mark.parametrize(
    ("g", "x", "kink", "leaky"),
    [([0.0105, 0, 5], [-1, 0, 2], (), True), ([-0.0105, 0, -5], [-1, 0, 2], (), True),
     ([0.0095, 0, 5], [-1, 0, 2], (), False), ([0.011, 0, 0.0095], [-1, 0, 2], (), False),  # ten times the error, 1e-3
     ([0.011, 0, 5], [-1, 0, 2], [0], False), ([0.011, 0, 5], [0, 0, 2], (), False),
     ([0.011, 0, 5], [-1, 0, 0], (), False)],
)  # fmt: skip
def test_slopes_on_both_sides(g, x, kink, leaky):
    assert diagnose._slopes_below(run(g=g, x=x, kink=kink), "w") is leaky
