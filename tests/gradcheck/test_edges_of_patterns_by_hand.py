"""Patterns of what is lost, let through or left out, at their limits: one value just on each side of each."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import overwritten, samples, supports
from tests.gradcheck.views_by_hand import view


@pytest.mark.parametrize(("at", "word"), [([0, 0, 0, 0, 1, 1], "last"), ([1, 1, 0, 0, 0, 0], "first")])
def test_one_position_of_outputs_that_all_entries_reach(at, word):
    """The loss has one pattern alone, and is no mask all the same: three steps, the gradient of one."""
    jac = np.arange(1.0, 25).reshape(4, 6)
    made = view(jac.sum(1), jac.sum(1), jac=jac, ours=jac * at, out=np.zeros((3, 2)))
    assert not overwritten._several(made)
    told = overwritten.windows([made])
    assert (told.code, told.fix) == ("BATCH_SUBSET", "+= instead of = in the loop")
    assert told.message.startswith(f"only the {word} position along axis 0 of the output contributes")


def test_several_patterns_are_those_of_jacobians():
    assert overwritten._several(view([1], [1])) is False
    jac = np.array([[1.0, 1], [1, 1]])
    assert overwritten._several(view([1], [1], jac=jac, ours=[[1, 0], [0, 1]]))
    assert not overwritten._several(view([1], [1], jac=jac, ours=[[1, 0], [1, 0]]))
    assert not overwritten._several(view([1], [1], jac=jac, ours=[[1, 0], [1, 1]]))


@pytest.mark.parametrize(
    ("lost", "kept", "end"),
    [
        ([[1, 0, 0]], [[0, 1, 1]], True),
        ([[0, 1, 1]], [[1, 0, 0]], True),
        ([[1, 1, 0]], [[0, 0, 1]], True),
        ([[0, 0, 1]], [[1, 1, 0]], True),
        ([[1, 0, 1]], [[0, 1, 0]], False),
        ([[0, 1, 0]], [[1, 0, 1]], False),
        ([[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1]], True),
        ([[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]], False),
    ],
)
def test_what_is_kept_comes_after_all_or_before_all(lost, kept, end):
    assert overwritten._end_of(np.array(lost, bool), np.array(kept, bool)) is end


@pytest.mark.parametrize(
    ("there", "kept", "shape", "found"),
    [
        ([1, 1, 1, 1], [0, 0, 1, 1], (2, 2), (0, True)),
        ([1, 1, 1, 1], [1, 1, 0, 0], (2, 2), (0, False)),
        ([1, 1, 1, 1], [0, 1, 0, 1], (2, 2), (1, True)),
        ([1, 1, 1, 1], [1, 0, 1, 0], (2, 2), (1, False)),
        ([1, 1, 1, 0], [0, 0, 1, 0], (2, 2), (0, True)),
        ([1, 1, 1, 1], [1, 0, 0, 1], (2, 2), None),
        ([1, 1, 1, 1], [1, 1, 1, 1], (1, 4), None),  # an axis of one position has no end
        ([1, 1, 1, 1], [0, 0, 0, 1], (1, 4), (1, True)),
        ([1, 1, 1, 1], [0, 1, 0, 0], (1, 4), None),
    ],
)
def test_outputs_at_one_end_of_an_axis(there, kept, shape, found):
    there, kept = np.array([there], bool), np.array([kept], bool)
    assert overwritten._one_position(view([1], [1], out=np.zeros(shape)), there, kept) == found


NEXT = np.array([[1.0, 0, 0], [2, 3, 0], [0, 4, 5], [0, 0, 6]])
LAST = NEXT * [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]


@pytest.mark.parametrize(
    ("row", "column", "value", "told"),
    [(1, 0, 5.9e-6, True), (1, 0, 6.1e-6, False), (0, 2, 5.9e-6, True), (0, 2, 6.1e-6, False)],
)
def test_contribution_that_counts_as_none(row, column, value, told):
    """A millionth of the largest entry, 6: where one was lost, and where none is due."""
    ours = LAST.copy()
    ours[row, column] = value
    made = view([0], [0], jac=NEXT, ours=ours, out=np.zeros((1, 3)))
    assert (overwritten.windows([made]) is not None) is told


J = np.array([[1.0, 0], [0, 0], [0, 0], [0, 1]])  # two outputs, each takes one of its two entries
OTHERS = np.array([[0.0, 0], [1, 0], [0, 1], [0, 0]])
FIRST = OTHERS * [1, 0]


@pytest.mark.parametrize(
    ("ours", "jac", "code"),
    [
        (J + 0.2 * OTHERS, J + 0.9e-6 * FIRST, "MASK_LEAK"),  # an entry that is used by a millionth is not used
        (J + 0.2 * OTHERS, J + 1.1e-6 * FIRST, None),
        (J * [1, 1 + 0.9e-5] + 0.2 * OTHERS, J * [1, 1 + 0.9e-5], "MASK_LEAK"),
        (J * [1, 1 + 1.1e-5] + 0.2 * OTHERS, J * [1, 1 + 1.1e-5], None),
        (J + 0.2 * OTHERS + 1.8e-6 * FIRST, J, "MASK_LEAK"),  # the others are equal up to 1e-5 of them
        (J + 0.2 * OTHERS + 2.2e-6 * FIRST, J, None),
        (J * [1 + 1.9e-5, 1] + 0.2 * OTHERS, J, "MASK_LEAK"),  # twice 1e-5: of the entry, and of the largest
        (J * [1 + 2.1e-5, 1] + 0.2 * OTHERS, J, None),
        (J + 0.9e-6 * OTHERS, J, None),
        (J + 1.1e-6 * OTHERS, J, "MASK_LEAK"),
        (0.9e-6 * J + OTHERS, J, "MASK_INVERTED"),
        (1.1e-6 * J + OTHERS, J, None),
        (J + 0.9999 * OTHERS, J, "MASK_LEAK"),
        (J - 0.9999 * OTHERS, J, "MASK_LEAK"),
        (J + 1.0001 * OTHERS, J, None),
        (J + (1 + 0.9e-5) * OTHERS, J, "MASK_MISSING"),
        (0.5 * J + 0.5 * (1 + 0.9e-5) * OTHERS, J, supports.SPREAD),
        (0.5 * J + 0.5 * (1 + 2.2e-5) * OTHERS, J, None),
    ],
)
def test_selection_at_its_limits(ours, jac, code):
    assert supports._selection(view([0], [0], jac=jac, ours=ours)) == code


def zeros(a, g, **more):
    return supports._zeros(view(a, g, **more))


@pytest.mark.parametrize(
    ("a", "e", "code"),
    [
        ([1, -1, 2, 1 + 2.9e-6, 2, 3], 1e-12, "MASK_MISSING"),  # a millionth of the largest entry, 3
        ([1, -1, 2, 1 + 3.1e-6, 2, 3], 1e-12, None),
        ([1, -1, 2, 1 - 1.9e-2, 2, 3], 1e-3, "MASK_MISSING"),  # twenty times the error
        ([1, -1, 2, 1 - 2.1e-2, 2, 3], 1e-3, None),
        ([3.1e-6, -3.1e-6, 3.1e-6, 1, 2, 3], 1e-12, "MASK_MISSING"),
        ([3.1e-6, -3.1e-6, 2.9e-6, 1, 2, 3], 1e-12, None),
        ([1, 1, 1, 2.9e-6, -2.9e-6, 0], 1e-12, "MASK_INVERTED"),
        ([1, 1, 1, 0, -3.1e-6, 0], 1e-12, None),
    ],
)
def test_zeros_at_their_limits(a, e, code):
    assert zeros(a, [0, 0, 0, 1, 2, 3], e=e) == code


@pytest.mark.parametrize(("quiet", "code"), [(10, None), (11, "MASK")])
def test_more_than_nine_of_ten_zeros_get_something(quiet, code):
    some, g = np.append(np.ones(quiet - 1), 0), np.append(np.zeros(quiet), [1, 2, 3])
    assert zeros(np.append(some, [1, 2, 3]), g) == (code and "MASK_MISSING")
    assert zeros(np.append(some, [0, 0, 0]), g) == (code and "MASK_INVERTED")


def test_interval_has_three_right_entries_beside_it():
    x, g = np.arange(1.0, 9), np.ones(8)

    def told(wrong):
        made = view(g + (x <= wrong), g, x=x, values={"W": x})
        return supports.intervals([made])

    assert told(5).evidence == {"of": "|W|"}
    assert told(6) is None
    assert told(3) is not None
    assert told(2) is None


ROWS = np.array([[1.0, 3], [2, 4]])
ASIDE = np.array([3.0, -1])  # at right angles to the first row: no share of it


def by_rows(a, g=ROWS):
    return samples._from_rows(view(a, g, n=2, kind="loss"))


def by_jacobian(a, g=ROWS):
    """Two elements, two samples of one output each: sample i is row i of these."""
    return samples._from_jacobian(view([1, 1], [1, 1], jac=g.T, ours=np.transpose(a), out=np.zeros(2), n=2))


@pytest.mark.parametrize("shares", [by_rows, by_jacobian])
@pytest.mark.parametrize(("times", "found"), [(1.3e-5, [1, 0]), (1.4e-5, None)])
def test_share_of_a_sample_up_to_rounding(shares, times, found):
    """1e-5 of the largest entry, 4; three times `times` is beside the share."""
    told = shares([ROWS[0] + times * ASIDE, 0 * ASIDE])
    assert (told if told is None else told.tolist()) == (found and pytest.approx(found, abs=1e-9))


@pytest.mark.parametrize(("times", "fits"), [(2.6e-5, True), (2.8e-5, False)])
def test_larger_share_of_a_jacobian_is_as_much_rougher(times, fits):
    told = by_jacobian([2 * ROWS[0] + times * ASIDE, 0 * ASIDE])
    assert (told is not None) is fits
    assert not fits or told.tolist() == pytest.approx([2, 0])


@pytest.mark.parametrize(
    ("shares", "g", "a", "found"),
    [
        (by_rows, 2.9e-7, 2.9e-6, [0.5, 0.5]),  # 1e-7 and 1e-6 of the largest entry, 3
        (by_rows, 2.9e-7, 3.1e-6, None),
        (by_rows, 3.1e-7, 0, [0.5, 0]),
        (by_jacobian, 2.9e-6, 2.9e-6, [0.5, 0.5]),  # both a millionth
        (by_jacobian, 2.9e-6, 3.1e-6, None),
        (by_jacobian, 3.1e-6, 0, [0.5, 0]),
    ],
)
def test_sample_whose_gradient_tells_nothing(shares, g, a, found):
    told = shares([[0.5, 1.5], [a, 0]], np.array([[1.0, 3], [g, 0]]))
    assert (told if told is None else told.tolist()) == found


@pytest.mark.parametrize(
    ("kept", "told"),
    [([0.9e-6, 1, 1], [1, 2]), ([1.1e-6, 1, 1], None), ([-0.9e-6, 1, 1], [1, 2]), ([0, 1, 1 + 0.9e-4], [1, 2]),
     ([0, 1, 1 + 1.1e-4], None), ([0.9e-6, 0.9e-6, 0], None), ([0, -2, -2], [1, 2])],
)  # fmt: skip
def test_samples_that_contribute_alike(kept, told):
    g = np.array([[1.0, 2], [3, -4], [5, 6]])
    found = samples.explain([view(np.array(kept)[:, None] * g, g, n=3, kind="loss")])
    assert (found and found.evidence["samples"]) == told
