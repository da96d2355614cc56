"""Whose weights a model holds at a time, how separate arrays become one vector, and how a model is measured."""

from types import SimpleNamespace

import numpy as np
import pytest

from base.tasks import BINARY, CLASSES, REAL, Task
from solver import evaluation
from solver.held_weights import HeldWeights, Weights
from solver.inputs.data import Data
from solver.parameters import Parameters, ratios


class Counting:
    """One parameter, and a running mean that a pass moves on."""

    def __init__(self):
        self.params, self.state = {"w": np.array([1.0])}, {"mean": np.array([5.0])}

    def loss(self, X, y=None):
        self.state["mean"] += 1

    def numbers(self):
        return float(self.params["w"][0]), float(self.state["mean"][0])


def held(point=None):
    """`point`: the weights of evaluation that the rule names."""
    model = Counting()
    rule = SimpleNamespace(evaluation_weights=lambda: point)
    return model, HeldWeights(Parameters(model), rule, None)


def weighing(w, mean):
    return Weights({"w": np.array([float(w)])}, {"mean": np.array([float(mean)])})


def test_the_best_weights_rest_in_the_model_until_it_is_woken():
    model, of_model = held()
    of_model.rest(weighing(2, 6))
    assert model.numbers() == (2, 6)
    of_model.rest(weighing(3, 7))  # once more: those of training are not forgotten
    assert model.numbers() == (2, 6)
    assert (float(of_model.training.params["w"][0]), float(of_model.training.state["mean"][0])) == (1, 5)
    assert of_model.last().params["w"].tolist() == [1]
    of_model.wake()
    assert (model.numbers(), of_model.training) == ((1, 5), None)
    of_model.wake()
    assert model.numbers() == (1, 5)
    of_model.rest(None)  # nothing else counts
    assert (model.numbers(), of_model.training) == ((1, 5), None)


def test_the_point_of_evaluation_and_back():
    model, of_model = held({"w": np.array([9.0])})
    with of_model.evaluation_point():
        assert model.numbers() == (9, 5)
        model.loss(None)
    assert model.numbers() == (1, 6)  # the weights of training; statistics that nobody put there are its own
    seen = []
    with pytest.raises(ZeroDivisionError), of_model.holding(weighing(2, 8)):
        seen.append((model.numbers(), 1 / 0 if model.numbers() == (2, 8) else None))
    assert (model.numbers(), seen) == ((1, 6), [])
    assert (of_model.last().params["w"].tolist(), of_model.last().state["mean"].tolist()) == ([9], [6])
    of_model.rest(None)
    assert model.numbers() == (9, 6)
    model, of_model = held()
    with of_model.evaluation_point():
        model.params["w"][...] = 4
    assert model.numbers() == (4, 5)


def test_what_is_handed_out_is_a_copy():
    point = {"w": np.array([9.0])}
    model, of_model = held(point)
    copy, last = of_model.copy(), of_model.last()
    for array in (*copy.params.values(), *copy.state.values(), *last.params.values(), *last.state.values()):
        array[...] = -1
    assert (model.numbers(), point["w"].tolist()) == ((1, 5), [9])
    of_model.load({"w": [2.5]}, {})
    assert model.numbers() == (2.5, 5)


class Own:
    def __init__(self, params):
        self.params = params

    def loss(self, X, y=None):
        raise AssertionError


def test_the_layout_of_separate_arrays():
    arrays = {"scale": np.array(7.0), "b": np.ones(2), "W": np.full((2, 3), 2.0), "K": np.full((1, 2, 2), 3.0)}
    parameters = Parameters(Own(dict(arrays)))
    assert [tuple(slot) for slot in parameters.layout] == [
        ("scale", slice(0, 1), (), False),
        ("b", slice(1, 3), (2,), False),
        ("W", slice(3, 9), (2, 3), True),
        ("K", slice(9, 13), (1, 2, 2), True),
    ]
    assert parameters.vector.tolist() == [7, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3]
    assert parameters.names == ["scale", "b", "W", "K"]
    assert parameters.join({name: 2 * array for name, array in arrays.items()}).tolist() == [
        14, 2, 2, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6]  # fmt: skip
    assert parameters.vector[0] == 7
    assert parameters.not_finite() is None
    parameters.views["W"][1, 2] = np.inf
    assert parameters.not_finite() == "W"
    parameters.views["b"][0] = np.nan
    assert parameters.not_finite() == "b"


class LooksFlat(dict):
    """A dict with the attributes of parameters in one vector, but without the vector."""

    flat, layout = None, ()

    def like(self):
        return self


def test_a_dict_without_its_vector_is_adopted():
    parameters = Parameters(Own(LooksFlat(w=np.ones(2))))
    assert not parameters.native
    assert parameters.vector.tolist() == [1, 1]


@pytest.mark.parametrize("shape", [(1, 3), (3, 3), (2, 2), (2, 4), (6,), ()])
def test_a_parameter_of_another_shape_is_refused(shape):
    model = Own({"w": np.ones((2, 3))})
    parameters = Parameters(model)
    model.params["w"] = np.ones(shape)
    with pytest.raises(ValueError, match=r"^parameter 'w' of shape \(2, 3\) is of shape ") as caught:
        parameters.adopt()
    assert str(caught.value).endswith(f"is of shape {shape} in model.params: keep its shape.")


@pytest.mark.parametrize("error", [AttributeError, TypeError])
def test_a_dict_that_refuses_the_views(error):
    class Frozen(dict):
        def update(self, *arguments):
            raise error

    with pytest.raises(TypeError, match=r"keeps the arrays put into it; this Frozen does not\.$"):
        Parameters(Own(Frozen(w=np.ones(2))))


def test_how_far_a_step_moved():
    before = {"w": np.array([3.0, 4.0]), "b": np.zeros(2), "c": np.array([2.0])}
    now = {"w": np.array([3.0, 3.5]), "b": np.array([3.0, 4.0]), "c": np.array([-1.0])}
    assert ratios(before, now) == {"w": 0.1, "b": 0.0, "c": 1.5}


class Noting:
    """A model of one's own that notes the rows of each call; scores (N, ...) of a shape of its own."""

    def __init__(self, shape=(1,)):
        self.params, self.shape, self.calls = {"w": np.ones(1)}, shape, []

    def loss(self, X, y=None):
        self.calls.append((len(X), None if y is None else len(y)))
        scores = np.tile(X[:, :1] * self.params["w"], (1, int(np.prod(self.shape)))).reshape(len(X), *self.shape)
        return scores if y is None else (float(np.sum(scores)), {"w": np.array([np.sum(X)])})

    def __deepcopy__(self, memo):
        twin = Noting(self.shape)
        twin.calls = self.calls
        return twin


def rows(y, count=5):
    X, y = np.linspace(0.1, 0.9, count)[:, None], np.array(y)
    return Data(X, y, X, y)


def test_two_rows_are_looked_at_before_training():
    for y in ([0, 1, 1, 0, 1], [0.5, 1.5, 0.0, 1.0, 2.0]):
        data, one, other = rows(y), Noting(), Noting()
        evaluation.task_of(one, data, None)
        assert one.calls == [(2, None)]
        evaluation.check_before_training(Parameters(other), data)
        assert set(other.calls) == {(2, None), (2, 2)}


@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_scores_of_no_or_two_axes_a_row_pick_no_class(shape):
    evaluation.check_before_training(Parameters(Noting(shape)), rows([0, 5, 7, 1, 0]))
    with pytest.raises(ValueError, match=r"integers 0\.\.1 for 2 classes"):
        evaluation.check_before_training(Parameters(Noting((2,))), rows([0, 5, 7, 1, 0]))


def test_a_task_that_is_given_counts_more_than_the_targets():
    X, y = np.array([[0.25], [0.75]]), np.array([0, 1])
    assert evaluation.measures(Noting(), X, y)["accuracy"] == 1
    assert set(evaluation.measures(Noting(), X, y, task=REAL)) == {"loss", "r2", "rmse"}
    assert evaluation.measures(Noting(), X, y, task=REAL)["rmse"] == 0.25
    assert evaluation.measure(Noting(), X, y, 1, REAL) == 0.75  # 1 - (1/16 + 1/16) / (1/4 + 1/4)


@pytest.mark.parametrize("y", [[0, 0], [1, 1], [0, 1]])
def test_probabilities_are_taken_as_such_where_one_class_is_alone_too(y):
    assert evaluation._about_zero(np.array([0.25, 0.75]), np.array(y), BINARY).tolist() == [-0.25, 0.25]


class Graphlike:
    """Says the measure by its task, as a graph does."""

    task = "unset"

    def __init__(self, columns):
        self.columns = columns

    def loss(self, X):
        return np.zeros((len(X), self.columns))

    def measures(self, X, y, task):
        raise AssertionError


class Wrapper:
    def __init__(self, model):
        self.model, self.task = model, "its own"

    def loss(self, X):
        return self.model.loss(X)


LABELS, YES = [0, 2, 1, 0, 1], [0, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("columns", "y", "given", "task", "told"),
    [
        (3, LABELS, None, CLASSES, None),  # what several scores ask for anyhow
        (1, YES, None, BINARY, "binary"),
        (1, [0.5, 2.0, 1.0, 3.0, 4.0], None, REAL, None),
        (3, LABELS, "real", REAL, "real"),
        (1, YES, "classes", CLASSES, "classes"),
        (1, YES, Task("mine", len, "mine"), Task("mine", len, "mine"), "binary"),
    ],
)
def test_a_graph_is_told_its_task(columns, y, given, task, told):
    for wrap in (lambda net: net, Wrapper, lambda net: Wrapper(Wrapper(net))):
        net = Graphlike(columns)
        model = wrap(net)
        assert evaluation.task_of(model, rows(y), given) == task
        if model is net:
            assert net.task == told
        else:
            assert model.task == "its own"
            assert (net.task, model.model.task) in ((told, told), (told, "its own"))


class Knowing:
    """Measures itself by one task for ever."""

    def loss(self, X):
        return np.zeros((len(X), 1))

    def measures(self, X, y, task):
        raise AssertionError


class Tasked:
    """Has a task that is none of ours, and does not measure."""

    task = "its own"

    def loss(self, X):
        return np.zeros((len(X), 1))


@pytest.mark.parametrize("model", [Knowing(), Tasked()])
def test_who_does_not_measure_by_a_task_is_told_nothing(model):
    assert evaluation.task_of(model, rows(YES), None) == BINARY
    assert vars(model) == {}
