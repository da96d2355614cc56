"""An object as a subject: what its forward's results mean, how its backward is called, what a first run tells of it."""

import numpy as np
from objects_by_hand import Scale, W, X, Y, gradients, subject_of

from gradcheck.classes.forms import Form
from gradcheck.classes.object_subject import ObjectSubject


class Cached(Scale):
    def forward(self, x):
        return x * self.w, x

    def backward(self, dout, cache):
        self.dw = (dout * cache).sum(axis=0)
        return dout * self.w


class Cell:
    def forward(self, x):
        return 2 * x, 3 * x

    def backward(self, dh, dc):
        return 2 * dh + 3 * dc


class Net:
    """0.5 sum (x w)^2 with its gradients in one method."""

    def __init__(self):
        self.w = W.copy()

    def loss(self, x, y):
        out = x * self.w
        loss = 0.5 * np.sum(out**2)
        grads = {"w": (out * x).sum(axis=0)}
        return loss, grads


class NetOfThree(Net):
    def loss(self, x, y):
        loss, grads = super().loss(x, y)
        more = {}
        return loss, grads, more


def net_of(cls=Net, **more):
    return subject_of(cls, "net", "loss", None, x=X, y=Y, **more)


def split(subject, result):
    outs, rest = subject._split(result)
    return [np.asarray(one).tolist() for one in outs], rest


def test_of_a_layer_the_outputs_are_what_its_backward_takes_gradients_of():
    one, two = np.ones(2), np.zeros(2)
    for cls in (Scale, Cached):
        assert split(subject_of(cls), one) == ([[1.0, 1.0]], None)
        assert split(subject_of(cls), (one,)) == ([[1.0, 1.0]], None)
    assert split(subject_of(Cached), (one, two, "kept")) == ([[1.0, 1.0], [0.0, 0.0]], "kept")
    assert split(subject_of(Cell), (one, two)) == ([[1.0, 1.0], [0.0, 0.0]], None)
    assert split(subject_of(Cell), (one, "more")) == ([[1.0, 1.0]], ("more",))
    assert split(subject_of(Scale), (one, "more", 3)) == ([[1.0, 1.0]], ("more", 3))
    outs, rest = subject_of(Cell)._split((one, two, two))
    assert (len(outs), len(rest)) == (1, 2)


def test_of_a_net_the_loss_is_the_one_number():
    net, grads = net_of(), {"w": W}
    assert split(net, (0.5, grads)) == ([0.5], grads)
    assert split(net, (grads, 0.5)) == ([0.5], grads), "a dict is no number"
    assert split(net, (grads, 0.5, "more")) == ([0.5], (grads, "more"))
    assert split(net, (W, grads)) == ([[2.0, 3.0]], grads), "the first where none is a number"
    assert split(net, 0.25) == ([0.25], None)
    assert split(net, np.ones(3)) == ([[1.0, 1.0, 1.0]], None)
    assert split(net, (0.25,)) == ([[0.25]], None)


def test_names_of_a_layer_and_of_a_net():
    layer = subject_of(Scale)
    assert (layer.kind, layer.names, layer.wrt) == ("layer", ("x", "w"), ("x", "w"))
    assert subject_of(Scale, wrt=["w"]).wrt == ("w",)
    net = net_of()
    assert (net.kind, net.names, net.wrt) == ("net", ("w", "#x", "#y"), ("w",))
    assert (layer.ran, layer.fits, layer.low, layer.consumes, layer.rate) == (True, True, False, False, 1.0)
    assert layer.label == "Scale"


def test_arguments_are_the_parameters_as_they_are_or_as_given():
    layer, net = subject_of(Scale), net_of()
    x, w = layer.arguments([X])
    assert x is X
    assert w.tolist() == W.tolist()
    assert w is not layer.thing.w
    assert layer.arguments([X], {"w": Y})[1] is Y
    _, x, y = net.arguments([X, Y])
    assert x is X
    assert y is Y
    other = Scale()
    other.w = Y
    assert layer.parameters_of(other)["w"].tolist() == Y.tolist()
    assert layer.parameters_of(other)["w"] is not Y


def test_gradients_of_a_layer_and_of_a_net():
    outs, found = gradients(subject_of(Scale), X, dout=np.full((3, 2), 2.0))
    assert outs == [(X * W).tolist()]
    assert found["x"].tolist() == [[4.0, 6.0]] * 3
    assert found["w"].tolist() == [6.0, 5.0]
    for cls in (Net, NetOfThree):
        outs, found = gradients(net_of(cls), X, Y)
        assert outs == [0.5 * np.sum((X * W) ** 2)]
        assert found["w"].tolist() == ((X**2).sum(axis=0) * W).tolist()
    assert net_of(Net).returned_names == ["grads"]
    assert net_of(NetOfThree).returned_names == ["loss", "grads", "more"]
    assert subject_of(Pairs).returned_names == ["dx", "dw"]


class Pairs(Scale):
    def backward(self, dout):
        dx, dw = dout * self.w, (dout * self.x).sum(axis=0)
        return dx, dw


class Square:
    def forward(self, z):
        return z**2

    def prime(self, z):
        return 2 * z


class Half:
    """Single precision whatever comes in."""

    def forward(self, x):
        self.x = x
        return (0.5 * x).astype(np.float32)

    def backward(self, dout):
        return (0.5 * dout).astype(np.float32)


def test_a_slope_is_multiplied_by_what_comes_in():
    square = ObjectSubject(Square(), Form("pointwise", "forward", "prime"), {"z": X})
    assert square.kind == "layer"
    assert gradients(square, X, dout=np.full((3, 2), 3.0))[1]["z"].tolist() == (6 * X).tolist()
    assert square.roles.told == []


class Sigmoid:
    def forward(self, x):
        return 1 / (1 + np.exp(-x))

    def prime(self, a):
        return a * (1 - a)


def test_a_derivative_of_the_output_is_given_the_output():
    sigmoid = ObjectSubject(Sigmoid(), Form("pointwise", "forward", "prime"), {"x": np.zeros((1, 2))})
    assert sigmoid.roles.told == ["prime is right where it is given the output: it was called so"]
    assert gradients(sigmoid, np.zeros((1, 2)), dout=np.full((1, 2), 2.0))[1]["x"].tolist() == [[0.5, 0.5]]


def test_single_precision_is_told_and_its_gradients_are_doubles():
    half = subject_of(Half)
    assert half.low
    found = gradients(half, X, dout=np.full((3, 2), 3.0))[1]["x"]
    assert (found.dtype, found.tolist()) == (np.float64, [[1.5, 1.5]] * 3)
    assert not subject_of(Half, x=X.astype(np.float32)).low, "it came in so"


class OfEach:
    """A loss of every example, whose backward gives the slopes."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return 0.5 * (x - y) ** 2

    def backward(self):
        return self.x - self.y


class OfEachWith(OfEach):
    """Its backward uses what comes in."""

    def backward(self, dout):
        return dout * (self.x - self.y)


class OfAll(OfEach):
    def forward(self, x, y):
        return np.sum(super().forward(x, y))


def test_a_loss_of_each_example_is_a_layer():
    each = subject_of(OfEach, "loss", x=Y + 1, y=Y)
    assert (each.kind, each.names, each.wrt) == ("layer", ("x", "y"), ("x",))
    for one in (each, subject_of(OfEachWith, "loss", x=Y + 1, y=Y)):
        assert gradients(one, Y + 1, Y, dout=np.array([2.0, 3.0, 4.0]))[1]["x"].tolist() == [2.0, 3.0, 4.0]
    whole = subject_of(OfAll, "loss", x=Y + 1, y=Y)
    assert (whole.kind, whole.wrt) == ("loss", ("x",))
    assert gradients(whole, Y + 1, Y)[1]["x"].tolist() == [1.0, 1.0, 1.0]


class Affine(OfAll):
    """A loss that holds a weight."""

    def __init__(self):
        self.w = np.array([2.0])

    def forward(self, x, y):
        self.x0 = x
        return super().forward(self.w * x, y)

    def backward(self):
        d = self.x - self.y
        self.dw = np.array([np.sum(d * self.x0)])
        return d * self.w


def test_a_loss_with_weights_is_a_net_and_a_net_without_is_a_loss():
    assert subject_of(Affine, "loss", x=Y + 1, y=Y).kind == "net"
    assert subject_of(OfAll, "net", x=Y + 1, y=Y).kind == "loss"
