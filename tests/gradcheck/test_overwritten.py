"""Contributions that overwrite each other, and ties that are judged together."""

import numpy as np
import pytest

import gradcheck


def lookup(x, W):
    return W[x], (x, W)


def words(rng, n):
    return rng.integers(6, size=(n, 3)), rng.standard_normal((6, 4))


def adds_once(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW


def adds_all(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW


def test_a_repeated_index_gets_a_name_and_a_verified_edit():
    report = gradcheck.layer(lookup, adds_once, inputs=words)
    (finding,) = report.findings
    assert (finding.code, finding.where) == ("REPEATED_INDEX", "W")
    assert finding.fix_verified
    assert "np.add.at(dW, x, dout)" in finding.fix
    assert gradcheck.layer(lookup, adds_all, inputs=words).verdict == "pass"


def test_repeated_indices_in_a_function_of_one_number():
    """Nothing of the outputs tells which contribution is lost; that the wrong rows are the repeated ones does."""

    def forward(v, U, idx):
        s = 1 / (1 + np.exp(U[idx] @ v))
        return -np.log(s).sum(), (v, U, idx, s)

    def backward(dout, cache):
        v, U, idx, s = cache
        g = (1 - s) * dout
        dU = np.zeros_like(U)
        dU[idx] += np.outer(g, v)
        return U[idx].T @ g, dU

    rng = np.random.default_rng(1)
    report = gradcheck.layer(
        forward, backward, rng.standard_normal(3), rng.standard_normal((6, 3)), np.array([2, 0, 2, 3, 2])
    )
    assert [(f.code, f.where) for f in report.findings] == [("REPEATED_INDEX", "U")]


def test_rows_that_are_wrong_for_another_reason_are_not_called_so():
    """The third row is wrong whether its index occurs once, twice or never."""

    def third_row_doubled(dout, cache):
        dW = adds_all(dout, cache)
        dW[2] *= 2
        return dW

    report = gradcheck.layer(lookup, third_row_doubled, inputs=words, repair=False)
    assert report.verdict == "fail"
    assert "REPEATED_INDEX" not in [f.code for f in report.findings]


def pool(x):
    out = np.zeros((len(x), x.shape[1] - 1, x.shape[2] - 1))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = x[:, i : i + 2, j : j + 2].mean(axis=(1, 2))
    return out, x.shape


@pytest.mark.parametrize("adds", [True, False])
def test_overlapping_windows(adds):
    def backward(dout, shape):
        dx = np.zeros(shape)
        for i in range(dout.shape[1]):
            for j in range(dout.shape[2]):
                window = dx[:, i : i + 2, j : j + 2]
                window[...] = window * adds + dout[:, i, j][:, None, None] / 4
        return dx

    report = gradcheck.layer(pool, backward, inputs=lambda r, n: (r.standard_normal((n, 3, 4)),), repair=False)
    if adds:
        assert report.verdict == "pass"
    else:
        assert [(f.code, f.where) for f in report.findings] == [("BATCH_SUBSET", "x")]
        assert "windows" in report.findings[0].message


def test_only_the_last_time_step():
    """The same weights at every step, and = for += in the loop over steps."""

    def forward(x, w):
        return x @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        dx = np.zeros_like(x)
        for t in range(x.shape[1]):
            dx[:, t] = dout[:, t] @ w.T
            dw = x[:, t].T @ dout[:, t]
        return dx, dw

    draw = lambda r, n: (r.standard_normal((n, 3, 4)), r.standard_normal((4, 2)))  # noqa: E731
    report = gradcheck.layer(forward, backward, inputs=draw, repair=False)
    assert [(f.code, f.where) for f in report.findings] == [("BATCH_SUBSET", "w")]
    assert "last position along axis 1" in report.findings[0].message


TIED = np.array([[3.0, 3.0, 1.0], [0.5, 2.0, 2.0], [1.0, 0.0, -1.0]])


def row_max(x):
    return x.max(axis=1), x


def equal(x):
    return (x == x.max(axis=1, keepdims=True)).astype(float)


@pytest.mark.parametrize(
    ("share", "right"),
    [
        (equal, False),
        (lambda x: equal(x) / equal(x).sum(axis=1, keepdims=True), True),
        (lambda x: np.eye(x.shape[1])[x.argmax(axis=1)], True),
        (lambda x: 0.6 * equal(x) / equal(x).sum(axis=1, keepdims=True) ** 0, False),
    ],
    ids=["whole dout each", "shared", "argmax", "0.6 each"],
)
def test_tied_maxima_share_one_upstream_gradient(share, right):
    report = gradcheck.layer(row_max, lambda dout, x: dout[:, None] * share(x), TIED, repair=False)
    assert report.ok is right, report


def test_relu_at_zero_takes_part_in_no_tie():
    x = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 2.0]])
    assert gradcheck.layer(lambda x: (np.maximum(0, x), x), lambda d, x: d * (x > 0), x).ok
