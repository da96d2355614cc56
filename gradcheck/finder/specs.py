"""What one argument is, in a few words: 'N D', 'probabilities N M', 'labels N'. And how it is drawn.

Sizes are letters: N is the batch of the draw, the others are small and told apart: D features, M classes, H hidden, R
of a recurrent state, T steps, S steps of a layer with classes, C channels, F filters, V words. Numbers stand for
themselves, products are written 4R.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from base.arrays import Array

SIZES = {"D": 4, "M": 3, "H": 6, "R": 2, "T": 3, "S": 2, "C": 2, "F": 3, "V": 9, "K": 2}
Draw = Callable[[np.random.Generator, tuple[int, ...]], Any]


def _probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    raw = np.exp(rng.standard_normal(shape))
    return np.asarray(raw / raw.sum(axis=-1, keepdims=True))


def _one_hot(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]


def _in_columns(draw: Draw) -> Draw:
    return lambda rng, shape: np.ascontiguousarray(np.moveaxis(draw(rng, (*shape[1:], shape[0])), -1, 0))


def _bits(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    flat = (rng.random(shape) < 0.6).astype(float).reshape(-1)
    if flat.size > 1:
        flat[0], flat[-1] = 1.0, 0.0
    return flat.reshape(shape)


KINDS: dict[str, Draw] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "weights": lambda rng, shape: 0.5 * rng.standard_normal(shape),
    "positive": lambda rng, shape: 0.5 + rng.random(shape),
    "unit": lambda rng, shape: 0.05 + 0.9 * rng.random(shape),
    "probabilities": _probabilities,
    "column_probabilities": _in_columns(_probabilities),
    "labels": lambda rng, shape: rng.integers(SIZES["M"], size=shape),
    "words": lambda rng, shape: rng.integers(SIZES["V"], size=shape),
    "one_hot": _one_hot,
    "one_hot_columns": _in_columns(_one_hot),
    "bits": _bits,
    "whole_bits": lambda rng, shape: _bits(rng, shape).astype(np.int64),
    "signs": lambda rng, shape: 2 * _bits(rng, shape) - 1,
    "mask": lambda rng, shape: _bits(rng, shape).astype(bool),
    "number": lambda rng, shape: 0.3,
    "whole": lambda rng, shape: int(rng.integers(SIZES["M"])),
    "word": lambda rng, shape: int(rng.integers(SIZES["V"])),
}


def shape_of(letters: list[str], n: int) -> tuple[int, ...]:
    """The lengths that the letters stand for, with a batch of n."""
    return tuple(_length(word, n) for word in letters)


def _length(word: str, n: int) -> int:
    product = 1
    for number, letter in re.findall(r"(\d+)|([A-Z])", word):
        product *= int(number) if number else n if letter == "N" else SIZES[letter]
    return product


def draw(spec: Any, rng: np.random.Generator, n: int) -> Any:
    """The value of a spec: a text, a dict or list of specs, or a function of (rng, n)."""
    if isinstance(spec, dict):
        return {name: draw(one, rng, n) for name, one in spec.items()}
    if isinstance(spec, list):
        return [draw(one, rng, n) for one in spec]
    if callable(spec):
        return spec(rng, n)
    first, *rest = spec.split() or ["normal"]
    kind, letters = (first, rest) if first in KINDS else ("normal", [first, *rest])
    return KINDS[kind](rng, shape_of(letters, n))
