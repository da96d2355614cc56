"""Initial weights: their spread within the error of sampling, their names, and what a wrong name says."""

import math

import numpy as np
import pytest

from models import he, lecun, mlp, normal, xavier
from models.initialisers import bias, initialiser

N_IN, N_OUT = 400, 300


@pytest.mark.parametrize(
    ("init", "std"),
    [
        (he, math.sqrt(2 / N_IN)),
        (lecun, 1 / math.sqrt(N_IN)),
        (xavier, math.sqrt(2 / (N_IN + N_OUT))),
        (normal(), 1.0),
        (normal(0.01), 0.01),
        ("he", math.sqrt(2 / N_IN)),
        ("lecun", 1 / math.sqrt(N_IN)),
        ("xavier", math.sqrt(2 / (N_IN + N_OUT))),
        ("normal", 1.0),
        ("normal:0.01", 0.01),
        ("normal:1e-3", 1e-3),
    ],
)
def test_mean_and_spread(init, std):
    """The standard error of a sample's deviation is std / sqrt(2 n); five of them are allowed."""
    w = initialiser(init)(np.random.default_rng(0), N_IN, N_OUT)
    assert w.shape == (N_IN, N_OUT)
    assert w.dtype == np.float64
    assert abs(w.std() - std) < 5 * std / math.sqrt(2 * w.size)
    assert abs(w.mean()) < 5 * std / math.sqrt(w.size)
    assert np.unique(w).size == w.size


def test_he_keeps_the_second_moment_through_relus():
    """Twenty layers deep the activations have neither died nor exploded."""
    h, rng = np.random.default_rng(0).standard_normal((200, 300)), np.random.default_rng(1)
    start = np.mean(h**2)
    for _ in range(20):
        h = np.maximum(h @ he(rng, 300, 300), 0)
    assert 0.2 < np.mean(h**2) / start < 5


@pytest.mark.parametrize(
    ("init", "message"),
    [
        ("hee", r"unknown init 'hee'\. Did you mean 'he'.*Known: he, lecun, xavier, normal, normal:STD\."),
        ("he:2", r"unknown init 'he:2'\."),
        ("xavier:2", r"unknown init 'xavier:2'\."),
        ("normal:small", r"init is 'normal:small'; expected a number after the colon, as in 'normal:0\.01'"),
    ],
)
def test_unknown_names(init, message):
    with pytest.raises(ValueError, match=message):
        initialiser(init)


def test_biases():
    rng = np.random.default_rng(0)
    assert not bias("zero", rng, 5).any()
    assert abs(bias("normal", rng, 10_000).std() - 1) < 0.05
    with pytest.raises(ValueError, match="unknown bias_init 'one'; expected 'zero' or 'normal'"):
        bias("one", rng, 5)
    assert mlp([3, 4, 2], bias_init="normal", rng=0).params["b1"].all()


def test_a_function_of_ones_own():
    net = mlp([2, 3, 2], init=lambda rng, n_in, n_out: np.full((n_in, n_out), 0.5))
    assert (net.params.decaying == 0.5).all()


def test_a_function_of_a_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def one(rng, n_in, n_out):\n    return [[n_in, n_out]]\n", encoding="utf-8")
    assert initialiser(f"{path}:one")(None, 2, 3) == [[2, 3]]


def test_the_seed_decides():
    one, same, other = (mlp([5, 4, 3], rng=rng).params.flat for rng in (0, np.random.default_rng(0), 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    single = mlp([5, 4, 3], rng=0, dtype=np.float32).params.flat
    np.testing.assert_array_equal(single, one.astype(np.float32))
