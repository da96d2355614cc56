"""How weights are moved, by hand: settings and schedules, rules of one's own, norms of columns, gradients taken in."""

import math
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, softmax_data

from solver import rules
from solver.gradient import Gradient
from solver.parameters import Parameters
from solver.update import WHOLE, Updater


class Small:
    """A matrix, a vector and a kernel, whose loss is 0 and whose gradient is 1 everywhere."""

    def __init__(self):
        self.params = {"W": np.array([[3.0, 0.0], [4.0, 0.0]]), "b": np.array([6.0]), "k": np.full((2, 1, 2), 8.0)}

    def loss(self, X, y=None):
        return X if y is None else (0.0, {name: np.ones_like(array) for name, array in self.params.items()})


def updater(rule="sgd", config=None, max_norm=None):
    return Updater(Parameters(Small()), rule, config or {}, max_norm)


def applied(made, *steps):
    """The weights b after each of the steps, whose gradient is 1."""
    gradient, seen = Gradient(made.parameters, None), []
    gradient.vector[:] = 1
    for step in steps:
        made.apply(gradient, step)
        seen.append(float(made.parameters.views["b"][0]))
    return seen


def own(w, dw, config):
    return w - config["rate"] * dw, config


def test_a_schedule_multiplies_the_base_value_at_its_step():
    made = updater("sgd_momentum", {"learning_rate": 2.0, "momentum": 0.0})
    made.set_schedules({"learning_rate": lambda step: 1 / (1 + step)})
    assert applied(made, 0, 1, 3) == [4.0, 3.0, 2.5]
    assert (made.value(), made.base_value(), made.value("momentum")) == (0.5, 2.0, 0.0)
    made.scale(0.5)
    assert (made.value(), made.base_value()) == (0.5, 1.0), "from the next step on"
    made.set_base("momentum", 0.25)
    assert (made.value("momentum"), made.configs[WHOLE]["momentum"]) == (0.25, 0.25), "at once"
    made.scale(2.0, "momentum")
    assert made.value("momentum") == 0.5
    made.set_step(4)
    assert made.configs[WHOLE]["learning_rate"] == 0.2
    made.set_schedules({})
    made.scale(3.0)
    assert made.value() == 3.0


@pytest.mark.parametrize("rule", ["sgd", own])
def test_a_setting_that_a_rule_has_not_cannot_be_scheduled(rule):
    made = updater(rule, {"rate": 0.5} if rule is own else {})
    told = "Pass optim_config={'beta9': ...}." if rule is own else "It has: learning_rate."
    for ask in (made.base_value, lambda name: made.scale(2.0, name), lambda name: made.set_schedules({name: abs})):
        with pytest.raises(ValueError, match="has no 'beta9' to schedule or decay") as caught:
            ask("beta9")
        assert str(caught.value).endswith(told)
    assert made.schedules == {}
    assert math.isnan(made.value("beta9"))


def test_truth_values_and_names_are_no_numbers_to_schedule():
    made = updater("adam", {"amsgrad": True})
    assert made.base == {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    assert set(updater("muon").base) == {*rules.get("muon").settings} - {"adamw_names"}


def test_a_number_that_a_rule_fills_in_may_be_scheduled_from_then_on():
    def filling(w, dw, config):
        config.setdefault("rate", 0.5)
        config.setdefault("form", "text")
        return w - config["rate"] * dw, config

    made = updater(filling)
    with pytest.raises(ValueError, match="filling has no 'rate' to schedule"):
        made.set_schedules({"rate": lambda step: 2.0})
    assert applied(made, 0) == [5.5]
    made.set_schedules({"rate": lambda step: 2.0})
    assert applied(made, 1) == [4.5]
    assert made.base_value("rate") == 0.5
    with pytest.raises(ValueError, match="filling has no 'form' to schedule"):
        made.base_value("form")


def test_arrays_among_the_settings_are_copied_for_each_parameter():
    scale = np.array([2.0])

    def scaled(w, dw, config):
        config["scale"] += 1
        return w - config["scale"][0] * dw, config

    made = updater(scaled, {"scale": scale, "name": "x"})
    assert applied(made, 0, 1) == [3.0, -1.0]
    assert scale.tolist() == [2.0]
    assert [config["scale"].tolist() for config in made.configs.values()] == [[4.0]] * 3
    assert (list(made.configs), made.by_parameter()) == (["W", "b", "k"], made.configs)


def test_what_each_parameter_has_of_the_state_of_all():
    made = updater("adam")
    applied(made, 0)
    configs = made.by_parameter()
    assert {name: config["m"].shape for name, config in configs.items()} == {"W": (2, 2), "b": (1,), "k": (2, 1, 2)}
    assert all(np.shares_memory(config["m"], made.configs[WHOLE]["m"]) for config in configs.values())
    assert configs["b"].keys() == {*rules.get("adam").settings, "m", "v", "t"}
    assert [config["t"] for config in configs.values()] == [1, 1, 1]
    made.configs[WHOLE]["_other"] = made.configs[WHOLE]["sizes"] = np.arange(3)
    made.configs[WHOLE]["more"] = np.arange(20)
    assert [config["sizes"].tolist() for config in made.by_parameter().values()] == [[0, 1, 2]] * 3
    assert [config["more"].size for config in made.by_parameter().values()] == [20] * 3
    assert "_other" not in made.by_parameter()["W"]


def test_the_weights_to_evaluate_where_they_are_not_those_that_are_trained():
    assert updater("sgd").evaluation_weights() is None
    assert updater(own, {"rate": 1.0}).evaluation_weights() is None
    made = updater("schedule_free_sgd", {"learning_rate": 0.5, "momentum": 0.5})
    assert made.evaluation_weights() is None, "before the first step"
    applied(made, 0, 1)
    assert made.evaluation_weights()["b"].tolist() == [5.25], "z is 5.5 and 5, x their mean"
    assert made.parameters.views["b"].tolist() == [5.125]


@pytest.mark.parametrize(
    ("limit", "W"), [(1.0, [[0.6, 0], [0.8, 0]]), (5.0, [[3, 0], [4, 0]]), (2.5, [[1.5, 0], [2, 0]])]
)
def test_columns_of_matrices_are_held_to_a_norm(limit, W):
    """A column of zeros stays one; vectors and kernels are no columns."""
    made = updater(max_norm=limit)
    gradient = Gradient(made.parameters, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.apply(gradient, 0)
    views = made.parameters.views
    np.testing.assert_allclose(views["W"], W, rtol=1e-15)
    assert (views["b"].tolist(), views["k"].ravel().tolist()) == ([6.0], [8.0] * 4)


def test_matrices_that_do_not_decay_and_vectors_that_do_are_not_held():
    made = updater(max_norm=1.0)
    for at, decays in enumerate((False, True, True)):
        made.parameters.layout[at] = made.parameters.layout[at]._replace(decays=decays)
    made.apply(Gradient(made.parameters, None), 0)
    assert made.parameters.vector.tolist() == [3.0, 0.0, 4.0, 0.0, 6.0, *[8.0] * 4]


def test_who_promotes_is_said_once_where_the_step_was_asked_for():
    def promoting(w, dw, config):
        return w.astype(np.float64), config

    solver = quiet(CourseNet(dtype=np.float32), softmax_data(dtype=np.float32), update_rule=promoting)
    solver.run.step = 2
    with pytest.warns(UserWarning, match="update of 'W1' is float64 at step 3, and") as caught:
        solver.run.train_step()
    solver.run.train_step()
    assert [warning.filename for warning in caught] == [__file__]


def test_a_callable_object_is_a_rule_by_the_name_of_its_class():
    class Plain:
        def __call__(self, w, dw, config):
            return w - dw, config

    made = updater(Plain())
    assert (made.rule.name, made.registered, made.whole) == ("Plain", False, False)
    assert applied(made, 0) == [5.0]
    ours = updater(rules.get("adam").function)
    assert (ours.rule.name, ours.registered, ours.whole) == ("adam", True, True)

    def adam(w, dw, config):
        return w - dw, config

    assert not updater(adam).registered, "of the name of ours"


@pytest.mark.parametrize("loss", [np.float32(2.5), np.array(2.5), 2.5])
def test_a_loss_is_a_plain_number(loss):
    model = Small()
    model.loss = lambda X, y=None: X if y is None else (loss, Small().loss(X, y)[1])
    gradient = Gradient(Parameters(model), None)
    for _ in range(2):
        found = gradient.compute(np.ones((2, 1)), np.zeros(2))
        assert (type(found), found) == (float, 2.5)
    assert gradient.vector.tolist() == [1.0] * 9


def test_gradients_of_a_model_of_ones_own_are_checked_in_every_step():
    model, right = Small(), Small().loss(None, 0)[1]
    answers = [{"W": 1}, right, right, {"W": right["W"]}]
    model.loss = lambda X, y=None: X if y is None else (1.0, answers.pop(0))
    gradient = Gradient(Parameters(model), SimpleNamespace())
    for message in (r"^loss\(\) gradient of 'W' has shape \(\)", None, None, r"no gradient for 'b': grads holds 'W'\."):
        if message is None:
            assert gradient.compute(np.ones((2, 1)), np.zeros(2)) == 1.0
        else:
            with pytest.raises(ValueError, match=message):
                gradient.compute(np.ones((2, 1)), np.zeros(2))


def test_what_is_handed_out_to_be_written_into_is_looked_at_when_it_first_comes_back():
    net = flat_net()
    gradient = Gradient(Parameters(net), None)
    gradient.out = gradient._keywords["out"] = ["no dict"]
    net.loss = lambda X, y=None, out=None: (1.0, out)
    with pytest.raises(TypeError, match=r"with grads a dict of arrays; got list"):
        gradient.compute(np.ones((2, 12)), np.zeros(2))


def test_noise_is_for_models_that_say_that_they_draw_some():
    told = []

    class Quiet(Small):
        def loss(self, X, y=None, rng=None):
            told.append(rng)
            return super().loss(X, y)

    for noisy, given in ((None, None), (False, None), (True, "stream")):
        model = Quiet()
        if noisy is not None:
            model.noisy = noisy
        Gradient(Parameters(model), "stream").compute(np.ones((2, 1)), np.zeros(2))
        assert told.pop() is given


@pytest.mark.parametrize("form", ["out", "anything", "neither"])
def test_memory_for_the_gradient_is_handed_to_a_loss_that_takes_it(form):
    net, told = flat_net(), []
    forms = {
        "out": lambda X, y=None, out=None: told.append(out) or (1.0, net.params.like()),
        "anything": lambda X, y=None, **given: told.append(given.get("out")) or (1.0, net.params.like()),
        "neither": lambda X, y=None: told.append(None) or (1.0, net.params.like()),
    }
    net.loss = forms[form]
    gradient = Gradient(Parameters(net), None)
    gradient.compute(np.ones((2, 12)), np.zeros(2))
    assert told == ([None] if form == "neither" else [gradient.out])
