"""The best evaluation and its patience, row by row."""

import math

import pytest

from solver.monitoring.stopping import Best

NAN, INF = math.nan, math.inf


def rows(scores, key):
    other = {"val_acc": "val_loss", "val_loss": "val_acc"}[key]
    return [{key: score, other: NAN, "step": 10 + 10 * at} for at, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("key", "scores", "delta", "better", "since"),
    [
        ("val_acc", [0.1, 0.3, 0.3, 0.2, 0.4], 0.0, [1, 1, 0, 0, 1], [0, 0, 1, 2, 0]),
        ("val_acc", [0.1, 0.15, 0.19, 0.21, 0.31], 0.1, [1, 1, 1, 1, 1], [0, 1, 2, 3, 4]),
        ("val_acc", [0.125, 0.25, 0.5, 0.75], 0.25, [1, 1, 1, 1], [0, 1, 2, 3]),
        ("val_acc", [0.125, 0.5, 1.0], 0.25, [1, 1, 1], [0, 0, 0]),
        ("val_loss", [3.0, 2.0, 2.0, 2.5, 1.0], 0.0, [1, 1, 0, 0, 1], [0, 0, 1, 2, 0]),
        ("val_loss", [NAN, NAN, 2.0, INF, 1.0], 0.0, [1, 0, 1, 0, 1], [0, 1, 0, 1, 0]),
        ("val_acc", [0.0, 0.0], 0.0, [1, 0], [0, 1]),
    ],
)
def test_what_is_best_and_how_long_ago(key, scores, delta, better, since):
    """Any improvement is kept; only one by more than min_delta ends the waiting."""
    best = Best(delta) if delta else Best()
    found = [(best.update(row), best.since) for row in rows(scores, key)]
    assert [bool(is_better) for is_better, _ in found] == [bool(is_better) for is_better in better]
    assert [count for _, count in found] == since


def test_the_accuracy_counts_where_there_is_one():
    best = Best()
    assert best.update({"val_acc": 0.5, "val_loss": 9.0, "step": 1})
    assert not best.update({"val_acc": 0.5, "val_loss": 1.0, "step": 2})
    assert (best.score, best.accuracy, best.step) == (0.5, 0.5, 1)


def test_it_is_taken_up_again_where_it_was():
    best, again = Best(0.05), Best(0.05)
    done = rows([0.1, 0.3, 0.31, 0.2], "val_acc")
    for row in done:
        best.update(row)
    assert best.state() == {"score": 0.31, "accuracy": 0.31, "step": 30, "since": 2}
    again.restore(best.state())
    for row in rows([0.2, 0.33, 0.4], "val_acc"):
        assert best.update(row) == again.update(row)
        assert best.state() == again.state()
