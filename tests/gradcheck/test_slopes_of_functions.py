"""Slopes that stand in for a derivative, directions in which it is looked at, and which elements are wrong."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis import course_mean, describe
from gradcheck.diagnosis.paths import directions, slopes
from tests.gradcheck.views_by_hand import view

U = np.array([[0.5, -1.0, 2, 0.1], [-0.3, 1.5, -2, 0.7]])
SAID = {wrong.says.replace("{f}", "f"): wrong for wrong in slopes.WRONG}


def relu(u):
    return np.maximum(u, 0)


def logistic(u):
    return 1 / (1 + np.exp(-u))


T, S, M = np.tanh(U), logistic(U), (U > 0) * 1.0


@pytest.mark.parametrize(
    ("says", "of_tanh", "of_logistic", "of_relu"),
    [
        ("the derivative of f is left out", 1, 1, None),
        ("the mask of f is not applied", None, None, 1),
        ("the derivative of f is taken at its value", 1 - np.tanh(T) ** 2, logistic(S) * (1 - logistic(S)), ...),
        ("the formula for the derivative of f from its value is used with its argument", 1 - U**2, U * (1 - U), None),
        ("the derivative of f has the wrong sign", T**2 - 1, S * (S - 1), -M),
        ("the derivative of f is twice too large", 2 - 2 * T**2, 2 * S * (1 - S), 2 * M),
        ("the derivative of f is halved: the factor 2 of a square?", (1 - T**2) / 2, S * (1 - S) / 2, M / 2),
        ("the derivative of f is multiplied in twice", (1 - T**2) ** 2, (S * (1 - S)) ** 2, None),
        ("of the derivative s (1 - s) of s = f, the factor 1 - s is left out", None, S, None),
        ("of the derivative s (1 - s) of s = f, the factor s is left out", None, 1 - S, None),
        ("the derivative of t = f is taken as 1 - t, it is 1 - t^2", 1 - T, None, None),
        ("the mask of f is inverted", None, None, 1 - M),
    ],
)
def test_wrong_slopes(says, of_tanh, of_logistic, of_relu):
    slope = SAID[says].slope
    for f, expected in ((np.tanh, of_tanh), (logistic, of_logistic), (relu, of_relu)):
        found = slope(f, U, f(U))
        if expected is None:
            assert found is None
        elif expected is not ...:
            np.testing.assert_allclose(found, np.broadcast_to(expected, U.shape), atol=1e-8)


def test_slopes_of_functions_element_by_element_alone():
    np.testing.assert_allclose(slopes.own(np.square, U, U**2), 2 * U, atol=1e-9)
    np.testing.assert_allclose(slopes.own(np.square, 1e6 * U, 1e12 * U**2), 2e6 * U, rtol=1e-9)
    assert slopes.own(np.sum, U, np.sum(U)) is None
    assert slopes.own(np.abs, np.arange(3), np.arange(3)) is None
    assert slopes._left_out(lambda u: u + 1, U, U + 1) is None, "a slope of 1 cannot be left out"
    assert all(wrong.slope(np.sum, U, np.sum(U)) is None for wrong in slopes.WRONG)


def test_slope_in_one_of_several_blocks():
    def blocks(axis, count, which, u=U):
        found = slopes.in_block(slopes._times(3), axis, count, which)(np.sin, u, np.sin(u))
        return None if found is None else np.round(found / np.cos(u)).astype(int).tolist()

    assert blocks(1, 2, 0) == [[3, 3, 1, 1]] * 2
    assert blocks(1, 2, 1) == [[1, 1, 3, 3]] * 2
    assert blocks(0, 2, 1, U.T) == [[1, 1]] * 2 + [[3, 3]] * 2
    assert blocks(1, 4, 0) is None, "blocks of one column"
    assert blocks(1, 3, 0) is None
    assert blocks(1, 2, 0, U[0]) is None
    assert (len(slopes.BLOCKS), len(slopes.IN_BLOCKS)) == (18, 3)


def test_derivatives_along_a_direction():
    a = directions.Along("x", np.ones(2), analytic=3.0, numeric=1.0)
    assert a.explains(3.00019)
    assert not a.explains(3.00021)
    assert a.explains(3 - 0.00019)
    assert a.may_explain(3.0199)
    assert not a.may_explain(3.0201)
    assert a.unchanged(1.000039)
    assert not a.unchanged(1.000041)
    assert not a.explains(float("nan"))
    cube, x = (lambda values: values["x"] ** 3), np.array([1.0, 2])
    dout, values = np.array([1.0, -1]), {"x": np.array([1.0, 2])}
    assert directions.derivative(cube, values, a, dout) == pytest.approx(-9, rel=1e-9)
    assert directions.rough(cube, values, a, dout, x**3) == pytest.approx(-9, rel=1e-6)
    assert np.isnan(directions.rough(lambda values: values["y"], values, a, dout, x))
    assert np.isnan(directions.derivative(lambda values: values["y"], values, a, dout))
    drawn = directions.along("x", np.array([2.0, 5]), np.array([1.0, 7]), np.array([True, False]), 0)
    assert drawn.direction[1] == 0
    assert drawn.analytic == 2 * drawn.numeric != 0


@pytest.mark.parametrize(
    ("wrong", "x", "said"),
    [
        (np.ones((2, 3)), None, "all 6 elements are wrong"),
        (np.zeros((2, 3)), None, "no element is wrong alone"),
        ([[0, 0, 0], [1, 1, 1]], None, "3 of 6 elements are wrong: exactly row 1"),
        ([[1, 0, 1], [1, 0, 1]], None, "4 of 6 elements are wrong: exactly columns 0, 2"),
        ([[1, 1, 0], [0, 0, 0]], [[1, 2, 3], [4, 5, 6]],
         "2 of 6 elements are wrong: all of them have 1 <= W <= 2, and no right one has"),
        ([[1, 1, 0], [0, 0, 0]], [[1, 3, 3], [4, 5, 6]], "2 of 6 elements are wrong"),
        ([[1, 0, 1], [0, 0, 0]], [[1, 2, 3], [4, 5, 6]], "2 of 6 elements are wrong"),
        ([1, 0, 0], [1, 2, 3], "1 of 3 elements are wrong: all of them have 1 <= W <= 1, and no right one has"),
    ],
)  # fmt: skip
def test_which_elements_are_wrong(wrong, x, said):
    g = np.ones(np.shape(wrong))
    assert describe.wrong_set(view(g + wrong, g, x=x)) == said


def test_how_many_elements_are_wrong():
    def run(bad, judged, misshapen=()):
        return SimpleNamespace(bad=lambda: bad, judged=judged, misshapen=misshapen)

    judged = {"x": SimpleNamespace(bad=np.array([[True, False], [True, True]]))}
    assert describe.how_many([run([], {}), run(["x"], judged)], "x") == "3 of 4 elements"
    assert describe.how_many([run(["x"], {}, ["x"])], "x") == "it has another shape"
    assert describe.how_many([run(["x"], {})], "x") == "it is missing"


@pytest.mark.parametrize(
    ("backward", "takes"),
    [(lambda dZ, cache: 0, True), (lambda dA, dout: 0, True), (lambda dout, dZ: 0, False),
     (lambda data, dZ: 0, False), (lambda date, dZ: 0, False), (lambda: 0, False)],
)  # fmt: skip
def test_backward_that_takes_the_gradient_by_z(backward, takes):
    assert course_mean._takes_dz(SimpleNamespace(sources=lambda: [backward])) is takes


def test_examples_in_columns():
    def columns(shape, n):
        return course_mean._in_columns(SimpleNamespace(values={"A": np.ones(shape)}, n=n), "A")

    assert columns((3, 5), 5)
    assert not columns((5, 3), 5)
    assert not columns((5, 5), 5), "a square tells nothing"
    assert not columns((5,), 5)
    assert not columns((2, 5, 5), 5)


def test_parameters_that_carry_one_over_m():
    def carries(a, bad=True, kink=False):
        value = np.array([4.0, -8])
        derivative = SimpleNamespace(value=value, bound=np.full(2, 1e-12), kink=np.array([kink, False]))
        judged = {"W": SimpleNamespace(bad=np.array([bad, False]))}
        run = SimpleNamespace(numeric={"W": derivative}, analytic={"W": a}, judged=judged, n=4)
        return course_mean._carries(run, "W")

    assert carries([1.0, -2])
    assert not carries([1.0, -2], bad=False)
    assert not carries([1.0, -2.001])
    assert not carries([4.0, -8])
    assert carries([3.0, -2], kink=True)
    note = course_mean.told(["W", "b"], ["A"])
    assert (note.code, note.severity, note.where) == ("SCALE_INV_BATCH", "note", "W")
    assert "dW, db carry 1/m, the mean over the m examples, and dA does not." in note.message
