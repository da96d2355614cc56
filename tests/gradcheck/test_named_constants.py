"""Gradients that are right up to a constant: every name that a constant can have, and what is said of it."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import coarse, scale
from tests.gradcheck.views_by_hand import view

G = np.array([1.0, -2.0, 4.0])


def test_table_of_constants_of_a_size_and_a_number():
    found = scale.symbols(view(G, G, n=5, scalars={"p": 0.25}))
    right = {
        "N": 5, "p": 0.25, "1/N": 0.2, "1/p": 4, "(1-p)": 0.75, "1/(1-p)": 4 / 3,
        "N*N": 25, "1/(N*N)": 0.04, "N/N": 1, "N*p": 1.25, "1/(N*p)": 0.8, "N/p": 20, "p/N": 0.05,
        "p*p": 0.0625, "1/(p*p)": 16, "p/p": 1,
        "2*N": 10, "N/2": 2.5, "2/N": 0.4, "1/(2*N)": 0.1, "-N": -5, "-1/N": -0.2, "sqrt(N)": np.sqrt(5),
        "1/sqrt(N)": 1 / np.sqrt(5), "(N-1)": 4, "(N-1)/N": 0.8, "N/(N-1)": 1.25,
        "2*p": 0.5, "p/2": 0.125, "2/p": 8, "1/(2*p)": 2, "-p": -0.25, "-1/p": -4, "sqrt(p)": 0.5, "1/sqrt(p)": 2,
        "(p-1)": -0.75, "(p-1)/p": -3, "p/(p-1)": -1 / 3,
        "3": 3, "4": 4, "1/3": 1 / 3, "1/4": 0.25, "-2": -2, "-1/2": -0.5,
    }  # fmt: skip
    assert found == pytest.approx(right)


def test_constants_of_images_and_of_lengths():
    found = scale.symbols(view(G, G, n=5, atoms=[("x", np.zeros((5, 3, 2, 4)))]))
    assert {k: found[k] for k in found if "positions" in k} == {
        "positions of x": 8, "1/(positions of x)": 0.125, "N*positions of x": 40, "1/(N*positions of x)": 0.025,
    }  # fmt: skip
    assert "x.shape[0]" not in found, "that is N"
    assert [found[f"x.shape[{k}]"] for k in (1, 2, 3)] == [3, 2, 4]


def test_no_constants_of_other_arrays():
    atoms = [("a", np.zeros((1, 7))), ("b", np.zeros((4, 3, 2))), *((f"t{k}", np.zeros(9 + k)) for k in range(5))]
    found = scale.symbols(view(G, G, n=5, atoms=atoms))
    assert "a.shape[0]" not in found, "a length of 1 is no constant"
    assert not [k for k in found if "positions" in k], "no batch of images"
    assert found["t3.shape[0]"] == 12
    assert "t4.shape[0]" not in found, "six arrays are looked at"


def test_a_number_that_is_one_has_no_inverse_of_what_it_lacks():
    found = scale.symbols(view(G, G, n=5, scalars={"p": 1.0}))
    assert "1/(1-p)" not in found
    assert found["(1-p)"] == 0
    assert np.isnan(found["p/(p-1)"])


def test_a_symbol_holds_on_every_view():
    views = [view(G, G, n=5), view(G, G, n=3)]
    assert scale.symbol_of(views, np.array([-5.0, -3.0])) == "-N"
    assert scale.symbol_of(views, np.array([0.8, 2 / 3])) == "(N-1)/N"
    assert scale.symbol_of(views, np.array([0.8, 0.8])) is None


@pytest.mark.parametrize(
    ("c", "code", "message"),
    [
        (-1.0, "SIGN", "analytic = -numeric: the sign is wrong (ratio -1 at N = 5)"),
        (5.0, "SCALE_BATCH", "the mean over the batch (1/N) is missing (ratio 5 at N = 5)"),
        (0.2, "SCALE_INV_BATCH", "analytic = numeric / N"),
        (2.0, "SCALE_TWO", "analytic = 2 x numeric"),
        (0.5, "SCALE_HALF", "analytic = numeric / 2"),
        (3.0, "SCALE_OTHER", "analytic = 3 x numeric (ratio 3 at N = 5)"),
        (1.7, "SCALE_OTHER", "analytic = 1.7 x numeric (ratio 1.7 at N = 5)"),
        (1.0021, "SCALE_OTHER", "analytic = 1.0021 x numeric"),
    ],
)
def test_constant_and_its_correction(c, code, message):
    wrong = view(c * G, G, n=5)
    told = scale.explain([wrong])
    assert told.code == code
    assert message in told.message
    assert told.evidence["ratio"] == pytest.approx([c])
    assert told.evidence["N"] == [5]
    np.testing.assert_allclose(told.correct(wrong), G)


def test_constant_without_a_name_is_the_same_on_every_view_or_none():
    assert scale.explain([view(1.7 * G, G, n=5), view(1.7 * G, G, n=3)]).evidence["constant"] is None
    assert scale.explain([view(1.7 * G, G, n=5), view(1.9 * G, G, n=3)]) is None
    assert scale.explain([view(1.7 * G, G, n=5), view(G + 1, G, n=3)]) is None
    assert scale.explain([view(1.0019 * G, G)]) is None, "a small error, told by another family"


def test_constant_leaves_kinks_out():
    assert scale.constant(view([3, 9, 12], G, kink=[False, True, False])) == pytest.approx(3)
    assert scale.constant(view([3, 9, 12], G)) is None


def test_large_constant_beside_a_small_error():
    rough = [2.0002, -4.0003, 8.0001]
    told = coarse.explain([view(rough, G, n=5)])
    assert told.code == "SCALE_TWO"
    assert told.message.endswith("A small difference remains beside it, as of another eps or a rounded constant")
    assert coarse.explain([view([2.02, -4.03, 8.01], G, n=5)]) is None, "more than little remains"
    assert coarse.explain([view(1.01 * G, G, n=5)]) is None, "less than a large fault"
    assert coarse.explain([view(rough[:2], G[:2], n=5)]) is None, "two numbers tell nothing"
