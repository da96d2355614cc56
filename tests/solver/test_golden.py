"""Every first-order rule against its reference implementation: 100 float64 steps, to 1e-12 (see golden/make.py)."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from solver import rules

FOLDER = Path(__file__).with_name("golden")


def load(name: str) -> ModuleType:
    """A module beside the values."""
    spec = importlib.util.spec_from_file_location(f"solver_golden_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE, OURS = load("make"), load("ours")


@pytest.fixture(scope="module")
def golden():
    with np.load(FOLDER / "golden.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("run", [OURS.run_separate, OURS.run_flat])
@pytest.mark.parametrize("name", MAKE.CASES)
def test_rule_agrees_with_its_reference(name, run, golden):
    ours = run(MAKE.CASES[name], golden)
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
