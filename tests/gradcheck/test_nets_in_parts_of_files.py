"""Nets in three functions, settings and pairs, told by their names where two answers are possible."""

import types

import pytest

from gradcheck.finder import names
from gradcheck.finder.names import Found


def forward(X, parameters, keep=1.0):
    return X


def cost(A2, weight, Y, parameters):
    return 1.0


def back(parameters, cache, X, Y, dA, *rest, axis=0):
    return X


def of(kind, *functions):
    return [p.name for p in names.parameters_of(Found("net", kind, functions))]


def test_a_net_asks_for_what_its_parts_ask_for_and_do_not_make():
    assert of("chain", forward, cost, back) == ["X", "parameters", "weight", "Y", "dA", "keep"]
    assert of("chain", forward, None, back) == ["X", "parameters", "Y", "dA", "keep"]
    assert of("layer", forward, back) == ["X", "parameters", "keep"]
    assert of("loss", cost) == ["A2", "weight", "Y", "parameters"]


def test_the_first_output_of_a_net_is_what_its_cost_takes_first():
    def outputs(*functions):
        return names._outputs(Found("net", "chain", functions))

    assert outputs(forward, cost, back) == {"A2"}
    assert outputs(forward, None, back) == set()
    assert outputs(forward, lambda Y, cache, X, parameters: 0, back) == set()


def test_the_first_of_several_costs_is_taken():
    def cost_a(A, Y):
        return 1.0

    def cost_b(A, Y):
        return 2.0

    def loss_and_more(A, Y):
        return 1.0, 2.0

    def grad_cost(A, Y):
        return 1.0

    known = {f.__name__: f for f in (grad_cost, loss_and_more, cost_a, cost_b)}
    assert names._cost_for(lambda X: 0, back, known) is cost_a
    assert names._cost_for(lambda X: 0, back, {"grad_cost": grad_cost}) is None


def test_names_of_a_file_are_those_that_it_defines():
    module = types.ModuleType("mine")
    vars(module).update(K=3, forward=forward, __private=4)
    assert set(names.own(module)) == {"K", "forward"}
    module.__file__ = "mine.py"
    assert set(names.own(module)) == {"K"}
    module.__name__ = forward.__module__
    assert set(names.own(module)) == {"K", "forward"}


def compares(x, kind, mode=None):
    if kind in (1, "relu") or kind == "tanh" or mode == "other":
        return 1
    return 2 if kind == "relu" else x == "no"


def compares_numbers(x, kind):
    return x if kind == 1 else 2


def test_texts_with_which_a_parameter_is_compared():
    assert names._settings_of(compares) == ("kind", ["relu", "tanh"])
    assert names._settings_of(compares_numbers) == ("kind", [])
    assert names._settings_of(forward) == (None, [])


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("a_forward", ["a_backward", "a_backward_fast", "a_forward_fast"], ["a_backward"]),
        ("a_forward", ["a_backward_fast"], ["a_backward_fast"]),
        ("relu_f", ["relu_b"], ["relu_b"]), ("my_fun", ["my_bun"], []), ("relu_forward", [], []),
        ("relu", ["relu_backward"], []), ("add", ["add_backward2"], []),
    ],
)  # fmt: skip
def test_backwards_of_a_forward(name, known, expected):
    functions = {n: (lambda x: x) for n in (name, *known)}
    assert names._backwards(name, functions) == expected


def test_a_backward_beside_a_function_of_several_arguments():
    def one(dout):
        return dout

    def two(dout, cache):
        return dout

    def add(x, y):
        return x

    def scaled(x, y=2):
        return x

    assert names._backwards("add", {"add": add, "add_backward": one}) == ["add_backward"]
    assert names._backwards("add", {"add": scaled, "add_backward": one}) == []
    assert names._backwards("add", {"add": scaled, "add_backward": two}) == ["add_backward"]
    assert names._backwards("loss", {"loss": add, "loss_backward": one}) == []


def both(x):
    return 1, 2


def one_in_brackets(x):
    return (1,)


def calls_a_loss(x):
    return svm_loss(x)  # noqa: F821


def calls_a_method(x):
    return x.loss(x)


def returns_nothing(x):
    return


@pytest.mark.parametrize(
    ("function", "several"),
    [(both, True), (one_in_brackets, False), (calls_a_loss, True), (calls_a_method, False), (returns_nothing, False)],
)
def test_what_returns_several_values(function, several):
    assert names.returns_several(function) is several
