"""What a function of one's own gives, at its edges: parts that are missing, pairs of three, lists as labels."""

import re

import numpy as np
import pytest

import mnist
from mnist import from_function

X, Y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads what a function gives."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("def load():\n    return 1\n")

    def loaded(answer, **settings):
        monkeypatch.setattr(from_function, "call", lambda reference, function, **given: answer)
        return mnist.load("own.py:load", **settings)

    return loaded


def test_a_part_that_is_not_there_is_empty(load):
    data = load({"X_train": X, "y_train": Y}, val=0)
    assert (data["X_test"].shape, data["y_test"].shape, data["X_val"].shape) == ((0, 2), (0,), (0, 2))
    assert load({"X_train": X[:, None], "y_train": Y}, flatten=False)["X_test"].shape == (0, 1, 2)


@pytest.mark.parametrize("kind", [list, tuple])
def test_labels_of_pairs_may_be_lists(load, kind):
    data = load(kind([kind([X, Y.tolist()]), kind([-X[:3], [1, 0, 1]])]))
    assert data["y_test"].tolist() == [1, 0, 1]
    assert data["X_test"].tolist() == (-X[:3]).tolist()


@pytest.mark.parametrize(
    "answer",
    [
        ((X, Y, Y), (X, Y, Y)),  # three are no pair
        ((X, Y), (X, Y), (X, Y), (X, Y)),
        ((X, Y),),
        (X, Y, X),
        (X,),
        (X, Y, X, Y, X),
    ],
)
def test_what_is_neither_two_nor_three_pairs_is_refused(load, answer):
    with pytest.raises(mnist.DataError, match=r"^own\.py:1: "):
        load(answer)


def test_lists_of_numbers_are_rows_and_their_labels(load):
    """The inputs have no shape: so these are X and y, of two rows, and not two pairs."""
    data = load(([[1.0, 2.0], [3.0, 4.0]], [0, 1]), val=0)
    assert sorted([*data["X_train"].tolist(), *data["X_test"].tolist()]) == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("rows", "test", "val"), [(2, 1, 0), (9, 1, 0), (11, 1, 1), (20, 2, 1), (21, 2, 1), (22, 2, 2)]
)
def test_one_row_in_ten_is_held_out_and_one_to_test_at_least(load, rows, test, val):
    X = np.arange(2.0 * rows).reshape(rows, 2)
    data = load((X, np.arange(rows)))
    assert [len(data[f"y_{part}"]) for part in ("train", "val", "test")] == [rows - test - val, val, test]


def test_which_rows_are_held_out_is_drawn_with_the_seed(load):
    """First those to test, then of the rest those for validation; they keep their order."""
    for seed in (0, 5):
        rng = np.random.default_rng(seed)
        test = np.sort(rng.choice(20, 2, replace=False))
        rest = np.delete(np.arange(20), test)
        val = rest[np.sort(rng.choice(18, 3, replace=False))]
        data = load((X, Y), val=3, seed=seed or None)
        assert data["X_test"].tolist() == X[test].tolist()
        assert data["X_val"].tolist() == X[val].tolist()


@pytest.mark.parametrize(
    ("y", "found"),
    [
        (np.array([0.0, 2.0] * 10), "int64"),
        (np.array([0.0, 2.5] * 10), "float32"),
        (np.array([[0.0, 2.0]] * 20), "float32"),  # targets, not classes
        (np.array([0, 2] * 10, np.uint8), "int64"),
        (np.array([False, True] * 10), "int64"),
        (np.array([0.0, np.nan] * 10), "float32"),
        (np.array([0.0, np.inf] * 10), "float32"),
    ],
)
def test_labels_are_whole_numbers_where_they_can_be(load, y, found):
    assert load((X, y))["y_train"].dtype == found


@pytest.mark.parametrize(
    ("X", "shape"), [(np.ones((20, 5)), (1, 5)), (np.ones((20, 3, 4)), (3, 4)), (np.ones((20, 2, 3, 4)), (1, 24))]
)
def test_the_shape_of_one_input(load, X, shape):
    info = load((X, Y)).info
    assert (info.shape, info.maximum, info.scaled) == (shape, 1, False)


@pytest.mark.parametrize(
    ("y", "hint"),
    [((3,), " Is X transposed? X.T has 3 rows."), ((3, 2), " Is X transposed? X.T has 3 rows."), ((4, 3), "")],
)
def test_targets_of_two_axes_have_rows_too(load, y, hint):
    with pytest.raises(mnist.DataError) as caught:
        load((np.ones((20, 3)), np.ones(y)))
    assert str(caught.value).endswith(f"expected numbers for 20 rows, classes from 0 on.{hint}")


@pytest.mark.parametrize(("kind", "fits"), [("?", True), ("i1", True), ("u8", True), ("f2", True), ("c8", False)])
def test_inputs_are_numbers(load, kind, fits):
    if fits:
        assert load((X.astype(kind), Y))["X_train"].dtype == np.float32
    else:
        with pytest.raises(mnist.DataError, match=re.escape("X of train is complex64 of shape (20, 2); expected numb")):
            load((X.astype(kind), Y))
