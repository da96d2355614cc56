"""Which methods of a class belong together, how an object of it is made, and how its arguments are drawn."""

import abc

import pytest
from made_classes import made

from gradcheck.classes.forms import abstract, forms, is_label, methods_of


def form(**heads):
    found = forms(made(**heads))
    return [tuple(one[:4]) for one in found]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ({"forward": "x", "backward": "dout"}, ("layer", "forward", "backward", None)),
        ({"__call__": "x", "bprop": "dout"}, ("layer", "__call__", "bprop", None)),
        ({"forward": "x", "back": "dout"}, ("layer", "forward", "back", None)),
        ({"forward": "x", "backward": "dout=1"}, None),
        ({"forward": "x, y", "backward": "dout=1"}, ("loss", "forward", "backward", None)),
        ({"forward": "x, t", "backward": ""}, ("loss", "forward", "backward", None)),
        ({"forward": "x, y", "backward": "dout"}, ("loss", "forward", "backward", None)),
        ({"forward": "y, x", "backward": "dout"}, ("layer", "forward", "backward", None)),
        ({"forward": "x, y", "backward": "dout", "loss": "y_pred, y: self.forward"},
         ("loss", "loss", "backward", None)),
        ({"loss": "y_pred, y", "gradient": "y_pred, y"}, ("loss", "loss", "gradient", None)),
        ({"loss": "a, b", "gradient": "a, b"}, None),
        ({"loss": "x, y", "gradient": "x, y, z"}, ("net", "loss", "gradient", None)),
        ({"loss": "X, y"}, ("net", "loss", None, None)),
        ({"loss": "X, y", "gradient": ""}, ("net", "loss", "gradient", None)),
        ({"loss": "X, y", "gradient": "X, y"}, ("net", "loss", "gradient", None)),
        ({"loss": "X, y: self.forward", "forward": "X", "backward": ""}, ("net", "loss", "backward", None)),
        ({"forward": "X", "backward": "X, y", "loss": "out, y"}, ("net", "forward", "backward", "loss")),
        ({"feedforward": "a", "backprop": "x, y", "cost_derivative": "a, y"},
         ("net", "feedforward", "backprop", "cost_derivative")),
        ({"feedforward": "a", "backprop": "x, y: self.cost.delta"}, ("net", "feedforward", "backprop", "cost.fn")),
        ({"forward": "x", "prime": "x"}, ("pointwise", "forward", "prime", None)),
        ({"__call__": "x", "gradient": "x"}, ("pointwise", "__call__", "gradient", None)),
        ({"forward": "x, k", "prime": "x"}, None),
        ({"forward": "x", "backward": "y"}, None),
        ({"forward": "x"}, None),
        ({"backward": "dout"}, None),
    ],
)  # fmt: skip
def test_methods_that_belong_together(heads, expected):
    assert form(**heads) == ([] if expected is None else [expected])


def test_pairs_beside_the_main_one_have_names_of_their_own():
    found = forms(made(forward="x", backward="dout", tanh="x", tanh_prime="x", step_forward="x", step_backward="dout"))
    assert [(one.kind, one.title, one.forward, one.backward) for one in found] == [
        ("layer", "Made", "forward", "backward"), ("pointwise", "Made.tanh", "tanh", "tanh_prime"),
        ("layer", "Made.step", "step_forward", "step_backward"),
    ]  # fmt: skip
    assert forms(made(_tanh="x", _tanh_prime="x")) == []
    assert form(tanh="x, k", tanh_prime="x") == []


class Base(abc.ABC):
    @abc.abstractmethod
    def marked(self, x):
        return x

    def raising(self, x):
        raise NotImplementedError

    def passing(self, x):  # noqa: B027
        pass

    def worded(self, x):  # noqa: B027
        """Nothing but words."""

    def constant(self, x):
        return 3

    def given(self, x):
        return x


class Child(Base):
    def given(self, x):
        return -x

    def __repr__(self):
        return ""

    def __call__(self, x):
        return x


def test_methods_that_only_promise_are_none():
    known = methods_of(Child)
    assert known["given"] is Child.given
    assert "__call__" in known
    assert "__repr__" not in known
    assert [bool(abstract(known[n])) for n in ("marked", "raising", "passing", "worded", "constant", "given")] == [
        True, True, True, True, False, False
    ]  # fmt: skip
    assert [is_label(n) for n in ("y", "target", "Y_true", "y_hat", "y_pred", "time", "training", "x", "truth")] == [
        True, True, True, False, False, False, False, False, True
    ]  # fmt: skip
