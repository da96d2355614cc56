"""Gradients of other shapes, outputs that do not come back, terms too much: limits, and the words for each."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.families import additive, linear, outputs, shape
from tests.gradcheck.views_by_hand import view

G = np.array([[1.0, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    ("a", "g", "code", "words"),
    [
        ([1.0, 2, 3], [[1, 2, 3]], "FLATTENED", "right numbers, not reshaped"),
        ([[1.0], [2], [3]], [[1, 2, 3]], "TRANSPOSED", "it is transposed"),
        ([[[1.0, 2, 3]]], [1, 2, 3], "KEEPDIMS", "an axis of length 1 too many"),
        ([[1.0, 2], [3, 4]], [1, 2, 3, 4], "FLATTENED", "right numbers, not reshaped"),
        (np.ones((2, 5, 3)) * [1, 2, 3], [10, 20, 30], "NOT_SUMMED", "the sum over axis (0, 1) is missing"),
        ([[1.0, 2, 3], [4, 5, 6]], [5, 7, 9], "NOT_SUMMED", "the sum over axis 0 is missing"),
        ([[1.0, 2, 3], [4, 5, 6]], [6, 15], "NOT_SUMMED", "the sum over axis 1 is missing"),
        ([[2.0, 4, 6], [8, 10, 12]], [5, 7, 9], "NOT_SUMMED", "axis 0 is missing (and N times too large)"),
    ],
)
def test_what_became_of_the_shape(a, g, code, words):
    told = shape.explain([view(a, g)])
    assert told.code == code
    assert told.message.endswith(words)


def test_shapes_are_those_of_the_first_probe():
    told = shape.explain([view(G.T, G), view([[1.0, 7]], [[1.0], [7]])])
    assert told.message == "the gradient of W has shape (3, 2), the argument (2, 3): it is transposed"
    assert told.evidence == {"shape": (3, 2), "expected": (2, 3)}
    assert shape.explain([view(G.T, G), view([1.0, 7], [[1.0], [8]])]).code == "WRONG_SHAPE"


def swapped(b, a=(1.0, 0, 3), other=None):
    numeric = {k: SimpleNamespace(value=np.array(v, float)) for k, v in (("W", G), ("b", b))}
    views = [view(a, G / 6, numeric=numeric, kink=False)]
    if other is not None:
        numeric = {k: SimpleNamespace(value=np.array(v, float)) for k, v in (("W", G), ("b", other))}
        views.append(view(a, G / 6, numeric=numeric, kink=False))
    return shape.explain(views)


def test_gradient_of_another_argument():
    told = swapped([1, 0, 3])
    assert (told.code, told.evidence) == ("SWAPPED", {"of": "b"})
    assert told.message.endswith("the argument (2, 3): it is the gradient of b")
    assert swapped([1, 0, 3], other=[1, 0, 3]).code == "SWAPPED"
    assert swapped([1, 0, 3], other=[1, 0, 4]).code == "WRONG_SHAPE"
    assert swapped([1.000009, 2.9e-7, 3]).code == "SWAPPED", "1e-5 of it, 1e-7 of the largest"
    assert swapped([1.00002, 0, 3]).code == "WRONG_SHAPE"
    assert swapped([1, 3.1e-7, 3]).code == "WRONG_SHAPE"
    assert swapped([2], a=[2.0, 2, 2]).code == "WRONG_SHAPE"
    assert swapped([[1, 0, 3]] * 4).code == "WRONG_SHAPE"


DOUT = np.array([[1.0, 2, 4], [3, -1, 7]])
BIAS = np.tile(np.eye(3), 2)  # b_j goes to the outputs (0, j) and (1, j)


def sums(a, g, dout=DOUT, jac=BIAS):
    return shape._sums(view(a, g, jac=jac, dout=dout, out=dout))


def test_sums_over_other_axes():
    g = DOUT.sum(0)
    assert sums([7, 9], g) == [("WRONG_AXIS", "summed over axis (1,) instead of (0,)")]
    assert sums([16], g) == [
        ("OVER_SUMMED", "summed over axis (0,) as well"), ("OVER_SUMMED", "summed over axis (0, 1) instead of (0,)"),
    ]  # fmt: skip
    assert sums([[4, 1, 11]], g) == [], "the right sum, in another shape"
    assert sums([7, 8], g) == []
    assert sums([7, 9], 2 * g) == [], "of what is no sum of contributions"
    even, both = np.array([[1.0, 2], [2, 5]]), np.tile(np.eye(2), 2)
    assert sums([10], even.sum(0), even, both)[1] == ("OVER_SUMMED", "summed over axis (0, 1) instead of (0,)")
    told = shape.explain([view([7, 9], g, jac=BIAS, dout=DOUT, out=DOUT)])
    assert (told.code, told.message[-38:]) == ("WRONG_AXIS", ": summed over axis (1,) instead of (0,)"[-38:])


def test_sums_that_are_alike():
    def alike(a, size):
        return shape._alike(view([size], [size]), np.array([a]), np.array([float(np.round(a))]))

    assert alike(1.000009, 1e-3)
    assert not alike(1.000012, 1e-3)
    assert alike(3.9e-6, 4)
    assert not alike(4.1e-6, 4)


def of_outputs(ours, jac=((1.0, 2, 3), (4, 5, 6)), outs=((0.0,), (0.0, 0))):
    v = view([1, 1], [2, 2], jac=jac, ours=ours)
    v.run.outs = [np.array(o) for o in outs]
    return outputs.explain([v])


def test_level_of_an_output_that_is_lost():
    """A millionth of the largest entry, 6, is none; ten of them are no difference."""
    assert of_outputs([[1, 5.9e-6, 0], [4, 0, 0]]).evidence == {"outputs": [1]}
    assert of_outputs([[1, 6.1e-6, 0], [4, 0, 0]]) is None
    assert of_outputs([[1 + 5.9e-5, 0, 0], [4, 0, 0]]).evidence == {"outputs": [1]}
    assert of_outputs([[1 + 6.1e-5, 0, 0], [4, 0, 0]]) is None
    tiny = 1e-3 * np.array([[1.0, 2, 3], [4, 5, 6]])
    assert of_outputs(tiny * [1, 0, 0], tiny).evidence == {"outputs": [1]}
    assert of_outputs(tiny * [1, 0, 0] + 1e-7, tiny) is None
    assert of_outputs(np.zeros((2, 3)), outs=[(0.0, 0, 0)]) is None, "of one output"
    assert of_outputs(np.zeros((2, 3)), None) is None
    told = of_outputs(np.zeros((2, 3)), outs=[(0.0,)] * 3)
    assert "from output 0, 1, 2 does not reach dW" in told.message


def offset_of(offset, atom):
    run = SimpleNamespace(known_arrays=[("short", np.ones(5)), ("w", np.array(atom))], values={}, cache=None)
    result = SimpleNamespace(kind="affine", offset=np.array(offset))
    return linear.findings(SimpleNamespace(linear={"w": result}, runs=[run], subject=SimpleNamespace(sources=list)))[0]


@pytest.mark.parametrize(
    ("offset", "found"),
    [([0.9, 1.8, 0], True), ([0.9, 1.8 + 1.5e-6, 0], True), ([0.9, 1.8 + 4e-6, 0], False), ([0.9, 1.8, 1.6e-9], True),
     ([0.9, 1.8, 2e-9], False), ([0.5, 1, 0.9e-9], True)],
)  # fmt: skip
def test_offset_that_is_a_multiple(offset, found):
    """A millionth of an element, a billionth of the largest."""
    told = offset_of(offset, [1.0, 2, 0])
    assert told.code == "ADDITIVE_TERM"
    assert ("w is added whatever dout is" in told.message) is found


W = np.array([[1.0, -2], [3, 0.5]])
R = np.array([[0.1, 0.2], [0.3, -0.4]])


@pytest.mark.parametrize(
    ("name", "c", "spelled"),
    [
        ("opt.wd", 0.3, "opt.wd"), ("self.l2_", 0.3, "self.l2_"), ("L2", 0.3, "L2"), ("l2.rate", 0.3, None),
        ("my_regular", 0.3, "my_regular"), ("reg", 0.06 * 1.00009, "reg / N"), ("reg", 0.06 * 1.0002, None),
        ("reg", 0.3 * 1.00009, "reg"), ("reg", 0.3 * 1.0002, None),
    ],
)  # fmt: skip
def test_names_of_a_strength(name, c, spelled):
    assert additive._strength(view(R, R, n=5, scalars={"p": 0.3, name: 0.3}), c) == spelled


def multiple(r, g, t, **more):
    v = view(np.add(g, r), g, kink=more.pop("kink", [False] * len(g)), **more)
    return additive._multiple(v, np.array(t, float))


def test_multiple_at_noise_level():
    g = [0.0, 0, 0]
    assert multiple([2, 4, 6], g, [1, 2, 3]) == 2
    assert multiple([2, 4, 7], g, [1, 2, 3], kink=[False, False, True]) == 2
    assert multiple([2, 4, 7], g, [1, 2, 3]) is None
    assert multiple([2, 4, 6], g, [0, 0, 0]) is None
    assert multiple([2, 4, 6], g, [[1], [2], [3]]) is None
    for bend, c in ((1.9e-5, 2), (2.2e-5, None)):  # 1e-5 of 2 at the first, which changes c by nothing to speak of
        found = multiple([2 + bend, 2000, 3000], g, [1, 1000, 1500], e=0)
        assert found == (c and pytest.approx(c))
    for bend, c in ((1.9e-2, 2), (2.1e-2, None)):  # the error of the numeric derivative, 20 times
        found = multiple([2 + bend, 2000, 3000], g, [1, 1000, 1500], e=1e-3)
        assert found == (c and pytest.approx(c))
    for bend, c in ((2.9e-8, 2), (3.1e-8, None)):  # 1e-11 of the largest where the term is zero
        found = multiple([bend, 2000, 3000], g, [0, 1000, 1500], e=0)
        assert found == (c and pytest.approx(c))


@pytest.mark.parametrize(("c", "told"), [(1.1e-9, True), (0.9e-9, False)])
def test_multiple_that_is_none_to_speak_of(c, told):
    """A billionth of the gradient: of 4, with terms of at most 2."""
    found = additive._multiple(view([2 * c, 4 + 4 * c], [0.0, 4], e=0), np.array([1.0, 2]))
    assert (found is not None) is told


def test_multiples_of_a_penalty_differ_a_little_at_most():
    def penalty(*c):
        return additive.penalty([view(R + k * W, R, x=W, kind="net") for k in c])

    assert "+0.3 * W" in penalty(0.3, 0.3 * 1.00009).message
    assert penalty(0.3, 0.3 * 1.0002) is None


@pytest.mark.parametrize(
    ("c", "told"),
    [((0.7, 0.7 * 1.00009), "0.7 t"), ((0.7, 0.7 * 1.0002), None), ((0.5, 0.25 * 1.00009), "2 t / N"),
     ((0.5, 0.25 * 1.0002), None)],
)  # fmt: skip
def test_multiples_on_all_probes_differ_a_little_at_most(c, told):
    views = [view(R + k * W, R, n=n, atoms=[("t", W)]) for k, n in zip(c, (4, 8), strict=True)]
    found = additive.explain(views)
    assert (found and found.message) == (told and f"analytic - numeric = {told}")


def test_terms_of_a_gradient():
    t, u = np.array([[1.0, 2], [3, 5]]), np.array([1.0, 7])
    found = dict(additive._terms(view(R[0], R[0], atoms=[("t", t), ("u", u), ("v", np.ones(3))])))
    right = {"sum(t, axis=0)": [4, 7], "sum(t, axis=1)": [3, 8], "u": [1, 7], "1": [1, 1]}
    assert {k: v.tolist() for k, v in found.items()} == right
    pairs = dict(additive._pairs(view(R[0], R[0], atoms=[("t", t), ("u", u)])))
    assert list(pairs) == [
        "sum(t, axis=0) * sum(t, axis=0)", "sum(t, axis=0) * sum(t, axis=1)", "sum(t, axis=0) * u",
        "sum(t, axis=1) * sum(t, axis=1)", "sum(t, axis=1) * u", "u * u",
    ]  # fmt: skip
    assert pairs["sum(t, axis=1) * u"].tolist() == [3, 56]
    many = [(f"t{k}", u + k) for k in range(13)]
    assert len(additive._pairs(view(R[0], R[0], atoms=many))) == 12 * 13 // 2, "twelve of them"
