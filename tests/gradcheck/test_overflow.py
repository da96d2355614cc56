"""Overflow at values that nobody gave is a note with an edit that was tried; within +-100 it is an error."""

import numpy as np
import pytest

import gradcheck


def draw(rng, n):
    return rng.standard_normal((n, 4)), rng.integers(4, size=n)


def shifted_log_of_p(x, y):
    p = np.exp(x - np.max(x, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(len(x)), y]))
    dx = p.copy()
    dx[np.arange(len(x)), y] -= 1
    return loss, dx / len(x)


def unshifted(x, y):
    p = np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(x)), y]).mean()
    return loss, (p - np.eye(4)[y]) / len(x)


def by_columns(x, y):
    """Examples in columns."""
    p = np.exp(x - x.max(axis=0, keepdims=True))
    p = p / p.sum(axis=0, keepdims=True)
    n = x.shape[1]
    return -np.sum(np.log(p[y, np.arange(n)])) / n, (p - np.eye(4)[y].T) / n


@pytest.mark.parametrize("loss", [shifted_log_of_p, by_columns])
def test_the_softmax_of_the_courses_is_right(loss):
    inputs = draw if loss is shifted_log_of_p else lambda rng, n: (rng.standard_normal((4, n)), rng.integers(4, size=n))
    report = gradcheck.loss(loss, inputs=inputs)
    assert report.verdict == "pass"
    (note,) = report.findings
    assert (note.code, note.severity, note.where) == ("NONFINITE", "note", "loss")
    assert note.fix_verified
    assert "np.log(np.sum(np.exp(shifted)" in note.fix
    text = " ".join(str(report).split())
    assert "values that you did not give" in text
    assert "the loss is inf" in text


def test_the_advised_edit_stays_finite():
    """What the note advises, written out, has nothing left to say about."""

    def advised(x, y):
        shifted = x - np.max(x, axis=1, keepdims=True)
        logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        return -logp[np.arange(len(x)), y].mean(), (np.exp(logp) - np.eye(4)[y]) / len(x)

    assert gradcheck.loss(advised, inputs=draw).findings == []
    x, y = np.array([[1e5, 0.0, -1e5, 3.0]]), np.array([2])
    assert advised(x, y)[0] == 2e5


def test_without_a_shift_it_is_a_note_too():
    report = gradcheck.loss(unshifted, inputs=draw)
    assert report.verdict == "pass"
    assert [(f.code, f.severity) for f in report.findings] == [("NONFINITE", "note")]


def test_an_overflow_within_one_hundred_is_an_error():
    def squares_in_exp(x, y):
        e = np.exp(x * 8)  # exp(800) at a score of 100
        p = e / e.sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(len(x)), y]).mean(), 8 * (p - np.eye(4)[y]) / len(x)

    report = gradcheck.loss(
        squares_in_exp,
        inputs=lambda r, n: (0.3 * r.standard_normal((n, 4)) + 1.2 * np.eye(4)[0], r.integers(4, size=n)),
    )
    assert [(f.code, f.severity) for f in report.findings] == [("NONFINITE", "error")]
    assert "+-100" in report.findings[0].message


def test_a_loss_that_grows_like_exp_says_nothing():
    report = gradcheck.loss(lambda x, y: (np.mean(np.exp(x)), np.exp(x) / x.size), inputs=draw)
    assert report.findings == []
