"""What a step asks of a model's loss, and what an evaluation makes of its scores, each by hand."""

import math
import types
from itertools import pairwise

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, softmax_data

from base.tasks import BINARY, CLASSES, MULTILABEL, REAL
from models import mlp
from solver import compiled, evaluation
from solver.gradient import Gradient
from solver.parameters import Parameters

X, Y = np.ones((2, 2)), np.array([0, 1])


class Model:
    """Notes the keywords that its loss is given."""

    noisy = True

    def __init__(self):
        self.params = {"w": np.array([3.0, 4.0])}
        self.asked = []

    def answer(self, y, **given):
        self.asked.append(given)
        return np.zeros((2, 1)) if y is None else (2.0 + len(given), {"w": np.array([1.0, 2.0])})


class Plain(Model):
    noisy = False

    def loss(self, X, y=None):
        return self.answer(y)


class Noisy(Model):
    def loss(self, X, y=None, rng=None):
        return self.answer(y, rng=rng)


class NoisyByHand(Model):
    """Draws its noise by itself."""

    def loss(self, X, y=None):
        return self.answer(y)


class Anything(Model):
    def loss(self, X, y=None, **given):
        return self.answer(y, **given)


class Weighing(Plain):
    def loss(self, X, y=None, sample_weight=None):
        return self.answer(y, sample_weight=sample_weight)


def of(model):
    return Gradient(Parameters(model), "noise")


@pytest.mark.parametrize(
    ("kind", "given", "weighs"),
    [
        (Plain, {}, False),
        (Noisy, {"rng": "noise"}, False),
        (NoisyByHand, {}, False),
        (Anything, {"rng": "noise"}, True),
        (Weighing, {"sample_weight": None}, True),
    ],
)
def test_a_loss_is_given_what_it_takes(kind, given, weighs):
    gradient = of(kind())
    gradient.compute(X, Y)
    assert gradient.model.asked == [given]
    assert gradient.takes_weights is weighs
    if weighs:
        gradient.require_weights()
        gradient.compute(X, Y, [5, 6])
        assert gradient.model.asked[1] == {**given, "sample_weight": [5, 6]}
    else:
        with pytest.raises(
            ValueError, match=rf"^{kind.__name__}\.loss takes no sample_weight, so rows and classes cannot"
        ):
            gradient.require_weights()


def test_a_wrapper_takes_weights_where_the_model_in_it_does():
    class Wrapper(Anything):
        def __init__(self, model):
            super().__init__()
            self.model = model

    of(Wrapper(Weighing())).require_weights()
    of(Wrapper(Anything())).require_weights()
    with pytest.raises(ValueError, match=r"^Plain\.loss takes no sample_weight"):
        of(Wrapper(Plain())).require_weights()


def test_a_flat_model_writes_into_one_vector():
    net = flat_net()
    gradient = Gradient(Parameters(net), np.random.default_rng(0))
    data = softmax_data()
    loss = gradient.compute(data["X_train"], data["y_train"])
    assert gradient.vector is gradient.out.flat
    assert (loss, gradient.vector.tolist()) == (
        net.loss(data["X_train"], data["y_train"])[0], net.loss(data["X_train"], data["y_train"])[1].flat.tolist(),
    )  # fmt: skip


class Sums(Plain):
    """Its loss is the mean of X, its gradient likewise."""

    def loss(self, X, y=None, sample_weight=None):
        mean = np.average(X[:, 0], weights=sample_weight) if sample_weight is None or any(sample_weight) else 0.0
        return X if y is None else (mean, {"w": np.array([mean, -mean])})


@pytest.mark.parametrize("rows", [[3], [2, 1], [1, 1, 1]])
def test_pieces_count_by_their_rows_or_their_weights(rows):
    values, w = np.array([[1.0], [2.0], [6.0]]), np.array([1.0, 0, 3])
    ends = np.cumsum([0, *rows])
    pieces = [(values[a:b], np.zeros(b - a)) for a, b in pairwise(ends)]
    weights = [w[a:b] for a, b in pairwise(ends)]
    gradient = of(Sums())
    for _ in range(2):  # the sum is put together anew each time
        assert gradient.compute_sum(pieces) == pytest.approx(3)
        assert gradient.vector == pytest.approx([3, -3])
        assert gradient.compute_sum(pieces, weights) == pytest.approx(19 / 4)
        assert gradient.vector == pytest.approx([19 / 4, -19 / 4])
    assert (
        gradient.compute_sum(pieces, [0 * one for one in weights]) == 0
    )  # nothing counts, and nothing is divided by 0


def test_what_is_finite():
    gradient = of(Plain())
    gradient.vector[:] = 1
    assert gradient.guard(1.0)
    for loss in (math.nan, math.inf):
        assert not gradient.guard(loss)
    gradient.vector[:] = 1e308
    gradient.parameters.vector[:] = 1e308
    assert gradient.guard(1.0)  # the product overflows, they do not
    gradient.vector[1] = math.inf
    assert not gradient.guard(1.0)
    assert gradient.not_finite() == "w"
    gradient.vector[:] = 0
    gradient.parameters.vector[0] = math.nan
    assert not gradient.guard(1.0)
    assert gradient.not_finite() is None


def test_the_norm_and_what_is_cut():
    gradient = of(Plain())
    gradient.vector[:] = 3, -4
    assert gradient.norm == 0
    assert gradient.measure() == gradient.norm == 5
    gradient.clip_norm(5.0)
    assert gradient.vector.tolist() == [3, -4]
    gradient.clip_norm(2.5)
    assert gradient.vector.tolist() == [1.5, -2]
    assert gradient.norm == 5
    gradient.clip_value(1.75)
    assert gradient.vector.tolist() == [1.5, -1.75]
    single = Gradient(Parameters(CourseNet(dtype=np.float32)), None)
    single.vector[:2] = 3e30, 4e30
    assert single.measure() == pytest.approx(5e30)  # whose square no float32 holds


@pytest.mark.parametrize(
    ("scores", "y", "task", "about"),
    [
        ([0.2, 0.7], [0, 1], BINARY, [-0.3, 0.2]),
        ([0.0, 1.0], [0, 1], BINARY, [-0.5, 0.5]),
        ([0.0, 1.1], [0, 1], BINARY, [0.0, 1.1]),
        ([-0.1, 1.0], [0, 1], BINARY, [-0.1, 1.0]),
        ([0.2, 0.7], [-1, 1], BINARY, [0.2, 0.7]),
        ([0.2, 0.7], [0, 1], MULTILABEL, [-0.3, 0.2]),
        ([0.2, 0.7], [0, 1], CLASSES, [0.2, 0.7]),
        ([0.2, 0.7], [0, 1], REAL, [0.2, 0.7]),
    ],
)
def test_probabilities_are_brought_about_zero(scores, y, task, about):
    assert evaluation._about_zero(np.array(scores), np.array(y), task).tolist() == pytest.approx(about)


class Probable:
    """One probability a row, as a model of one's own may answer; it counts the rows that it is asked for."""

    def __init__(self, columns=1):
        self.params, self.columns, self.rows = {"w": np.ones(1)}, columns, []

    def loss(self, X, y=None):
        self.rows.append(len(X))
        scores = np.repeat(X[:, :1], self.columns, axis=1)
        return scores if y is None else (float(X[:, 0].mean()), {"w": np.zeros(1)})

    def __deepcopy__(self, memo):
        return self


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
def test_a_model_of_ones_own_is_measured_in_batches(batch_size):
    x, y = np.array([[0.1], [0.6], [0.9], [0.4], [0.8]]), np.array([0, 1, 1, 0, 0])
    model = Probable()
    found = evaluation.measures(model, x, y, batch_size)
    assert found == {"loss": pytest.approx(x.mean()), "accuracy": 0.8}
    assert max(model.rows) == min(batch_size, 5)
    assert evaluation.measure(model, x, y, batch_size, BINARY) == 0.8
    rows = np.eye(2)[y]
    assert list(evaluation.measures(Probable(2), x, rows, batch_size)) == ["loss", "accuracy"]
    model.evaluate = lambda X, y: (1, np.float32(0.25))
    assert evaluation.measures(model, x, y) == {"loss": 1.0, "measure": 0.25}
    assert evaluation.measure(model, x, y, 2, BINARY) == 0.25


def test_who_measures_by_task():
    assert evaluation._is_ours(mlp([2, 2], rng=0))
    assert not evaluation._is_ours(Probable())

    class Own(type(mlp([2, 2], rng=0))):
        def evaluate(self, X, y):
            return 0.0, 1.0

    assert not evaluation._is_ours(Own.__new__(Own))


def test_the_global_stream_is_as_before(monkeypatch):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    model = Plain()
    with evaluation.undisturbed(model) as twin:
        assert twin is not model
        np.random.rand(3)  # noqa: NPY002
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    model.lock = types.GeneratorType
    model.__class__ = type("Fixed", (Plain,), {"__deepcopy__": lambda self, memo: 1 / 0})
    with evaluation.undisturbed(model) as twin:
        assert twin is model


@pytest.mark.parametrize(
    ("steps", "seconds", "long"),
    [(compiled.WORTH_IT, None, True), (compiled.WORTH_IT - 1, None, False),
     (compiled.WORTH_IT, compiled.WORTH_SECONDS, True), (compiled.WORTH_IT, compiled.WORTH_SECONDS - 0.01, False)],
)  # fmt: skip
def test_which_runs_are_long(steps, seconds, long):
    assert (compiled.WORTH_IT, compiled.WORTH_SECONDS) == (10_000, 60)
    run = types.SimpleNamespace(total_steps=steps, settings=types.SimpleNamespace(max_seconds=seconds))
    assert compiled._is_long(run) is long
    if not long:
        assert compiled.engine(run, "auto", False) == (None, None)
    assert compiled.engine(run, "numpy", True) == (None, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda run: setattr(run, "weights", np.ones(3)), "weights of rows or classes"),
        (lambda run: run.callbacks.hooks["on_step"].append(print), "callbacks that are called at each step"),
        (lambda run: setattr(run, "gather", print), "gather=, a function that is called at each step"),
        (lambda run: setattr(run.updater, "registered", False), "update rule 'sgd'"),
        (lambda run: setattr(run, "data", run.data._replace(X_train=run.data.X_train[:, ::-1])),
         "X_train of dtype float64, not contiguous"),
        (lambda run: setattr(run, "data", run.data._replace(X_train=run.data.X_train.astype(complex))),
         "X_train of dtype complex128"),
        (lambda run: setattr(run, "model", Plain()), "a model of one's own, Plain: it takes a Graph, as mlp(...)"
         " makes"),
    ],
)  # fmt: skip
def test_what_keeps_a_run_from_being_compiled(change, reason):
    run = quiet(flat_net()).run
    change(run)
    assert compiled.engine(run, "auto", True) == (None, reason)
    with pytest.raises(ValueError, match=r"^engine='compiled': no compiled form for ") as caught:
        compiled.engine(run, "compiled", False)
    assert str(caught.value).endswith(reason)


@pytest.mark.parametrize("look", [evaluation.evaluate, evaluation.measures])
def test_a_hundred_rows_at_once_are_evaluated_unless_another_number_is_asked_for(look):
    """Of a model of one's own, which may have no memory for more; each batch gives its scores and its loss."""
    seen = []

    class Counted(CourseNet):
        def loss(self, X, y=None):
            seen.append(len(X))
            return super().loss(X, y)

    rows, classes = np.ones((201, 12)), np.arange(201) % 3
    look(Counted(), rows, classes)
    assert seen == [100, 100, 100, 100, 1, 1]
    seen.clear()
    look(Counted(), rows, classes, 150)
    assert seen == [150, 150, 51, 51]
