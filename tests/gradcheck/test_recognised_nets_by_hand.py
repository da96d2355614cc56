"""Which net of two layers it is: its activation, its loss, its divisor and its penalty, found from the loss alone."""

import numpy as np
import pytest

from gradcheck.numeric import recognised_nets
from gradcheck.numeric.recognised_nets import ACTIVATIONS, recognise

X = np.array([[1.0, 2, 0, 1], [0, 1, 3, -1], [1, 1, -1, 0]])
Y = np.array([2, 0, 1])
PARAMS = {
    "W1": np.array([[1.0, -1], [0, 1], [0.5, 0], [-1, 0.5]]),
    "b1": np.array([0.5, -0.25]),
    "W2": np.array([[1.0, 0.5, -1], [0, -1, 2]]),
    "b2": np.array([0.25, 0, -0.5]),
}


def loss_of(f=ACTIVATIONS["relu"], rows="softmax", divisor=3.0, strength=0.0, on=("W1", "W2"), without=()):
    def loss(p):
        p = {n: 0 * t if n in without else t for n, t in ({"b1": 0.0, "b2": 0.0} | p).items()}
        s = f(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        right = s[np.arange(3), Y][:, None]
        each = {
            "softmax": lambda: np.log(np.exp(s).sum(1)) - right[:, 0],
            "hinge": lambda: np.maximum(s - right + 1, 0).sum(1) - 1,
            "squared": lambda: ((s - np.eye(3)[Y]) ** 2).sum(1),
        }[rows]()
        return each.sum() / divisor + strength * sum(np.sum(p[n] ** 2) for n in on)

    return loss


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_activation_of_a_net(activation):
    f = ACTIVATIONS[activation]
    net, strength = recognise(PARAMS, X, Y, loss_of(f))
    assert (net.hidden, net.last, net.divisor, strength) == (("W1", "b1"), ("W2", "b2"), 3, 0)
    assert net.activation is f
    assert net.straight is (activation in ("relu", "identity", "leaky_relu(0.01)", "leaky_relu(0.1)"))


@pytest.mark.parametrize("divisor", [3, 1, 0.5, 1.5])
@pytest.mark.parametrize("strength", [0, 0.3])
@pytest.mark.parametrize("targets", [Y, np.eye(3)[Y], np.eye(3, dtype=int)[Y]])
def test_divisor_and_penalty_of_a_net(divisor, strength, targets):
    found = recognise(PARAMS, X, targets, loss_of(divisor=divisor, strength=strength))
    assert found.net.divisor == divisor
    assert found.strength == pytest.approx(strength)


@pytest.mark.parametrize("rows", ["hinge", "squared"])
def test_loss_of_a_net(rows):
    scores = np.array([[0.5, 2, -1], [1, 1, 1.5], [0, -2, 3]])  # a column an example
    found = recognise(PARAMS, X, Y, loss_of(rows=rows))
    right = {"hinge": [3.5, 0, 2.5], "squared": [1.125, 3, 5.125]}[rows]
    losses = found.net.row_loss(scores, found.net.targets)
    assert np.ravel(losses).tolist() == pytest.approx(right)


def test_nets_that_are_not_known():
    assert recognise(PARAMS, X, Y, loss_of(lambda z: z**3)) is None
    assert recognise(PARAMS, X, Y, loss_of(divisor=7)) is None
    assert recognise(PARAMS, X, Y, loss_of(strength=-0.3)) is None
    assert recognise(PARAMS, X, Y, loss_of(strength=0.3, on=("W1",))) is None
    at_once = loss_of()(PARAMS)
    assert recognise(PARAMS, X, Y, lambda p: at_once) is None, "right at one spot alone"
    zero = PARAMS | {"b1": np.zeros(2)}
    assert recognise(zero, X, Y, loss_of()) is not None
    assert recognise(zero, X, Y, loss_of(without=("b1",))) is None, "a bias that it does not use"


def test_arrays_that_are_no_net_of_two_layers():
    loss = loss_of()

    def found(X=X, Y=Y, **params):
        return recognise({n: t for n, t in (PARAMS | params).items() if t is not None}, X, Y, loss)

    assert found() is not None
    assert found(X.reshape(3, 2, 2)) is not None, "images"
    assert found(X.astype(np.float32)) is not None
    assert found(X.astype(int)) is None
    assert found(X.tolist()) is None
    assert found(X[0]) is None
    assert found(X[:, :3]) is None
    assert found(W3=np.eye(2)) is None
    assert found(W2=None) is None
    assert found(W2=np.ones((3, 3))) is None
    assert found(scale=np.ones(5)) is None, "a vector more"
    assert found(b2=np.ones(4)) is None
    assert found(Y=np.array([2, 0, 3])) is None, "a class that is not there"
    assert found(Y=Y.astype(float)) is None
    assert found(Y=Y[:2]) is None
    without = recognise({n: PARAMS[n] for n in ("W1", "W2")}, X, Y, loss)
    assert (without.net.hidden, without.net.last) == (("W1",), ("W2",))
    square = PARAMS | {"W2": np.array([[1.0, 0.5], [-1, 2]]), "b2": np.array([1.0, 2])}
    two = np.array([1, 0, 1])
    s = np.maximum(X @ PARAMS["W1"] + PARAMS["b1"], 0) @ square["W2"] + square["b2"]
    assert s.shape == (3, 2)
    net, _ = recognise(square, X, two, squares_of(two))
    assert (net.hidden, net.last) == (("W1", "b1"), ("W2", "b2"))


def squares_of(labels):
    def loss(p):
        s = np.maximum(X @ p["W1"] + p["b1"], 0) @ p["W2"] + p["b2"]
        return ((s - np.eye(2)[labels]) ** 2).sum() / 3

    return loss


def test_targets_and_the_losses_that_they_admit():
    def admitted(y, classes=3):
        return [np.asarray(t).tolist() for _, t in recognised_nets._row_losses(y, 3, classes)]

    hot = np.eye(3)[Y]
    assert admitted(Y) == [Y.tolist(), Y.tolist(), hot.tolist()]
    assert admitted(hot) == [hot.tolist(), Y.tolist(), Y.tolist()]
    for other in (2 * hot, hot + hot[::-1], hot / 2 + 0.5, 0 * hot):
        assert admitted(other) == [other.tolist()]
    assert admitted(Y, 2) == admitted(Y / 1) == admitted(hot[:2]) == admitted(hot.ravel()) == []


@pytest.mark.parametrize(
    ("activation", "values"),
    [("relu", [0, 0.5]), ("sigmoid", [0.119203, 0.622459]), ("tanh", [-0.964028, 0.462117]), ("identity", [-2, 0.5]),
     ("leaky_relu(0.01)", [-0.02, 0.5]), ("leaky_relu(0.1)", [-0.2, 0.5]), ("softplus", [0.126928, 0.974077]),
     ("elu", [-0.864665, 0.5]), ("silu", [-0.238406, 0.311230]), ("sin", [-0.909297, 0.479426]),
     ("square", [4, 0.25])],
)  # fmt: skip
def test_activations_at_two_points(activation, values):
    assert ACTIVATIONS[activation](np.array([-2, 0.5])).tolist() == pytest.approx(values, abs=1e-6)
