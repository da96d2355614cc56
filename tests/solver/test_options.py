"""The options of a Solver: one list of names and defaults, the hook for batches, what a rule of one's own may keep."""

import copy
import inspect
import pickle
from dataclasses import fields

import numpy as np
import pytest
from solver_cases import CourseNet, SaveAt, flat_net, quiet, refused, softmax_data, weights

from solver import CheckpointError, Solver, checkpoint, rules
from solver.inputs.settings import Settings
from solver.sampling import Gather


def test_the_signature_lists_every_option_with_its_default():
    listed = inspect.signature(Solver).parameters
    assert [name for name in listed if name not in Settings.__dataclass_fields__] == ["model", "data", "comm"]
    assert {entry.name: entry.default for entry in fields(Settings)} == {
        name: listed[name].default for name in Settings.__dataclass_fields__
    }
    assert listed["model"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert {listed[name].kind for name in listed if name not in ("model", "data")} == {inspect.Parameter.KEYWORD_ONLY}
    assert all(f"{name}" in Solver.__doc__ for name in listed)
    assert vars(quiet(flat_net()).settings).keys() == Settings.__dataclass_fields__.keys()


def test_what_the_call_lacks_or_has_too_much():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'data'"):
        Solver(flat_net())
    refused(TypeError, "Solver got unknown argument 'batchsize'. Did you mean 'batch_size'?", batchsize=3)
    refused(TypeError, "gather must be a function (rows, step) -> (X, y), or None; got 3.", gather=3)


class Shifted:
    """The rows of the training data, each step shifted by its own amount."""

    def __init__(self, data):
        self.rows, self.steps = Gather(data["X_train"], data["y_train"], 20), []

    def __call__(self, rows, step):
        X, y = self.rows(rows, step)
        self.steps.append(step)
        return X + 0.01 * step, y


def test_gather_makes_the_batches_and_survives_resuming_and_copies(tmp_path):
    data, settings = softmax_data(), {"update_rule": "adam", "sampling": "epoch", "restore_best": False}
    plain, shifted = quiet(flat_net(), **settings).train(), Shifted(data)
    whole = quiet(flat_net(), data, gather=shifted, callbacks=[SaveAt(tmp_path, [14])], **settings).train()
    assert shifted.steps == list(range(30))
    assert not np.array_equal(weights(whole.model), weights(plain.model))
    path = tmp_path / "14.npz"
    assert checkpoint.read(path).meta["settings"]["gather"] == {"function": "Shifted"}
    with pytest.raises(CheckpointError, match=r"trained with the gather 'Shifted', a function, .*: pass gather=\.\.\."):
        Solver.load(path, flat_net(), data)
    resumed = Solver.load(path, flat_net(), data, gather=Shifted(data))
    for twin in (resumed, copy.deepcopy(resumed), pickle.loads(pickle.dumps(resumed))):
        np.testing.assert_array_equal(weights(twin.train().model), weights(whole.model))
        assert twin.loss_history == whole.loss_history


def test_the_batch_of_the_last_step_can_be_looked_at():
    seen = []

    class Look:
        def on_step(self, solver, logs):
            X, y = solver.batch
            seen.append((X.copy(), y.copy(), logs["loss"]))

    start, data = CourseNet(), softmax_data()
    solver = quiet(CourseNet(), data, callbacks=[Look()])
    assert [len(part) for part in solver.batch] == [0, 0]
    solver.train()
    X, y, loss = seen[0]
    assert X.shape == (20, 12)
    assert loss == start.loss(X, y)[0]


def test_a_rule_of_ones_own_may_keep_what_it_is_given():
    """Barzilai and Borwein's step: it looks back at the last weights and the last gradient."""
    kept = []

    def lookback(w, dw, config):
        if "w" in config:
            kept.append((config["w"].copy(), w.copy()))
            assert not np.array_equal(config["w"], w)
            assert not np.array_equal(config["dw"], dw)
        config["w"], config["dw"] = w, dw
        return w - 0.1 * dw, config

    for model in (CourseNet(), flat_net()):
        kept.clear()
        quiet(model, update_rule=lookback, num_epochs=1).train()
        assert len(kept) == 5 * len(model.params)


def test_a_rule_that_takes_the_layout_sees_every_model_as_one_vector():
    for model in (CourseNet(), flat_net()):
        calls = []

        def rule(w, dw, config, out=None, layout=None, calls=calls):
            calls.append([w.shape, [slot.name for slot in layout]])
            out -= config["learning_rate"] * dw
            return out, config

        run = quiet(model, update_rule=rule, optim_config={"learning_rate": 0.1}, num_epochs=1).train()
        size = sum(array.size for array in model.params.values())
        assert calls == [[(size,), [slot.name for slot in run.run.parameters.layout]]] * 6
        twin = quiet(type(model)() if isinstance(model, CourseNet) else flat_net(), update_rule="sgd", num_epochs=1,
                     optim_config={"learning_rate": 0.1}).train()  # fmt: skip
        np.testing.assert_allclose(run.loss_history, twin.loss_history, rtol=1e-12)


def counting(w, dw, config, out=None, layout=None):
    """Keeps an array that is not laid out as the parameters are."""
    config["sizes"] = config.get("sizes", np.zeros(len(layout))) + [dw[slot.slice].size for slot in layout]
    out -= 0.1 * dw
    return out, config


def test_a_state_that_is_no_vector_of_the_parameters_is_handed_on_whole(tmp_path):
    run = quiet(CourseNet(), update_rule=counting, num_epochs=1).train()
    for config in run.optim_configs.values():
        np.testing.assert_array_equal(config["sizes"], [6 * 36, 6 * 3])
    run.save(tmp_path / "run.npz")
    resumed = Solver.load(tmp_path / "run.npz", CourseNet(), softmax_data(), update_rule=counting)
    np.testing.assert_array_equal(resumed.train(num_epochs=2).optim_configs["b1"]["sizes"], [12 * 36, 12 * 3])


@pytest.mark.parametrize(("rate", "lowest", "after"), [(0.1, 0.0, 0.05), (0.1, 0.08, 0.08), (0.1, 0.5, 0.1)])
def test_a_reduced_learning_rate_stays_above_the_lowest_and_never_rises(rate, lowest, after):
    run = quiet(flat_net(), optim_config={"learning_rate": rate})
    run.reduce_learning_rate(0.5, lowest)
    assert np.isclose(run.learning_rate, after)


def with_a_rate_of_its_own(w, dw, config):
    """Fills in its learning rate when it is called."""
    return w - config.setdefault("learning_rate", 0.2) * dw, config


def test_the_learning_rate_that_a_rule_has_filled_in_itself_is_reduced():
    run = quiet(flat_net(), update_rule=with_a_rate_of_its_own, num_epochs=1)
    with pytest.raises(ValueError, match=r"has no 'learning_rate' to schedule or decay. Pass optim_config"):
        run.reduce_learning_rate(0.5)
    run.train().reduce_learning_rate(0.5)
    assert run.learning_rate == 0.1
    run.reduce_learning_rate(0.5, lowest=0.08)
    assert run.learning_rate == pytest.approx(0.08, rel=1e-15)


@pytest.mark.parametrize("name", [name for name in rules.known() if "t" in rules.get(name).counters])
def test_the_steps_that_a_rule_counts_are_those_of_the_run(name):
    run = quiet(flat_net(), update_rule=name, num_epochs=1).train()
    assert {config["t"] for config in run.optim_configs.values()} == {run.step}
    rule, w = rules.get(name), np.ones((2, 2))
    for counters in ({}, rule.counters):  # the first values that a rule declares are those that it starts from
        _, config = rule.function(w.copy(), w, rules.check_settings(rule, {}) | dict(counters))
        assert config["t"] == 1
