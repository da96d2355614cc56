"""The cases of make.py computed by our rules."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from solver import rules


class Slot(NamedTuple):
    """A piece of the flat vector."""

    name: str
    slice: slice
    shape: tuple[int, ...]
    decays: bool


LAYOUT = (Slot("W", slice(0, 24), (6, 4), True), Slot("b", slice(24, 28), (4,), False))


def run_separate(case: tuple[str, dict[str, Any]], golden: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Our rule, one array at a time, as a course model is trained."""
    rule, settings = case
    result = {}
    for key in "Wb":
        w, config = golden[f"start/{key}"], dict(settings)
        for noise in golden[f"noise/{key}"]:
            w, config = rules.get(rule).function(w, noise + 0.1 * w, config)
        result[key] = w
        if "x" in config:
            result[f"{key}_eval"] = config["x"]
    return result


def run_flat(case: tuple[str, dict[str, Any]], golden: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Our rule on one flat vector, in place, with the layout."""
    rule, settings = case
    w, config = np.concatenate([golden[f"start/{key}"].ravel() for key in "Wb"]), dict(settings)
    for k in range(len(golden["noise/b"])):
        noise = np.concatenate([golden[f"noise/{key}"][k].ravel() for key in "Wb"])
        w, config = rules.get(rule).function(w, noise + 0.1 * w, config, out=w, layout=LAYOUT)
    result = {"W": w[:24].reshape(6, 4), "b": w[24:]}
    return result | ({"W_eval": config["x"][:24].reshape(6, 4), "b_eval": config["x"][24:]} if "x" in config else {})
