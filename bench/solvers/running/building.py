"""From a problem's setup to its data and to a fresh model; data are read once per process and verified."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

import mnist
from base.arrays import Array
from models import convnet, mlp
from models.initialisers import Initialiser, initialiser
from models.own_models import own_model

from ..planning import own_code, own_data
from ..planning.problem import CONV

USUAL = {"hidden": [], "activation": "relu", "loss": "softmax", "init": "he", "keep_input": 1.0, "keep_hidden": 1.0}


def load_data(setup: Mapping[str, Any]) -> mnist.Dataset:
    """The problem's data in its dtype; the same object for every run of this process.

    DataError where a function of the user's own gives other data than when the sweep was planned.
    """
    expected = setup.get("code", {}).get(own_code.ARRAYS)
    key = {**setup["data"], "dtype": setup["model"]["dtype"], "code": setup.get("code", {}), "expected": expected}
    return _load(json.dumps(key, sort_keys=True))


@functools.lru_cache(maxsize=2)
def _load(key: str) -> mnist.Dataset:
    wanted = json.loads(key)
    data = own_data.load(wanted, wanted["dtype"])
    own_code.check_arrays(wanted["name"], data, wanted["expected"])
    return data


def build_model(setup: Mapping[str, Any], rng: np.random.Generator) -> Any:
    """The problem's model with fresh weights from `rng`, of the size that its data ask for.

    A Graph, or what a class or function of the user's own gives: then with the settings that are not the usual ones.
    """
    data, m = load_data(setup), setup["model"]
    labels = [data[f"y_{part}"] for part in ("train", "val", "test") if len(data[f"y_{part}"])]
    most = max(int(y.max()) for y in labels) if data.info.source == "function" else int(labels[0].max())
    known = len(data.info.classes or ("a value",)) if data.info.own is not None else most + 1
    inputs, classes = int(np.prod(data["X_train"].shape[1:])), known
    conv = m.get("name", "").startswith(CONV)
    if "name" in m and not conv:
        given = {key: m[key] for key, usual in USUAL.items() if m[key] != usual}
        return own_model(m["name"], inputs, classes, rng, reg=m["reg"], dtype=np.dtype(m["dtype"]), required=given)
    of_both = {
        "activation": m["activation"], "loss": m["loss"], "init": _init(m["init"]), "reg": m["reg"],
        "dropout": 1 - m["keep_hidden"], "input_dropout": 1 - m["keep_input"], "dtype": m["dtype"], "rng": rng,
    }  # fmt: skip
    if conv:
        if len(data.info.shape) != 2:
            seen = f"rows of {data.info.name} have the shape {data.info.shape}"
            raise ValueError(f"{m['name']} takes grey images (height, width); {seen}")
        return convnet(m["name"].removeprefix(CONV), image=(1, *data.info.shape), num_classes=classes, **of_both)
    return mlp([inputs, *m["hidden"], classes], **of_both)


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
