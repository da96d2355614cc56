"""Faults of losses over classes: which is told first, of how many probes, and to which limit."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import labels
from tests.gradcheck.views_by_hand import view

SCORES = np.array([[1.0, 0.2, -1], [0.3, 2, 0.5]])
LABELS = np.array([2, 0])
ONEHOT = np.eye(3)[LABELS]


def softmax(s):
    e = np.exp(s)
    return e / e.sum(1, keepdims=True)


G = (softmax(SCORES) - ONEHOT) / 2


def of_loss(a, g=G, y=LABELS, x=SCORES, **more):
    return view(a, g, x=x, kind="loss", out=[0], values={} if y is None else {"y": y}, **more)


def of_rows(a, g, x=SCORES, y=LABELS, n=2):
    v = view(a, g, x=x, n=n, kind="loss")
    return v, (np.asarray(x, float), v.a, v.g, np.asarray(y))


def test_first_fault_that_fits():
    told = labels.explain([of_loss(G + ONEHOT / 2)])
    assert (told.code, told.evidence["N*residual"]) == ("LABEL_TERM", pytest.approx([1, 1]))
    assert labels.explain([of_loss(G)]) is None
    assert labels.explain([of_loss((softmax(softmax(SCORES)) - ONEHOT) / 2)]).code == "DOUBLE_SOFTMAX"
    assert labels.explain([of_loss((softmax(SCORES.T).T - ONEHOT) / 2)]).code == "WRONG_AXIS"
    assert labels.explain([of_loss(G + np.eye(3)[[0, 1]] / 2)]).code == "LABEL_INDEX"
    hinge = np.array([[1.0, 1, -2], [-1, 1, 0]]) / 2
    assert labels.explain([of_loss(np.add(hinge, [[0, 0, 0], [-0.5, 0, 0.5]]), hinge)]).code == "MASK_WRONG"


def test_fault_of_all_probes():
    once, twice = of_loss(G + ONEHOT / 2), of_loss(G + ONEHOT)
    assert labels.explain([once, twice]).evidence["N*residual"] == pytest.approx([1, 1])
    assert labels.explain([once, of_loss(G + np.eye(3)[[0, 1]] / 2)]) is None
    assert labels.explain([once, of_loss(G + ONEHOT / 2, y=None)]) is None, "no labels there"
    g, t = np.array([0.1, -0.2, 0.3]), [0, 1, 1]
    binary = [view(g + np.multiply(t, by), g, n=3, atoms=[("t", t)]) for by in (0.5, 0.25)]
    assert labels.explain(binary).message.endswith("by 0.5 = 1.5 / N")
    assert labels.explain([binary[0], view(g + 1, g, n=3, atoms=[("t", t)])]) is None


def test_scores_of_two_classes_and_of_more_axes():
    g = np.array([[0.5, -0.5], [-0.5, 0.5]])
    assert labels.explain([of_loss(g + np.eye(2)[::-1], g, np.array([1, 0]), g)]).code == "LABEL_TERM"
    x = np.arange(12.0).reshape(2, 2, 3)
    v = of_loss(x + 1, x + 2, np.array([[0, 1], [2, 0]]), x)
    s, a, b, y = labels._rows(v)
    assert s.tolist() == x.reshape(4, 3).tolist()
    assert a.tolist() == (s + 1).tolist()
    assert b.tolist() == (s + 2).tolist()
    assert y.tolist() == [0, 1, 2, 0]
    assert labels._rows(of_loss(g[0], g[0], np.array([1, 0]), g[0])) is None, "one axis"
    narrow = np.arange(4.0).reshape(2, 1, 2)
    assert labels._rows(of_loss(narrow, narrow, np.array([[1], [0]]), narrow)) is not None
    assert labels._units(v, 4) == (4, 2, 1)
    assert labels._units(v, 2) == (2, 1)


BIG = np.array([[2.0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("elsewhere", "there", "found"), [(1.9e-6, 1, True), (2.1e-6, 1, False), (0, 1.9e-6, False), (0, 2.1e-6, True)]
)
def test_a_millionth_of_the_gradient_is_no_fault_of_a_label(elsewhere, there, found):
    told = labels._label_term(*of_rows(np.add(BIG, [[0, elsewhere, 0], [-there, 0, 0]]), BIG))
    assert (told is not None) is found


def test_terms_of_six_labels():
    x, y = np.tile(SCORES, (3, 1)), np.tile(LABELS, 3)
    hot = np.eye(3)[y]
    for more, says in ((2e-7, "(i, y_i)"), (0.9e-7, "analytic - numeric = +6 / N there")):
        by = np.array([[1, 1, 1, 1, 1, 1 + more]]).T
        told = labels._label_term(*of_rows(hot * by, 0 * hot, x, y, 6))
        assert told.message.endswith(says)
        assert told.evidence["N*residual"] == pytest.approx([6] * 5)
    told = labels._label_index(*of_rows(np.eye(3)[[0, 1] * 3], 0 * hot, x, y, 6))
    assert told.evidence["entries"] == [[0, 0], [1, 1], [2, 0], [3, 1], [4, 0]]


@pytest.mark.parametrize(
    ("size", "bend", "found"),
    [(0.2, 0.9e-5, True), (0.2, 1.1e-5, False), (30, 5.9e-4, True), (30, 6.1e-4, False)],
)
def test_whole_multiples_of_one_in_the_batch(size, bend, found):
    """To 1e-5, or to 1e-5 of the gradient where N times that is more than 1."""
    g = np.array([[0, 0, size], [0, 0, 0]])
    a = np.add(g, [[0, -0.5 if size > 1 else 0, 0], [0, (1 + bend) / 2, 0]])
    v, rows = of_rows(a, g)
    v.size = size
    assert (labels._label_index(v, rows) is not None) is found


def test_multiples_of_other_units():
    g = np.zeros((2, 3))
    told = labels._label_index(*of_rows([[1 / 3, 0, 0], [0, 0, 0]], g, n=3))
    assert told.evidence == {"entries": [[0, 0]]}, "a third, of a batch of three"
    assert labels._label_index(*of_rows([[1 / 3, 0, 0], [0, 0, 0]], g)) is None
    assert labels._label_index(*of_rows([[0, 0, 1], [0.9e-5, 0, 0]], g)) is None


HINGE = np.array([[1.0, 1, -2], [-1, 1, 0]]) / 2  # s_j - s_y: 2, 1.2; 1.7, 0.2


def margin(r, g=HINGE, x=SCORES, n=2):
    told = labels._margin(*of_rows(g + np.array(r), g, x, n=n))
    return told and told.evidence["margin"]


def test_wrong_entries_of_a_hinge():
    assert margin([[0, 0, 0], [-0.5, 0, 0.5]]) == pytest.approx([0.2, 0.2])
    assert margin([[0, -0.5, 0.5], [-0.5, 0, 0.5]]) == pytest.approx([0.2, 1.2])
    assert margin([[0, -1, 1], [-0.5, 0, 0.5]]) is None, "of another size"
    assert margin([[0, -0.5, 0.5], [-1, 0, 1]]) is None
    assert margin([[0, 0, 0], [-0.5, 0, 0.5]], G) is None, "no hinge"
    assert margin([[0, 0, 0], [-1 / 3, 0, 1 / 3]], HINGE * 2 / 3, n=3) is not None, "averaged over another batch"
    assert margin([[0, 0, 0], [0, 0.0003, 0.5]]) is None, "a second one, small"
    assert margin([[0, 0, 0], [0, 0.00002, 0.5]]) is not None, "rounding"
    assert margin([[0, 0, 0], [0, 0.00007, 0.5]]) is None
    even = np.array([[1.0, 0.2, -1], [0.3, 2, 2]])
    assert margin([[0, 0, 0], [0, 0, 0.5]], x=even) is None, "a right entry at the same margin"
    assert margin([[0, 0, 0], [0, 0, 0.5]], x=[[1.0, 0.2, -1], [0.3, 2, 2.1]]) == pytest.approx([1.8, 1.8])
    ends = [[0.0, 5, -2], [1, 3, 4]]  # 2, 7; 2, 3: right ones at both ends of what is wrong
    assert margin([[0.5, 0, 0], [0, 0, 0]], x=ends, g=HINGE) is None


def test_scores_normalised_twice():
    p = np.array([[0.0, 0.4, 0.6], [0.5, 0.25, 0.25]])
    g = (p - ONEHOT) / 2
    assert labels.double_softmax(*of_rows((softmax(p) - ONEHOT) / 2, g)) is not None, "a probability of 0"
    other = np.add(p, [[-0.1, 0.1, 0], [0, 0, 0]])
    assert labels.double_softmax(*of_rows((softmax(other) - ONEHOT) / 2, (other - ONEHOT) / 2)) is None, "below 0"
    other = np.add(p, [[0.1, 0, 0], [0, 0, 0]])
    assert labels.double_softmax(*of_rows((softmax(other) - ONEHOT) / 2, (other - ONEHOT) / 2)) is None
    third = (softmax(p) - ONEHOT) / 3
    assert labels.double_softmax(*of_rows(third, g)) is None
    assert labels.double_softmax(*of_rows(third, g, n=3)) is not None, "averaged over another batch"
    assert labels.double_softmax(*of_rows((softmax(p) - ONEHOT) / 2 + 1e-3, g)) is None
    high = np.array([[800.0, 1, 0]])
    np.testing.assert_allclose(labels._softmax(high), [[1, 0, 0]], atol=1e-300)
    np.testing.assert_allclose(labels._softmax(SCORES), softmax(SCORES))


def test_scores_normalised_over_the_batch():
    x, hot = np.zeros((2, 2)), np.eye(2)
    right = np.array([[0.3, 0.7], [0.6, 0.4]])

    def told(p, q=right):
        return labels.batch_axis(*of_rows((np.array(p) - hot[: len(p)]) / len(p), (q - hot) / 2, x, [0, 1]))

    assert told([[0.5, 0.7], [0.5, 0.3]]) is not None
    assert told([[0.3, 0.7], [0.7, 0.3]]) is None, "over both"
    assert told([[0.5, 0.7], [0.4, 0.3]]) is None, "over neither"
    assert told([[0.5, 0.50001], [0.5, 0.49999]]) is None, "over the classes, nearly"
    one = view([[0.0, 1]], [[-0.7, 0.7]], n=1, kind="loss")
    assert labels.batch_axis(one, (x[:1], one.a, one.g, np.array([0]))) is None, "a batch of one"


def test_labels_of_two_classes():
    g = np.array([0.1, -0.2, 2])

    def told(by, *atoms):
        found = labels._binary(view(g + np.array(by), g, n=4, atoms=atoms))
        return found and found.message

    t = ("t", [0, 1, 1])
    says = "wrong only where t is 1, by 0.5 = 2 / N"
    assert told([0, 0.5, 0.5], t) == says
    assert told([0, 0.5, 0.5], ("longer", [0, 1, 1, 1]), ("b", [1]), ("dout", [0, 1, 1]), t) == says
    assert told([0.5, 0.5, 0.5], ("t", [1, 1, 1])) == says, "all are 1"
    assert told([0, 0.5, 0.5], ("u", [0, 1, 0]), t) == says
    assert told([2.4e-6, 0.5, 0.5], t) == says, "a millionth of 2.5"
    assert told([2.6e-6, 0.5, 0.5], t) is None
    assert told([0, 0.5, 0.5 + 2.4e-6], t) == says
    assert told([0, 0.5, 0.5 + 2.6e-6], t) is None
    assert told([0, 1.9e-6, 1.9e-6], t) is None
    assert told([0, 2.1e-6, 2.1e-6], t) is not None
