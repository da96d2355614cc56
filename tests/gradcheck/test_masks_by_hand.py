"""Masks read off small Jacobians: the code for each way in which the entries of a backward differ."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import masks
from tests.gradcheck.views_by_hand import view


def elementwise(ours, right, **more):
    more = {"x": np.arange(1.0, len(right) + 1)} | more
    return view(ours, right, jac=np.diag(right), ours=np.diag(ours), out=np.zeros(len(right)), n=1, **more)


@pytest.mark.parametrize(
    ("right", "ours", "code", "wrong"),
    [
        ([1, 0, 1, 0], [1, 1, 1, 1], "MASK_MISSING", 2),
        ([1, 0, 1, 0], [0, 1, 0, 1], "MASK_INVERTED", 4),
        ([1, 0, 1, 0], [1, 0.2, 1, 0.2], "MASK_LEAK", 2),
        ([1, 0, 1, 0], [1, -0.2, 1, -0.2], "MASK_LEAK", 2),
        ([1, 0, 1, 0], [1, -1, 1, -1], "MASK_WRONG", 2),
        ([1, 0, 1, 0], [1, 1, 1, 0], "MASK_WRONG", 1),
        ([1, 0, 1, 0], [0, 0, 1, 0], "MASK_WRONG", 1),
        ([2, 0, 2, 0], [2, 1, 2, 1], "MASK_MISSING", 2),
        ([2, 0, 2, 0], [1, 1, 1, 1], "MASK_MISSING", 4),
        ([1, 0.1, 1, 0.1], [1, 0, 1, 0], "MASK_WRONG", 2),
        ([1, 0.1, 1, 0.1], [0.1, 0.1, 0.1, 0.1], "MASK_WRONG", 2),
        ([1, 0.1, 1, 0.1], [1, 1, 1, 1], "MASK_MISSING", 2),
        ([1, 0.1, 1, 0.1], [1, 0.5, 1, 0.5], "MASK_LEAK", 2),
    ],
)
def test_derivative_of_two_values(right, ours, code, wrong):
    told = masks.explain([elementwise(ours, right)])
    assert (told.code, told.evidence["wrong_entries"]) == (code, wrong)
    assert told.message.startswith(masks.TEXTS[code])
    assert told.fix == masks.FIXES[code]


@pytest.mark.parametrize(
    ("right", "ours"),
    [([1, 0.5, 0, 0], [1, 1, 1, 1]), ([1, 1, 1, 1], [2, 2, 2, 2]), ([1, 0, 1, 0], [0.3, 0.2, 0.9, 0.4])],
)
def test_other_derivatives_are_no_masks(right, ours):
    assert masks._two_valued(elementwise(ours, right)) is None


def test_kinks_are_left_out_of_a_mask():
    told = masks.explain([elementwise([1, 1, 1, 1, 0.3], [1, 0, 1, 0, 0.5], kink=[False] * 4 + [True])])
    assert (told.code, told.evidence["wrong_entries"]) == ("MASK_MISSING", 2)


def test_interval_of_the_wrong_entries():
    low = elementwise([1, 1, 1, 0], [1, 0, 1, 0], x=[3, 0.5, 2, -1])
    assert masks.explain([low]).message.endswith("; all 1 wrong entries have 0.5 <= x <= 0.5")
    wrong = np.array([False, True, True, False])
    assert masks._interval(view(np.zeros(4), np.zeros(4), x=[0, 1, 3, 4]), wrong) == (
        "all 2 wrong entries have 1 <= x <= 3"
    )
    assert masks._interval(view(np.zeros(4), np.zeros(4), x=[3, 1, 3, 4]), wrong) == "", "a right one at its end"
    assert masks._interval(view(np.zeros(4), np.zeros(4), x=[1, 1, 3, 4]), wrong) == ""
    assert masks._interval(view(np.zeros(4), np.zeros(4), x=[0, 1, 3, 4]), ~wrong & wrong) == ""
    assert masks._interval(view(np.zeros(3), np.zeros(3), x=[0, 1, 3]), wrong) == "", "outputs of another size"


def test_views_that_tell_the_same_story():
    missing, leaks, wrong = (elementwise(o, [1, 0, 1, 0]) for o in ([1, 1, 1, 1], [1, 0.2, 1, 0.2], [1, 1, 1, 0]))
    inverted, none = elementwise([0, 1, 0, 1], [1, 0, 1, 0]), elementwise([2, 2, 2, 2], [1, 1, 1, 1])
    assert masks.explain([missing, missing]).code == "MASK_MISSING"
    assert masks.explain([missing, wrong]).code == "MASK_WRONG"
    assert masks.explain([missing, wrong]).evidence["wrong_entries"] == 1
    assert masks.explain([missing, leaks]).code == "MASK_MISSING"
    assert masks.explain([missing, inverted]) is None
    assert masks.explain([missing, none]) is None


def test_diagonal_of_elementwise_layers_alone():
    assert masks.diagonal(view([1], [1], jac=np.ones((2, 3)), ours=np.ones((2, 3)))) is None
    assert masks.diagonal(view([1], [1])) is None
    assert masks.diagonal(view([1], [1], jac=[[1, 0], [0.1, 1]], ours=np.eye(2))) is None
    assert masks.diagonal(view([1], [1], jac=np.eye(2), ours=[[1, 0], [0.1, 1]])) is None
    b, d = masks.diagonal(view([1], [1], jac=np.diag([1, 2]), ours=np.diag([3, 4])))
    assert (b.tolist(), d.tolist()) == ([3, 4], [1, 2])


def test_levels_and_constants():
    assert masks._levels(np.array([1.0, 0, 1, 0])) == [0, 1]
    assert masks._levels(np.array([-1.0, 0.5, -1])) == [0.5, -1]
    assert masks._levels(np.array([4.0, 1, 2, 3])) == [1, 2, 4], "three are enough to know"
    assert masks._constant(np.array([2.0, 2]))
    assert not any(masks._constant(np.array(t)) for t in ([], [0.0, 0], [1.0, 2]))


J = np.array([[1.0, 0, 0, 0, 0], [2, 3, 0, 0, 0]])  # two outputs are moved, three are not


def columns(ours, right=J, out=(1, 5), n=1):
    return masks._columns(view([0], [0], jac=right, ours=ours, out=np.zeros(out), n=n))


@pytest.mark.parametrize(
    ("column", "times", "code"),
    [(0, [1, 1, 1], "MASK_MISSING"), (0, [0.3, 0.3, 0.3], "MASK_LEAK"), (0, [0.3, 0.5, 0.3], "MASK_MISSING"),
     (1, [1, 1, 0], "MASK_MISSING"), (1, [0, 1, 0], "MASK_WRONG"), (1, [0.998, 0.998, 0.998], "MASK_LEAK")],
)  # fmt: skip
def test_outputs_that_nothing_moves_get_something(column, times, code):
    ours = J.copy()
    ours[:, 2:] = np.outer(J[:, column], times)
    told, wrong = columns(ours)
    assert told == code
    assert wrong.tolist() == [False, False, *(bool(t) for t in times)]


def test_outputs_that_are_moved_get_nothing():
    turned = np.hstack([np.zeros((2, 2)), np.ones((2, 3))])
    assert columns(turned)[0] == "MASK_INVERTED"
    lost = J.copy()
    lost[:, 1] = 0
    told, wrong = columns(lost)
    assert (told, wrong.tolist()) == ("MASK_WRONG", [False, True, False, False, False])
    assert columns(lost, out=(5, 1), n=5) is None, "a whole sample is lost: told by another family"
    assert columns(2 * J) is None


PICK = np.array([[1.0, 0], [0, 0], [0, 0], [0, 1]])  # two outputs, each of which takes one of four entries


def test_entries_taken_from_wrong_places():
    other = np.array([[0.0, 0], [1, 0], [0, 0], [0, 1]])
    told, wrong = columns(other, PICK, (1, 2))
    assert (told, wrong.tolist()) == ("MASK_WRONG", [True, False])
    assert columns(other, PICK, (2,), n=2) is None, "a whole sample"
    assert columns(2 * other, PICK, (1, 2)) is None, "another value"
    assert columns(0 * other, PICK, (1, 2)) is None
    assert columns(other[:2], PICK[[0, 3]], (1, 2)) is None, "as many outputs as entries select nothing"
    assert columns(other, PICK + PICK[::-1], (1, 2)) is None, "two entries in each output"


def test_whole_samples():
    two = view([0], [0], out=np.zeros((2, 2)), n=2)
    assert masks._by_sample(two, np.array([True, True, False, False]))
    assert not masks._by_sample(two, np.array([True, False, False, False]))
    assert not masks._by_sample(two, np.array([True, True, True, False]))
    assert not masks._by_sample(view([0], [0], out=np.zeros((2, 2)), n=3), np.array([True, True, False, False]))
    assert not masks._by_sample(view([0], [0], out=np.zeros((1, 2)), n=1), np.array([True, True]))
    assert not masks._by_sample(view([0], [0], out=0.0, n=2), np.array([True])), "a single number has no samples"


def test_share_of_a_column():
    active = np.array([[0.0, 2], [0, 4]])
    assert masks._share(np.array([2.0, 1]), active) == pytest.approx(0.5), "in any order"
    assert masks._share(np.array([-1.0, 2]), active) == pytest.approx(0.5), "of any sign"
    assert masks._share(np.array([2.0, 4]), active) == pytest.approx(1)
    assert masks._share(np.array([3.0, 6]), active) is None, "more than all"
    assert masks._share(np.array([1.0, 1]), active) is None


H = np.array([[1.0, 0, 2], [0, 3, 0], [4, 0, 5]])  # the gradient by pre-activations: 0 where a unit is off
BACK = np.array([[1.0, 7, 2], [-8, 3, 9], [4, -6, 5]])  # what came back, before the mask


@pytest.mark.parametrize(
    ("ours", "code", "wrong"),
    [
        (BACK, "MASK_MISSING", 4),
        (np.where(H == 0, 0.1 * BACK, H), "MASK_LEAK", 4),
        (np.where(H == 0, 0.9985 * BACK, H), "MASK_LEAK", 4),
        (np.where(H == 0, [[1, 2, 1], [1, 1, 1], [1, 3, 1]], H), "MASK_MISSING", 4),
        (np.where(H == 0, [[1, 7, 1], [0, 1, 0], [1, 0, 1]], H), "MASK_WRONG", 1),
        (np.where(H == 0, BACK, 0), "MASK_INVERTED", 9),
        (np.where(H == 1, 0, H), "MASK_WRONG", 1),
        (np.maximum(BACK, 0), "MASK_FROM_DOUT", 2),
        (np.where(H == 3, 0, H), None, 0),
        (2 * H, None, 0),
    ],
)
def test_units_of_a_hidden_layer(ours, code, wrong):
    told = masks._lifted(view(ours, H, lifted=True, unmasked=BACK))
    assert (told and told[0]) == code
    assert code is None or int(told[1].sum()) == wrong


def test_units_without_what_came_back_and_without_a_mask():
    assert masks._lifted(view(np.where(H == 0, 0.1 * BACK, H), H, lifted=True))[0] == "MASK_MISSING"
    assert masks._lifted(view(BACK, BACK, lifted=True)) is None, "no unit is off"
    assert masks._lifted(view(BACK, 0 * BACK, lifted=True)) is None, "all are"
