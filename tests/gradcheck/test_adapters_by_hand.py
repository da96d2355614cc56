"""What forwards return, read as outputs and cache; calls of backwards; models of another precision; held parameters."""

import numpy as np
import pytest

from gradcheck.subject import adapters
from gradcheck.subject.adapters import LayerSubject, LossSubject, ModelSubject, NetSubject

X, W, B = np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), np.array([5.0])


def layer(backward, names=("x",)):
    return LayerSubject(lambda *a: a, backward, names, None)


def told(split):
    outs, cache = split
    return [o.tolist() for o in outs], cache


@pytest.mark.parametrize(
    ("backward", "result", "outs", "cache"),
    [
        (lambda dout, cache: 0, X, [[1.0, 2.0]], None),
        (lambda dout, cache: 0, (X,), [[1.0, 2.0]], None),
        (lambda dout, cache: 0, [5.0], [5.0], None),
        (lambda dout, cache: 0, (X, "kept"), [[1.0, 2.0]], "kept"),
        (lambda dout, cache: 0, ((X, B), "kept"), [[1.0, 2.0], [5.0]], "kept"),
        (lambda dh, dc: 0, (X, B), [[1.0, 2.0], [5.0]], None),
        (lambda dh, dc: 0, (X, "kept"), [[1.0, 2.0]], "kept"),
        (lambda dout, q: 0, (X, B), [[1.0, 2.0]], B),
        (lambda dh, dc, cache: 0, (X, B, "kept"), [[1.0, 2.0], [5.0]], "kept"),
        (lambda dout, cache: 0, (X, "a", "b"), [[1.0, 2.0]], ("a", "b")),
        (lambda dout: 0, (X, B, "kept"), [[1.0, 2.0], [5.0]], "kept"),
        (None, (X, B, "kept"), [[1.0, 2.0], [5.0]], "kept"),
        (lambda dh, dc, dd: 0, (X, B, X), [[1.0, 2.0], [5.0], [1.0, 2.0]], None),
    ],
)
def test_outputs_and_caches(backward, result, outs, cache):
    assert told(layer(backward).split(result)) == (outs, cache)


def called(backward, douts, cache, bare, **values):
    subject = layer(backward, tuple(values))
    subject._bare = bare
    return subject.backward(douts, cache, values)


@pytest.mark.parametrize(
    ("backward", "douts", "cache", "bare", "answer"),
    [
        (None, ["d"], lambda d: (d, "closure"), False, ("d", "closure")),
        (None, ["d", "e"], lambda d, e: (d, e), False, ("d", "e")),
        (lambda dout: ("one", dout), ["d"], None, True, ("one", "d")),
        (lambda dout=1: ("one", dout), ["d"], None, True, ("one", "d")),
        (lambda dh, dc=0: (dh, dc), ["d", "e"], None, True, ("d", "e")),
        (lambda p, q: (p, q), ["d", "e"], None, True, ("d", "e")),
        (lambda w, dz, x: (w, dz, x), ["d"], None, True, (8, "d", 7)),
        (lambda p, q, r: (p, q, r), ["d"], None, True, ("d", 7, 8)),
        (lambda p, q: (p, q), ["d"], "kept", True, ("d", "kept")),
        (lambda p, cache: (p, cache), ["d"], "kept", False, ("d", "kept")),
        (lambda p, cache: (p, cache), ["d", "e"], "kept", False, (("d", "e"), "kept")),
        (lambda cache, p: (cache, p), ["d"], "kept", False, ("kept", "d")),
        (lambda cache, p, q: (cache, p, q), ["d", "e"], "kept", False, ("kept", "d", "e")),
        (lambda cache, p: (cache, p), ["d", "e"], "kept", False, ("kept", ("d", "e"))),
        (lambda p, q, cache: (p, q, cache), ["d", "e"], "kept", False, ("d", "e", "kept")),
    ],
)
def test_calls_of_backwards(backward, douts, cache, bare, answer):
    assert called(backward, douts, cache, bare, x=7, w=8) == answer


@pytest.mark.parametrize(
    ("backward", "douts", "named"),
    [
        (lambda x, dA: 0, ["d"], [7, "d"]), (lambda dA, x: 0, ["d"], ["d", 7]), (lambda x: 0, ["d"], None),
        (lambda q, dA: 0, ["d"], None), (lambda dA, dB: 0, ["d"], None), (lambda dA, dB: 0, ["d", "e"], ["d", "e"]),
        (lambda x, dA, k=3: 0, ["d"], [7, "d"]),
    ],
)  # fmt: skip
def test_arguments_of_a_backward_by_their_names(backward, douts, named):
    assert layer(backward)._by_name(douts, {"x": 7, "w": 8}) == named


@pytest.mark.parametrize(
    ("result", "loss", "rest"),
    [
        ((0.5, "g"), 0.5, ("g",)), ((X, 0.5), 0.5, (X,)), ((X, np.array(0.5)), 0.5, (X,)), ((0.5, 0.25), 0.5, (0.25,)),
        ((X, np.float32(0.5)), 0.5, (X,)), ([0.5, "g"], 0.5, ("g",)), ((0.5,), 0.5, ()), ([0.5], 0.5, ()),
        (0.5, 0.5, ()), ((0.5, "g", "h"), 0.5, ("g", "h")),
    ],
)  # fmt: skip
def test_the_loss_and_what_follows_it(result, loss, rest):
    (out,), cache = LossSubject(lambda x: result, ("x",), None).forward({"x": X})
    assert (out.tolist(), out.shape, cache) == (loss, (), rest)


@pytest.mark.parametrize(
    ("result", "cache"),
    [(0.5, None), ((0.5,), None), ((0.5, "g"), "g"), (({"W": W}, 0.5), {"W": W}), ((0.5, "s", {"a": 1}), {"a": 1}),
     ((0.5, "s", "t"), "s"), ((0.5, {"a": 1}, {"b": 2}), {"a": 1})],
)  # fmt: skip
def test_the_gradients_of_a_net_among_what_it_returns(result, cache):
    net = NetSubject(lambda *a: result, {"W": W}, (X,), None, False)
    outs, found = net.forward({"W": W, "#X": X})
    assert (np.ravel(outs[0]).tolist(), found) == ([0.5], cache)
    assert net.names == ("W", "#X")


def test_a_net_is_called_with_its_rest_and_its_penalty():
    seen = []
    for reg, takes in ((0.25, True), (0.25, False), (None, True)):
        net = NetSubject(lambda *a: seen.append(a[1:]) or (0.5, {}), {"W": W}, (1, 2, 3, 4, 5, 6), reg, takes)
        net.forward({"W": W, **{n: k for k, n in enumerate(net.data_names)}})
    assert net.data_names == ("#X", "#y", "#a", "#b", "#c", "#d")
    assert seen == [(0, 1, 2, 3, 4, 5, 0.25), (0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4, 5, None)]


class Model:
    """0.5 reg sum W^2, in the precision of W."""

    def __init__(self, dtype=np.float32, reg=0.5):
        self.params, self.reg, self.seen = {"W": W.astype(dtype)}, reg, []

    def astype(self, dtype):
        return Model(dtype, self.reg)

    def loss(self, X, y):
        self.seen.append((self.params["W"].dtype.name, self.reg))
        return 0.5 * self.reg * float(np.sum(self.params["W"] ** 2)), {"W": self.reg * self.params["W"]}


def test_a_model_of_single_precision_is_widened_for_doubles_alone():
    model = Model()
    subject = ModelSubject(model, X, None)
    assert (subject.label, subject.reg, subject.wrt) == ("Model", 0.5, ("W",))
    given = {"#X": X, "#y": None}
    outs, grads = subject.forward({"W": 2 * W, **given})
    assert (outs[0], grads["W"].tolist()) == (25.0, [[3.0, 4.0]]), "0.25 (36 + 64), and half of 2 W"
    assert (model.seen, subject.wide.seen) == ([], [("float64", 0.5)])
    subject.reg_now = 0.0
    assert subject.forward({"W": W.astype(np.float32), **given})[0] == [0.0]
    assert (model.seen, len(subject.wide.seen)) == ([("float32", 0.0)], 1)


@pytest.mark.parametrize(("reg", "known"), [(0.5, 0.5), (2, 2.0), (True, None), ("l2", None), (None, None)])
def test_a_model_of_doubles_is_itself_and_its_penalty_a_number(reg, known):
    model = Model(np.float64, reg)
    subject = ModelSubject(model, X, None)
    assert subject.wide is model
    assert subject.reg == known
    assert type(subject.reg) is type(known)


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("held", "value", "may"),
    [(X.copy(), X, True), (X.copy(), B, False), (X.astype(np.float32), X, False), ([1.0, 2.0], X, False),
     (None, X, False), (read_only(X), X, False), (X.copy(), read_only(X), True)],
)  # fmt: skip
def test_what_an_array_can_hold(held, value, may):
    assert adapters._may_hold(held, value) is may


def test_what_a_model_writes_into_its_parameters_shows_in_those_given():
    class Writes(Model):
        def loss(self, X, y):
            self.params["W"] += 1
            return 0.5, {}

    mine = W.copy()
    ModelSubject(Writes(np.float64), X, None).forward({"W": mine, "#X": X, "#y": None})
    assert mine.tolist() == [[4.0, 5.0]]


def test_an_array_of_one_row_is_an_output_whole():
    assert told(layer(lambda dout, cache: 0).split(np.array([[1.0, 2.0]]))) == ([[[1.0, 2.0]]], None)


def test_a_cache_is_handed_on_whatever_ran_before():
    assert layer(lambda p, q: (p, q)).backward(["d"], "kept", {"x": 7}) == ("d", "kept")


def test_a_model_of_more_than_doubles_is_checked_in_doubles():
    model = Model(np.longdouble)
    if np.dtype(np.longdouble) == np.float64:
        pytest.skip("there are no longer floats here")
    assert ModelSubject(model, X, None).wide.params["W"].dtype == np.float64


class Plain:
    """A model of single precision that cannot become another."""

    def __init__(self, params=dict):
        self.params, self.seen = params({"W": W.astype(np.float32)}), []

    def loss(self, X, y):
        held = self.params["W"]
        self.seen.append((held.dtype.name, held.ravel().tolist()))
        held[0, 0] += 1
        return 0.5, {}


class Others(dict):
    """Parameters that are more than a dict: their arrays stay."""


@pytest.mark.parametrize(
    ("params", "name", "first"), [(dict, "float64", 0.1), (Others, "float32", float(np.float32(0.1)))]
)
def test_parameters_of_another_precision_take_the_place_of_a_dict_s(params, name, first):
    model, mine = Plain(params), np.array([[0.1, 2.0]])
    held = model.params["W"]
    subject = ModelSubject(model, X, None)
    assert subject.wide is model
    subject.forward({"W": mine, "#X": X, "#y": None})
    assert model.seen == [(name, [first, 2.0])]
    assert (model.params["W"] is held) is (params is Others)
    assert model.params["W"] is not mine
    assert mine.tolist() == ([[1.1, 2.0]] if params is dict else [[0.1, 2.0]])


def test_a_model_that_writes_into_read_only_parameters_is_stopped():
    model = Plain()
    with pytest.raises(ValueError, match="read-only"):
        ModelSubject(model, X, None).forward({"W": read_only(W), "#X": X, "#y": None})
    assert model.params["W"].flags.writeable is False
