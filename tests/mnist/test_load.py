"""`mnist.load`: split, scaling, standardising, types, the same result from every container, and each bad argument."""

import copy
import pickle
import sys

import numpy as np
import pytest
import sklearn.datasets
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from mnist_files import idx_files, npz_bytes, pack, pickle_bytes, write_all

import mnist
from mnist.digits import balanced_order
from mnist.pixels import Treatment, mean_std, treat

KEYS = ["X_train", "y_train", "X_val", "y_val", "X_test", "y_test"]


@pytest.fixture
def folder(tmp_path, parts):
    write_all(tmp_path, idx_files(parts, packed=True))
    return tmp_path


def test_the_dict(folder, small_is_canonical):
    parts = small_is_canonical
    data = mnist.load(root=folder, val=6)
    assert list(data) == KEYS
    assert [len(data[key]) for key in KEYS] == [24, 24, 6, 6, 10, 10]
    assert data["X_train"].dtype == np.float32
    assert data["y_train"].dtype == np.int64
    assert np.array_equal(data["X_train"], (parts.train_images[:24].reshape(24, 784) / 255).astype("f4"))
    assert np.array_equal(data["X_val"], (parts.train_images[24:].reshape(6, 784) / 255).astype("f4"))
    assert np.array_equal(data["y_val"], parts.train_labels[24:])
    assert data.info.verified
    assert data.info.source == "idx"
    assert len(data.info.sha256) == 4
    assert data.info._replace(sha256={})[:9] == ("mnist", "idx", True, {}, 255, (28, 28), True, None, None)
    assert repr(data) == "<mnist: 24 train / 6 val / 10 test, images (784,) float32, sha256 ok>"


@pytest.mark.parametrize("container", ["idx", "idx.gz", "npz", "stored npz", "pkl", "pkl.gz"])
def test_every_container_gives_the_same_data_to_the_bit(tmp_path, small_is_canonical, container):
    parts = small_is_canonical
    files = {
        "idx": idx_files(parts, packed=False), "idx.gz": idx_files(parts, packed=True),
        "npz": {"mnist.npz": npz_bytes(parts)}, "stored npz": {"mnist.npz": npz_bytes(parts, packed=False)},
        "pkl": {"mnist.pkl": pickle_bytes(parts, 1, python=2)},
        "pkl.gz": {"mnist.pkl.gz": pack(pickle_bytes(parts, 2, python=2))},
    }[container]  # fmt: skip
    write_all(tmp_path, files)
    data = mnist.load(tmp_path, val=6, scale="raw", dtype="uint8", flatten=False)
    assert np.array_equal(np.concatenate([data["X_train"], data["X_val"]]), parts.train_images)
    assert np.array_equal(np.concatenate([data["y_train"], data["y_val"]]), parts.train_labels)
    assert np.array_equal(data["X_test"], parts.test_images)


def test_standardising_takes_one_mean_and_deviation_from_the_training_rows_only(folder):
    raw = mnist.load(root=folder, val=6, verify=False, dtype="float64")
    data = mnist.load(root=folder, val=6, verify=False, dtype="float64", standardise=True)
    mean, std = raw["X_train"].mean(), raw["X_train"].std()
    assert data.info.mean == pytest.approx(mean, rel=1e-14)
    assert data.info.std == pytest.approx(std, rel=1e-14)
    for part in ("train", "val", "test"):
        np.testing.assert_allclose(data[f"X_{part}"], (raw[f"X_{part}"] - mean) / std, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
def test_raw_pixels(folder, parts, dtype):
    for scale in ("raw", False):
        data = mnist.load(root=folder, val=0, verify=False, scale=scale, dtype=dtype)
        assert data["X_train"].dtype == dtype
        assert np.array_equal(data["X_train"], parts.train_images.reshape(30, 784))
        assert data["X_val"].shape == (0, 784)


def test_bytes_that_stay_bytes_are_not_copied(parts):
    for flatten in (True, False):
        raw = Treatment.fit(parts.train_images, 255, False, False, np.dtype("uint8"))
        assert np.shares_memory(treat(parts.train_images, raw, flatten=flatten), parts.train_images)


def test_a_seeded_split_is_random_and_complete(folder):
    one, two = (mnist.load(root=folder, val=10, verify=False, seed=seed) for seed in (1, 2))
    again = mnist.load(root=folder, val=10, verify=False, seed=1)
    assert all(np.array_equal(one[key], again[key]) for key in KEYS)
    assert not np.array_equal(one["X_val"], two["X_val"])
    whole = mnist.load(root=folder, val=0, verify=False)["X_train"]
    rows = {row.tobytes() for key in ("X_train", "X_val") for row in one[key]}
    assert rows == {row.tobytes() for row in whole}
    assert len(rows) == 30


def test_limit_shortens_the_training_rows_only(folder):
    whole = mnist.load(root=folder, val=6, verify=False)
    short = mnist.load(root=folder, val=6, verify=False, limit=5)
    assert len(short["y_train"]) == 5
    assert np.array_equal(short["X_train"], whole["X_train"][:5])
    assert all(np.array_equal(short[key], whole[key]) for key in KEYS[2:])


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"val": -1}, ValueError, r"val is -1; expected an integer of at least 0"),
        ({"val": 2.5}, ValueError, r"val is 2\.5; expected an integer"),
        ({"val": True}, ValueError, r"val is True"),
        ({}, ValueError, r"val is 5000, but the training file has 30 rows"),
        ({"val": 30}, ValueError, r"val is 30, but the training file has 30 rows"),
        ({"limit": 0, "val": 6}, ValueError, r"limit is 0; expected an integer of at least 1"),
        ({"limit": 25, "val": 6}, ValueError, r"limit is 25, but only 24 training rows are left after 6"),
        ({"dtype": "int8", "val": 6}, ValueError, r"dtype is 'int8'; expected 'float32', 'float64' or 'uint8'"),
        ({"dtype": "nonsense", "val": 6}, ValueError, r"dtype is 'nonsense'"),
        ({"dtype": "uint8", "val": 6}, ValueError, r"dtype='uint8' holds raw pixels: pass scale='raw'"),
        ({"scale": "row", "val": 6}, ValueError, r"scale is 'row'; expected True .* or 'raw'"),
        ({"scale": 255, "val": 6}, ValueError, r"scale is 255"),
        ({"seed": -1, "val": 6}, ValueError, r"seed is -1; expected an integer of at least 0"),
        ({"name": "mnits"}, ValueError, r"unknown data set 'mnits'\. Did you mean 'mnist' or"),
        ({"name": None, "root": None}, TypeError, r"name is None; expected 'mnist', 'digits', or the path of a folder"),
        ({"name": "./nowhere", "root": None}, mnist.DataError, r"there is no \./nowhere"),
        ({"name": "digits", "root": "x"}, ValueError, r"root goes with name='mnist' only"),
    ],
)
def test_bad_arguments(folder, settings, error, message):
    with pytest.raises(error, match=message):
        mnist.load(**{"root": folder, "verify": False, **settings} if settings.get("name") != "mnits" else settings)


def test_wrong_sums_are_refused_and_can_be_used_anyway(folder):
    with pytest.raises(mnist.DataError) as raw:
        mnist.load(root=folder, val=6)
    text = str(raw.value)
    assert "decoded train images have sha256 " in text
    assert "expected ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db; " in text
    assert text.endswith("pass verify=False to use them anyway.")
    data = mnist.load(root=folder, val=6, verify=False)
    assert not data.info.verified
    assert repr(data).endswith("not verified>")


def test_files_that_do_not_belong_together(tmp_path, parts):
    write_all(tmp_path, idx_files(parts._replace(train_labels=parts.train_labels[:-1]), packed=True))
    with pytest.raises(mnist.DataError, match=r"train images are 30 but train labels are 29\. They do not belong"):
        mnist.load(root=tmp_path, verify=False)
    write_all(tmp_path, idx_files(parts._replace(test_images=parts.test_images[:-1]), packed=True))
    with pytest.raises(mnist.DataError, match=r"t10k images are 9 but t10k labels are 10\. They do not belong"):
        mnist.load(root=tmp_path, verify=False)
    write_all(tmp_path, idx_files(parts._replace(test_labels=parts.test_labels + 1), packed=True))
    with pytest.raises(mnist.DataError, match=r"t10k-labels.*: t10k labels must be 0\.\.9; number \d is 10"):
        mnist.load(root=tmp_path, verify=False)
    write_all(tmp_path, idx_files(parts._replace(train_images=parts.train_images[:, 1:]), packed=True))
    with pytest.raises(mnist.DataError, match=r"train images have shape \(30, 27, 28\)"):
        mnist.load(root=tmp_path, verify=False)
    swapped = parts._replace(train_images=parts.train_labels, train_labels=parts.train_images)
    write_all(tmp_path, idx_files(swapped, packed=True))
    with pytest.raises(mnist.DataError, match=r"train images have shape \(30,\) and type uint8; expected \(N, 28"):
        mnist.load(root=tmp_path, verify=False)


def test_a_data_set_can_be_copied_and_sent_to_a_worker(folder):
    data = mnist.load(root=folder, val=6, verify=False)
    for copied in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert copied.info == data.info
        assert all(np.array_equal(copied[key], data[key]) for key in KEYS)
    assert data.info.as_dict()["shape"] == [28, 28]


@given(hnp.arrays(np.uint8, (3, 4, 5)), st.booleans(), st.sampled_from([16, 255]))
def test_the_table_equals_the_formula(images, scaled, maximum):
    pixels = images / (maximum if scaled else 1)
    mean, std = mean_std(images, np.arange(256) / (maximum if scaled else 1))
    assert mean == pytest.approx(pixels.mean(), rel=1e-12, abs=1e-15)
    assert std == pytest.approx(pixels.std(), rel=1e-9, abs=1e-9)
    got = treat(images, Treatment.fit(images, maximum, scaled, False, np.dtype("float64")), flatten=True)
    assert np.array_equal(got, pixels.reshape(3, 20))


def test_equal_pixels_cannot_be_standardised():
    with pytest.raises(mnist.DataError, match="all training pixels are equal"):
        Treatment.fit(np.full((2, 3, 3), 7, np.uint8), 255, True, True, np.dtype("float32"))


def test_digits():
    data = mnist.load("digits")
    assert [len(data[key]) for key in KEYS] == [1257, 1257, 180, 180, 360, 360]
    assert data["X_train"].shape == (1257, 64)
    assert data["X_train"].max() == 1
    assert data.info[:9] == ("digits", "sklearn", False, {}, 16, (8, 8), True, None, None)
    assert repr(data).endswith("images (64,) float32, from scikit-learn>")
    for key, least, most in (("y_val", 16, 20), ("y_test", 34, 38), ("y_train", 120, 130)):
        counts = np.bincount(data[key], minlength=10)
        assert counts.min() >= least, key
        assert counts.max() <= most, key
    digits = sklearn.datasets.load_digits()
    order = balanced_order(digits.target, np.random.default_rng(0))  # recorded runs rest on it
    np.testing.assert_array_equal(data["X_test"], digits.data[order[-360:]].astype("f4") / 16)
    np.testing.assert_array_equal(data["y_train"], digits.target[order[:1257]])
    again = mnist.load("digits", flatten=False, scale="raw")
    assert again["X_test"].shape == (360, 8, 8)
    assert again["X_test"].max() == 16
    assert np.array_equal(again["y_test"], data["y_test"])
    whole = sorted(row.tobytes() for row in sklearn.datasets.load_digits().data.astype("f4") / 16)
    assert whole == sorted(row.tobytes() for part in ("train", "val", "test") for row in data[f"X_{part}"])


@settings(max_examples=25)
@given(hnp.arrays(np.uint8, st.integers(40, 300), elements=st.integers(0, 3)), st.integers(0, 99))
def test_a_balanced_order_holds_every_row_once_and_every_stretch_in_proportion(labels, seed):
    order = balanced_order(labels, np.random.default_rng(seed))
    assert np.array_equal(np.sort(order), np.arange(len(labels)))
    tail = labels[order][-len(labels) // 4 :]
    for label in np.unique(labels):
        due = np.mean(labels == label) * len(tail)
        assert abs(np.sum(tail == label) - due) <= 1 + len(np.unique(labels))
        members = np.flatnonzero(labels == label)
        assert len(members) < 10 or not np.array_equal(order[labels[order] == label], members)  # and at random


def test_the_digits_need_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"^the digits need scikit-learn: pip install scikit-learn$"):
        mnist.load("digits")


def test_the_real_files(mnist_folder):
    data = mnist.load(root=mnist_folder, val=10_000, standardise=True, limit=50_000)
    assert [len(data[key]) for key in KEYS] == [50_000, 50_000, 10_000, 10_000, 10_000, 10_000]
    assert round(data.info.mean, 4) == 0.1310
    assert round(data.info.std, 4) == 0.3085
    assert abs(float(data["X_train"].mean(dtype=np.float64))) < 1e-6
    assert data["y_train"][:5].tolist() == [5, 0, 4, 1, 9]
