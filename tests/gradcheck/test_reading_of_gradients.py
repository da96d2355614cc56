"""What a backward returned, read as one gradient per argument; and how arrays are found, copied and compared."""

import functools

import numpy as np
import pytest

from gradcheck.subject import gradients
from gradcheck.subject.adapters import LayerSubject, LossSubject, NetSubject, accepts_reg, like_gradient
from gradcheck.subject.functions import closure_of, defaults_of, tree_of, unpacked_from, unwrapped
from gradcheck.subject.gradients import MISSING, as_gradients, flatten, looks_constant, rebuild
from gradcheck.subject.randomness import Streams
from gradcheck.subject.subject import argument_names, as_outputs, function_label, numbered, positional, required

X, W, B = np.ones((5, 4)), np.ones((4, 3)), np.ones(3)
VALUES = {"x": X, "w": W, "b": B}


def names(raw, values=VALUES, wrt=None):
    """name -> which of the returned items it got, by its first number."""
    found = as_gradients(raw, values, wrt)
    return {k: v if v is None or v is MISSING else float(np.ravel(v)[0]) for k, v in found.items()}


def of(shape, number):
    return np.full(np.shape(shape), float(number))


def test_gradients_come_in_the_order_of_the_arguments():
    assert names((of(X, 1), of(W, 2), of(B, 3))) == {"x": 1, "w": 2, "b": 3}
    assert names([of(X, 1), None, of(B, 3)]) == {"x": 1, "w": None, "b": 3}
    assert names(of(X, 1), {"x": X}) == {"x": 1}
    assert names((of(X, 1), of(W, 2)), wrt=["w", "b"]) == {"w": 1, "b": 2}
    assert names((of(X, 1), (of(W, 2), of(B, 3)))) == {"x": 1, "w": 2, "b": 3}
    assert names((of(X, 1), {"w": of(W, 2), "b": of(B, 3)})) == {"x": 1, "w": 2, "b": 3}


def test_what_is_no_array_to_differentiate_may_have_an_entry_or_none():
    values = {"x": X, "y": np.arange(5), "w": W}
    assert names((of(X, 1), of(W, 2)), values) == {"x": 1, "w": 2}
    assert names((of(X, 1), None, of(W, 2)), values) == {"x": 1, "w": 2}
    assert names((of(X, 1), of(W, 2), 3.0), values, ["w"]) == {"w": 3}
    masked = {"x": X, "m": np.array([0.0, 1.0, 1.0]), "w": W}
    assert names((of(X, 1), of(W, 2)), masked) == {"x": 1, "m": MISSING, "w": 2}


def test_too_few_gradients_go_by_their_shapes():
    assert names((of(X, 1), of(B, 3))) == {"x": 1, "w": MISSING, "b": 3}
    assert names((of(W, 2), of(B, 3))) == {"x": MISSING, "w": 2, "b": 3}
    assert names((of(W, 2),)) == {"x": MISSING, "w": 2, "b": MISSING}
    assert names((None, of(B, 3))) == {"x": None, "w": MISSING, "b": 3}
    assert names((np.zeros(9), np.zeros(8))) == {"x": 0, "w": 0, "b": MISSING}


def test_a_list_of_numbers_is_one_gradient():
    assert names([1.0, 2.0, 3.0], {"b": B}) == {"b": 1}
    assert names([1.0, 2.0], {"a": np.ones(1), "b": np.ones(1)}) == {"a": 1, "b": 2}
    assert as_gradients([1.0, 2.0, 3.0], {"b": B}, None)["b"].shape == (3,)


def test_a_dict_of_gradients_goes_by_its_keys():
    for made in ("{}", "d{}", "d_{}", "grad_{}", "g_{}", "D{}", "dL_d{}", "dL{}", "grad{}", "∂{}", "{}_grad",
                 "{}_gradient", "{}.grad"):  # fmt: skip
        assert names({made.format("w"): of(W, 2), made.format("x"): of(X, 1)}) == {"x": 1, "w": 2, "b": MISSING}
    assert names({"dW1": of(W, 2)}, {"layer.W1": W}) == {"layer.W1": 2}
    assert names({"layer": {"W1": of(W, 2)}}, {"layer.W1": W}) == {"layer.W1": 2}
    assert names({"p": of(X, 1), "q": of(W, 2), "s": of(B, 3)}) == {"x": 1, "w": 2, "b": 3}
    assert names({"p": of(X, 1), "q": of(W, 2)}) == {"x": MISSING, "w": MISSING, "b": MISSING}
    assert names({"p": of(X, 1), "q": of(W, 2), "db": of(B, 3)}) == {"x": MISSING, "w": MISSING, "b": 3}
    assert names({"r": of(X, 1), "a": of(W, 2), "d": of(B, 3)}) == {"x": 1, "w": 2, "b": 3}, "no parts of grad_x"
    assert names({"r": of(W, 2)}, {"layer.W1": W}) == {"layer.W1": 2}, "nor of layer"
    assert names({"r": of(X, 1), "q": of(W, 2), "b_grad": of(B, 3)}) == {"x": MISSING, "w": MISSING, "b": 3}
    assert names({"layer": {"W2": of(W, 2)}}, {"layer.W1": W}) == {"layer.W1": MISSING}
    assert names([{"dx": of(X, 1)}]) == {"x": 1, "w": MISSING, "b": MISSING}


def test_entries_that_are_no_arrays():
    assert gradients.as_array(None) is None
    assert gradients.as_array(MISSING) is MISSING
    assert gradients.as_array(2).tolist() == 2
    assert gradients.as_array("text") is None
    assert gradients.as_array([[1], [1, 2]]) is None
    assert repr(MISSING) == "MISSING"
    assert not MISSING
    with pytest.raises(TypeError, match=r"a gradient is a MaskedArray; expected a plain array"):
        gradients.as_array(np.ma.masked_array([1.0]))


@pytest.mark.parametrize(
    ("value", "is_one"),
    [([0.0, 1.0, 0.0], True), ([0.0, 2.0, 2.0], True), ([1.0, 2.0, 1.0], False), ([0.0, 0.0, 0.0], False),
     ([0.0, 1.0, 2.0], False), ([0.0, 1.0], False)],
)  # fmt: skip
def test_nobody_differentiates_a_mask(value, is_one):
    assert looks_constant(np.array(value)) is is_one
    assert looks_constant(value) is False


def test_nested_parameters_become_flat_and_nested_again():
    tree = {"a": [1, {"b": 2}], 3: (4, 5)}
    flat = flatten(tree)
    assert flat == {"a.0": 1, "a.1.b": 2, "3.0": 4, "3.1": 5}
    assert rebuild(tree, {k: -v for k, v in flat.items()}) == {"a": [-1, {"b": -2}], 3: (-4, -5)}
    assert flatten(7, "x") == {"x": 7}


def outs_and_cache(backward, result):
    outs, cache = LayerSubject(lambda *a: result, backward, ("x",), None).forward({"x": X})
    return [float(np.ravel(o)[0]) for o in outs], cache


def test_outputs_and_cache_of_a_forward():
    one, two, three = of(B, 1), of(B, 2), of(B, 3)
    two_args, three_args = (lambda dout, cache: 0), (lambda dh, dc, cache: 0)
    assert outs_and_cache(two_args, (one, "cache")) == ([1], "cache")
    assert outs_and_cache(two_args, one) == ([1], None)
    assert outs_and_cache(two_args, (one,)) == ([1], None)
    assert outs_and_cache(three_args, (one, two, "cache")) == ([1, 2], "cache")
    assert outs_and_cache(two_args, (one, two, three)) == ([1], (two, three))
    assert outs_and_cache(lambda dh, dc: 0, (one, two)) == ([1, 2], None)
    assert outs_and_cache(lambda dh, dc: 0, (one, "cache")) == ([1], "cache")
    assert outs_and_cache(lambda dh: 0, (one, two, "cache")) == ([1, 2], "cache")
    assert outs_and_cache(lambda *a: 0, (one, two, "cache")) == ([1, 2], "cache")


def handed(backward, result=(B, "cache"), outs=1, values=VALUES):
    subject = LayerSubject(lambda *a: result, backward, tuple(values), None)
    _, cache = subject.forward(values)
    return subject.backward([f"dout{k}" for k in range(outs)], cache, values)


def test_a_backward_is_called_as_its_parameters_ask():
    assert handed(lambda dout, cache: (dout, cache)) == ("dout0", "cache")
    assert handed(lambda cache, dout: (cache, dout)) == ("cache", "dout0")
    assert handed(lambda ctx, dout: (ctx, dout)) == ("dout0", "cache")
    assert handed(lambda douts, cache: (douts, cache), outs=2) == (("dout0", "dout1"), "cache")
    assert handed(lambda a, b, cache: (a, b, cache), outs=2) == ("dout0", "dout1", "cache")
    assert handed(lambda dout: dout, B) == "dout0"
    assert handed(lambda dout=None: dout, B) == "dout0"
    assert handed(lambda w, dout, x: (w, dout, x), B) == (W, "dout0", X)
    assert handed(lambda q, r, s, t: (q, r, s, t), B) == ("dout0", X, W, B)
    assert handed(None, (B, lambda dout: (dout, "closure"))) == ("dout0", "closure")
    assert [like_gradient(n) for n in ("dout", "grad", "data", "dim", "dims", "dtype", "x")] == [
        True, True, False, False, False, False, False
    ]  # fmt: skip


def loss(result, values=None, wrt=None):
    values = values or {"x": B, "w": W, "y": np.arange(3)}
    subject = LossSubject(lambda *a: result, tuple(values), wrt)
    (out,), cache = subject.forward(values)
    found = subject.gradients(cache, values)
    return float(out), {k: v if v is MISSING else float(np.ravel(v)[0]) for k, v in found.items()}


def test_a_loss_comes_with_its_gradients():
    assert loss((0.5, of(B, 1))) == (0.5, {"x": 1})
    assert loss((of(B, 1), 0.5)) == (0.5, {"x": 1})
    assert loss((0.5, of(B, 1), of(W, 2))) == (0.5, {"x": 1, "w": 2})
    assert loss((0.5, (of(B, 1), of(W, 2)))) == (0.5, {"x": 1, "w": 2})
    assert loss((0.5, {"dw": of(W, 2), "dx": of(B, 1)})) == (0.5, {"x": 1, "w": 2})
    assert loss((0.5, of(B, 1), np.array(3.0))) == (0.5, {"x": 1}), "a number is no gradient of an array"
    assert loss((0.5, of(B, 1), np.arange(3))) == (0.5, {"x": 1}), "nor are whole numbers"
    assert loss((0.5, of(B, 1), np.array(3.0)), {"x": B, "s": np.array(1.0)}) == (0.5, {"x": 1, "s": 3})
    assert loss((0.5, of(W, 2)), wrt=["w"]) == (0.5, {"w": 2})
    assert loss(0.5) == (0.5, {"x": MISSING})
    assert loss((0.5,)) == (0.5, {"x": MISSING})
    values = {"x": B, "w": W}
    assert LossSubject(lambda x, w: (0.5, x), ("x", "w"), None).targets(values) == ["x"]
    assert LossSubject(lambda x, w: (0.5, x, w), ("x", "w"), None).targets(values) == ["x", "w"]
    assert LossSubject(lambda x, w: (0.5, w), ("x", "w"), ["w"]).targets(values) == ["w"]


def net(result, params=None):
    subject = NetSubject(lambda *a: result, params or {"W": W, "b": B}, (X,), None, False)
    values = {**flatten(subject.tree), "#X": X}
    (out,), cache = subject.forward(values)
    return float(out), {k: float(np.ravel(v)[0]) for k, v in subject.gradients(cache, values).items()}


def test_a_net_comes_with_the_gradients_of_its_parameters():
    grads = {"W": of(W, 2), "b": of(B, 3)}
    assert net((0.5, grads)) == net((grads, 0.5)) == (0.5, {"W": 2, "b": 3})
    assert net((0.5, X, grads)) == (0.5, {"W": 2, "b": 3})
    assert net((0.5, [of(W, 2), of(B, 3)])) == (0.5, {"W": 2, "b": 3})
    assert net((0.5, [of(W, 2), [of(B, 3)]]), [W, [B]]) == (0.5, {"0": 2, "1.0": 3})
    assert accepts_reg(lambda p, X, y, reg: 0, 2)
    assert not accepts_reg(lambda p, X, y: 0, 2)


class Thing:
    def __init__(self):
        self.w = W


def test_names_of_functions_and_arguments():
    def made(x, y=1, *, z=2):
        return x

    assert positional(made) == ["x", "y"]
    assert required(made) == 1
    assert positional(lambda *a: 0) is None
    assert required(lambda *a: 0) is None
    assert positional(3) is None
    assert argument_names(made, (X, W, B), None) == ("x", "y", "b")
    assert argument_names(lambda *a: 0, (X, W, B, X), None) == ("x", "w", "b", "arg3")
    assert argument_names(lambda w: 0, (X, W), None) == ("w", "arg1")
    assert argument_names(made, (X, 3, W), ["p", "q"]) == ("p", "arg1", "q")
    assert argument_names(made, (X, 3), ["p", "q"]) == ("p", "q")
    with pytest.raises(ValueError, match="expected one name for each of the 2 arguments"):
        argument_names(made, (X, W), ["p"])
    with pytest.raises(ValueError, match="expected one name for each"):
        argument_names(made, (X,), "p")
    with pytest.raises(ValueError, match="expected distinct names"):
        argument_names(made, (X, W), ["p", "p"])
    assert numbered(("a", "b"), 1) == ("a",)
    assert numbered(("a",), 3) == ("a", "arg1", "arg2")
    assert function_label(functools.partial(made)) == "made"
    made.__name__ = "relu_forward"
    assert function_label(made) == "relu"
    assert function_label(Thing()) == "Thing"
    assert [len(as_outputs(r)) for r in (X, (X, W), [X, W], [1.0, 2.0], (1.0, 2.0), 3)] == [1, 2, 2, 1, 2, 1]


def test_looking_into_functions():
    a, late = 1, None

    def outer():
        def inner(x, y=2, z=3):
            return a, unset

        if late:
            unset = 1
        return inner

    assert closure_of(outer()) == {"a": 1}
    assert defaults_of(outer()) == {"y": 2, "z": 3}
    assert defaults_of(lambda x: x) == {}
    assert unwrapped(functools.partial(functools.partial(loss, 1), 2)) is loss
    assert unwrapped(Thing().__init__) is Thing.__init__
    assert tree_of(3).body == []
    tree = tree_of(handed)
    assert unpacked_from(tree, lambda text: text == "subject.forward(values)") == ["_", "cache"]
    assert unpacked_from(tree, lambda text: text.startswith("LayerSubject")) == []
    assert unpacked_from(tree, lambda text: text.startswith("LayerSubject"), alone=True) == ["subject"]


def test_streams_are_rewound_and_restored():
    rng = np.random.default_rng(0)

    def draws():
        return rng.random()

    def draws_by_default(x, other=np.random.RandomState(3)):  # noqa: B008
        return other.random()

    streams = Streams(draws, draws_by_default)
    first = draws(), draws_by_default(0)
    assert streams.moved()
    assert not streams.moved_global()
    streams.rewind()
    assert not streams.moved()
    assert (draws(), draws_by_default(0)) == first
    streams.mark()
    assert not streams.moved()
    draws()
    streams.live = False
    streams.rewind()
    assert streams.moved()
    streams.restore()
    assert (draws(), draws_by_default(0)) == first
    streams.restore()
    np.random.random()  # noqa: NPY002
    assert streams.moved_global()
    streams.restore()
    assert not Streams(len).moved()
