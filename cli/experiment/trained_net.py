"""A trained net with all that is needed to use it: its parameters, and how its pixels were treated."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import mnist
import models
from base.arrays import Array
from base.tasks import REAL, Task
from layers import softmax
from mnist.own.pictures import drawn, holds_pictures, read_pictures
from solver import CheckpointError, checkpoint
from solver.protocols import Model

from . import own_code, own_rows
from .data_and_model import build_model, load_data
from .drawings import Drawings
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

    def unit(self, rows: Array) -> Array:
        """Treated rows (N, D) back as pixels (N, H, W) in 0..1."""
        info = self.info
        pixels = rows if info["mean"] is None else rows * info["std"] + info["mean"]
        unit = pixels / (1 if info["scaled"] else info["maximum"])
        shaped: Array = np.clip(unit, 0, 1).reshape(len(rows), *info["shape"])
        return shaped

    def drawings(self) -> Drawings:
        """What the net makes of drawings and photos."""
        return Drawings(self.info, lambda: self.unit(self.load_data(None)["X_train"]))

    def probabilities(self, X: Array) -> Array:
        """Probabilities (N, C) of each class for treated rows X."""
        return softmax(self.model.loss(X))

    @property
    def task(self) -> Task | None:
        """What its targets ask, where the data say it: real ones; else the labels at hand tell."""
        return REAL if self.is_real else None

    @property
    def is_real(self) -> bool:
        """Whether the net gives a value, not a class."""
        return bool(self.info.get("own")) and not self.info.get("classes")

    def class_name(self, index: int) -> str:
        """The name of a class; of digits its number."""
        classes = self.info.get("classes")
        return str(classes[index]) if classes else str(index)

    def parts(self, name: str | None) -> Iterator[tuple[str, Array, Array]]:
        """(part, X, y) of the run's data set, or of another one, treated by what the run learned of its own."""
        keeps = own_rows.kept(self.info)
        if name is None and own_rows.changed(self.info, self.settings):
            print(f"note: {self.settings.data} has changed since the run; all of its rows now:", file=sys.stderr)
            name = self.settings.data
        path = None if name is None else Path(name).expanduser()
        pictures = path is not None and path.is_dir() and holds_pictures(path)
        frame = self.drawings().frame if pictures else None
        if name is not None and keeps is not None:
            form = drawn(frame) if frame is not None else keeps.form if pictures and len(keeps.shape) > 1 else None
            yield from own_rows.labelled_parts(keeps, name, self.settings, form)
            return
        if path is not None and pictures:
            yield from self._of_pictures(path, frame)
            return
        data = self.load_data(name)
        for part in PARTS:
            if len(data[f"X_{part}"]):
                yield part, data[f"X_{part}"], data[f"y_{part}"]

    def _of_pictures(self, path: Path, frame: mnist.Frame | None) -> Iterator[tuple[str, Array, Array]]:
        """(part, X, y) of drawings in folders 0 to 9, prepared as the net's images are."""
        if frame is None:
            raise mnist.DataError(f"{path} holds pictures; the net was trained on {tuple(self.info['shape'])}.")
        pairs = read_pictures(path, drawn(frame)).pairs
        for part, (X, y) in pairs.items():
            pixels = np.asarray(X) * (self.info["maximum"] / 255)
            yield part if len(pairs) > 1 else "all", self.treat(pixels), own_rows.digits(y, str(path))

    def load_data(self, name: str | None) -> mnist.Dataset:
        """The run's data set, or another one of images, treated alike with the run's mean and deviation."""
        if name is None:
            own_code.refuse_changed(self.code, [self.settings.data], f"the data set {self.settings.data}")
            return load_data(self.settings)
        asked = ("standardise", "label", "drop", "test", "limit", "prepare")
        mine = {key: getattr(TrainSettings, key) for key in asked}
        data = load_data(TrainSettings(**(vars(self.settings) | mine | {"data": name})))
        if self.info["mean"] is not None:
            data |= {f"X_{part}": own_rows.restandardised(self.info, data[f"X_{part}"]) for part in PARTS}
        if data.info.own is not None and self.info["source"] != "function" and self.settings.coding == "labels":
            data |= own_rows.whole_numbers(data)
        return data


PARTS = ("train", "val", "test")


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
    names = own_code.references(settings, own_code.OF_A_MODEL)
    own_code.refuse_changed(metadata["code"], names, str(path))
    model = build_model(settings, metadata["sizes"][0], metadata["sizes"][1], np.random.default_rng(0))
    if set(params) != set(model.params):
        raise CheckpointError(f"{path} holds {', '.join(params)}; {settings.model} has {', '.join(model.params)} now")
    for name, array in params.items():
        model.params[name] = array
    for name, array in state.items():
        model.state[name][...] = array  # type: ignore[attr-defined]  # only a model that has a state saves one
    return model
