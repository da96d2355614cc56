"""A model of separate arrays is adopted at the border: one vector, views in its dict; what cannot be is refused."""

import copy
import pickle
from types import MappingProxyType

import numpy as np
import pytest
from solver_cases import CourseNet, quiet, refused, softmax_data, weights

import solver
from solver import Solver
from solver.parameters import Parameters


def lies_in_one_vector(run):
    """Whether the arrays in the model's dict are those that the solver moves."""
    views = run.run.parameters.views
    return all(run.model.params[n] is v and np.shares_memory(v, run.run.parameters.vector) for n, v in views.items())


def test_the_arrays_are_copied_into_one_vector_whose_views_take_their_places():
    model, before = CourseNet(), CourseNet().params
    given = dict(model.params)
    parameters = Parameters(model)
    np.testing.assert_array_equal(parameters.vector, np.concatenate([before["W1"].ravel(), before["b1"]]))
    assert [(slot.name, slot.shape, slot.decays) for slot in parameters.layout] == [
        ("W1", (12, 3), True),
        ("b1", (3,), False),
    ]
    run = quiet(model, optim_config={"learning_rate": 1.0}).train()
    assert lies_in_one_vector(run)
    for name, array in given.items():  # what the user holds is never written to
        np.testing.assert_array_equal(array, before[name])
    assert not np.array_equal(model.params["W1"], before["W1"])


def test_two_models_built_from_the_same_arrays_stay_apart():
    one, other = CourseNet(), CourseNet()
    other.params = dict(one.params)
    quiet(one).train()
    np.testing.assert_array_equal(weights(other), weights(CourseNet()))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_views_survive_copies_and_pickles(duplicate):
    whole = quiet(CourseNet(), update_rule="adam").train()
    first = quiet(CourseNet(), update_rule="adam", num_epochs=2).train()
    twin, model = duplicate(first), duplicate(first.model)
    assert lies_in_one_vector(twin)
    assert not np.shares_memory(twin.run.parameters.vector, first.run.parameters.vector)
    np.testing.assert_array_equal(weights(twin.train(num_epochs=5).model), weights(whole.model))
    assert lies_in_one_vector(first)
    assert lies_in_one_vector(quiet(model).train())  # a copied model alone is adopted anew


def test_several_solvers_take_turns_with_one_model():
    model = CourseNet()
    first, second = quiet(model, num_epochs=1), quiet(model, num_epochs=1, seed=1)
    for run in (first, second):
        run.train()
        assert lies_in_one_vector(run)
    alone = CourseNet()
    for seed in (0, 1):
        quiet(alone, num_epochs=1, seed=seed).train()
    np.testing.assert_array_equal(weights(model), weights(alone))


class Integers(CourseNet):
    def __init__(self):
        super().__init__()
        self.params["table"] = np.arange(3)


class Mixed(CourseNet):
    def __init__(self):
        super().__init__(dtype=np.float32)
        self.params["b1"] = np.zeros(3)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Integers(), "parameter 'table' must be a floating NumPy array; got dtype int64. Convert it (params['table']."),
        (
            Mixed(),
            "they must have one dtype; got W1: float32; b1: float64. Convert them when the model is built: params",
        ),
        (Mixed(), "params[name] = params[name].astype(np.float64)."),
    ],
)
def test_arrays_that_do_not_fit_into_one_vector(model, message):
    before = dict(model.params)
    refused(TypeError, message, model)
    assert all(model.params[name] is array for name, array in before.items())  # left as it was


@pytest.mark.parametrize("kind", [lambda a: a.view(np.matrix), np.ma.array])
def test_arrays_with_an_arithmetic_of_their_own(kind):
    model = CourseNet()
    model.params["W1"] = kind(model.params["W1"])
    refused(TypeError, "pass a plain array: np.asarray(...).", model)


class Fresh(CourseNet):
    """Hands out a new dict at each access."""

    def __init__(self):
        super().__init__()
        self.held = self.__dict__.pop("params")

    params = property(lambda self: dict(self.held), lambda self, value: self.__dict__.update(params=value))


def test_a_dict_that_keeps_nothing():
    refused(TypeError, "model.params must be one dict that keeps the arrays put into it; this dict does not.", Fresh())
    frozen = CourseNet()
    frozen.params = MappingProxyType(frozen.params)
    refused(TypeError, "this mappingproxy does not.", frozen)


class Decaying(CourseNet):
    """Rebinds an entry in `loss(X, y)`, as `self.params["W1"] = 0.99 * self.params["W1"]` does, or all of `params`."""

    def __init__(self, whole):
        super().__init__()
        self.whole = whole

    def loss(self, X, y=None):
        if y is not None:
            if self.whole:
                self.params = dict(self.params)
            self.params["W1"] = 0.99 * self.params["W1"]
        return super().loss(X, y)


@pytest.mark.parametrize("whole", [False, True])
def test_what_loss_rebinds_is_adopted_before_the_update(whole):
    model, lr, data = Decaying(whole), 0.5, softmax_data()
    run = quiet(model, data, optim_config={"learning_rate": lr})
    twin, rows = CourseNet(), run.run.sampler
    masks = [copy.deepcopy(rows).draw()]
    for _ in range(3):
        mask = masks[-1]
        run.run.train_step()
        twin.params["W1"] = 0.99 * twin.params["W1"]
        _, grads = twin.loss(data["X_train"][mask], data["y_train"][mask])
        twin.params = {name: array - lr * grads[name] for name, array in twin.params.items()}
        masks.append(copy.deepcopy(rows).draw())
        np.testing.assert_allclose(weights(model), weights(twin), rtol=1e-13)
        assert lies_in_one_vector(run)


class Rebinds:
    """A callback that puts other arrays into the dict, and saves."""

    def __init__(self, path):
        self.path = path

    def on_step(self, run, logs):
        params = run.model.params
        if logs["step"] == 8:
            params["W1"], params["b1"] = np.flip(params["W1"]), params["b1"] + 1  # one of them a view of the vector
            self.expected = {name: np.array(array) for name, array in params.items()}
            run.save(self.path)


def test_what_a_callback_rebinds_counts_from_then_on(tmp_path):
    callback = Rebinds(tmp_path / "run.npz")
    whole = quiet(CourseNet(), callbacks=[callback]).train()
    saved = solver.checkpoint.read(callback.path)
    for name, array in callback.expected.items():
        np.testing.assert_array_equal(saved.params[name], array)
    resumed = Solver.load(callback.path, CourseNet(), softmax_data()).train()
    np.testing.assert_array_equal(weights(resumed.model), weights(whole.model))
    assert not np.array_equal(weights(quiet(CourseNet()).train().model), weights(whole.model))


@pytest.mark.parametrize(
    ("change", "now"),
    [
        (lambda params: params.update(W1=params["W1"].T), "of shape (3, 12)"),
        (lambda params: params.pop("W1"), "gone"),
    ],
)
def test_a_parameter_that_becomes_another(change, now):
    run = quiet(CourseNet())
    change(run.model.params)
    with pytest.raises(ValueError, match="parameter 'W1' of shape") as caught:
        run.save("never.npz")
    assert str(caught.value) == f"parameter 'W1' of shape (12, 3) is {now} in model.params: keep its shape."


class Affine:
    """A layer that keeps the arrays it was built with."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, X):
        return X @ self.W + self.b


class Layered(CourseNet):
    """Builds its layer once, from the very arrays in `params`; `bias`: only the bias is kept so."""

    def __init__(self, bias=False):
        super().__init__()
        self.layer, self.bias = Affine(self.params["W1"], self.params["b1"]), bias

    def loss(self, X, y=None):
        own, W = self.params, self.params["W1"] if self.bias else self.layer.W
        self.params = {"W1": W, "b1": self.layer.b}
        try:
            return super().loss(X, y)
        finally:
            self.params = own


class Uncopyable(Layered):
    def __deepcopy__(self, memo):
        raise TypeError("no copies")


@pytest.mark.parametrize(("model", "name"), [(Layered, "W1"), (lambda: Layered(bias=True), "b1"), (Uncopyable, "W1")])
@pytest.mark.parametrize("train", [lambda model: quiet(model).train(), lambda m: solver.minimize(m, softmax_data())])
def test_layers_that_keep_arrays_of_their_own_are_noticed(model, name, train):
    with pytest.raises(ValueError, match="training would do nothing") as caught:
        train(model())
    assert f"loss stays the same when params[{name!r}] changes" in str(caught.value)


class Lazy(CourseNet):
    """Builds its layer in the first call of `loss`, when the arrays are those that the solver moves."""

    layer = None

    def loss(self, X, y=None):
        self.layer = self.layer or Affine(self.params["W1"], self.params["b1"])
        scores = self.layer.forward(X)
        return scores if y is None else super().loss(X, y)


class Closure(CourseNet):
    """Its `loss` is a closure, which a copy of the model shares with it."""

    def __init__(self):
        super().__init__()
        self.loss = lambda X, y=None: CourseNet.loss(self, X, y)


class Penalised(CourseNet):
    """A parameter that is in the penalty alone, and one that is used nowhere."""

    def __init__(self):
        super().__init__()
        self.params |= {"scale": np.ones(2), "idle": np.ones(2)}

    def loss(self, X, y=None):
        answer = super().loss(X, y)
        if y is None:
            return answer
        scale = self.params["scale"]
        return answer[0] + 0.5 * scale @ scale, answer[1] | {"scale": scale.copy(), "idle": np.zeros(2)}


class RefusesNaN(CourseNet):
    def loss(self, X, y=None):
        if np.isnan(self.params["W1"]).any():
            raise RuntimeError("NaN")
        return super().loss(X, y)


@pytest.mark.parametrize("model", [Lazy, Closure, Penalised, RefusesNaN])
def test_models_whose_loss_follows_train_and_are_left_as_they_were_by_the_look_at_them(model):
    run = quiet(model())
    before = weights(run.model)
    run.run.check()
    np.testing.assert_array_equal(weights(run.model), before)
    run.train()
    assert run.val_acc_history[-1] > run.val_acc_history[0]


def test_what_is_put_in_place_of_the_best_weights_does_not_reach_the_training_that_goes_on():
    settings = {"optim_config": {"learning_rate": 2.0}, "num_epochs": 3}
    undisturbed, run = quiet(CourseNet(), **settings).train(), quiet(CourseNet(), **settings).train()
    run.model.params["W1"] = np.zeros((12, 3))
    np.testing.assert_array_equal(
        weights(run.train(num_epochs=5).model), weights(undisturbed.train(num_epochs=5).model)
    )
    assert lies_in_one_vector(run)
