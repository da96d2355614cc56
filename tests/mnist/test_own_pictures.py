"""Folders of pictures and idx files of any size and label set; the family of MNIST by name, verified by its sums."""

import hashlib

import numpy as np
import pytest
from mnist_files import write_all
from own_data import idx_set

import mnist
from mnist.own import Kept, family

PIL = pytest.importorskip("PIL.Image")


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.fromarray(pixels).save(path)


@pytest.fixture
def shapes(tmp_path):
    rng = np.random.default_rng(0)
    for at in range(20):
        for name, low in (("dark", 0), ("bright", 128)):
            save(tmp_path / name / f"{at}.png", rng.integers(low, low + 128, (6, 5, 3), dtype=np.uint8))
    return tmp_path


def test_a_folder_a_class(shapes):
    data = mnist.load(shapes, flatten=False)
    assert data.info.classes == ("bright", "dark")
    assert [len(data[f"y_{part}"]) for part in ("train", "val", "test")] == [28, 4, 8]
    assert data["X_train"].shape == (28, 6, 5, 3)
    assert ((data["X_test"].mean(axis=(1, 2, 3)) < 0.5) == data["y_test"]).all()
    kept = Kept.from_dict(data.info.as_dict()["own"])
    one = kept.inputs(kept.read(shapes / "dark/0.png"), "f4", "0.png")
    assert one.shape == (1, 90)
    assert (one == mnist.load(shapes)["X_train"]).all(axis=1).sum() <= 1


def test_grey_ones_of_many_sizes_and_forms_in_parts_of_their_own(tmp_path):
    for at in range(12):
        for name in ("a", "b"):
            save(tmp_path / "train" / name / f"{at}.png", np.full((8, 8 + at // 10), 10 * at, np.uint8))
            save(tmp_path / "test" / name / f"{at}.bmp", np.full((8, 8), 10 * at, np.uint8))
    save(tmp_path / "train" / "a" / "deep.tif", np.full((8, 8), 40_000, np.uint16))
    data = mnist.load(tmp_path, flatten=False)
    assert data["X_train"].shape[1:] == (8, 8)
    assert len(data["X_test"]) == 24
    assert data.info.notes[0] == "pictures of 2 sizes: all resized to 8 x 8, which most have"


def test_large_ones_are_made_smaller(tmp_path):
    for name in ("a", "b"):
        for at in range(5):
            save(tmp_path / name / f"{at}.png", np.zeros((100, 200), np.uint8) + 50 * at)
    data = mnist.load(tmp_path, flatten=False)
    assert data.info.shape == (32, 64)
    assert "pictures of 200 x 100 made smaller, 64 x 32" in data.info.notes


def test_pictures_that_cannot_be_used(tmp_path, shapes):
    (shapes / "dark/bad.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(mnist.DataError, match=r"dark/bad\.png is not a picture that can be read"):
        mnist.load(shapes)
    lone = tmp_path / "lone"
    save(lone / "a" / "0.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(mnist.DataError, match="lone holds 1 folder of pictures; expected one folder a class"):
        mnist.load(lone)
    (tmp_path / "rest").mkdir()
    (tmp_path / "rest/readme.md").write_text("nothing")
    with pytest.raises(mnist.DataError, match="holds no data that is known here"):
        mnist.load(tmp_path / "rest")


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("parts", [("train", "t10k"), ("train", "test"), ("training", "val")])
def test_idx_files_of_any_size_and_label_set(tmp_path, packed, parts):
    write_all(tmp_path, idx_set(labels=lambda n: (np.arange(n) % 26 + 1).astype("u1"), packed=packed, parts=parts))
    data = mnist.load(tmp_path)
    assert data.info.classes == tuple(str(k) for k in range(1, 27))
    assert data["X_train"].shape[1] == 42
    part = "val" if parts[1] == "val" else "test"
    assert np.array_equal(data[f"y_{part}"], np.arange(20) % 26)


def test_one_set_of_several_by_the_beginning_of_its_names(tmp_path):
    write_all(tmp_path, idx_set("emnist-letters-") | idx_set("emnist-digits-", side=5))
    assert mnist.load(tmp_path / "emnist-digits").info.shape == (5, 6)
    with pytest.raises(mnist.DataError, match="are images, labels, training and test"):
        mnist.load(tmp_path)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LAYERGRAPH_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    return tmp_path


def published(monkeypatch, name, files):
    """The files pass for the published ones."""
    sums = {file: hashlib.md5(whole, usedforsecurity=False).hexdigest() for file, whole in files.items()}
    monkeypatch.setitem(family.FAMILY, name, family.FAMILY[name]._replace(md5=sums))


def test_fashion_by_name_and_by_its_sums(home, monkeypatch):
    files = idx_set(labels=lambda n: (np.arange(n) % 10).astype("u1"), parts=("train", "t10k"))
    (home / "fashion-mnist").mkdir()
    write_all(home / "fashion-mnist", files)
    with pytest.raises(mnist.DataError, match=r"of fashion-mnist has md5 .*, expected .*--no-verify"):
        mnist.load("fashion-mnist")
    assert mnist.load("fashion-mnist", verify=False).state == "from idx"
    published(monkeypatch, "fashion-mnist", files)
    data = mnist.load("fashion-mnist")
    assert data.info.classes[9] == "Ankle boot"
    assert data.state == "sha256 ok" or data.info.verified
    assert mnist.load(home / "fashion-mnist").info.name == "fashion-mnist"
    with pytest.raises(mnist.DataError, match=r"kmnist not found in .*/kmnist .*layergraph data get kmnist"):
        mnist.load("kmnist")


def test_letters_are_turned_and_named(home):
    letters = idx_set("emnist-letters-", labels=lambda n: (np.arange(n) % 26 + 1).astype("u1"))
    (home / "EMNIST/raw").mkdir(parents=True)
    write_all(home / "EMNIST/raw", letters)
    data, raw = mnist.load("emnist-letters", flatten=False), mnist.load(home / "EMNIST/raw", flatten=False)
    assert data.info.classes == tuple("abcdefghijklmnopqrstuvwxyz")
    assert np.array_equal(data["y_test"], np.arange(20) % 26)
    assert np.array_equal(data["X_test"], raw["X_test"].swapaxes(1, 2))


def test_qmnist_has_eight_labels_a_row(home):
    labels = lambda n: np.c_[np.arange(n) % 10, np.full((n, 7), 77)]  # noqa: E731
    (home / "qmnist").mkdir()
    write_all(home / "qmnist", idx_set("qmnist-", labels=labels, label_kind="idx2-int"))
    data = mnist.load("qmnist", verify=False)
    assert data.info.classes == tuple("0123456789")
    assert np.array_equal(data["y_test"], np.arange(20) % 10)


def test_almost_mnist_is_taken_with_verify_false(tmp_path):
    rng = np.random.default_rng(0)
    X, test, y = rng.normal(size=(50, 784)), rng.normal(size=(20, 784)), np.arange(50) % 10
    arrays = {"x_train": X, "y_train": y, "x_test": test, "y_test": y[:20]}
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(mnist.DataError, match="no bytes"):
        mnist.load(tmp_path / "own.npz")
    assert mnist.load(tmp_path / "own.npz", verify=False)["X_train"].shape == (45, 784)
