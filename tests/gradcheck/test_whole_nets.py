"""Numeric gradients by the structure of a net: every kind against the plain loop over its weights, and what is none."""

import itertools

import numpy as np
import pytest

import gradcheck
import layers
from gradcheck.numeric.column_updates import Net, hinge_rows, slopes, slopes_and_bends, softmax_rows, squared_rows
from gradcheck.numeric.graph_gradients import numeric_gradients
from gradcheck.numeric.recognised_nets import ACTIVATIONS, recognise
from models import Graph, mlp, node

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4)) * (RNG.random((6, 4)) < 0.8)
Y = np.array([0, 1, 2, 0, 1, 2])
T = RNG.standard_normal((6, 3))
PARAMS = {
    "W": RNG.standard_normal((4, 5)), "b": RNG.standard_normal(5),
    "V": RNG.standard_normal((5, 3)), "c": RNG.standard_normal((1, 3)), "U": RNG.standard_normal((4, 3)),
}  # fmt: skip
LOSSES = {"softmax": (softmax_rows(), Y), "offset": (softmax_rows(0.1), Y), "hinge": (hinge_rows, Y),
          "squared": (squared_rows, T)}  # fmt: skip


def row_losses(kind, scores):
    """Of scores (N, C), written out."""
    if kind == "squared":
        return [0.5 * float(np.sum((row - target) ** 2)) for row, target in zip(scores, T, strict=True)]
    if kind == "hinge":
        pairs = zip(scores, Y, strict=True)
        return [sum(max(0.0, s - row[y] + 1) for j, s in enumerate(row) if j != y) for row, y in pairs]
    delta = 0.1 if kind == "offset" else 0.0
    return [-np.log(np.exp(row[y]) / np.exp(row).sum() + delta) for row, y in zip(scores, Y, strict=True)]


def scores_of(net, params):
    a = X
    if net.hidden:
        a = net.activation(X @ params["W"] + (params["b"] if "b" in net.hidden else 0))
    return a @ params[net.last[0]] + (params["c"] if "c" in net.last else 0)


NETS = list(itertools.product(LOSSES, [(), ("W",), ("W", "b")], [False, True], ["tanh", "relu"]))


def made(kind, hidden, biased, activation, **settings):
    row_loss, targets = LOSSES[kind]
    last = (("V" if hidden else "U"), *(["c"] if biased else []))
    return Net(X, targets, hidden, ACTIVATIONS[activation], last, row_loss, 6.0, **settings)


@pytest.mark.parametrize(("kind", "hidden", "biased", "activation"), NETS)
def test_slopes_and_bends_are_those_of_the_plain_loop(kind, hidden, biased, activation):
    net, h = made(kind, hidden, biased, activation), 1e-3
    names = (*net.hidden, *net.last)
    params = {name: PARAMS[name].copy() for name in names}

    def loss():
        return sum(row_losses(kind, scores_of(net, params))) / 6

    z, a, scores = net.layers(params)
    np.testing.assert_allclose(scores.T, scores_of(net, params), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(net.losses(scores), row_losses(kind, scores.T), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(a, ACTIVATIONS[activation](z) if hidden else X)
    slope, both = slopes(net, params, h), slopes_and_bends(net, params, h)
    assert slope.keys() == both.keys() == set(names)
    rest = loss()
    for name in names:
        for index in np.ndindex(params[name].shape):
            before = params[name][index]
            params[name][index] = before + h
            above = loss()
            params[name][index] = before - h
            below = loss()
            params[name][index] = before
            wanted = (above - below) / (2 * h)
            assert slope[name][index] == pytest.approx(wanted, rel=1e-8, abs=1e-10)
            assert both[name][0][index] == pytest.approx(wanted, rel=1e-8, abs=1e-10)
            assert both[name][1][index] == pytest.approx((above + below - 2 * rest) / h, rel=1e-6, abs=1e-9)
        assert slope[name].shape == params[name].shape


def test_a_relu_is_followed_along_its_line_over_the_kink():
    """At a step of 10 every unit crosses 0: along its line the loss is that of the identity or of nothing."""
    net = made("squared", ("W", "b"), True, "relu", straight=True)
    params = {name: PARAMS[name] for name in ("W", "b", "V", "c")}
    wide, narrow = (slopes_and_bends(net, params, h) for h in (10.0, 1e-4))
    for name in params:
        np.testing.assert_allclose(wide[name][0], narrow[name][0], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("rows", [1, 3, 10**9])
def test_parts_of_any_size_add_up(monkeypatch, rows):
    net = made("softmax", ("W", "b"), True, "tanh")
    params = {name: PARAMS[name] for name in ("W", "b", "V", "c")}
    wanted = slopes(net, params, 1e-3)
    monkeypatch.setattr("gradcheck.numeric.column_updates.BLOCK", rows)
    for name, found in slopes(net, params, 1e-3).items():
        np.testing.assert_allclose(found, wanted[name], rtol=1e-9, atol=1e-12)


GRAPHS = {
    "softmax": lambda **s: mlp([4, 3], rng=1, **s),
    "hidden relu": lambda **s: mlp([4, 5, 3], rng=1, **s),
    "hidden tanh without biases": lambda **s: mlp([4, 5, 3], activation="tanh", use_bias=False, rng=1, **s),
    "leaky": lambda **s: mlp([4, 5, 3], activation="leaky_relu", rng=1, **s),
    "offset": lambda **s: mlp([4, 5, 3], activation="sigmoid", loss="offset_softmax", delta=0.1, rng=1, **s),
    "offset by default": lambda **s: mlp([4, 3], loss="offset_softmax", rng=1, **s),
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("penalty", [{}, {"reg": 0.3}, {"l1": 0.05}, {"reg": 0.3, "l1": 0.05}])
def test_the_gradients_of_a_graph(name, penalty):
    model = GRAPHS[name](**penalty)
    found = numeric_gradients(model, X, Y, 1e-5)
    _, grads = model.loss(X, Y)
    assert found.keys() == set(model.params)
    for key in model.params:
        np.testing.assert_allclose(found[key], grads[key], rtol=1e-6, atol=1e-8)
    images = numeric_gradients(model, X.reshape(6, 2, 2), Y, 1e-5)
    for key in model.params:
        np.testing.assert_array_equal(images[key], found[key])


def test_the_penalty_is_a_centred_difference_too():
    """Of |w| where the step crosses 0: not the sign, but w / h."""
    model = mlp([4, 3], l1=1.0, rng=1)
    model.params["W1"][0, 0] = 0.25
    with_l1 = numeric_gradients(model, X, Y, 1.0)["W1"]
    model.l1 = 0.0
    assert (with_l1 - numeric_gradients(model, X, Y, 1.0)["W1"])[0, 0] == pytest.approx(0.25)


def branching():
    nodes = [node("a", "linear", "x", ("W",)), node("t", "tanh", "a"), node("s", "add", ("t", "a"))]
    return Graph(nodes, {"W": PARAMS["U"]})


def skipping():
    nodes = [node("a", "linear", "x", ("W",)), node("t", "tanh", "a"), node("s", "linear", "a", ("V",))]
    with pytest.raises(ValueError, match="'t' is not used"):
        Graph(nodes, {"W": PARAMS["W"], "V": PARAMS["V"]})
    return mlp([4, 5, 5, 3], rng=0)


class Wrong:
    """A graph whose loss is not that of its rows: it must be noticed, not believed."""

    def __init__(self):
        self.inner = mlp([4, 3], rng=1)
        layer = layers.get("softmax_loss")
        self.loss_layer = layer._replace(forward=lambda x, y, **k: (2 * layer.forward(x, y, **k)[0], None))

    def __getattr__(self, name):
        return getattr(self.inner, name)


@pytest.mark.parametrize(
    "make",
    [
        branching, skipping, Wrong, lambda: mlp([4, 3], loss="svm", rng=0),
        lambda: mlp([4, 3], dtype=np.float32, rng=0),
        lambda: mlp([4, 5, 3], dropout=0.5, rng=0), lambda: mlp([4, 5, 3], batch_norm=True, rng=0),
        lambda: mlp([4, 5, 3], output="tanh", rng=0), lambda: mlp([4, 3], output="tanh", rng=0),
        lambda: Graph([node("t", "tanh", "x"), node("s", "linear", "t", ("U",))], {"U": PARAMS["U"]}),
        lambda: Graph([node("a", "linear", "x", ("W",)), node("d", "dropout", "a"), node("s", "linear", "d", ("V",))],
                      {"W": PARAMS["W"], "V": PARAMS["V"]}),
    ],
)  # fmt: skip
def test_nets_whose_structure_is_not_known(make):
    assert numeric_gradients(make(), X, Y, 1e-4) is None


def test_targets_that_are_no_labels():
    assert numeric_gradients(mlp([4, 3], rng=0), X, layers.one_hot(Y, 3), 1e-4) is None


FLAT = {**PARAMS, "c": PARAMS["c"].ravel()}


def loss_of(activation, kind, divisor, strength, hidden_bias, last_bias):
    def loss(p):
        a = ACTIVATIONS[activation](X @ p["W"] + (p["b"] if hidden_bias else 0))
        scores = a @ p["V"] + (p["c"] if last_bias else 0)
        squares = np.sum(p["W"] ** 2) + np.sum(p["V"] ** 2)
        return sum(row_losses(kind, scores)) / divisor + strength * squares

    return loss


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("kind", "targets"), [("softmax", Y), ("hinge", Y), ("squared", T)])
@pytest.mark.parametrize("divisor", [6.0, 1.0, 0.5, 3.0])
def test_a_net_of_known_parts_is_recognised(activation, kind, targets, divisor):
    for strength, hidden_bias, last_bias in ((0.0, True, True), (0.125, False, True), (0.0, True, False)):
        names = ["W", *["b"] * hidden_bias, "V", *["c"] * last_bias]
        params = {name: FLAT[name] for name in names}
        loss = loss_of(activation, kind, divisor, strength, hidden_bias, last_bias)
        known = recognise(params, X, targets, loss)
        assert known is not None
        assert known.net.hidden == tuple(names[: 1 + hidden_bias])
        assert known.net.last == tuple(names[1 + hidden_bias :])
        assert known.strength == pytest.approx(strength, rel=1e-9)
        elsewhere = {name: p + 0.3 for name, p in params.items()}
        own = float(np.sum(known.net.losses(known.net.layers(elsewhere)[2]))) / known.net.divisor
        own += known.strength * sum(float(np.sum(elsewhere[n] ** 2)) for n in ("W", "V"))
        assert own == pytest.approx(loss(elsewhere), rel=1e-9)
        assert known.net.straight == (activation in ("relu", "identity", "leaky_relu(0.01)", "leaky_relu(0.1)"))


def test_one_hot_rows_are_labels_where_the_loss_says_so():
    params = {name: FLAT[name] for name in ("W", "b", "V", "c")}
    for kind in ("softmax", "hinge"):
        known = recognise(params, X, np.eye(3)[Y], loss_of("tanh", kind, 6.0, 0.0, True, True))
        assert known is not None
        np.testing.assert_array_equal(known.net.targets, Y)


@pytest.mark.parametrize(
    "change",
    [
        lambda p, x, y: ({**p, "W2": p["W"]}, x, y), lambda p, x, y: ({k: v for k, v in p.items() if k != "V"}, x, y),
        lambda p, x, y: (p, x.astype(int), y), lambda p, x, y: (p, x[:, 0], y), lambda p, x, y: (p, x[:, :3], y),
        lambda p, x, y: ({**p, "V": p["V"][:4]}, x, y), lambda p, x, y: ({**p, "d": np.ones(2)}, x, y),
        lambda p, x, y: (p, x, y + 1), lambda p, x, y: (p, x, y[:, None]), lambda p, x, y: (p, x.tolist(), y),
        lambda p, x, y: (p, x, y.astype(float)),
    ],
)  # fmt: skip
def test_what_is_no_two_layer_net(change):
    params = {name: FLAT[name] for name in ("W", "b", "V", "c")}
    loss = loss_of("tanh", "softmax", 6.0, 0.0, True, True)
    assert recognise(params, X, Y, loss) is not None
    assert recognise(*change(params, X, Y), lambda p: loss(params)) is None


@pytest.mark.parametrize("factor", [1.0, 1.0 + 1e-6])
def test_a_loss_that_is_nearly_known_is_not(factor):
    params = {name: FLAT[name] for name in ("W", "b", "V", "c")}
    loss = loss_of("tanh", "softmax", 6.0, 0.0, True, True)
    known = recognise(params, X, Y, lambda p: factor * loss(p) + (0.01 * np.sum(p["b"]) if factor > 1 else 0.0))
    assert (known is not None) == (factor == 1.0)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_check_of_a_known_net_takes_the_short_way_and_audits_it(wrong):
    def loss_fn(params, x, y):
        h = np.tanh(x @ params["W"] + params["b"])
        s = h @ params["V"] + params["c"]
        value, ds = layers.softmax_loss(s, y)
        dz = ds @ params["V"].T * (1 - h * h)
        grads = {"W": x.T @ dz, "b": dz.sum(0), "V": h.T @ ds, "c": ds.sum(0)}
        if wrong:
            grads["V"][2, 1] *= 1.001
        return value, grads

    params = {name: FLAT[name].copy() for name in ("W", "b", "V", "c")}
    report = gradcheck.net(loss_fn, params, X, Y)
    assert report.ok is not wrong
    if wrong:
        assert {finding.where for finding in report.findings} == {"V"}
