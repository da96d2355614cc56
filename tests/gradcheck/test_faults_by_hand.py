"""Faults read off a few numbers: samples left out, products of wrong operands, sums, factors, shapes."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import elementwise, outputs, products, samples, shape, small_errors
from tests.gradcheck.views_by_hand import view

ROWS = np.array([[1.0, 2], [3, -4], [5, 6]])


@pytest.mark.parametrize(
    ("kept", "text"),
    [
        ([0, 0, 1], "only sample 2 of 3 contributes"),
        ([1, 0, 2], None),
        ([1, 1, 0], "only sample 0, 1 of 3 contributes"),
        ([1, 1, 1], None),
        ([0, 0, 0], None),
        ([0, 0.5, 0.5], "only sample 1, 2 of 3 contributes"),
    ],
)
def test_rows_of_a_gradient_that_some_samples_give(kept, text):
    told = samples.explain([view(np.array(kept)[:, None] * ROWS, ROWS, n=3, kind="loss")])
    assert (told and told.message) == text
    assert text is None or told.evidence == {"samples": np.flatnonzero(kept).tolist(), "N": 3}


def test_rows_that_are_no_multiples():
    bent = ROWS.copy()
    bent[0], bent[2, 1] = 0, 6.001
    assert samples.explain([view(bent, ROWS, n=3, kind="loss")]) is None
    assert samples._from_rows(view(ROWS, ROWS, n=2)) is None, "rows are no samples"
    assert samples._from_rows(view(1.0, 1.0, n=1)) is None
    assert samples.explain([view(ROWS[:1], ROWS[:1], n=1, kind="loss")]) is None


def test_shares_of_samples_whose_gradient_is_zero_stay_open():
    pairs = [(np.zeros(2), np.zeros(2)), (np.zeros(2), ROWS[0]), (2 * ROWS[1], ROWS[1])]
    assert samples._multiples(pairs, 1e-7, 1e-6, lambda c: 1e-6).tolist() == [2, 0, 2]
    assert samples._multiples([(ROWS[0], np.zeros(2))], 1e-7, 1e-6, lambda c: 1e-6) is None
    assert samples._multiples([(np.full(2, np.nan), ROWS[0])], 1e-7, 1e-6, lambda c: 1e-6) is None
    assert samples._settled(np.array([np.nan, np.nan])) is None
    assert samples._settled(np.array([np.nan, 0.5, -1])).tolist() == [-1, 0.5, -1]


def test_samples_by_the_jacobian():
    jac = np.array([[1.0, 2, 0, 4], [5, 6, 7, 8]])  # two samples of two outputs
    ours = jac * [1, 1, 0, 0]
    wrong = view(ours.sum(1), jac.sum(1), jac=jac, ours=ours, out=np.zeros((2, 2)), n=2)
    assert samples._shares(wrong).tolist() == pytest.approx([1, 0])
    assert samples._from_jacobian(view([1], [1], jac=jac, ours=ours, out=np.zeros((4, 1)), n=2)) is None
    assert samples._from_jacobian(view([1], [1], jac=jac, ours=ours, out=0.0, n=2)) is None


def test_output_whose_upstream_gradient_is_lost():
    def made(ours, jac=((1.0, 2, 3), (4, 5, 6)), outs=((0.0,), (0.0, 0))):
        v = view([1, 1], [2, 2], jac=jac, ours=ours)
        v.run.outs = [np.array(o) for o in outs]
        return v

    lost_last, lost_first = [[1, 0, 0], [4, 0, 0]], [[0, 2, 3], [0, 5, 6]]
    told = outputs.explain([made(lost_last)])
    assert (told.code, told.evidence) == ("IGNORES_DOUT", {"outputs": [1]})
    assert "output 1 does not reach dW" in told.message
    assert outputs.explain([made(lost_first)]).evidence == {"outputs": [0]}
    assert outputs.explain([made(lost_first), made(lost_last)]) is None
    assert outputs.explain([made([[1, 0, 3], [4, 0, 6]])]) is None, "a part of an output"
    assert outputs.explain([made([[1, 2, 3], [4, 5, 6]])]) is None, "nothing is lost"
    assert outputs.explain([made(lost_last, outs=[(0.0, 0, 0)])]) is None, "one output"
    assert outputs.explain([made(None)]) is None


def test_small_errors_and_their_limit():
    g = np.array([1.0, 2, 4])
    told = small_errors.explain([view(np.add(g, [0, 0, 0.0079]), g)])
    assert told.code == "SMALL_ERROR"
    assert told.evidence["relative_size"] == pytest.approx(0.0079 / 4)
    assert told.message.startswith("wrong by 2.0e-03 of the gradient, far above")
    assert small_errors.explain([view(np.add(g, [0, 0, 0.0081]), g)]) is None
    assert small_errors.explain([view(g, g)]) is None
    single = np.array([1 / 3, 0.1, 0.7, 0.9])
    told = small_errors.explain([view(single.astype(np.float32), single)])
    assert told.code == "DTYPE"
    assert told.message.endswith("unevenly: a float32 intermediate lost precision")


def test_swapped_transposed_and_reordered():
    g = np.arange(1.0, 17).reshape(4, 4)
    told = products.transposed([view(g.T, g)])
    assert told.code == "TRANSPOSED"
    np.testing.assert_array_equal(told.correct(view(g.T, g)), g)
    assert products.transposed([view(g[:2].T, g[:2].T)]) is None
    assert products.transposed([view(g + 1, g)]) is None
    told = products.blocks([view(np.vstack([g[2:], g[:2]]), g)])
    assert (told.code, told.evidence) == ("SWAPPED", {"order": (1, 0)})
    assert told.message == ("along axis 0, what is returned for W has its blocks 0 to 1, 2 to 3 in another order")
    six = np.arange(1.0, 7)
    told = products.blocks([view(six[[0, 1, 4, 5, 2, 3]], six)])
    assert told.evidence == {"order": (0, 2, 1)}
    assert "blocks 2 to 3, 4 to 5 in" in told.message
    assert products.blocks([view(six[[1, 0]], six[:2])]) is None, "blocks of one entry are none"
    assert products.blocks([view(six[::-1], six)]) is None


def test_square_operand_that_is_not_transposed():
    w, u = np.array([[1.0, 2], [5, 4]]), np.array([[1.0, 2], [3, -1], [0.5, 7]])
    told = products.inner([view(u @ w, u @ w.T, atoms=[("w", w)])])
    assert (told.code, told.evidence) == ("TRANSPOSED", {"operand": "w"})
    assert products.inner([view(u @ w + 1e-3, u @ w.T, atoms=[("w", w)])]) is None
    assert products.inner([view(u @ w, u @ w.T, atoms=[("w", w + w.T)])]) is None
    assert products.inner([view((u @ w).T, (u @ w.T).T, atoms=[("w", w)])]) is not None
    assert products.inner([view(u @ w, u @ w.T, atoms=[("w", np.array([[1, 2], [1, 2]]))])]) is None


def test_sums_broadcast_back():
    g = np.array([[1.0, 2, 3], [4, 5, 6]])
    rows, columns, everything = np.tile([5.0, 7, 9], (2, 1)), np.tile([[6.0], [15]], 3), np.full((2, 3), 21.0)
    for a, axes, word in ((rows, (0,), "axis 0 "), (columns, (1,), "axis 1 "), (everything, (0, 1), "axis (0, 1) ")):
        told = products.totals([view(a, g)])
        assert (told.code, told.evidence) == ("OVER_SUMMED", {"axes": axes})
        assert word in told.message
    assert products.totals([view(rows / 2, g)]).evidence == {"axes": (0,)}, "the mean"
    assert products.totals([view(rows / 3, g)]) is None
    assert products.totals([view(2 * g[:1], g[:1])]) is None, "one entry is no sum"


def test_sum_over_the_wrong_axis_of_the_outputs():
    jac = np.array([[1.0, 0, 2, 0], [0, 3, 0, 4]])  # b_j goes to both rows of the 2 x 2 outputs
    wrong = view([4, 6], [3, 7], jac=jac, out=np.zeros((2, 2)))
    np.testing.assert_array_equal(shape.contributions(wrong), [[1, 3], [2, 4]])
    told = products.totals([wrong])
    assert (told.code, told.evidence) == ("WRONG_AXIS", {"axes": (1,)})
    assert "summed over axis 1 of" in told.message
    told = products.totals([view([10, 10], [3, 7], jac=jac, out=np.zeros((2, 2)))])
    assert told.code == "OVER_SUMMED"
    assert shape.contributions(view([4, 6], [3, 7], jac=jac, out=np.zeros(3))) is None
    assert shape.contributions(view([4, 6], [3, 7])) is None


def test_sum_of_products_with_another_tensor():
    dout, x, xhat = np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 0], [2, 5]]), np.array([[0.5, 1], [1, -1]])
    right, ours = (dout * xhat).sum(0), (dout * x).sum(0)
    known = [("x", x), ("xhat", xhat)]
    told = products.sums_of_products([view(ours, right, dout=dout, out=dout, atoms=known)])
    assert told.message == "computed sum(dout * x), should be sum(dout * xhat)"
    told = products.sums_of_products([view(ours, right, dout=dout, out=dout, atoms=known[:1])])
    assert told.message == "computed sum(dout * x)"
    assert products.sums_of_products([view(right, right, dout=dout, out=dout, atoms=known)]) is None
    assert products.sums_of_products([view(ours, right, dout=dout, out=dout, atoms=known, kind="loss")]) is None


def test_factor_of_a_known_tensor():
    t, g = np.array([0.5, 2, -3]), np.array([1.0, 2, 4])
    told = elementwise.explain([view(g * t, g, atoms=[("t", t)])])
    assert (told.message, told.fix) == ("a factor t too much", "divide by t")
    told = elementwise.explain([view(g / t, g, atoms=[("t", t)])])
    assert (told.message, told.fix) == ("the factor t is missing", "multiply by t")
    told = elementwise.explain([view(2 * g * t, g, atoms=[("t", t)])])
    assert told.message == "a factor t (times 2) too much"
    assert elementwise.explain([view(1.7 * g * t, g, atoms=[("t", t)])]) is None, "1.7 has no name here"
    assert elementwise.explain([view(1.7 * g * t, g, atoms=[("t", t)], scalars={"keep": 1.7})]) is not None
    assert elementwise.explain([view(1.7 * g * t, g, atoms=[("t", t)], scalars={"keep": 1 / 1.7})]) is not None
    assert elementwise.explain([view(2 * g, g, atoms=[("t", t)])]) is None, "a constant"


def test_range_of_a_factor_without_a_formula():
    g, a = np.array([1.0, 2, 4]), np.array([1.0, 3, 2])
    told = elementwise.any_ratio([view(a, g, jac=np.diag(g), ours=np.diag(a))])
    assert "runs from 0.5 to 1.5 with W" in told.message
    assert told.evidence == {"ratio_min": 0.5, "ratio_max": 1.5}
    assert elementwise.any_ratio([view(a, g)]) is None
    assert elementwise.any_ratio([view(0 * a, g, jac=np.diag(g), ours=np.diag(0 * a))]) is None


def test_shapes_that_differ():
    g = np.array([[1.0, 2, 3], [4, 5, 6]])
    for a, code, words in (
        (g.T, "TRANSPOSED", "it is transposed"),
        (g.ravel(), "FLATTENED", "right numbers, not reshaped"),
        (g[:, None], "KEEPDIMS", "an axis of length 1 too many"),
        (np.stack([g, 0 * g]), "NOT_SUMMED", "the sum over axis 0 is missing"),
        (5 * g.T, "TRANSPOSED", "it is transposed (and N times too large)"),
        (g.T / 5, "TRANSPOSED", "it is transposed (and N times too small)"),
        (g.sum(0), "OVER_SUMMED", "summed over axis (0,) as well"),
        (np.array([1.0, 7]), "WRONG_SHAPE", "the argument (2, 3)"),
    ):
        told = shape.explain([view(a, g, n=5)])
        assert told.code == code
        assert told.message.startswith(f"the gradient of W has shape {a.shape}, the argument (2, 3)")
        assert words in told.message
        if told.correct:
            np.testing.assert_allclose(told.correct(view(a, g, n=5)), g)
