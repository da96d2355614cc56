"""Factors, products and sums at their limits: one value just on each side of what still counts as equal."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import elementwise, norm, penalties, products, scale
from tests.gradcheck.views_by_hand import view

F = np.array([1.0, 1, 1, 2, 1, 1, 4])
APART = np.array([0, 1.0, -1, 0, 0, 0, 0])  # leaves the fitted constant as it is, and the three entries looked at first


def constant(r, f, inverse=False, **more):
    r, f = np.asarray(r, float), np.asarray(f, float)
    made = view(r, r, **{"n": 7} | more)
    return elementwise._constant(made, (r, np.ones(r.shape, bool), r.shape), f, inverse)


@pytest.mark.parametrize("k", [1, -1, 2, -2, 0.5, -0.5, 7, 1 / 7])
@pytest.mark.parametrize("inverse", [False, True])
def test_factor_with_a_constant(k, inverse):
    r = k / F if inverse else k * F
    assert constant(r, F, inverse) == pytest.approx(k, rel=1e-12)
    assert constant(r * (1 + 0.9e-4), F, inverse) == pytest.approx(k, rel=1e-4), "the name holds up to 1e-4"
    assert constant(r * (1 + 1.1e-4), F, inverse) is None


@pytest.mark.parametrize(
    ("r", "f", "inverse", "k"),
    [
        (2 * F + 2.7e-5 * APART, F, False, 2),  # 1e-5 of 2 and 1e-6 of the largest, 8
        (2 * F + 2.9e-5 * APART, F, False, None),
        (2 * F + APART, F, False, None),
        (2 * F, 1000 + 0.9e-3 * np.arange(7) / 6, False, None),
        (2000 + 1.8e-3 * np.arange(7) / 6, 1000 + 0.9e-3 * np.arange(7) / 6, False, None),  # does not vary
        (2000 + 2.2e-3 * np.arange(7) / 6, 1000 + 1.1e-3 * np.arange(7) / 6, False, 2),
        (2 * F, F + np.array([0, np.inf, 0, 0, 0, 0, 0]), False, None),
        (2 * (F - 1), F - 1, False, 2),
        (np.ones(7), F - 1, True, None),  # divided by 0
        (0 * F, F, False, None),
        (2 * F, np.array([1.0, 2]), False, None),  # of another shape
    ],
)
def test_factor_that_fits_and_varies(r, f, inverse, k):
    assert constant(r, f, inverse) == (None if k is None else pytest.approx(k, rel=1e-6))


@pytest.mark.parametrize(
    ("f", "r", "inverse", "may"),
    [
        ([1, 2, 4], [1, 2, 4 + 1.9e-3], False, True),  # 1e-4 of the largest, 4, times 1 + 4
        ([1, 2, 4], [1, 2, 4 + 2.1e-3], False, False),
        ([1, 2, 4], [1, 2 + 1.1e-3, 4], False, True),  # times 1 + 2
        ([1, 2, 4], [1, 2 + 1.3e-3, 4], False, False),
        ([-1, -2, -4], [-1, -2, -4 + 1.9e-3], False, True),
        ([1, 2, -4], [1, 2, -4 + 1.9e-3], False, True),
        ([1, 2, 4], [4, 2, 1 + 4.9e-4], True, True),
        ([1, 2, 4], [4, 2, 1 + 5.1e-4], True, False),
        ([1, 2, 4], [4, 2 + 5.9e-4, 1], True, True),
        ([1, 2, 4], [4, 2 + 6.1e-4, 1], True, False),
        ([-1, 2, -4], [-4, 2, -1 - 4.9e-4], True, True),
        ([1, 9, 2, 9, 4], [1, 0, 2, 0, 4], False, True),  # the first, the middle and the last are looked at
        ([1, 2, 4], [2, 2, 2], False, False),
    ],
)
def test_proportion_of_a_few_entries(f, r, inverse, may):
    assert elementwise._may_fit(np.array(f, float), np.array(r, float), inverse) is may


@pytest.mark.parametrize(
    ("target", "t", "k"),
    [
        (2 * F, F, 2),
        (-0.3 * F, F, -0.3),
        (2 * F + 2.7e-5 * APART, F, 2),
        (2 * F + 2.9e-5 * APART, F, None),
        (0 * F, F, None),
        (F[:0], F[:0], None),
        (2 * np.ones(3), np.ones(3), None),  # a constant is no formula of x
        ([2, 2 + 1e-9], [1, 1 + 0.5e-9], None),
        ([2, 2 + 4e-9], [1, 1 + 2e-9], 2),
    ],
)
def test_multiple_of_a_formula(target, t, k):
    found = elementwise._multiple(np.array(target, float), np.array(t, float))
    assert found == (None if k is None else pytest.approx(k, rel=1e-6))


@pytest.mark.parametrize(("least", "highest"), [(2.9e-6, 1.5), (3.1e-6, 2 / 3.1e-6)])
def test_ratio_where_the_numeric_gradient_is_no_zero(least, highest):
    """A millionth of the largest entry, 3."""
    a, g = np.array([1.0, 3, 2]), np.array([1.0, 2, least])
    told = elementwise.any_ratio([view(a, g, jac=np.diag(g), ours=np.diag(a))])
    assert told.evidence == {"ratio_min": 1.0, "ratio_max": pytest.approx(highest)}


def test_smallest_square_that_is_transposed():
    told = products.transposed([view([[1, 3], [2, 4]], [[1, 2], [3, 4]])])
    assert told.code == "TRANSPOSED"


TURN = np.array([[0.0, 1], [-1, 0]])
U = np.array([[1.0, 2], [3, -4], [0, 2]])


@pytest.mark.parametrize("times", [1, 10])
@pytest.mark.parametrize(("off", "found"), [(1.3e-5, True), (1.5e-5, False)])
def test_square_operand_up_to_rounding(times, off, found):
    """1e-5 of the entry, 1, and 1e-6 of the largest, 4; the same the other way round."""
    beside = np.zeros((3, 2))
    beside[0, 1] = times * off
    a, g = times * U @ TURN + beside, times * U @ TURN.T
    assert products._untransposed(view(a, g), TURN) is found
    assert products._untransposed(view(a.T, g.T), TURN) is found


@pytest.mark.parametrize(("e", "found"), [(1.1e-5, True), (0.9e-5, False)])
def test_square_operand_that_can_be_inverted(e, found):
    """The condition of this matrix is 10 / e, a million at most."""
    w = np.array([[1.0, 2], [1, 2 + e]])
    assert products._untransposed(view(U @ w, U @ w.T), w) is found


@pytest.mark.parametrize(
    ("target", "reduces"),
    [([4, 6], True), ([4 + 4.5e-6, 6], True), ([4 + 4.8e-6, 6], False), ([3, 7], True), ([10], True), ([4, 7], False),
     ([4, 6, 0], False), ([4], False)],
)  # fmt: skip
def test_sum_of_products_up_to_rounding(target, reduces):
    """1e-6 of the entry, 4, and 1e-7 of the largest, 6."""
    dout = np.array([[1.0, 2], [3, 4]])
    v = view([4, 6], [4, 6], dout=dout, out=dout)
    assert products._reduces(v, np.ones((2, 2)), np.array(target, float)) is reduces
    assert products._reduces(v, None, np.array(target, float)) is False
    assert products._reduces(v, np.ones((2, 1)), np.array(target, float)) is False


G = np.array([1.0, 2, 5])


@pytest.mark.parametrize(
    ("a", "g", "told"),
    [(8, G, True), (4, G, True), (16, G, True), (1.6, G, True), (24, G, False), (-8, G, False), (8 / 3, G, False),
     (8 * (1 + 0.9e-4), G, True), (8 * (1 + 1.1e-4), G, False), (3, [1.0, -1], False), (5, [5.0], False)],
)  # fmt: skip
def test_sum_of_the_weights_in_every_element(a, g, told):
    """Once, half, twice, or 1/N (of five) of the sum, 8."""
    found = penalties._summed([view(np.full(len(g), float(a)), g, n=5)])
    assert (found is not None) is told
    assert not told or found.code == "OVER_SUMMED"


def test_sum_of_the_weights_on_every_probe():
    def summed(*pairs):
        return penalties._summed([view(np.full(3, 8.0 * c), G, n=n) for c, n in pairs]) is not None

    assert summed((1, 5), (1, 3))
    assert summed((0.2, 5), (0.2, 3)), "1/N of the first"
    assert not summed((1 / 3, 5), (1 / 3, 3))
    assert not summed((1, 5), (2, 3))
    assert summed((1, 5), (1 + 0.9e-4, 3))
    assert not summed((1, 5), (1 + 1.1e-4, 3))
    assert penalties._summed([view([8, 8, 8.1], G)]) is None, "not the same in every element"


@pytest.mark.parametrize(
    ("c", "code"),
    [(2 * (1 + 0.9e-5), "SCALE_TWO"), (2 * (1 + 1.1e-5), "SCALE_OTHER"), (5 * (1 - 0.9e-5), "SCALE_BATCH"),
     (5 * (1 - 1.1e-5), "SCALE_OTHER"), (-(1 + 0.9e-5), "SIGN"), (-(1 + 1.1e-5), "SCALE_OTHER"),
     (0.2 * (1 + 0.9e-5), "SCALE_INV_BATCH"), (0.5 * (1 + 1.1e-5), "SCALE_OTHER"), (1.0019, None), (0.9981, None),
     (0.9979, "SCALE_OTHER")],
)  # fmt: skip
def test_constant_that_has_a_code(c, code):
    told = scale.explain([view(c * G, G, n=5)])
    assert (told and told.code) == code


def test_constants_of_two_probes():
    first, second = view(1.7 * G, G, n=5), view(1.70015 * G, G, n=3)
    told = scale.explain([first, second])
    assert (told.code, told.fix) == ("SCALE_OTHER", "divide the gradient by 1.7")
    assert told.evidence == {"ratio": pytest.approx([1.7, 1.70015]), "N": [5, 3], "constant": None}
    for v in (first, second):
        np.testing.assert_allclose(told.correct(v), G)
    assert scale.explain([first, view(1.7002 * G, G, n=3)]) is None
    assert scale.explain([view(G, G, n=5), view(2 * G, G, n=3)]) is None, "right on one of them"
    by_size = scale.explain([view(-5 * G, G, n=5), view(-3 * G, G, n=3)])
    assert by_size.evidence["constant"] == "-N"
    assert by_size.message == "analytic = -N x numeric (ratio -5 at N = 5, -3 at N = 3)"


X = np.array([[-3.0, -1, 1, 3]])
XHAT = X / np.sqrt(5)
ACROSS = np.array([[1.0, -1, -1, 1]])  # sums to 0 and is at right angles to x


@pytest.mark.parametrize(
    ("g", "axes", "normalised"),
    [
        (ACROSS, (1,), True),
        (ACROSS + 1.9e-6 / 4, (1,), True),  # the sum is a millionth of 1 * sqrt(4) at most
        (ACROSS + 2.1e-6 / 4, (1,), False),
        (ACROSS - 2.1e-6 / 4, (1,), False),
        (ACROSS + 0.0100 * XHAT, (1,), True),  # the slope by xhat is a fiftieth of it at most
        (ACROSS + 0.0103 * XHAT, (1,), False),
        (ACROSS - 0.0103 * XHAT, (1,), False),
        (0 * ACROSS, (1,), False),
        (ACROSS, (0,), False),
    ],
)
def test_gradient_of_a_normalised_axis(g, axes, normalised):
    assert norm._normalises(view(g, g, x=X), axes) is normalised
    assert norm._normalises(view(g, g, x=X, kind="loss"), axes) is False


def test_three_places_are_enough_to_be_normalised():
    wave = np.array([[1.0, -2, 1]])
    assert norm._normalises(view(wave, wave, x=[[-1, 0, 1]]), (1,))


def test_factor_on_probes_of_other_sizes():
    t = np.array([0.5, 2, -3, 7])
    views = [view(G * t[:3], G, atoms=[("t", t[:3])]), view(t * t, t, atoms=[("t", t)])]
    assert elementwise.explain(views).evidence == {"factor": "t", "missing": False}
    assert elementwise.explain(views[::-1]).evidence == {"factor": "t", "missing": False}


def test_factor_with_a_plain_constant_is_told_before_one_with_a_name():
    t = np.array([0.5, 2, -4])
    plain = [view(G * t, G, n=3, atoms=[("u", t / 3), ("longer", t)])]
    assert elementwise.explain(plain).evidence["factor"] == "longer"


def test_simplest_formula_that_all_probes_share(monkeypatch):
    square, slope, other = ("{t}^2", "x", "the_output"), ("(1-{t}^2)", "x", "y"), ("{t}", "x", "y")
    views = [view(G, G), view(G, G)]
    for found, told in (
        ([{square, slope}, {square, slope}], "computed x^2, should be the_output^2"),
        ([{square, slope, other}, {slope}], "computed (1-x^2), should be (1-y^2)"),
        ([{square}, {slope}], None),
        ([{square}, None], None),
        ([set(), set()], None),
    ):
        left = iter(found)
        monkeypatch.setattr(elementwise, "_formula", lambda v, left=left: next(left))
        one = elementwise.wrong_point(views)
        assert (one and one.message) == told


def test_total_of_the_contributions_has_as_many_entries_as_the_gradient():
    jac = np.array([[1.0, 2, 3, 0, 0, 0], [0, 0, 0, 4, 5, 6]])  # an entry for each row of (2, 3) outputs
    made = view([6, 15], [6, 15], jac=jac, out=np.zeros((2, 3)))
    assert products._total(made, (1,)) is True
    assert products._total(made, (0,)) is False, "three columns"
    assert products._total(made, (0, 1)) is False, "one number, which is not both"
    assert products._total(view([21, 21], [6, 15], jac=jac, out=np.zeros((2, 3))), (0, 1)) is True
    assert products._total(made, (2,)) is False, "an axis that is not there"
    assert products._total(view([6, 15], [6, 15]), (0,)) is False
