"""The confusion matrix: counted by hand, written into its cells, readable for 2, 10 and 26 classes."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from picture_checks import texts_of, unreadable

import plots


def sample(classes, count=5000, wrong=0.1):
    rng = np.random.default_rng(classes)
    true = rng.integers(0, classes, count)
    return true, np.where(rng.random(count) < wrong, rng.integers(0, classes, count), true)


def test_counts_by_hand():
    matrix = plots.confusion_matrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 0])
    np.testing.assert_array_equal(matrix, [[1, 1, 0], [0, 1, 0], [2, 0, 1]])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=30))
def test_counts_agree_with_a_loop(pairs):
    true, predicted = np.array(pairs, dtype=np.uint8).T
    wanted = np.zeros((7, 7), dtype=int)
    for t, p in pairs:
        wanted[t, p] += 1
    np.testing.assert_array_equal(plots.confusion_matrix(true, predicted, classes=7), wanted)


def test_cells_hold_count_and_share_of_the_row():
    texts = texts_of(plots.confusion([0] * 1000 + [1] * 3, [0] * 998 + [1] * 2 + [1] * 3))
    assert {"998\n99.8 %", "2\n0.2 %", "3\n100 %"} <= set(texts)
    assert "0\n0 %" not in texts


def test_the_colours_show_mistakes_as_a_share_of_their_row():
    figure = plots.confusion([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1])
    mistakes = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(mistakes.filled(-1), [[-1, 25], [0, -1]])


def test_title_says_what_is_seen():
    true = np.zeros(10000, dtype=int)
    figure = plots.confusion(true, np.r_[np.ones(214, dtype=int), true[214:]], part="test")
    assert figure.get_suptitle() == "Test accuracy 97.9 %, 214 of 10,000 wrong"
    assert plots.confusion([0, 1], [0, 1]).get_suptitle() == "Accuracy 100 %, 0 of 2 wrong"


def test_almost_all_is_not_all():
    true = np.zeros(10000, dtype=int)
    figure = plots.confusion(true, np.r_[1, true[1:]])
    assert figure.get_suptitle() == "Accuracy > 99.9 %, 1 of 10,000 wrong"
    assert "1\n< 0.1 %" in texts_of(figure)


@pytest.mark.parametrize("classes", [1, 2, 10, 26, 40])
def test_readable_for_many_classes(classes):
    figure = plots.confusion(*sample(classes))
    assert unreadable(figure) == []
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == [str(c) for c in range(classes)]


def test_cells_have_room_for_their_words():
    figure = plots.confusion(*sample(10))
    texts_of(figure)  # draws, which lays out
    assert figure.axes[0].get_window_extent().width / 10 / figure.dpi > 0.55


def test_names_replace_numbers_and_are_not_mathematics():
    names = ["T-shirt", "$x^2$", "Ankle boot", "Woollen pullover", "Running shoe", *"abcde"]
    figure = plots.confusion(*sample(10), names=names)
    assert unreadable(figure) == []
    for labels in (figure.axes[0].get_xticklabels(), figure.axes[0].get_yticklabels()):
        assert [t.get_text() for t in labels] == names
        assert not any(t.get_parse_math() for t in labels)


def test_a_ready_matrix_draws_the_same():
    true, predicted = sample(4)
    ready = plots.draw_confusion(plots.confusion_matrix(true, predicted))
    assert texts_of(ready) == texts_of(plots.confusion(true, predicted))


def test_a_class_without_examples_and_no_examples_at_all():
    assert unreadable(plots.confusion([0, 2], [0, 0])) == []
    assert plots.draw_confusion(np.zeros((3, 3), dtype=int)).get_suptitle() == "No examples"


@pytest.mark.parametrize(
    ("true", "predicted", "text"),
    [([0, 1], [0], "y_true has 2 rows but y_pred has 1"), ([0.0, 1.0], [0, 1], "y_true is float64"),
     ([0, 1], np.eye(2), r"y_pred has shape \(2, 2\).*argmax"), ([-1, 0], [0, 0], "y_true holds -1"),
     ([], [], "at least one label")],
)  # fmt: skip
def test_wrong_labels_are_refused(true, predicted, text):
    with pytest.raises(ValueError, match=text):
        plots.confusion(true, predicted)


def test_too_few_names_and_wrong_matrices_are_refused():
    with pytest.raises(ValueError, match=r"classes is 2, but the labels go up to 2"):
        plots.confusion([0, 2], [0, 2], names=["a", "b"])
    with pytest.raises(ValueError, match=r"matrix has shape \(2, 3\)"):
        plots.draw_confusion(np.zeros((2, 3), dtype=int))
    with pytest.raises(ValueError, match="integers of at least 0"):
        plots.draw_confusion(np.eye(2))
    with pytest.raises(ValueError, match="names has 3 entries"):
        plots.draw_confusion(np.eye(2, dtype=int), names=["a", "b", "c"])
