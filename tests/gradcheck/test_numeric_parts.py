"""The parts of the numeric derivative, each on numbers that can be worked out by hand."""

import sys

import numpy as np
import pytest

from gradcheck.numeric import complex_step, judgement, kinks, noise, sampling, structure, ties
from gradcheck.numeric.central_differences import Derivative
from gradcheck.numeric.column_updates import Net, hinge_rows, slopes, slopes_and_bends, softmax_rows
from gradcheck.numeric.cost import CALL, LINE, cost
from gradcheck.numeric.smoothing import SLACK, allowed, slack_of
from gradcheck.numeric.step_sweep import across, step_sweep
from gradcheck.subject.adapters import LayerSubject

H = np.array([1e-4])


def rows(f, x=0.0, h=H):
    return np.array([[f(x + s * k) for s in (1, -1, 0.5, -0.5)] for k in h])


def derivative(value, bound=1e-9, **fields):
    value = np.asarray(value, float)
    off = np.zeros(value.shape, bool)
    given = {"kink": off, "left": value, "right": value, "lonely": ~off, "jac": None, "h": 1e-4, **fields}
    return Derivative(value=value, bound=np.full(value.shape, bound), **given)


@pytest.mark.parametrize(
    ("f", "found"),
    [
        (lambda x: np.maximum(x, 0), True), (np.abs, True), (lambda x: x + 1e-2 * np.abs(x), True),
        (lambda x: x + 1e-4 * np.abs(x), False), (lambda x: x**2, False), (lambda x: np.sin(x) + 3 * x, False),
        (lambda x: np.maximum(x - 4e-5, 0), False), (lambda x: np.sqrt(np.abs(x)), True),
        (lambda x: np.cbrt(x * x), True), (lambda x: float(x > 1e-5), False), (lambda x: 0.0 * x, False),
    ],
)  # fmt: skip
def test_a_kink_at_the_centre_is_suspected(f, found):
    assert kinks.suspects(rows(f)[..., None], np.array([f(0.0)]), H[:, None], np.zeros(1)).item() is found


def test_what_noise_may_have_made_is_no_kink():
    small = rows(lambda x: np.maximum(x, 0))[..., None]
    slope = 1.0  # of the second difference
    for level, found in ((slope / 21, True), (slope / 19, False)):
        assert kinks.suspects(small, np.zeros(1), H[:, None], np.array([level])).item() is found


def test_one_sided_derivatives_are_of_second_order():
    def f(x):
        return np.where(x > 0, 3 * x + 2 * x**2, -x + 5 * x**2)

    left, right = kinks.one_sided(rows(f)[..., None], np.array([0.0]), H[:, None])
    assert right.item() == pytest.approx(3, abs=1e-9)
    assert left.item() == pytest.approx(-1, abs=1e-9)


def test_noise_is_at_least_half_a_unit_in_the_last_place():
    eps = np.finfo(float).eps

    def of(f, x, base=None):
        base = f({"x": x}) if base is None else base
        return noise.noise(f, {"x": x}, ["x"], base)

    ones = np.ones(2)
    assert of(lambda v: np.array([2.0, 4.0]), ones) == pytest.approx([eps, 2 * eps])
    assert of(lambda v: np.array([1e-9, 4.0]), ones)[0] == pytest.approx(0.5 * eps * 4e-3)
    assert of(lambda v: np.array([0.0, 4.0]), ones)[0] == pytest.approx(2 * eps)
    assert of(lambda v: np.array([1e-3]), ones) == pytest.approx([0.5 * eps])
    assert of(lambda v: np.zeros(1), ones) == pytest.approx([0.5 * eps])
    assert of(lambda v: np.array([2.0, 4.0, 6.0]), ones, np.ones(2)) == pytest.approx([eps / 2] * 2)


def test_noise_of_single_precision_and_of_a_rough_function_is_seen():
    x = np.linspace(0.3, 0.9, 6)
    single = noise.noise(lambda v: np.sin(v["x"]).astype(np.float32).astype(float), {"x": x}, ["x"], np.sin(x))
    assert np.all((single > 1e-10) & (single < 1e-6))
    rng = np.random.default_rng(0)
    rough = noise.noise(lambda v: v["x"] + 1e-9 * rng.standard_normal(6), {"x": x}, ["x"], x)
    assert np.all((rough > 1e-11) & (rough < 1e-8))
    smooth = noise.noise(lambda v: v["x"] ** 2, {"x": x}, ["x"], x**2)
    assert np.all(smooth < 1e-15)


def test_arrays_are_shaken_by_two_units():
    t = np.linspace(1, 2, 50)
    moved = noise.shaken(t, np.random.default_rng(0))
    assert set(np.round((moved / t - 1) / np.finfo(float).eps)) <= {-3.0, -2.0, -1.0, 1.0, 2.0, 3.0}
    assert np.any(moved > t)
    assert np.any(moved < t)
    whole = np.arange(3)
    assert np.array_equal(noise.shaken(whole, np.random.default_rng(0)), whole)


def test_a_gradient_is_judged_by_its_bound():
    n = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    a = np.array([1.0, 1 + 1e-8, 1 + 3e-8, np.nan, 0.0])
    found = judgement.judge(a, derivative(n), np.ones(5))
    assert found.bad.tolist() == [False, False, True, True, False]
    assert found.nonfinite.tolist() == [False, False, False, True, False]
    assert found.tolerance[0] == pytest.approx(2e-8)
    assert found.excess == pytest.approx(1.5, rel=1e-6)
    assert found.inconclusive.tolist() == [False] * 4 + [True], "a zero that is known to 1e-9 alone"
    part = judgement.judge(a, derivative(n, checked=np.array([True, True, False, False, True])), np.ones(5))
    assert not part.bad.any()
    infinite = judgement.judge(a, derivative(n, np.inf), np.ones(5))
    assert not infinite.bad.any()
    assert infinite.inconclusive.tolist() == [True, True, True, False, True]


def test_a_vague_derivative_judges_nothing():
    n = np.array([1.0])
    for bound, doubtful in ((0.9e-4, False), (1.1e-4, True)):
        assert judgement.judge(n, derivative(n, bound), n).inconclusive.item() is doubtful
    for bound, doubtful in ((0.9e-13, False), (1.1e-13, True)):
        assert judgement.judge(0 * n, derivative(0 * n, bound), n).inconclusive.item() is doubtful
    assert not judgement.judge(0 * n, derivative(0 * n, 0.9e-5), n, scale=1.0).inconclusive.item()
    assert judgement.judge(0 * n, derivative(0 * n, 1.1e-5), n, scale=1.0).inconclusive.item()


def at_kink(a, left, right, x=0.0, lonely=True, kinks="convention"):
    one = np.array([True])
    d = derivative([0.5 * (left + right)], kink=one, left=np.array([left]), right=np.array([right]),
                   lonely=one if lonely else ~one)  # fmt: skip
    found = judgement.judge(np.array([a]), d, np.array([x]), kinks=kinks)
    return found.bad.item(), found.convention.item(), found.inconclusive.item()


def test_between_the_sides_of_a_kink_everything_is_right():
    fine = (False, False, False)
    assert at_kink(0.0, 0.0, 1.0) == fine
    assert at_kink(0.4, 0.0, 1.0) == (False, True, False), "the convention for relu is 0"
    assert at_kink(0.4, 0.0, 1.0, x=0.1) == fine
    assert at_kink(0.4, 0.0, 1.0, lonely=False) == fine
    assert at_kink(0.4, 0.0, 1.0, kinks="subgradient") == fine
    assert at_kink(0.4, -1.0, 1.0) == fine, "not flat on one side"
    assert at_kink(0.4, 0.9e-3, 1.0) == (False, True, False)
    assert at_kink(0.4, 1.1e-3, 1.0) == fine
    assert at_kink(1.0009, 0.0, 1.0, x=1.0) == fine
    assert at_kink(1.0011, 0.0, 1.0, x=1.0) == (True, False, False)
    assert at_kink(-0.0011, 1.0, 0.0, x=1.0) == (True, False, False)
    assert at_kink(3.0, 0.0, 1.0, kinks="skip") == fine
    assert at_kink(3.0, 0.0, 1.0, lonely=False) == (False, False, True), "of three equal values nothing is known"


def test_budgets_of_rounding():
    a, d, dout = np.ones((2, 2)), derivative(np.full((2, 2), 3.0), jac=np.full((4, 2), 0.5)), np.array([1.0, -3.0])
    assert judgement.rounding_budget(a, d, dout, None) == pytest.approx(3e-15)
    assert judgement.rounding_budget(a, d, dout, None, 1e-4) == pytest.approx(3e-4)
    low = a.astype(np.float32)
    assert judgement.rounding_budget(low, d, dout, 1e-3) == 1e-3
    eps = float(np.finfo(np.float32).eps)
    assert judgement.rounding_budget(low, d, dout, None) == pytest.approx(np.full((2, 2), 16 * eps * (2 + 3)))
    plain = derivative(np.full((2, 2), 3.0))
    assert judgement.rounding_budget(low, plain, dout, None) == pytest.approx(np.full((2, 2), 16 * eps * (3 + 3)))
    whole = judgement.rounding_budget(np.ones((2, 2), int), plain, dout, None)
    assert whole == pytest.approx(np.full((2, 2), 16 * eps * 6))


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
    d = derivative([0.5, 0.5, 0.0], kink=on, lonely=~on, kinked={0: np.array([0]), 1: np.array([0])})

    def wrong(*a):
        found = ties.wrong_together(lambda v: np.array([v["x"].max()]), {"x": x}, "x", d, np.array(a), np.array([3.0]))
        return found.tolist()

    assert wrong(3.0, 0.0, 0.0) == wrong(1.0, 2.0, 0.0) == wrong(1.5, 1.52, 0.0) == [False] * 3
    assert wrong(3.0, 3.0, 0.0) == wrong(0.0, 0.0, 0.0) == wrong(1.5, 1.54, 0.0) == [True, True, False]
    alone = derivative([0.5, 0.5, 0.0], kink=on, lonely=~on, kinked={0: np.array([0]), 1: np.array([1])})
    assert ties._groups(alone) == []
    assert [g.tolist() for g in ties._groups(d)] == [[0, 1]]
    lonely = derivative([0.5, 0.5, 0.0], kink=on, lonely=on, kinked=d.kinked)
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
