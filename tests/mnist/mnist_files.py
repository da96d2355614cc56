"""A small data set of MNIST's form, written into each container, for the tests and campaigns of `mnist`."""

import gzip
import io
import pickle

import numpy as np
from py2_pickles import py2_dumps

from mnist.checksums import idx_sha256
from mnist.idx import idx_header
from mnist.locate import STEMS
from mnist.parts import NAMES, Parts


def small_parts(train: int = 30, test: int = 10, seed: int = 0) -> Parts:
    """Sparse random images, with dark borders as in MNIST, and all ten labels."""
    rng = np.random.default_rng(seed)

    def images(count):
        found = rng.integers(0, 256, (count, 28, 28), np.uint8) * (rng.random((count, 28, 28)) < 0.2)
        found[:, :4], found[0, 14, 14] = 0, 255
        return found.astype(np.uint8)

    def labels(count):
        return rng.permutation(np.arange(count) % 10).astype(np.uint8)

    return Parts(images(train), labels(train), images(test), labels(test))


def sums(parts: Parts) -> dict[str, str]:
    return {name: idx_sha256(array) for name, array in zip(NAMES, parts, strict=True)}


def idx_bytes(array: np.ndarray) -> bytes:
    return idx_header(array.shape) + array.tobytes()


def pack(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)


def idx_files(parts: Parts, *, packed: bool) -> dict[str, bytes]:
    """File name -> bytes."""
    turn, end = (pack, ".gz") if packed else (bytes, "")
    return {stem + end: turn(idx_bytes(array)) for stem, array in zip(STEMS, parts, strict=True)}


def npz_bytes(parts: Parts, *, packed: bool = True) -> bytes:
    out = io.BytesIO()
    write = np.savez_compressed if packed else np.savez
    write(out, **dict(zip(("x_train", "y_train", "x_test", "y_test"), parts, strict=True)))
    return out.getvalue()


def three_sets(parts: Parts, scale: int = 256, dtype: str = "f4") -> tuple:
    """The pairs of mnist.pkl.gz: pixels k / 256 in float32, labels int64, the last sixth of the training rows apart."""
    x, y = (parts.train_images.reshape(-1, 784) / scale).astype(dtype), parts.train_labels.astype(np.int64)
    cut = len(x) * 5 // 6
    test = (parts.test_images.reshape(-1, 784) / scale).astype(dtype)
    return (x[:cut], y[:cut]), (x[cut:], y[cut:]), (test, parts.test_labels.astype(np.int64))


def pickle_bytes(parts: Parts, protocol: int, *, python: int = 3, **sets) -> bytes:
    """The unpacked pickle, as Python 3 (protocols 0 to 5) or Python 2 (0 to 2) writes it."""
    held = three_sets(parts, **sets)
    return pickle.dumps(held, protocol) if python == 3 else py2_dumps(held, protocol)


def write_all(folder, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)
