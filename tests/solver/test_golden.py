"""Every first-order rule against its reference implementation: 50 float64 steps, to 1e-12 (see golden/make.py)."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest

from solver import rules

FOLDER = Path(__file__).with_name("golden")


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_make", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = _maker()


class Slot(NamedTuple):
    name: str
    slice: slice
    shape: tuple[int, ...]
    decays: bool


LAYOUT = (Slot("W", slice(0, 24), (6, 4), True), Slot("b", slice(24, 28), (4,), False))


@pytest.fixture(scope="module")
def golden():
    with np.load(FOLDER / "golden.npz", allow_pickle=False) as file:
        return dict(file)


def run_separate(name, golden):
    """Our rule, one array at a time, as a course model is trained."""
    rule, settings = MAKE.CASES[name]
    result = {}
    for key in "Wb":
        w, config = golden[f"start/{key}"], dict(settings)
        for noise in golden[f"noise/{key}"]:
            w, config = rules.get(rule).function(w, noise + 0.1 * w, config)
        result[key] = w
        if "x" in config:
            result[f"{key}_eval"] = config["x"]
    return result


def run_flat(name, golden):
    """Our rule on one flat vector, in place, with the layout."""
    rule, settings = MAKE.CASES[name]
    w, config = np.concatenate([golden[f"start/{key}"].ravel() for key in "Wb"]), dict(settings)
    for k in range(MAKE.STEPS):
        noise = np.concatenate([golden[f"noise/{key}"][k].ravel() for key in "Wb"])
        w, config = rules.get(rule).function(w, noise + 0.1 * w, config, out=w, layout=LAYOUT)
    result = {"W": w[:24].reshape(6, 4), "b": w[24:]}
    return result | ({"W_eval": config["x"][:24].reshape(6, 4), "b_eval": config["x"][24:]} if "x" in config else {})


@pytest.mark.parametrize("run", [run_separate, run_flat])
@pytest.mark.parametrize("name", MAKE.CASES)
def test_rule_agrees_with_its_reference(name, run, golden):
    ours = run(name, golden)
    wanted = {key.removeprefix(f"{name}/"): a for key, a in golden.items() if key.startswith(f"{name}/")}
    assert set(ours) == set(wanted)
    for key, array in wanted.items():
        np.testing.assert_allclose(ours[key], array, rtol=0, atol=1e-12, err_msg=key)


def test_every_rule_has_a_golden_case():
    assert {rule for rule, _ in MAKE.CASES.values()} == set(rules.known())


@pytest.mark.parametrize("name", MAKE.FROM_TORCH)
def test_golden_values_are_those_of_the_installed_torch(name, golden):
    pytest.importorskip("torch")
    for key, array in MAKE.with_torch(name, golden).items():
        np.testing.assert_allclose(array, golden[f"{name}/{key}"], rtol=0, atol=1e-12)
