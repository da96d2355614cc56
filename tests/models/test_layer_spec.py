"""The words of a convolutional net: what they mean, what they make of an image, and what is said of wrong ones."""

import re

import numpy as np
import pytest

from models.layer_spec import Conv, Full, Pool, fitted, image_shape, read

WORDS = "'32x5' (filters x window; '32x5p2s1' with padding and stride), 'pool' or 'avgpool' (windows of 2; 'pool3', "
WORDS += "'pool3s2' with size and stride), '512' (a full layer of so many units)"


def test_words_are_parts():
    assert read("32x5, pool,64x3p1s2,avgpool3s1,pool3,512") == [
        Conv(32, 5), Pool("pool"), Conv(64, 3, 1, 2), Pool("avgpool", 3, 1), Pool("pool", 3, 3), Full(512),
    ]  # fmt: skip
    assert read(["8x3s2", "8x3s2p1", "pools1", np.int64(10)]) == [
        Conv(8, 3, 0, 2),
        Conv(8, 3, 1, 2),
        Pool("pool", 2, 1),
        Full(10),
    ]


@pytest.mark.parametrize(
    "words",
    ["32x5", "8x3p1", "8x3s2", "8x3p1s2", "pool", "pool1", "pool3", "pool1s2", "pool2s1", "pool2s3", "avgpool3s2", "9"],
)
def test_a_part_is_written_as_it_is_read(words):
    assert str(*read(words)) == words


def test_what_the_parts_make_of_an_image():
    lenet = read("6x5p2,avgpool,16x5,avgpool,120,84")
    assert fitted(lenet, (1, 28, 28)) == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,)]
    assert fitted(read("4x3s2,pool3s2"), (3, 12, 9)) == [(4, 5, 4), (4, 2, 1)]  # what no window sees is left out


def test_images():
    assert image_shape((3, 32, 30)) == (3, 32, 30)
    assert image_shape([8, 7]) == (1, 8, 7)
    assert image_shape((1, 1)) == (1, 1, 1)
    shape = image_shape(np.ones((5, 8, 7)).shape[1:])
    assert shape == image_shape(np.array([8, 7])) == (1, 8, 7)
    assert all(type(side) is int for side in image_shape(np.array([8, 7])))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("32x5,pol", f"layers is '32x5,pol'; 'pol' is no layer. Did you mean 'pool' or 'avgpool'? Known: {WORDS}"),
        ("32x5,,pool", f"layers is '32x5,,pool'; '' is no layer. Known: {WORDS}"),
        ([32.5], f"layers is [32.5]; 32.5 is no layer. Known: {WORDS}"),
        ("3x3p1p2", f"layers is '3x3p1p2'; '3x3p1p2' is no layer. Known: {WORDS}"),
        ([True], f"layers is [True]; True is no layer. Known: {WORDS}"),
        ([], f"layers is []; expected '32x5,pool,64x5,pool,512' or a list of such words: {WORDS}"),
        (7, f"layers is 7; expected '32x5,pool,64x5,pool,512' or a list of such words: {WORDS}"),
        ("0x5", "layers is '0x5'; '0x5' has a 0 where a positive number must stand"),
        ("4x3s0", "layers is '4x3s0'; '4x3s0' has a 0 where a positive number must stand"),
        ("pool0", "layers is 'pool0'; 'pool0' has a 0 where a positive number must stand"),
        (
            "100,pool",
            "layers has 'pool' behind '100', but a full layer gives 100 numbers and no image: windows come first",
        ),
    ],
)
def test_words_that_are_none(layers, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read(layers)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            "32x5,pool,64x15",
            "layer 3, '64x15': a window of 15 x 15 does not fit into what comes to it, 12 x 12. Take smaller windows,"
            " padding ('64x15p7') or fewer layers before it",
        ),
        (
            "4x35p2",
            "layer 1, '4x35p2': a window of 35 x 35 does not fit into what comes to it, 28 x 28 with 2 zeros on each"
            " side. Take smaller windows, padding ('4x35p17') or fewer layers before it",
        ),
        (
            "pool29",
            "layer 1, 'pool29': a window of 29 x 29 does not fit into what comes to it, 28 x 28. Take a smaller window"
            " or fewer layers before it",
        ),
        (
            "4x3p3",
            "layer 1, '4x3p3': padding 3 with windows of 3 x 3 makes windows of zeros alone; expected at most 2 (p1"
            " keeps the size)",
        ),
        (
            "4x6p7",
            "layer 1, '4x6p7': padding 7 with windows of 6 x 6 makes windows of zeros alone; expected at most 5 (p3"
            " keeps the size)",
        ),
    ],
)
def test_windows_that_do_not_fit(layers, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fitted(read(layers), (1, 28, 28))


def test_padding_counts_on_both_sides():
    """7 x 7 windows on 4 x 4 images with two zeros on each side: two places a side."""
    assert fitted(read("3x7p2"), (1, 4, 4)) == [(3, 2, 2)]
    assert fitted(read("3x7p3s3"), (1, 11, 8)) == [(3, 4, 3)]  # 10 // 3 + 1 and 7 // 3 + 1


def test_a_window_may_take_the_image_and_its_padding_whole():
    assert fitted(read("3x5"), (1, 5, 5)) == [(3, 1, 1)]
    assert fitted(read("3x7p3"), (1, 1, 2)) == [(3, 1, 2)]
    for words, image in (("3x8p3", (1, 1, 9)), ("3x8p3", (1, 9, 1)), ("pool6", (1, 5, 6))):
        with pytest.raises(ValueError, match="does not fit into what comes to it"):
            fitted(read(words), image)


@pytest.mark.parametrize("image", [28, "28x28", (28,), (1, 0, 28), (1, -28, 28), (28, -1), (1, 28, 28, 1), (1.0, 28)])
def test_images_that_are_none(image):
    with pytest.raises(ValueError, match=r"image is .*; expected \(channels, height, width\), as \(1, 28, 28\), or"):
        image_shape(image)
