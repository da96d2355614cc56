"""An object small enough for figures by hand, and what a subject made of it answers."""

import numpy as np

from gradcheck.classes.forms import Form
from gradcheck.classes.object_subject import ObjectSubject

X = np.array([[1.0, -2.0], [3.0, 0.5], [-1.0, 4.0]])
Y = np.array([1.0, 0.0, 1.0])
W = np.array([2.0, 3.0])


class Scale:
    """y = x w."""

    def __init__(self):
        self.w = W.copy()

    def forward(self, x):
        self.x = x
        return x * self.w

    def backward(self, dout):
        self.dw = (dout * self.x).sum(axis=0)
        return dout * self.w


def subject_of(cls, kind="layer", forward="forward", backward="backward", loss=None, wrt=None, **inputs):
    return ObjectSubject(cls(), Form(kind, forward, backward, loss), inputs or {"x": X}, wrt)


def values_of(subject, *given):
    return dict(zip(subject.names, subject.arguments(list(given)), strict=True))


def gradients(subject, *given, dout=None):
    """The outputs, and the gradients for an upstream gradient, of ones if there is none."""
    values = values_of(subject, *given)
    outs, kept = subject.forward(subject.fresh(values))
    douts = [np.ones_like(one) for one in outs] if dout is None else [dout]
    return [one.tolist() for one in outs], subject.gradients(subject.backward(douts, kept, values), values)
