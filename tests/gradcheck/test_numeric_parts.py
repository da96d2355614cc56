"""The parts of the numeric derivative, each on numbers that can be worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.numeric import judgement, kinks, noise
from gradcheck.numeric.central_differences import Derivative

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
    assert of(lambda v: np.array([2.0, 4.0]), ones) == pytest.approx([eps, 2 * eps], abs=0)
    assert of(lambda v: np.array([1e-9, 4.0]), ones)[0] == pytest.approx(0.5 * eps * 4e-3, abs=0)
    assert of(lambda v: np.array([0.0, 4.0]), ones)[0] == pytest.approx(2 * eps, abs=0)
    assert of(lambda v: np.array([1e-3]), ones) == pytest.approx([0.5 * eps], abs=0)
    assert of(lambda v: np.zeros(1), ones) == pytest.approx([0.5 * eps], abs=0)
    assert of(lambda v: np.array([2.0, 4.0, 6.0]), ones, np.ones(2)) == pytest.approx([eps / 2] * 2, abs=0)


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


def test_single_precision_is_told_by_numbers_that_are_not_round():
    """All are float32 numbers, and more than half of them need more than twelve binary digits."""
    twelve, thirteen, eps = 1 + 2.0**-11, 1 + 2.0**-12, 2.0**-23
    table = np.ones((6, 6))
    table[:, 0] = twelve
    table[:, 1] = thirteen
    table[:4, 2] = thirteen
    table[:3, 3] = thirteen
    table[:, 4] = -2 * thirteen
    table[:, 5] = [*[thirteen] * 5, 1 + 2.0**-24]  # the last one is no float32 number
    found = noise._narrow(table)
    assert found.tolist() == [0, eps * thirteen, eps * thirteen, 0, 2 * eps * thirteen, 0]


@pytest.mark.parametrize("kind", ["layer", "function"])
@pytest.mark.parametrize(
    ("answer", "dout", "expected"),
    [
        (np.array([3.0, 5e-12, -1e-11]), 1.0, 8e-11),  # eight times the largest change
        (np.array([3.0, 0.0, 1e-11]), 0.05, 0.0),  # more than 1e-10 of dout: a jump, no rounding
        (np.array([3.0, 0.0, 1e-11]), -0.2, 8e-11),
        (None, 1.0, 0.0),
        (np.array(3.0), 1.0, 0.0),
        (np.array([3.0, 0.0]), 1.0, 0.0),
        (np.array([[3.0, 0.0, 0.0]]), 1.0, 0.0),
    ],
)
def test_the_noise_of_a_backward_is_how_far_it_moves(kind, answer, dout, expected):
    """By a subject whose gradient of x is (3, 0, 0), and `answer` where x has been moved."""
    seen = []

    def run(values, douts):
        seen.append((values["x"].tolist(), values["n"], douts[0].tolist()))
        return None, {"x": answer}

    values = {"x": np.ones(2), "n": 4}
    subject = SimpleNamespace(kind=kind, run=run)
    analytic = np.array([3.0, 0.0, 0.0])
    assert noise.own_noise(subject, values, [np.array([dout, 0])], "x", analytic) == pytest.approx(expected, rel=1e-9)
    assert all(x != [1, 1] and n == 4 for x, n, _ in seen)
    assert all((d != [dout, 0]) == (kind == "layer") for _, _, d in seen)
    assert len(seen) == (1 if answer is None or answer.shape != (3,) else 3)


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
    assert judgement.rounding_budget(a, d, dout, None) == pytest.approx(3e-15, rel=1e-9, abs=0)
    assert judgement.rounding_budget(a, d, dout, None, 1e-4) == pytest.approx(3e-4)
    low = a.astype(np.float32)
    assert judgement.rounding_budget(low, d, dout, 1e-3, 1e-4) == pytest.approx(3e-4 + 1e-3), "both are allowed"
    assert judgement.rounding_budget(low, d, dout, 1e-3) == 1e-3
    eps = float(np.finfo(np.float32).eps)
    assert judgement.rounding_budget(low, d, dout, None) == pytest.approx(np.full((2, 2), 16 * eps * (2 + 3)))
    plain = derivative(np.full((2, 2), 3.0))
    assert judgement.rounding_budget(low, plain, dout, None) == pytest.approx(np.full((2, 2), 16 * eps * (3 + 3)))
    for whole in (np.ones((2, 2), int), np.ones((2, 2), bool)):
        assert judgement.rounding_budget(whole, plain, dout, None) == pytest.approx(np.full((2, 2), 16 * eps * 6))
    half = judgement.rounding_budget(a.astype(np.float16), plain, dout, None)
    assert half == pytest.approx(np.full((2, 2), 16 * 2.0**-10 * 6))
    none = np.zeros((0, 2))
    assert judgement.rounding_budget(none, derivative(none), np.zeros(0), None) == 0
    assert judgement.rounding_budget(none.astype("f4"), derivative(none), np.zeros(0), 1e-3, 0.5) == 1e-3
