"""What a compiled step is handed, and when it is written anew, with a function in its place that only remembers."""

import ast
import linecache
import math
from types import SimpleNamespace

import numpy as np
import pytest

import models
from models.compiled import cache, products, program

RULE = SimpleNamespace(name="own", function=lambda w, dw, m, rate: (w, m), slots=("m",), numbers=("rate",))
ARRAYS = ("noise", "X", "y", "rows", "starts", "numbers", "losses")
X, Y = np.array([[3.0, -8.0], [1.0, 0.0]]), np.array([0, 1])


def rule(w, dw, m, rate):
    return w - rate * m, m + dw


@pytest.fixture
def loaded(monkeypatch):
    """The sources that were loaded, and what the last function was handed."""
    seen = SimpleNamespace(sources=[], given=())

    def load(source):
        seen.sources.append(source)
        return lambda *given: setattr(seen, "given", given) or len(seen.sources)

    monkeypatch.setattr(program, "load", load)
    monkeypatch.setattr(program, "optional", lambda name, need: None)
    monkeypatch.setattr(products, "library", lambda dtype: products.Library(77, dtype))
    return seen


def made(net, **limits):
    return program.Program(net, SimpleNamespace(**{**vars(RULE), "function": rule}), limits, X, Y, False)


def run(one, net):
    return one.run({name: name for name in ARRAYS}, {"m": "state"}, net.params.like())


def test_a_step_is_handed_the_models_own_arrays_and_present_numbers(loaded):
    net = models.mlp([2, 3, 2], batch_norm=True, reg=0.5, input_scale=2.0, rng=0)
    one = made(net, clip_norm=3.0)
    assert run(one, net) == 1
    given = dict(zip(one.step.arguments, loaded.given, strict=True))
    assert [given[name] for name in ARRAYS] == list(ARRAYS)
    assert (given["blas"], given["slot m"], given["largest_input"]) == (77, "state", math.inf)
    assert given["w"] is net.params.flat
    assert given["decaying"] == 6 + 6
    for name, array in net.params.items():
        assert given[f"param {name}"] is array
        assert given[f"gradient {name}"].base is given["g"].base or given[f"gradient {name}"].base is given["g"]
    assert given["running batch_norm1.mean"] is net.state["batch_norm1.mean"]
    names = list(one.step.constants)
    assert dict(zip(names, given["constants"].tolist(), strict=True)) == {
        "input_scale": 2, "eps_of_batch_norm1": 1e-5, "reg": 0.5, "clip_norm": 3,
    }  # fmt: skip
    assert one.columns == ("rate", "flush")
    net.reg = 0.25
    one.measure(X)
    assert run(one, net) == 1
    given = dict(zip(one.step.arguments, loaded.given, strict=True))
    assert given["constants"][names.index("reg")] == 0.25
    assert given["largest_input"] == 4
    one.measure(np.array([[0.5, -0.25]]))
    assert one._largest_input == 0.25


def test_a_step_is_written_anew_where_what_shapes_it_has_changed_either_way(loaded):
    net = models.mlp([2, 2], rng=0)
    one = made(net)
    first = one.step.source
    changes = (("reg", 0.5), ("l1", 1), ("reg", 0), ("input_scale", 2.0), ("l1", 0), ("input_scale", 1.0))
    for count, (name, value) in enumerate(changes, start=2):
        setattr(net, name, value)
        assert [run(one, net), run(one, net)] == [count, count]
    assert len(set(loaded.sources)) == 6
    assert one.step.source == loaded.sources[-1] == first


def test_nodes_parameters_and_numbers_may_have_the_same_names():
    """Each array and number has an identifier of its own, and the products are of the right ones."""
    nodes = [
        models.node("W", "linear", "x", "W"), models.node("l1", "tanh", "W"), models.node("reg", "add", ("l1", "W")),
        models.node("gamma", "batch_norm", "reg", ("gamma", "beta")),
        models.node("V", "affine", "gamma", ("V", "batch_size")), models.node("x y", "affine", "V", ("reg", "l1")),
    ]  # fmt: skip
    shapes = {"W": (2, 2), "gamma": 2, "beta": 2, "V": (2, 2), "batch_size": 2, "reg": (2, 2), "l1": 2}
    net = models.Graph(nodes, {name: np.ones(shape) for name, shape in shapes.items()}, reg=0.5, l1=0.5)
    source = net.step_source(SimpleNamespace(**{**vars(RULE), "function": rule}), {"accumulate": 1, "max_norm": 1.0})
    (steps,) = [one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == "steps"]
    made = [one.targets[0].id for one in steps.body if isinstance(one, ast.Assign)]
    given = [one.arg for one in steps.args.args]
    assert len({*made, *given}) == len(made) + len(given)
    text = source[source.index("def steps") :]
    assert "multiply(blas, x[:size], W, W_2[:size], T(0))" in text
    assert "multiply_transposed_by(blas, x[:size], d_W[:size], d_W_2, more)" in text
    assert "d_batch_size[j] += d" in text
    assert "batch = min(int(batch_size_2), " in text
    assert "limit_columns(reg, norms_reg, max_norm)" in text


def test_of_several_layers_without_a_form_the_one_with_weights_is_named():
    weighs = (lambda x, w: (x @ w, None), lambda dout, cache: None)
    bends = (lambda x: (x, None), lambda dout, cache: dout)
    params = {"W": np.ones((2, 2))}
    for nodes in ((("a", weighs, "x", "W"), ("b", bends, "a")), (("b", bends, "x"), ("a", weighs, "b", "W"))):
        net = models.Graph([models.node(*given) for given in nodes], params)
        with pytest.raises(ValueError, match=r"^layer '<lambda>' \(node 'a'\), which has no scalar form$"):
            net.step_source(RULE)
    with pytest.raises(ValueError, match=r"^layer '<lambda>' \(node 'b'\), which has no scalar form$"):
        models.Graph([models.node("a", "linear", "x", "W"), models.node("b", bends, "a")], params).step_source(RULE)


@pytest.mark.parametrize(
    ("loss", "labels", "kind"), [("squared", True, "labels"), ("svm", False, "rows of targets"), ("svm", True, None)]
)
def test_a_loss_has_a_form_for_what_it_takes(loss, labels, kind):
    net, plain = models.mlp([2, 2], loss=loss, rng=0), SimpleNamespace(**{**vars(RULE), "function": rule})
    if kind is None:
        assert f"{loss}_loss_row" in net.step_source(plain, labels=labels)
        return
    with pytest.raises(ValueError, match=f"^loss '{loss}_loss' of {kind}, which has no scalar form$"):
        net.step_source(plain, labels=labels)


def test_a_warning_of_the_folder_names_the_place_that_gave_it():
    cache._warn.cache_clear()
    with pytest.warns(UserWarning, match=r"cannot be kept in here \(why\): this process compiles its own") as said:
        cache._warn("here", "why")
    assert said[0].filename == __file__
    assert "cache._warn(" in linecache.getline(said[0].filename, said[0].lineno)
