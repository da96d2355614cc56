"""How the arguments of losses and nets lie: labels as numbers or one-hot; parameters in a dict, a list, a vector."""

from typing import Any

import numpy as np

from .scheme import Scheme

_NET_ROWS = {"W1": "weights D H", "b1": "weights H", "W2": "weights H M", "b2": "weights M"}
_NET_3 = {**_NET_ROWS, "W2": "weights H K", "b2": "weights K", "W3": "weights K M", "b3": "weights M"}
_NET_COLUMNS = {"W1": "weights H D", "b1": "weights H 1", "W2": "weights M H", "b2": "weights M 1"}
_NET_COLUMNS_3 = {**_NET_COLUMNS, "W2": "weights K H", "b2": "weights K 1", "W3": "weights M K", "b3": "weights M 1"}
_BINARY = {**_NET_COLUMNS, "W2": "weights 1 H", "b2": "weights 1 1"}
_BINARY_3 = {**_NET_COLUMNS_3, "W3": "weights 1 K", "b3": "weights 1 1"}


def _vector(rng: np.random.Generator, n: int) -> Any:
    return 0.5 * rng.standard_normal(4 * 6 + 6 + 6 * 3 + 3)


def _sizes(rng: np.random.Generator, n: int) -> list[int]:
    return [4, 6, 3]


def _none(rng: np.random.Generator, n: int) -> None:
    return None


_CLASS_LOSS = r"softmax|svm|cross|entropy|nll|hinge|margin|logistic|loss|cost"
_REAL = r"mse|l2|l1|square|quadratic|regress|huber|mae|euclid"
LOSSES = [
    Scheme(r"tempor|sequence", {"scores": "N S M", "y": "labels N S", "mask": "mask N S"}),
    Scheme(r"tempor|caption", {"scores": "N S M", "y": "labels N S", "mask": "bits N S"}),
    Scheme(_REAL, {"scores": "N M", "y": "N M"}),
    Scheme(_REAL, {"scores": "N", "y": "N"}),
    Scheme(_REAL, {"x": "N D", "y": "N", "w": "weights D", "b": "number"}),
    Scheme(_REAL, {"x": "N D", "y": "N 1", "w": "weights D 1", "b": "number"}),
    Scheme(r"binary|bce|sigmoid", {"scores": "unit N", "y": "bits N"}),
    Scheme(r"binary|bce|sigmoid", {"scores": "unit N 1", "y": "bits N 1"}),
    Scheme(r"compute_cost|cost", {"scores": "unit 1 N", "y": "bits 1 N"}),
    Scheme(_CLASS_LOSS, {"scores": "N M", "y": "labels N"}),
    Scheme(r"cross|entropy|nll|prob", {"scores": "probabilities N M", "y": "labels N"}),
    Scheme(_CLASS_LOSS, {"scores": "N M", "y": "one_hot N M"}),
    Scheme(r"cross|entropy|nll|prob", {"scores": "probabilities N M", "y": "one_hot N M"}),
    Scheme(r"", {"scores": "column_probabilities M N", "y": "one_hot_columns M N"}),
    Scheme(r"softmax|svm", {"w": "weights D M", "x": "N D", "y": "labels N"}),
    Scheme(r"softmax|svm", {"w": "weights D M", "b": "weights M", "x": "N D", "y": "labels N"}),
    Scheme(r"softmax", {"w": "weights D M", "b": "weights M", "x": "N D", "y": "one_hot N M"}),
    Scheme(r"softmax", {"w": "weights D M", "x": "N D", "y": "one_hot N M"}),
    Scheme(r"propagate|logistic", {"w": "weights D 1", "b": "number", "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"logistic|lr|log", {"w": "weights D", "x": "N D", "y": "bits N", "b": "number"}),
    Scheme(r"logistic|lr|log", {"w": "weights D 1", "x": "N D", "y": "bits N 1", "b": "number"}),
    Scheme(r"logistic|hinge|svm", {"w": "weights D", "x": "N D", "y": "signs N", "b": "number"}),
    Scheme(r"hinge", {"scores": "N", "y": "signs N"}),
    Scheme(
        r"forward_backward|net",
        {"x": "N D", "y": "one_hot N M", "w": _vector, "dimensions": _sizes},
    ),
    Scheme(r"net", {"parameters": _NET_ROWS, "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": _NET_ROWS, "x": "N D", "y": "one_hot N M"}),
    Scheme(r"net", {"parameters": _NET_3, "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": {"W": "weights D M", "b": "weights M"}, "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": {"w": "weights D", "b": "number"}, "x": "N D", "y": "bits N"}),
    Scheme(
        r"net",
        {"parameters": ["weights D H", "weights H", "weights H M", "weights M"], "x": "N D", "y": "labels N"},
    ),
    Scheme(r"net", {"parameters": ["weights D H", "weights H M"], "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": _NET_COLUMNS, "x": "D N", "y": "one_hot_columns M N"}),
    Scheme(r"net", {"parameters": _BINARY, "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"net", {**{k.lower(): v for k, v in _NET_ROWS.items()}, "x": "N D", "y": "labels N"}),
    Scheme(r"net", {**{k.lower(): v for k, v in _NET_ROWS.items()}, "x": "N D", "y": "one_hot N M"}),
    Scheme(
        r"word2vec|vec|gram",
        {"predicted": "D", "target": "word", "outputvectors": "weights V D", "dataset": _none},
    ),
    Scheme(
        r"word2vec|vec|naive",
        {"centerwordvec": "D", "outsidewordidx": "word", "outsidevectors": "weights V D", "dataset": _none},
    ),
    Scheme(r"", {"scores": "M", "y": "whole"}),
]  # fmt: skip
NETS = [
    Scheme(r"regular", {"parameters": _BINARY_3, "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"", {"parameters": _BINARY, "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"", {"parameters": _BINARY_3, "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"", {"parameters": _NET_COLUMNS, "x": "D N", "y": "one_hot_columns M N"}),
    Scheme(r"", {"parameters": _NET_COLUMNS_3, "x": "D N", "y": "one_hot_columns M N"}),
    Scheme(r"", {"parameters": _NET_ROWS, "x": "N D", "y": "one_hot N M"}),
    Scheme(r"", {"parameters": _NET_ROWS, "x": "N D", "y": "labels N"}),
    Scheme(r"", {"parameters": {"W1": "weights D H", "W2": "weights H 1"}, "x": "N D", "y": "bits N 1"}),
    Scheme(r"", {"theta": "weights 1", "x": "N 1"}),
]
