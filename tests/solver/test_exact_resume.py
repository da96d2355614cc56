"""Saved anywhere and loaded, a run ends with the same bits; the whole of it is tests/campaigns/exact_resume.py."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from solver_cases import CourseNet, SaveAt, flat_net, quiet, softmax_data, timeless, weights

from solver import ReduceOnPlateau, Solver, rules
from solver.checkpoint import resume
from tests.sampled import sampled

ROOT = Path(__file__).parents[2]
SAMPLINGS = ("with_replacement", "without_replacement", "epoch")


def assert_same_run(ours, theirs):
    assert np.array_equal(weights(ours.model), weights(theirs.model))
    assert ours.loss_history == theirs.loss_history
    assert timeless(ours.history.rows) == timeless(theirs.history.rows)
    assert ours.streams.state() == theirs.streams.state()
    assert ours.best_val_acc == theirs.best_val_acc
    for name in ours.best_params:
        assert np.array_equal(ours.best_params[name], theirs.best_params[name])
        assert np.array_equal(ours.last_params[name], theirs.last_params[name])


def check_resume(tmp_path, make, steps, dtype=np.float64, again=None, **settings):
    """Train once with saves after `steps`, then once more from each save."""
    data = softmax_data(dtype=dtype)
    whole = quiet(make(), data, callbacks=[SaveAt(tmp_path, steps), *settings.pop("stateful", [])], **settings).train()
    for step in steps:
        given = {name: make_again() for name, make_again in (again or {}).items()}
        resumed = Solver.load(tmp_path / f"{step}.npz", make(), data, **given).train()
        assert resumed.step == whole.step
        assert_same_run(whole, resumed)


@pytest.mark.parametrize("sampling", sampled(SAMPLINGS, SAMPLINGS[1:]))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", rules.known())
def test_every_rule_resumes_exactly(tmp_path, rule, dtype, sampling):
    check_resume(tmp_path, lambda: flat_net(dtype), [1, 6, 17, 30], dtype, update_rule=rule, sampling=sampling)


@pytest.mark.parametrize("rule", rules.known())
def test_a_course_model_resumes_exactly(tmp_path, rule):
    check_resume(tmp_path, CourseNet, [1, 13], update_rule=rule, lr_decay=0.9, clip_norm=0.5)


def test_everything_at_once_resumes_exactly(tmp_path):
    check_resume(
        tmp_path,
        flat_net,
        [1, 5, 6, 7, 14, 15, 18],
        update_rule="adam",
        optim_config={"learning_rate": 0.05, "amsgrad": True},
        sampling="epoch",
        batch_size=7,
        accumulate=2,
        lr_decay=0.9,
        lr_schedule={"name": "cosine", "warmup": 4},
        schedules={"beta1": {"name": "linear", "end": 0.5}},
        clip_norm=0.3,
        clip_value=0.2,
        max_norm=1.0,
        average=0.9,
        patience=3,
        eval_every=5,
        num_val_samples=9,
        num_epochs=3,
        stateful=[ReduceOnPlateau(patience=1, min_delta=0.1)],
        again={"callbacks": lambda: [ReduceOnPlateau(patience=1, min_delta=0.1)]},
    )


def test_noise_and_running_statistics_resume_exactly(tmp_path):
    import models

    def make():
        nodes = [
            models.node("a", "affine", "x", ("W1", "b1")),
            models.node("n", "batch_norm", "a", ("gamma", "beta")),
            models.node("r", "relu", "n"),
            models.node("d", "dropout", "r"),
            models.node("s", "affine", "d", ("W2", "b2")),
        ]
        rng = np.random.default_rng(0)
        params = {"W1": rng.standard_normal((12, 7)) * 0.3, "W2": rng.standard_normal((7, 3)) * 0.3}
        params |= {"b1": np.zeros(7), "gamma": np.ones(7), "beta": np.zeros(7), "b2": np.zeros(3)}
        return models.Graph(nodes, params)

    assert make().noisy
    assert make().state
    check_resume(tmp_path, make, [1, 7, 18], update_rule="adam")


def test_a_longer_run_equals_an_uninterrupted_one(tmp_path):
    whole = quiet(flat_net(), update_rule="adam", num_epochs=6).train()
    first = quiet(flat_net(), update_rule="adam", num_epochs=2).train()
    first.save(tmp_path / "run")
    longer = Solver.load(tmp_path / "run", flat_net(), softmax_data(), num_epochs=6).train()
    assert_same_run(whole, longer)
    assert_same_run(whole, first.train(num_epochs=6))


def test_a_run_saved_before_its_first_step(tmp_path):
    quiet(flat_net(), update_rule="adam").save(tmp_path / "run.npz")
    whole = quiet(flat_net(), update_rule="adam").train()
    assert_same_run(whole, Solver.load(tmp_path / "run.npz", flat_net(), softmax_data()).train())


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda solver: pickle.loads(pickle.dumps(solver))])
@pytest.mark.parametrize("model", [CourseNet, flat_net])
def test_a_copied_or_pickled_solver_goes_on_with_the_same_bits(model, duplicate):
    settings = {"update_rule": "adam", "sampling": "epoch", "lr_schedule": "cosine", "average": 0.9}
    whole = quiet(model(), **settings).train()
    twins = []

    class Duplicate:
        def on_eval(self, solver, logs):
            if logs["step"] == 12 and not twins:
                solver.settings.callbacks = []
                twins.append(duplicate(solver))

    first = quiet(model(), callbacks=[Duplicate()], **settings).train()
    assert twins[0].step == 12
    assert twins[0].model is not first.model
    assert_same_run(whole, first)
    assert_same_run(whole, twins[0].train())
    assert_same_run(whole, duplicate(first))


def test_a_config_copied_with_its_weights_keeps_working():
    """The views into the arrays must not be copied as arrays of their own."""
    w, dw, config = np.ones(3), np.full(3, 0.5), {}
    for _ in range(2):
        w, config = rules.get("sgd_momentum").function(w, dw, config, out=w)
    twin_w, twin_dw, twin_config = copy.deepcopy((w, dw, config))
    for weights_, gradient, config_ in ((w, dw, config), (twin_w, twin_dw, twin_config)):
        for _ in range(2):
            rules.get("sgd_momentum").function(weights_, gradient, config_, out=weights_)
    assert np.array_equal(w, twin_w)


def test_saving_does_not_change_a_run(tmp_path):
    plain = quiet(flat_net(), update_rule="adam").train()
    assert_same_run(plain, quiet(flat_net(), update_rule="adam", callbacks=[SaveAt(tmp_path, range(100))]).train())


def test_a_finished_run_is_loaded_with_its_best_weights(tmp_path):
    run = quiet(flat_net(), optim_config={"learning_rate": 2.0}, num_epochs=8).train()
    assert run.run.best.step != run.step
    run.save(tmp_path / "run.npz")
    model = flat_net()
    loaded = Solver.load(tmp_path / "run.npz", model, softmax_data())
    assert np.array_equal(weights(model), weights(run.model))
    assert loaded.stopped_reason == "finished"
    assert_same_run(run, loaded)


@pytest.mark.parametrize("share", [0.5, 1, 2])
def test_passes_count_where_a_run_goes_on_with_other_rows(share):
    """Losses of steps that there are no more go, those of steps that there never were are NaN."""
    data = softmax_data()
    first = quiet(flat_net(), data, num_epochs=2, batch_size=10).train()
    rows = np.resize(np.arange(len(data["y_train"])), int(share * len(data["y_train"])))
    others = {**data, "X_train": data["X_train"][rows], "y_train": data["y_train"][rows]}
    second = quiet(flat_net(), others, num_epochs=3, batch_size=10)
    resume.restore_on_other_data(second.run, resume.parts(first.run))
    steps, before = 2 * second.run.steps_per_epoch, first.loss_history
    assert (second.run.step, second.epoch) == (steps, 2)
    assert steps == int(share * first.run.step)
    wanted = [*[np.nan] * (steps - len(before)), *before[-steps:]]
    np.testing.assert_array_equal(second.run.history.loss, wanted)
    assert second.run.history.rows[-1]["step"] == steps
    assert len(second.train().loss_history) == 3 * second.run.steps_per_epoch
