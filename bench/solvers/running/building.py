"""From a problem's setup to its data and to a fresh model; data are read once per process and verified."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

import mnist
from models import Graph, mlp, node
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
    sizes = [int(np.prod(data["X_train"].shape[1:])), *m["hidden"], int(data["y_train"].max()) + 1]
    net = mlp(
        sizes, activation=m["activation"], loss=m["loss"], init=_init(m["init"]), reg=m["reg"], dtype=m["dtype"],
        rng=rng,
    )  # fmt: skip
    return _with_dropout(net, m) if m["keep_input"] < 1 or m["keep_hidden"] < 1 else net


def _with_dropout(net: Graph, m: Mapping[str, Any]) -> Graph:
    """The same net with dropout on the inputs and after every hidden layer."""
    nodes, renamed = [], {"x": "x"}
    if m["keep_input"] < 1:
        nodes.append(node("dropout0", "dropout", "x", keep=m["keep_input"]))
        renamed["x"] = "dropout0"
    for number, one in enumerate(net.nodes):
        nodes.append(one._replace(inputs=tuple(renamed.get(name, name) for name in one.inputs)))
        if one.layer.kind == "activation" and number < len(net.nodes) - 1 and m["keep_hidden"] < 1:
            nodes.append(node(f"dropout_{one.name}", "dropout", one.name, keep=m["keep_hidden"]))
            renamed[one.name] = nodes[-1].name
    return Graph(nodes, net.params, loss=m["loss"], reg=m["reg"], dtype=m["dtype"])


def _init(name: str) -> Initialiser:
    """An initialiser of `models`, or "truncated:STD": a normal distribution cut at two deviations."""
    kind, _, std = name.partition(":")
    return _truncated(float(std)) if kind == "truncated" else initialiser(name)


def _truncated(std: float) -> Initialiser:
    def draw(rng: np.random.Generator, n_in: int, n_out: int) -> Any:
        weights = rng.standard_normal((n_in, n_out))
        while (far := np.abs(weights) > 2).any():
            weights[far] = rng.standard_normal(int(far.sum()))
        return std * weights

    return draw
