"""Initial course nets have pre-activations within any step of a relu's kink; that is never the fault of the gradient.

Every net here is right, but for those in which a fault is planted.
"""

import numpy as np
import pytest

import gradcheck
from gradcheck.numeric.column_updates import Net, softmax_rows
from gradcheck.numeric.net_gradients import gradients
from gradcheck.numeric.recognised_nets import Recognised
from models import TwoLayerNet
from tests.sampled import sampled


@pytest.mark.parametrize("seed", sampled(range(6), range(2)))
def test_a_fresh_course_net_passes(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((5, 300)), rng.integers(10, size=5)
    report = gradcheck.model(TwoLayerNet(300, 60, 10, seed=seed), X, y)
    assert report.verdict == "pass", report


def test_one_wrong_element_beside_a_kink_is_still_wrong():
    class Wrong(TwoLayerNet):
        def loss(self, X, y=None):
            loss, grads = super().loss(X, y)
            grads["W1"] = grads["W1"].copy()
            grads["W1"][:, 7] *= 1.01
            return loss, grads

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((5, 300)), rng.integers(10, size=5)
    net = Wrong(300, 60, 10, seed=0)
    assert gradcheck.model(net, X, y, repair=False).verdict == "fail"


def relu_net(X, y, hidden) -> Recognised:
    return Recognised(Net(X, y, hidden, lambda z: np.maximum(z, 0), ("W2",), softmax_rows(), len(X), straight=True))


@pytest.mark.parametrize("distance", [1e-6, 1e-9, 1e-13])
def test_column_updates_keep_to_the_branch_they_are_on(distance):
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((4, 6)), np.array([0, 2, 1, 0])
    params = {"W1": rng.standard_normal((6, 3)), "b1": np.zeros(3), "W2": rng.standard_normal((3, 3))}
    params["b1"][1] = distance - X[2] @ params["W1"][:, 1]
    net = relu_net(X, y, ("W1", "b1"))
    z = X @ params["W1"] + params["b1"]
    s = np.maximum(z, 0) @ params["W2"]
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    p[np.arange(4), y] -= 1
    exact = X.T @ ((p / 4) @ params["W2"].T * (z > 0))
    value, bound = gradients(net, params)["W1"]
    np.testing.assert_allclose(value, exact, rtol=0, atol=1e-9)
    assert np.max(bound) < 1e-7


def test_column_updates_give_no_value_on_the_kink_itself():
    X = np.ones((1, 2))
    params = {"W1": np.zeros((2, 1)), "W2": np.ones((1, 2))}
    net = relu_net(X, np.array([0]), ("W1",))
    assert np.all(np.isinf(gradients(net, params)["W1"][1]))
