"""Writes values.npz: forward and backward of every layer and loss as torch computes them in float64.

Run `python tests/layers/golden/make.py` where torch is installed (extra `peers`); the file is committed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

FILE = Path(__file__).with_name("values.npz")
N, D, M = 6, 5, 4
C, PIXELS = 4, (3, 2)


def inputs(seed: int = 20240229) -> dict[str, np.ndarray]:
    """The arrays that all cases share, from a seed."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(M, size=N)
    later = np.random.default_rng([seed, 1])  # a stream of its own: what came first keeps its values
    return {
        "x": 2 * rng.standard_normal((N, D)), "w": rng.standard_normal((D, M)), "b": rng.standard_normal(M),
        "y": rng.standard_normal((N, D)), "gamma": rng.uniform(0.5, 2, D), "beta": rng.standard_normal(D),
        "mean": rng.standard_normal(D), "var": rng.uniform(0.5, 2, D),
        "scores": 3 * rng.standard_normal((N, M)), "labels": labels, "one_hot": np.eye(M)[labels],
        "soft": rng.dirichlet(np.ones(M), N), "bits": rng.integers(2, size=(N, M)).astype(float),
        "real": rng.standard_normal((N, M)),
        "dout_d": rng.standard_normal((N, D)), "dout_m": rng.standard_normal((N, M)),
        "images": later.standard_normal((N, C, *PIXELS)), "dout_images": later.standard_normal((N, C, *PIXELS)),
        "gamma_c": later.uniform(0.5, 2, C), "beta_c": later.standard_normal(C),
        "mean_c": later.standard_normal(C), "var_c": later.uniform(0.5, 2, C),
        "gamma_image": later.uniform(0.5, 2, (C, *PIXELS)), "beta_image": later.standard_normal((C, *PIXELS)),
        "indices": later.integers(M, size=(N, 3)), "table": later.standard_normal((M, D)),
        "dout_words": later.standard_normal((N, 3, D)),
    }  # fmt: skip


def _margin(s: Any, y: Any, margin: float = 1.0) -> Any:
    """torch divides by the number of classes."""
    return F.multi_margin_loss(s, y, margin=margin) * s.shape[1]


# case -> (torch's function, names of the inputs it is differentiated by, names of its other inputs, the upstream one)
Case = tuple[Callable[..., Any], tuple[str, ...], tuple[str, ...], str | None]
CASES: dict[str, Case] = {
    "affine": (lambda x, w, b: F.linear(x, w.T, b), ("x", "w", "b"), (), "dout_m"),
    "linear": (lambda x, w: F.linear(x, w.T), ("x", "w"), (), "dout_m"),
    "affine_relu": (lambda x, w, b: F.relu(F.linear(x, w.T, b)), ("x", "w", "b"), (), "dout_m"),
    "relu": (F.relu, ("x",), (), "dout_d"),
    "leaky_relu": (F.leaky_relu, ("x",), (), "dout_d"),
    "leaky_relu slope=0.3": (lambda x: F.leaky_relu(x, 0.3), ("x",), (), "dout_d"),
    "softplus": (F.softplus, ("x",), (), "dout_d"),
    "sigmoid": (torch.sigmoid, ("x",), (), "dout_d"),
    "tanh": (torch.tanh, ("x",), (), "dout_d"),
    "add": (torch.add, ("x", "y"), (), "dout_d"),
    "batch_norm": (
        lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True), ("x", "gamma", "beta"), (), "dout_d"),
    "batch_norm stats": (
        lambda x, g, b, m, v: F.batch_norm(x, m, v, g, b), ("x", "gamma", "beta"), ("mean", "var"), "dout_d"),
    "elu": (F.elu, ("x",), (), "dout_d"),
    "elu alpha=0.5": (lambda x: F.elu(x, 0.5), ("x",), (), "dout_d"),
    "gelu": (F.gelu, ("x",), (), "dout_d"),
    "gelu approximate=True": (lambda x: F.gelu(x, approximate="tanh"), ("x",), (), "dout_d"),
    "layer_norm": (lambda x, g, b: F.layer_norm(x, (D,), g, b), ("x", "gamma", "beta"), (), "dout_d"),
    "layer_norm eps=0.001": (
        lambda x, g, b: F.layer_norm(x, (D,), g, b, eps=1e-3), ("x", "gamma", "beta"), (), "dout_d"),
    "layer_norm of images": (
        lambda x, g, b: F.layer_norm(x, (C, *PIXELS), g, b), ("images", "gamma_image", "beta_image"), (),
        "dout_images"),
    "group_norm groups=2": (
        lambda x, g, b: F.group_norm(x, 2, g, b), ("images", "gamma_c", "beta_c"), (), "dout_images"),
    "group_norm groups=1": (
        lambda x, g, b: F.group_norm(x, 1, g, b), ("images", "gamma_c", "beta_c"), (), "dout_images"),
    "group_norm groups=4": (
        lambda x, g, b: F.group_norm(x, 4, g, b), ("images", "gamma_c", "beta_c"), (), "dout_images"),
    "spatial_batch_norm": (
        lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True), ("images", "gamma_c", "beta_c"), (),
        "dout_images"),
    "spatial_batch_norm stats": (
        lambda x, g, b, m, v: F.batch_norm(x, m, v, g, b), ("images", "gamma_c", "beta_c"), ("mean_c", "var_c"),
        "dout_images"),
    "embedding": (lambda w, i: F.embedding(i, w), ("table",), ("indices",), "dout_words"),
    "softmax_loss": (F.cross_entropy, ("scores",), ("labels",), None),
    "softmax_loss one_hot": (F.cross_entropy, ("scores",), ("one_hot",), None),
    "softmax_loss soft": (F.cross_entropy, ("scores",), ("soft",), None),
    "svm_loss": (_margin, ("scores",), ("labels",), None),
    "svm_loss margin=0.5": (lambda s, y: _margin(s, y, 0.5), ("scores",), ("labels",), None),
    "logistic_loss": (
        lambda s, y: F.binary_cross_entropy_with_logits(s, y, reduction="sum") / N, ("scores",), ("bits",), None),
    "squared_loss": (lambda s, y: F.mse_loss(s, y, reduction="sum") / (2 * N), ("scores",), ("real",), None),
    "squared_loss reduction='sum'": (lambda s, y: F.mse_loss(s, y, reduction="sum"), ("scores",), ("real",), None),
}  # fmt: skip


def values(seed: int = 20240229) -> dict[str, np.ndarray]:
    """All inputs, and for each case its output and the gradients in the order of the inputs."""
    given = inputs(seed)
    result = {f"input/{name}": array for name, array in given.items()}
    for case, (function, by, others, upstream) in CASES.items():
        leaves = [torch.tensor(given[name], requires_grad=True) for name in by]
        out = function(*leaves, *[torch.tensor(given[name]) for name in others])
        out.backward(torch.tensor(given[upstream]) if upstream else None)
        result[f"{case}/out"] = out.detach().numpy()
        for name, leaf in zip(by, leaves, strict=True):
            result[f"{case}/d{name}"] = leaf.grad.numpy()
    return result


if __name__ == "__main__":
    np.savez_compressed(FILE, allow_pickle=False, **values())
    print(f"wrote {FILE.name}: {FILE.stat().st_size:,} bytes, torch {torch.__version__}")
