"""Around the search for a name: words for what could not be judged, layouts of one run, the mean of a course."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis import course_mean, doubt
from gradcheck.diagnosis.layouts import layouts, turned
from gradcheck.numeric.central_differences import Derivative
from gradcheck.probe_run import ProbeRun
from gradcheck.subject.probes import Probe


def doubted(tensors, monkeypatch, *, rough=0.0, out=1.0, kind="layer"):
    """What is said of runs of tensors, name -> (inconclusive, value, bound), where the output carries such noise."""
    runs = [
        SimpleNamespace(
            judged={n: SimpleNamespace(inconclusive=np.array(t[0], bool)) for n, t in run.items()},
            numeric={n: SimpleNamespace(value=np.array(t[1]), bound=np.array(t[2])) for n, t in run.items()},
            outs=[np.array([0.5 * out]), np.array([[-out, 0.1 * out]])], values={},
        )
        for run in tensors
    ]  # fmt: skip
    monkeypatch.setattr(doubt, "noise", lambda evaluate, values, names, base: np.array([0.0, rough]))
    return doubt.reasons(SimpleNamespace(kind=kind, evaluate=None), runs)


CLEAR, OPEN = ([0, 0], [1.0, 2], [0.0, 0]), ([0, 1, 1], [0.2, -0.4, np.nan], [0.3, 0.2, 0.1])


def test_elements_that_could_not_be_judged(monkeypatch):
    assert doubted([{"x": CLEAR}], monkeypatch) == []
    told = doubted([{"x": CLEAR, "w": OPEN, "b": ([1], [0.0], [1e-300])}, {"w": CLEAR, "x": OPEN}], monkeypatch)
    beyond = "elements could not be judged: the numeric derivative's own error is"
    assert told[:-1] == [
        f"w: 2 of 3 {beyond} 5e-01 of the largest", f"b: 1 of 1 {beyond} 1e+00 of the largest",
        f"x: 2 of 3 {beyond} 5e-01 of the largest",
    ]  # fmt: skip
    assert told[-1].startswith("why: kinks or ties lie within the step")
    assert doubted([{"x": ([1], [1.0], [np.inf])}], monkeypatch)[0].endswith("own error is unbounded")
    assert len(doubted([{"w": OPEN}, {"w": OPEN}], monkeypatch)) == 2, "once for each tensor, and why"


@pytest.mark.parametrize(
    ("rough", "out", "kind", "why"),
    [
        (4e-10, 2.0, "layer", "the output carries rounding of 2e-10 of its size"),
        (4e-10, 2.0, "net", "the loss carries rounding of 2e-10 of its size"),
        (2e-10, 2.0, "layer", "kinks or ties"),
        (1e-9, 0.0, "layer", "kinks or ties"),
        (0.0, 0.9e-6, "loss", "the loss is 9.0e-07 here"),
        (1e-14, 0.9e-6, "loss", "the loss carries rounding of 1e-08"),
        (0.0, 1e-6, "loss", "kinks or ties"),
        (0.0, 0.9e-6, "layer", "kinks or ties"),
    ],
)
def test_cause_of_a_doubt(rough, out, kind, why, monkeypatch):
    assert doubted([{"w": OPEN}], monkeypatch, rough=rough, out=out, kind=kind)[-1].startswith(f"why: {why}")


def derivative(value):
    return Derivative(value, value + 1, value > 0, value - 1, value + 2, value < 0, np.eye(value.size), 1e-4)


def run_of(numeric, other, n=2):
    """A run in which an analytic gradient is twice the numeric one, which is ten times the argument."""
    values = {**other, **numeric}
    analytic = {name: 20 * v for name, v in numeric.items()} | {"none": None}
    found = {name: derivative(10 * v) for name, v in numeric.items()}
    return ProbeRun(Probe("given", values, n, 0), values, [], [], None, analytic, found)


X, W = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4) - 5
B = np.array([[1.0, -2, 3, 4]])


def test_run_turned():
    run = run_of({"W": W, "b": B[0]}, {"X": X, "y": [1, 2], "images": np.ones((2, 3, 4))})
    run.numeric["W"].checked = W > 0
    other = turned(run, 3)
    assert (other.n, other.values["y"], other.analytic["none"]) == (3, [1, 2], None)
    assert other.values["images"].shape == (2, 3, 4)
    for found, right in (
        (other.values["X"], X.T), (other.values["b"], B[0]), (other.analytic["W"], 20 * W.T),
        (other.analytic["b"], 20 * B[0]), (other.numeric["W"].checked, (W > 0).T),
    ):  # fmt: skip
        np.testing.assert_array_equal(found, right)
    for field in ("value", "bound", "kink", "left", "right", "lonely"):
        np.testing.assert_array_equal(getattr(other.numeric["W"], field), getattr(run.numeric["W"], field).T)
    assert other.numeric["W"].jac is None
    assert other.numeric["b"].checked is None
    assert run.n == 2


def shapes(run):
    return [(r.n, *(r.values[n].shape for n in r.numeric)) for r in layouts(run)]


def test_layouts_of_a_net():
    run = run_of({"W": W, "b": B[0]}, {"X": X, "y": np.arange(2)})
    assert next(layouts(run)) is run
    assert shapes(run) == [(2, (3, 4), (4,)), (3, (4, 3), (4,))]
    assert shapes(run_of({"W": W, "b": B}, {"X": X})) == [(2, (3, 4), (1, 4)), (2, (3, 4), (4,)), (3, (4, 3), (4, 1))]
    in_columns = run_of({"W": W.T, "b": B.T}, {"X": X.T})
    assert shapes(in_columns) == [(2, (4, 3), (4, 1)), (2, (3, 4), (4,))]
    assert shapes(run_of({"W": W, "b": B[0]}, {"X": X[:, :, None], "n": 3})) == [(2, (3, 4), (4,))]
    mixed = run_of({"W": W, "b": B, "c": B[0]}, {})
    assert shapes(mixed) == [(2, (3, 4), (1, 4), (4,))], "a row that stands for itself beside flat biases"


def test_biases_in_rows_made_flat():
    flat = list(layouts(run_of({"W": W, "b": B}, {"row": B})))[1]
    assert flat.values["row"].shape == (1, 4), "it is not differentiated"
    assert flat.analytic["none"] is None
    assert flat.analytic["W"].shape == (3, 4)
    np.testing.assert_array_equal(flat.analytic["b"], 20 * B[0])
    for found, right in ((flat.numeric["b"].value, 10 * B[0]), (flat.numeric["W"].value, 10 * W)):
        np.testing.assert_array_equal(found, right)
    assert flat.numeric["b"].kink.shape == flat.numeric["b"].left.shape == (4,)
    other = run_of({"b": B}, {})
    other.analytic["b"] = 20 * B.T
    assert list(layouts(other))[1].analytic["b"].shape == (4, 1), "of another shape: told by itself"


def carrying(n, extra=False, bad_inputs=(), columns=False, without=(), times=None):
    """A run of W, b and A whose parameters carry 1/n, or other factors."""
    values = {"A": np.ones((7, n) if columns else (n, 7)), "W": np.ones((7, 2)), "b": np.ones(2)}
    values = {k: v for k, v in values.items() if k not in without}
    numeric = {k: SimpleNamespace(value=6 * v, bound=0 * v, kink=v < 0) for k, v in values.items()}
    factors = {"W": 1 / n, "b": 1 / n, "A": 1.0} | (times or {})
    judged = {k: SimpleNamespace(bad=np.array([k != "A" or k in bad_inputs])) for k in values}
    return SimpleNamespace(
        n=n, probe=SimpleNamespace(extra=extra), values=values, numeric=numeric, judged=judged,
        analytic={k: factors[k] * d.value for k, d in numeric.items()},
        bad=lambda: [k for k, j in judged.items() if j.bad.any()],
    )  # fmt: skip


CLASS = SimpleNamespace(dialect="method")
FUNCTIONS = SimpleNamespace(dialect="cache", sources=lambda: [lambda dout, cache: None])
OF_DZ = SimpleNamespace(dialect="cache", sources=lambda: [lambda dZ, cache: None])


def test_parameters_averaged_as_in_a_course():
    both = [carrying(4), carrying(3)]
    assert course_mean.averaged(CLASS, both) == ["W", "b"]
    assert course_mean.averaged(OF_DZ, both) == ["W", "b"]
    assert course_mean.averaged(FUNCTIONS, both) == [], "rows and dout: a slip"
    assert course_mean.averaged(FUNCTIONS, [carrying(4, columns=True), carrying(3, columns=True)]) == ["W", "b"]
    others = [carrying(1, times={"b": 5.0}), carrying(5, extra=True, bad_inputs="A")]
    assert course_mean.averaged(CLASS, [*others, *both, carrying(4)]) == ["W", "b"], "one example, a further probe"


@pytest.mark.parametrize(
    "runs",
    [
        [carrying(4), carrying(4)],
        [carrying(4), carrying(1)],
        [carrying(4), carrying(3, extra=True)],
        [carrying(4), carrying(3, bad_inputs="A")],
        [carrying(4), carrying(3, times={"b": 0.5})],
        [carrying(4, times={"b": 0.5}), carrying(3)],
        [carrying(4, without="b"), carrying(3, without="b")],  # one parameter
        [carrying(4, without="A"), carrying(3, without="A")],  # no input
        [carrying(4, without="W"), carrying(3, without="W")],
    ],
)
def test_parameters_not_averaged_as_in_a_course(runs):
    assert course_mean.averaged(CLASS, runs) == []


def test_two_vectors_and_gradients_that_were_not_judged():
    runs = [carrying(4), carrying(3)]
    for run in runs:
        run.values["W"] = np.ones(7)
    assert course_mean.averaged(CLASS, runs) == [], "no weights among them"
    runs = [carrying(4), carrying(3)]
    del runs[1].judged["b"]
    assert course_mean.averaged(CLASS, runs) == []


@pytest.mark.parametrize(
    ("value", "bound", "off", "carries"),
    [(4.0, 1e-3, 0.0099, True), (4.0, 1e-3, 0.0101, False), (4.0, 0, 3.9e-6, True), (4.0, 0, -4.1e-6, False),
     (0, 0, 0.9e-12, True), (0, 0, 1.1e-12, False)],
)  # fmt: skip
def test_how_near_to_the_mean(value, bound, off, carries):
    run = carrying(4)
    run.numeric["b"] = SimpleNamespace(value=np.array([value, 1]), bound=np.array([bound, 0]), kink=np.zeros(2, bool))
    run.analytic["b"] = np.array([(value + off) / 4, 0.25])
    assert course_mean._carries(run, "b") is carries
