"""Where each check of data, labels, scales and answers begins, from both sides, and its whole text."""

import warnings

import numpy as np
import pytest

from models import mlp
from solver.inputs import arrays, data, forms, model, one_row, returns, weights
from solver.inputs.data import Data
from solver.inputs.scale import Range


def says(error, call, *arguments):
    with pytest.raises(error) as caught:
        call(*arguments)
    return str(caught.value.args[0])


LABELS = [
    ([0, 1, 2], 3, None, ""),
    ([1, 2, 3], 3, None, "y_train must be integers 0..2 for 3 classes; got values 1..3 (minimum 1). Subtract 1?"),
    ([0, 1, 3], 3, None, "got values 0..3 (maximum 3). Code the 3 values: np.unique(y_train, return_inverse=True)[1]."),
    ([0, 1, 2, 3], 3, None, "got values 0..3 (maximum 3)."),
    ([-1, 1], 3, None, "got values -1..1 (minimum -1). Code the 2 values"),
    ([1, 2], 3, None, ""),
    ([5, 7], 1, None, ""),  # one score: no classes
    ([0.0, 1.0], 3, None, "for 3 classes; got dtype float64: use y.astype(int)."),
    ([0.0, 1.0], 1, None, ""),
    ([[0], [1]], 3, None, "got shape (N, 1): use y.ravel()."),
    ([[0.0], [1.0]], 3, None, "got shape (N, 1): use y.ravel().astype(int)."),
    ([[0], [1]], 1, None, ""),
    ([[0, 1], [1, 0]], 2, None, ""),
    ([[0, 1], [1, 0]], 2, ("labels",), "got shape (N, 2): use y.argmax(1)."),
    ([[0, 1], [1, 0]], 2, ("labels", "rows"), ""),
]


@pytest.mark.parametrize(("y", "classes", "targets", "text"), LABELS)
def test_labels(y, classes, targets, text):
    X, y = np.zeros((len(y), 1)), np.array(y)
    good = np.arange(2) % classes if y.ndim == 1 else y
    if not text:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            data.check_labels(Data(X, y, X, good), classes, targets)
        return
    found = says(ValueError, data.check_labels, Data(X, y, X, y), classes, targets)
    assert text in found
    assert found.endswith(text) or "Code the" in text


def test_one_class_alone_is_said_of_training_rows():
    X, one, two = np.zeros((2, 1)), np.array([1, 1]), np.array([0, 1])
    with pytest.warns(UserWarning, match=r"^y_train holds the one class 1 alone, of 2: any net that always answers it"):
        data.check_labels(Data(X, one, X, two), 2, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data.check_labels(Data(X, two, X, one), 2, None)
        data.check_labels(Data(X, one[:1], X, two), 2, None)


def test_the_first_row_that_is_not_finite_is_named_in_any_block(monkeypatch):
    monkeypatch.setattr(data, "ROWS", 4)
    X = np.arange(22.0).reshape(11, 2)
    assert data._check_finite("X", X) == Range(0, 21)
    for row in (0, 3, 4, 10):
        bad = X.copy()
        bad[row:, 1] = np.nan
        assert says(ValueError, data._check_finite, "X", bad) == (
            f"X holds NaN or infinity, first in row {row}. Clean the data before training."
        )
    for value in (np.inf, -np.inf):
        assert "first in row 0" in says(ValueError, data._check_finite, "X", X + value)


def test_inputs_without_rows_or_columns():
    check = data._check_inputs
    assert says(TypeError, check, "X", np.ones(3)).endswith(
        "got float64, shape (3,). Of one feature: X.reshape(-1, 1)."
    )
    assert says(TypeError, check, "X", np.ones(0)).endswith("shape (0,).")
    assert says(TypeError, check, "X", np.array(1.0)).endswith("shape ().")
    for shape in ((2, 1), (2, 3, 4), (2, 3, 4, 5)):
        assert check("X", np.ones(shape)) == Range(1, 1)
    assert says(ValueError, check, "X", np.ones((0, 2))) == "X has no rows."
    assert says(ValueError, check, "X", np.ones((2, 0))) == "X has no columns: its shape is (2, 0)."
    assert says(ValueError, data._check_rows, "val", np.ones((3, 2)), np.ones(2)) == (
        "X_val has 3 rows but y_val has 2. Do its examples stand in columns? Pass X_val.T."
    )
    assert says(ValueError, data._check_rows, "val", np.ones((3, 4)), np.ones(2)) == "X_val has 3 rows but y_val has 2."
    assert says(ValueError, data._check_weights, [1, 2], np.ones((3, 1))) == (
        "sample_weight must have one number for each of the 3 training rows; got shape (2,)."
    )
    assert says(ValueError, data._check_weights, [1, -2, -3], np.ones((3, 1))) == (
        "sample_weight must be at least 0; row 1 holds -2."
    )
    assert data._check_weights([0, 1], np.ones((2, 1))).tolist() == [0, 1]


def fitted(y_train, y_val, own=True):
    return forms.same_form(np.array(y_train), np.array(y_val), object() if own else mlp([2, 3], rng=0)).tolist()


def test_targets_of_one_form():
    rows = [[0.5, 2.0], [2.0, 0.5]]  # what stands for no and yes
    assert fitted(rows, [1, 0]) == rows
    assert fitted(rows, [1, 0], own=False) == [1, 0]
    assert fitted([1, 0], rows) == [1, 0]
    assert fitted([1, 0], rows, own=False) == rows
    assert fitted([0, 1], [[1], [0]]) == [1, 0]
    assert fitted([[0.0], [1.0]], [1.0, 0.0]) == [[1.0], [0.0]]
    assert fitted([[0.0], [1.0]], [1.0, 0.0], own=False) == [1.0, 0.0]
    assert fitted(rows, rows) == rows
    refused = [
        (rows, [2, 0]),  # no such class
        (rows, [-1, 0]),
        (rows, [0.0, 1.0]),
        ([0.0, 1.0], rows),
        ([1, 0], [[0, 1], [1, 1]]),
        ([1, 0], [[0, 1, 2], [1, 0, 0]]),
        (rows, [[1, 0, 0]]),
    ]
    for one, other in refused:
        text = says(ValueError, fitted, one, other)
        assert text.startswith(f"y_train has shape {np.shape(one)} and y_val {np.shape(other)}: give both in one form")
        assert "ravel" not in text
    assert says(ValueError, fitted, [[1], [0]], rows).endswith("columns. Labels as a column: use y_train.ravel().")
    assert says(ValueError, fitted, rows, [[1], [0]]).endswith("columns. Labels as a column: use y_val.ravel().")


def test_what_loss_and_rules_answer():
    assert "got None. Is a 'return' missing?" in says(TypeError, returns.check_pair, None)
    assert "loss() must return (scalar, grads)" in says(TypeError, returns.check_pair, [1.0, {}])
    assert says(TypeError, returns.check_pair, ({}, 1.0)) == (
        "loss() must return (scalar, grads), in this order; got (dict, float). Swap them?"
    )
    assert returns.check_pair((1.0, {})) is None
    assert returns.scalar(np.float32(2)) == 2.0
    assert says(TypeError, returns.scalar, np.ones(1)) == (
        "loss() must return (scalar, grads) when y is given; got an array of shape (1,). Did you forget .mean()?"
    )
    w = np.ones(2)
    for answer, got in (((w,), "tuple"), ((w, 1), ", int)"), ((1.0, {}), "(float, dict)")):
        assert got in says(TypeError, returns.check_update, "mine", answer, w)
    assert says(ValueError, returns.check_update, "mine", (w[:1], {}), w) == (
        "update rule 'mine' returned next_w of shape (1,); w has shape (2,)."
    )
    assert returns.check_update("mine", [w, {}], w) is None
    assert returns.check_scores([1.0, 2.0], 2).tolist() == [1, 2]
    assert "got None for 2 examples. Is a 'return scores' missing?" in says(TypeError, returns.check_scores, None, 2)
    assert says(TypeError, returns.check_scores, [1.0], 2).endswith("for 2 examples.")
    assert "got int64 of shape (2,). Are they the classes?" in says(TypeError, returns.check_scores, [1, 2], 2)


def test_weights_of_rows():
    rows = Data(np.ones((2, 1)), np.array([0, 1]), np.ones((1, 1)), np.array([0]))
    assert weights.row_weights(rows, None) is None
    assert weights.row_weights(rows, {0: 2.0, 1: 3.0}).tolist() == [2, 3]
    both = weights.row_weights(rows._replace(sample_weight=np.array([0, 2])), {0: 2.0, 1: 3.0})
    assert both.tolist() == [0, 6]
    assert says(ValueError, weights.row_weights, rows._replace(sample_weight=np.zeros(2)), None) == (
        "all training rows have the weight 0: nothing would be learned."
    )


class Normalised:
    def __init__(self):
        self.state = {"a.mean": 0, "a.var": 0, "b.var": 0}


@pytest.mark.parametrize(("batch", "rows", "what"), [(1, 9, "batch_size=1"), (5, 1, "one training row")])
def test_batches_of_one_row(batch, rows, what):
    text = says(ValueError, one_row.check_batches, Normalised(), batch, rows)
    assert text.startswith(f"a, b normalises by mean and variance of the batch, and of one row ({what}) the variance")
    one_row.check_batches(object(), batch, rows)
    one_row.check_batches(Normalised(), 2, 2)


def test_a_last_batch_of_one_row():
    with pytest.warns(
        UserWarning, match=r"^the last batch of each epoch is one row \(9 rows in batches of 4\), and a, b"
    ):
        one_row.warn_of_last_row(Normalised(), 4, 9, "epoch")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one_row.warn_of_last_row(Normalised(), 4, 10, "epoch")
        one_row.warn_of_last_row(Normalised(), 4, 9, "with_replacement")
        one_row.warn_of_last_row(object(), 4, 9, "epoch")
    told = type("Told", (), {"row_statistics": ("n",), "state": {"a.var": 0}})()
    assert one_row._normalising(told) == "n"


def test_what_is_no_model():
    assert says(TypeError, model.check_model, Normalised) == (
        "model must be an object; got the class Normalised: pass Normalised(...)."
    )
    assert says(TypeError, model.check_model, Normalised()).endswith("Normalised has no params.")
    assert says(TypeError, model.check_model, type("P", (), {"params": {}})()).endswith("P has no loss.")
    assert says(TypeError, model.check_arrays, {}).endswith("non-empty dict of arrays; got dict.")
    assert says(TypeError, model.check_arrays, [1]).endswith("got list.")
    assert says(TypeError, model.check_arrays, {"w": np.ones(2, int)}) == (
        "parameter 'w' must be a floating NumPy array; got dtype int64. Convert it (params['w'].astype(float)), or keep"
        " it outside of params."
    )
    assert says(TypeError, model.check_arrays, {"w": 1.0}) == "parameter 'w' must be a floating NumPy array; got float."
    assert says(TypeError, model.check_arrays, {"w": np.ones(2, complex)}).endswith("got dtype complex128.")
    assert model.check_arrays({"w": np.ones(2, np.float32)}) == np.float32
    mixed = says(TypeError, model.check_arrays, {"w": np.ones(2), "b": np.ones(2, "f4"), "c": np.ones(1)})
    assert "they must have one dtype; got w, c: float64; b: float32. Convert" in mixed
    assert "astype(np.float64)" in mixed


def test_from_what_users_hold_to_numbers():
    plain = arrays.plain
    assert plain("X", np.array([[1, 2.5]], object)).tolist() == [[1, 2.5]]
    rows = np.empty(2, object)
    rows[:] = [np.ones(3), np.zeros(3)]
    assert plain("X", rows).shape == (2, 3)
    rows[1] = np.zeros(2)
    assert "X is no table: its rows differ in length or hold other" in says(ValueError, plain, "X", rows)
    words = np.array([["1", "2"], ["3", "4"]])
    assert says(TypeError, plain, "X", words).endswith("row 0 holds the text '1'. Use X.astype(float).")
    assert says(TypeError, plain, "X", np.array([[1, 2], [3, "a" * 41]], object)).endswith(
        f"got object, row 1 holds the text {'a' * 40!r}. Leave such columns out or code them as numbers."
    )
    assert says(TypeError, plain, "y_val", np.array(["cat"])).endswith(
        "Losses take integers 0..C-1: classes = np.unique(y_train), y_val = np.searchsorted(classes, y_val)."
    )
    assert "with one entry per example; got object, row 1 holds" in says(
        TypeError, plain, "y", np.array([1, {}], object)
    )
    assert says(ValueError, plain, "X", np.array([[1, 2], [None, 3]], object)) == (
        "X holds a missing value (None), first in row 1. Clean the data before training."
    )
    assert says(ValueError, plain, "X", np.array([], object)) == "X has no rows."
    masked = np.ma.masked_array(np.ones((2, 2)), [[0, 1], [1, 0]])
    assert says(ValueError, plain, "X", masked) == (
        "X holds 2 masked values; fill them or leave their rows out before training."
    )
    assert plain("X", np.ma.masked_array(np.ones(2), [0, 0])).tolist() == [1, 1]
    assert plain("X", np.array([1, 2], ">i2")).dtype == np.dtype("i2")
    assert "X is no table: its rows differ in length or shape (" in says(ValueError, plain, "X", [[1], [1, 2]])


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("class_weight", " It is an argument: class_weight=. Known: X_train,"),
        ("a", "which nobody reads. Known: X_train,"),
        ("zeta", "which nobody reads. Known: X_train,"),
        ("X_tset", "which nobody reads. Did you mean 'X_test'"),
    ],
)
def test_a_key_of_the_data_that_nobody_reads(key, hint):
    X, y = np.linspace(-1, 1, 8).reshape(4, 2), np.array([0, 1, 0, 1])
    given = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    assert hint in says(ValueError, data.check_data, {**given, key: 1})
    found = data.check_data({**given, "X_test": "anything", "sample_weight": y + 1})
    assert found.sample_weight.tolist() == [1, 2, 1, 2]
    assert says(KeyError, data.check_data, {}) == (
        "data has no 'X_train'. Solver needs X_train, y_train, X_val, y_val; got nothing."
    )
