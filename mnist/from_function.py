"""A data set that a user's function `file.py:name` gives: arrays as they are, split where they are whole."""

import inspect
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from base.arrays import Array
from base.user_checks import call, line_of, require_callable
from base.user_code import find
from base.words import seen

from .dataset import Dataset, Info
from .errors import DataError
from .own.arrays import pairs_by_name, part_and_kind
from .own.material import PARTS

WHAT = (
    "a dict of X_train, y_train (and X_val, y_val, X_test, y_test), or a tuple (X, y), (X_train, y_train, X_test,"
    " y_test) or ((X_train, y_train), (X_test, y_test))"
)
SHARE = 10  # one row in so many is held out for validation, and as many to test, where nothing else is said


def load_from_function(
    reference: str,
    *,
    val: int | None,
    seed: int | None,
    limit: int | None,
    dtype: np.dtype[Any],
    standardise: bool,
    flatten: bool,
) -> Dataset:
    """The data that the function gives; it is handed those of val, seed, limit and dtype that it names.

    Where it gives no validation rows, `val` rows are held out (default: one in ten of the training rows); of (X, y)
    alone, one in ten to test before that. These rows are drawn with `seed` (default 0), as labels often come sorted.
    Raises DataError for what it gives, UserCodeError where it cannot be called.
    """
    function = require_callable(reference, find(reference), (), f"a function () -> {WHAT}")
    given = {"val": val, "seed": seed, "limit": limit, "dtype": dtype}
    wanted = [name for name in inspect.signature(function).parameters if given.get(name) is not None]
    answer = call(reference, function, **{name: given[name] for name in wanted})
    at = line_of(reference)
    parts = _parts(at, answer)
    generator = np.random.default_rng(seed or 0)
    if set(parts) == {"train"} and not _says_training(answer):
        _hold_out(parts, "test", max(len(parts["train"][1]) // SHARE, 1), generator, at)
    if "val" not in parts:
        count = len(parts["train"][1]) // SHARE if val is None else val
        _hold_out(parts, "val", count, generator, at)
    X, y = parts["train"]
    parts["train"] = X[:limit], y[:limit]
    empty = X[:0], y[:0]
    arrays: dict[str, Array] = {}
    for part in PARTS:
        X, y = parts.get(part, empty)
        arrays[f"X_{part}"] = X.reshape(len(X), math.prod(X.shape[1:])) if flatten else X
        arrays[f"y_{part}"] = y.astype(np.int64) if y.dtype.kind in "iub" else y.astype(dtype)
    mean, std = _scale(arrays["X_train"]) if standardise else (None, None)
    for part in PARTS:
        X = arrays[f"X_{part}"]
        arrays[f"X_{part}"] = (X if mean is None or std is None else (X - mean) / std).astype(dtype)
    shape = parts["train"][0].shape[1:]
    image = (int(shape[0]), int(shape[1])) if len(shape) == 2 else (1, int(np.prod(shape)))
    name = reference.replace("\\", "/").rpartition("/")[2]
    return Dataset(arrays, Info(name, "function", False, {}, 1, image, False, mean, std))


def _says_training(answer: Any) -> bool:
    """Whether what there is was called the training rows: then nothing is taken from it to test on."""
    return isinstance(answer, Mapping) and any(part_and_kind(str(name))[0] == "train" for name in answer)


def _parts(at: str, answer: Any) -> dict[str, tuple[Array, Array]]:
    """Part -> (X, y), checked: numbers, as many rows in both."""
    if isinstance(answer, Mapping):
        named = {str(name): _array(at, str(name), one) for name, one in answer.items() if _may_be_array(one)}
        if not named:
            raise DataError(f"{at}: it gives {', '.join(map(str, answer)) or 'an empty dict'}; expected {WHAT}")
        return {part: _pair(at, part, *pair) for part, pair in pairs_by_name(named, f"{at}: what it gives").items()}
    pairs: Iterable[Any]
    if _are_pairs(answer):  # ((X_train, y_train), (X_test, y_test)) as Keras gives them, with validation in the middle
        names, pairs = PARTS if len(answer) == 3 else ("train", "test"), answer
    elif isinstance(answer, tuple | list) and len(answer) in (2, 4):
        names, pairs = ("train", "test"), zip(answer[::2], answer[1::2], strict=True)
    else:
        raise DataError(f"{at}: it gives {seen(answer)}; expected {WHAT}")
    return {part: _pair(at, part, *pair) for part, pair in zip(names, pairs, strict=False)}


def _may_be_array(one: Any) -> bool:
    return one is not None and not isinstance(one, str | bytes | Mapping) and not callable(one)


def _are_pairs(answer: Any) -> bool:
    return isinstance(answer, tuple | list) and len(answer) in (2, 3) and all(
        isinstance(one, tuple | list) and len(one) == 2 and hasattr(one[0], "shape") and len(one[0].shape) > 1
        for one in answer
    )  # fmt: skip


def _array(at: str, what: str, one: Any) -> Array:
    try:
        return np.asarray(one)
    except ValueError as error:
        raise DataError(f"{at}: {what} is no array: its rows differ in length or kind; expected {WHAT}") from error


def _pair(at: str, part: str, X: Any, y: Any) -> tuple[Array, Array]:
    X, y = _array(at, f"X of {part}", X), _array(at, f"y of {part}", y)
    if X.dtype.kind not in "biuf" or X.ndim < 2 or not len(X):
        raise DataError(f"{at}: X of {part} is {X.dtype} of shape {X.shape}; expected numbers, (N, D) or (N, H, W)")
    if y.dtype.kind not in "biuf" or y.shape[:1] != X.shape[:1]:
        turned = y.shape[:1] == X.shape[1:]
        hint = f" Is X transposed? X.T has {len(y)} rows." if turned else ""
        raise DataError(
            f"{at}: y of {part} is {y.dtype} of shape {y.shape}; expected numbers for {len(X)} rows, classes from 0 on."
            f"{hint}"
        )
    if y.dtype.kind == "f" and y.ndim == 1 and np.isfinite(y).all() and not (y % 1).any():
        y = y.astype(np.int64)  # classes that a table gave as 0.0, 1.0, ...
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        raise DataError(f"{at}: X of {part} holds NaN or infinity: drop these rows, or put numbers in their places")
    return X, y


def _hold_out(
    parts: dict[str, tuple[Array, Array]], part: str, count: int, generator: np.random.Generator, at: str
) -> None:
    """Move `count` random rows of the training part into another."""
    X, y = parts["train"]
    if count >= len(X):
        raise DataError(f"{at}: it gives {len(X)} rows, of which {count} are asked for {part}: leave one for training")
    held = np.zeros(len(X), bool)
    held[generator.choice(len(X), count, replace=False)] = True
    parts["train"], parts[part] = (X[~held], y[~held]), (X[held], y[held])


def _scale(X: Array) -> tuple[float, float]:
    mean, std = float(X.mean(dtype=np.float64)), float(X.std(dtype=np.float64))
    if std == 0:
        raise DataError("all training values are equal, so they cannot be standardised; pass standardise=False.")
    return mean, std
