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


@pytest.mark.parametrize(
    ("rows", "step"),
    [
        ([(0.5, 9.0), (0.5, 1.0)], 2),
        ([(0.5, 1.0), (0.5, 1.0)], 1),  # of equals the first
        ([(0.5, 1.0), (0.5, 9.0)], 1),
        ([(0.5, 1.0), (0.4, 0.1)], 1),
        ([(0.5, 1.0), (0.6, 9.0)], 2),
        ([(0.5, NAN), (0.5, 9.0)], 2),
        ([(0.5, 9.0), (0.5, NAN)], 1),
        ([(0.5, 9.0), (0.5, 3.0), (0.5, 5.0), (0.5, 2.0)], 4),
    ],
)
def test_of_equal_accuracies_the_smaller_loss_is_best_and_patience_goes_on(rows, step):
    best = Best()
    for at, (accuracy, loss) in enumerate(rows, start=1):
        best.update({"val_acc": accuracy, "val_loss": loss, "step": at})
    assert best.step == step
    assert best.since == len(rows) - 1 - [a for a, _ in rows].index(max(a for a, _ in rows))


def test_an_older_state_finds_the_loss_of_its_best_in_the_history():
    best = Best()
    state = {"score": 0.5, "accuracy": 0.5, "step": 20, "since": 0}
    best.restore(state, [{"step": 10, "val_loss": 4.0}, {"step": 20, "val_loss": 2.0}])
    assert not best.update({"val_acc": 0.5, "val_loss": 3.0, "step": 30})
    assert best.update({"val_acc": 0.5, "val_loss": 1.0, "step": 40})


def test_it_is_taken_up_again_where_it_was():
    best, again = Best(0.05), Best(0.05)
    done = [{**row, "val_loss": 1.0} for row in rows([0.1, 0.3, 0.31, 0.2], "val_acc")]
    for row in done:
        best.update(row)
    assert best.state() == {"score": 0.31, "accuracy": 0.31, "loss": 1.0, "step": 30, "since": 2}
    again.restore(best.state(), done)
    for row in rows([0.2, 0.33, 0.4], "val_acc"):
        assert best.update(row) == again.update(row)
        assert str(best.state()) == str(again.state())
