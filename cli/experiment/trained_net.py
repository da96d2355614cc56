"""A trained net with all that is needed to use it: its parameters, and how its pixels were treated."""

from pathlib import Path
from typing import Any, NamedTuple

import mnist
import models
from base.arrays import Array
from layers import softmax
from solver import CheckpointError, checkpoint

from .data_and_model import load_data
from .settings import TrainSettings


class Trained(NamedTuple):
    """A model, the settings it was trained with, and `mnist.Info` of its data as a dict."""

    model: models.Graph
    settings: TrainSettings
    info: dict[str, Any]

    def treat(self, raw: Array) -> Array:
        """Raw pixels (N, H, W), 0..maximum, as rows (N, D) treated as in training."""
        shape, maximum = tuple(self.info["shape"]), self.info["maximum"]
        if raw.shape[1:] != shape:
            raise mnist.DataError(f"images are {raw.shape[1:]}, but the net was trained on {shape}")
        X = raw.reshape(len(raw), -1) / (maximum if self.info["scaled"] else 1)
        if self.info["mean"] is not None:
            X = (X - self.info["mean"]) / self.info["std"]
        return X.astype(self.model.dtype)

    def probabilities(self, X: Array) -> Array:
        """Probabilities (N, C) of each class for treated rows X."""
        return softmax(self.model.loss(X))

    def load_data(self, name: str | None) -> mnist.Dataset:
        """The run's data set, or another one treated by the same settings."""
        return load_data(self.settings if name is None else TrainSettings(**(vars(self.settings) | {"data": name})))


def load(path: Path, weights: str) -> Trained:
    """The net in a checkpoint, with the weights of the "last" step or the "best" on validation."""
    saved = checkpoint.read(path)
    metadata, described = saved.metadata, saved.model_config
    if "settings" not in metadata or described is None:
        raise CheckpointError(f"{path} does not come from `layergraph train`, or holds a class of yours: use Python")
    params, state = (saved.params, saved.state) if weights == "last" else (saved.best_params, saved.best_state)
    model = models.from_config(described, params, state)
    return Trained(model, TrainSettings(**metadata["settings"]), metadata["data"])
