"""Forward and backward of every layer and loss against torch's values, stored and, where torch is installed, live."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "golden"


def load(name: str) -> ModuleType:
    """A module beside the values."""
    spec = importlib.util.spec_from_file_location(f"layers_golden_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OURS = load("ours")


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "values.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("case", OURS.OURS)
def test_ours_equal_the_stored_values(golden, case):
    for name, array in OURS.values(case, golden).items():
        np.testing.assert_allclose(array, golden[name], rtol=1e-12, atol=1e-13, err_msg=name)


def test_every_stored_case_is_compared(golden):
    assert {key.split("/")[0] for key in golden} == {"input", *OURS.OURS}


def test_torch_still_gives_the_stored_values(golden):
    pytest.importorskip("torch", reason="needs torch (extra peers)")
    live = load("make").values()
    assert live.keys() == golden.keys()
    for key, array in live.items():
        np.testing.assert_allclose(array, golden[key], rtol=1e-12, atol=1e-13, err_msg=key)
