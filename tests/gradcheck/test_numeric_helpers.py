"""Structures, samples, sweeps, the complex step, ties and row losses: what stands around the numeric derivative."""

import sys

import numpy as np
import pytest

from gradcheck.numeric import complex_step, sampling, structure, ties
from gradcheck.numeric.central_differences import Derivative
from gradcheck.numeric.column_updates import Net, hinge_rows, slopes, slopes_and_bends, softmax_rows
from gradcheck.numeric.cost import CALL, LINE, cost
from gradcheck.numeric.smoothing import SLACK, allowed, slack_of
from gradcheck.numeric.step_sweep import across, step_sweep
from gradcheck.subject.adapters import LayerSubject


def test_inputs_with_disjoint_outputs_are_perturbed_together():
    one = structure.plan(None, 0, (2, 3), (2, 3), (2, 3))
    assert (one.name, one.group.tolist(), one.owner.tolist()) == ("elementwise", [0] * 6, [[0, 1, 2, 3, 4, 5]])
    rows = structure.plan(None, 0, (2, 3), (2, 2), (2, 3))
    assert (rows.name, rows.group.tolist()) == ("rows", [0, 1, 2, 0, 1, 2])
    assert rows.owner.tolist() == [[0, 0, 3, 3], [1, 1, 4, 4], [2, 2, 5, 5]]
    assert structure.plan("rows", 0, (2, 3), (2, 3), (2, 3)).name == "rows"
    weight = structure.plan("affine", 1, (2, 3), (2, 3), (2, 2))
    assert weight.group.tolist() == [0, 0, 0, 1, 1, 1]
    assert weight.owner.tolist() == [[0, 1, 2, 0, 1, 2], [3, 4, 5, 3, 4, 5]]
    bias = structure.plan("affine", 2, (3,), (2, 3), (2, 2))
    assert (bias.group.tolist(), bias.owner.tolist()) == ([0, 0, 0], [[0, 1, 2, 0, 1, 2]])
    assert structure.plan("affine", 1, (2, 4), (2, 3), (2, 2)) is None
    assert structure.plan("affine", 0, (2, 3), (2, 4), (2, 3)).name == "rows"
    for shape, out, lead in (((), (2,), (2,)), ((2,), (), (2,)), ((2,), (2,), ()), ((3, 2), (2, 2), (2, 2)),
                             ((2, 2), (2, 2), (3, 2)), ((2,), (2, 2), (2, 2))):  # fmt: skip
        assert structure.plan(None, 0, shape, out, lead) is None, (shape, out, lead)
    assert structure.fallback(one, (2, 3), (2, 3)).name == "rows"
    assert structure.fallback(one, (2,), (2,)) is None
    assert structure.fallback(rows, (2, 3), (2, 2)) is None


def test_a_structure_is_audited_along_a_random_direction():
    x = np.array([0.5, -1.5, 2.0])

    def square(v):
        return v["x"] ** 2

    right = np.diag(2 * x)
    assert structure.audit(square, {"x": x}, "x", right, x**2)
    for k in range(3):
        wrong = right.copy()
        wrong[k, (k + 1) % 3] = 0.01
        assert not structure.audit(square, {"x": x}, "x", wrong, x**2)
    assert structure.audit(square, {"x": x}, "x", right * (1 + 5e-6), x**2)
    assert not structure.audit(square, {"x": x}, "x", right * (1 + 5e-5), x**2)
    assert not structure.audit(lambda v: v["x"] * 0 + 1e9, {"x": x}, "x", 0 * right, 1e9 + 0 * x)
    assert not structure.audit(lambda v: 1 / 0, {"x": x}, "x", right, x**2)


def test_a_share_of_large_tensors_is_sampled_with_entries_of_labels():
    rng = np.random.default_rng(0)
    values = {"x": np.zeros((50, 4)), "w": np.zeros(1000), "b": np.zeros(7), "y": np.arange(50) % 4}
    chosen = sampling.sample(values, ["x", "w", "b"], 0.1, rng)
    assert len(chosen["w"]) == 100
    assert chosen["b"].tolist() == list(range(7))
    entries = np.arange(50) * 4 + np.arange(50) % 4
    assert set(entries[:40]) <= set(chosen["x"].tolist())
    assert len(chosen["x"]) <= 70
    assert len(sampling.sample(values, ["w"], 0.001, rng)["w"]) == 30
    assert sampling._label_entries(values, values["x"]).tolist() == entries.tolist()
    for y in (np.full(50, 4), np.full(50, -1), np.arange(49) % 4, np.zeros(50)):
        assert sampling._label_entries({"y": y}, values["x"]).size == 0
    assert sampling._label_entries({"y": np.zeros(7, int)}, values["b"]).size == 0


def test_directions_lead_to_the_elements_that_disagree():
    x = np.linspace(-1, 1, 64)
    right, dout = np.cos(x), np.ones(64)

    def f(v):
        return np.sin(v["x"])

    def wrong_at(*where):
        a = right.copy()
        a[list(where)] += 0.01
        return sampling.disagreeing(f, {"x": x}, "x", a, dout, np.random.default_rng(0)).tolist()

    assert wrong_at() == []
    assert wrong_at(17) == [17]
    assert wrong_at(0, 63) == [0, 63]
    assert len(wrong_at(*range(64))) == 4
    slope, bound = sampling._slope(f, {"x": x}, "x", x, np.arange(3), np.ones(64), dout)
    assert slope == pytest.approx(right[:3].sum(), abs=1e-9)
    assert 0 < bound < 1e-8


def test_the_sweep_over_steps_stands_at_the_worst_element():
    subject = LayerSubject(lambda x: (x**3, x), lambda dout, x: 3 * x**2 * dout, ("x",), None)
    x, dout = np.array([1.0, 2.0]), np.array([1.0, 1.0])
    assert across(subject.evaluate, {"x": x}, dout, "x", np.array([0.0, 0.5])) == pytest.approx(2.5**3 - 1.5**3)
    points = step_sweep(subject, {"x": x}, dout, "x", np.array([3.0, 13.0]), np.array([3.0, 12.0]))
    assert [h for h, _, _ in points][:2] == pytest.approx([10**-0.5, 0.1])
    assert len(points) == 21
    assert points[-1][0] == pytest.approx(10**-10.5)
    assert points[1][1:] == pytest.approx((0.99, 0.01))
    assert points[6][1:] == pytest.approx((1.0, 0.0), abs=1e-6)
    assert step_sweep(subject, {"x": x}, dout, "x", None, x) == []
    assert step_sweep(subject, {"x": x}, dout, "x", np.ones(3), x) == []
    assert step_sweep(subject, {"x": x}, dout, "x", np.ones(0), np.ones(0)) == []


def test_work_is_counted_in_lines_and_multiplications():
    def two_lines(values):
        a = values["x"]
        return a  # noqa: RET504

    before = sys.gettrace()
    assert cost(two_lines, {"x": np.ones(6), "k": 3}, 5) == CALL + 2 * LINE + 5 * 6 == 20_000 + 1000 + 30
    assert sys.gettrace() is before


def test_a_tiny_number_in_a_logarithm_is_found_in_what_is_called():
    def smoothed(p):
        return np.log(p + 1e-7)

    def calls(p):
        return helper(p)

    assert slack_of([smoothed]) == SLACK == 1e-4
    assert slack_of([lambda p: np.log10(p + 1e-6)]) == SLACK
    assert slack_of([lambda p: np.log(p + 2e-6)]) == 0
    assert slack_of([lambda p: np.log(p - 0.0)]) == 0
    assert slack_of([lambda p: np.exp(p + 1e-7)]) == 0
    assert slack_of([lambda p: p, 3, calls]) == SLACK
    assert slack_of([first_of_five]) == 0, "four calls below"
    assert slack_of([second_of_five]) == SLACK
    assert allowed(0.0) == []
    assert allowed(1e-4) == ["a tiny number is added inside of a logarithm: 0.0001 of a gradient may be its share"]


def helper(p):
    return np.log(p + 1e-8)


def fourth_of_five(p):
    return helper(p)


def third_of_five(p):
    return fourth_of_five(p)


def second_of_five(p):
    return third_of_five(p)


def first_of_five(p):
    return second_of_five(p)


def test_the_complex_step_sides_where_the_difference_is_at_fault():
    subject = LayerSubject(lambda x: (x**3, x), lambda dout, x: 3 * x**2 * dout, ("x",), None)
    x, dout, wrong = np.array([1.0, 2.0, -1.0]), np.array([1.0, 2.0, 1.0]), np.array([False, True, True])
    right = 3 * x**2 * dout
    assert complex_step.sides_with_analytic(subject, {"x": x}, dout, "x", right, right + 1, wrong)
    assert not complex_step.sides_with_analytic(subject, {"x": x}, dout, "x", right + 1, right, wrong)
    assert not complex_step.sides_with_analytic(subject, {"x": x}, dout, "x", right + 2e-3, right - 1, wrong)
    assert complex_step.sides_with_analytic(subject, {"x": x}, dout, "x", right + 5e-4, right - 1, wrong)
    for f in (lambda x: (np.abs(x), x), lambda x: (np.asarray(x, float), x)):  # both are blind to the imaginary part
        blind = LayerSubject(f, lambda dout, x: dout, ("x",), None)
        assert not complex_step.sides_with_analytic(blind, {"x": x}, dout, "x", dout, dout + 1, wrong)
    assert complex_step._spread(np.ones(3, bool)) == [0, 1, 2]
    assert complex_step._spread(np.ones(8, bool)) == [0, 2, 4, 6]
    assert complex_step._spread(np.zeros(8, bool)) == []


def test_shares_of_a_tie_add_up_to_one():
    x = np.array([2.0, 2.0, 1.0])
    on = np.array([True, True, False])

    def tied(kinked, lonely=~on):
        value = np.array([0.5, 0.5, 0.0])
        return Derivative(value, 1e-9 + 0 * value, on, value, value, lonely, None, 1e-4, kinked=kinked)

    d = tied({0: np.array([0]), 1: np.array([0])})

    def wrong(*a):
        found = ties.wrong_together(lambda v: np.array([v["x"].max()]), {"x": x}, "x", d, np.array(a), np.array([3.0]))
        return found.tolist()

    assert wrong(3.0, 0.0, 0.0) == wrong(1.0, 2.0, 0.0) == wrong(1.5, 1.52, 0.0) == [False] * 3
    assert wrong(3.0, 3.0, 0.0) == wrong(0.0, 0.0, 0.0) == wrong(1.5, 1.54, 0.0) == [True, True, False]
    alone = tied({0: np.array([0]), 1: np.array([1])})
    assert ties._groups(alone) == []
    assert [g.tolist() for g in ties._groups(d)] == [[0, 1]]
    lonely = tied(d.kinked, on)
    assert ties._groups(lonely) == []


def test_rows_of_losses():
    scores, y = np.array([[1.0, 3.0], [2.0, 0.0], [0.0, 2.5]]), np.array([1, 0])
    assert hinge_rows(scores, y) == pytest.approx([0.0, 0.5])
    assert hinge_rows(scores, np.array([2, 1])) == pytest.approx([2.0 + 3.0, 4.0 + 3.5])
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    assert softmax_rows()(scores.copy(), y) == pytest.approx(-np.log([p[1, 0], p[0, 1]]))
    assert softmax_rows(0.01)(scores.copy(), y) == pytest.approx(-np.log(np.array([p[1, 0], p[0, 1]]) + 0.01))


@pytest.mark.parametrize("hidden", [(), ("V", "c"), ("V",)])
def test_slopes_and_bends_of_a_net_are_those_of_its_loss(hidden):
    rng = np.random.default_rng(1)
    X, y, h = rng.standard_normal((6, 4)), rng.integers(3, size=6), 1e-3
    X[0, 1] = 0.0
    width = 5 if hidden else 4
    params = {"V": rng.standard_normal((4, 5)), "c": rng.standard_normal(5), "W": rng.standard_normal((width, 3)),
              "b": rng.standard_normal(3)}  # fmt: skip
    net = Net(X, y, hidden, np.tanh, ("W", "b"), softmax_rows(), 6.0)

    def loss(p):
        return net.losses(net.layers(p)[2]).sum() / 6

    params = {name: params[name] for name in (*hidden, "W", "b")}
    found, both = slopes(net, params, h), slopes_and_bends(net, params, h)
    assert set(found) == set(both) == set(params)
    for name, p in params.items():
        for index in np.ndindex(p.shape):
            unit = np.zeros(p.shape)
            unit[index] = h
            up, down, rest = loss({**params, name: p + unit}), loss({**params, name: p - unit}), loss(params)
            assert found[name][index] == pytest.approx((up - down) / (2 * h), abs=1e-11)
            assert both[name][0][index] == pytest.approx((up - down) / (2 * h), abs=1e-11)
            assert both[name][1][index] == pytest.approx((up + down - 2 * rest) / h, abs=1e-11)
