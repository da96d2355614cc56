"""What has MNIST's form and must be MNIST, and what is data of one's own."""

import numpy as np
import pytest
from mnist_files import idx_bytes, write_all

from mnist.containers import mnists_form
from mnist.locate import STEMS

IMAGES, LABELS = np.zeros((4, 28, 28), np.uint8), np.array([0, 9, 3, 1], np.uint8)


def npz(tmp_path, x_test=IMAGES, y_test=LABELS, name="own.npz", **others):
    np.savez(tmp_path / name, x_train=IMAGES, y_train=LABELS, x_test=x_test, y_test=y_test, **others)
    return tmp_path / name


@pytest.mark.parametrize(
    ("x_test", "y_test", "form"),
    [
        (IMAGES, LABELS, True),
        (IMAGES.reshape(4, 784), LABELS.astype(int), True),
        (IMAGES[:, :27], LABELS, False),
        (IMAGES.reshape(4, 784, 1), LABELS, False),
        (IMAGES, LABELS + 1, False),  # a class 10
        (IMAGES, LABELS.astype(float), False),
        (IMAGES, LABELS[:, None], False),
        (IMAGES[:0], LABELS[:0], False),
    ],
)
def test_an_archive_of_keras_names(tmp_path, x_test, y_test, form):
    assert mnists_form(npz(tmp_path, x_test, y_test)) is form


def test_an_archive_with_more_or_fewer_than_keras_names(tmp_path):
    assert mnists_form(npz(tmp_path, extra=LABELS))
    np.savez(tmp_path / "fewer.npz", x_train=IMAGES, y_train=LABELS)
    assert not mnists_form(tmp_path / "fewer.npz")


def test_archives_of_other_names(tmp_path):
    for name, form in (("mnist.npz", True), ("abc.npz", False), ("zoo.npz", False)):
        np.savez(tmp_path / name, x=IMAGES, y=LABELS)
        assert mnists_form(tmp_path / name) is form
    (tmp_path / "own.npz").write_bytes(b"damaged")
    assert mnists_form(tmp_path / "own.npz")  # so that the reader says why
    (tmp_path / "own.pkl").write_bytes(b"")
    assert mnists_form(tmp_path / "own.pkl")


@pytest.mark.parametrize("name", ["a.npy", "a.CSV", "a.tsv", "a.csv.gz", "a.tsv.gz", "a.parquet", "a.pq"])
def test_tables_and_arrays_are_of_ones_own(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    assert not mnists_form(tmp_path / name)
    (tmp_path / f"{name}.odd").write_bytes(b"")
    assert mnists_form(tmp_path / f"{name}.odd")


def test_folders(tmp_path):
    assert not mnists_form(tmp_path)
    files = dict(zip(STEMS, map(idx_bytes, (IMAGES, LABELS, IMAGES, LABELS)), strict=True))
    write_all(tmp_path, files)
    assert mnists_form(tmp_path)
    write_all(tmp_path, {STEMS[3]: idx_bytes(LABELS + 1)})
    assert not mnists_form(tmp_path)
    (tmp_path / STEMS[0]).unlink()
    assert mnists_form(tmp_path)  # three of the four: what is missing is said
    write_all(tmp_path, {"emnist-letters-idx1-ubyte": b""})
    assert not mnists_form(tmp_path)  # other idx files are a set of another kind
