"""Constructors that are asked again, objects within objects, and what a method returns: where a rule ends."""

import copy

import numpy as np
import pytest

import gradcheck
from gradcheck.classes.construct import construct, with_object
from gradcheck.classes.names import short_names
from gradcheck.classes.returned import by_path, returned_names
from gradcheck.classes.state import Copier, Kept, at, by_identity, every_path, parts, words
from gradcheck.classes.undrawn import UndrawnError

RNG = np.random.default_rng


class Refuses:
    """Keeps what it is given, and takes none of it."""

    given = ()

    def __init__(self, W, b, input_shape, units=50):
        Refuses.given += ((np.shape(W), np.shape(b), input_shape, units),)
        raise ValueError(f"not the {len(Refuses.given)}th")


class RefusesConv(Refuses):
    pass


@pytest.mark.parametrize(
    ("cls", "asked"),
    [
        (Refuses, [((6, 3), (3,), (6,), 3), ((3, 6), (3,), (2, 4, 4), 50), ((6, 3), (3, 1), (4, 4), 50)]),
        (RefusesConv, [((4, 2, 3, 3), (4,), (2, 4, 4), 3), ((3, 3, 2, 4), (4,), (4, 4, 2), 50),
                       ((4, 2, 3, 3), (4, 1), (4, 4), 50)]),
    ],
)  # fmt: skip
def test_a_constructor_is_asked_three_times_and_the_first_error_is_told(cls, asked):
    Refuses.given = ()
    with pytest.raises(UndrawnError, match="not the 1th"):
        construct(cls, RNG(0))
    assert list(Refuses.given) == asked


def test_defaults_that_no_rule_replaces_stay():
    class Layer:
        def __init__(self, path=None, input_dim=7, input_shape=(3,), hidden_dim=25.5, rng=3, generator=None, seed=5,
                     weight_scale=1, std=0.2, units=True):  # fmt: skip
            self.got = dict(locals())

    got = construct(Layer, RNG(0)).got
    kept = {"path": None, "input_dim": 7, "input_shape": (3,), "hidden_dim": 25.5, "rng": 3, "weight_scale": 1}
    assert {name: got[name] for name in kept} == kept
    assert (got["seed"], got["std"], got["units"]) == (0, 0.2, True)
    assert isinstance(got["generator"], np.random.Generator)


def test_annotations_and_small_names_say_what_is_drawn():
    class Layer:
        def __init__(self, w, u, flip: bool, use_it, rate: float, optimizer, generator, layer_sizes: float):
            self.got = dict(locals())

    got = construct(Layer, RNG(0)).got
    assert (got["w"].shape, got["u"].shape) == ((6, 3), (6, 4))
    assert 0.3 < np.std(got["w"]) < 0.8
    assert (got["flip"], got["use_it"], got["rate"], got["layer_sizes"]) == (False, False, 0.5, [6, 4, 3])
    assert got["optimizer"].update(5, 2) == 3


def test_weights_are_drawn_of_a_middle_size():
    class Affine:
        def __init__(self, W):
            self.W = W

    assert 0.3 < np.std(construct(Affine, RNG(0)).W) < 0.7
    assert np.array_equal(with_object(Affine, ())[0].W, construct(Affine, RNG(0)).W), "the same whenever it is asked"


class Slope:
    """A size by its name, k, and a factor by its annotation."""

    def __init__(self, k: float):
        self.k = k

    def forward(self, x):
        return self.k * x

    def backward(self, dout):
        return self.k * dout


def test_a_size_that_is_no_whole_number_cannot_be_drawn():
    with pytest.raises(UndrawnError, match="Slope needs k, which cannot be drawn"):
        gradcheck.instance(Slope)


def test_a_class_of_a_builtin_needs_nothing():
    class Stack(dict):
        pass

    assert construct(Stack, RNG(0)) == {}


def test_weights_are_made_once():
    class Late:
        def __init__(self):
            self.rate, self.cache, self.on, self.made = 0.5, [], True, 0

        def build(self, units):
            self.made += 1
            self.W = np.ones(units)

    class Early:
        """Its weights, of two shapes, are made by a method that its constructor calls."""

        def __init__(self):
            self.loss, self.made = np.array(0.5), 0
            self.init_params()

        def init_params(self):
            self.made += 1
            self.W = [np.ones((6, 4)), np.ones((4, 3))]

    class Named(Late):
        def __init__(self):
            self.params, self.made = {"W": np.ones(3)}, 0

    assert construct(Late, RNG(0)).W.shape == (3,)
    assert [construct(cls, RNG(0)).made for cls in (Late, Early, Named)] == [1, 1, 0]


def nested(value, depth):
    for _ in range(depth):
        value = [value]
    return value


class Bare:
    pass


def test_arrays_are_found_seven_levels_deep_and_none_twice():
    thing = Bare()
    thing.W = np.ones(3)
    thing.me, thing.module, thing.cls, thing.call, thing.word = thing, np, Refuses, construct, "word"
    assert set(every_path(thing)) == {"W"}
    assert set(every_path(nested(np.ones(2), 7))) == {".".join("0" * 7)}
    assert every_path(nested(np.ones(2), 8)) == {}
    ragged = np.empty(2, object)
    ragged[:] = [np.ones(1), np.ones(2)]
    thing.rows, thing.text, thing.flags = ragged, np.array(["a"]), np.array([True])
    assert set(every_path(thing)) == {"W", "rows.0", "rows.1", "flags"}
    assert at({"p": {1: 2, "1": 3}}, "p.1") == 2


def test_an_array_is_called_by_its_shortest_path():
    a = np.ones(2)
    ((array, paths),) = by_identity({"layers.0.weight": a, "net.W": a, "net.Wh": a, "count": np.arange(3), "n": 3})
    assert array is a
    assert paths == ["net.W", "net.Wh", "layers.0.weight"]


def test_what_cannot_be_copied_is_shared_wherever_it_is():
    thing = Bare()
    thing.W, thing.me, thing.deep = np.ones(2), thing, nested(np, 12)
    copied = Copier(thing).copy(thing)
    assert copied.me is copied is not thing
    assert copied.W is not thing.W
    assert copied.deep == nested(np, 12)


def test_copies_of_what_is_kept_share_what_was_shared():
    thing = Bare()
    thing.x = np.ones(2)
    kept = copy.deepcopy(Kept(thing, (thing.x, 3), [thing.x], frozenset()))
    assert kept.thing.x is not thing.x
    assert kept["self.x"] is kept.thing.x is kept.returned[0] is kept.outs[0] is kept["cache"][0]


def test_objects_are_made_of_objects_of_three_levels():
    first, second, third, fourth = (Bare() for _ in range(4))
    first.layers, second.inner, third.inner = [second], third, fourth
    assert parts(first) == [first, second, third]
    assert parts([np.ones(2), Refuses, 3]) == []


def test_twelve_words_and_no_number_of_a_dict():
    thing = Bare()
    thing.params, thing.dW = {"W": np.ones(2), "lr": 0.5, 2: np.ones(1)}, np.ones(2)
    vars(thing).update({f"x{k}": float(k) for k in range(20)})
    assert words(thing) == ["self.params['W']", *[f"self.x{k}" for k in range(11)]]


class Returns:
    def early(self, x):
        if x:
            return self.first
        self.dW = x
        return  # noqa: RET502

    def nested(self, grads):
        return grads["a"]["W"], grads[self], (grads, 2)


def test_names_of_what_is_returned():
    assert returned_names(Returns.early) == ["first"]
    assert returned_names(Returns.nested) == ["grads.a.W", "", ""]
    assert by_path((), []) == {}
    a = np.zeros(1)
    assert by_path({"dW": [a, (a,)]}, ["grads"]) == {"grads.dW.0": a, "grads.dW.1.0": a}
    assert by_path([3.0, a], ["", ""]) == {"#0": 3.0, "#1": a}


def test_a_holder_is_no_name_where_another_is():
    assert short_names(["W.data", "data", "b.value.data"]) == {"W.data": "W", "data": "data", "b.value.data": "b"}
