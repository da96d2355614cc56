"""Losses with a fault in the terms of their labels or of their penalty, read off a few numbers."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import labels, penalties
from tests.gradcheck.views_by_hand import view

SCORES = np.array([[1.0, 0.2, -1], [0.3, 2, 0.5]])
LABELS = np.array([2, 0])


def of_labels(a, g):
    v = view(a, g, x=SCORES, n=2, kind="loss")
    return v, (SCORES, v.a, v.g, LABELS)


def softmax(s):
    e = np.exp(s)
    return e / e.sum(1, keepdims=True)


ONEHOT = np.eye(3)[LABELS]
G = (softmax(SCORES) - ONEHOT) / 2


def test_wrong_at_the_labels_alone():
    told = labels._label_term(*of_labels(G + ONEHOT / 2, G))
    assert told.code == "LABEL_TERM"
    assert told.message.endswith("(i, y_i): analytic - numeric = +1 / N there")
    assert told.evidence["N*residual"] == pytest.approx([1, 1])
    uneven = labels._label_term(*of_labels(G + ONEHOT * [[1.0], [2]], G))
    assert uneven.message == "wrong only at the label entries (i, y_i)"
    assert labels._label_term(*of_labels(G + 0.5, G)) is None
    assert labels._label_term(*of_labels(G, G)) is None


def test_labels_that_index_other_entries():
    other = np.eye(3)[[0, 1]]
    told = labels._label_index(*of_labels((softmax(SCORES) - other) / 2, G))
    assert (told.code, told.evidence) == ("LABEL_INDEX", {"entries": [[0, 0], [1, 1]]})
    assert labels._label_index(*of_labels(G + ONEHOT / 2, G)) is None, "at the labels alone"
    assert labels._label_index(*of_labels(G + 0.3 * other / 2, G)) is None, "no whole multiples"
    assert labels._label_index(*of_labels(G, G)) is None


def test_probabilities_normalised_twice_or_over_the_batch():
    twice = (softmax(softmax(SCORES)) - ONEHOT) / 2
    assert labels.double_softmax(*of_labels(twice, G)).code == "DOUBLE_SOFTMAX"
    assert labels.double_softmax(*of_labels(2 * twice, G)).code == "DOUBLE_SOFTMAX", "and the 1/N forgotten"
    assert labels.double_softmax(*of_labels(3 * twice, G)) is None
    batch = (softmax(SCORES.T).T - ONEHOT) / 2
    assert labels.batch_axis(*of_labels(batch, G)).code == "WRONG_AXIS"
    assert labels.batch_axis(*of_labels(twice, G)) is None
    assert labels.double_softmax(*of_labels(batch, G)) is None


def test_margin_of_a_hinge():
    g = np.array([[1.0, 1, -2], [-1, 1, 0]]) / 2  # s_j - s_y: 2, 1.2; 1.7, 0.2
    a = np.array([[1.0, 1, -2], [-2, 1, 1]]) / 2
    told = labels._margin(*of_labels(a, g))
    assert told.code == "MASK_WRONG"
    assert told.evidence["margin"] == pytest.approx([0.2, 0.2])
    assert told.message.startswith("all 1 wrong entries have 0.2 <= s_j - s_y <= 0.2")
    assert labels._margin(*of_labels(g, g)) is None
    assert labels._margin(*of_labels(np.array([[1.0, 0, -1], [-1, 1, 0]]) / 2, g)) is not None
    between = np.array([[0.0, 1, -1], [-2, 1, 1]]) / 2  # the wrong ones at 2 and 0.2 hold right ones between them
    assert labels._margin(*of_labels(between, g)) is None


def test_two_classes_wrong_where_the_label_is_one():
    g, t = np.array([0.1, -0.2, 0.3]), [0, 1, 1]
    told = labels._binary(view(np.add(g, [0, 0.5, 0.5]), g, n=3, atoms=[("t", t)]))
    assert told.message == "wrong only where t is 1, by 0.5 = 1.5 / N"
    assert labels._binary(view(np.add(g, [0.5, 0.5, 0.5]), g, n=3, atoms=[("t", t)])) is None
    assert labels._binary(view(np.add(g, [0, 0.5, 0.4]), g, n=3, atoms=[("t", t)])) is None
    assert labels._binary(view(np.add(g, [0, 0.5, 0]), g, n=3, atoms=[("t", t)])) is None
    assert labels._binary(view(np.add(g, [0, 0.5, 0.5]), g, n=3, atoms=[("t", [0, 2, 2])])) is None
    assert labels._binary(view(np.add(g, [0, 0.5, 0.5]), g, n=3, atoms=[("W", t)])) is None
    assert labels._binary(view(np.add(g, [0, 0.5, 0.5]), g, n=3, atoms=[("z", [0, 0, 0]), ("t", t)])) is not None


def test_labels_of_a_loss_inside_of_a_layer_are_read_for_an_upstream_gradient_of_one():
    v = view(6 * G, 3 * G, x=SCORES, n=2, dout=[3], out=[0], values={"y": LABELS})
    _, a, g, y = labels._rows(v)
    np.testing.assert_allclose(a, 2 * G)
    np.testing.assert_allclose(g, G)
    assert y.tolist() == [2, 0]
    v = view(6 * G, 3 * G, x=SCORES, n=2, dout=[3, 3], out=[0, 0], values={"y": LABELS})
    np.testing.assert_allclose(labels._rows(v)[1], 6 * G)
    assert labels._rows(view(G[:, :1], G[:, :1], values={"y": 0 * LABELS})) is None, "one class"
    assert labels._rows(view(G, G)) is None, "no labels"


W = np.array([[1.0, 2], [3, -4], [0.5, 6]])


@pytest.mark.parametrize("times", [1, 0.5, 2, 0.2])
def test_sum_in_place_of_the_weights(times):
    told = penalties._summed([view(np.full(W.shape, times * W.sum()), W, n=5)])
    assert told.code == "OVER_SUMMED"
    assert "the sum of W is added to every element of dW" in told.message


def test_no_sum_in_place_of_the_weights():
    assert penalties._summed([view(np.full(W.shape, 0.7 * W.sum()), W, n=5)]) is None
    assert penalties._summed([view(W, W, n=5)]) is None
    assert penalties._summed([view(np.zeros(W.shape), W - W.mean(), n=5)]) is None
    assert penalties._summed([view([3.0], [3.0], n=5)]) is None
    views = [view(np.full(W.shape, k * W.sum()), W, n=5) for k in (1, 2)]
    assert penalties._summed(views) is None, "another multiple on another probe"


def test_sum_in_place_of_the_weights_where_the_strength_is_not_to_be_had():
    g = np.ones(W.shape)
    more = {"x": W, "n": 5, "kind": "loss"}
    wrong = view(g + 0.3 * (W.sum() - W), g, **more)
    assert penalties.hidden([wrong]).code == "OVER_SUMMED"
    assert penalties.hidden([wrong, view(g + 0.2 * (W.sum() - W), g, **more)]) is None
    assert penalties.hidden([view(g + 0.3 * (2 * W.sum() - W), g, **more)]) is None
    assert penalties.hidden([view(g + 0.3 * (W.sum() - W) + W**2, g, **more)]) is None
    assert penalties.hidden([view(g + 0.3, g, **more)]) is None
    assert penalties.hidden([view(g + 0.3 * (W.sum() - W), g, **more | {"kind": "layer"})]) is None
    assert penalties.hidden([view(g[0], g[0], x=W[0], n=5, kind="loss")]) is None, "three entries are too few"


@pytest.mark.parametrize(
    ("line", "words"),
    [((slice(None), 0), "column 0 of W"), ((slice(None), -1), "column -1 (the last) of W"), (0, "row 0 of W"),
     (-1, "row -1 (the last) of W")],
)  # fmt: skip
def test_penalty_on_the_line_of_the_biases(line, words):
    without = W.copy()
    without[line] = 0
    whole = [view(W, W)]
    extra, missing = penalties._bias_line([view(W, without)], whole), penalties._bias_line([view(without, W)], whole)
    assert (extra.code, missing.code) == ("EXTRA_REG", "MISSING_REG")
    assert f"in {words}, that of the biases?, the gradient has a penalty, the loss has none" in extra.message
    assert f"in {words}, that of the biases?, the loss has a penalty, the gradient has none" in missing.message


def test_no_line_of_the_biases():
    middle = W.copy()
    middle[1] = 0
    assert penalties._bias_line([view(W, middle)], [view(W, W)]) is None
    assert penalties._bias_line([view(W[0], 0 * W[0])], [view(W[0], W[0])]) is None
    assert penalties._bias_line([view(W[:1], 0 * W[:1])], [view(W[:1], W[:1])]) is None
