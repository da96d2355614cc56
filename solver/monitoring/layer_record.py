"""What happens inside a net in training: weights, gradients and activations of each layer at each evaluation."""

from typing import Any, Protocol

import numpy as np

from base.arrays import Array

from ..evaluation import undisturbed

LayerRow = dict[str, Any]


class Watched(Protocol):
    """What the callback needs of the Solver."""

    model: Any
    data: Any


class LayerRecord:
    """A callback that measures the same few training rows at each evaluation; `plots.layers` draws it.

    rows: one dict an evaluation: "step" and "epoch"; "weights" and "gradients", parameter -> root mean square of its
    entries; "activations", node -> standard deviation over rows and units; "silent", node -> share of units that are 0
    in all rows (dead, for a relu). The two last are there for a Graph, which tells its `values`.
    size: how many rows are measured, by a copy of the model and with noise of a fixed seed: the run keeps every bit.
    Raises ValueError for another size than 2 or more.
    Part of checkpoints: a resumed run goes on with its rows.
    """

    def __init__(self, size: int = 256):
        if not (isinstance(size, int) and size >= 2):
            raise ValueError(f"size is {size!r}; expected a number of rows, 2 or more")
        self.size = size
        self.rows: list[LayerRow] = []

    def on_eval(self, solver: Watched, logs: dict[str, Any]) -> None:
        """Measure."""
        X, y = solver.data.X_train[: self.size], solver.data.y_train[: self.size]
        with undisturbed(solver.model) as model:
            noise = {"rng": np.random.default_rng(0)} if getattr(model, "noisy", False) else {}
            values = model.values(X) if hasattr(model, "values") else {}
            _, gradients = model.loss(X, y, **noise)
        inside = {name: value for name, value in values.items() if name != "x"}
        self.rows.append(
            {
                "step": int(logs["step"]),
                "epoch": float(logs["epoch"]),
                "weights": {name: _size(array) for name, array in model.params.items()},
                "gradients": {name: _size(gradients[name]) for name in model.params},
                "activations": {name: float(np.std(value, dtype=np.float64)) for name, value in inside.items()},
                "silent": {name: float(np.mean(~np.any(value, axis=0))) for name, value in inside.items()},
            }
        )

    def state(self) -> dict[str, Any]:
        """The rows so far."""
        return {"rows": self.rows}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from `state()`."""
        self.rows = [dict(row) for row in state["rows"]]


def _size(array: Array) -> float:
    """The root mean square."""
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))
