"""The blocks in which patches of images are made: their size, their runs of image rows, and their columns, by hand.

That no value depends on them is for other tests; here it is what they promise of memory: 2 MiB, and no less than fits.
"""

import numpy as np
import pytest

from layers.spatial.patches import BYTES, Patches
from layers.spatial.window import window


def patches(shape, size, *, stride=1, padding=0, dtype=np.float32, biased=False):
    seen = window("conv2d", size, stride, padding)
    return Patches(shape, seen, seen.places(np.empty(shape, np.int8), "conv2d"), np.dtype(dtype), biased)


def test_patches_take_two_mebibytes():
    assert BYTES == 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("shape", "size", "settings", "rows", "images", "lines", "values"),
    [
        # long rows: 24 x 24 places of 25 values and a one, 4 bytes each: 59904 bytes an image, 35 times in 2 MiB
        ((1000, 1, 28, 28), 5, {"biased": True}, 25, 35, 24, 35 * 26 * 24 * 24),
        ((1000, 1, 28, 28), 5, {"biased": False}, 25, 36, 24, 36 * 25 * 24 * 24),
        ((1000, 1, 28, 28), 5, {"dtype": np.float64}, 25, 18, 24, 18 * 25 * 24 * 24),
        ((7, 1, 28, 28), 5, {}, 25, 7, 24, 7 * 25 * 24 * 24),  # there are no more
        # short rows: 8 x 8 places, 16 images of them are the 1024 columns that a product likes
        ((1000, 8, 12, 12), 5, {}, 200, 16, 8, 16 * 200 * 8 * 8),
        ((1000, 8, 11, 11), 5, {}, 200, 21, 7, 21 * 200 * 7 * 7),  # 1024 / 49 = 20.9, rounded up
        ((1000, 63, 12, 12), (12, 1), {"dtype": np.float64}, 756, 28, 1, 28 * 756 * 12),  # 28.9 fit, 86 were liked
        # the least long row, and the longest short one
        ((1000, 1, 16, 16), 1, {}, 1, 1000, 16, 1000 * 16 * 16),
        ((1000, 1, 15, 15), 1, {}, 1, 5, 15, 5 * 15 * 15),
        # 64 values in a row of a window: each makes a product of its own
        ((2, 64, 20, 30), (3, 1), {}, 64, 2, 18, 2 * 64 * (18 + 2) * 30),
        # one image is too much: 64 channels x 5 are a row of a window, 27 of 60 places in 2 MiB, of which 4 lie over
        ((3, 64, 64, 64), 5, {}, 320, 1, 23, 320 * 27 * 60),
        ((3, 64, 64, 64), 5, {"dtype": np.float64}, 320, 1, 9, 320 * 13 * 60),
        ((3, 64, 64, 64), 5, {"stride": 2}, 320, 1, 25, 320 * (27 + 26) * 30),  # in two runs: (54 - 5 + 1) / 2 = 25
        ((2, 63, 20, 5000), (3, 1), {}, 189, 1, 1, 189 * 5000),  # one row of windows is more than 2 MiB
        ((0, 1, 28, 28), 5, {}, 25, 1, 24, 25 * 24 * 24),
    ],
)
def test_the_size_of_a_block(shape, size, settings, rows, images, lines, values):
    made = patches(shape, size, **settings)
    assert (made.rows, made.images, made.lines, made.memory.size) == (rows, images, lines, values)
    assert made.columns == images * lines * made.places[1]


@pytest.mark.parametrize(
    ("height", "stride", "phases", "columns"),
    [
        (3, 1, [(0, 6)], [(0, 4), (1, 5), (2, 6)]),  # windows of 3: the second product starts a row of windows later
        (3, 2, [(0, 5), (1, 4)], [(0, 4), (5, 9), (1, 5)]),  # image rows 0 2 4 6 8, then 1 3 5 7
        (2, 3, [(0, 4), (1, 4)], [(0, 4), (4, 8)]),  # the third rows are nobody's
        (4, 3, [(0, 5), (1, 4), (2, 4)], [(0, 4), (5, 9), (9, 13), (1, 5)]),
    ],
)
@pytest.mark.parametrize(("width", "places"), [(20, 20), (7, 7)])
def test_the_runs_of_image_rows_and_the_columns_of_each_product(height, stride, phases, columns, width, places):
    """Four rows of windows of a block, in images of 64 channels; short rows hold three images side by side."""
    rows = (4 - 1) * stride + height
    made = patches((3, 64, rows, width), (height, 1), stride=(stride, 1))
    assert made.products == height
    assert made.phases(4) == phases
    (block,) = made.blocks()
    assert (block.first, block.last, block.top, block.bottom, block.inner) == (0, 3, 0, 4, width == 7)
    each = places * (3 if block.inner else 1)
    assert made.product_columns(block) == [slice(first * each, last * each) for first, last in columns]


def test_a_column_that_holds_a_whole_window_is_one_product():
    made = patches((5, 2, 9, 20), 3, stride=2, biased=True)
    assert (made.products, made.tall, made.rows) == (1, 3, 18)
    assert made.phases(4) == [(0, 4)]


def test_blocks_go_through_the_images_in_order():
    """Two images at a time of five; one image in parts of 9 of its 20 rows of windows."""
    made = patches((5, 1, 24, 24), 5)
    made.images, made.lines = 2, 9
    images, lines = ((0, 2), (2, 4), (4, 5)), ((0, 9), (9, 18), (18, 20))
    assert [block[:4] for block in made.blocks()] == [(*some, *rows) for some in images for rows in lines]


@pytest.mark.parametrize(("padding", "width", "canvas"), [
    ((0, 0), 20, None), ((1, 0), 20, (3, 2, 8, 20, 1)), ((0, 2), 20, (3, 2, 6, 24, 1)), ((0, 0), 8, (1, 2, 6, 8, 3)),
    ((1, 2), 8, (1, 2, 8, 12, 3)),
])  # fmt: skip
def test_images_are_copied_where_there_is_a_margin_or_a_short_row(padding, width, canvas):
    made = patches((3, 2, 6, width), 3, padding=padding)
    assert (None if made.canvas is None else made.canvas.shape) == canvas
    assert made.canvas is None or not made.canvas.any()
