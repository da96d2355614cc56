"""What the names in a class say: gradients and their parameters, sizes and numbers, how methods are called."""

import numpy as np
import pytest

from gradcheck.classes import names
from gradcheck.classes.calling import (
    CannotCallError,
    arguments_for,
    invoke,
    is_cache,
    is_upstream,
    like,
    predictions,
    resets,
    takes_upstream,
    times,
)
from gradcheck.classes.signatures import needed, parameters, pointwise_pairs, primes_of


def test_marks_of_gradients_are_taken_off():
    assert "w1" in names.without_marks("dW1")
    assert "w" in names.without_marks("W_grad")
    assert names.without_marks("out") == set()
    assert names.normal("_Dense__weights_2") == "w2"
    assert names.bare("_Dense__weights") == "weights"
    assert names.bare("__weights") == "__weights"
    assert [names.parameter_reading(p) for p in ("params.W", "weights.0", "params")] == [
        ("w",), ("w", "0"), ("params",)
    ]  # fmt: skip
    assert ("w1",) in names.gradient_readings("grads.W1")
    assert names.gradient_readings("layers.W") == set()


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("dW", True), ("grads.W", True), ("nabla_w", True), ("delta", True), ("dbias2", True),
        ("layers.0.dgamma", True),
        ("W_grad", True), ("data", False), ("depth", False), ("W", False), ("d", True), ("dWx", True),
        ("deltas", True),
    ],
)  # fmt: skip
def test_paths_are_called_as_gradients_are(path, marked):
    assert names.is_marked(path) is marked


def test_the_likeliest_gradient_comes_first():
    assert names.matching("params.W1", ["grads.W2", "grads.W1", "dW1", "params.W1"]) == ["dW1", "grads.W1"]
    assert names.matching("a", ["grads.A", "grads.a"]) == ["grads.a", "grads.A"], "letters of the same case first"
    assert names.matching("W", ["W_prime", "W_dot", "b_grad"]) == ["W_dot", "W_prime"]


def test_short_names_are_the_shortest_ends_of_ones_own():
    paths = ["params.W1", "layers.0.W", "layers.1.W", "out.b.data", "biases.0", "single"]
    assert names.short_names(paths) == {
        "params.W1": "W1", "layers.0.W": "layers.0.W", "layers.1.W": "layers.1.W", "out.b.data": "b",
        "biases.0": "biases.0", "single": "single",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("dout", True), ("grad_output", True), ("delta", True), ("d_next", True), ("upstream", True), ("x_grad", True),
     ("data", False), ("dim", False), ("eta", False), ("dropout", False), ("x", False), ("do_scale", False)],
)  # fmt: skip
def test_names_of_upstream_gradients(name, is_one):
    assert is_upstream(name) is is_one


class Methods:
    kept = 0

    def backward(self, dout, cache, lr, y, scale=2.0):
        return dout

    def other(self, q, z):
        return q, z

    def loss(self, y_pred, y):
        return 0.5 * np.sum((y_pred - y) ** 2)

    @staticmethod
    def static(a):
        return a, "static"

    @classmethod
    def of_class(cls, a):
        return cls, a

    def zero_grad(self):
        self.kept = 1


def test_arguments_go_by_their_names():
    y = np.arange(3)
    chosen = arguments_for(Methods.backward, ["D"], {"x": "X", "t": y}, cache="C")
    assert chosen == {"dout": "D", "cache": "C", "lr": 1.0, "y": y}
    assert arguments_for(Methods.backward, ["D"], {"x": "X", "scale": 3.0, "t": y}, cache="C")["scale"] == 3.0
    given = arguments_for(Methods.backward, ["D"], {"y": y}, cache="C", given={"lr": 0.5})
    assert given == {"dout": "D", "cache": "C", "lr": 0.5, "y": y}


def test_arguments_that_no_name_claims_are_taken_in_order():
    assert arguments_for(Methods.other, ["D"], {"x": "X"}) == {"q": "D", "z": "X"}
    assert arguments_for(Methods.other, [], {"a": "A", "x": "X"}) == {"q": "A", "z": "X"}
    assert arguments_for(Methods.loss, [], {"x": "X", "t": "T"}, outs=["O"]) == {"y_pred": "O", "y": "T"}
    assert arguments_for(Methods.__dict__["static"], [], {}, outs=["O"]) == {"a": "O"}
    assert arguments_for(lambda self, q: q, [], {}, outs=["O"]) == {"q": "O"}, "the output where one alone is missing"
    with pytest.raises(CannotCallError) as caught:
        arguments_for(Methods.other, ["D"], {}, outs=["O"])
    assert caught.value.parameter == "z"
    with pytest.raises(CannotCallError):
        arguments_for(Methods.other, [], {}, outs=[])


def test_labels_without_a_name_are_the_second_input():
    assert arguments_for(lambda self, y: y, [], {"a": "A", "b": "B"}) == {"y": "B"}


def test_methods_are_called_whatever_their_kind():
    thing, known = Methods(), vars(Methods)
    assert invoke(thing, known["other"], [1, 2], {}) == (1, 2)
    assert invoke(thing, known["static"], [1], {}) == (1, "static")
    assert invoke(thing, known["of_class"], [], {"a": 1}) == (Methods, 1)
    assert isinstance(like(known["static"], len), staticmethod)
    assert isinstance(like(known["of_class"], len), classmethod)
    assert like(known["other"], len) is len
    assert takes_upstream(known["backward"])
    assert not takes_upstream(known["other"])
    assert not takes_upstream(None)
    assert resets(known) == "zero_grad"
    assert resets({"forward": 0, "zeros": 0}) is None
    assert [is_cache(n) for n in ("cache", "ctx", "saved", "x_cache")] == [True, True, True, False]


def test_the_prediction_stands_for_what_a_loss_calls_a_gradient():
    def backward(self, dvalues, y_true):
        return dvalues

    thing, x = Methods(), np.ones(3)
    assert predictions(backward, thing, {"x": x, "y_true": 0}) == {"dvalues": x}
    thing.output = np.zeros(3)
    assert predictions(backward, thing, {"x": x, "y_true": 0}) == {"dvalues": thing.output}
    thing.output = np.array(2.0)
    assert predictions(backward, thing, {"x": x, "y_true": 0}) == {"dvalues": x}
    assert predictions(backward, thing, {"dvalues": x, "y_true": 0}) == {}
    assert predictions(lambda self, dvalues: dvalues, thing, {"x": x}) == {}


def test_dout_times_a_slope():
    dout, slope = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0, 0.0], [1.0, 5.0]])
    assert np.array_equal(times(dout, slope), dout * slope)
    jacobians = np.array([[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]])
    assert np.array_equal(times(dout, jacobians), [[7.0, 10.0], [4.0, 3.0]])
    assert np.array_equal(times(dout[:, 0], slope), [[2.0, 0.0], [3.0, 15.0]]), "one dout for each example"
    assert np.array_equal(times(dout, slope[0]), slope[0]), "of fewer axes it is no elementwise derivative"
    assert times(dout, None) is None


def test_parameters_and_primes():
    known = vars(Methods)
    assert [p.name for p in parameters(known["backward"])] == ["dout", "cache", "lr", "y", "scale"]
    assert needed(known["backward"]) == ["dout", "cache", "lr", "y"]
    assert needed(known["static"]) == ["a"]
    assert [p.name for p in parameters(lambda self, a, *args, **kw: a)] == ["a"]
    assert {"sigmoid_prime", "dsigmoid", "d_sigmoid", "grad_sigmoid"} <= set(primes_of("sigmoid"))
    functions = {"f": lambda x: x, "f_prime": lambda x: x, "df": lambda x, y: x, "g": 3, "dg": lambda x: x}
    assert [(name, prime) for name, _, prime in pointwise_pairs(functions)] == [("f", functions["f_prime"])]
