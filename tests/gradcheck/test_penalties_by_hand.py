"""A gradient's part that depends on the strength of a penalty, apart from the data's: what is said of either."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.families import penalties
from tests.gradcheck.views_by_hand import view

W = np.array([[1.0, 2], [3, -4], [0.5, 6]])
D = np.array([[0.3, -0.2], [0.7, 0.1], [-0.5, 0.9]])  # the data's part of the gradient


class Loss:
    """A loss whose exact gradient is D + reg `right` W, and ours `data` D + reg `ours` W."""

    kind, sources, slack = "loss", list, 1.0

    def __init__(self, ours, data=1.0, right=1.0, function=None):
        self.ours, self.data, self.right, self.function = ours, data, right, function

    def swap(self, function):
        before, self.function = self.function, function or self.function
        return before

    def strength(self, values):
        return values["reg"] if "reg" in values else self.function.keywords["lam"]

    def run(self, values, douts):
        return None, {"W": self.data * D + self.strength(values) * self.ours * W}

    def exact(self, values):
        value = D + self.strength(values) * self.right * W
        return SimpleNamespace(value=value, bound=np.full(W.shape, 1e-12))


def made(subject, values=None, **more):
    values = {"W": W, "reg": 0.3} if values is None else values
    a, g = subject.run(values, [])[1]["W"], subject.exact(values).value
    v = view(a, g, x=W, n=5, values=values, **more)
    v.evidence.subject, v.run.cache, v.derivative = subject, None, subject.exact
    return v


def told(*args, family=penalties.explain, **more):
    found = family([made(Loss(*args, **more))])
    return found and (found.code, found.message)


@pytest.mark.parametrize(
    ("ours", "code", "words"),
    [(0, "MISSING_REG", "the loss depends on W through the penalty, its gradient does not depend on reg"),
     (-1, "SIGN", "the penalty's part: analytic = -numeric"), (2, "SCALE_TWO", "the penalty's part: analytic = 2 x"),
     (0.5, "SCALE_HALF", "the penalty's part: analytic = numeric / 2"),
     (0.2, "SCALE_INV_BATCH", "the penalty's part: analytic = numeric / N")],
)  # fmt: skip
def test_part_of_the_penalty(ours, code, words):
    found = told(ours)
    assert found[0] == code
    assert found[1].startswith(words)
    assert told(ours, data=2) == found, "whatever the data's part is"
    partly = told(ours, family=penalties.partly)
    assert partly == (None if code in ("MISSING_REG", "SCALE_TWO") else found)


def test_penalty_that_the_loss_does_not_have():
    found = told(1, right=0)
    assert found == ("EXTRA_REG", "the gradient of W depends on reg, the loss's penalty does not depend on W")
    assert told(1, right=0, family=penalties.partly) is None


def test_part_of_the_data():
    code, message = told(1, data=2)
    assert (code, message[:36]) == ("SCALE_TWO", "the data's part (reg = 0): analytic ")
    only = "only the penalty's gradient is returned for W: the data's part (reg = 0) is zero"
    assert told(1, data=0) == ("ZERO", only)
    assert told(1) is None, "nothing is wrong"


def test_strength_bound_to_the_function():
    subject = Loss(0, function=partial(max, lam=0.3, alpha=2.0))
    assert penalties.explain([made(subject, {"W": W})]).code == "MISSING_REG"
    assert subject.function.keywords == {"lam": 0.3, "alpha": 2.0}, "put back"
    assert penalties.explain([made(Loss(1, 2, function=partial(max, lam=0.3)), {"W": W})]).code == "SCALE_TWO"
    both = Loss(0, function=partial(max, lam=0.3))
    assert penalties.explain([made(both)]).code == "MISSING_REG", "an argument comes first"
    assert penalties.explain([made(Loss(0, function=partial(max, lam=0.3, alpha=2.0)), {"W": W})] * 2) is not None


def test_what_has_no_penalty_to_switch_off():
    def layer(subject):
        subject.kind = "layer"

    def none(subject):
        subject.run = lambda values, douts: (None, {"W": None})

    def flat(subject):
        subject.run = lambda values, douts: (None, {"W": W.ravel()})

    def fails(subject):
        subject.run = lambda values, douts: values["no such"]

    for change in (layer, none, flat, fails):
        subject = Loss(0)
        v = made(subject)
        change(subject)
        assert penalties.explain([v]) is None
    zero = made(Loss(0))
    zero.run.values["reg"] = 0.0
    assert penalties.explain([zero]) is None
    other = made(Loss(0))
    other.run.values["x"] = other.run.values.pop("reg")
    assert penalties.explain([other]) is None, "no strength by its name"


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [("reg", 0.3, True), ("my_reg", 1, True), ("l2", np.float32(0.1), True), ("lam", 0.1, True), ("reg", 0.0, False),
     ("reg", True, False), ("reg", "l2", False), ("reg", None, False), ("alpha", 0.3, False), ("decay", 0.3, False),
     ("x", 0.3, False), ("weight_decay", 0.3, True)],
)  # fmt: skip
def test_names_of_a_strength(name, value, is_one):
    assert penalties._is_strength(name, value) is is_one


def test_sum_in_place_of_four_weights():
    def hidden(w, extra=0.0):
        w = np.array(w)
        return penalties.hidden([view(0.3 * (w.sum() - w) + 1 + extra, np.ones(w.shape), x=w, n=5, kind="loss")])

    assert hidden([1.0, 2, 4, -3]).code == "OVER_SUMMED"
    assert hidden([1.0, 2, 4]) is None
    assert hidden([2.0, 2, 2, 2]) is None, "equal weights tell nothing"
    assert hidden([1.0, 2, 4, -3], np.array([0, 0, 0, 1e-4])) is None
