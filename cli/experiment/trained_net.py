"""A trained net with all that is needed to use it: its parameters, and how its pixels were treated."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import mnist
import models
from base.arrays import Array
from layers import softmax
from solver import CheckpointError, checkpoint
from solver.protocols import Model

from . import own_code
from .data_and_model import build_model, load_data
from .settings import TrainSettings


class Trained(NamedTuple):
    """A model, the settings it was trained with, `mnist.Info` of its data as a dict, the hashes of the user's code."""

    model: Model
    settings: TrainSettings
    info: dict[str, Any]
    code: dict[str, str]

    def treat(self, raw: Array) -> Array:
        """Raw pixels (N, H, W), 0..maximum, as rows (N, D) treated as in training."""
        shape, maximum = tuple(self.info["shape"]), self.info["maximum"]
        if raw.shape[1:] != shape:
            raise mnist.DataError(f"images are {raw.shape[1:]}, but the net was trained on {shape}")
        X = raw.reshape(len(raw), -1) / (maximum if self.info["scaled"] else 1)
        if self.info["mean"] is not None:
            X = (X - self.info["mean"]) / self.info["std"]
        return X.astype(self.settings.dtype)

    def probabilities(self, X: Array) -> Array:
        """Probabilities (N, C) of each class for treated rows X."""
        return softmax(self.model.loss(X))

    def load_data(self, name: str | None) -> mnist.Dataset:
        """The run's data set, or another one treated by the same settings."""
        if name is None:
            own_code.refuse_changed(self.code, [self.settings.data], f"the data set {self.settings.data}")
        return load_data(self.settings if name is None else TrainSettings(**(vars(self.settings) | {"data": name})))


def load(path: Path, weights: str) -> Trained:
    """The net in a checkpoint, with the weights of the "last" step or the "best" on validation."""
    saved = checkpoint.read(path)
    metadata, described = saved.metadata, saved.model_config
    if "settings" not in metadata:
        raise CheckpointError(f"{path} does not come from `layergraph train`: use models.load or Solver.load in Python")
    params, state = (saved.params, saved.state) if weights == "last" else (saved.best_params, saved.best_state)
    settings = TrainSettings(**metadata["settings"])
    if described is None:
        model = _rebuilt(path, metadata, settings, params, state)
    else:
        model = models.from_config(described, params, state)
    return Trained(model, settings, metadata["data"], metadata.get("code", {}))


def _rebuilt(
    path: Path, metadata: Mapping[str, Any], settings: TrainSettings, params: Mapping[str, Array], state: Any
) -> Model:
    """A net that code of the user's own makes: from the files that the settings name, if they are as they were."""
    if not metadata.get("code") or "sizes" not in metadata:
        raise CheckpointError(f"{path} holds a class of yours, of which it knows no file: use Python")
    names = [name for name in own_code.references(settings) if name != settings.data]
    own_code.refuse_changed(metadata["code"], names, str(path))
    model = build_model(settings, metadata["sizes"][0], metadata["sizes"][1], np.random.default_rng(0))
    if set(params) != set(model.params):
        raise CheckpointError(f"{path} holds {', '.join(params)}; {settings.model} has {', '.join(model.params)} now")
    for name, array in params.items():
        model.params[name] = array
    for name, array in state.items():
        model.state[name][...] = array  # type: ignore[attr-defined]  # only a model that has a state saves one
    return model
