"""A loss on watched arguments, and on arguments drawn anew: which are its targets, and how far away it is looked at."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.contracts import constant
from gradcheck.contracts.broadcasting import column_against_row
from gradcheck.contracts.overflow import _finite, _tame

COLUMN, FLAT = np.array([[1.0], [2], [4]]), np.array([1.0, 2, 3])


def shapes(forward, values, numeric=("x",), kind="loss", n=3):
    subject = SimpleNamespace(kind=kind, streams=SimpleNamespace(rewind=lambda: None), forward=forward)
    found = column_against_row(subject, SimpleNamespace(values=values, numeric=dict.fromkeys(numeric), n=n))
    return found and (found.code, found.where, found.evidence)


def gap(values):
    return values["x"] - values["t"]


CROSSED = ("WRONG_SHAPE", "loss", {"shapes": [(3, 1), (3,)], "result": (3, 3)})


@pytest.mark.parametrize(
    ("values", "more", "found"),
    [
        ({"x": COLUMN, "t": FLAT}, {}, CROSSED), ({"x": COLUMN, "t": FLAT}, {"kind": "net"}, CROSSED),
        ({"x": FLAT, "t": COLUMN}, {}, CROSSED), ({"x": COLUMN, "t": FLAT.astype(int), "k": 3}, {}, CROSSED),
        ({"x": COLUMN, "t": FLAT > 1}, {}, CROSSED), ({"x": FLAT, "t": FLAT[:2]}, {}, None),  # that raises
        ({"x": COLUMN, "t": FLAT}, {"kind": "layer"}, None), ({"x": FLAT, "t": FLAT}, {}, None),
        ({"x": COLUMN, "t": FLAT}, {"numeric": ("x", "t")}, None), ({"x": COLUMN, "t": FLAT}, {"numeric": ()}, CROSSED),
        ({"x": COLUMN, "t": FLAT}, {"n": 4}, None), ({"x": COLUMN, "t": 3.0}, {}, None),
        ({"x": COLUMN, "t": np.array(3.0)}, {}, None), ({"x": COLUMN, "t": FLAT + 0j}, {}, None),
    ],
)  # fmt: skip
def test_targets_against_predictions(values, more, found):
    assert shapes(gap, values, **more) == found


def test_arrays_of_several_columns_are_no_targets():
    def first(values):
        return values["x"] - values["t"][:, 0]

    assert shapes(first, {"x": COLUMN, "t": np.stack([FLAT, FLAT], 1)}) is None
    assert shapes(first, {"x": COLUMN, "t": COLUMN}) == CROSSED
    given = {"x": COLUMN.copy(), "t": FLAT.copy()}

    def writes(values):
        values["x"] += 1

    assert shapes(writes, given) is None
    assert given["x"].tolist() == COLUMN.tolist(), "on copies"


def test_where_else_a_loss_is_looked_at():
    seen = []

    def evaluate(values):
        seen.append((values["x"].tolist(), values["w"].tolist(), values["k"]))
        return np.array([0.5])

    values = {"x": np.array([1.0, 3]), "w": np.zeros(1), "k": 7}
    assert not constant.moves(SimpleNamespace(evaluate=evaluate), values, ["x", "w"])
    assert seen.pop(0) == ([1, 3], [0], 7)
    places = ((1, 1), (1, 0), (10, 1), (10, 0), (100, 1), (100, 0))
    for (scale, keep), (x, w, k) in zip(places, seen, strict=True):
        rng = np.random.default_rng([97, 10 * scale])  # the same in every version, as a report is
        drawn = rng.standard_normal(2), rng.standard_normal(1)
        np.testing.assert_allclose(x, keep * np.array([1, 3]) + 2 * scale * drawn[0])  # the standard deviation is 1
        np.testing.assert_allclose(w, scale * drawn[1])
        assert k == 7


@pytest.mark.parametrize(
    ("answers", "moving"),
    [([1, 1, 1, 1, 1, 1], False), ([1, 1, 1, 1, 1, 2], True), ([2, 0, 0, 0, 0, 0], True), ([np.nan] * 6, True),
     ([np.inf, 1] + 4 * [np.nan], False), ([[1, 1]] * 6, True), ([None] * 6, True), ([None, 1] + 4 * [None], False)],
)  # fmt: skip
def test_what_moves(answers, moving):
    given = iter([1, *answers])

    def evaluate(values):
        found = next(given)
        if found is None:
            raise ValueError
        return np.atleast_1d(np.array(found, float))

    assert constant.moves(SimpleNamespace(evaluate=evaluate), {"x": np.ones(2)}, ["x"]) is moving


@pytest.mark.parametrize(
    ("loss", "tame"),
    [
        (lambda x: x if x < 0.85 else np.inf, True), (lambda x: 1e59 if x < 0.85 else np.inf, True),
        (lambda x: -1e60 if x < 0.85 else np.inf, False), (lambda x: np.inf, False),
        (lambda x: 1.0 if x < 1.2e-3 else np.inf, True), (lambda x: 1.0 if x < 1.1e-3 else np.inf, False),
        (lambda x: 1e61 if x > 0.83 else 1.0, False),
        (lambda x: np.inf if x > 0.72 else 1e61 if x > 0.7 else 1.0, False),
    ],
)
def test_size_at_the_largest_scale_that_is_finite(loss, tame):
    """The scales are 2^-0.25 = 0.841, 2^-0.5, ... and the last is 2^-9.75 = 0.00116."""
    subject = SimpleNamespace(fresh=dict, forward=lambda values: ([np.array([loss(values["x"][0])])], None))
    assert _tame(subject, {"x": np.ones(1)}, "x") is tame
    assert _finite([np.array([1]), np.array([1.0, 2])])
    assert not _finite([np.array([1.0]), np.array([1.0, np.nan])])
