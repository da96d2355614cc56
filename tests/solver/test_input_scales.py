"""Which scales of inputs are warned of, from both sides of each border."""

import numpy as np
import pytest

from solver.inputs import scale
from solver.inputs.scale import Range


def said(X, input_scale=1.0):
    X = np.asarray(X)
    return scale._scale(X, Range(float(X.min()), float(X.max())), input_scale) or ""


def spread(low, high, rows=20, columns=10):
    return np.linspace(low, high, rows * columns).reshape(rows, columns)


def one_of_64(value):
    """All else is 0: the root mean square is an eighth of the value."""
    return np.where(np.arange(64).reshape(8, 8) == 7, value, 0.0)


@pytest.mark.parametrize(
    ("X", "input_scale", "text"),
    [
        (spread(0, 255).astype(np.uint8), 1, "X_train is uint8 in 0..255; training on raw bytes is rarely wanted."),
        (spread(0, 255).astype(np.uint8), 255, ""),
        (spread(0, 1).round().astype(np.uint8), 1, ""),  # ones and zeros are no raw bytes
        (np.zeros((3, 4), np.uint8), 1, "X_train is uint8"),
        (np.full((3, 4), 2, np.uint8) - np.eye(3, 4, dtype=np.uint8), 1, "X_train is uint8"),  # 1 and 2
        (spread(0, 255).astype(np.uint8), 0.5, "X_train holds values from 0 to 255 (uint8): pixels 0..255, unscaled?"),
        (np.zeros((3, 4), bool), 1, "all values of X_train are 0: there is nothing to learn from."),
        (np.zeros((3, 4)), 1, "all values of X_train are 0: there is nothing to learn from. Was it scaled in inte"),
        (np.full((2, 4), 0.12345), 1, "all values of X_train are 0.1235: there is"),
        (np.zeros((1, 4)), 1, ""),  # of one row nothing can be said
        (spread(0, 30), 1, ""),
        (spread(0, 30.1), 1, "X_train holds values from 0 to 30.1 (float64): pixels 0..255, unscaled? Training on raw"),
        (spread(0, 255), 1, "pixels 0..255, unscaled?"),
        (spread(0, 255), 255, ""),
        (spread(50, 250), 1, "pixels 0..255, unscaled?"),
        (spread(0, 255.1), 1, "; steps of the usual learning rates are too large for such inputs (pixels 0..255: X"),
        (spread(-0.1, 200), 1, " Standardise: subtract X_train.mean(axis=0), divide by X_train.std(axis=0), in X_val"),
        (spread(-200, 0), 1, "X_train holds values from -200 to 0 (float64); steps"),
        (np.where(np.arange(200).reshape(20, 10) == 7, 56.0, 0.0), 1, ""),  # a root mean square of 3.96
        (np.where(np.arange(200).reshape(20, 10) == 7, 57.0, 0.0), 1, "pixels 0..255, unscaled?"),  # of 4.03
        (one_of_64(32.0), 1, ""),  # a root mean square of 4
        (one_of_64(64.0), 2, ""),  # of 8 / 2
        (one_of_64(68.0), 2, "pixels 0..255, unscaled?"),  # of 8.5 / 2
        (spread(0, 60), 2, ""),
        (spread(0, 61), 2, "pixels 0..255, unscaled?"),
        (spread(-0.06, 0.06), 1, ""),
        (spread(0, 0.5), 2, ""),
        (spread(0, 0.1), 1, ""),
        (spread(0, 0.099), 1, "X_train holds values from 0 to 0.099 (float64): hardly any differences to learn from."
                              " Were pixels divided by 255 twice? mnist.load() has scaled them already."),
        (spread(0, 0.099, 30, 10), 1, "hardly any differences"),
        (spread(0, 0.099, 19, 10), 1, ""),  # fewer than 200 values tell nothing
        (spread(0, 0.099, 199, 1), 1, ""),
        (spread(0, 0.04), 0.5, ", and the model divides by input_scale=0.5: hardly any differences"),
        (spread(0, 1), 255, ", and the model divides by input_scale=255: hardly any differences"),
    ],
)  # fmt: skip
def test_the_scale_of_the_training_inputs(X, input_scale, text):
    found = said(X, input_scale)
    assert text in found
    assert bool(text) is bool(found)


def mismatch(train, val):
    train, val = np.asarray(train), np.asarray(val)
    ranges = (Range(float(part.min()), float(part.max())) for part in (train, val))
    return scale._mismatch(train, val, *ranges)


def test_validation_rows_scaled_otherwise_than_training():
    assert mismatch(spread(0, 1), spread(0, 1)) is None
    assert mismatch(spread(0, 5), spread(0, 5)) is None
    assert mismatch(spread(0, 1), spread(0, 2)) == (
        "X_val holds values from 0 to 2, X_train from 0 to 1: they seem to be scaled differently. Treat both alike,"
        " with the numbers that X_train gives."
    )
    assert mismatch(spread(0, 2), spread(0, 1))  # in either direction
    assert mismatch(spread(0, 2, 30), spread(0, 1, 30))
    assert mismatch(spread(0, 1), spread(0, 1.2)) is None  # a tenth beyond is no other scale
    assert mismatch(spread(0, 1), spread(0, 1.25))
    assert mismatch(spread(0, 1), spread(-0.2, 1)) is None
    assert mismatch(spread(0, 1), spread(-0.25, 1))
    assert mismatch(spread(0, 1, 19), spread(0, 9)) is None  # fewer than 200 values tell nothing
    assert mismatch(spread(0, 9), spread(0, 1, 19)) is None
    few = spread(0, 1)
    for most, told in ((19.9, False), (20.0, False), (20.1, True)):  # some values far out, within a tenth of the values
        out = np.where(few == 1, most, few)
        assert bool(mismatch(few, out)) is told
        assert bool(mismatch(out, few)) is told
    assert mismatch(np.zeros((20, 10)), np.zeros((20, 10))) is None
    for many, told in ((20, False), (21, True)):  # a tenth of the values of one part, and one more
        far = np.concatenate([few.flat[: 200 - many], np.full(many, 2.0)]).reshape(20, 10)
        assert bool(mismatch(few, far)) is told
        assert bool(mismatch(far, few)) is told


def test_the_share_outside_is_of_some_rows_and_beyond_a_margin_of_a_tenth():
    other = Range(0, 10)
    assert scale._share_outside(np.array([[-1.5, -1.0, 0.0, 11.0, 11.5]]), other) == 0.4
    assert scale._share_outside(np.array([[-6.5, -5.5, 0.0, 6.0]]), Range(-5, 5)) == 0.25
    rows = np.full((2000, 1), 5.0)
    rows[::2] = 12
    assert scale._share_outside(rows, other) == 1  # every second of two thousand
    assert scale._share_outside(rows[:1998], other) == 0.5  # all of fewer


def test_the_root_mean_square_is_of_some_rows_and_cannot_overflow():
    assert scale._root_mean_square(np.array([[3.0, 4.0]])) == pytest.approx(np.sqrt(12.5))
    assert scale._root_mean_square(np.array([[3e200, 4e200]])) == pytest.approx(1e200 * np.sqrt(12.5))
    rows = np.zeros((2000, 1))
    rows[::2] = 5
    assert scale._root_mean_square(rows) == 5  # every second of two thousand
    assert scale._root_mean_square(rows[:1998]) == pytest.approx(np.sqrt(12.5))  # all of fewer
    assert Range(-3, 2).largest == 3
    assert Range(-1, 2).largest == 2
