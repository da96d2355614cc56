"""Rows as images: the values in row order, what is taken as it is, and what is refused."""

import re

import numpy as np
import pytest

from layers import flatten_forward, image_backward, image_forward

X = np.arange(48.0).reshape(2, 24)


def test_values_stand_in_row_order_and_come_back():
    out, cache = image_forward(X, shape=(2, 3, 4))
    assert out[1, 1, 2, 3] == 47
    assert out[0, 1, 0, 2] == 14
    np.testing.assert_array_equal(flatten_forward(out)[0], X)
    np.testing.assert_array_equal(image_backward(2 * out, cache), 2 * X)
    assert image_backward(out, cache, need_dx=False) is None
    out[0] = 0  # it is an array of its own
    assert X[0, 1] == 1


def test_images_go_through_and_grey_ones_get_their_channel():
    images = X.reshape(2, 2, 3, 4)
    np.testing.assert_array_equal(image_forward(images, shape=(2, 3, 4))[0], images)
    out, cache = image_forward(X.reshape(2, 4, 6), shape=(1, 4, 6))
    np.testing.assert_array_equal(out[:, 0], X.reshape(2, 4, 6))
    assert image_backward(out, cache).shape == (2, 4, 6)


def test_one_side_may_follow_from_the_others():
    assert image_forward(X)[0].shape == (2, 1, 1, 24)
    assert image_forward(X, shape=(2, -1, 4))[0].shape == (2, 2, 3, 4)


@pytest.mark.parametrize(
    ("x", "shape", "message"),
    [
        (X[0], (1, 4, 6), "image takes rows of pixels (N, D); got x (24,). One row alone is x[None]."),
        (X, (1, 5, 5), "image takes rows (N, 25) or images (N, 1, 5, 5); got x (2, 24), 24 numbers each."),
        (X, (-1, 5, 1), "image takes rows (N, a multiple of 5) or images (N, -1, 5, 1); got x (2, 24), 24 numbers"
                       " each."),
        (X, (4, 6), "shape is (4, 6); expected (channels, height, width), as (1, 28, 28)"),
        (X.reshape(2, 4, 3, 2), (2, 4, 3), "image takes rows (N, 24) or images (N, 2, 4, 3); got x (2, 4, 3, 2)."
                                           " Is this N x H x W x C? x.transpose(0, 3, 1, 2)"),
        (X.reshape(2, 4, 6, 1), (1, 4, 6), "image takes rows (N, 24) or images (N, 1, 4, 6); got x (2, 4, 6, 1)."
                                           " Is this N x H x W x C? x.transpose(0, 3, 1, 2)"),
        (X.reshape(2, 6, 4), (1, 4, 6), "image takes rows (N, 24) or images (N, 1, 4, 6); got x (2, 6, 4), 24 numbers"
                                        " each."),
        (X.reshape(2, 3, 8), (1, 4, 6), "image takes rows (N, 24) or images (N, 1, 4, 6); got x (2, 3, 8), 24 numbers"
                                        " each."),
        (X.reshape(2, 1, 3, 8), (1, 4, 6), "image takes rows (N, 24) or images (N, 1, 4, 6); got x (2, 1, 3, 8), 24"
                                           " numbers each."),
    ],
)  # fmt: skip
def test_what_is_no_such_image(x, shape, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        image_forward(x, shape=shape)


def test_bytes_are_refused():
    with pytest.raises(TypeError, match=re.escape("image_forward takes floating x, which is uint8")):
        image_forward(X.astype(np.uint8), shape=(1, 4, 6))
