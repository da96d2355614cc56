"""What runs a function on a probe: upstream gradients, which elements are done, and how each gradient is judged."""

from types import SimpleNamespace

import numpy as np
import pytest
from runs_by_hand import derivative, judgement, run

from gradcheck import probe_runner
from gradcheck.options import Options, UsageError
from gradcheck.probe_runner import ProbeRunner
from gradcheck.subject.adapters import LayerSubject, LossSubject
from gradcheck.subject.gradients import MISSING
from gradcheck.subject.probes import Probe

X, T = np.array([[1.0, -2], [3, 4], [0.5, 0.25]]), np.array([1.0, 2, 4])


def layer(forward=lambda x: (x**2, x), backward=lambda dout, x: 2 * x * dout):
    return LayerSubject(forward, backward, ("x",), None)


def runner(subject=None, **options):
    return ProbeRunner(subject or layer(), Options(**options))


def drawn(a_runner, outs, values=None):
    return a_runner.douts(outs, np.random.default_rng(0), values or {"x": X})


def test_upstream_gradients_are_ones_given_or_drawn():
    loss = LossSubject(lambda x: (x.sum(), np.ones_like(x)), ("x",), None)
    assert [d.tolist() for d in drawn(runner(loss), [np.array(3.0), T])] == [1.0, [1.0, 1.0, 1.0]]
    assert [d.tolist() for d in drawn(runner(dout=T), [T])] == [[1, 2, 4]]
    assert [d.tolist() for d in drawn(runner(dout=(T, [1, 0, 0])), [T, T])] == [[1, 2, 4], [1, 0, 0]]
    with pytest.raises(UsageError, match=r"dout has shape \(3, 2\); the output has shape \(3,\)"):
        drawn(runner(dout=(X, T)), [T, X])
    further = runner(dout=T)
    further.runs.append("the first")
    assert drawn(further, [X])[0].shape == (3, 2), "another size of the batch: drawn"
    free = drawn(runner(), [X])[0]
    assert np.array_equal(free, drawn(runner(dout="random"), [X])[0])
    assert np.min(np.abs(free)) >= 0.2


@pytest.mark.parametrize(
    ("low", "outs", "values", "dtypes"),
    [
        (True, ["f4"], "f4", ["f4"]), (False, ["f4"], "f4", ["f8"]), (True, ["f4"], "f8", ["f8"]),
        (True, ["f4", "f8"], "f4", ["f8", "f8"]), (True, ["f4", "f4"], "f4", ["f4", "f4"]),
        (True, ["i4"], "f4", ["f8"]), (True, ["f4"], "g", ["f4"]),
    ],
)  # fmt: skip
def test_upstream_gradients_have_the_precision_of_the_outputs(low, outs, values, dtypes):
    a_runner = runner()
    assert not a_runner.native_low
    a_runner.native_low = low
    found = drawn(a_runner, [np.ones(3, kind) for kind in outs], {"x": X.astype(values), "k": 1, "y": np.arange(3)})
    assert [d.dtype for d in found] == [np.dtype(kind) for kind in dtypes]


def test_gradients_times_the_number_of_examples():
    a_runner = runner()
    a_run = run({"x": T}, analytic={"x": T, "w": T.astype("f4"), "k": np.arange(3), "none": None}, n=7)
    a_runner.averaged = ["w", "k", "none", "absent"]
    a_runner._times_m(a_run)
    assert a_run.analytic["x"] is T
    assert a_run.analytic["w"].tolist() == [7, 14, 28]
    assert a_run.analytic["w"].dtype == np.float32
    assert a_run.analytic["k"].tolist() == [0, 1, 2]
    assert a_run.analytic["none"] is None


def test_runs_are_judged_anew_where_parameters_are_compared_times_m():
    a_runner = runner()
    a_run = run({"x": T}, douts=[np.ones(3)], analytic={"x": T}, numeric={"x": derivative(3 * T)})
    a_runner.runs.append(a_run)
    a_runner._judge(a_run)
    a_run.tied["x"] = a_run.misshapen["y"] = a_run.absent["z"] = None
    assert a_run.bad() == ["x"]
    a_runner.compare_times_m(["x"])
    assert a_run.bad() == []
    assert (a_run.tied, a_run.misshapen, a_run.absent) == ({}, {}, {})
    assert a_runner.averaged == ["x"]


def test_gradients_are_absent_misshapen_or_judged():
    mask = np.array([0.0, 1, 1])
    numeric = dict.fromkeys(("right", "none", "missing", "shape", "complex", "mask"), derivative(T))
    numeric |= {"vague": derivative(1e-9 * T, 1e-9), "small": derivative(0.9e-9 * T, 1e-12)}
    numeric |= {"seen": derivative(1.1e-9 * T, 1e-12), "edge": derivative(T, 4 / 10.5), "bool": derivative(T > 2)}
    analytic = {"right": T, "shape": T[:, None], "complex": T + 0j, "missing": MISSING, "bool": T > 2}
    a_run = run(dict.fromkeys(numeric, T) | {"mask": mask}, douts=[np.ones(3)], numeric=numeric,
                analytic=dict.fromkeys(numeric) | analytic)  # fmt: skip
    runner()._judge(a_run)
    assert list(a_run.judged) == ["right", "bool"]
    assert list(a_run.misshapen) == ["shape", "complex"]
    assert list(a_run.absent) == ["none", "missing", "seen", "edge"], "no mask, no noise"


def test_a_second_opinion_is_asked_of_finite_gradients_alone(monkeypatch):
    asked = []

    def sides(subject, values, dout, name, analytic, numeric, wrong):
        asked.append((name, wrong.tolist()))
        return name == "x"

    monkeypatch.setattr(probe_runner, "sides_with_analytic", sides)
    monkeypatch.setattr(probe_runner, "own_noise", lambda *_: 0.0)
    wrong, broken = T + np.array([0, 1, 0]), T * [1, np.nan, 2]

    def judged(**options):
        a_runner = runner(**options)
        a_run = run(dict.fromkeys("xwbr", T), douts=[np.ones(3)], numeric={n: derivative(T) for n in "xwbr"},
                    analytic={"x": wrong, "w": wrong, "b": broken, "r": T})  # fmt: skip
        a_runner._judge(a_run)
        return a_run.bad(), a_run.judged["x"].inconclusive.tolist(), a_runner.notes

    told = "x: central differences disagree, but the complex step agrees with the gradient"
    assert judged() == (["w", "b"], [False, True, False], [told])
    assert asked == [("x", [False, True, False]), ("w", [False, True, False])]
    assert judged(second_opinion=None) == (["x", "w", "b"], [False] * 3, [])
    assert len(asked) == 2


def test_the_noise_of_a_backward_is_let_off(monkeypatch):
    asked = []

    def noise(subject, values, douts, name, analytic):
        return asked.append(name) or {"x": 0.5, "w": 0.1, "r": 0.0}[name]

    monkeypatch.setattr(probe_runner, "own_noise", noise)
    off = T + np.array([0, 0.3, 0])
    numeric = {n: derivative(T) for n in "xwrok"}
    a_run = run(dict.fromkeys(numeric, T), douts=[np.ones(3)], numeric=numeric,
                analytic={"x": off, "w": off, "r": off, "o": T, "k": off * [1, 1, np.nan]})  # fmt: skip
    runner(second_opinion=None)._judge(a_run)
    assert asked == ["x", "w", "r"]
    assert a_run.bad() == ["w", "r", "k"]


def test_tied_elements_are_judged_together_where_kinks_count(monkeypatch):
    monkeypatch.setattr(probe_runner, "wrong_together", lambda *_: np.array([True, False, False]))
    monkeypatch.setattr(probe_runner, "own_noise", lambda *_: 0.0)
    on = [True, False, False]

    def judged(analytic=T, lonely=(False, False, False), kink=on, **options):
        d = derivative(T, kink=kink, lonely=np.array(lonely))
        a_run = run({"x": T}, douts=[np.ones(3)], analytic={"x": analytic}, numeric={"x": d})
        runner(second_opinion=None, **options)._judge(a_run)
        return a_run.judged["x"].bad.tolist(), list(a_run.tied)

    assert judged() == (on, ["x"])
    assert judged(T + np.array([0, 0, 1])) == ([True, False, True], ["x"])
    assert judged(kinks="interval") == (on, ["x"])
    assert judged(kinks="skip") == ([False] * 3, [])
    assert judged(lonely=on) == ([False] * 3, [])
    assert judged(kink=[False] * 3) == ([False] * 3, [])
    assert judged(T * [np.nan, 1, 1]) == (on, []), "what is not finite has no share"


def test_elements_are_a_sample_where_all_would_take_too_long(monkeypatch):
    values = {"w": np.zeros((30, 10)), "b": np.zeros(10), "X": np.zeros((50, 30)), "k": 3}
    rows, unit = [], [1e5]

    def cost(evaluate, given, n):
        rows.append(n)
        return unit[0]

    def chosen(count, patience=None, **options):
        return runner(**options)._elements(values, ["w", "b"], count, patience)

    monkeypatch.setattr(probe_runner, "cost", cost)
    assert chosen(399) is None
    assert chosen(400) is None, "1e5 x 10 x 400 = 4e8 is still within patience"
    assert chosen(99, 1.0) is None, "few elements are never too many"
    assert chosen(100, 1.0) is not None
    assert chosen(1000, mode="full") is None
    assert chosen(100, mode="fast") is None
    some = runner(mode="fast")
    drawn_ones = some._elements(values, ["w", "b"], 200)
    assert {n: len(at) for n, at in drawn_ones.items()} == {"w": 96, "b": 10}, "1e8 / 2e8 x 200 / 310 of the 300"
    assert drawn_ones["w"].tolist() == sorted(np.random.default_rng([0, 8]).permutation(300)[:96])
    assert some.notes == ["106 of 310 elements differentiated, the rest tested by random directions"]
    assert chosen(400, 4e8) is None
    assert chosen(401) is not None
    assert set(rows) == {50}
    assert runner()._elements({"w": np.zeros(300)}, ["w"], 401) is not None
    assert rows[-1] == 1
    unit[0] += 0.0005
    assert chosen(400) is not None
    assert chosen(100, mode="fast") is not None


def test_structures_of_a_layer_with_one_output():
    values = {"x": X, "w": np.ones((2, 4)), "b": np.ones(4)}
    found = runner(structure="affine")._structures(values, ["x", "w", "b"], [np.ones((3, 4))])
    assert {n: s.name for n, s in found.items()} == {"x": "rows", "w": "affine", "b": "affine"}
    guessed = runner()._structures(values, ["x", "w"], [np.ones((3, 2))])
    assert {n: s and s.name for n, s in guessed.items()} == {"x": "elementwise", "w": None}
    assert runner()._structures(values, [], [X]) is None
    assert runner()._structures(values, ["x"], [X, X]) is None
    assert runner()._structures(values, ["x"], [np.array(1.0)]) is None
    loss = LossSubject(lambda x: (x.sum(), x), ("x",), None)
    assert runner(loss)._structures(values, ["x"], [X]) is None


def test_whole_nets_are_large_and_no_hurry(monkeypatch):
    monkeypatch.setattr(probe_runner, "whole_net", lambda subject, values, names, seed: (names, seed))
    whole = lambda kind, size, **o: ProbeRunner._whole_net(  # noqa: E731
        SimpleNamespace(subject=SimpleNamespace(kind=kind), options=Options(seed=3, **o)),
        {"w": np.zeros(size), "b": np.zeros(1000), "X": np.zeros(5000)}, ["w", "b"],
    )  # fmt: skip
    assert whole("net", 1000) == (["w", "b"], 3)
    assert whole("net", 1000, mode="full") == (["w", "b"], 3)
    assert whole("net", 2000) == (["w", "b"], 3)
    assert whole("net", 999) is None
    assert whole("net", 1000, mode="fast") is None
    assert whole("layer", 1000) is None


def test_after_a_sample_one_looks_further(monkeypatch):
    """Where something is wrong, at more elements; where nothing is, where random directions lead to."""
    led = {"x": np.zeros(0, int), "w": np.array([3])}
    asked, found = [], []
    monkeypatch.setattr(probe_runner, "differentiate", lambda *a: asked.append(a[-1]) or a[2])
    monkeypatch.setattr(probe_runner, "disagreeing", lambda evaluate, values, n, *_: found.append(n) or led[n])
    elements = {"x": np.array([0, 2]), "w": np.array([1]), "z": np.array([0])}

    def looked(bad=False, judged=("x", "w")):
        asked.clear()
        found.clear()
        a_runner = runner()
        a_runner._elements = lambda values, names, count, patience: (names, count, patience)
        a_run = run({"x": T}, douts=[np.ones(3)], analytic=dict.fromkeys("xwz", T), numeric=dict.fromkeys("xwz"))
        a_run.judged = {n: judgement([bad and n == "x"]) for n in judged}
        a_run.misshapen, a_run.absent = ({"z": T}, {"z": None}) if bad else ({}, {})
        again = a_runner._look_further(a_run, elements, T, 400)
        assert (a_run.numeric == ["x", "w", "z"]) is again
        assert ((a_run.judged, a_run.misshapen, a_run.absent) == ({}, {}, {})) is again
        return again

    assert looked(bad=True)
    assert asked == [(["x", "w", "z"], 400, probe_runner.NAMING)] == [(["x", "w", "z"], 400, 1e9)]
    assert found == []
    assert looked()
    assert found == ["x", "w"]
    assert {n: at.tolist() for n, at in asked[0].items()} == {"x": [0, 2], "w": [1, 3], "z": [0]}
    assert not looked(judged=("x",))
    assert asked == []


def test_a_run_of_a_layer():
    a_run = runner().run(Probe("given", {"x": X.astype("f4")}, 3, 0))
    assert a_run.values["x"].dtype == np.float64
    assert a_run.outs[0].tolist() == (X**2).tolist()
    np.testing.assert_allclose(a_run.numeric["x"].value, 2 * X * a_run.douts[0], rtol=1e-9)
    assert a_run.bad() == []
    assert np.array_equal(a_run.cache, X)
    assert runner(layer(lambda x: (x * np.nan, x))).run(Probe("given", {"x": X}, 3, 0)) is None
    assert runner(layer(lambda x: (x * [1, np.inf], x))).run(Probe("given", {"x": X}, 3, 0)) is None


def test_a_run_counts_what_is_moved_together():
    loss = LossSubject(lambda x: (np.sum(x**2), 2 * x), ("x",), None)
    for subject, structure, moved in ((layer(), None, 1), (layer(), "rows", 2), (loss, None, 6)):
        a_runner, counts = runner(subject, structure=structure), []
        a_runner._elements = lambda values, names, count, counts=counts: counts.append(count)
        assert a_runner.run(Probe("given", {"x": X}, 3, 0)).bad() == []
        assert counts == [moved]


@pytest.mark.parametrize("merges", [True, False])
def test_a_whole_net_is_audited_or_done_element_by_element(monkeypatch, merges):
    asked, merged = [], {"x": derivative(2 * X)}
    some, audit = {"x": np.array([1])}, {"x": np.array([0, 3])}

    def differentiate(evaluate, values, names, dout, base, elements, *more):
        asked.append(elements)
        return {"x": derivative(2 * X)}

    monkeypatch.setattr(probe_runner, "differentiate", differentiate)
    a_runner, looked = runner(LossSubject(lambda x: (np.sum(x**2), 2 * x), ("x",), None)), []
    a_runner._whole_net = lambda *_: SimpleNamespace(audit=audit, merge=lambda numeric: merged if merges else None)
    a_runner._elements = lambda values, names, count: some
    a_runner._look_further = lambda run, elements, base, count: looked.append((elements, count))
    a_run = a_runner.run(Probe("given", {"x": X}, 3, 0))
    assert asked == ([audit] if merges else [audit, some])
    assert (a_run.numeric is merged) is merges
    assert looked == ([] if merges else [(some, 6)]), "nothing is a sample where all was done"


@pytest.mark.parametrize("again", [True, False])
def test_a_run_is_judged_again_where_one_looked_further(again):
    a_runner, judged = runner(), []
    a_runner._elements = lambda values, names, count: {"x": np.arange(6)}
    a_runner._look_further = lambda run, elements, base, count: again
    a_runner._judge = judged.append
    a_run = a_runner.run(Probe("given", {"x": X}, 3, 0))
    assert judged == [a_run] * (1 + again)
