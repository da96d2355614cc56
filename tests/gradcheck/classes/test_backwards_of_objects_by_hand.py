"""Which arguments an object's backward gets, which inputs are labels, and how its answers are read."""

import numpy as np
import pytest
from objects_by_hand import Scale, W, X, Y, gradients, subject_of, values_of

from gradcheck.classes.state import Answer
from gradcheck.subject.gradients import MISSING


class Unnamed(Scale):
    def backward(self, q):
        return super().backward(q)


def test_the_only_parameter_of_a_backward_is_its_upstream_gradient():
    found = gradients(subject_of(Unnamed), X, dout=np.full((3, 2), 2.0))[1]
    assert found["x"].tolist() == [[4.0, 6.0]] * 3
    assert found["w"].tolist() == [6.0, 5.0]


class Square:
    """0.5 sum (x - y)^2."""

    def forward(self, x, y):
        self.d = x - y
        return 0.5 * np.sum(self.d**2)

    def backward(self, dout):
        return dout * self.d


class Mean:
    """Its backward takes the prediction under the name of a gradient."""

    def forward(self, y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2)

    def backward(self, dvalues, y_true):
        self.dinputs = 2 * (dvalues - y_true) / len(dvalues)


def test_losses_are_given_one_or_their_prediction():
    square = subject_of(Square, "loss", x=Y + 3, y=Y)
    assert (square.kind, square.wrt) == ("loss", ("x",))
    assert gradients(square, Y + 3, Y)[1]["x"].tolist() == [3.0, 3.0, 3.0]
    mean = subject_of(Mean, "loss", y_pred=Y + 3, y_true=Y)
    assert gradients(mean, Y + 3, Y) == ([9.0], {"y_pred": pytest.approx(np.array([2.0, 2.0, 2.0]))})


class Product:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x


class Each(Square):
    """A loss of every example."""

    def forward(self, x, y):
        self.d = x - y
        return 0.5 * self.d**2

    def backward(self):
        return self.d, -self.d


class EachWith(Each):
    def backward(self, dout):
        return dout * self.d, -dout * self.d


class Both(Square):
    def backward(self, dout=1.0):
        return dout * self.d, -dout * self.d


@pytest.mark.parametrize(
    ("cls", "form", "kind", "wrt"),
    [(Product, "layer", "layer", ("x", "y")), (Each, "loss", "layer", ("x",)), (EachWith, "loss", "layer", ("x", "y")),
     (Both, "loss", "loss", ("x",))],
)  # fmt: skip
def test_what_is_called_y_is_a_label_of_a_loss_and_an_input_of_a_layer(cls, form, kind, wrt):
    subject = subject_of(cls, form, x=Y + 3, y=Y)
    assert (subject.kind, subject.wrt) == (kind, wrt)
    found = gradients(subject, Y + 3, Y)[1]
    if cls is Product:
        assert (found["x"].tolist(), found["y"].tolist()) == (Y.tolist(), (Y + 3).tolist())
    else:
        assert [found[n].tolist() for n in wrt] == [[3.0] * 3, [-3.0] * 3][: len(wrt)]


class Listed:
    def forward(self, x):
        return 2 * x

    def backward(self, dout):
        self.dx = [2 * d for d in dout.tolist()]
        return self.dx


def test_gradients_in_lists_are_arrays_and_those_that_are_not_there_missing():
    listed = subject_of(Listed, x=Y)
    found = gradients(listed, Y)[1]["x"]
    assert isinstance(found, np.ndarray)
    assert found.tolist() == [2.0, 2.0, 2.0]
    never = subject_of(Listed, x=Y)
    assert never.gradients(Answer({}, never.thing, []), {"x": Y}) == {"x": MISSING}


def noisy():
    stream = np.random.default_rng(0)

    class Noisy(Scale):
        def forward(self, x):
            return super().forward(x) + stream.random()

    return Noisy()


def test_a_stream_of_the_methods_is_the_same_for_every_evaluation():
    subject = subject_of(noisy)
    values = values_of(subject, X)
    first = subject.evaluate(values)
    assert subject.evaluate(values).tolist() == first.tolist()
    assert subject.nfev == 2


class KeepsRate(Scale):
    """Its rate has an underscore, and an array is called so as well."""

    def __init__(self):
        super().__init__()
        self.rate, self._lr = np.ones(2), 0.25

    def backward(self, dout):
        dx = dout * self.w
        self.w = self.w - self._lr * (dout * self.x).sum(axis=0)
        return dx


def test_the_rate_is_the_number_that_is_called_so():
    subject = subject_of(KeepsRate)
    assert subject.rate == 0.25
    assert gradients(subject, X)[1]["w"] == pytest.approx(np.array([3.0, 2.5]))


class OutAndMore(Scale):
    """Keeps its output under two names, of which the first counts."""

    def forward(self, x):
        self.z, self.out = 7 * x, super().forward(x)


def test_the_kept_output_is_the_first_of_the_known_names():
    assert gradients(subject_of(OutAndMore), X)[0] == [(X * W).tolist()]
    assert gradients(subject_of(OutAndMore), X, dout=np.ones((3, 2)))[1]["x"].tolist() == [[2.0, 3.0]] * 3


class Returns:
    """A loss that gives its gradient itself."""

    def forward(self, x, y):
        loss, dx = 0.5 * np.sum((x - y) ** 2), x - y
        return loss, dx


def test_a_loss_without_a_backward_gives_its_gradient_itself():
    subject = subject_of(Returns, "loss", backward=None, x=Y + 3, y=Y)
    assert (subject.kind, subject.returned_names) == ("loss", ["dx"])
    assert gradients(subject, Y + 3, Y)[1]["x"].tolist() == [3.0, 3.0, 3.0]
    assert [f.__name__ for f in subject.sources()] == ["forward"]


class Never(Scale):
    def backward(self, dout):
        raise ValueError


def test_an_object_whose_backward_never_ran_has_told_nothing():
    never = subject_of(Never)
    assert (never.ran, never.fits, never.rate, never.consumes, never.low) == (False, False, 1.0, False, False)
    assert (never.words(), never.roles.parameters, never.roles.places) == ([], {}, {})
    ran = subject_of(Scale)
    assert sorted(ran.words()) == ["self.w", "self.x"]
    assert {f.__qualname__ for f in ran.related()} == {"Scale.forward", "Scale.backward"}
    assert ran.related()[:2] == ran.sources() == [Scale.backward, Scale.forward]


class Moves(Scale):
    """Changes its weight in the backward, without a rate: that is no step along a gradient."""

    def backward(self, dout):
        dx = dout * self.w
        self.w = self.w + 1
        return dx


class MovesByItsRate(Moves):
    def __init__(self):
        super().__init__()
        self.eta = 0.5


class NetOfItsOwn:
    """Gives loss and gradients itself, and moves its weight."""

    def __init__(self):
        self.w, self.lr = W.copy(), 0.5

    def loss(self, x, y):
        loss, grads = np.sum(x * self.w), {}
        self.w = self.w - 0.5
        return loss, grads


def test_a_weight_that_is_changed_is_updated_where_there_are_a_rate_and_a_backward():
    moves = subject_of(Moves)
    assert list(moves.roles.places) == ["x"]
    assert "no gradient of w is kept or returned" in " ".join(moves.roles.told)
    assert subject_of(MovesByItsRate).roles.places["w"].how == "update"
    assert "w" not in subject_of(NetOfItsOwn, "net", "loss", None, x=X, y=Y).roles.places
