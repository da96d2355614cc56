"""The layers of images against torch's values, stored and, where torch is installed, live."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from layers import registered

FOLDER = Path(__file__).parent / "golden"


def load(name: str) -> ModuleType:
    """A module beside the values."""
    spec = importlib.util.spec_from_file_location(f"images_golden_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = load("cases").CASES


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "values.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("case", CASES)
def test_ours_equal_the_stored_values(golden, case):
    name, inputs, settings = CASES[case]
    layer = registered()[name]
    out, cache = layer.forward(*[golden[f"input/{one}"] for one in inputs], **settings)
    np.testing.assert_allclose(out, golden[f"{case}/out"], rtol=1e-12, atol=1e-13)
    found = layer.backward(golden[f"{case}/dout"], cache)
    for one, gradient in zip(inputs, found if isinstance(found, tuple) else (found,), strict=True):
        np.testing.assert_allclose(gradient, golden[f"{case}/d{one}"], rtol=1e-12, atol=1e-13, err_msg=one)


def test_every_stored_case_is_compared_and_every_layer_of_images_is_stored(golden):
    assert {key.rpartition("/")[0] for key in golden} == {"input", *CASES}
    ours = {name for name, layer in registered().items() if layer.forward.__module__.startswith("layers.spatial.")}
    assert {case[0] for case in CASES.values()} == ours


def test_torch_still_gives_the_stored_values(golden):
    pytest.importorskip("torch", reason="needs torch (extra peers)")
    live = load("make").values(CASES)
    assert live.keys() == golden.keys()
    for key, array in live.items():
        np.testing.assert_allclose(array, golden[key], rtol=1e-12, atol=1e-13, err_msg=key)
