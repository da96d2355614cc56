"""Writes values.npz: convolution, pooling and flattening, forward and backward, as torch computes them in float64.

Run `python tests/layers/spatial/golden/make.py` where torch is installed (extra `peers`); the file is committed.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

FILE = Path(__file__).with_name("values.npz")
FUNCTIONS = {
    "conv2d": F.conv2d,
    "conv2d_without_bias": F.conv2d,
    "max_pool2d": lambda x, size=2, **settings: F.max_pool2d(x, size, **settings),
    "average_pool2d": lambda x, size=2, **settings: F.avg_pool2d(x, size, **settings),
    "flatten": lambda x: torch.flatten(x, 1),
    "image": lambda x, shape: torch.unflatten(x, 1, shape),
}


def inputs(seed: int = 20240301) -> dict[str, np.ndarray]:
    """The arrays that all cases share, from a seed; `coarse` has ties in nearly every window."""
    rng = np.random.default_rng(seed)
    return {
        "x": rng.standard_normal((2, 2, 6, 17)),
        "coarse": rng.integers(-1, 2, (2, 2, 6, 17)).astype(float),
        "w": rng.standard_normal((4, 2, 3, 2)),
        "b": rng.standard_normal(4),
        "rows": rng.standard_normal((2, 24)),
    }


def values(cases: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]]) -> dict[str, np.ndarray]:
    """All inputs, and for each case its output, an upstream gradient, and the gradients in the order of the inputs."""
    given, rng = inputs(), np.random.default_rng(20240302)
    result = {f"input/{name}": array for name, array in given.items()}
    for case, (layer, names, settings) in cases.items():
        leaves = [torch.tensor(given[name], requires_grad=True) for name in names]
        out = FUNCTIONS[layer](*leaves, **settings)
        dout = rng.standard_normal(tuple(out.shape))
        out.backward(torch.tensor(dout))
        result |= {f"{case}/out": out.detach().numpy(), f"{case}/dout": dout}
        result |= {f"{case}/d{name}": leaf.grad.numpy() for name, leaf in zip(names, leaves, strict=True)}
    return result


if __name__ == "__main__":
    from cases import CASES

    np.savez_compressed(FILE, allow_pickle=False, **values(CASES))
    print(f"wrote {FILE.name}: {FILE.stat().st_size:,} bytes, torch {torch.__version__}")
