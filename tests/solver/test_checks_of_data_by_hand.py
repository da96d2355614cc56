"""What a data set is refused for, from both sides of each border: its labels, forms, weights and rows."""

import warnings

import numpy as np
import pytest
from solver_cases import complaint

from models import mlp
from solver.inputs import data, forms, one_row
from solver.inputs.data import Data, check_data, fingerprint


def given(**changes):
    X, y = np.linspace(-1, 1, 8).reshape(4, 2), np.array([0, 1, 0, 1])
    return {"X_train": X, "y_train": y, "X_val": X, "y_val": y} | changes


@pytest.mark.parametrize(
    ("error", "text", "changes"),
    [
        (TypeError, "y_train must be an array with one entry per example; got a single int64.", {"y_train": 1}),
        (ValueError, "y_val has no columns: its shape is (4, 0).", {"y_val": np.zeros((4, 0))}),
        (ValueError, "rows of X_train have shape (2,), of X_val (1,).", {"X_val": np.zeros((4, 1))}),
        (ValueError, "rows of X_train have shape (2,), of X_val (3,).", {"X_val": np.zeros((4, 3))}),
        (ValueError, "X_train has 4 rows but y_train has 3.", {"y_train": np.zeros(3, int)}),
        (ValueError, "X_train has 4 rows but y_train has 5.", {"y_train": np.zeros(5, int)}),
        (ValueError, "sample_weight must have one number for each of the 4 training rows; got shape (3,).",
         {"sample_weight": [1, 1, 1]}),
        (ValueError, "sample_weight must have one number for each of the 4 training rows; got shape (5,).",
         {"sample_weight": [1, 1, 1, 1, 1]}),
        (ValueError, "sample_weight must be at least 0; row 2 holds -0.5.", {"sample_weight": [0.5, 0, -0.5, -2]}),
        (ValueError, "sample_weight must be at least 0; row 3 holds -0.5.", {"sample_weight": [0.5, 0, 1, -0.5]}),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit(error, text, changes):
    assert complaint(error, check_data, given(**changes)) == text


def test_truths_are_integers_among_the_targets_alone():
    X, y = np.array([[True, False], [False, True]] * 2), np.array([True, False, True, False])
    found = check_data(given(X_train=X, y_train=y, y_val=y.astype("u1")))
    assert [array.dtype.kind for array in found[:4]] == ["b", "i", "f", "u"]
    assert found.y_train.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_found(value):
    X = np.zeros((4, 2))
    X[2, 1] = value
    assert complaint(ValueError, data._check_finite, "X", X).startswith("X holds NaN or infinity, first in row 2.")


LABELS = [
    ([2, 3], 3, None, "got values 2..3 (minimum 2). Code the 2 values"),
    ([1, 4], 3, None, "got values 1..4 (minimum 1). Code the 2 values"),
    ([0, 5], 2, None, "must be integers 0..1 for 2 classes; got values 0..5 (maximum 5)."),
    ([0.0, 1.0], 2, None, "for 2 classes; got dtype float64: use y.astype(int)."),
    ([[0], [1]], 2, None, "for 2 classes; got shape (N, 1): use y.ravel()."),
    ([[0, 1], [1, 0]], 2, (), ""),  # a loss that says nothing of its targets
    ([[0.5, 0.5], [1, 0]], 2, ("labels", "rows"), ""),
]


@pytest.mark.parametrize(("y", "classes", "targets", "text"), LABELS)
def test_labels_at_the_borders(y, classes, targets, text):
    X, y = np.zeros((2, 1)), np.array(y)
    rows = Data(X, y, X, y)
    if text:
        assert text in complaint(ValueError, data.check_labels, rows, classes, targets)
    else:
        data.check_labels(rows, classes, targets)


def test_a_fingerprint_tells_each_number_and_each_array():
    plain, weighed = check_data(given()), check_data(given(sample_weight=[1, 2, 1, 2]))
    assert list(fingerprint(plain)) == ["X_train", "y_train", "X_val", "y_val"]
    assert list(fingerprint(weighed)) == ["X_train", "y_train", "X_val", "y_val", "sample_weight"]
    # of 0, 1, 0, 1 as eight bytes each, least significant first (sha256sum)
    assert fingerprint(plain)["y_train"] == "4 i8 sha 01c84f606ffe38ee77bd47a06e5aaca8182c5ba6a3d4e6084c2ea05a0d7d4892"
    assert fingerprint(plain)["X_train"].startswith("4x2 f8 sha ")
    last = check_data(given(y_train=[0, 1, 0, 0]))
    assert fingerprint(last)["y_train"] != fingerprint(plain)["y_train"]


def fitted(y_train, y_val, own=True):
    return forms.same_form(np.array(y_train), np.array(y_val), object() if own else mlp([2, 3], rng=0)).tolist()


@pytest.mark.parametrize(
    ("y_train", "y_val"),
    [
        ([[[0, 1], [1, 0]]], [0]),  # a row of rows is no one-hot row
        ([0], [[[0, 1], [1, 0]]]),
        ([0, 1], [[0, 1], [0, 0]]),  # a row of none
        ([0, 1], [[0, 1, 2], [2, 0, 0]]),  # three values
        ([[0.5, 2.0], [2.0, 0.5]], [3, 0]),  # no such class
        ([[0.5, 2.0], [2.0, 0.5]], [[1], [0]]),
        ([[0, 1], [1, 0]], [[0, 1, 0], [1, 0, 0]]),
    ],
)
def test_forms_that_nothing_is_made_of(y_train, y_val):
    text = f"y_train has shape {np.shape(y_train)} and y_val {np.shape(y_val)}: give both in one form"
    assert complaint(ValueError, fitted, y_train, y_val).startswith(text)


def test_one_hot_rows_of_three_and_labels():
    rows = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    assert fitted(rows, [2, 0]) == rows
    assert fitted([2, 0], rows) == [2, 0]


class Normalised:
    row_statistics = ("bn",)


@pytest.mark.parametrize(("batch", "rows", "told"), [(4, 9, True), (4, 8, False), (4, 10, False), (3, 10, True),
                                                     (9, 10, True), (5, 5, False)])  # fmt: skip
def test_when_the_last_batch_is_one_row(batch, rows, told):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        one_row.warn_of_last_row(Normalised(), batch, rows, "epoch")
    assert len(caught) == told
    for one in caught:
        start = f"the last batch of each epoch is one row ({rows} rows in batches of {batch}), and bn normalises"
        assert str(one.message).startswith(start)
