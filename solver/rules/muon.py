"""Muon: momentum whose matrices are orthogonalised; for hidden matrices, with AdamW for everything else."""

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from ..protocols import Config, Layout, Slot
from .adam import corrections
from .elementwise import FLUSH_EVERY, check_arrays, flush_denormals, given, run, slot_array
from .formula import Formula
from .registry import Rule, add, get

_SETTINGS: dict[str, Any] = {
    "learning_rate": 0.02,
    "momentum": 0.95,
    "weight_decay": 0.0,
    "ns_steps": 5,
    "adamw_scale": 0.05,
    "adamw_names": None,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
}
_SLOTS = ("m", "v")
_A, _B, _C = 3.4445, -4.7750, 2.0315  # the quintic of Jordan et al., steepest at zero


def muon(
    w: Array, dw: Array, config: Config | None = None, *, out: Array | None = None, layout: Layout | None = None
) -> tuple[Array, Config]:
    """m <- mu m + (1 - mu) dw;  u = (1 - mu) dw + mu m;  W <- (1 - lr wd) W - lr sqrt(max(1, H / D)) O(u), W (D, H).

    O(u) brings the singular values of u near 1 by `ns_steps` Newton-Schulz iterations in the dtype of w (torch's run in
    bfloat16). Only for hidden matrices: the last matrix of the layout, which gives the scores, and all vectors are
    moved by AdamW at adamw_scale times the learning rate; `adamw_names` names the matrices that are left to AdamW.
    Without a layout a matrix is taken as hidden.

    Settings: learning_rate 0.02, momentum 0.95, weight_decay 0 (of matrices), ns_steps 5, adamw_scale 0.05, adamw_names
    (the last matrix), beta1 0.9, beta2 0.999, epsilon 1e-8. State: m, v (AdamW's only), t. Jordan et al., 2024. Equals
    torch.optim.Muon on the transposed matrix, but for the bfloat16.
    """
    config = {} if config is None else config
    check_arrays("muon", w, dw)
    out = np.empty_like(w, order="C") if out is None else out
    if not out.flags.c_contiguous:
        raise ValueError("muon writes into contiguous arrays only; got an out that is not.")
    _prepare(w, config)
    if out is not w:
        out[...] = w
    flat, grad, m, v = (array.reshape(-1) for array in (out, dw, config["m"], config["v"]))
    for slot in layout or (Slot("w", slice(0, w.size), w.shape, w.ndim >= 2),):
        cut, shape = slot.slice, slot.shape
        if len(shape) == 2 and slot.name not in (config["adamw_names"] or ()):
            _hidden(flat[cut].reshape(shape), grad[cut].reshape(shape), m[cut].reshape(shape), config)
        else:
            _other(flat[cut], grad[cut], m[cut], v[cut], config, slot.decays)
    if config["t"] % FLUSH_EVERY == 0:
        flush_denormals(config["m"])
        flush_denormals(config["v"])
    return out, config


def _prepare(w: Array, config: Config) -> None:
    for key, value in _SETTINGS.items():
        config.setdefault(key, value)
    if config.get("_work") is None or any(config["_work"][name] is not config.get(name) for name in _SLOTS):
        for name in _SLOTS:
            config[name] = slot_array(name, config.get(name), w)
        config["_work"] = {name: config[name] for name in _SLOTS}
    config["t"] = config.get("t", 0) + 1


def _hidden(w: Array, dw: Array, m: Array, config: Config) -> None:
    """One Muon update of a matrix, in place."""
    mu, lr = config["momentum"], config["learning_rate"]
    m *= mu
    m += (1 - mu) * dw
    update = orthogonalised((1 - mu) * dw + mu * m, config["ns_steps"])
    w *= 1 - lr * config["weight_decay"]
    w -= lr * math.sqrt(max(1, w.shape[1] / w.shape[0])) * update


def orthogonalised(matrix: Array, iterations: int) -> Array:
    """X <- a X + (b G + c G^2) X with G = X X^T, from X = matrix / ||matrix||, on the side where G is smaller."""
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    X = wide / max(float(np.linalg.norm(wide)), 1e-7)
    for _ in range(iterations):
        gram = X @ X.T
        X = _A * X + (_B * gram + _C * (gram @ gram)) @ X
    result: Array = X.T if matrix.shape[0] > matrix.shape[1] else X
    return result


def _other(w: Array, dw: Array, m: Array, v: Array, config: Config, decays: bool) -> None:
    """One AdamW update, in place."""
    scaled = {**config, "learning_rate": config["adamw_scale"] * config["learning_rate"]}
    numbers = {**corrections(scaled), **({} if decays else {"weight_decay": 0.0})}
    formula = _adamw()
    arrays = {"w": w, "dw": dw, "out": w, "m": m, "v": v, **{name: np.empty_like(w) for name in formula.scratch}}
    run(formula, {**arrays, **given(formula, numbers)})


@functools.cache
def _adamw() -> Formula:
    """AdamW's formula."""
    element: Any = get("adamw").element
    return Formula(element({"amsgrad": False}).function, ("m", "v"))


def _resolve(config: Config, layout: Layout) -> Config:
    """Leave the last matrix to AdamW unless the user named others; names must be those of parameters."""
    names: Sequence[str] | None = config["adamw_names"]
    matrices: list[Slot] = [slot for slot in layout if len(slot.shape) == 2]
    if names is None:
        return {**config, "adamw_names": tuple(slot.name for slot in matrices[-1:])}
    unknown = set(names) - {slot.name for slot in layout}
    if unknown:
        raise ValueError(f"adamw_names has {sorted(unknown)}; the model has {', '.join(s.name for s in layout)}.")
    return config


add(Rule("muon", muon, _SETTINGS, _SLOTS, {"t": 0}, resolve=_resolve))
