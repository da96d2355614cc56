"""`seed=` wherever `rng=` is, and names that are registered once more from the same place."""

import numpy as np
import pytest

import layers
from gradcheck import grad_check_sparse
from layers import registry
from models import TwoLayerNet, mlp, node
from solver import rules
from solver.rules import registry as rule_registry

X = np.random.default_rng(0).standard_normal((5, 4))
Y = np.array([0, 1, 2, 0, 1])


def noisy(**keywords):
    return mlp([4, 6, 3], dropout=0.5, **keywords)


@pytest.mark.parametrize(
    "draw",
    [
        lambda **k: mlp([4, 3], **k).params["W1"],
        lambda **k: TwoLayerNet(4, 5, 3, **k).params["W1"],
        lambda **k: noisy(rng=0).loss(X, Y, **k)[0],
        lambda **k: layers.dropout_forward(X, **k)[0],
        lambda **k: layers.gaussian_noise_forward(X, **k)[0],
        lambda **k: grad_check_sparse(lambda x: np.sum(x**3), X.copy(), 3 * X**2, 3, **k),
    ],
    ids=["mlp", "TwoLayerNet", "loss", "dropout", "gaussian_noise", "grad_check_sparse"],
)
def test_a_seed_is_an_rng_by_another_name(draw):
    np.testing.assert_array_equal(draw(seed=7), draw(rng=np.random.default_rng(7)))
    assert not np.array_equal(draw(seed=7), draw(seed=8))
    both = np.random.SeedSequence(7)  # whoever offers one thing under both names means it
    np.testing.assert_array_equal(draw(rng=both, seed=both), draw(seed=np.random.SeedSequence(7)))
    with pytest.raises(ValueError, match="rng and seed=7 are both given"):
        draw(rng=np.random.default_rng(7), seed=7)


def test_a_node_draws_from_the_loss_alone():
    with pytest.raises(TypeError, match=r"noise is drawn from loss\(X, y, rng=...\)"):
        node("d", "dropout", "x", seed=3)


def run_cell(text, module="__main__", file="<cell>"):
    space = {"__name__": module, "layers": layers, "np": np, "rules": rules, "Rule": rule_registry.Rule,
             "add": rule_registry.add}  # fmt: skip
    exec(compile(text, file, "exec"), space)  # as a notebook runs a cell
    return space


CELL = """
def shout_forward(x):
    return {factor} * x, None
def shout_backward(dout, cache):
    return {factor} * dout
layers.register(layers.Layer("shout", "activation", shout_forward, shout_backward, lambda rng, n: (), ("x",)))
"""
RULE = """
def stroll(w, dw, config):
    return w - {factor} * dw, config
add(Rule("stroll", stroll, {{}}))
"""


def test_a_cell_run_again_replaces_what_it_registered(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    for factor in (2, 3):
        run_cell(CELL.format(factor=factor))
        assert layers.get("shout").forward(np.ones(1))[0] == factor
    with pytest.raises(ValueError, match="a layer named 'shout' is registered already"):
        run_cell(CELL.format(factor=4), "another_module", "another.py")
    with pytest.raises(ValueError, match="a layer named 'relu' is registered already"):
        run_cell(CELL.replace('"shout"', '"relu"').format(factor=2))
    assert layers.get("shout").forward(np.ones(1))[0] == 3


def test_a_file_loaded_again_under_another_module_name_replaces_too(monkeypatch):
    monkeypatch.setattr(rule_registry, "_RULES", dict(rule_registry._RULES))
    for factor, module in ((2, "user_1"), (3, "user_2")):
        run_cell(RULE.format(factor=factor), module, "mine.py")
        assert rules.get("stroll").function(np.ones(1), np.ones(1), {})[0] == 1 - factor
    with pytest.raises(ValueError, match="an update rule named 'stroll' is registered already"):
        run_cell(RULE.format(factor=4), "user_3", "another.py")
    with pytest.raises(ValueError, match="an update rule named 'adam' is registered already"):
        run_cell(RULE.replace('"stroll"', '"adam"').format(factor=4), "user_3", "another.py")
