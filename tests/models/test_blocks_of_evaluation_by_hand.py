"""Rows of a block of evaluation, by the bytes of their images; the buffers that are kept; the measure of one column."""

import numpy as np
import pytest

from models import Graph, accuracy, convnet, graph, mlp, node

ROWS = np.zeros((3, 784))
A_ROW = 8 * (28 * 28 + 2 * 8 * 24 * 24)  # of images: the input's, and eight maps before and behind the relu


def net(words="8x5", **settings):
    return convnet(words, rng=0, **settings)


@pytest.mark.parametrize(
    ("words", "dtype", "rows"),
    [("8x5", np.float64, 419), ("8x5", np.float32, 838), ("1x28", np.float64, 1000)],
)
def test_images_of_a_block_take_32_mebibytes_and_a_block_a_thousand_rows(words, dtype, rows):
    """80000 bytes a row, and half of that; and 6288, of which 5336 would fit."""
    assert net(words, dtype=dtype)._block_of(ROWS) == rows


@pytest.mark.parametrize(("room", "rows"), [(1, 1), (A_ROW, 1), (2 * A_ROW - 1, 1), (2 * A_ROW, 2), (3 * A_ROW, 3)])
def test_at_least_one_row_whatever_room_there_is(room, rows, monkeypatch):
    monkeypatch.setattr(graph, "IMAGES", room)
    assert net()._block_of(ROWS) == rows


def test_where_the_width_is_open_the_first_row_tells(monkeypatch):
    monkeypatch.setattr(graph, "IMAGES", 10 * 8 * (16 + 2 * 4))
    nodes = [node("conv", "conv2d_without_bias", "x", "W"), node("rows", "flatten", "conv")]
    open_width = Graph(nodes, {"W": np.ones((2, 1, 3, 3))}, loss="squared")
    assert open_width.input_dim is None
    assert open_width._block_of(np.zeros((5, 1, 4, 4))) == 10


def test_weights_of_three_axes_are_windows_over_signals(monkeypatch):
    """A row of 4 numbers becomes 2 of 4, which take 64 bytes."""
    monkeypatch.setattr(graph, "IMAGES", 10 * 64)
    pair = (lambda x, w: (np.stack([x, x], axis=1) * w.sum(), None), lambda dout, cache: dout)
    net = Graph([node("signals", pair, "x", "W"), node("rows", "flatten", "signals")], {"W": np.ones((2, 1, 3))})
    assert net._block_of(np.ones((20, 4))) == 10


def test_a_net_without_images_takes_a_thousand_rows():
    assert mlp([2000, 3], rng=0)._block_of(np.zeros((1, 2000))) == 1000


def test_scores_are_computed_in_blocks_where_there_are_more_rows_than_one_takes(monkeypatch):
    monkeypatch.setattr(graph, "IMAGES", 2 * A_ROW)
    model = net()
    model.loss(ROWS[:2])
    assert not model._workspaces
    assert model.loss(ROWS).shape == (3, 10)
    assert set(model._workspaces) == {(2, 784), (1, 784)}
    with pytest.raises(ValueError, match=r"^X has shape \(784,\), .* One row alone is X\[None\]\.$"):
        model.loss(ROWS[0])


def test_buffers_of_eight_shapes_are_kept_and_the_oldest_makes_room():
    model = mlp([2, 3], rng=0)
    for rows in range(1, 10):
        model.loss(np.ones((rows, 2)), np.zeros(rows, int))
    assert list(model._workspaces) == [(rows, 2) for rows in range(2, 10)]


def test_the_share_of_right_answers_needs_a_column():
    """One column is a yes where it is positive; of none there is no largest."""
    assert accuracy(np.array([[1.0], [-1.0]]), np.array([1, 1])) == 0.5
    assert accuracy(np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1, 1])) == 0.5
    with pytest.raises(ValueError, match="argmax"):
        accuracy(np.empty((2, 0)), np.array([1, 1]))
