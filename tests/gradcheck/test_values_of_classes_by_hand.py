"""Outputs of a student's class beside those of the reference: the same weights, the same arguments; by hand."""

import numpy as np
import pytest

from gradcheck.classes.forms import forms
from gradcheck.finder.names import Found
from gradcheck.finder.subject import Subject
from gradcheck.grading.class_values import NotComparableError, class_outputs, form_of, rebound


class Affine:
    """Its weights have the shape (4, 3)."""

    def __init__(self):
        self.W, self.b = np.ones((4, 3)), np.zeros(3)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class Double(Affine):
    def forward(self, x):
        return 2 * super().forward(x)


class Random(Affine):
    def forward(self, x):
        return super().forward(x) + np.random.rand()  # noqa: NPY002  as students do


class Step(Affine):
    def forward(self, x, h):
        return super().forward(x) + h.sum()

    def backward(self, dout):
        return super().backward(dout), np.full((len(dout), 4), dout.sum())


class Wide(Affine):
    def forward(self, x, h, more):
        return super().forward(x) + h + more


class Other(Affine):
    def __init__(self):
        self.W, self.c = np.ones((4, 3)), np.zeros(3)

    def forward(self, x):
        return x @ self.W + self.c


def subject(cls, inputs=None, name=""):
    return Subject(Found(name or cls.__name__, "class", (cls,), forms(cls)[0]), "", inputs)


def outputs(mine, reference, given=None, n=5):
    inputs = rebound(given, {"Affine": mine})
    return [one for (one,) in class_outputs(subject(mine), subject(reference, given), inputs, [3, 1], n)]


def given_inputs(rng, n):
    layer = Affine()
    layer.W = 2.0 * np.ones((2, 1))
    layer.b = rng.standard_normal(1)
    return layer, np.full((n, 2), 3.0)


def given_arguments(rng, n):
    return np.full((n, 4), 3.0), np.full((n, 4), 0.25)


def test_a_student_s_object_has_the_weights_and_arguments_of_the_reference():
    mine, right, again = outputs(Double, Affine)
    assert mine.shape == (5, 3)
    assert np.array_equal(mine, 2 * right)
    assert np.array_equal(right, again)
    assert np.abs(right).max() > 0
    assert len(np.unique(right)) == 15, "the weights are drawn, not the ones that the class begins with"
    other = class_outputs(subject(Double), subject(Affine), None, [4, 1], 5)
    assert not np.array_equal(other[1][0], right)


def test_the_reference_s_inputs_make_the_student_s_object():
    mine, right, again = outputs(Double, Affine, given_inputs, 7)
    bias = np.random.default_rng([3, 1]).standard_normal()
    assert right.tolist() == again.tolist() == [[12.0 + bias]] * 7
    assert mine.tolist() == [[24.0 + 2 * bias]] * 7


def test_inputs_may_leave_the_object_out():
    mine, right, _ = outputs(Step, Step, given_arguments, 2)
    assert np.array_equal(mine, right)
    assert right.tolist() == [[12.0 + 2 * 4 * 0.25] * 3] * 2


def test_what_is_drawn_at_random_is_drawn_alike():
    mine, right, again = outputs(Random, Random)
    assert np.array_equal(right, again)
    assert np.array_equal(mine, right)


def test_a_student_s_forward_takes_as_many_arguments():
    with pytest.raises(NotComparableError, match=r"forward takes x; the reference takes 2"):
        outputs(Affine, Step, given_arguments)
    with pytest.raises(TypeError):
        outputs(Wide, Step, given_arguments)
    with pytest.raises(NotComparableError, match="the object has no b, which the reference keeps its weights in"):
        outputs(Other, Affine)


class Frozen(Affine):
    """Its scale is given to it, and has no gradient."""

    def __init__(self, gamma):
        super().__init__()
        self.scale = gamma[:3]

    def forward(self, x):
        return super().forward(x) * self.scale

    def backward(self, dout):
        return super().backward(dout * self.scale)


def test_what_a_constructor_is_given_is_the_same_for_both():
    mine, right, _ = outputs(Frozen, Frozen)
    assert np.array_equal(mine, right)


class Two(Affine):
    def b_forward(self, x):
        return x

    def b_backward(self, dout):
        return dout

    def a_forward(self, x):
        return x

    def a_backward(self, dout):
        return dout


def test_the_pair_of_methods_is_the_one_of_the_name():
    assert [form_of(subject(Two, name=name)).forward for name in ("Two", "Two.b", "Two.a", "Gone", "Zero")] == [
        "forward", "b_forward", "a_forward", "forward", "forward"
    ]  # fmt: skip
