"""Losses against exact references, from equal scores to a quarter of the largest float, without a warning."""

import math

import exact
import numpy as np
import pytest

import layers

TYPES = (np.float16, np.float32, np.float64)
SCALES = (0.0, 1e-8, 1e-3, 1.0, 10.0, 100.0, 1e4, "quarter")


def scores(rng: np.random.Generator, scale: float | str, shape: tuple[int, int], dtype: type) -> np.ndarray:
    """Standard normal scores times `scale`; "quarter" puts each at plus or minus a quarter of the largest float."""
    if scale == "quarter" or scale > np.finfo(dtype).max / 4:
        return rng.choice([-1, 1], shape).astype(dtype) * (np.finfo(dtype).max / dtype(4))
    return (scale * np.clip(rng.standard_normal(shape), -3, 3)).astype(dtype)


def agree(values: np.ndarray, references: np.ndarray, dtype: type, smallest: float = 0.0) -> None:
    """Within 4 units of the last place plus what exp makes of a rounded argument: |log value| times eps, relative.

    Below the smallest normal number (or `smallest`) only the absolute error counts.
    """
    eps, normal = float(np.finfo(dtype).eps), float(np.finfo(dtype).smallest_normal)
    with np.errstate(divide="ignore"):
        log = np.minimum(np.abs(np.log(np.abs(references))), abs(math.log(normal)))
    bound = (4 + log) * eps * np.abs(references) + max(8 * normal, smallest)
    error = np.abs(np.asarray(values, float) - references)
    assert np.all(error <= bound), f"error {np.max(error / bound):.1f} times the bound"


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_softmax_loss_with_labels(n, scale, dtype):
    for seed in range(15):
        rng = np.random.default_rng([seed, n])
        x, y = scores(rng, scale, (n, 5), dtype), rng.integers(5, size=n)
        with np.errstate(all="raise", under="ignore"):
            loss, dx = layers.softmax_loss(x, y)
        wanted, dwanted = exact.softmax_loss(x.astype(float), y)
        assert loss.dtype == dx.dtype == dtype
        agree(loss, np.float64(wanted), dtype)
        agree(dx, dwanted, dtype)
        assert np.all(np.abs(dx.sum(axis=1, dtype=float)) <= 5 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("scale", SCALES)
def test_softmax_loss_with_one_hot_rows(scale, dtype):
    """Soft targets keep absolute digits only: p - t where both are near 1 cannot do better."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x, y = scores(rng, scale, (7, 5), dtype), rng.integers(5, size=7)
        with np.errstate(all="raise", under="ignore"):
            loss, dx = layers.softmax_loss(x, layers.one_hot(y, 5, dtype))
        wanted, dwanted = exact.softmax_loss(x.astype(float), y)
        eps = float(np.finfo(dtype).eps)
        agree(loss, np.float64(wanted), dtype, smallest=4 * eps)
        agree(dx, dwanted, dtype, smallest=4 * eps)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("margin", [1.0, 0.25])
def test_svm_loss(scale, dtype, margin):
    """With two classes the loss itself fits a float up to a quarter of the largest one."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        classes = 2 if scale in ("quarter", 1e4) else 5
        x, y = scores(rng, scale, (7, classes), dtype), rng.integers(classes, size=7)
        with np.errstate(all="raise", under="ignore"):
            loss, dx = layers.svm_loss(x, y, margin=margin)
        wanted, _ = exact.svm_loss(x.astype(float), y, margin)
        size = float(np.max(np.abs(x))) + margin  # the scores' rounding, where the hinges cancel
        agree(loss, np.float64(wanted), dtype, smallest=4 * size * float(np.finfo(dtype).eps))
        rounded = (x - x[np.arange(7), y][:, None] + dtype(margin)) > 0
        rounded[np.arange(7), y] = False
        assert np.array_equal(dx > 0, rounded)
        assert np.all(np.abs(dx.sum(axis=1, dtype=float)) <= 4 * np.finfo(dtype).eps)


def test_svm_loss_is_exact_in_float64_on_scores_of_few_digits():
    """Scores that are multiples of 2^-10 leave nothing to round in the hinges: loss and gradient agree to 4 ulp."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x, y = rng.integers(-5000, 5000, (7, 5)) / 1024, rng.integers(5, size=7)
        loss, dx = layers.svm_loss(x, y)
        wanted, dwanted = exact.svm_loss(x, y, 1.0)
        assert exact.ulps(float(loss), wanted) <= 4
        np.testing.assert_allclose(dx, dwanted, rtol=1e-15)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("scale", SCALES)
def test_logistic_loss(scale, dtype):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        columns = 1 if scale in ("quarter", 1e4) and dtype is np.float16 else 3
        x, y = scores(rng, scale, (7, columns), dtype), rng.integers(2, size=(7, columns)).astype(dtype)
        with np.errstate(all="raise", under="ignore"):
            loss, dx = layers.logistic_loss(x, y)
        wanted, dwanted = exact.logistic_loss(x.astype(float), y.astype(float))
        agree(loss, np.float64(wanted), dtype)
        agree(dx, dwanted, dtype, smallest=2 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", TYPES)
def test_sigmoid_against_exact_values(dtype):
    """Everywhere from saturation to saturation; below log(smallest float) the result stops at a tiny constant."""
    lowest = 1 - math.log(float(np.finfo(dtype).max))
    x = np.linspace(lowest, -lowest, 999).astype(dtype)
    with np.errstate(all="raise", under="ignore"):
        out, cache = layers.sigmoid_forward(x)
        ends, _ = layers.sigmoid_forward(np.array([-np.finfo(dtype).max, np.finfo(dtype).max], dtype))
        layers.sigmoid_backward(np.ones_like(x), cache)
    wanted = [float(1 / (1 + exact.DIGITS.exp(exact.Decimal(-float(v))))) for v in x]
    agree(out, np.array(wanted), dtype)
    assert 0 <= ends[0] <= 3 * np.finfo(dtype).smallest_normal
    assert ends[1] == 1


def test_a_sure_example_keeps_its_digits():
    """At a difference of 50 the loss is e^-50: taken from log(p) or log(sum) it would be 0 in float64."""
    loss, dx = layers.softmax_loss(np.array([[50.0, 0.0]]), np.array([0]))
    assert loss == pytest.approx(math.exp(-50), rel=1e-14, abs=0)
    assert dx[0].tolist() == pytest.approx([-math.exp(-50), math.exp(-50)], rel=1e-14, abs=0)


def test_softmax_of_huge_scores_of_any_shape():
    x = np.array([1e308, -1e308, 0.0])
    with np.errstate(all="raise", under="ignore"):
        assert layers.softmax(x).tolist() == [1, 0, 0]
        assert layers.softmax(np.stack([x, x])[None], axis=-1).shape == (1, 2, 3)


@pytest.mark.parametrize("dtype", TYPES)
def test_a_masked_class_has_minus_infinity(dtype):
    """A class that is ruled out by -inf gets no probability, no gradient and no warning."""
    x = np.array([[1, -np.inf, 0], [-np.inf, 2, 2]], dtype)
    with np.errstate(all="raise", under="ignore"):
        loss, dx = layers.softmax_loss(x, np.array([0, 2]))
    assert loss == pytest.approx((math.log1p(math.exp(-1)) + math.log(2)) / 2, rel=4 * float(np.finfo(dtype).eps))
    assert dx[0, 1] == dx[1, 0] == 0


@pytest.mark.parametrize("dtype", TYPES)
def test_a_masked_class_without_a_target_takes_no_part(dtype):
    """0 times -inf is no number, yet the class is ruled out, and its target is 0."""
    x, t = np.array([[1, -np.inf, 0], [-np.inf, 2, 2]], dtype), np.array([[1, 0, 0], [0, 0.5, 0.5]], dtype)
    with np.errstate(all="raise", under="ignore"):
        loss, dx = layers.softmax_loss(x, t)
    assert loss == pytest.approx((math.log1p(math.exp(-1)) + math.log(2)) / 2, rel=4 * float(np.finfo(dtype).eps))
    assert dx[0, 1] == dx[1, 0] == 0
    assert dx[1, 1] == dx[1, 2] == 0


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("loss", ["labels", "one_hot", "soft", "svm"])
def test_scores_apart_by_more_than_the_largest_float(loss, dtype):
    """Row 0 loses twice the largest float, four rows on average half of it: a mean that exists is not infinite."""
    largest = np.finfo(dtype).max
    x = np.zeros((4, 2), dtype)
    x[0] = largest, -largest
    y = np.ones(4, int)
    factor = 1
    targets = y if loss in ("labels", "svm") else layers.one_hot(y, 2, dtype)
    if loss == "soft":
        targets, factor = targets * dtype(1.5), 1.5
    function = layers.svm_loss if loss == "svm" else layers.softmax_loss
    with np.errstate(all="raise", under="ignore"):
        value, dx = function(x, targets)
        single, _ = function(x[:1], targets[:1])
        weighed, _ = function(x, targets, sample_weight=np.array([0, 1, 1, 1]))
    assert value.dtype == dtype
    assert value == pytest.approx(factor / 2 * float(largest), rel=4 * float(np.finfo(dtype).eps))
    assert dx[0].tolist() == [factor / 4, -factor / 4]
    assert single == np.inf
    assert weighed == pytest.approx(1 if loss == "svm" else factor * math.log(2), rel=4 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", TYPES)
def test_squares_that_overflow_before_their_mean_does(dtype):
    root = dtype(2) ** (np.finfo(dtype).maxexp // 2)  # its square is beyond the largest float, half of that is not
    x = np.array([[root, 0.0], [0, 0]], dtype)
    with np.errstate(all="raise", under="ignore"):
        loss, dx = layers.squared_loss(x, np.zeros_like(x))
        assert layers.squared_loss(4 * x, np.zeros_like(x))[0] == np.inf
    assert loss.dtype == dtype
    assert float(loss) == float(root) * (float(root) / 4)
    assert dx[0, 0] == root / 2


def test_a_logistic_loss_beyond_the_largest_float_is_infinite_without_a_warning():
    x = np.full((1, 2), np.finfo(np.float32).max)
    with np.errstate(all="raise", under="ignore"):
        loss, dx = layers.logistic_loss(x, np.zeros_like(x))
    assert loss == np.inf
    assert dx.tolist() == [[1, 1]]


def test_a_row_of_many_targets_far_below_the_largest_score():
    """Of 128 rows one has 32 classes that are wanted at twice the largest float L below: 32 2 L / 128 = L / 2.

    Its sum alone is 64 L; the other rows want nothing.
    """
    largest = np.finfo(np.float64).max
    x, t = np.zeros((128, 33)), np.zeros((128, 33))
    x[0], t[0, 1:] = -largest, 1
    x[0, 0] = largest
    loss, dx = layers.softmax_loss(x, t)
    assert loss == largest / 2
    np.testing.assert_array_equal(dx[0], [32 / 128, *[-1 / 128] * 32])
    assert not dx[1:].any()
