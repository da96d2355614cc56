"""The numeric derivative is right within its own bound, sees kinks, and knows what it cannot tell."""

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st

import gradcheck
import layers
from gradcheck.numeric.central_differences import differentiate
from gradcheck.numeric.column_updates import Net, hinge_rows, softmax_rows
from gradcheck.numeric.net_gradients import gradients
from gradcheck.numeric.noise import noise
from gradcheck.numeric.recognised_nets import ACTIVATIONS, Recognised

SMOOTH = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "log": (lambda x: np.log(np.abs(x)), lambda x: 1 / x),
}


def derivative(f, x, dout=None):
    base = f(x).ravel()
    dout = np.ones(base.size) if dout is None else dout
    return differentiate(lambda v: f(v["x"]).ravel(), {"x": x}, ["x"], dout, base)["x"]


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=st.integers(0, 10**6), exponent=st.integers(-6, 2))
def test_error_is_within_the_bound_and_small(name, seed, exponent):
    f, exact = SMOOTH[name]
    x = np.random.default_rng(seed).uniform(0.3, 3, 5) * 10.0**exponent
    if name == "exp":
        x = np.minimum(x, 20)
    d = derivative(f, x)
    error = np.abs(d.value - exact(x))
    assert np.all(error <= 10 * d.bound + 1e-10 * np.abs(exact(x)))
    assert np.all(d.bound <= 1e-5 * np.abs(exact(x)) + 1e-11)


def test_kink_has_one_sided_derivatives():
    d = derivative(lambda x: np.maximum(x, 0), np.array([0.0, 1.0, -1.0, 1e-9]))
    assert d.kink.tolist() == [True, False, False, False]
    assert (d.left[0], d.right[0]) == pytest.approx((0.0, 1.0))
    assert d.value[1:] == pytest.approx([1, 0, 1])
    assert d.lonely[0]


def test_tie_of_a_maximum_is_no_lonely_kink():
    d = derivative(lambda x: np.array([x.max()]), np.array([2.0, 2.0, 1.0]))
    assert d.kink.tolist() == [True, True, False]
    assert not d.lonely.any()


def test_jump_beside_the_point_is_not_taken_for_a_slope():
    d = derivative(lambda x: np.round(x), np.array([0.2, 3.1]))
    assert np.all(np.abs(d.value) <= 10 * d.bound)


def test_saturated_output_is_below_one_ulp_and_not_accused():
    report = gradcheck.layer(
        lambda x: ((s := 1 / (1 + np.exp(-x))), s), lambda dout, s: dout * s * (1 - s), np.array([[36.0, 37.5, -40.0]])
    )
    assert report.ok, report


def test_inconclusive_is_a_verdict_of_its_own():
    report = gradcheck.layer(lambda x: (np.log(x), x), lambda dout, x: dout / x, -np.ones((2, 3)))
    assert not report.ok, "a test that says `assert report.ok` must not pass where nothing was compared"
    assert report.verdict == "inconclusive"
    noisy = gradcheck.layer(lambda x: (np.round(x, 7), None), lambda dout, _: 1.0 * dout, np.full((2, 2), 0.123))
    assert noisy.verdict in ("pass", "inconclusive")
    assert noisy.ok, noisy


def test_complex_step_acquits_where_the_step_is_at_fault():
    x = np.random.default_rng(0).standard_normal((4, 3))
    report = gradcheck.layer(lambda x: (np.sin(3e6 * x), x), lambda dout, x: dout * 3e6 * np.cos(3e6 * x), x)
    assert report.ok, report


@pytest.mark.parametrize("rows", [softmax_rows(), hinge_rows])
def test_column_updates_equal_the_naive_derivative(rows):
    rng = np.random.default_rng(1)
    shapes = {"W1": (9, 6), "b1": (6,), "W2": (6, 4), "b2": (4,)}
    params = {n: 0.5 * rng.standard_normal(s) for n, s in shapes.items()}
    X, y = rng.standard_normal((5, 9)) * (rng.random((5, 9)) < 0.6), rng.integers(4, size=5)
    net = Recognised(Net(X, y, ("W1", "b1"), np.tanh, ("W2", "b2"), rows, 5.0), strength=0.1)

    def loss(p):
        scores = np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        return np.array([rows(scores.T, y).sum() / 5 + 0.1 * sum((p[n] ** 2).sum() for n in ("W1", "W2"))])

    naive = differentiate(loss, params, list(params), np.ones(1), loss(params))
    for name, (value, _) in gradients(net, params).items():
        assert value == pytest.approx(naive[name].value, abs=1e-9), name


def test_every_weight_of_a_large_net_is_checked_and_one_wrong_entry_is_seen():
    rng = np.random.default_rng(0)
    params = {
        "W1": 0.05 * rng.standard_normal((300, 40)),
        "b1": np.zeros(40),
        "W2": 0.3 * rng.standard_normal((40, 10)),
        "b2": np.zeros(10),
    }
    X, y = rng.standard_normal((5, 300)), rng.integers(10, size=5)

    def loss(p, X, y, wrong=None):
        h = np.maximum(X @ p["W1"] + p["b1"], 0)
        s = h @ p["W2"] + p["b2"]
        s = s - s.max(1, keepdims=True)
        e = np.exp(s)
        d = e / e.sum(1, keepdims=True)
        value = np.mean(np.log(e.sum(1)) - s[np.arange(len(y)), y])
        d[np.arange(len(y)), y] -= 1
        d /= len(y)
        dz = d @ p["W2"].T * (h > 0)
        grads = {"W1": X.T @ dz, "b1": dz.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
        if wrong:
            grads["W1"][wrong] *= 1.01
        return value, grads

    report = gradcheck.net(loss, params, X, y, repair=False)
    assert report.verdict == "pass", report
    assert "column updates" in report.tensors["W1"].method
    assert report.tensors["W1"].checked == 300 * 40
    index = tuple(int(i) for i in np.unravel_index(np.argmax(np.abs(loss(params, X, y)[1]["W1"])), (300, 40)))
    bad = gradcheck.net(lambda p, X, y: loss(p, X, y, index), params, X, y, repair=False)
    assert not bad.ok
    assert bad.tensors["W1"].worst[0] == index


def test_the_noise_of_values_that_alternate_by_hand():
    """s, -s, s, ...: differences of order 4 are 16 s, of order 5 32 s; times 4!^2 / 8! = 1/70, 5!^2 / 10! = 1/252."""
    turns = itertools.cycle((-1.0, 1.0))
    size = np.array([1e-3, 2e-3, 0.0])
    found = noise(lambda _: 1 + next(turns) * size, {"x": np.ones(2)}, ["x"], 1 + size)
    np.testing.assert_allclose(found[:2], 16 * size[:2] / np.sqrt(70), rtol=1e-9)
    assert found[2] == 0.5 * np.finfo(float).eps
    turns = itertools.cycle((0.0, -1.0, 1.0))  # here the differences of order 5 say less
    table = size[0] * np.array([1.0, 0, -1, 1, 0, -1, 1])
    found = noise(lambda _: 1 + next(turns) * size[:1], {"x": np.ones(2)}, ["x"], 1 + size[:1])
    wanted = [np.sqrt(c * np.mean(np.diff(table, order) ** 2)) for order, c in ((4, 1 / 70), (5, 1 / 252))]
    np.testing.assert_allclose(found, min(wanted), rtol=1e-9)


def test_the_activations_that_are_tried_are_those_of_the_layers():
    z = np.array([-30.0, -2, -0.3, 0.4, 1.5, 30])
    for name in ("relu", "sigmoid", "tanh", "softplus", "elu"):
        np.testing.assert_allclose(ACTIVATIONS[name](z), layers.get(name).forward(z)[0], rtol=1e-12, atol=1e-300)
    for slope in (0.01, 0.1):
        wanted = layers.leaky_relu_forward(z, slope=slope)[0]
        np.testing.assert_allclose(ACTIVATIONS[f"leaky_relu({slope})"](z), wanted)
    np.testing.assert_allclose(ACTIVATIONS["silu"](z), z * layers.get("sigmoid").forward(z)[0], rtol=1e-12)
    np.testing.assert_array_equal(ACTIVATIONS["square"](z), z**2)
    np.testing.assert_array_equal(ACTIVATIONS["identity"](z), z)
