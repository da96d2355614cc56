"""Masks and pre-activations at their limits: one value just on each side of what counts as zero, equal or a leak."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import masks, pre_activations
from tests.gradcheck.nets_by_hand import B1, BACK, DS, DZ, EVIDENCE, W1, W2, X, Z, gradients, run_of
from tests.gradcheck.views_by_hand import view


@pytest.mark.parametrize("which", ["jac", "ours"])
@pytest.mark.parametrize(("beside", "diagonal"), [(7.9e-6, True), (8.1e-6, False)])
def test_jacobian_that_counts_as_diagonal(which, beside, diagonal):
    both = {"jac": np.diag([1.0, 2]), "ours": np.diag([3.0, 4])}  # a millionth of 4 for each of two elements
    both[which][0, 1] = beside
    assert (masks.diagonal(view([1], [1], **both)) is not None) is diagonal


@pytest.mark.parametrize(
    ("values", "levels"),
    [([1, 1 + 1.00e-5], 1), ([1, 1 + 1.03e-5], 2), ([0, 0.9e-7], 1), ([0, 1.1e-7], 2), ([100, 100.0009], 1),
     ([100, 100.0011], 2)],
)  # fmt: skip
def test_values_that_are_one_level(values, levels):
    assert len(masks._levels(np.array(values, float))) == levels


J = np.array([[2.0, 0, 0], [0, 4, 0]])  # the third output is moved by nothing


def columns(ours, right=J):
    told = masks._columns(view([0], [0], jac=right, ours=ours, out=np.zeros((1, np.shape(right)[1])), n=1))
    return told and (told[0], told[1].tolist())


def with_column(*columns_):
    return np.hstack([J[:, :2], np.transpose(columns_)])


@pytest.mark.parametrize(
    ("given", "code"),
    [((1, 0), "MASK_LEAK"), ((1.996, 0), "MASK_LEAK"), ((1.999, 0), "MASK_MISSING"), ((2, 0), "MASK_MISSING"),
     ((0, 3.99), "MASK_LEAK"), ((0, 3.998), "MASK_MISSING"), ((0, 4), "MASK_MISSING"), ((5, 5), "MASK_MISSING")],
)  # fmt: skip
def test_what_one_unmoved_output_gets(given, code):
    """A leak is less than 0.999 of an active column (2 or 4) with the same pattern, in any order."""
    assert columns(with_column(given)) == (code, [False, False, True])


@pytest.mark.parametrize(
    ("shares", "code"),
    [((0.3, 0.3), "MASK_LEAK"), ((0.3, 0.30002), "MASK_LEAK"), ((0.3, 0.30005), "MASK_MISSING"),
     ((1, 0), "MASK_MISSING"), ((0.3, 0), "MASK_LEAK"), ((0, 0.3), "MASK_LEAK")],
)  # fmt: skip
def test_what_two_unmoved_outputs_get(shares, code):
    right = np.hstack([J, np.zeros((2, 1))])
    told = columns(with_column(*((2.0 * s, 0) for s in shares)), right)
    assert told == (code, [False, False, *(s > 0 for s in shares)])


@pytest.mark.parametrize(("beside", "told"), [(3.9e-6, ("MASK_LEAK", [False, False, True])), (4.1e-6, None)])
def test_output_that_counts_as_unmoved(beside, told):
    """A millionth of the largest entry, 4; once it is moved, three outputs are, and none is left to tell of."""
    right = J + np.array([[0, 0, beside], [0, 0, 0]])
    assert columns(with_column((1, 0)), right) == told


@pytest.mark.parametrize(("off", "told"), [(3.9e-5, ("MASK_LEAK", [False, False, True])), (4.1e-5, None)])
def test_outputs_that_count_as_equal(off, told):
    assert columns(with_column((1, 0)) + np.array([[off, 0, 0], [0, 0, 0]])) == told


@pytest.mark.parametrize(("given", "code"), [(3.9e-6, "MASK_WRONG"), (4.1e-5, "MASK_LEAK")])
def test_what_counts_as_a_flow(given, code):
    assert columns(with_column((given, 0)))[0] == code


@pytest.mark.parametrize(
    ("little", "code"), [(0, "MASK_WRONG"), (5e-7, "MASK_WRONG"), (9e-7, "MASK_WRONG"), (1.1e-6, None)]
)
def test_entries_of_a_gather_that_count_as_zero(little, code):
    jac = np.full((4, 2), float(little))
    jac[0, 0] = jac[3, 1] = 1
    other = np.array([[0.0, 0], [1, 0], [0, 0], [0, 1]])
    told = masks._entries(view([0], [0], jac=jac, ours=other, out=np.zeros((1, 2)), n=1))
    assert (told and told[0]) == code


@pytest.mark.parametrize(
    ("column", "share"),
    [([2, 3.9998], 1.0), ([2, 3.99], None), ([1, 2.00005], 0.5), ([1, 2.003], None), ([2.0000018, 4.0000036], 1.0),
     ([2.000003, 4.000006], None), ([0, 0], 0.0)],
)  # fmt: skip
def test_share_of_a_column_up_to_rounding(column, share):
    assert masks._share(np.array(column, float), np.array([[2.0], [4]])) == pytest.approx(share, abs=1e-4)


H = np.array([[1.0, 0, 2], [0, 3, 0], [4, 0, 5]])
CAME = np.array([[1.0, 7, 2], [-8, 3, 9], [4, -6, 5]])  # the largest is 9


def at(row, column, value):
    full = np.zeros((3, 3))
    full[row, column] = value
    return full


def units(a, g, unmasked=CAME):
    told = masks._lifted(view(a, g, lifted=True, unmasked=unmasked))
    return told and told[0]


@pytest.mark.parametrize(
    ("a", "g", "code"),
    [
        (CAME, H + at(0, 1, 0.89e-6), "MASK_MISSING"),  # off up to 1e-7 of 9
        (CAME, H + at(0, 1, 0.91e-6), None),
        (CAME + at(0, 0, 8.9e-5), H, "MASK_MISSING"),  # equal up to 1e-5 of 9
        (CAME + at(0, 0, 9.1e-5), H, None),
        (H + at(0, 1, 6) + at(1, 2, 9), H, "MASK_WRONG"),  # two of the four that are off
        (H + at(0, 1, 6) + at(1, 2, 9) + at(1, 0, 8.9e-6), H, "MASK_WRONG"),  # flows from 1e-6 of 9 on
        (H + at(0, 1, 6) + at(1, 2, 9) + at(1, 0, 9.1e-6), H, "MASK_MISSING"),
        (np.maximum(CAME, 0) + at(1, 0, 8.9e-6), H, "MASK_FROM_DOUT"),
        (np.maximum(CAME, 0) + at(1, 0, 9.1e-6), H, "MASK_MISSING"),
        (np.where(H == 0, 0.9995 * CAME, H), H, "MASK_MISSING"),
        (np.where(H == 0, -0.5 * CAME, H), H, "MASK_LEAK"),
        (np.where(H == 0, 0.1 * CAME, H) + at(0, 1, 6e-5), H, "MASK_LEAK"),
        (np.where(H == 0, 0.1 * CAME, H) + at(0, 1, 9e-5), H, "MASK_MISSING"),
    ],
)  # fmt: skip
def test_units_at_the_limits(a, g, code):
    assert units(a, g) == code


def test_units_lost_by_whole_samples_are_another_story():
    assert units(H * [[1], [1], [0]], H) is None
    assert units(H * [[1, 1, 0], [1, 1, 1], [1, 1, 1]], H) == "MASK_WRONG"


@pytest.mark.parametrize(
    ("h", "g", "w", "db", "dz"),
    [
        ([[1, 0]], [[3], [0]], [[2], [0]], None, [[3]]),  # a weight that tells nothing of a penalty
        ([[1, 0]], [[3], [0.5]], [[2], [1]], None, [[2]]),  # 0.5 W
        ([[1, 0]], [[3], [-0.5]], [[2], [1]], None, [[4]]),
        ([[1, 0]], [[3], [2.9e-6]], [[2], [0]], None, [[3]]),  # a millionth of the largest entry
        ([[1, 0]], [[3], [3.1e-6]], [[2], [0]], None, None),
        ([[2, 0]], [[3], [0]], [[2], [0]], None, [[1.5]]),
        ([[1, 0], [0, 1]], [[3], [0]], [[2], [0]], None, None),  # as many rows as inputs
        ([[1, 0, 0], [2, 0, 0]], [[3], [0], [0]], [[1], [1], [1]], None, None),  # not unique
        ([[1]], [[3]], [[4]], None, None),
        ([[1]], [[3]], [[4]], [3], [[3]]),  # the bias is one more input
        ([[1]], [[3]], [[4]], [2], [[2]]),  # 0.25 W and nothing on the bias
        ([[1, 0], [0, 1]], [[3], [5]], [[1], [0]], [8], [[3], [5]]),
        ([[1, 0], [0, 1]], [[4], [5]], [[1], [0]], [8], [[3], [5]]),
    ],
)  # fmt: skip
def test_gradient_by_a_pre_activation(h, g, w, db, dz):
    arrays = [np.array(t, float) for t in (h, g, w)]
    found = pre_activations.solve(*arrays, None if db is None else np.array(db, float))
    if dz is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, dz, atol=1e-5)


def test_bias_is_that_of_the_stage_alone():
    right = gradients()
    first, second = run_of(right | {"b1": DS.sum(1)}), run_of(right | {"b2": DZ.sum(1)})
    assert pre_activations.bias_axis(EVIDENCE, [first], "b1") is None, "the sums of the other stage"
    assert pre_activations.bias_axis(EVIDENCE, [second], "b2") is None
    assert pre_activations.bias_axis(EVIDENCE, [run_of(right | {"b1": DZ.sum(1)})], "b1").code == "WRONG_AXIS"


@pytest.mark.parametrize(("beside", "told"), [(0.9e-6, True), (1.3e-6, False)])
def test_sums_over_the_units_up_to_rounding(beside, told):
    """A millionth of the largest entry of dZ, 1.6, and 1e-5 of the sum: the second is -1.3 and 0.8."""
    moved = np.array([0, beside * 1.6 + 0.8e-5])
    found = pre_activations.bias_axis(EVIDENCE, [run_of(gradients() | {"b1": DZ.sum(1) + moved})], "b1")
    assert (found is not None) is told


def test_the_first_stage_has_no_operand_before_it():
    right = gradients(dz=BACK)
    run = run_of({"W1": Z.T @ BACK, "b1": right["b1"]}, {n: right[n] for n in ("W1", "b1")}, W2=None, b2=None)
    assert pre_activations._product(EVIDENCE, [(run, pre_activations.chain(run))], 0) is None


def test_a_bias_has_the_digits_of_its_weight():
    names = {"W1": W1, "W2": W2, "b2": B1, "b1": B1, "other": X}
    assert pre_activations._bias_name(names, "W1", 4) == "b1"
    assert pre_activations._bias_name(names, "W1", 3) is None
    assert pre_activations._bias_name({"W1": W1, "b": B1}, "W1", 4) is None, "no digits"
    assert pre_activations._bias_name({"W": W1, "b": B1}, "W", 4) == "b"
    for shape, fits in (((1, 4), True), ((4, 1), True), ((2, 2), False), ((1, 1, 4), False)):
        found = pre_activations._bias_name({"W1": W1, "b1": B1.reshape(shape)}, "W1", 4)
        assert found == ("b1" if fits else None)
    line = np.ones((1, 4))
    assert pre_activations._bias_name({"W1": line}, "W1", 4) is None, "a weight is not its own bias"


def test_masks_of_a_backward_without_a_jacobian():
    for ours, jac in ((None, np.eye(2)), (np.eye(2), None), (None, None)):
        made = view([1], [1], jac=jac, ours=ours)
        assert masks.diagonal(made) is None
        assert masks._columns(made) is None
        assert masks._entries(made) is None
