"""A diagnosis just on each side of its thresholds: what a view calls right, steps, directions, tensors that fit."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis import diagnose
from gradcheck.diagnosis.paths import directions, experiments, slopes
from gradcheck.diagnosis.paths.switches import ONE
from gradcheck.diagnosis.view import View, float_arguments, is_target, labels_of
from tests.gradcheck.trials_by_hand import trial_of
from tests.gradcheck.views_by_hand import view

G = np.array([0.0, 1, -4])


@pytest.mark.parametrize(
    ("at", "bound", "off", "right"),
    [(0, 0, 3.9e-8, True), (0, 0, -4.1e-8, False), (1, 0, 1.03e-6, True), (1, 0, -1.05e-6, False),
     (2, 0, 4.03e-6, True), (2, 0, 4.05e-6, False), (0, 1e-3, 0.0199, True), (0, 1e-3, 0.0201, False)],
)  # fmt: skip
def test_right_with_other_arguments(at, bound, off, right):
    value = G + off * (np.arange(3) == at)
    for kink, own_kink in ((9, 9), (at, 9), (9, at)):
        v = view(G, 0 * G, kink=np.arange(3) == own_kink)
        found = SimpleNamespace(value=value, bound=np.full(3, bound), kink=np.arange(3) == kink)
        v.derivative = lambda values, found=found: found
        assert v.right_with({}) is (right or at in (kink, own_kink))


@pytest.mark.parametrize(
    ("at", "off", "right"),
    [(0, 3.9e-9, True), (0, -4.1e-9, False), (1, 1.003e-6, True), (1, -1.005e-6, False), (2, 4.003e-6, True),
     (2, 4.005e-6, False)],
)  # fmt: skip
def test_near_and_right_to_a_millionth(at, off, right):
    moved = G + off * (np.arange(3) == at)
    assert view(G, 0 * G, e=0).near(moved) is right
    assert view(0 * G, G, e=0).right(moved) is right
    assert view([0, 0.0], [0, 0.0], e=0).right(np.array([1e-9, -1e-9])), "the size of nothing is 1"


def test_entries_next_to_nothing():
    assert view([1e-299, 1e-301], [0, 0], e=0).off.tolist() == [True, False]
    assert view([0, 0], [1e-299, -1e-301], e=0).off.tolist() == [True, False]


def test_derivative_with_other_arguments():
    v = view(G, G, out=G, dout=[1.0, -1, 2])
    v.evidence.subject.evaluate = lambda values: values["W"] ** 2
    assert v.derivative({"W": np.array([1.0, 2, 3])}).value.tolist() == pytest.approx([2, -4, 12])


def test_arguments_of_a_run():
    run = SimpleNamespace(analytic={"x": G, "n": None}, values={"x": G, "n": 3, "y": np.arange(3), "t": G[:1]})
    assert [is_target(run, n) for n in ("x", "n", "y")] == [True, False, False]
    assert [n for n, _ in float_arguments(run)] == ["x", "t"]


@pytest.mark.parametrize(("outputs", "kept"), [(300, True), (301, False)])
def test_backwards_of_many_outputs_are_not_taken_apart(outputs, kept):
    numeric = {"W": SimpleNamespace(jac=np.ones((1, outputs)))}
    run = SimpleNamespace(numeric=numeric, outs=[np.ones(outputs)], jacobians={"W": np.ones((1, outputs))})
    made = View(run, SimpleNamespace(subject=SimpleNamespace(kind="layer")), "W", G, G, G, G)
    assert (made.ours is not None) is kept
    run.outs = [np.ones(0)]
    assert View(run, made.evidence, "W", G, G, G, G).jac is None
    run.outs, run.numeric = [np.ones(1)], {}
    assert View(run, made.evidence, "W", G, G, G, G).jac is None


def test_labels_of_few_classes_and_of_none():
    def labels(y, shape):
        found = labels_of(SimpleNamespace(values={"k": 2, "y": y}, analytic={}), shape)
        return None if found is None else found.tolist()

    assert labels(np.array([0, 0]), (2, 1)) == [0, 0]
    assert labels(np.array([0, 1], np.uint8), (2, 2)) == [0, 1]
    assert labels(np.array([0, 1]), (2, 1)) is None
    assert labels(np.zeros(0, int), (0, 3)) is None
    assert labels(np.full((2, 2), 0.5), (2, 2)) is None, "shares, no labels"
    assert labels(np.array([[[0, 1], [1, 0]], [[1, 0], [1, 0]]]), (2, 2, 2)) == [1, 0, 0, 0]


def test_points_at_which_a_slope_is_taken():
    points = []
    slopes.own(lambda u: points.append(u.tolist()) or u, np.array([0.5, -4]), np.zeros(2))
    steps = np.array([[-1.0], [-0.5], [0.5], [1.0]]) * [1e-5, 4e-5]
    np.testing.assert_allclose(np.sort(points, axis=0), np.array([0.5, -4]) + steps, rtol=1e-13)


@pytest.mark.parametrize(
    ("slope", "mask"),
    [([0, 1], True), ([0.99e-7, 1], True), ([-1.01e-7, 1], False), ([0, 1 + 0.99e-5], True), ([0, 1 - 1.02e-5], False),
     ([0, 0], False), ([1, 1], False), ([0, -1], False), ([0, 0.51], False), ([0, 2], False)],
)  # fmt: skip
def test_slopes_of_masks(slope, mask):
    assert slopes._is_mask(np.array(slope, float)) is mask


def test_steps_along_a_direction():
    a = directions.Along("x", np.array([1.0, -2]), 0, 0)
    points = []

    def evaluate(values):
        points.append(float(values["x"][0]) - 3)
        return values["x"]

    values, dout = {"x": np.array([3.0, 5])}, np.array([1.0, 1])
    directions.derivative(evaluate, values, a, dout)
    assert sorted(points) == pytest.approx([-1e-4, -0.5e-4, 0.5e-4, 1e-4])
    points.clear()
    directions.rough(evaluate, values, a, dout, values["x"])
    assert points == pytest.approx([1e-7], rel=1e-6)
    drawn = [directions.along("x", G, G, G == G, seed).direction for seed in (0, 1)]
    for seed, v in enumerate(drawn):  # that a report is the same in every version
        np.testing.assert_array_equal(v, np.random.default_rng([seed, 23]).standard_normal(3))


X, Y = np.array([[0.5, -1.0], [2.0, 0.3]]), np.array([[1.0, 3.0], [-2.0, 4.0]])


def told(trial, moving):
    return list(experiments.further(trial, moving))


def test_passes_of_the_first_use():
    for passes, found in (([2, 1], [0, -1]), ([1, 2], []), ([2, 3], [0, -1])):
        trial = trial_of([X, X], passes=passes, names=["h", "h"])
        group = [(e, t) for e, t in told(trial, [0, 1]) if e.sites == (0, 1)]
        assert [e.live for e, _ in group] == found
        assert all("of the 2 passes over `h`" in t.message and t.evidence == {"passes": 2} for _, t in group)


@pytest.mark.parametrize("first", [None, "text", X + 1j])
def test_second_operand_beside_a_first_that_is_no_array(first):
    found = told(trial_of([X], ["*"], operands=(first, Y)), [0])
    assert [(e.operand, t.code) for e, t in found] == [((1, ONE), "ELEMENTWISE_FACTOR"), ((1, 0), "WRONG_POINT")]


@pytest.mark.parametrize(("dtype", "taken"), [("f", True), ("?", True), ("i", True), ("B", True), ("c16", False),
                                              ("O", False)])  # fmt: skip
def test_operands_of_numbers(dtype, taken):
    found = told(trial_of(["text"], ["*"], operands=((Y > 0).astype(dtype), None)), [0])
    assert [e.operand for e, _ in found] == ([(0, ONE)] if taken else [])


def test_tensors_after_others_that_do_not_fit():
    trial = trial_of(["text", np.ones(3), 3 * Y, Y.astype(int), X, Y, Y], passes=[1, 1, 5, 1, 2, 1, 1])
    assert list(experiments._alike(trial, 4, np.zeros((2, 2)))) == [4, 5], "each value once, of one pass or of as many"


@pytest.mark.parametrize(
    ("lowest", "highest", "own"),
    [(0.01, 0.99, True), (0.0, 0.5, False), (-0.5, 0.5, False), (0.5, 1.0, False), (0.5, 1.5, False)],
)
def test_values_that_may_be_those_of_a_softmax(lowest, highest, own):
    p = np.array([[lowest, highest], [0.5, 0.4]])
    found = [t.code for e, t in told(trial_of([p, Y]), [0, 1]) if e.sites == (0,)]
    assert found == ["ELEMENTWISE_FACTOR"] + ["MISSING_TERM"] * own


def test_shadows_of_tensors_after_others_that_do_not_fit():
    found = [(e.sites, e.shadow[0]) for e, _ in told(trial_of(["text", np.ones(3), X, X.copy(), Y]), range(5))]
    assert found == [((2,), 4), ((3,), 4), ((4,), 2), ((4,), 3)]


def test_several_tensors_without_a_name(monkeypatch):
    ratio = view([1, 3, 2], [1.0, 2, 4], jac=np.diag([1, 2, 4]), ours=np.diag([1, 3, 2]))
    one, two = view([2, 0, 0], np.zeros(3), x=np.ones(3)), view([2, 2, 0], np.zeros(3), x=np.ones(3))
    for v in (ratio, one, two):
        v.run.probe = SimpleNamespace(extra=False, name="plain")
    views = {"w": [ratio], "b": [one, two], "c": []}
    monkeypatch.setattr(diagnose.paths, "explain", lambda tensors: [])
    monkeypatch.setattr(diagnose, "views_of", lambda evidence, name: views[name])
    evidence = SimpleNamespace(runs=[], subject=SimpleNamespace(kind="layer"))
    found = diagnose._unexplained(evidence, ["w", "b", "c"], False)
    assert [f.code for f in found] == ["ELEMENTWISE_FACTOR", "UNNAMED", "UNNAMED"]
    assert [f.message.split("fits: ")[1] for f in found[1:]] == ["1 of 3 elements are wrong", "wrong"]


def test_examples_on_another_axis_than_the_second():
    scores = view(np.ones((3, 4)), np.zeros((3, 4)))
    for axes in ([("W", 2)], [("W", 0), ("W", 1)], [("W", 1), ("W", 2)]):
        source = SimpleNamespace(columns=None, batch_axes=axes)
        evidence = SimpleNamespace(source=source, subject=SimpleNamespace(kind="loss"))
        assert diagnose._upright(evidence, "W", [scores]) == []


@pytest.mark.parametrize(("x", "leaky"), [([-0.5, 0.5], True), ([-0.5, 0], False), ([0, 0.5], False)])
def test_slopes_close_to_zero(x, leaky):
    derivative = SimpleNamespace(value=np.array([0.1, 1]), bound=np.full(2, 1e-9), kink=np.zeros(2, bool))
    run = SimpleNamespace(numeric={"w": derivative}, values={"w": np.array(x)})
    assert diagnose._slopes_below(run, "w") is leaky
