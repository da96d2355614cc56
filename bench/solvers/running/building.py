"""From a problem's setup to its data and to a fresh model; data are read once per process and verified."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

import mnist
from base.arrays import Array
from models import Graph, mlp
from models.initialisers import Initialiser, initialiser


def load_data(setup: Mapping[str, Any]) -> mnist.Dataset:
    """The problem's data in its dtype; the same object for every run of this process."""
    return _load(json.dumps({**setup["data"], "dtype": setup["model"]["dtype"]}, sort_keys=True))


@functools.lru_cache(maxsize=2)
def _load(key: str) -> mnist.Dataset:
    wanted = json.loads(key)
    return mnist.load(wanted["name"], val=wanted["val"], dtype=wanted["dtype"], standardise=wanted["standardise"])


def build_model(setup: Mapping[str, Any], rng: np.random.Generator) -> Graph:
    """The problem's model with fresh weights from `rng`, of the size that its data ask for."""
    data, m = load_data(setup), setup["model"]
    return mlp(
        [int(np.prod(data["X_train"].shape[1:])), *m["hidden"], int(data["y_train"].max()) + 1],
        activation=m["activation"],
        loss=m["loss"],
        init=_init(m["init"]),
        reg=m["reg"],
        dropout=1 - m["keep_hidden"],
        input_dropout=1 - m["keep_input"],
        dtype=m["dtype"],
        rng=rng,
    )


def _init(name: str) -> Initialiser:
    """An initialiser of `models`, or "truncated:STD": a normal distribution cut at two deviations."""
    kind, _, std = name.partition(":")
    return _truncated(float(std)) if kind == "truncated" else initialiser(name)


def _truncated(std: float) -> Initialiser:
    def draw(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
        weights = rng.standard_normal((n_in, n_out))
        while (far := np.abs(weights) > 2).any():
            weights[far] = rng.standard_normal(int(far.sum()))
        cut: Array = std * weights
        return cut

    return draw
