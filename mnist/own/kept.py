"""What a run keeps of its own data: how rows become inputs, and classes names; others are treated alike."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from ..errors import DataError, shown
from ..npz import read_npy, read_npz
from . import arrays, tables
from .features import Features
from .labels import Labels, plain_labels
from .material import Material, Pair, Table
from .pictures import SUFFIXES, Form, form_of
from .scaling import Scaling


class Kept(NamedTuple):
    """The scaling, the classes, the shape of a row, a table's columns (None for arrays), the name of the labels."""

    scaling: Scaling
    labels: Labels
    shape: tuple[int, ...]
    features: Features | None = None
    label: str | None = None
    pictures: str | None = None

    def inputs(self, X: "Array | Table", dtype: Any, where: str, *, flatten: bool = True) -> Array:
        """Raw rows as the net's inputs, coded and scaled as in training; DataError for other columns or shapes."""
        if isinstance(X, Table):
            if self.features is None:
                raise DataError(f"{where} is a table; the net was trained on arrays {self.shape}.")
            X = self.features.numbers(X, where)
        elif self.features is not None and not self.features.continuous.all():
            raise DataError(f"{where} holds arrays; the net was trained on a table with columns of text: give a table.")
        X = arrays.as_numbers(X, where)
        if X.shape[1:] != self.shape and int(np.prod(X.shape[1:])) != int(np.prod(self.shape)):
            raise DataError(f"{where}: rows have shape {X.shape[1:]}, but the net was trained on {self.shape}.")
        X = self.scaling(X.reshape(len(X), *self.shape), dtype)
        return X.reshape(len(X), int(np.prod(self.shape))) if flatten else X

    def targets(self, y: Array, where: str, lines: Array | None = None) -> Array:
        """Labels coded as in training."""
        return self.labels.code(plain_labels(y, where, self.labels.classes is None, lines), where)

    def read(self, path: Path) -> "Array | Table":
        """The raw rows in a file to predict: a table with or without labels, .npz, .npy, or a picture."""
        if not path.exists():
            raise DataError(f"there is no {shown(path)}.")
        if tables.is_table(path):
            return tables.read_columns(path)
        if path.suffix == ".npz":
            return self._inputs_alone(path)
        if path.suffix == ".npy":
            X = read_npy(path, limit=arrays.LIMIT)
            return X[None] if X.shape == self.shape else X
        if path.suffix.lower() in SUFFIXES and len(self.shape) >= 2:
            return self.form.pixels(path)[None]
        raise DataError(f"{shown(path)}: expected rows as .csv, .parquet, .npz or .npy"
                        + (", or a picture." if len(self.shape) >= 2 else "."))  # fmt: skip

    @property
    def form(self) -> Form:
        """What pictures of others are made into: those that the run has learned from."""
        return form_of(self.pictures or ("RGB" if len(self.shape) == 3 else "L"), self.shape)

    def _inputs_alone(self, path: Path) -> Array:
        """The array of an .npz whose rows have our shape: the inputs of the test if there are several."""
        held = read_npz(path, limit=arrays.LIMIT, text=True)
        fits = [name for name, array in held.items() if array.shape[1:] == self.shape and array.dtype.kind in "biuf"]
        fits.sort(key=lambda name: "test" not in name.lower())
        if not fits:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in held.items())
            raise DataError(f"{shown(path)} has no rows of shape {self.shape}; it holds {shapes}.")
        return held[fits[0]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "scaling": self.scaling.as_dict(),
            "classes": None if self.labels.classes is None else list(self.labels.classes),
            "first": self.labels.first,
            "shape": list(self.shape),
            "columns": None if self.features is None else self.features.as_list(),
            "label": self.label,
            "pictures": self.pictures,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Kept":
        """What `as_dict` gave."""
        classes, columns = kept["classes"], kept["columns"]
        return cls(
            Scaling.from_dict(kept["scaling"]),
            Labels(None if classes is None else tuple(classes), kept["first"]),
            tuple(kept["shape"]),
            None if columns is None else Features.from_list(columns),
            kept["label"],
            kept["pictures"],
        )


def learn(train: Pair, labels: Labels, material: Material, *, scaled: bool, standardise: bool) -> Kept:
    """What there is to keep, from the training rows."""
    X, where, features = train.X, material.where, None
    if isinstance(X, Table):
        features = Features.learn(X, where)
        X = features.numbers(X, where)
    X = arrays.as_numbers(X, where)
    continuous = None if features is None or is_array_of_pixels(features) else features.continuous
    scaling = Scaling.learn(X, scaled=scaled, standardise=standardise, continuous=continuous, where=where)
    return Kept(scaling, labels, X.shape[1:], features, material.label, material.pictures)


def is_array_of_pixels(features: Features) -> bool:
    """Whether a table may be pixels, as in mnist_train.csv: many columns of numbers alone; their values decide."""
    return len(features.columns) >= 64 and bool(features.continuous.all())
