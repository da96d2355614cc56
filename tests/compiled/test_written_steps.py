"""The written steps of nets that use every form: to the letter what they were. What they compute, test_engine.py tells.

After a change that is meant, run this file to record them anew in `golden/`, and read what has changed.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from nets import branched, forked

import models
from models.compiled import products
from solver import rules

GOLDEN = Path(__file__).with_name("golden")
EVERY_LIMIT = {"clip_norm": 1.0, "clip_value": 0.5, "max_norm": 2.0, "accumulate": 2}


def named():
    """Names that Python would not have."""
    nodes = [
        models.node("1a", "affine_relu", "x", ("class", "x y")), models.node("x-y", "softplus", "1a"),
        models.node("for", "elu", "x-y", alpha=0.5), models.node("T", "linear", "for", "W"),
    ]  # fmt: skip
    return models.Graph(nodes, {"class": np.ones((4, 3)), "x y": np.ones(3), "W": np.ones((3, 2))}, loss="svm")


def wide():
    """A net of one matrix whose loss is squared, and of raw pixels."""
    return models.mlp([6, 1], loss="squared", reduction="sum", input_scale=255.0, rng=0, dtype=np.float32)


STEPS = {
    "normalised": (
        lambda: models.mlp([4, 3, 2], batch_norm=True, dropout=0.5, input_dropout=0.2, noise=0.1, reg=0.1, rng=0),
        "adam", {"clip_norm": 1.0, "max_norm": 2.0}, True, False,
    ),
    "branched": (lambda: branched(reg=0.01), "sgd_momentum", EVERY_LIMIT, True, True),
    "forked": (forked, "sgd", {}, False, False),
    "logistic": (
        lambda: models.mlp([4, 3, 1], loss="logistic", activation="leaky_relu", l1=0.1, reg=0.2, rng=0, dtype="f4"),
        "adamw", {"clip_value": 0.5}, False, True,
    ),
    "named": (named, "lion", {"accumulate": 3}, True, False),
    "wide": (wide, "nesterov", {"max_norm": 1.0}, False, False),
    "unbiased": (
        lambda: models.mlp([4, 3, 3, 2], use_bias=False, activation="gelu", output="tanh", loss="squared", rng=0),
        "rmsprop", {"clip_norm": 1.0, "accumulate": 2}, False, False,
    ),
}  # fmt: skip


def written(name):
    make, rule, limits, labels, average = STEPS[name]
    element = rules.get(rule).element(dict(rules.get(rule).settings))
    return make().step_source(element, limits, labels=labels, average=average)


@pytest.mark.parametrize("address", [1, 0])
@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_to_the_letter_what_it_was(name, address, monkeypatch):
    monkeypatch.setattr(products, "library", lambda dtype: products.Library(address, "of the test"))
    wanted, found = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8"), bare(written(name))
    if not address:
        assert bare(products.BY_DOT) in found
        found = found.replace(bare(products.BY_DOT), "PRODUCTS")
        dtype = "float32" if "T = np.float32" in found else "float64"
        wanted = wanted.replace(bare(products.BY_ADDRESS.format(dtype=dtype)), "PRODUCTS")
    assert found.splitlines() == wanted.splitlines()


def bare(source):
    """Without the docstrings of functions, which the layers and rules bring."""
    return re.sub(r'^ +""".*?"""\n', "", source, flags=re.DOTALL | re.MULTILINE)


if __name__ == "__main__":
    products.library = lambda dtype: products.Library(1, "of the test")
    GOLDEN.mkdir(exist_ok=True)
    for name in STEPS:
        (GOLDEN / f"{name}.txt").write_text(bare(written(name)), encoding="utf-8")
