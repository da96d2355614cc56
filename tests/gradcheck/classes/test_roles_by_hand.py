"""Which arrays of an object are parameters, and where each gradient is read: the first place that a rule allows."""

import types

import numpy as np
import pytest

from gradcheck.classes.roles import Place, Roles, read, roles_of
from gradcheck.subject.gradients import MISSING


def array(*shape):
    return np.ones(shape)


def thing(**held):
    return types.SimpleNamespace(**held)


def roles(before, after, returned=None, names=(), unpacked=(), inputs=None, matters=None, updates=False, loss=False):
    inputs = {"x": array(5, 2)} if inputs is None else inputs
    matters = matters or (lambda one: True)
    return roles_of(unpacked, before, after, returned, names, inputs, matters, updates, loss)


def places(*asked, **named):
    return {name: (one.how, one.path) for name, one in roles(*asked, **named).places.items()}


def test_weights_and_their_gradients_go_by_name():
    before = thing(W=array(2, 3), b=array(3), K=array(4))
    found = roles(before, thing(dW=array(2, 3), db=array(3)), array(5, 2), ["dx"])
    assert found.parameters == {"W": before.W, "b": before.b}
    assert found.paths == {"W": "W", "b": "b"}
    assert found.places == {"W": Place("kept", "dW"), "b": Place("kept", "db"), "x": Place("returned", "dx")}
    assert found.buffers() == {"dW", "db"}
    assert found.told == []


def test_an_array_on_which_nothing_depends_is_no_parameter():
    before = thing(W=array(2, 3), b=array(3))
    after = thing(dW=array(2, 3), db=array(3))
    assert set(roles(before, after, matters=lambda one: one is not before.b).parameters) == {"W"}
    assert set(roles(before, after, matters=lambda one: False).parameters) == set()


def test_gradients_and_other_arrays_are_no_parameters():
    before = thing(W=array(3), dW=array(3), grads={"W": array(3)}, norm={"d": {"gamma": array(3)}}, mask=array(3))
    assert roles(before, thing(dW=array(3))).paths == {"W": "W", "gamma": "norm.d.gamma"}


@pytest.mark.parametrize(
    ("kept", "returned", "names", "expected"),
    [
        ({"dW": array(2, 3)}, {"dW": array(2, 3)}, [""], ("returned", "dW")),
        ({"dW": array(2, 3)}, {"W": array(3, 2)}, ["grads"], ("returned", "grads.W")),
        ({"dW": array(3, 2)}, None, [], ("kept", "dW")),
        ({"grads": {"W": array(2, 3)}}, None, [], ("kept", "grads.W")),
        ({"other": array(2, 3)}, None, [], None),
    ],
)
def test_what_is_returned_comes_first_and_a_name_before_a_shape(kept, returned, names, expected):
    assert places(thing(W=array(2, 3)), thing(**kept), returned, names, inputs={}).get("W") == expected


def test_a_parameter_is_not_its_own_gradient():
    before = thing(W=array(2, 3))
    returned = {"dW": before.W, "grad_W": array(2, 3)}
    assert places(before, thing(), returned, [""], inputs={}) == {"W": ("returned", "grad_W")}
    assert places(before, thing(dW=array(2, 3)), {"dW": before.W}, [""], inputs={}) == {"W": ("kept", "dW")}
    before.grads, before.b = {"W": before.W}, array(3)
    found = roles(before, thing(grads={"W": array(3, 2)}))
    assert found.places == {}
    assert found.told == [
        "no gradient of W is kept or returned: it is taken as a constant",
        "no gradient of b is kept or returned: it is taken as a constant",
        "backward returns nothing for x: that gradient is not checked",
    ]
    assert found.parameters == {}


def test_entries_of_lists_go_by_number_where_the_shapes_fit():
    before = thing(params=[array(2, 3), array(3)])
    right, wrong = [array(2, 3), array(3)], [array(3, 2), array(3)]
    both = {"params.0": ("returned", "grads.0"), "params.1": ("returned", "grads.1")}
    assert places(before, thing(), right, ["grads"], inputs={}) == both
    found = roles(before, thing(), wrong, ["grads"], inputs={})
    assert found.places == {"params.1": Place("returned", "grads.1")}
    assert set(found.parameters) == {"params.0", "params.1"}, "a gradient is missing, and it is no constant"
    assert places(before, thing(grads=wrong), inputs={}) == {
        "params.0": ("kept", "grads.0"), "params.1": ("kept", "grads.1")
    }  # fmt: skip
    assert roles(before, thing(), right, ["grads"], ["V", "c"], inputs={}).paths == {"V": "params.0", "c": "params.1"}


def test_a_path_of_words_names_an_array_before_one_of_numbers():
    one = array(2, 3)
    found = roles(thing(params=[one], net={"weights": one}), thing(dweights=array(2, 3)), inputs={})
    assert found.paths == {"weights": "net.weights"}
    assert found.places == {"weights": Place("kept", "dweights")}


def test_a_name_that_an_input_has_is_the_object_s_own():
    found = roles(thing(W=array(3)), thing(dW=array(3)), inputs={"W": array(5, 2)})
    assert set(found.parameters) == {"self.W"}


def test_a_step_is_a_gradient_where_the_backward_updates():
    before, after = thing(W=array(3), params={"b": array(2)}), thing(W=2 * array(3), params={"b": array(2)})
    assert places(before, after, updates=True, inputs={}) == {"W": ("update", "W")}
    assert places(before, after, updates=False, inputs={}) == {}
    assert places(before, thing(W=2 * array(3), dW=array(3)), updates=True, inputs={}) == {"W": ("kept", "dW")}


def test_what_has_no_name_goes_by_its_shape_where_that_is_the_only_one():
    one, two = thing(W=array(2, 3)), thing(W=array(2, 3), b=array(2, 3))
    assert places(one, thing(dW=array(2, 3)), inputs={})["W"] == ("kept", "dW")
    named = thing(W=array(2, 3), b=array(3))
    kept = {"db": array(3)}
    by_shape = [
        ({**kept, "dQ": array(2, 3)}, None, ("kept", "dQ")),
        ({**kept, "cache": array(2, 3)}, None, None),
        ({**kept, "dQ": array(2, 3), "dR": array(2, 3)}, None, None),
        ({**kept, "dQ": array(3, 2)}, None, None),
        (kept, {"q": array(2, 3)}, ("returned", "q")),
        ({**kept, "dR": array(2, 3)}, {"q": array(2, 3)}, ("returned", "q")),
        (kept, {"q": array(2, 3), "r": array(2, 3)}, None),
        (kept, {"q": named.W}, None),
    ]
    for held, returned, expected in by_shape:
        assert places(named, thing(**held), returned, [""], inputs={}).get("W") == expected
    assert places(two, thing(), {"q": array(2, 3)}, [""], inputs={}) == {}, "of which of the two?"
    assert places(two, thing(db=array(2, 3)), None, [], inputs={}) == {"b": ("kept", "db")}, "it is taken"


def given(inputs, returned, names, after=None, loss=False):
    found = roles(thing(W=array(2, 3)), after or thing(dW=array(2, 3)), returned, names, inputs=inputs, loss=loss)
    return {name: (one.how, one.path) for name, one in found.places.items() if name in inputs}, found.told


def test_gradients_of_inputs_go_by_name_then_by_their_order():
    x, z, g = array(2, 3), array(2, 3), array(2, 3)
    assert given({"x": x}, (g, array(2, 3)), ["dW", "h"])[0] == {"x": ("returned", "h")}
    assert given({"x": x, "z": z}, (g, g), ["dz", "q"])[0] == {"x": ("returned", "q"), "z": ("returned", "dz")}
    assert given({"x": x, "z": z}, (g, g), ["p", "q"])[0] == {"x": ("returned", "p"), "z": ("returned", "q")}
    assert given({"x": x, "z": z}, (array(3), g), ["dz", "q"])[0] == {"x": ("returned", "dz"), "z": ("returned", "q")}
    assert given({"x": x, "z": z}, (0.5, g), ["loss", "q"])[0] == {"x": ("returned", "q")}
    assert given({"x": x, "n": 3, "none": array(0)}, (g, g), ["p", "q"])[0] == {"x": ("returned", "p")}


def test_labels_have_no_gradient_in_a_loss():
    inputs = {"y": array(2, 3), "x": array(2, 3)}
    assert given(inputs, (array(2, 3), array(2, 3)), ["p", "q"], loss=True)[0] == {"x": ("returned", "p")}
    assert set(given(inputs, (array(2, 3), array(2, 3)), ["p", "q"])[0]) == {"x", "y"}


def test_one_number_is_the_gradient_of_one_number():
    assert given({"x": np.array(2.0)}, np.float64(3.0), ["dx"])[0] == {"x": ("returned", "dx")}
    assert given({"x": np.array(2.0), "z": array(3)}, np.float64(3.0), ["dx"])[0] == {}


def test_gradients_of_inputs_may_be_attributes():
    x = array(2, 4)
    told = ["backward returns nothing for x: that gradient is not checked"]
    kept = {"dW": array(2, 3)}
    for after, expected in (
        ({"dx": array(2, 4)}, "dx"), ({"dinputs": array(2, 4)}, "dinputs"), ({"dx": array(2, 4), "dX": x}, "dx"),
        ({"dx": array(4, 2)}, None), ({"dinputs": array(4, 2)}, None), ({"layer": {"dx": array(2, 4)}}, None),
        ({"dx": x}, None),
    ):  # fmt: skip
        found = given({"x": x}, None, [], thing(**kept, **after))
        assert found == (({"x": ("kept", expected)}, []) if expected else ({}, told))
    assert given({"x": x}, array(3), ["q"], thing(**kept))[1] == [], "something was returned"
    assert given({"n": 3}, None, [], thing(**kept))[1] == []
    assert given({"x": x, "z": array(9)}, None, [], thing(**kept, dx=array(2, 4)))[1] == []


def test_a_gradient_is_read_from_its_place():
    known = Roles(places={"r": Place("returned", "dW"), "k": Place("kept", "grads.W"), "u": Place("update", "W"),
                          "gone": Place("kept", "dV"), "lost": Place("returned", "dV")})  # fmt: skip
    after, given_ = thing(grads={"W": 5.0}, W=np.array([2.0])), {"dW": 7.0}
    before = np.array([3.0])
    assert [read(known, n, after, given_, before, 0.5) for n in ("r", "k", "u")] == [7.0, 5.0, 2.0]
    assert all(read(known, n, after, given_, before, 0.5) is MISSING for n in ("gone", "lost", "unknown"))
