"""What the first calls of an object tell: which arrays matter, whether gradients fit, what is left of a call before."""

import types

import numpy as np
import pytest

import gradcheck
from gradcheck.classes.exploring import moves_of
from gradcheck.classes.forms import Form, forms
from gradcheck.classes.left_over import ADDED, STALE, check_left_over
from gradcheck.classes.object_subject import ObjectSubject
from gradcheck.classes.objective import objective
from gradcheck.classes.pointwise import takes_output
from gradcheck.classes.undrawn import ElsewhereError
from gradcheck.contracts.contracts import Contract

LAYER = Form("layer", "forward", "backward")
X = np.array([[0.1, -0.2], [0.3, 0.2], [-0.1, 0.1]])


class Scale:
    def __init__(self):
        self.w, self.k = np.array([2.0, 0.0]), np.array([1.0, -3.0])

    def forward(self, x):
        self.x = x
        return x * self.w

    def backward(self, dout):
        self.dw = (dout * self.x).sum(axis=0)
        return dout * self.w


def subject_of(thing, **inputs):
    (form,) = forms(type(thing))
    return ObjectSubject(thing, form, inputs or {"x": X})


def test_gradients_fit_where_every_shape_is_the_parameter_s():
    class Flat(Scale):
        def backward(self, dout):
            super().backward(dout)
            self.dw = self.dw[:1]
            return dout * self.w

    assert subject_of(Scale()).fits
    assert not subject_of(Flat()).fits


def moved(thing, array):
    subject = subject_of(thing)
    values = dict(zip(subject.names, subject.arguments([X]), strict=True))
    return moves_of(subject, values, subject.forward(subject.fresh(values))[0])(array)


class Watches(Scale):
    seen: tuple = ()

    def forward(self, x):
        Watches.seen += (self.k.copy(),)
        return super().forward(x)


class Stubborn(Scale):
    def forward(self, x):
        if self.k[0] != 1:
            raise ValueError(self.k)
        return super().forward(x)


class Holes(Scale):
    def forward(self, x):
        return np.where(x > 0.2, np.nan, super().forward(x))


def test_an_array_matters_where_the_output_moves_with_it():
    thing = Scale()
    assert moved(thing, thing.w)
    assert not moved(thing, thing.k)
    thing = Holes()
    assert not moved(thing, thing.k), "what is no number stays none"
    thing = Stubborn()
    assert moved(thing, thing.k), "the forward does not bear another"


def test_an_array_is_moved_by_a_twentieth_to_a_tenth_of_its_size():
    thing = Watches()
    thing.k = np.linspace(-3, 3, 201)
    moved(thing, thing.k)
    before, after = thing.k, Watches.seen[-1]
    step = (after - before) / np.where(before == 0, 1.0, np.abs(before))
    assert 0.05 <= step.min() < 0.06
    assert 0.09 < step.max() <= 0.1
    assert 0.05 <= step[100] <= 0.1, "0 is moved by as much of 1"


class End:
    """The end of a net: its backward has no use for what comes in."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return x - y

    def backward(self, dout):
        return self.x - self.y


class Uses(End):
    def backward(self, dout):
        return dout


class Takes(End):
    def backward(self):
        return np.ones_like(self.x)


class Silent(End):
    def backward(self, dout):
        self.dx = dout


def test_a_layer_with_labels_uses_what_comes_in():
    def made(cls):
        return ObjectSubject(cls(), Form("loss", "forward", "backward", title=cls.__name__), {"x": X, "y": 2 * X})

    with pytest.raises(ElsewhereError, match="End: backward does not use what comes in"):
        made(End)
    assert [made(cls).ran for cls in (Uses, Takes, Silent)] == [True] * 3


class KeepsFirst(Scale):
    """Its labels choose the columns; it keeps the first input that it ever sees."""

    def forward(self, x, y):
        self.x = getattr(self, "x", x)
        self.y = y
        return (x * self.w)[:, y]

    def backward(self, dout):
        whole = np.zeros_like(self.x)
        whole[:, self.y] = dout
        self.dw = (whole * self.x).sum(axis=0)
        return whole * self.w


class Adds(Scale):
    def __init__(self):
        super().__init__()
        self.dw = np.zeros(2)

    def backward(self, dout):
        self.dw = self.dw + (dout * self.x).sum(axis=0)
        return dout * self.w


class OutputOfTheFirst(Scale):
    def forward(self, x):
        self.x = x
        self.out = getattr(self, "out", x * self.w)
        return self.out


class Counts(Scale):
    def forward(self, x):
        self.n = getattr(self, "n", 0) + 1
        return super().forward(x) + self.n


class Once(Scale):
    def forward(self, x):
        if hasattr(self, "x"):
            raise ValueError("once")
        return super().forward(x)


def left_over(thing, inputs=None, **told):
    subject = subject_of(thing, **(inputs or {}))
    values = dict(zip(subject.names, subject.arguments(list((inputs or {"x": X}).values())), strict=True))
    outs, kept = subject.forward(subject.fresh(values))
    douts = [np.ones_like(one) for one in outs]
    grads = subject.gradients(subject.backward(douts, kept, values), values)
    contract = Contract(outs=outs, grads=grads, **told)
    before = len(contract.findings)
    check_left_over(subject, contract, values, douts)
    return [(one.code, one.where, one.message) for one in contract.findings[before:]]


COLUMNS = {"x": X, "y": np.array([1, 0])}


@pytest.mark.parametrize(
    ("thing", "inputs", "where", "message"),
    [
        (Scale(), None, None, ""), (Counts(), None, None, ""), (Once(), None, None, ""),
        (KeepsFirst(), COLUMNS, "w", STALE.format("the gradient of w is")), (Adds(), None, "w", ADDED),
        (OutputOfTheFirst(), None, "forward", STALE.format("the output is")),
    ],
)  # fmt: skip
def test_what_is_left_of_the_call_before_is_named(thing, inputs, where, message):
    assert left_over(thing, inputs) == ([("NOT_REENTRANT", where, message)] if where else [])


def test_nothing_is_said_of_what_draws_or_is_wrong_anyway():
    def finding(severity):
        return gradcheck.Finding("SIGN", severity, "x", "")

    assert left_over(Adds(), drew=True) == []
    assert left_over(Adds(), findings=[finding("warning"), finding("error")]) == []
    assert len(left_over(Adds(), findings=[finding("warning")])) == 1


def test_the_loss_of_a_net_is_that_of_its_output_and_its_labels():
    def cost(self, out, y):
        return (out - y).sum(), "more"

    out, y, x = np.array([3.0, 5.0]), np.array([1.0, 2.0]), np.zeros(2)
    inputs = {"t": y, "x": x}
    thing = types.SimpleNamespace(cost=types.SimpleNamespace(fn=lambda a, labels: (a * labels).sum()))
    assert objective(thing, None, [out], inputs, "cost_derivative") == 6.5, "(2^2 + 3^2) / 2"
    assert objective(thing, None, [out], inputs, "cost.fn") == 13.0
    assert objective(thing, cost, [out, x], inputs, "cost") == 5.0, "the first of what it gives"
    assert objective(thing, lambda self, out, y: 0.5, [out], inputs, "cost") == 0.5
    assert objective(thing, lambda self, out, y: (), [out], inputs, "cost") == ()
    assert objective(thing, None, [out], {"x": x, "q": y}, "cost_derivative") == 6.5, "the last where none is called so"


def sigmoid(self, x):
    return 1 / (1 + np.exp(-x))


def of_output(self, a):
    return a * (1 - a)


def of_input(self, a):
    return of_output(self, sigmoid(self, a))


def of_z(self, z):
    return of_output(self, z)


@pytest.mark.parametrize(
    ("prime", "expected"),
    [
        (of_output, True), (of_input, False), (of_z, False), (None, False),
        (lambda self, a: 1.01 * a * (1 - a), False), (lambda self, a: a * (1 - a) + 1e-4, False),
        (lambda self, a: of_output(self, a)[:1], False), (lambda self, a: of_output(self, a)[0], False),
        (lambda self, a, b: a, False),
    ],
)  # fmt: skip
def test_a_derivative_may_be_one_of_the_output(prime, expected):
    x = np.array([0.5, 0.4])
    assert takes_output(sigmoid, prime, object(), {"labels": 3, "x": x}) is expected
    assert not takes_output(sigmoid, prime, object(), {"x": np.array([1, 2])})


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_the_diagonal_of_a_jacobian_is_not_a_derivative():
    z = np.array([[0.5, -0.3, 0.2], [1.0, 0.1, -0.4]])
    (finding,) = gradcheck.pointwise(softmax, lambda z: softmax(z) * (1 - softmax(z)), z, repair=False).findings
    assert (finding.code, finding.where) == ("MISSING_TERM", "z")
    assert "only the diagonal of the Jacobian" in finding.message
    near = gradcheck.pointwise(softmax, lambda z: 1.01 * softmax(z) * (1 - softmax(z)), z, repair=False)
    assert "MISSING_TERM" not in [one.code for one in near.findings]
