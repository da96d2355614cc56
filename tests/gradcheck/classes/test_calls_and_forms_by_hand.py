"""Which methods belong together where names nearly fit, and what a call of a method hands over."""

import numpy as np
import pytest
from made_classes import made

from gradcheck.classes.calling import CannotCallError, arguments_for, predictions, times
from gradcheck.classes.forms import abstract, forms


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ({"fn": "X, y"}, ("net", "fn", None, None)),
        ({"compute": "X, y"}, None),
        ({"objective": "X, y"}, ("net", "objective", None, None)),
        ({"loss": "y, t"}, None),
        ({"loss": "out, y"}, None),
        ({"loss": "X, y: self.forward", "forward": "X", "bprop": ""}, ("net", "loss", "bprop", None)),
        ({"loss": "X, y", "forward": "X", "bprop": ""}, ("net", "loss", None, None)),
        ({"loss": "a, y: self.forward", "forward": "x", "bprop": "dout"}, ("layer", "forward", "bprop", None)),
        ({"loss": "X, y: self.forward", "bprop": ""}, ("net", "loss", None, None)),
        ({"loss": "X, y", "gradient": "a, b"}, ("loss", "loss", "gradient", None)),
        ({"loss": "out", "forward": "X", "backward": "X, y: self.cost.delta"},
         ("net", "forward", "backward", "cost.fn")),
        ({"loss": "out, y", "forward": "X, y", "backward": "X, y"}, ("loss", "forward", "backward", None)),
        ({"feedforward": "a", "backprop": "x, y"}, None),
        ({"feedforward": "a", "backprop": "x, y: self.cost"}, None),
        ({"feedforward": "a", "backprop": "x, y: self.cost.delta(len)"}, ("net", "feedforward", "backprop", "cost.fn")),
        ({"forward": "x", "backProp": "dout"}, ("layer", "forward", "backProp", None)),
        ({"forward": "x", "gradient": "dout"}, ("pointwise", "forward", "gradient", None)),
        ({"forward": "x", "grad": "dout"}, ("pointwise", "forward", "grad", None)),
        ({"forward": "y, x", "backward": "", "loss": "y, p: self.forward"}, ("loss", "loss", "backward", None)),
        ({"forward": "x, y", "backward": "dout", "loss": "p, y"}, ("loss", "forward", "backward", None)),
        ({"forward": "x, y", "backward": "dout", "loss": "y_pred, y, w: self.forward"},
         ("loss", "forward", "backward", None)),
        ({"forward": "x, y", "backward": "", "loss": "p: self.forward"}, ("loss", "forward", "backward", None)),
        ({"forward": "x, w", "backward": ""}, ("loss", "forward", "backward", None)),
        ({"forward": "x", "backward": ""}, None),
        ({"forward": "y, x", "backward": "x"}, ("loss", "forward", "backward", None)),
        ({"forward": "y, x", "backward": "dout, w"}, ("loss", "forward", "backward", None)),
        ({"loss": "y, a", "gradient": "y, a"}, ("loss", "loss", "gradient", None)),
        ({"loss": "y_pred, y", "gradient": ""}, ("loss", "loss", "gradient", None)),
        ({"loss": "y_pred, y", "gradient": "y_pred, y, z"}, None),
        ({"loss": "y_pred, y, z", "gradient": "y_pred, y"}, None),
        ({"forward": "x", "prime": "y"}, ("pointwise", "forward", "prime", None)),
        ({"forward": "x", "prime": "x, k"}, None),
        ({"forward_forward": "x"}, None),
    ],
)  # fmt: skip
def test_names_that_nearly_fit(heads, expected):
    found = [tuple(one[:4]) for one in forms(made(**heads))]
    assert found == ([] if expected is None else [expected])


def test_a_method_is_in_one_pair_alone():
    def pairs(**heads):
        return [(one.title, one.forward, one.backward) for one in forms(made(**heads))]

    assert pairs(forward="x", backward="dout", forward_prime="x") == [("Made", "forward", "backward")]
    assert pairs(tanh="x", tanh_prime="x", tanh_grad="x") == [("Made.tanh", "tanh", "tanh_prime")]
    assert pairs(Forward="x", Backward="dout") == [("Made.Forward", "Forward", "Backward")]
    assert pairs(up_fwd="x", up_bwd="dout", tanh="x", tanh_prime="x, k") == [("Made.up", "up_fwd", "up_bwd")]


def test_a_method_that_gives_a_name_of_elsewhere_is_one():
    assert not abstract(lambda self, x: np)
    assert abstract(lambda self, x: None)


def of(*names):
    """A method with these parameters."""
    return eval(f"lambda self, {', '.join(names)}: 0")


@pytest.mark.parametrize(
    ("names", "douts", "inputs", "outs", "expected"),
    [
        (["q", "dout"], ["D"], {"x": "X"}, [], {"dout": "D", "q": "X"}),
        (["dh", "dc"], ["H", "C"], {}, [], {"dh": "H", "dc": "C"}),
        (["p", "q"], ["H", "C"], {}, [], {"p": "H", "q": "C"}),
        (["dout", "dz"], ["D"], {"dout": "X"}, [], {"dout": "X", "dz": "D"}),
        (["dout=None"], [], {"x": "X"}, [], {}),
        (["b", "q"], [], {"b": "B", "a": "A"}, [], {"b": "B", "q": "A"}),
        (["y"], [], {"a": "A", "b": "B", "c": "C"}, [], {"y": "B"}),
        (["y_pred", "y"], [], {"x": "X", "t": "T"}, ["O", "P"], {"y_pred": "O", "y": "T"}),
        (["q"], [], {}, ["O", "P"], {"q": "O"}),
        (["q"], ["D"], {}, ["O"], {"q": "D"}),
        (["out"], [], {"x": "X"}, [], {"out": "X"}),
        (["cache"], ["D"], {}, [], {"cache": "D"}),
        (["q"], [], {"y": "Y", "x": "X"}, [], {"q": "X"}),
        (["y"], [], {"a": "A"}, ["O"], {"y": "O"}),
    ],
)  # fmt: skip
def test_each_parameter_gets_what_its_name_asks_for(names, douts, inputs, outs, expected):
    assert arguments_for(of(*names), douts, inputs, outs) == expected


@pytest.mark.parametrize(("names", "inputs", "missing"), [(["y"], {"a": "A"}, "y"), (["p", "q"], {"x": "X"}, "q")])
def test_a_parameter_for_which_nothing_is_left_is_named(names, inputs, missing):
    with pytest.raises(CannotCallError) as caught:
        arguments_for(of(*names), [], inputs)
    assert caught.value.parameter == missing


def test_the_first_gradient_of_a_loss_is_its_prediction():
    x = np.ones(3)
    assert predictions(of("dvalues", "y_true", "dout"), object(), {"y_true": 0, "x": x}) == {"dvalues": x}


def test_a_jacobian_for_every_row_and_slopes_of_no_axis():
    dout = np.array([[1.0, 2.0, 0.0]])
    jacobian = np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]])
    assert np.array_equal(times(dout, jacobian), [[9.0, 12.0, 15.0]]), "1 (1, 2, 3) + 2 (4, 5, 6)"
    assert times(dout, 2.0) == 2.0
    assert times(np.array(3.0), 2.0) == 6.0
    cube = np.arange(8.0).reshape(2, 2, 2)
    assert np.array_equal(times(2 * np.ones((2, 2, 2)), cube), 2 * cube)
