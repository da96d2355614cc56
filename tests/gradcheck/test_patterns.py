"""Patterns behind the names: masks by supports, penalties by dependence, single samples, other layouts of the batch.

Each bug here comes with its near miss: correct code of the same make, which must pass.
"""

import numpy as np
import pytest

import gradcheck
from tests.sampled import sampled


def row_max(x):
    return x.max(1), (x.argmax(1), x.shape)


def row_max_backward(kind):
    def backward(dout, cache):
        at, (n, d) = cache
        mask = np.eye(d)[at]
        weight = {"right": mask, "all": np.ones((n, d)), "losers": 1 - mask, "leak": np.where(mask > 0, 1, 0.2)}[kind]
        return dout[:, None] * weight

    return backward


def huber(threshold):
    def loss(x, t):
        r = x - t
        value = np.where(np.abs(r) < 1, 0.5 * r * r, np.abs(r) - 0.5).sum()
        return value, np.where(np.abs(r) < threshold, r, np.sign(r))

    return loss


def ridge(penalty, gradient_penalty, average=True):
    """Samples in columns; the penalty's strength over 2m in the loss, whatever `gradient_penalty` says in the
    gradient."""

    def loss_fn(params, X, y, reg):
        theta, m = params["theta"], X.shape[1]
        r = theta @ X - y
        loss = 0.5 * (r @ r) / m + penalty * reg / (2 * m) * (theta @ theta)
        return loss, {"theta": X @ r / (m if average else 1) + gradient_penalty * reg / m * theta}

    return loss_fn


def columns(rng, n):
    return {"theta": rng.standard_normal(4)}, rng.standard_normal((4, n)), rng.standard_normal(n), 0.6


def recurrent(x, h, w):
    new = np.tanh(x + h @ w)
    return new, (h, w, new)


def recurrent_backward(flip):
    def backward(dout, cache):
        h, w, new = cache
        da = dout * (1 - new**2)
        return da, da @ (w if flip else w.T), h.T @ da

    return backward


def steps(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((n, 4)), rng.standard_normal((4, 4))


def rows(rng, n):
    return (rng.standard_normal((n, 6)),)


def pair(rng, n):
    return 2 * rng.standard_normal((n, 4)), rng.standard_normal((n, 4))


LAYERS = [
    ("MASK_MISSING", row_max, row_max_backward("all"), rows),
    ("MASK_INVERTED", row_max, row_max_backward("losers"), rows),
    ("MASK_LEAK", row_max, row_max_backward("leak"), rows),
    (None, row_max, row_max_backward("right"), rows),
    ("TRANSPOSED", recurrent, recurrent_backward(True), steps),
    (None, recurrent, recurrent_backward(False), steps),
    ("OVER_SUMMED", lambda x: (3 * x, None), lambda d, _: 3 * (d.sum(1, keepdims=True) + np.zeros_like(d)), rows),
]


@pytest.mark.parametrize(("code", "forward", "backward", "inputs"), LAYERS)
@pytest.mark.parametrize("seed", sampled([0, 1], [0]))
def test_layer(code, forward, backward, inputs, seed):
    report = gradcheck.layer(forward, backward, inputs=inputs, seed=seed, repair=False)
    assert [f.code for f in report.findings][:1] == ([code] if code else []), report


@pytest.mark.parametrize(("code", "threshold"), [("MASK_WRONG", 0.4), (None, 1.0)])
@pytest.mark.parametrize("seed", sampled([0, 1], [0]))
def test_interval_of_a_residual(code, threshold, seed):
    report = gradcheck.loss(huber(threshold), inputs=pair, wrt="x", seed=seed, repair=False)
    assert [f.code for f in report.findings] == ([code] if code else []), report


@pytest.mark.parametrize(
    ("code", "loss_fn"),
    [
        ("MISSING_REG", ridge(1, 0)),
        ("EXTRA_REG", ridge(0, 1)),
        ("SCALE_BATCH", ridge(1, 1, average=False)),
        ("SCALE_OTHER", ridge(1, 0.3)),
        (None, ridge(1, 1)),
        (None, ridge(0, 0)),
    ],
)
@pytest.mark.parametrize("seed", sampled([0, 1], [0]))
def test_penalty_by_dependence_with_samples_in_columns(code, loss_fn, seed):
    report = gradcheck.net(loss_fn, inputs=columns, seed=seed, repair=False)
    assert [f.code for f in report.findings] == ([code] if code else []), report


def test_a_single_sample_in_columns_is_named():
    def loss_fn(params, X, y):
        r = params["theta"] @ X - y
        return 0.5 * r @ r / len(y), {"theta": X[:, 2] * r[2] / len(y)}

    report = gradcheck.net(loss_fn, inputs=lambda rng, n: columns(rng, n)[:3], repair=False)
    assert [f.code for f in report.findings] == ["BATCH_SUBSET"], report
    assert report.findings[0].evidence["samples"] == [2]


def test_shape_comes_before_the_memory_it_shares():
    report = gradcheck.layer(
        lambda x, b: (x + b, None),
        lambda d, _: (d.copy(), d),
        inputs=lambda rng, n: (rng.standard_normal((n, 3)), rng.standard_normal(3)),
        repair=False,
    )
    assert [f.code for f in report.findings] == ["NOT_SUMMED", "ALIASED"], report


def test_two_gradients_in_one_buffer_are_the_cause():
    def backward(d, cache):
        x, y = cache
        both = d * y
        first = both
        both *= x / y
        return first, both

    report = gradcheck.layer(
        lambda x, y: (x * y, (x, y)),
        backward,
        inputs=lambda rng, n: (rng.standard_normal((n, 3)), rng.standard_normal((n, 3))),
        repair=False,
    )
    assert report.findings[0].code == "ALIASED", report


def test_global_stream_is_a_note_and_a_generator_is_none():
    legacy = getattr(np, "random")  # noqa: B009  course code draws from it

    def noisy(x):
        return x + legacy.standard_normal(x.shape), None

    report = gradcheck.layer(noisy, lambda d, _: d.copy(), inputs=rows)
    assert report.ok
    assert [(f.code, f.severity) for f in report.findings] == [("NONDETERMINISTIC", "note")]
    rng = np.random.default_rng(0)
    report = gradcheck.layer(lambda x: (x + rng.standard_normal(x.shape), None), lambda d, _: d.copy(), inputs=rows)
    assert report.ok
    assert not report.findings


def correlate(x, w):
    n, height, width = len(x), x.shape[1] - 1, x.shape[2] - 1
    out = np.zeros((n, height, width))
    for i in range(2):
        for j in range(2):
            out += w[i, j] * x[:, i : i + height, j : j + width]
    return out, (x, w)


def correlate_backward(accumulate):
    def backward(dout, cache):
        x, w = cache
        _, height, width = dout.shape
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for i in range(2):
            for j in range(2):
                dx[:, i : i + height, j : j + width] += w[i, j] * dout
                for n in range(len(x)):
                    share = np.sum(x[n, i : i + height, j : j + width] * dout[n])
                    dw[i, j] = dw[i, j] + share if accumulate else share
        return dx, dw

    return backward


@pytest.mark.parametrize("size", [5, 12])  # with 12 there are more outputs than a whole analytic Jacobian is built for
def test_last_image_only_in_a_correlation(size):
    inputs = lambda rng, n: (rng.standard_normal((n, size, size)), rng.standard_normal((2, 2)))  # noqa: E731
    report = gradcheck.layer(correlate, correlate_backward(False), inputs=inputs, repair=False)
    assert [f.code for f in report.findings] == ["BATCH_SUBSET"], report
    assert gradcheck.layer(correlate, correlate_backward(True), inputs=inputs).ok
