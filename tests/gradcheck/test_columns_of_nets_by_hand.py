"""Column updates by hand: a net of one unit, two examples and a loss that is linear in the scores."""

import numpy as np
import pytest

from gradcheck.numeric import column_updates
from gradcheck.numeric.column_updates import Net, slopes, slopes_and_bends

X = np.array([[1.0, 0], [2, -1]])
PARAMS = {"W": np.array([[2.0], [8]]), "c": np.array([1.0]), "V": np.array([[2.0, 5]]), "b": np.array([1.0, 1])}


def leaky(z):
    return np.where(z > 0, z, 0.5 * z)


def linear(scores, targets):
    """s_0 + 10 s_1 - t: one more of the unit's value, 2 + 50 more of the loss."""
    return scores[0] + 10 * scores[1] - targets


def net(activation=leaky, rows=linear, **straight):
    """z = (3, -3), a = (3, -1.5)."""
    return Net(X, np.array([7.0, 0]), ("W", "c"), activation, ("V", "b"), rows, 2.0, **straight)


def test_layers_and_losses_of_a_net():
    z, a, scores = net().layers(PARAMS)
    assert (z.tolist(), a.tolist()) == ([[3], [-3]], [[3], [-1.5]])
    assert scores.tolist() == [[7, -2], [16, -6.5]]
    assert net().losses(scores).tolist() == [7 + 160 - 7, -2 - 65]


@pytest.mark.parametrize("h", [0.5, 1.5, 2, 3, 3.5, 7])
def test_a_step_follows_the_line_that_the_unit_is_on(h):
    """Slope 1 for the first example and 0.5 for the second, wherever the step ends."""
    found = slopes(net(straight=True), PARAMS, h)
    assert found["W"].tolist() == [[52 * (1 + 2 * 0.5) / 2], [-52 * 0.5 / 2]]
    assert found["c"].tolist() == [52 * 1.5 / 2]
    assert found["V"].tolist() == [[1.5 / 2, 10 * 1.5 / 2]]
    assert found["b"].tolist() == [1, 10]
    both = slopes_and_bends(net(straight=True), PARAMS, h)
    assert {n: slope.tolist() for n, (slope, _) in both.items()} == {n: g.tolist() for n, g in found.items()}
    assert all(not bend.any() and bend.shape == PARAMS[n].shape for n, (_, bend) in both.items())


def test_steps_that_leave_their_line():
    """By 7: the first unit goes 7 up and 5 down; the second 12.5 and 7 by W[0, 0], 5.5 and 3.5 by the others."""
    both = slopes_and_bends(net(), PARAMS, 7.0)
    assert slopes(net(), PARAMS, 7.0)["W"].ravel() == pytest.approx([31.5 * 52 / 28, -9 * 52 / 28])
    assert both["W"][0].ravel() == pytest.approx([31.5 * 52 / 28, -9 * 52 / 28])
    assert both["W"][1].ravel() == pytest.approx([7.5 * 52 / 14, 2 * 52 / 14])
    assert both["c"][0] == pytest.approx([21 * 52 / 28])
    assert both["c"][1] == pytest.approx([4 * 52 / 14])


def test_a_unit_at_exactly_0_is_on_no_line():
    params = PARAMS | {"c": np.array([-2.0])}  # z = (0, -6)
    found = slopes(net(straight=True), params, 0.5)
    assert np.isnan(found["W"]).tolist() == [[True], [False]]
    assert np.isnan(found["c"]).all()
    assert found["W"][1] == pytest.approx(-52 * 0.5 / 2)
    assert not np.isnan(found["V"]).any()
    assert slopes(net(), params, 0.5)["c"] == pytest.approx([52 * (0.5 + 0.25 + 0.5) / 2])


@pytest.mark.parametrize(
    ("h", "weights", "live"),
    [
        (1.0, [52 / 2, 0], {"W": [0], "c": [0]}),  # the second unit, at -3, does not wake up
        (2.0, [(52 * 4 + 52) / 8, 0], {"W": [0, 1], "c": [0]}),  # by W[0, 0] it does, upwards alone
        (4.0, [(52 * 7 + 52 * 5) / 16, -52 / 16], {"W": [0, 1, 1], "c": [0, 1]}),  # and downwards by W[1, 0]
    ],
)
def test_a_unit_at_rest_moves_nothing(h, weights, live):
    relu = net(lambda z: np.maximum(z, 0))
    found = slopes(relu, PARAMS, h)
    assert found["W"].ravel() == pytest.approx(weights)
    seen = {"W": [], "c": []}
    for name, _, _, n, above, below in column_updates._moved(relu, PARAMS, h):
        assert len(n) == len(above) == len(below)
        if name in seen:
            seen[name] += n.tolist()
    assert seen == live


def test_a_unit_that_moves_downwards_alone():
    """min(z, 0) with z = (7, 1): W[1, 0] + 4 takes the second unit to -3, W[0, 0] - 4 to -7."""
    found = slopes(net(lambda z: np.minimum(z, 0)), PARAMS | {"c": np.array([5.0])}, 4.0)
    assert found["W"].ravel() == pytest.approx([7 * 52 / 16, -3 * 52 / 16])
    assert found["c"] == pytest.approx([3 * 52 / 16])


def test_squares_of_scores_and_targets():
    scores, targets = np.array([[3.0, 1], [0.5, -2]]), np.array([[1.0, 2], [4, -1]])  # a column an example, and a row
    assert column_updates.squared_rows(scores, targets).tolist() == [(4 + 2.25) / 2, (9 + 1) / 2]


def test_entries_that_are_not_0_in_parts(monkeypatch):
    inputs = np.array([[1.0, 0, 2], [0, 0, 0], [3, 4, 5]])
    entries = [(0, 0), (0, 2), (2, 0), (2, 1), (2, 2)]
    for block, classes, sizes in ((6, 3, [2, 2, 1]), (7, 3, [2, 2, 1]), (9, 3, [3, 2]), (2, 3, [1] * 5), (15, 3, [5])):
        monkeypatch.setattr(column_updates, "BLOCK", block)
        parts = [list(zip(n.tolist(), i.tolist(), strict=True)) for n, i in column_updates._blocks(inputs, classes)]
        assert [len(part) for part in parts] == sizes
        assert [entry for part in parts for entry in part] == entries
