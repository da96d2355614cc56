"""Which engine takes a run: what has a compiled form, what has none and is named, and that `auto` is no surprise."""

import keyword
import re

import numpy as np
import pytest
from nets import CourseNet, X, Y, branched, data, quiet, train

import models
from layers.registry import Layer
from layers.scalars import Elementwise
from models.compiled.program import NoCompiledFormError
from models.compiled.text import Text
from solver import Solver, compiled as engine, rules, sgd

pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")


class Steps:
    def on_step(self, solver, logs):
        pass


def own_rule(w, dw, config):
    return w - 0.1 * dw, config


def twice_forward(x):
    return 2 * x, None


def twice_backward(dout, cache):
    return 2 * dout


def graph_of(layer):
    params = {"W": np.ones((12, 5))}
    return models.Graph([models.node("scores", "linear", "x", "W"), models.node("last", layer, "scores")], params)


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (CourseNet, {}, "a model of one's own, CourseNet: it takes a Graph, as mlp(...) makes"),
        (lambda: models.mlp([12, 5]), {"callbacks": [Steps()]}, "callbacks that are called at each step"),
        (lambda: models.mlp([12, 5]), {"gather": lambda rows, step: (X[rows], Y[rows])}, "gather=, a function that is"),
        (lambda: models.mlp([12, 5]), {"class_weight": "balanced"}, "weights of rows or classes"),
        (lambda: models.mlp([12, 5]), {"update_rule": own_rule}, "update rule 'own_rule'"),
        (lambda: models.mlp([12, 5]), {"update_rule": "muon"}, "update rule 'muon'"),
        (lambda: graph_of((twice_forward, twice_backward)), {}, "layer 'twice' (node 'last'), which has no"),
        (lambda: models.mlp([12, 5], dtype=np.float16), {}, "dtype float16"),
    ],
)  # fmt: skip
def test_what_has_no_compiled_form_is_named(make, options, message):
    with pytest.raises(ValueError, match=re.escape(f"engine='compiled': no compiled form for {message}")):
        quiet(make(), data(), engine="compiled", **options)


def test_a_layer_of_ones_own_is_compiled_once_it_has_its_mathematics_for_one_number():
    def value(x):
        return 2 * x

    def slope(x):
        return 2.0

    def draw(rng, n):
        return (rng.random((n, 3)),)

    forms = {"structure": "elementwise", "scalar": Elementwise(value, slope)}
    layer = Layer("twice", "activation", twice_forward, twice_backward, draw, ("x",), **forms)
    runs = [quiet(graph_of(layer), data(), engine=name, num_epochs=2).train() for name in ("numpy", "compiled")]
    np.testing.assert_allclose(runs[1].loss_history, runs[0].loss_history, rtol=1e-12)


def test_auto_compiles_long_runs_and_says_what_keeps_it_from_it(monkeypatch, capsys):
    net = lambda: models.mlp([12, 9, 7, 5], rng=1)  # noqa: E731
    assert Solver(net(), data(), num_epochs=2, verbose=False).train().settings.engine == "numpy"
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    short = Solver(net(), data(), num_epochs=2, print_every=1000, batch_size=16, progress="lines").train()
    assert short.settings.engine == "compiled"
    assert "engine" not in capsys.readouterr().out
    Solver(net(), data(), num_epochs=1, print_every=1000, update_rule="muon", progress="lines").train()
    assert capsys.readouterr().out.startswith("engine: numpy; no compiled form for update rule 'muon'\n")


def test_without_numba_auto_is_numpy_and_compiled_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    assert train("auto").settings.engine == "numpy"
    with pytest.raises(ImportError, match=re.escape("the compiled engine needs numba: pip install 'layergraph[fast]'")):
        train("compiled")


def test_an_unknown_engine_is_named():
    with pytest.raises(ValueError, match=re.escape("engine must be one of auto, numpy, compiled; got 'compile'.")):
        quiet(models.mlp([12, 5]), data(), engine="compile")


def test_the_written_step_is_a_page_that_reads_as_backpropagation():
    source = models.mlp([12, 9, 5]).step_source(rules.get("sgd_momentum").element({}))
    assert "multiply(blas, x[:size], W1, relu1[:size], T(0))" in source
    assert "multiply_transposed_by(blas, x[:size], d_relu1[:size], d_W1, T(0))" in source
    assert "velocity = T(momentum) * velocity - T(learning_rate) * dw" in source
    compile(source, "step.py", "exec")


def test_the_written_step_takes_labels_and_keeps_no_average_unless_asked():
    net, element = models.mlp([4, 3]), rules.get("sgd").element({})
    usual = net.step_source(element)
    assert usual == net.step_source(element, labels=True, average=False)
    assert len({usual, net.step_source(element, labels=False), net.step_source(element, average=True)}) == 3


def test_how_large_inputs_are_is_known_in_the_units_of_the_net():
    """The guard looks at less where they are small: of the two ends the farther from zero, over the input scale."""
    net = models.mlp([2, 3], input_scale=4.0)
    X, y = np.arange(16.0).reshape(8, 2), np.arange(8) % 3
    solver = quiet(net, {"X_train": X, "y_train": y, "X_val": X, "y_val": y}, engine="compiled", batch_size=4)
    program = solver.run.compiled.program
    for X, largest in ((np.array([[1.0, -8.0]]), 2.0), (np.array([[12.0, 0.0]]), 3.0)):
        program.measure(X)
        assert program._largest_input == largest


def test_what_cannot_be_written_is_a_value_error_that_names_it():
    with pytest.raises(NoCompiledFormError, match=r"layer 'twice'"):
        graph_of((twice_forward, twice_backward)).step_source(rules.get("sgd").element({}))


FACTOR = 2


def times_a_global(x):
    return FACTOR * x


def test_a_definition_that_is_not_plain_is_a_value_error_that_names_it():
    layer = one_number("times", 2)._replace(scalar=Elementwise(times_a_global, two))
    with pytest.raises(NoCompiledFormError, match=r"times_a_global uses 'FACTOR'"):
        graph_of(layer).step_source(rules.get("sgd").element({}))


def test_a_rule_that_was_handed_in_as_a_function_of_ours_is_compiled():
    assert train("compiled", update_rule=sgd).settings.engine == "compiled"


def one_number(name, factor):
    """An activation of one's own of that name, out = factor x."""
    value, slope = {2: (double, two), 3: (triple, three)}[factor]
    return Layer(
        name, "activation", lambda x: (factor * x, None), lambda dout, cache: factor * dout,
        lambda rng, n: (rng.random((n, 3)),), ("x",), structure="elementwise", scalar=Elementwise(value, slope),
    )  # fmt: skip


def double(x):
    return 2 * x


def two(x):
    return 2.0


def triple(x):
    return 3 * x


def three(x):
    return 3.0


def test_two_layers_of_one_name_keep_their_own_mathematics():
    rng = np.random.default_rng(0)
    nodes = [
        models.node("a", "linear", "x", "V"), models.node("b", one_number("times", 2), "a"),
        models.node("c", "linear", "b", "W"), models.node("d", one_number("times", 3), "c"),
    ]  # fmt: skip
    params = {"V": rng.normal(size=(12, 6)), "W": rng.normal(size=(6, 5))}
    runs = [quiet(models.Graph(nodes, params), data(), engine=name).train() for name in ("numpy", "compiled")]
    np.testing.assert_allclose(runs[1].loss_history, runs[0].loss_history, rtol=1e-11)


@pytest.mark.parametrize("name", ["dropout", "add", "batch_norm"])
def test_another_layer_under_a_name_of_ours_is_not_taken_for_it(name):
    with pytest.raises(ValueError, match=re.escape(f"layer {name!r} (node 'last'), which has no scalar form")):
        quiet(graph_of(one_number(name, 2)), data(), engine="compiled")


class Doubled(models.Graph):
    """A class that changes what a step does."""

    def loss(self, X, y=None, **keywords):
        answer = super().loss(X, y, **keywords)
        return answer if y is None else (2 * answer[0], answer[1])


class Wrapped:
    """A model around another one, that passes on what it does not have."""

    def __init__(self, model):
        self.model = model

    def __getattr__(self, name):
        return getattr(self.model, name)

    def loss(self, X, y=None, **keywords):
        return self.model.loss(X, y, **keywords)


def test_a_model_that_changes_what_a_step_does_is_not_compiled_without_it():
    plain = branched()
    with pytest.raises(ValueError, match=re.escape("a class of one's own, Doubled, that changes `loss`")):
        quiet(Doubled(plain.nodes, dict(plain.params)), data(), engine="compiled")
    with pytest.raises(ValueError, match="a model of one's own, Wrapped"):
        quiet(Wrapped(plain), data(), engine="compiled")


def test_whatever_a_node_is_called_it_has_an_identifier_of_its_own():
    text, words = Text(), ("1a", "class", "x y", "x_y", "x-y", "2", "\u00e9", "None", "T", "math")
    found = [text.name(kind, word) for kind in ("", "d_") for word in words]
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in found)
    assert len({*found, "T", "math"}) == len(found) + 2
    assert found == [text.name(kind, word) for kind in ("", "d_") for word in words]
