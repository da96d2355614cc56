"""Back to bytes: what is k, k/255 or k/256 comes back exactly, anything else is refused with what it is."""

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from hypothesis.extra import numpy as hnp

from mnist.errors import DataError
from mnist.recover import to_images, to_labels

BYTES = hnp.arrays(np.uint8, (3, 28, 28))


@given(BYTES, st.sampled_from([1, 255, 256]), st.sampled_from(["f4", "f8"]), st.booleans())
def test_pixels_of_every_scale(images, scale, dtype, flat):
    assume(scale != 1 or images.max() != 1)  # 0s and 1s are taken for fractions: see below
    pixels = (images / scale).astype(dtype)
    assert np.array_equal(to_images(pixels.reshape(3, 784) if flat else pixels, "images", "file"), images)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_floats_of_0_and_1_alone_are_black_and_white(dtype):
    """They could be whole pixels of 0 and 1 as well; as k/255 they are a picture."""
    images = np.eye(28, dtype=dtype)[None]
    assert np.array_equal(to_images(images, "images", "file"), 255 * images)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8"])
def test_whole_pixels_of_every_width(dtype):
    images = np.random.default_rng(0).integers(0, 128, (2000, 784)).astype(dtype)
    images[-1, -1] = 127 if dtype == "i1" else 255
    out = to_images(images, "images", "file")
    assert out.dtype == np.uint8
    assert np.array_equal(out.reshape(2000, 784), images)


@pytest.mark.parametrize("rows", [[0], [1, 0], [5, 3, 4], [1023, 1500]])
def test_of_several_pixels_that_are_no_numbers_the_first_is_told(rows):
    images = np.zeros((2000, 28, 28))
    images[rows, 27, 0], images[rows, 1, 2], images[rows, 1, 3] = np.inf, np.nan, -np.inf
    with pytest.raises(DataError, match=rf"^file: some hold nan \(image {min(rows)}, row 1, column 2\); pixels must"):
        to_images(images, "some", "file")


@pytest.mark.parametrize("shape", [(2, 3), (3, 2)])
def test_of_several_labels_that_are_none_the_first_is_told(shape):
    labels = np.zeros(6, int)
    labels[list(shape)] = 10, -1
    first = min(shape)
    with pytest.raises(DataError, match=rf"^file: some must be 0..9; number {first} is {labels[first]}\.$"):
        to_labels(labels, "some", "file")


def altered(value, *, dtype="f8", at=(1500, 3, 5), rows=2000):
    images = np.zeros((rows, 28, 28), dtype)
    images[at] = value
    return images


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (altered(True, dtype="?"), "file: some have type bool; expected numbers."),
        (altered(1j, dtype="c16"), "file: some have type complex128; expected numbers."),
        (altered(256, dtype="i8"), "expected k, k/255 or k/256 with whole k in 0..255; got values from 0 to 256."),
        (altered(-1, dtype="i8"), "got values from -1 to 0."),
        (altered(256.0), "got values from 0.0 to 256.0."),
        (altered(1.5), "got values from 0.0 to 1.5."),
        (altered(-1 / 255), "got values from -0.00"),
        (altered(np.nan), "file: some hold nan (image 1500, row 3, column 5); pixels must be numbers."),
        (altered(-np.inf, at=(1024, 27, 0)), "some hold -inf (image 1024, row 27, column 0); pixels must be numbers."),
        (np.zeros((3, 28, 27)), "file: some have shape (3, 28, 27); expected (N, 784) or (N, 28, 28)."),
        (np.zeros((3, 783)), "some have shape (3, 783)"),
        (np.zeros(784), "some have shape (784,)"),
        (np.zeros((1, 1, 28, 28)), "some have shape (1, 1, 28, 28)"),
    ],
)
def test_no_pixels(array, message):
    with pytest.raises(DataError) as raw:
        to_images(array, "some", "file")
    assert message in str(raw.value)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i4", "u8"])
def test_labels_of_every_width(dtype):
    out = to_labels(np.arange(10, dtype=dtype), "labels", "file")
    assert (out.dtype, out.tolist()) == (np.uint8, list(range(10)))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([0, 9, 10, 11]), "file: some must be 0..9; number 2 is 10."),
        (np.array([0, 9, -1]), "file: some must be 0..9; number 2 is -1."),
        (np.zeros(3), "have shape (3,) and type float64; expected integers of shape (N,)."),
        (np.zeros((3, 10), int), "shape (3, 10) and type int64; expected integers of shape (N,): use y.argmax(1)."),
        (np.zeros((10, 3), int), "have shape (10, 3) and type int64; expected integers of shape (N,)."),
        (np.zeros((3, 1, 10), int), "have shape (3, 1, 10) and type int64; expected integers of shape (N,)."),
        (np.array(3), "have shape () and type int64; expected integers of shape (N,)."),
    ],
)
def test_no_labels(array, message):
    with pytest.raises(DataError) as raw:
        to_labels(array, "some", "file")
    assert str(raw.value).endswith(message)
