"""Forward and backward of every layer and loss against torch's values, stored and, where torch is installed, live."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from layers import registered

FOLDER = Path(__file__).parent / "golden"

# case -> (names of the inputs in the order of our arguments, name of the upstream gradient, settings)
OURS = {
    "affine": (("x", "w", "b"), "dout_m", {}),
    "linear": (("x", "w"), "dout_m", {}),
    "affine_relu": (("x", "w", "b"), "dout_m", {}),
    "relu": (("x",), "dout_d", {}),
    "leaky_relu": (("x",), "dout_d", {}),
    "leaky_relu slope=0.3": (("x",), "dout_d", {"slope": 0.3}),
    "softplus": (("x",), "dout_d", {}),
    "sigmoid": (("x",), "dout_d", {}),
    "tanh": (("x",), "dout_d", {}),
    "add": (("x", "y"), "dout_d", {}),
    "batch_norm": (("x", "gamma", "beta"), "dout_d", {}),
    "batch_norm stats": (("x", "gamma", "beta"), "dout_d", {"stats": ("mean", "var")}),
    "softmax_loss": (("scores", "labels"), None, {}),
    "softmax_loss one_hot": (("scores", "one_hot"), None, {}),
    "softmax_loss soft": (("scores", "soft"), None, {}),
    "svm_loss": (("scores", "labels"), None, {}),
    "svm_loss margin=0.5": (("scores", "labels"), None, {"margin": 0.5}),
    "logistic_loss": (("scores", "bits"), None, {}),
    "squared_loss": (("scores", "real"), None, {}),
    "squared_loss reduction='sum'": (("scores", "real"), None, {"reduction": "sum"}),
}


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "values.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("case", OURS)
def test_ours_equal_the_stored_values(golden, case):
    names, upstream, settings = OURS[case]
    layer = registered()[case.split()[0]]
    given = [golden[f"input/{name}"] for name in names]
    if "stats" in settings:
        settings = {"stats": tuple(golden[f"input/{name}"] for name in settings["stats"])}
    out, cache = layer.forward(*given, **settings)
    np.testing.assert_allclose(out, golden[f"{case}/out"], rtol=1e-12, atol=1e-13)
    found = layer.backward(golden[f"input/{upstream}"], cache) if layer.backward else cache
    found = found if isinstance(found, tuple) else (found,)
    for name, gradient in zip(names, found, strict=False):  # a loss has no gradient by its targets
        np.testing.assert_allclose(gradient, golden[f"{case}/d{name}"], rtol=1e-12, atol=1e-13)


def test_every_stored_case_is_compared(golden):
    assert {key.split("/")[0] for key in golden} == {"input", *OURS}


def test_torch_still_gives_the_stored_values(golden):
    pytest.importorskip("torch", reason="needs torch (extra peers)")
    spec = importlib.util.spec_from_file_location("golden_make", FOLDER / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    live = make.values()
    assert live.keys() == golden.keys()
    for key, array in live.items():
        np.testing.assert_allclose(array, golden[key], rtol=1e-12, atol=1e-13, err_msg=key)
