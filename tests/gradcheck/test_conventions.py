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


def course_layer(A_prev, W, b):
    return W @ A_prev + b, (A_prev, W)


def course_backward(dZ, cache, shares=(True, True, False)):
    """dW, db and dA_prev as the courses of deeplearning.ai have them; `shares` says which of them carry 1/m."""
    A_prev, W = cache
    m = A_prev.shape[1]
    dW, db, dA = dZ @ A_prev.T, dZ.sum(axis=1, keepdims=True), W.T @ dZ
    dW, db, dA = (d / m if share else d for d, share in zip((dW, db, dA), shares, strict=True))
    return dA, dW, db


def in_columns(rng, n):
    return rng.standard_normal((4, n)), rng.standard_normal((3, 4)), rng.standard_normal((3, 1))


def test_the_mean_of_the_courses_is_a_note():
    report = gradcheck.layer(course_layer, course_backward, inputs=in_columns)
    (finding,) = report.findings
    assert (finding.code, finding.severity, report.verdict) == ("SCALE_INV_BATCH", "note", "pass")
    assert "up to the course's 1/m convention" in finding.message
    A, W, b = in_columns(np.random.default_rng(0), 8)
    assert gradcheck.layer(course_layer, course_backward, A, W, b).verdict == "pass"


def test_the_mean_of_the_courses_in_rows():
    def forward(A_prev, W, b):
        return A_prev @ W + b, (A_prev, W)

    def backward(dZ, cache):
        A_prev, W = cache
        return dZ @ W.T, A_prev.T @ dZ / len(dZ), dZ.mean(axis=0)

    def inputs(rng, n):
        return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)

    assert gradcheck.layer(forward, backward, inputs=inputs).verdict == "pass"
    report = gradcheck.layer(forward, lambda dout, cache: backward(dout, cache), inputs=inputs, repair=False)
    assert [f.code for f in report.findings] == ["SCALE_INV_BATCH"] * 2, "with dout, and in rows, it is a slip"


@pytest.mark.parametrize(
    "shares", [(True, False, False), (False, True, False), (True, True, True), (False, False, True)]
)
def test_a_share_of_the_course_convention_is_a_slip(shares):
    def backward(dZ, cache):
        return course_backward(dZ, cache, shares)

    report = gradcheck.layer(course_layer, backward, inputs=in_columns, repair=False)
    assert {f.code for f in report.findings} == {"SCALE_INV_BATCH"}
    assert report.verdict == "fail"


def test_a_constant_that_is_the_batch_size_once_is_no_convention():
    def backward(dZ, cache):
        A_prev, W = cache
        return W.T @ dZ, dZ @ A_prev.T / 5, dZ.sum(axis=1, keepdims=True) / 5

    assert gradcheck.layer(course_layer, backward, inputs=in_columns, repair=False).verdict == "fail"


def test_what_else_is_wrong_beside_the_convention_is_found():
    def relu_layer(A_prev, W, b):
        Z, cache = course_layer(A_prev, W, b)
        return np.maximum(0, Z), (cache, Z)

    def backward(dA, cache):
        dA *= cache[1] > 0
        return course_backward(dA, cache[0])

    codes = [f.code for f in gradcheck.layer(relu_layer, backward, inputs=in_columns, repair=False).findings]
    assert "MUTATES_DOUT" in codes


@pytest.mark.parametrize(("slope", "severity"), [(0.1, "note"), (0.0, "warning")])
def test_the_slope_of_a_prelu_at_zero_is_a_convention(slope, severity):
    slopes = np.array([slope, 0.0, 0.0])

    def forward(x):
        return np.where(x > 0, x, slopes * x), x

    def backward(dout, x):
        return np.where(x >= 0, dout, slopes * dout)

    x = np.random.default_rng(2).standard_normal((5, 3)) * 3
    x[1, 1] = 0.0
    report = gradcheck.layer(forward, backward, x, repair=False)
    assert [(f.code, f.severity) for f in report.findings] == [("KINK_CONVENTION", severity)]
