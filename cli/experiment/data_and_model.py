"""From settings to data and model."""

import csv
from typing import Any, cast

import numpy as np

import mnist
from base.arrays import Array
from base.user_code import is_reference
from layers import one_hot
from models import Coded, Graph, binary_code, convnet, mlp, numeric
from models.own_models import own_model
from models.plan import image_of
from solver.protocols import Model

from .settings import TrainSettings

CLASSES = 10  # of data that do not say: MNIST and the digits
WATCHED = 1000  # training rows that are watched where none are held out


def load_data(settings: TrainSettings) -> mnist.Dataset:
    """The data set that the settings name, in their dtype, its labels coded as they say."""
    if settings.scale not in ("unit", "raw"):
        raise ValueError(f"scale is {settings.scale!r}; expected 'unit' (pixels in 0..1) or 'raw' (as stored)")
    scale: Any = True if settings.scale == "unit" else "raw"
    data = mnist.load(
        settings.data, val=settings.val, limit=settings.limit, dtype=settings.dtype, scale=scale,
        standardise=settings.standardise, verify=settings.verify, label=settings.label, test=settings.test,
        drop=columns(settings.drop), real=settings.coding == "value" and not _is_known(settings.data),
        prepare=settings.prepare,
    )  # fmt: skip
    if settings.val == 0:  # the solver wants something to watch
        data |= {"X_val": data["X_train"][:WATCHED], "y_val": data["y_train"][:WATCHED]}
    if is_real(data) and settings.loss in _OF_CLASSES:
        column = f" (--label {settings.label})" if settings.label else ""
        raise ValueError(f"the labels of {data.info.name}{column} are real numbers; loss {settings.loss!r} picks "
                         "classes: train with --loss squared, or name another column with --label")  # fmt: skip
    for part in ("train", "val", "test"):
        data[f"y_{part}"] = _targets(settings, data[f"y_{part}"], data, training=part == "train")
    return data


_OF_CLASSES = ("softmax", "svm", "offset_softmax", "logistic")


def columns(text: str | None) -> list[str]:
    """Names parted by commas; one that holds a comma stands in quotes."""
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True))] if text else []


def is_real(data: mnist.Dataset) -> bool:
    """Whether these data of the user's own have real targets."""
    return data.info.own is not None and data.info.classes is None


def _is_known(name: str) -> bool:
    return name in ("mnist", "digits") or is_reference(name)


def _targets(settings: TrainSettings, y: Array, data: mnist.Dataset, *, training: bool) -> Array:
    """Labels as the settings want them: smoothed one-hot rows in training, or the number itself as a real target."""
    if settings.coding == "value" or is_real(data):
        return y[:, None].astype(settings.dtype)
    if training and settings.label_smoothing:
        share, count = settings.label_smoothing, sizes(data)[1]
        return ((1 - share) * one_hot(y, count) + share / count).astype(settings.dtype)
    return y


def sizes(data: mnist.Dataset) -> tuple[int, int]:
    """Inputs and classes: ten at least of images of digits, those that there are in data of the user's own."""
    inputs = int(np.prod(data["X_train"].shape[1:]))
    if data.info.own is not None:
        return inputs, len(data.info.classes or ("a value",))
    labels = [data[f"y_{part}"] for part in ("train", "val", "test") if len(data[f"y_{part}"])]
    if labels[0].ndim > 1:
        return inputs, CLASSES
    most = max(int(y.max()) for y in labels) if data.info.source == "function" else max(int(labels[0].max()), 9)
    return inputs, most + 1


def build_model(
    settings: TrainSettings, input_dim: int, num_classes: int, seed: Any, shape: tuple[int, ...] = ()
) -> Model:
    """The model of the settings with as many outputs as their coding needs, its gradients numeric if they say so.

    shape: of a row of the data; those of a convolutional net are grey images (height, width).
    """
    outputs = {"labels": num_classes, "value": 1, "binary": binary_code(num_classes).shape[1]}[settings.coding]
    model = _plain_model(settings, input_dim, outputs, seed, shape)
    if settings.coding == "binary":
        model = Coded(cast(Graph, model), binary_code(num_classes))
    if settings.gradient == "numeric":
        from gradcheck.numeric.graph_gradients import numeric_gradients

        return numeric(model, h=settings.numeric_h, gradients=numeric_gradients)
    return model


def _plain_model(settings: TrainSettings, input_dim: int, num_classes: int, seed: Any, shape: tuple[int, ...]) -> Model:
    """The model: "mlp:100,50" (hidden sizes), "conv:32x5,pool,512" (its layers), or the user's own "FILE.py:NAME"."""
    kind, _, rest = settings.model.partition(":")
    if kind not in KINDS:
        return _users_model(settings, input_dim, num_classes, seed)
    of_both: dict[str, Any] = {key: getattr(settings, key) for key in OF_BOTH}
    of_both |= {"rng": seed, **settings.loss_settings}
    if kind == "mlp":
        return mlp([input_dim, *_hidden_sizes(settings.model, rest), num_classes], **of_both)
    if len(shape) != 2:
        raise ValueError(
            f"model is {settings.model!r}, which takes grey images (height, width); rows of these data have the shape"
            f" {shape}: save them as an array (N, height, width), or take --model mlp:100"
        )
    return convnet(rest, image=(1, *shape), num_classes=num_classes, **of_both)


def _hidden_sizes(model: str, rest: str) -> list[int]:
    try:
        return [int(size) for size in rest.split(",")] if rest else []
    except ValueError:
        raise ValueError(f"model is {model!r}; expected hidden sizes, as in 'mlp:100' or 'mlp:100,50'") from None


KINDS = ("mlp", "conv")
OF_BOTH = ("activation", "output", "loss", "init", "bias_init", "use_bias", "reg", "l1", "batch_norm",
           "layer_norm", "dropout", "input_dropout", "noise", "dtype")  # fmt: skip


def _users_model(settings: TrainSettings, input_dim: int, num_classes: int, seed: Any) -> Model:
    """An object of the user's class, or what his function gives."""
    if not is_reference(settings.model):
        raise ValueError(
            f"model is {settings.model!r}; expected 'mlp:100', 'mlp:100,50', 'conv:32x5,pool,512', 'FILE.py:NAME'"
            " or 'module:Class'"
        )
    default = TrainSettings()
    keys = ("activation", "loss", "l1", "init", "output", "bias_init", "use_bias")
    given = {key: getattr(settings, key) for key in keys if getattr(settings, key) != getattr(default, key)}
    model: Model = own_model(
        settings.model, input_dim, num_classes, seed, reg=settings.reg, dtype=settings.dtype, required=given
    )
    return model


def describe_model(model: Model, settings: TrainSettings) -> str:
    """One line, as in `784 -> relu 100 -> 10   softmax loss   79,510 parameters   0.30 MiB`."""
    arrays = list(model.params.values())
    count, size = sum(a.size for a in arrays), sum(a.nbytes for a in arrays)
    return f"{_sizes(model, settings)}   {count:,} parameters   {size / 2**20:.2f} MiB"


def _sizes(model: Model, settings: TrainSettings) -> str:
    """The layer sizes of an mlp; of another model, its name, and what a convolutional net begins and ends with."""
    if settings.model.startswith("conv:") and isinstance(model, Graph):
        sides = next(filter(None, map(image_of, model.nodes)), ())
        words = " -> ".join(settings.model.removeprefix("conv:").split(","))
        classes = list(model.params.values())[-1].shape[-1]
        return f"{' x '.join(map(str, sides))} -> {words} -> {classes}   {settings.activation}, {settings.loss} loss"
    if settings.model.partition(":")[0] != "mlp":
        return settings.model
    widths = [array.shape for name, array in model.params.items() if name.startswith("W")]
    hidden = "".join(f" -> {settings.activation} {width[1]}" for width in widths[:-1])
    last = f" -> {settings.output or ''} {widths[-1][1]}".replace("  ", " ")
    return f"{widths[0][0]}{hidden}{last}   {settings.loss} loss"
