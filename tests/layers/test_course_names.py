"""The course's contract for batch normalisation and dropout, against its formulas written out."""

import numpy as np
import pytest

import gradcheck
from layers.course import batchnorm_backward, batchnorm_forward, dropout_backward, dropout_forward

X = np.random.default_rng(0).standard_normal((40, 3)) * 2 + 5
GAMMA, BETA = np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0])


def test_training_normalises_by_the_batch_and_writes_running_statistics_back():
    param = {"mode": "train", "momentum": 0.8}
    out, _ = batchnorm_forward(X, GAMMA, BETA, param)
    np.testing.assert_allclose(out.mean(0), BETA)
    np.testing.assert_allclose(out.std(0), GAMMA, rtol=1e-4)
    np.testing.assert_allclose(param["running_mean"], 0.2 * X.mean(0))
    np.testing.assert_allclose(param["running_var"], 0.2 * X.var(0))
    batchnorm_forward(X, GAMMA, BETA, param)
    np.testing.assert_allclose(param["running_mean"], (0.8 * 0.2 + 0.2) * X.mean(0))


def test_what_is_not_said_is_as_in_the_course():
    param = {"mode": "train"}
    out, _ = batchnorm_forward(X, GAMMA, BETA, param)
    np.testing.assert_allclose(param["running_mean"], 0.1 * X.mean(0))
    np.testing.assert_allclose(param["running_var"], 0.1 * X.var(0))
    np.testing.assert_allclose(out, GAMMA * (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-5) + BETA, rtol=1e-12)


def test_test_mode_uses_the_running_statistics_and_leaves_them():
    mean, var = np.array([1.0, 2.0, 3.0]), np.array([4.0, 1.0, 0.25])
    param = {"mode": "test", "running_mean": mean, "running_var": var, "eps": 1e-3}
    out, cache = batchnorm_forward(X, GAMMA, BETA, param)
    np.testing.assert_allclose(out, GAMMA * (X - mean) / np.sqrt(var + 1e-3) + BETA)
    assert param["running_mean"] is mean
    np.testing.assert_allclose(
        batchnorm_backward(np.ones_like(X), cache)[0], np.tile(GAMMA / np.sqrt(var + 1e-3), (40, 1))
    )


def test_the_backward_is_the_forwards():
    report = gradcheck.layer(lambda *a: batchnorm_forward(*a, {"mode": "train"}), batchnorm_backward, X, GAMMA, BETA)
    assert report.ok, str(report)


def test_p_is_the_probability_of_keeping():
    x = np.full((500, 500), 10.0)
    param = {"mode": "train", "p": 0.8, "seed": 3}
    out, cache = dropout_forward(x, param)
    assert np.mean(out == 0) == pytest.approx(0.2, abs=0.005)
    assert set(np.unique(out)) == {0.0, 12.5}
    np.testing.assert_array_equal(dropout_backward(np.ones_like(x), cache), out / 10)
    np.testing.assert_array_equal(dropout_forward(x, param)[0], out)
    assert not np.array_equal(dropout_forward(x, {"mode": "train", "p": 0.8})[0], out)


def test_dropout_at_test_time_changes_nothing():
    out, cache = dropout_forward(X, {"mode": "test", "p": 0.3})
    np.testing.assert_array_equal(out, X)
    np.testing.assert_array_equal(dropout_backward(X, cache), X)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: batchnorm_forward(X, GAMMA, BETA, {"mode": "eval"}),
            ValueError,
            "'mode'.*'eval'; expected one of train",
        ),
        (lambda: dropout_forward(X, {"p": 0.5}), ValueError, "dropout_param.*None"),
        (lambda: dropout_forward(X, {"mode": "train"}), KeyError, "has no 'p'"),
        (lambda: dropout_forward(X, {"mode": "train", "p": 0.0}), ValueError, "0 < keep <= 1"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call()
