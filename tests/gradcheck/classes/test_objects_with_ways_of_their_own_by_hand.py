"""Objects that keep their output, use up what they kept, update themselves, or have a cost: calls and gradients."""

import numpy as np
import pytest
from objects_by_hand import Scale, W, X, Y, gradients, subject_of, values_of


class Never(Scale):
    def backward(self, dout):
        raise ValueError


def test_where_no_backward_runs_all_inputs_are_differentiated():
    never = subject_of(Never)
    assert (never.ran, never.wrt, never.kind, never.names) == (False, ("x",), "layer", ("x",))
    assert subject_of(Never, "net").kind == "loss"


class Keeps(Scale):
    def forward(self, x):
        self.output = super().forward(x)


class Pops(Scale):
    """Its backward uses up what the forward kept."""

    def forward(self, x):
        self.kept = [x]
        return x * self.w

    def backward(self, dout):
        self.dw = (dout * self.kept.pop()).sum(axis=0)
        return dout * self.w


class Adds(Scale):
    def __init__(self):
        super().__init__()
        self.dw = np.zeros(2)

    def backward(self, dout):
        self.dw += (dout * self.x).sum(axis=0)
        return dout * self.w

    def zero_grad(self):
        self.dw = np.zeros(2)


def test_an_output_may_be_an_attribute():
    assert gradients(subject_of(Keeps), X)[0] == [(X * W).tolist()]


@pytest.mark.parametrize(("cls", "consumes"), [(Scale, False), (Pops, True), (Adds, True)])
def test_each_backward_gets_its_own_of_what_is_used_up(cls, consumes):
    subject = subject_of(cls)
    assert subject.consumes is consumes
    values = values_of(subject, X)
    _, kept = subject.forward(subject.fresh(values))
    for _ in range(2):
        found = subject.gradients(subject.backward([np.ones((3, 2))], kept, values), values)
        assert found["w"].tolist() == [3.0, 2.5]


class Updates(Scale):
    """Changes its weight by itself, with a rate of its own."""

    def __init__(self):
        super().__init__()
        self.lr = 0.5

    def backward(self, dout):
        dx = dout * self.w
        self.w = self.w - self.lr * (dout * self.x).sum(axis=0)
        return dx


class Asks(Scale):
    def backward(self, dout, learning_rate):
        dx = dout * self.w
        self.w = self.w - learning_rate * (dout * self.x).sum(axis=0)
        return dx


@pytest.mark.parametrize(("cls", "rate"), [(Updates, 0.5), (Asks, 1.0)])
def test_the_gradient_of_an_update_is_its_step_by_its_rate(cls, rate):
    subject = subject_of(cls)
    assert subject.rate == rate
    for _ in range(2):
        found = gradients(subject, X)[1]
        assert found["w"] == pytest.approx([3.0, 2.5])
        assert found["x"].tolist() == [[2.0, 3.0]] * 3
    assert subject.thing.w.tolist() == W.tolist()


class Costs(Scale):
    """A net whose forward gives its output, with a cost and a backward of the labels."""

    def cost(self, out, y):
        return 0.5 * np.sum((out - y[:, None]) ** 2)

    def backward(self, x, y):
        return {"w": ((x * self.w - y[:, None]) * x).sum(axis=0)}


def test_a_net_with_a_cost_of_its_own():
    net = subject_of(Costs, "net", loss="cost", x=X, y=Y)
    outs, found = gradients(net, X, Y)
    d = X * W - Y[:, None]
    assert outs == [0.5 * np.sum(d**2)]
    assert found["w"].tolist() == (d * X).sum(axis=0).tolist()
    assert net.outputs_at(values_of(net, X, Y))[0] == outs[0]
    assert [f.__name__ for f in net.sources()] == ["backward", "forward", "cost"]


def test_another_method_takes_the_place_of_the_backward():
    subject = subject_of(Scale)
    original = subject.swap(None)
    assert original is Scale.backward
    subject.swap(lambda self, dout: 7 * dout)
    assert gradients(subject, X)[1]["x"].tolist() == [[7.0, 7.0]] * 3
    subject.swap(original)
    assert gradients(subject, X)[1]["x"].tolist() == [[2.0, 3.0]] * 3
