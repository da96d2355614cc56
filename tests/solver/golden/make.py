"""Writes golden.npz: 100 float64 steps of each update rule, made with the reference implementations.

Run with torch, schedulefree and optax (with jax) installed: python tests/solver/golden/make.py. The gradient of step k
is `noise[k] + 0.1 w`, so that a wrong step changes the next gradients too. Arrays: a (6, 4) matrix W and a vector b.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

STEPS = 100
FILE = Path(__file__).with_name("golden.npz")

# name: (our rule, its settings); the torch side is in `torch_optimisers`
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("sgd", {"learning_rate": 0.1}),
    "sgd_momentum": ("sgd_momentum", {"learning_rate": 0.05, "momentum": 0.9}),
    "nesterov": ("nesterov", {"learning_rate": 0.05, "momentum": 0.9}),
    "adagrad": ("adagrad", {"learning_rate": 0.1}),
    "adadelta": ("adadelta", {"learning_rate": 1.0, "decay_rate": 0.9, "epsilon": 1e-6}),
    "rmsprop": ("rmsprop", {"learning_rate": 0.01, "decay_rate": 0.95}),
    "adam": ("adam", {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.99}),
    "adam_large_epsilon": ("adam", {"learning_rate": 0.05, "epsilon": 0.1}),
    "adam_amsgrad": ("adam", {"learning_rate": 0.05, "beta2": 0.9, "amsgrad": True}),
    "adamw": ("adamw", {"learning_rate": 0.05, "weight_decay": 0.3}),
    "adamw_amsgrad": ("adamw", {"learning_rate": 0.05, "beta2": 0.9, "weight_decay": 0.3, "amsgrad": True}),
    "nadam": ("nadam", {"learning_rate": 0.05, "momentum_decay": 0.004}),
    "muon": ("muon", {"learning_rate": 0.02, "momentum": 0.95, "weight_decay": 0.1, "adamw_scale": 0.5}),
    "lion": ("lion", {"learning_rate": 0.01, "weight_decay": 0.3}),
    "schedule_free_sgd": ("schedule_free_sgd", {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.3}),
    "schedule_free_adamw": ("schedule_free_adamw", {"learning_rate": 0.05, "beta1": 0.9, "weight_decay": 0.3}),
}
FROM_TORCH = [name for name in CASES if name != "lion" and not name.startswith("schedule_free")]


def inputs(seed: int = 20) -> dict[str, np.ndarray]:
    """Start and noise."""
    rng = np.random.default_rng(seed)
    shapes = {"W": (6, 4), "b": (4,)}
    start = {f"start/{name}": rng.standard_normal(shape) for name, shape in shapes.items()}
    return start | {f"noise/{name}": rng.standard_normal((STEPS, *shape)) for name, shape in shapes.items()}


def torch_optimisers() -> dict[str, Callable[[Any, Any], list[Any]]]:
    """Case -> the torch optimisers of (W, b); weight decay is for W alone."""
    from torch import optim

    def groups(W: Any, b: Any, decay: float) -> list[dict[str, Any]]:
        return [{"params": [W], "weight_decay": decay}, {"params": [b], "weight_decay": 0.0}]

    return {
        "sgd": lambda W, b: [optim.SGD([W, b], lr=0.1)],
        "sgd_momentum": lambda W, b: [optim.SGD([W, b], lr=0.05, momentum=0.9)],
        "nesterov": lambda W, b: [optim.SGD([W, b], lr=0.05, momentum=0.9, nesterov=True)],
        "adagrad": lambda W, b: [optim.Adagrad([W, b], lr=0.1)],
        "adadelta": lambda W, b: [optim.Adadelta([W, b], lr=1.0, rho=0.9, eps=1e-6)],
        "rmsprop": lambda W, b: [optim.RMSprop([W, b], lr=0.01, alpha=0.95)],
        "adam": lambda W, b: [optim.Adam([W, b], lr=0.05, betas=(0.8, 0.99))],
        "adam_large_epsilon": lambda W, b: [optim.Adam([W, b], lr=0.05, eps=0.1)],
        "adam_amsgrad": lambda W, b: [optim.Adam([W, b], lr=0.05, betas=(0.9, 0.9), amsgrad=True)],
        "adamw": lambda W, b: [optim.AdamW(groups(W, b, 0.3), lr=0.05)],
        "adamw_amsgrad": lambda W, b: [optim.AdamW(groups(W, b, 0.3), lr=0.05, betas=(0.9, 0.9), amsgrad=True)],
        "nadam": lambda W, b: [optim.NAdam([W, b], lr=0.05)],
        # our AdamW part moves at adamw_scale times the learning rate
        "muon": lambda W, b: [optim.Muon([W], lr=0.02, weight_decay=0.1), optim.AdamW([b], lr=0.01, weight_decay=0.0)],
    }


def with_torch(name: str, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights after 100 steps of a torch optimiser.

    Muon sees the transposed matrix, (out, in) in torch's convention, and iterates in float64: its cast to bfloat16, an
    economy for accelerators, is switched off. NAdam keeps its product of mu in the default dtype: set to float64 here.
    """
    import torch

    turn = (lambda a: a.T) if name == "muon" else (lambda a: a)
    W, b = (torch.tensor(turn(given[f"start/{key}"]).copy(), requires_grad=True) for key in "Wb")
    optimisers = torch_optimisers()[name](W, b)
    cast, default = torch.Tensor.bfloat16, torch.get_default_dtype()
    torch.Tensor.bfloat16 = lambda self: self.clone()
    torch.set_default_dtype(torch.float64)
    try:
        for k in range(STEPS):
            for tensor, key in ((W, "W"), (b, "b")):
                noise = turn(given[f"noise/{key}"][k]) if key == "W" else given["noise/b"][k]
                tensor.grad = torch.tensor(noise.copy()) + 0.1 * tensor.detach()
            for optimiser in optimisers:
                optimiser.step()
    finally:
        torch.Tensor.bfloat16 = cast
        torch.set_default_dtype(default)
    return {"W": turn(W.detach().numpy()).copy(), "b": b.detach().numpy().copy()}


def with_optax(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Lion by optax."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    rule = optax.lion(0.01, b1=0.9, b2=0.99, weight_decay=0.3, mask={"W": True, "b": False})
    weights = {key: jax.numpy.asarray(given[f"start/{key}"]) for key in "Wb"}
    state = rule.init(weights)
    for k in range(STEPS):
        grads = {key: given[f"noise/{key}"][k] + 0.1 * weights[key] for key in "Wb"}
        moves, state = rule.update(grads, state, weights)
        weights = optax.apply_updates(weights, moves)
    return {key: np.asarray(value) for key, value in weights.items()}


def with_schedulefree(name: str, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The authors' implementation: the training point, and x, the point to evaluate, as W_eval and b_eval."""
    import schedulefree
    import torch

    W, b = (torch.tensor(given[f"start/{key}"].copy(), requires_grad=True) for key in "Wb")
    groups = [{"params": [W], "weight_decay": 0.3}, {"params": [b], "weight_decay": 0.0}]
    if name == "schedule_free_sgd":
        optimiser = schedulefree.SGDScheduleFree(groups, lr=0.1, momentum=0.9, foreach=False)
    else:
        optimiser = schedulefree.AdamWScheduleFree(groups, lr=0.05, betas=(0.9, 0.999), foreach=False)
    optimiser.train()
    for k in range(STEPS):
        for tensor, key in ((W, "W"), (b, "b")):
            tensor.grad = torch.tensor(given[f"noise/{key}"][k].copy()) + 0.1 * tensor.detach()
        optimiser.step()
    result = {"W": W.detach().numpy().copy(), "b": b.detach().numpy().copy()}
    optimiser.eval()
    return result | {"W_eval": W.detach().numpy().copy(), "b_eval": b.detach().numpy().copy()}


def main() -> None:
    """Make the file."""
    given = inputs()
    made = {name: with_torch(name, given) for name in FROM_TORCH} | {"lion": with_optax(given)}
    made |= {name: with_schedulefree(name, given) for name in CASES if name.startswith("schedule_free")}
    arrays = {f"{name}/{key}": array for name, result in made.items() for key, array in result.items()}
    np.savez(FILE, **given, **arrays)
    print(f"{FILE.name}: {len(made)} cases of {STEPS} steps")


if __name__ == "__main__":
    main()
