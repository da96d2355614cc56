"""The data that a function of one's own gives: each form it may have, what is held out of it, and what is refused."""

import re

import numpy as np
import pytest

import mnist
from mnist import from_function

X = np.arange(120.0).reshape(30, 2, 2)
Y = np.arange(30) % 3
TEST = -X[:4], Y[:4]
VAL = 0.5 * X[:6], Y[:6]


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads what a function gives; its arguments by name are those of `mnist.load`."""
    monkeypatch.chdir(tmp_path)

    def loaded(answer, **settings):
        (tmp_path / "own.py").write_text("ANSWER = []\n\ndef load():\n    return ANSWER[0]\n")
        monkeypatch.setattr(from_function, "call", lambda reference, function, **given: answer)
        return mnist.load("own.py:load", dtype=np.float64, **settings)

    return loaded


def rows(data):
    return [len(data[f"y_{part}"]) for part in ("train", "val", "test")]


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        ((X, Y), [25, 2, 3]),
        ([X, Y], [25, 2, 3]),
        ((X, Y, *TEST), [27, 3, 4]),
        (((X, Y), TEST), [27, 3, 4]),
        ([[X, Y], VAL, TEST], [30, 6, 4]),
        ({"X": X, "y": Y}, [25, 2, 3]),
        ({"X_train": X, "y_train": Y}, [27, 3, 0]),  # what is called training stays so
        ({"X_train": X, "y_train": Y, "X_test": TEST[0], "y_test": TEST[1], "classes": None, "name": "a"}, [27, 3, 4]),
    ],
)
def test_every_form(load, answer, counts):
    data = load(answer)
    assert rows(data) == counts
    seen = np.concatenate([data["X_train"], data["X_val"]][: 2 if counts[1] != 6 else 1])
    first = sorted(seen[:, 0])
    assert set(first) <= set(X[:, 0, 0])
    assert len(set(first)) == len(first)
    labels = dict(zip(X[:, 0, 0], Y, strict=True))
    assert [labels[x] for x in data["X_train"][:, 0]] == data["y_train"].tolist()
    if counts[2] == 4:
        np.testing.assert_array_equal(data["X_test"], TEST[0].reshape(4, 4))
    if counts[1] == 6:
        np.testing.assert_array_equal(data["X_val"], VAL[0].reshape(6, 4))


def test_settings_act_on_the_parts(load):
    assert rows(load((X, Y), val=7)) == [20, 7, 3]
    assert rows(load((X, Y), val=0)) == [27, 0, 3]
    assert rows(load((X, Y), limit=5)) == [5, 2, 3]
    one, other = (load((X, Y), seed=seed)["X_test"] for seed in (0, 1))
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(one, load((X, Y))["X_test"])
    assert load((X, Y), flatten=False)["X_train"].shape == (25, 2, 2)
    assert load((X, Y)).info.shape == (2, 2)
    assert load((X, X))["y_train"].shape == (25, 2, 2)  # targets of two axes: no pairs
    assert load((X.reshape(30, 4), Y)).info.shape == (1, 4)
    scaled = load((X, Y), standardise=True)
    np.testing.assert_allclose(scaled["X_train"].mean(), 0, atol=1e-12)
    assert load((X, Y / 2))["y_train"].dtype == np.float64
    assert load((X, Y.astype(np.uint8)))["y_train"].dtype == np.int64


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "it gives None; expected a dict of X_train"),
        ((X, Y, X), "expected a dict of X_train"),
        ([(X, Y), 3], "X of train is no array: its rows differ in length or kind; expected a dict of X_train"),
        ({"X": [[1, 2], [3]], "y": [0, 1]}, "own.py:3: X is no array: its rows differ in length or kind"),
        ((X, [[0], [1, 2]]), "y of train is no array"),
        ({}, "it gives an empty dict; expected"),
        ((X, Y[:7]), "y of train is int64 of shape (7,); expected numbers for 30 rows"),
        ((X[:20], Y), "y of train is int64 of shape (30,); expected numbers for 20 rows"),
        ((X.reshape(30, 4).T, Y), "Is X transposed? X.T has 30 rows."),
        ((X[:0], Y[:0]), "X of train is float64 of shape (0, 2, 2); expected numbers, (N, D) or (N, H, W)"),
        ((X[:, 0, 0], Y), "X of train is float64 of shape (30,)"),
        ((X.astype(str), Y), "X of train is <U"),
        ((X, Y, TEST[0], TEST[1][:2]), "y of test is int64 of shape (2,); expected numbers for 4 rows"),
        (
            (X, Y[:, None].repeat(2, 1)[:, :, None][:7]),
            "y of train is int64 of shape (7, 2, 1)",
        ),
        (
            (np.where(X == 5, np.nan, X), Y),
            "X of train holds NaN or infinity: drop these rows, or put numbers in",
        ),
        ((np.where(X == 5, np.inf, X), Y), "X of train holds NaN or infinity"),
        (((X, Y), (X[0, 0], Y)), "own.py:3: X of train is no array"),
        ({"name": "a", "other": str}, "own.py:3: it gives name, other; expected a dict"),
        ((X[:1], Y[:1]), "it gives 1 rows, of which 1 are asked for test: leave one for training"),
    ],
)
def test_what_is_no_data_is_refused(load, answer, message):
    with pytest.raises(mnist.DataError, match=re.escape(message)):
        load(answer)


def test_classes_that_a_table_gave_as_fractions_are_whole_numbers(load):
    assert load((X, Y.astype(float)))["y_train"].dtype == np.int64
    assert load((X, np.where(Y == 1, 0.5, Y)))["y_train"].dtype == np.float64
    assert load((X, np.eye(3)[Y]))["y_train"].dtype == np.float64  # rows of their own stay so
    assert load((X, Y == 1))["y_train"].tolist() == load((X, (Y == 1).astype(int)))["y_train"].tolist()


def test_the_last_row_cannot_be_held_out_and_equal_values_have_no_scale(load):
    assert rows(load((X, Y, *TEST), val=29)) == [1, 29, 4]
    with pytest.raises(mnist.DataError, match="it gives 30 rows, of which 30 are asked for val: leave one for"):
        load((X, Y, *TEST), val=30)
    with pytest.raises(mnist.DataError, match=r"^all training values are equal, so they cannot be standardised; pass"):
        load((X * 0 + 3, Y), standardise=True)
    data = load((X, Y), standardise=True)
    raw = load((X, Y))
    assert (data.info.mean, data.info.std) == pytest.approx((raw["X_train"].mean(), raw["X_train"].std()))
    np.testing.assert_allclose(data["X_test"], (raw["X_test"] - raw["X_train"].mean()) / raw["X_train"].std())


def test_what_is_kept_of_where_they_come_from(load):
    info = load((X, Y)).info
    assert (info.name, info.source, info.verified, info.shape) == ("own.py:load", "function", False, (2, 2))
    assert load((X[:, :, :, None].repeat(3, 3), Y)).info.shape == (1, 12)
