"""The conventions in which people write pairs, losses and nets: each is understood, and right code is not accused."""

import itertools

import numpy as np
import pytest

import gradcheck


def matrix(rng, n):
    return (rng.standard_normal((n, 3)),)


def pair(rng, n):
    return rng.standard_normal((n, 3)), rng.standard_normal((n, 3))


class SquaredLayer:
    """The loss as a layer object: the upstream gradient has a default."""

    def forward(self, x, t):
        self.x, self.t = x, t
        return 0.5 * np.sum((x - t) ** 2) / len(x)

    def backward(self, dout=1):
        return dout * (self.x - self.t) / len(self.x)


class Cell:
    """Two outputs, and what is needed later on self."""

    def forward(self, x, c_prev):
        self.x = x
        self.c = np.tanh(x) + 0.5 * c_prev
        self.t = np.tanh(self.c)
        return self.t * x, self.c

    def backward(self, dh, dc):
        dc = dc + dh * self.x * (1 - self.t**2)
        return dh * self.t + dc * (1 - np.tanh(self.x) ** 2), 0.5 * dc


class WrongCell(Cell):
    def backward(self, dh, dc):
        return dh * self.t + dc * (1 - np.tanh(self.x) ** 2), 0.5 * dc  # the path from h to c is lost


def test_an_upstream_gradient_with_a_default():
    layer = SquaredLayer()
    assert gradcheck.layer(layer.forward, layer.backward, inputs=pair, wrt="x").verdict == "pass"


def test_two_outputs_and_no_cache():
    cell, wrong = Cell(), WrongCell()
    assert gradcheck.layer(cell.forward, cell.backward, inputs=pair).verdict == "pass"
    assert gradcheck.layer(wrong.forward, wrong.backward, inputs=pair).verdict == "fail"


@pytest.mark.parametrize("backward", [lambda z, dA: dA * (z > 0), lambda dA, z: dA * (z > 0)])
def test_backward_of_the_input_and_the_upstream_gradient(backward):
    assert gradcheck.layer(lambda z: np.maximum(0, z), backward, inputs=matrix).verdict == "pass"


def test_the_cache_first():
    assert gradcheck.layer(lambda x: (x**2, x), lambda cache, dout: 2 * cache * dout, inputs=matrix).verdict == "pass"


def test_the_gradients_before_the_loss():
    assert gradcheck.loss(lambda x, t: ((x - t) / len(x), 0.5 * np.sum((x - t) ** 2) / len(x)), inputs=pair).ok
    params = {"w": np.ones(3)}
    report = gradcheck.net(lambda p, X, y: ({"w": X.T @ (X @ p["w"] - y)}, 0.5 * np.sum((X @ p["w"] - y) ** 2)), params,
                           np.random.default_rng(0).standard_normal((5, 3)), np.arange(5.0))  # fmt: skip
    assert report.verdict == "pass"


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T


class Net:
    """Its layers hold the very arrays of params."""

    factor = 1.0

    def __init__(self):
        r = np.random.default_rng(0)
        self.params = {"W1": r.standard_normal((4, 5)), "b1": r.standard_normal(5),
                       "W2": r.standard_normal((5, 3)), "b2": r.standard_normal(3)}  # fmt: skip
        self.first = Affine(self.params["W1"], self.params["b1"])
        self.last = Affine(self.params["W2"], self.params["b2"])

    def loss(self, x, t):
        h = self.first.forward(x)
        e = self.last.forward(np.maximum(0, h)) - t
        d = self.last.backward(e / len(x))
        self.first.backward(d * (h > 0))
        grads = {"W1": self.first.dW, "b1": self.first.db, "W2": self.last.dW, "b2": self.last.db * self.factor}
        return 0.5 * np.sum(e * e) / len(x), grads


class WrongNet(Net):
    factor = 0.5


def test_a_net_whose_layers_hold_the_arrays_of_params():
    rng = np.random.default_rng(1)
    x, t = rng.standard_normal((6, 4)), rng.standard_normal((6, 3))
    net = Net()
    before = {name: array.copy() for name, array in net.params.items()}
    assert gradcheck.model(net, x, t).verdict == "pass"
    assert all(np.array_equal(net.params[name], before[name]) for name in before)
    assert net.first.W is net.params["W1"]
    report = gradcheck.model(WrongNet(), x, t)
    assert [(f.code, f.where) for f in report.findings] == [("SCALE_HALF", "b2")]


def test_a_net_that_writes_into_its_parameters_is_still_reported():
    class Decays(Net):
        def loss(self, x, t):
            answer = super().loss(x, t)
            self.params["W1"] *= 0.999
            return answer

    rng = np.random.default_rng(1)
    report = gradcheck.model(Decays(), rng.standard_normal((6, 4)), rng.standard_normal((6, 3)))
    assert "MUTATES_INPUT" in [f.code for f in report.findings]


def gelu_like(x):
    return x * np.tanh(x) * np.exp(0.1 * x), x


def test_the_order_of_a_sum_is_no_fault():
    """An engine that keeps parents in a set adds them in another order each time: the last bits differ."""
    orders = itertools.cycle([(0, 1, 2), (2, 1, 0), (1, 2, 0)])

    def backward(dout, x):
        t, e = np.tanh(x), np.exp(0.1 * x)
        terms = [dout * t * e, dout * x * (1 - t * t) * e, dout * x * t * 0.1 * e]
        return sum((terms[k] for k in next(orders)), np.zeros_like(x))

    report = gradcheck.layer(gelu_like, backward, inputs=matrix)
    assert report.verdict == "pass"
    assert all(f.severity == "note" for f in report.findings)


def test_a_buffer_that_grows_is_still_found():
    kept = {}

    def backward(dout, x):
        kept["dx"] = kept.get("dx", 0) + dout * 2 * x
        return kept["dx"]

    report = gradcheck.layer(lambda x: (x**2, x), backward, *matrix(np.random.default_rng(0), 4))
    assert report.findings[0].code == "NOT_REENTRANT"
    assert report.findings[0].severity == "error"


def test_a_reshaped_upstream_gradient_is_right_and_the_array_itself_is_not():
    def flatten(x):
        return x.reshape(len(x), -1), x.shape

    report = gradcheck.layer(flatten, lambda dout, shape: dout.reshape(shape), np.ones((3, 2, 2)))
    assert report.ok
    assert [(f.code, f.severity) for f in report.findings] == [("ALIASED", "note")]
    twice = pair(np.random.default_rng(0), 4)
    report = gradcheck.layer(lambda a, b: (a + b, None), lambda dout, _: (dout, dout), *twice)
    assert "ALIASED" in [f.code for f in report.findings if f.severity == "error"]
