"""Arrays of one's own: archives and .npy under any names that make sense, labels of any kind, splits, scaling."""

import numpy as np
import pytest
from own_data import NAMES, rows

import mnist
from mnist.own import Kept

X, Y, _ = rows()


@pytest.mark.parametrize(
    "names",
    [("X", "y"), ("images", "labels"), ("data", "target"), ("features", "class"), ("a", "b"), ("Xtrain", "ytrain")],
)
def test_names_that_make_sense(tmp_path, names):
    np.savez(tmp_path / "own.npz", **dict(zip(names, (X, Y), strict=True)))
    data = mnist.load(tmp_path / "own.npz")
    assert [len(data[f"y_{part}"]) for part in ("train", "val", "test")] == [84, 12, 24]
    assert sorted(data["y_train"].tolist() + data["y_val"].tolist() + data["y_test"].tolist()) == sorted(Y)
    assert data.info.classes == ("0", "1", "2")


def test_names_that_do_not(tmp_path):
    np.savez(tmp_path / "own.npz", a=X, b=Y, c=Y)
    with pytest.raises(
        mnist.DataError, match=r"'a' \(120, 3\), 'b' .*: which are the inputs.*Name them X and y, or x_train"
    ):
        mnist.load(tmp_path / "own.npz")
    np.savez(tmp_path / "two.npz", X=X, images=X + 1, y=Y)
    with pytest.raises(mnist.DataError, match="'X' and 'images' all look like the inputs"):
        mnist.load(tmp_path / "two.npz")
    np.savez(tmp_path / "same.npz", data=X, images=X.reshape(len(X), -1, 1), y=Y)
    assert mnist.load(tmp_path / "same.npz")["X_train"].shape == (84, X.shape[1])


def test_parts_that_are_there_stay_and_others_are_drawn(tmp_path):
    np.savez(tmp_path / "own.npz", x_train=X[:90], y_train=Y[:90, None], x_test=X[90:], y_test=NAMES[Y[90:]])
    with pytest.raises(
        mnist.DataError, match=r"holds the label 'birch', which the training rows have not; they have 0, 1, 2"
    ):
        mnist.load(tmp_path / "own.npz")
    np.savez(tmp_path / "own.npz", x_train=X[:90], y_train=Y[:90, None], x_test=X[90:], y_test=np.eye(3)[Y[90:]])
    data = mnist.load(tmp_path / "own.npz", val=10)
    assert np.array_equal(data["y_test"], Y[90:])
    assert [len(data[f"X_{part}"]) for part in ("train", "val", "test")] == [80, 10, 30]
    with pytest.raises(ValueError, match=r"test is 5, but .* has test rows of its own"):
        mnist.load(tmp_path / "own.npz", test=5)


def test_scaling_is_learned_from_the_training_rows_alone(tmp_path):
    np.savez(tmp_path / "own.npz", X=X, y=Y)
    data, raw = (
        mnist.load(tmp_path / "own.npz", dtype="float64"),
        mnist.load(tmp_path / "own.npz", scale="raw", dtype="f8"),
    )
    mean, std = raw["X_train"].mean(axis=0), raw["X_train"].std(axis=0)
    for part in ("train", "val", "test"):
        assert np.allclose(data[f"X_{part}"], (raw[f"X_{part}"] - mean) / std)
    kept = Kept.from_dict(data.info.as_dict()["own"])
    assert np.array_equal(kept.inputs(raw["X_test"], "float64", "there"), data["X_test"])
    with pytest.raises(mnist.DataError, match=r"rows have shape \(2,\), but the net was trained on \(3,\)"):
        kept.inputs(raw["X_test"][:, :2], "float64", "there")


def test_the_split_is_stratified_repeats_and_misses_no_class_in_training(tmp_path):
    y = np.r_[np.zeros(60, int), np.ones(30, int), [2]]
    np.savez(tmp_path / "own.npz", X=np.arange(91.0)[:, None], y=y)
    data = mnist.load(tmp_path / "own.npz", test=30, val=15)
    assert 2 in data["y_train"]
    assert abs(int((data["y_test"] == 0).sum()) - 20) <= 1
    assert np.array_equal(data["y_test"], mnist.load(tmp_path / "own.npz", test=30, val=15)["y_test"])
    other = mnist.load(tmp_path / "own.npz", test=30, val=15, seed=1)
    assert not np.array_equal(data["X_test"], other["X_test"])
    head = mnist.load(tmp_path / "own.npz", test=30, val=15, limit=12)
    assert abs(int((head["y_train"] == 0).sum()) - 8) <= 1


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (Y + 1, ("1", "2", "3")),
        (Y * 10 - 10, ("-10", "0", "10")),
        (Y.astype(float), ("0", "1", "2")),
        (Y[:, None].astype("u1"), ("0", "1", "2")),
        (np.eye(3)[Y], ("0", "1", "2")),
        (Y == 1, ("False", "True")),
        (NAMES[Y], ("birch", "oak", "pine")),
        (NAMES[Y].astype("S"), ("birch", "oak", "pine")),
    ],
)
def test_labels_of_any_kind(tmp_path, y, classes):
    np.savez(tmp_path / "own.npz", X=X, y=y)
    data = mnist.load(tmp_path / "own.npz")
    assert data.info.classes == classes
    assert set(np.unique(data["y_train"])) == set(range(len(classes)))
    assert data["y_train"].dtype == np.int64


def test_real_targets_stay_numbers(tmp_path):
    np.savez(tmp_path / "own.npz", X=X, y=X[:, 0] / 3)
    data = mnist.load(tmp_path / "own.npz")
    assert data.info.classes is None
    assert data["y_train"].dtype == np.float64
    assert np.allclose(np.sort(np.r_[data["y_train"], data["y_val"], data["y_test"]]), np.sort(X[:, 0] / 3))


BAD = {
    "inputs hold NaN or infinity, first in row 4": (np.where(np.arange(120)[:, None] == 4, np.nan, X), Y),
    "all labels are '1': with one class": (X, Y * 0 + 1),
    "holds no rows": (X[:0], Y[:0]),
    "120 rows of inputs but 119 labels": (X, Y[1:]),
    "no label in row 7": (X, np.where(np.arange(120) == 7, np.nan, Y)),
    "no label in row 3": (X, np.where(np.arange(120) == 3, "", NAMES[Y])),
    "120 rows have 120 different labels: no classes": (X, np.arange(120)),
    r"the labels have shape \(120, 3\)": (X, X),
    "the inputs have no columns": (X[:, :0], Y),
    "the inputs have type <U": (X.astype(str), Y),
}


@pytest.mark.parametrize("message", BAD)
def test_what_cannot_be_used_is_said(tmp_path, message):
    inputs, labels = BAD[message]
    np.savez(tmp_path / "own.npz", X=inputs, y=labels)
    with pytest.raises(mnist.DataError, match=message) as caught:
        mnist.load(tmp_path / "own.npz")
    assert "own.npz" in str(caught.value)


def test_object_arrays_are_pickles(tmp_path):
    np.savez(tmp_path / "own.npz", X=X, y=NAMES[Y].astype(object))
    with pytest.raises(
        mnist.DataError, match=r"Object arrays are pickles and are not read: save text as y\.astype\(str\)"
    ):
        mnist.load(tmp_path / "own.npz")
    np.savez(tmp_path / "own.npz", X=X, y=Y, meta=np.array({}, object))
    assert len(mnist.load(tmp_path / "own.npz")["X_test"]) == 24


def test_a_pair_of_npy(tmp_path):
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", NAMES[Y])
    wanted = mnist.load(tmp_path / "X.npy", label="y.npy")
    assert wanted.info.classes == ("birch", "oak", "pine")
    assert np.array_equal(mnist.load(tmp_path)["X_test"], wanted["X_test"])
    with pytest.raises(mnist.DataError, match=r"holds inputs alone: name the file of the labels, --label y\.npy"):
        mnist.load(tmp_path / "X.npy")
    whole = (tmp_path / "X.npy").read_bytes()
    for left in (0, 5, 70, 200, len(whole) - 1):
        (tmp_path / "X.npy").write_bytes(whole[:left])
        with pytest.raises(mnist.DataError, match=r"X\.npy.*cut short"):
            mnist.load(tmp_path / "X.npy", label="y.npy")


@pytest.mark.parametrize(
    ("dtype", "top", "divisor"), [("u1", 255, 255), ("i8", 255, 255), ("f4", 1, 1), ("i4", 16, 16)]
)
def test_images_are_divided_by_what_white_is(tmp_path, dtype, top, divisor):
    rng = np.random.default_rng(0)
    images = (rng.random((60, 5, 4)) * top).astype(dtype)
    images[:, 0, 0] = top
    np.savez(tmp_path / "own.npz", images=images, labels=np.arange(60) % 3)
    data = mnist.load(tmp_path / "own.npz", flatten=False)
    assert data["X_train"].shape == (42, 5, 4)
    assert data["X_train"].max() == 1
    assert data.info.maximum == divisor
    none = mnist.load(tmp_path / "own.npz", flatten=False, val=0, test=0)
    assert [none[f"X_{part}"].shape for part in ("train", "val", "test")] == [(60, 5, 4), (0, 5, 4), (0, 5, 4)]
    assert mnist.load(tmp_path / "own.npz", val=0)["X_val"].shape == (0, 20)
    standard = mnist.load(tmp_path / "own.npz", standardise=True, dtype="f8")
    assert abs(standard["X_train"].mean()) < 1e-12
    assert standard["X_train"].std() == pytest.approx(1)


@pytest.mark.parametrize(
    ("shape", "y_shape", "text"),
    [((6, 90), (90,), "save X.T"), ((8, 8, 90), (90,), r"save np.moveaxis\(X, 2, 0\)"),
     ((90, 6), (1, 90), r"save y.ravel\(\)"), ((90, 6), (89,), r"90 rows of inputs but 89 labels \(train\)\.$")],
)  # fmt: skip
def test_what_was_turned_is_told_how_to_turn_it(tmp_path, shape, y_shape, text):
    y = np.arange(np.prod(y_shape)).reshape(y_shape) % 3
    np.savez(tmp_path / "d.npz", X=np.random.default_rng(0).normal(size=shape), y=y)
    with pytest.raises(mnist.DataError, match=text):
        mnist.load(tmp_path / "d.npz")


@pytest.mark.parametrize(("dtype", "text"), [(complex, "Complex numbers"), (object, "Object arrays are pickles")])
def test_types_that_are_not_read(tmp_path, dtype, text):
    np.savez(tmp_path / "d.npz", X=np.ones((9, 2)).astype(dtype), y=np.arange(9) % 3)
    with pytest.raises(mnist.DataError, match=text):
        mnist.load(tmp_path / "d.npz")


def test_what_is_almost_mnist_is_data_of_ones_own_where_nothing_is_to_be_verified(tmp_path):
    pixels, labels = np.random.default_rng(0).normal(size=(30, 784)), np.arange(30) % 10
    np.savez(tmp_path / "own.npz", x_train=pixels, y_train=labels, x_test=pixels, y_test=labels)
    with pytest.raises(mnist.DataError, match="pixels of the train images are no bytes"):
        mnist.load(tmp_path / "own.npz", val=3)
    assert len(mnist.load(tmp_path / "own.npz", val=3, verify=False)["y_train"]) == 27
    np.savez(tmp_path / "own.npz", x_train=pixels, y_train=labels, x_test=pixels, y_test=labels[1:])
    with pytest.raises(mnist.DataError, match="no bytes"):  # the first reason stays
        mnist.load(tmp_path / "own.npz", val=3, verify=False)
