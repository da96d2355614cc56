"""How an object of a class is made, and how the arguments of its methods are drawn."""

import numpy as np
import pytest
from made_classes import made

from gradcheck.classes import construct, draw
from gradcheck.classes.draw import Recipe
from gradcheck.classes.forms import Form
from gradcheck.classes.undrawn import UndrawnError

RNG = np.random.default_rng


def test_constructors_get_what_their_parameters_ask_for():
    class Layer:
        def __init__(self, W, b, in_features, rate, is_last, seed=None, reg=0.0, hidden_dim=100, width=20, std=0.01):
            self.got = dict(locals())

    got = construct.construct(Layer, RNG(0)).got
    assert (got["W"].shape, got["b"].shape) == ((6, 3), (3,))
    assert (got["in_features"], got["rate"], got["is_last"], got["seed"], got["reg"]) == (6, 0.5, False, 0, 0.1)
    assert (got["hidden_dim"], got["width"], got["std"]) == (4, 20, 0.5)


def test_defaults_that_hide_or_are_too_large_are_replaced():
    class Layer:
        def __init__(self, rng=None, input_shape=None, input_dim=None, momentum=0.9, bias=True, units=21, nodes=20,
                     weight_scale=0.1, weight_init_std=0.09):  # fmt: skip
            self.got = dict(locals())

    got = construct.construct(Layer, RNG(0)).got
    assert got["rng"].random() == RNG(0).random()
    assert (got["input_shape"], got["input_dim"], got["momentum"], got["bias"]) == ((6,), 6, 0.9, True)
    assert (got["units"], got["nodes"], got["weight_scale"], got["weight_init_std"]) == (3, 20, 0.1, 0.5)


def test_a_constructor_that_refuses_is_asked_again():
    class Columns:
        def __init__(self, W, b):
            if W.shape != (3, 6):
                raise ValueError(W.shape)
            self.W, self.b = W, b

    class ColumnBias:
        def __init__(self, b):
            if b.ndim != 2:
                raise ValueError(b.shape)
            self.b = b

    class Never:
        def __init__(self, W):
            raise ValueError("not with me")

    class Needs:
        def __init__(self, path, W, file):
            pass

    assert construct.construct(Columns, RNG(0)).W.shape == (3, 6)
    assert construct.construct(ColumnBias, RNG(0)).b.shape == (3, 1)
    with pytest.raises(UndrawnError, match=r"Never\(W\) cannot be made of drawn arguments: not with me"):
        construct.construct(Never, RNG(0))
    with pytest.raises(
        UndrawnError, match=r"Needs needs path, file, which cannot be drawn: write in that file"
    ) as told:
        construct.construct(Needs, RNG(0))
    assert told.value.line == "def Needs_inputs(rng, n): return Needs(path, W, file), x"


def test_layers_that_wait_for_a_call_get_it():
    class Late:
        def initialize(self, optimizer, input_shape, units):
            self.W, self.got = np.ones(3), (optimizer.update(5, 2), optimizer.lr, input_shape, units)

        def build(self):
            raise AssertionError("it has its weights")

    assert construct.construct(Late, RNG(0)).got == (3, 1.0, (6,), 3)

    class Unknown:
        def build(self, path):
            raise AssertionError("nobody knows the path")

    construct.construct(Unknown, RNG(0))


def test_an_activation_and_its_derivative_are_given_together():
    class Layer:
        def __init__(self, act, act_prime, beta, input_shape):
            self.got = act, act_prime, beta, input_shape

    act, prime, beta, shape = construct.construct(Layer, RNG(0)).got
    assert act(0.5) == np.tanh(0.5)
    assert prime(0.5) == pytest.approx(1 - np.tanh(0.5) ** 2)
    assert (beta, shape) == (0.3, (6,))

    class ConvLayer:
        def __init__(self, input_shape):
            self.got = input_shape

    assert construct.construct(ConvLayer, RNG(0)).got == (2, 4, 4)


def test_inputs_may_leave_the_object_out():
    thing = Unpacks()
    assert construct.with_object(Unpacks, (thing, 1, 2)) == (thing, (1, 2))
    assert construct.with_object(Unpacks, (1, 2), thing) == (thing, (1, 2))
    made_anew, arguments = construct.with_object(Unpacks, (), 3)
    assert isinstance(made_anew, Unpacks)
    assert arguments == ()


def drawn(recipe, n=5):
    return recipe.draw(RNG(0), n)


def test_recipes_are_drawn_as_they_are_called():
    assert drawn(Recipe("normal", ("n", 4, 2))).shape == (5, 4, 2)
    assert drawn(Recipe("fixed", value=0.3)) == 0.3
    assert set(drawn(Recipe("labels", ("n",), classes=4), 200).tolist()) == {0, 1, 2, 3}
    assert set(drawn(Recipe("words", ("n", 3)), 200).ravel().tolist()) == {0, 1, 2}
    assert np.array_equal(np.sort(drawn(Recipe("hot", ("n", 3)))), np.tile([0.0, 0.0, 1.0], (5, 1)))
    columns = drawn(Recipe("hot", (3, "n")))
    assert columns.shape == (3, 5)
    assert np.array_equal(columns.sum(axis=0), np.ones(5))
    assert np.array_equal(drawn(Recipe("hot", (3, 1))), [[1.0], [0.0], [0.0]])
    assert drawn(Recipe("hot", (3,)), 1).shape == (3,)
    assert set(drawn(Recipe("binary", ("n",)), 99).tolist()) == {0.0, 1.0}
    positive = drawn(Recipe("positive", ("n",)), 999)
    assert 0.1 <= positive.min() < 0.15
    assert 0.85 < positive.max() < 0.9
    assert 0.6 < drawn(Recipe("mask", ("n",)), 999).mean() < 0.8


def test_parameters_are_drawn_as_large_as_they_were():
    assert abs(np.mean(draw.spread(np.ones(2000), RNG(0))) - 1) < 0.03
    assert 0.25 < np.std(draw.spread(np.ones(2000), RNG(0))) < 0.35
    assert draw.spread(np.ones(3), RNG(0)).tolist() == (1 + 0.3 * RNG(0).standard_normal(3)).tolist()
    for size, expected in ((0.0, 0.4), (0.1, 0.4), (1.0, 1.0), (9.0, 1.5)):
        array = size * RNG(1).standard_normal(4000)
        assert np.std(draw.spread(array, RNG(0))) == pytest.approx(expected, rel=0.05)
    assert draw.spread(np.ones(3, np.float32) * 2, RNG(0)).dtype == np.float32
    assert np.abs(draw.spread(np.array([7.0]), RNG(0))[0]) == pytest.approx(0.4 * abs(RNG(0).standard_normal()))


def test_the_names_of_what_is_drawn():
    def names(of, **heads):
        return draw.arguments_of(of, made(**heads))

    layer, loss = Form("layer", "forward", "backward"), Form("loss", "forward", "backward")
    assert names(layer, forward="x, h", backward="dout") == ["x", "h"]
    assert names(layer, forward="x=None", backward="dout") == ["x"]
    assert names(loss, forward="x, y=None, t=None", backward="dout") == ["x", "y"]
    assert names(loss, forward="x, t", backward="dout") == ["x", "t"]
    assert names(layer, forward="x, reg=0.0", backward="dout, lam=0.5") == ["x", "reg", "lam"]
    net = Form("net", "forward", "backward", "cost")
    assert names(net, forward="x", backward="x, y", cost="out, y") == ["x", "y"]
    assert names(net, forward="x", backward="x", cost="out") == ["x", "y"]


def test_shapes_come_from_the_weights():
    class Dense:
        def __init__(self):
            self.W, self.b = np.ones((4, 3)), np.ones(7)

        def forward(self, x):
            return x

    def shapes(thing, title="", amount=99):
        given = Form("layer", "forward", "backward", title=title)
        arrays = [v for v in vars(thing).values() if isinstance(v, np.ndarray)]
        found = draw._shapes(thing, given, arrays, [a for a in arrays if a.ndim == 2])
        return [(r.what, r.shape) for r in found][:amount]

    n, plain = "n", "normal"
    assert shapes(Dense()) == [
        *[(plain, s) for s in ((n, 4), (n, 3), (3, n), (4, n), (3, 1), (1, 4), (3,), (4,), (n, 5), (n, 3), (n, 7))],
        (plain, (n, 6)), (plain, (6,)), (plain, (n, 3, 6)),
        *[(plain, s) for s in ((n, 2, 4, 4), (n, 3, 4, 4), (n, 1, 4, 4), (n, 4, 4, 2))], ("words", (n,)),
    ]  # fmt: skip
    assert shapes(Dense(), "Embedding", 2) == [("words", (n,)), ("words", (n, 3))]
    assert shapes(Dense(), "RNN", 3) == [(plain, (n, 3, 4)), (plain, (n, 4)), ("words", (n, 3))]
    assert shapes(Dense(), "MaxPool", 1) == [(plain, (n, 2, 4, 4))]
    conv = Dense()
    conv.W = np.ones((5, 2, 3, 3))
    assert shapes(conv, "", 3) == [(plain, (n, 2, 4, 4)), (plain, (n, 4, 4, 3)), (plain, (2, 4, 4))]


class Unpacks:
    def forward(self, x):
        N, T, D = x.shape
        return N, T, D

    def steps(self, x):
        return x[:, t]  # noqa: F821

    def plain(self, x):
        return x


def test_the_forward_s_own_words_say_how_many_axes_it_takes():
    thing = Unpacks()
    assert [draw._axes(thing, Form("layer", name)) for name in ("forward", "steps", "plain")] == [3, 3, 0]


def others(names, lead, kind="layer", matrices=(), title=""):
    given = Form(kind, "forward", "backward", title=title)
    return [
        {k: (r.what, r.shape if r.what != "fixed" else r.value) for k, r in found.items()}
        for found in draw._with_lead(lead, names, [np.ones(s) for s in matrices], given)
    ]


def test_other_arguments_beside_the_leading_one():
    lead = Recipe("normal", ("n", 6))
    assert others(["x", "h_prev", "mask", "lr", "a", "z"], lead, matrices=[(6, 4), (5, 4)]) == [{
        "x": ("normal", ("n", 6)), "h_prev": ("normal", ("n", 5)), "mask": ("mask", ("n", 6)), "lr": ("fixed", 0.1),
        "a": ("normal", ("n", 6)), "z": ("normal", ("n", 6)),
    }]  # fmt: skip
    (states,) = others(["x", "h"], Recipe("normal", (6,)), matrices=[(6, 4)])
    assert states["h"] == ("normal", (4,))


def test_labels_beside_the_leading_argument():
    lead = Recipe("normal", ("n", 6))
    assert [r["y"] for r in others(["x", "y"], lead, "net", [(6, 3)])] == [
        ("hot", ("n", 3)), ("labels", ("n",)), ("hot", ("n", 6)), ("labels", ("n",))
    ]  # fmt: skip
    assert [r["y"] for r in others(["x", "y"], lead, "net", [(6, 1)])][:2] == [("binary", ("n", 1)), ("binary", ("n",))]
    columns = Recipe("normal", (6, "n"))
    assert [r["y"] for r in others(["x", "y"], columns, "net", [(3, 6)])] == [
        ("hot", (3, "n")), ("labels", ("n",)), ("hot", (6, "n")), ("labels", ("n",))
    ]  # fmt: skip
    assert others(["x", "y"], Recipe("normal", (6, 1)), "net", [(3, 6)])[0]["y"] == ("hot", (3, 1))
    assert others(["x", "y"], Recipe("normal", (6,)), "net", [(6, 3)])[0]["y"] == ("hot", (3,))
    words = others(["x", "y"], Recipe("words", ("n", 3)), "net", [(6, 3)])
    assert words[-1]["y"] == ("labels", ("n", 3))
    plain = others(["x", "y"], lead, "loss")
    assert [(r["x"][0], r["y"][0]) for r in plain] == [
        (first, second) for first in ("normal", "positive") for second in ("hot", "labels", "positive", "binary")
    ]  # fmt: skip
    assert others(["p_hat", "y"], lead, "loss")[0]["p_hat"][0] == "positive"
    assert others(["x", "y"], lead, "loss", title="CrossEntropy")[0]["x"][0] == "positive"
    assert list(others(["y", "x"], lead, "loss")[0]) == ["y", "x"]
