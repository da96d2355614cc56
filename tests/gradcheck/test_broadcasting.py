"""(N, 1) against (N,): the report says what they broadcast to, and no edit keeps the loss over all pairs."""

import numpy as np
import pytest

import gradcheck


def _absolute(scores, t):
    gap = scores - t
    return np.abs(gap).mean(), np.sign(gap) / gap.size


def _squares(scores, t):
    gap = t - scores
    return 0.5 * np.sum(gap**2), -gap.sum(axis=1)


@pytest.mark.parametrize("loss", [_absolute, _squares])
@pytest.mark.parametrize("column", ["scores", "t"])
def test_a_loss_says_what_the_shapes_become(loss, column):
    rng = np.random.default_rng(2)
    scores, t = rng.standard_normal(5), rng.standard_normal(5)
    if column == "t":
        t = t[:, None]
    else:
        scores = scores[:, None]
    report = gradcheck.loss(loss, scores, t)
    assert not report.ok
    assert "(5, 1) and (5,) broadcast to (5, 5)" in " ".join(report.to_text(width=400).split())
    assert report.findings[0].code == "WRONG_SHAPE"
    assert all(f.fix is None and not f.fix_verified for f in report.findings)


def _regression(params, X, t):
    gap = X @ params["w"] + params["b"] - t
    return np.mean(gap**2), {"w": 2 * X.T @ gap / len(X), "b": 2 * gap.mean(axis=0)}


def test_a_net_says_it_too_and_where():
    rng = np.random.default_rng(3)
    params = {"w": rng.standard_normal((4, 1)), "b": rng.standard_normal(1)}
    report = gradcheck.net(_regression, params, rng.standard_normal((6, 4)), rng.standard_normal(6))
    first = report.findings[0]
    assert "(6, 1) and (6,) broadcast to (6, 6)" in first.message
    assert "gap = X @ params" in first.source
    assert not any(f.fix for f in report.findings)


def test_the_same_with_targets_in_a_column_passes():
    rng = np.random.default_rng(3)
    params = {"w": rng.standard_normal((4, 1)), "b": rng.standard_normal(1)}
    report = gradcheck.net(_regression, params, rng.standard_normal((6, 4)), rng.standard_normal((6, 1)))
    assert report.ok, report


def test_distances_among_all_rows_are_no_slip():
    def spread(x):
        square = (x * x).sum(axis=1)
        apart = square[:, None] + square - 2 * x @ x.T
        return apart.sum(), 2 * (len(x) * x - x.sum(axis=0))  # a factor 2 is missing

    report = gradcheck.loss(spread, np.random.default_rng(4).standard_normal((5, 3)))
    assert [f.code for f in report.findings] == ["SCALE_HALF"]


def test_pairs_of_equal_labels_are_no_slip():
    def attraction(x, y):
        same = y[:, None] == y
        gap = x[:, None] - x[None]
        return 0.5 * np.sum(same[..., None] * gap**2), -2 * (same[..., None] * gap).sum(axis=1)

    rng = np.random.default_rng(4)
    report = gradcheck.loss(attraction, rng.standard_normal((6, 2)), np.array([0, 1, 0, 2, 1, 1]))
    assert [f.code for f in report.findings] == ["SIGN"]


def test_another_fault_with_equal_shapes_keeps_its_name_and_its_edit():
    def mean(scores, t):
        return np.mean((scores - t) ** 2), 2 * (scores - t)

    rng = np.random.default_rng(4)
    report = gradcheck.loss(mean, rng.standard_normal((6, 1)), rng.standard_normal((6, 1)))
    assert report.findings[0].code == "SCALE_BATCH"
    assert report.findings[0].fix
