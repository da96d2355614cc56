"""Terms too much, strengths of penalties and shapes at their limits: one value just on each side of each."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.families import additive, coarse, shape
from tests.gradcheck.views_by_hand import view

T = np.array([1.0, 1, 1, 2, 1, 1, 4])
APART = np.array([0, 1.0, -1, 0, 0, 0, 0])  # at right angles to T
G = np.array([1.0, 2, 5])


@pytest.mark.parametrize(
    ("r", "e", "c"),
    [
        (2 * T, 1e-12, 2),
        (-0.3 * T, 1e-12, -0.3),
        (2 * T + 1.9e-5 * APART, 1e-12, 2),  # 1e-5 of the term
        (2 * T + 2.1e-5 * APART, 1e-12, None),
        (2 * T + 2.1e-4 * APART, 1e-5, 2),  # and twenty times the error
        (2 * T + 2.3e-4 * APART, 1e-5, None),
        (1.9e-9 * T, 1e-12, None),  # four times this: below a billionth of the largest entry, 8
        (2.1e-9 * T, 1e-12, 2.1e-9),
        (-1.9e-9 * T, 1e-12, None),
        (0 * T, 1e-12, None),
    ],
)
def test_multiple_of_a_term(r, e, c):
    g = np.array([0.0, 0, 0, 0, 0, 0, 8])
    found = additive._multiple(view(g + r, g, e=e), T)
    assert found == (None if c is None else pytest.approx(c, rel=1e-5))


def test_term_of_another_shape():
    assert additive._multiple(view(2 * T, 0 * T), T[:3]) is None
    assert additive._multiple(view(2 * T, 0 * T), T[:, None]) is None
    kink = [False, True] + [False] * 5
    assert additive._multiple(view(2 * T + APART * [0, 1, 0, 0, 0, 0, 0], 0 * T, kink=kink), T) == pytest.approx(2)


@pytest.mark.parametrize(
    ("c", "spelled"),
    [(0.3, "reg"), (0.6, "2 reg"), (0.15, "0.5 reg"), (0.06, "reg / N"), (0.9, None), (0.075, None), (1.5, None),
     (0.3 * (1 + 0.9e-4), "reg"), (0.3 * (1 + 1.1e-4), None), (0.06 * (1 + 0.9e-4), "reg / N"),
     (0.06 * (1 + 1.1e-4), None)],
)  # fmt: skip
def test_strength_of_a_penalty(c, spelled):
    v = view(G, G, n=5, scalars={"eps": 0.9, "reg": 0.3})
    assert additive._strength(v, c) == spelled


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("self.reg", True), ("self._reg_", True), ("my_reg", True), ("LAM", True), ("model.weight_decay", True),
     ("eps", False), ("reg.eps", False), ("lamp", False)],
)  # fmt: skip
def test_name_of_a_strength(name, is_one):
    assert additive._strength(view(G, G, n=5, scalars={name: 0.3}), 0.3) == (name if is_one else None)


@pytest.mark.parametrize(
    ("c", "said"),
    [
        ((2, 2), "2 t"),
        ((2, 2 * (1 + 0.9e-4)), "2 t"),
        ((2, 2 * (1 + 1.1e-4)), None),
        ((0.4, 2 / 3), "2 t / N"),
        ((0.4, 2 / 3 * (1 + 0.9e-4)), "2 t / N"),
        ((0.4, 2 / 3 * (1 + 1.1e-4)), None),
        ((25, 9), "N*N t"),
        ((1.7, 1.3), None),
        ((2, 0), None),
    ],
)
def test_term_on_two_probes(c, said):
    t = np.array([1.0, -2, 0.5])
    views = [view(G + k * t, G, n=n, atoms=[("t", t)]) for k, n in zip(c, (5, 3), strict=True)]
    told = additive.explain(views)
    assert (told and told.message) == (said and f"analytic - numeric = {said}")
    assert said is None or (told.fix == f"subtract {said}" and told.evidence["c"] == pytest.approx(c))


def test_a_single_number_has_no_terms():
    assert additive.explain([view([3.0], [1.0], atoms=[("t", np.ones(1))])]) is None
    assert additive.explain([view([3.0, 5], [1.0, 3], atoms=[])]).message == "analytic - numeric = 2 1"


def test_terms_are_sums_of_larger_arrays():
    square, row = np.array([[1.0, 2], [3, 5]]), np.array([7.0, 8])
    found = dict(additive._terms(view(row, row, atoms=[("s", square), ("row", row), ("cube", np.ones((2, 2, 2)))])))
    assert {n: t.tolist() for n, t in found.items()} == {
        "sum(s, axis=0)": [4, 7], "sum(s, axis=1)": [3, 8], "row": [7, 8], "1": [1, 1],
    }  # fmt: skip


def test_products_of_terms_are_those_of_twelve():
    atoms = [(f"t{k}", np.array([1.0, k + 2])) for k in range(14)]
    names = [n for n, _ in additive._pairs(view(G[:2], G[:2], atoms=atoms))]
    assert len(names) == 12 * 13 // 2
    assert (names[0], names[1], names[-1]) == ("t0 * t0", "t0 * t1", "t11 * t11")
    few = dict(additive._pairs(view(G[:2], G[:2], atoms=atoms[:2])))
    assert {n: t.tolist() for n, t in few.items()} == {"t0 * t0": [1, 4], "t0 * t1": [1, 6], "t1 * t1": [1, 9]}


@pytest.mark.parametrize(
    ("c", "code"),
    [(2 * (1 + 2.9e-4), "SCALE_TWO"), (2 * (1 + 3.1e-4), None), (5 * (1 - 2.9e-4), "SCALE_BATCH"),
     (5 * (1 - 3.1e-4), None), (1.7, None)],
)  # fmt: skip
def test_constant_beside_a_little(c, code):
    told = coarse.explain([view(c * G, G, n=5)])
    assert (told and told.code) == code


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [([5, 1.0], [5, 1 + 1.4e-5], True), ([5, 1.0], [5, 1 + 1.6e-5], False), ([5, 0.0], [5, 4.9e-6], True),
     ([5, 0.0], [5, 5.1e-6], False)],
)  # fmt: skip
def test_shapes_of_numbers_that_are_alike(a, b, alike):
    """1e-5 of the entry and a millionth of the largest, 5."""
    assert shape._alike(view(G, G), np.array(a), np.array(b)) is alike


@pytest.mark.parametrize(("off", "other"), [(1.4e-5, "U"), (1.6e-5, None)])
def test_gradient_of_another_shape_that_belongs_to_another_argument(off, other):
    """1e-5 of the entry, 1, and 1e-7 of the largest, 50."""
    a = np.array([1.0 + off, 50])
    numeric = {"W": SimpleNamespace(value=G), "U": SimpleNamespace(value=np.array([1.0, 50]))}
    assert shape._swapped([view(a, G, numeric=numeric)]) == other
    flat = {"U": SimpleNamespace(value=np.array([[1.0, 50]]))}
    assert shape._swapped([view(a, G, numeric=flat)]) is None


@pytest.mark.parametrize(
    ("came", "due", "squeezed"),
    [((3, 1), (3,), True), ((1, 3), (3, 1), True), ((1, 1, 3), (3,), True), ((3, 2), (2, 3), False),
     ((6,), (2, 3), False)],
)  # fmt: skip
def test_axes_of_length_one_alone_are_dropped(came, due, squeezed):
    v = view(np.arange(np.prod(came)).reshape(came), np.zeros(due))
    if squeezed:
        assert shape._squeezed(v).tolist() == np.arange(np.prod(due)).reshape(due).tolist()
    else:
        with pytest.raises(ValueError, match="axes of length 1"):
            shape._squeezed(v)


def test_subsets_of_axes():
    assert list(shape._subsets(2)) == [(0,), (1,), (0, 1)]
    assert list(shape._subsets(0)) == []
