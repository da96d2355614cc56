"""Numeric gradients of a graph by column updates, and the course's functions, on numbers worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck import course
from gradcheck.numeric import graph_gradients

X = np.array([[1.0, -2], [3, 4], [0.5, 0.25]])
Y = np.array([1, 0, 1])


def node(name, before, kind="affine", structure=None, params=(), noisy=False, **settings):
    layer = SimpleNamespace(name=kind, structure=structure, noisy=noisy, forward=lambda z, by=1: (by * z, None))
    return SimpleNamespace(name=name, inputs=(before,), layer=layer, params=params, settings=settings)


def model(*nodes, loss="softmax_loss", own=None, dtype=np.float64, reg=0.0, l1=0.0, params=None, **settings):
    nodes = nodes or (node("scores", "x", params=("W", "b")),)
    forward = lambda s, y, need_dx, **given: (np.log(2.0) if own is None else own, need_dx)  # noqa: E731
    params = params or {"W": np.zeros((2, 2)), "b": np.zeros(2)}
    return SimpleNamespace(nodes=nodes, loss_layer=SimpleNamespace(name=loss, forward=forward), dtype=dtype,
                           params=params, reg=reg, l1=l1, loss_settings=settings)  # fmt: skip


def hidden(**more):
    first, last = node("a", "x", "linear", params=("V",)), node("c", "b", params=("W", "b"))
    return first, node("b", "a", "scaled", **{"structure": "elementwise", "by": 3, **more}), last


def test_nets_whose_structure_is_known():
    one = graph_gradients._net(model(), X, Y)
    assert (one.hidden, one.last, one.divisor, one.straight) == ((), ("W", "b"), 3, False)
    assert one.row_loss(np.zeros((2, 1)), Y[:1]) == pytest.approx([np.log(2)])
    two = graph_gradients._net(model(*hidden()), X, Y)
    assert (two.hidden, two.last, two.divisor) == (("V",), ("W", "b"), 3)
    assert two.activation(2.0) == 6


def test_tiny_numbers_in_the_logarithm_of_a_loss():
    for settings, delta in (({}, 1e-7), ({"delta": 0.25}, 0.25)):
        rows = graph_gradients._net(model(loss="offset_softmax_loss", **settings), X, Y).row_loss
        assert rows(np.array([[0.0], [-40.0]]), np.array([1])) == pytest.approx([-np.log(delta)], rel=1e-9)
    plain = graph_gradients._net(model(delta=0.25), X, Y).row_loss
    assert plain(np.array([[0.0], [-40.0]]), np.array([1])) == pytest.approx([40])


@pytest.mark.parametrize(
    "other",
    [
        model(loss="hinge_loss"),
        SimpleNamespace(nodes=model().nodes, loss_settings={}),
        model(node("scores", "x", "conv")),
        model(node("scores", "y")),
        model(hidden()[0], hidden()[1]),
        model(*hidden(structure="rows")),
        model(*hidden(noisy=True)),
        model(*hidden()[:2], node("c", "a")),
        model(*hidden()[:2], node("c", "x")),
        model(*hidden()[:2], node("c", "b", "conv")),
        model(*hidden(), node("d", "c", "s", "elementwise"), node("e", "d")),
        model(node("a", "x"), node("b", "a"), node("c", "b")),
    ],
)  # fmt: skip
def test_nets_whose_structure_is_not_known(other):
    assert graph_gradients._net(other, X, Y) is None


def test_gradients_of_scores_that_are_all_0():
    """Softmax gives 1/2 each: dW = X.T (p - onehot) / 3, with p - onehot = -+ 1/2; the penalty comes on top."""
    found = graph_gradients.numeric_gradients(model(), X, Y, 1e-4)
    assert found["b"] == pytest.approx([0.5 / 3, -0.5 / 3], abs=1e-8)
    assert found["W"][:, 0] == pytest.approx([(1 - 3 + 0.5) / 6, (-2 - 4 + 0.25) / 6], abs=1e-7)
    assert found["W"][:, 1] == pytest.approx(-found["W"][:, 0], abs=1e-7)
    assert graph_gradients.numeric_gradients(model(), X.astype("f4").reshape(3, 1, 2), Y, 1e-4)["W"].shape == (2, 2)
    assert graph_gradients.numeric_gradients(model(), X, np.eye(2)[Y], 1e-4) is None
    assert graph_gradients.numeric_gradients(model(dtype=np.float32), X, Y, 1e-4) is None
    assert graph_gradients.numeric_gradients(model(loss="hinge_loss"), X, Y, 1e-4) is None
    for off, known in ((0.9e-10, True), (-0.9e-10, True), (1.1e-10, False), (-1.1e-10, False), (np.nan, False)):
        found = graph_gradients.numeric_gradients(model(own=np.log(2) + off), X, Y, 1e-4)
        assert (found is not None) is known
    large = model(params={"W": np.zeros((2, 2)), "b": np.array([0.0, 600])}, own=200 + 1.9e-8)
    assert graph_gradients.numeric_gradients(large, X, Y, 1e-4) is not None, "relative, where the loss is large"
    large = model(params={"W": np.zeros((2, 2)), "b": np.array([0.0, 600])}, own=200 + 2.1e-8)
    assert graph_gradients.numeric_gradients(large, X, Y, 1e-4) is None


@pytest.mark.parametrize(
    ("reg", "l1", "expected"),
    [(0.0, 0.0, [0, 0, 0]), (2.0, 0.0, [0.5, -4, 0]), (0.0, 3.0, [1.5, -3, 0]), (2.0, 3.0, [2, -7, 0])],
)
def test_penalties_by_centred_differences(reg, l1, expected):
    """|w| between 0.25 +- 0.5: (0.75 - 0.25) / 1."""
    some = model(params={"W": np.array([[0.25, -2, 0]]), "b": np.ones(3)}, reg=reg, l1=l1)
    assert (graph_gradients._penalty(some, "W", 0.5) + np.zeros((1, 3))).tolist() == [expected]
    assert graph_gradients._penalty(some, "b", 0.5) == 0


def test_numeric_gradients_of_the_course():
    x = np.array([[1.0, 2], [0, -1]])
    found = course.eval_numerical_gradient(lambda x: np.sum(x**3), x, h=0.5)
    assert found.tolist() == [[3.25, 12.25], [0.25, 3.25]]
    by_output = course.eval_numerical_gradient_array(lambda x: x**3, x, np.array([[2.0, 1], [4, -1]]), h=0.5)
    assert by_output.tolist() == [[6.5, 12.25], [1, -3.25]]
    assert x.tolist() == [[1, 2], [0, -1]]


@pytest.mark.parametrize(
    "differentiate",
    [course.eval_numerical_gradient, lambda f, x: course.eval_numerical_gradient_array(f, x, 1.0),
     lambda f, x: course.grad_check_sparse(f, x, x, 1, rng=0)],
)  # fmt: skip
def test_steps_of_the_course(differentiate):
    seen = []
    differentiate(lambda x: seen.append(x[0]) or 0.0, np.array([1.0]))
    assert seen == [1 + 1e-5, 1 - 1e-5]


def test_the_courses_functions_put_back_what_they_move():
    x = np.array([1.0, 2])

    def fails(x):
        if x[1] != 2:
            raise ZeroDivisionError
        return 0.0

    with pytest.raises(ZeroDivisionError):
        course.eval_numerical_gradient(fails, x)
    assert x.tolist() == [1, 2]
    for other, kind in ((np.array([1, 2]), "int64"), ([1.0], "list")):
        for ask in (
            lambda x: course.eval_numerical_gradient(np.sum, x),
            lambda x: course.eval_numerical_gradient_array(np.sum, x, 1.0),
            lambda x: course.grad_check_sparse(np.sum, x, x),
        ):
            with pytest.raises(TypeError, match=f"x is {kind}; expected a float array"):
                ask(other)


def test_a_step_is_what_it_is_after_rounding():
    x = np.array([2.0**24], dtype=np.float32)  # +- 1: up to 2^24 (a tie, to even), down to 2^24 - 1
    assert course.eval_numerical_gradient(lambda x: float(x[0]) * 3, x, h=1.0).tolist() == [3]


def test_a_few_elements_are_compared(capsys):
    x, analytic = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    rng = np.random.default_rng(3)
    places = [(int(rng.integers(2)), int(rng.integers(3))) for _ in range(10)]
    errors = course.grad_check_sparse(lambda x: np.sum(x**2), x, analytic, h=0.5, rng=3)
    wanted = [abs(2 * x[at] - 1) / (2 * x[at] + 1) for at in places]
    assert errors == pytest.approx(wanted)
    assert len(capsys.readouterr().out.splitlines()) == 10
    assert course.grad_check_sparse(lambda x: np.sum(x**2), x, analytic, 4, 0.5, seed=3) == pytest.approx(wanted[:4])
    assert capsys.readouterr().out.startswith(f"numerical: {2 * x[places[0]]:f} analytic: 1.000000, relative error: ")
    flat = course.grad_check_sparse(lambda x: 0.0, np.ones(1), np.array([0.5e-12]), 1, rng=0)
    assert flat == pytest.approx([0.5]), "at least 1e-12 below the line"
