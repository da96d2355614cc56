"""Linear in dout, constant, affine or a mask by its sign: values just on each side of what rounding may do."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.contracts import linearity

NOTHING = SimpleNamespace(run=lambda values, douts: (None, {"x": None}))


def kind(one, two, mixed, large, zero=0.0, rough=0.0, dtype=np.float64):
    """The kind of a map b with b(d1), b(d2), b(d1 - 3 d2), b(1024 d1) and b(0) of one element."""
    given = [np.array([float(g)]) for g in (one, two, mixed, large, zero)]
    values = {"x": np.ones(1, dtype), "k": 3}
    return linearity._classify(*given, subject=NOTHING, values=values, douts=[np.ones(1)], name="x", rough=rough).kind


@pytest.mark.parametrize(
    ("one", "two", "mixed", "rough", "found"),
    [(1, 0.5, 2, 1, "linear"), (1, 0.5, 2, 0.01, "nonlinear"), (0.5, 1, 2, 0.99, "nonlinear"),
     (0.5, -1, 2, 1, "linear"), (0, 0, 3, 1, "linear"),
     (0, 0, 3.003, 1, "nonlinear"), (0, 0, 2.997, 1, "linear"), (0, 0, 0, 0, "linear")],
)  # fmt: skip
def test_nothing_but_rounding_comes_out(one, two, mixed, rough, found):
    assert kind(one, two, mixed, 5e4 * (mixed != 0), rough=rough) == found


@pytest.mark.parametrize(
    ("two", "large", "found"),
    [(2, 2, "constant"), (2 - 1.9e-7, 2, "constant"), (2 - 2.1e-7, 2, "nonlinear"), (2, 2 + 1.9e-7, "constant"),
     (2, 2 + 2.1e-7, "nonlinear"), (2, 2 - 2.1e-7, "nonlinear")],
)  # fmt: skip
def test_constant(two, large, found):
    assert kind(2, two, 2, large) == found


@pytest.mark.parametrize(
    ("mixed", "large", "rough", "dtype", "found"),
    [(7.9e-7, 0, 0, "d", "linear"), (-8.1e-7, 0, 0, "d", "nonlinear"), (0, 2.04e-4, 0, "d", "linear"),
     (0, -2.06e-4, 0, "d", "nonlinear"), (4.0e-3, 0, 1e-3, "d", "linear"), (4.01e-3, 0, 1e-3, "d", "nonlinear"),
     (0, 1.0241, 1e-3, "d", "linear"), (0, 1.0244, 1e-3, "d", "nonlinear"), (2.39e-3, 0, 0, "f", "linear"),
     (2.41e-3, 0, 0, "f", "nonlinear")],
)  # fmt: skip
def test_linear(mixed, large, rough, dtype, found):
    """b(d1) = 1 and b(d2) = 2: then b(d1 - 3 d2) = -5, within 4 times 1e-7 of the largest, which is 2."""
    assert kind(1, 2, -5 + mixed, 1024 + large, 0, rough, dtype) == found


@pytest.mark.parametrize(
    ("mixed", "large", "zero", "found"),
    [(0, 0, 1, "affine"), (1.19e-6, 0, 1, "affine"), (-1.21e-6, 0, 1, "nonlinear"), (0, 3.07e-4, 1, "affine"),
     (0, 3.08e-4, 1, "nonlinear"), (0, 0, 2, "nonlinear"), (0, 0, np.nan, "nonlinear"), (0, 0, np.inf, "nonlinear")],
)  # fmt: skip
def test_affine(mixed, large, zero, found):
    """b(d) = 1 + d with d1 = 1 and d2 = 2: b(d1 - 3 d2) = -4, within 4 times 1e-7 of the largest, which is 3."""
    assert kind(2, 3, -4 + mixed, 1025 + large, zero) == found


@pytest.mark.parametrize("which", range(4))
def test_overflow_tells_nothing(which):
    given = [1, 5, 1, 7]
    given[which] = np.inf
    assert kind(*given) == "linear"


def mask(answers, one=(4.0, 0), tol=1e-3):
    """Whether the map that sends these dout to these gradients is a mask by the sign of dout = (1, -1)."""
    run = lambda values, douts: (None, {"x": answers.get(tuple(douts[0].tolist()))})  # noqa: E731
    answers = {d: None if a is None else np.array(a) for d, a in answers.items()}
    subject = SimpleNamespace(run=run)
    return linearity._positive_part(np.array(one), subject, {}, [np.array([1.0, -1])], "x", tol)


@pytest.mark.parametrize(
    ("kept", "gone", "doubled", "found"),
    [(0, 0, 0, True), (3.9e-3, 0, 7.8e-3, True), (-4.1e-3, 0, -8.2e-3, False), (0, 3.9e-3, 0, True),
     (0, -4.1e-3, 0, False), (0, 0, 7.9e-3, True), (0, 0, -8.1e-3, False), (3e-3, 0, 0, True)],
)  # fmt: skip
def test_mask_by_the_sign_of_dout(kept, gone, doubled, found):
    positive = {(1, 0): (4 + kept, 0), (-1, -1): (gone, 0), (2, 0): (8 + doubled, 0)}
    assert mask(positive) is found
    negative = {(0, -1): (4 + kept, 0), (1, 1): (gone, 0), (0, -2): (8 + doubled, 0)}
    assert mask(negative) is found
    assert mask({**positive, (1, 0): None}) is False
    assert mask({**positive, (-1, -1): (0.0, 0, 0)}) is False
    assert mask({**positive, (2, 0): (8.0,)}) is False


def test_mask_that_lets_nothing_through():
    nothing = {(1, 0): (9e-4, 0), (-1, -1): (0.0, 0), (2, 0): (18e-4, 0)}
    assert mask(nothing, one=(0.0, 0))
    assert not mask({**nothing, (1, 0): (1.1e-3, 0), (2, 0): (2.2e-3, 0)}, one=(0.0, 0))
