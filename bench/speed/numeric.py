"""System 5's step, all 39,760 gradients by centred differences: its time, and how far it is from the plain loop's."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import mnist
from models import mlp
from models.numeric import Gradients, by_moving, numeric

H, BATCH, RATE, CHECKED = 1e-4, 100, 0.001, 3


def measure(gradients: Gradients, steps: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds for 1,000 steps (from the median of `steps`), and the largest difference in the first three.

    gradients: the way through the net's structure, see `models.numeric`; the plain loop moves every parameter in turn.
    Raises DataError without MNIST.
    """
    data = mnist.load("mnist", limit=5000, dtype="float64", scale="raw")
    rng = np.random.default_rng(0)
    plain = mlp([784, 50, 10], loss="offset_softmax", init="normal:0.01", rng=rng)
    model = numeric(plain, h=H, gradients=gradients)
    seconds, difference = [], 0.0
    for step in range(max(steps, CHECKED)):
        rows = rng.integers(0, len(data["X_train"]), BATCH)
        X, y = data["X_train"][rows], data["y_train"][rows]
        begin = time.perf_counter()
        _, grads = model.loss(X, y)
        seconds.append(time.perf_counter() - begin)
        if step < CHECKED:
            say(f"numeric gradients: step {step + 1} again by the plain loop, {plain.params.flat.size:,} parameters")
            slow = by_moving(plain, X, y, H)
            difference = max(difference, *(float(np.max(np.abs(grads[name] - slow[name]))) for name in slow))
        for name, gradient in grads.items():
            plain.params[name] -= RATE * gradient
    return {"seconds_of_1000_steps": 1000 * float(np.median(seconds)), "largest_difference": difference}


def sentence(result: dict[str, Any]) -> str:
    """The result in words."""
    return (
        f"Training by numeric differentiation: 1,000 steps in {result['seconds_of_1000_steps']:.0f} s;"
        f" the first {CHECKED} steps differ from the plain loop's by {result['largest_difference']:.1e} at the most."
    )
