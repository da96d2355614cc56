"""One run, part by part, by hand: what a step measures, what a divergence is said to be, what a row holds."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet

from solver import compiled
from solver.sampling import Sampler

STEPS = 6  # of an epoch: 120 rows by 20


def data(lowest=-8.0):
    X = np.zeros((120, 12))
    X[3, 2], X[4, 1] = lowest, 1.0
    return {"X_train": X, "y_train": np.arange(120) % 3, "X_val": X[:9], "y_val": np.arange(9) % 3}


def run_of(**options):
    """A run of a linear model whose weights are 1/4 and less than that in absolute value, but for one."""
    model = CourseNet()
    model.params["W1"][...] = 0.25
    model.params["b1"][...] = 0.0, -0.5, 0.0
    return quiet(model, data(), **options).run


@pytest.mark.parametrize(
    ("step", "every", "evaluates"),
    [(0, None, True), (1, None, False), (5, None, False), (6, None, True), (12, None, True), (29, None, False),
     (30, None, True), (4, 4, True), (6, 4, False), (8, 4, True), (29, 4, False), (30, 4, True), (31, 4, False)],
)  # fmt: skip
def test_after_which_steps_it_is_evaluated(step, every, evaluates):
    run = run_of(eval_every=every)
    assert (run.total_steps, run.steps_per_epoch) == (5 * STEPS, STEPS)
    assert run.evaluates_after(step) is evaluates


@pytest.mark.parametrize(
    ("step", "due", "measured"),
    [(0, True, False), (1, True, True), (1, False, False), (2, True, False), (3, True, True)],
)
def test_a_step_before_an_evaluation_is_measured_where_something_is_due(step, due, measured):
    run = run_of(eval_every=2)
    run.step = step
    run.train_step(due)
    assert (run.gradient.norm > 0, set(run.update_ratio)) == (measured, {"W1", "b1"} if measured else set())
    assert (run.step, len(run.history.loss)) == (step + 1, 1)


@pytest.mark.parametrize(("step", "due", "measured"), [(0, 1, True), (0, 2, False), (1, 2, True), (4, 2, True)])
def test_single_steps_are_measured_once_they_reach_what_is_due(step, due, measured):
    run = run_of(eval_every=1)
    run.step = step
    assert run.advance(due) == run.history.loss[-1]
    assert (run.gradient.norm > 0) is measured


@pytest.mark.parametrize(("parts", "summed"), [(1, None), (2, [20, 20]), (3, [20, 20, 20])])
def test_one_batch_is_taken_as_it_is_and_more_are_summed(parts, summed):
    run, told = run_of(accumulate=parts), []
    run.gradient.compute = lambda X, y, weights: told.append(len(y)) or 1.0
    run.gradient.compute_sum = lambda pieces, weights: told.append([len(y) for _, y in pieces]) or 1.0
    assert run.train_step() == 1.0
    assert told == [20 if summed is None else summed]


BAD = {
    "none": lambda run: None,
    "gradient": lambda run: run.gradient.views["b1"].__setitem__(2, math.nan),
    "parameter": lambda run: run.parameters.views["W1"].__setitem__((0, 0), -math.inf),
    "X": lambda run: setattr(run, "batch", (np.array([[1.0, math.inf]]), np.array([1]))),
    "objects": lambda run: setattr(run, "batch", (np.array([[1.0]]), np.array([None]))),
    "y": lambda run: setattr(run, "batch", (np.array([[1.0]]), np.array([1.0, math.nan]))),
}


@pytest.mark.parametrize(
    ("loss", "bad", "what"),
    [
        (math.nan, ["none"], "loss is nan"),
        (math.nan, ["objects"], "loss is nan"),
        (-math.inf, ["none"], "loss is -inf"),
        (2.0, ["gradient"], "gradient of 'b1' is not finite"),
        (math.inf, ["gradient"], "loss is inf"),
        (2.0, ["parameter"], "parameter 'W1' is not finite"),
        (2.0, ["parameter", "X"], "parameter 'W1' is not finite"),
        (math.nan, ["parameter"], "loss is nan (parameter 'W1' is not finite)"),
        (2.0, ["parameter", "gradient"], "gradient of 'b1' is not finite (parameter 'W1' is not finite)"),
        (math.nan, ["X"], "loss is nan (X_train holds what is not finite)"),
        (2.0, ["gradient", "y"], "gradient of 'b1' is not finite (y_train holds what is not finite)"),
        (math.nan, ["X", "parameter"], "loss is nan (parameter 'W1' is not finite)"),
    ],
)
def test_what_is_not_finite_and_why(loss, bad, what):
    run = run_of()
    for name in bad:
        BAD[name](run)
    raised = " Parameter 'W1' is so from the start." if "parameter" in bad else ""
    largest = "inf" if "parameter" in bad else "0.5"
    assert str(run.diverged(loss)) == (
        f"{what} at step 1 (epoch 0.167), before any update: no learning rate is to blame.{raised} Look at the data"
        f" (largest |X_train| 8), at the initialisation (largest parameter {largest}) and at the loss (a log or a"
        " division of 0, an exp of a large score)."
    )
    run.step, run.history.loss = 4, [1.0, 2.5, math.nan, math.inf]
    run.gradient.vector[:] = 0
    run.gradient.vector[:2] = 3, 4
    told = str(run.diverged(math.inf))
    assert told.startswith("loss is inf")
    assert told.endswith(
        " at step 5 (epoch 0.833). Last finite loss 2.5, gradient norm 5. Try a smaller learning_rate (now 0.01) or"
        " clip_norm."
    )


@pytest.mark.parametrize(("losses", "last"), [([1.0, 2.5, math.nan], "2.5"), ([1.0, -math.inf], "1"), ([], "nan")])
@pytest.mark.parametrize("name", [None, "run.npz"])
def test_weights_that_left_the_numbers_are_said_after_their_step(losses, last, name):
    run = run_of(checkpoint_name=name)
    run.step, run.history.loss = 4, losses
    kept = " The last checkpoint is of before." if name else ""
    assert str(run.left_the_numbers("b1")) == (
        f"parameter 'b1' is not finite after step 4 (epoch 0.667). Last finite loss {last}. Try a smaller"
        f" learning_rate (now 0.01) or clip_norm.{kept}"
    )


def test_a_row():
    run = run_of(optim_config={"learning_rate": 0.5})
    run.step, run.seconds_train, run.seconds_eval, run.update_ratio = 9, 3.0, 2.0, {"W1": 0.25}
    run.gradient.norm, run.history.loss = 7.0, [8.0, 2.0, 4.0, 6.0] + [4.0] * 5
    row = run._row({"loss": 1.0, "r2": 0.5, "mae": 11.0}, {"loss": 2.0, "r2": 0.25, "mae": 12.0})
    assert row == {
        "step": 9, "epoch": 1.5, "examples": 180, "seconds_train": 3.0, "seconds_eval": 2.0, "loss": 40 / 9,
        "train_loss": 1.0, "train_acc": 0.5, "val_loss": 2.0, "val_acc": 0.25, "train_mae": 11.0, "val_mae": 12.0,
        "lr": 0.5, "grad_norm": 7.0, "update_ratio": {"W1": 0.25},
    }  # fmt: skip
    assert row["update_ratio"] is not run.update_ratio


@pytest.mark.parametrize(
    ("evaluated", "step", "mean"),
    [
        (None, 0, 99.0),
        (2, 2, 99.0),
        (None, 2, (1.0 + 3.0) / 2),
        (0, 3, (4 * 1.0 + 4 * 3.0 + 2 * 10.0) / 10),
        (1, 3, (4 * 3.0 + 2 * 10.0) / 6),
        (1, 4, (4 * 3.0 + 2 * 10.0 + 4 * 6.0) / 10),
        (2, 4, (2 * 10.0 + 4 * 6.0) / 6),
    ],
)
def test_the_mean_loss_since_the_last_evaluation(evaluated, step, mean):
    """Ten rows in batches of four: the batches of an epoch have 4, 4 and 2 rows."""
    run = run_of()
    run.sampler = Sampler(10, 4, "epoch", run.streams.batches)
    run.step, run.history.loss = step, [1.0, 3.0, 10.0, 6.0][:step]
    run.history.rows = [] if evaluated is None else [{"step": evaluated}]
    assert run._mean_loss(99.0) == pytest.approx(mean, rel=1e-15)


@pytest.mark.parametrize("rows", [None, 1, 4, 5, 6])
def test_rows_to_evaluate_are_drawn_where_not_all_are_asked_for(rows):
    run, twin = run_of(), run_of()
    X, y = np.arange(5.0)[:, None], np.arange(5)
    found = run.sample(X, y, rows)
    if rows is None or rows >= 5:
        assert found[0] is X
        assert found[1] is y
        assert run.streams.state() == twin.streams.state()
    else:
        mask = twin.streams.evaluation.choice(5, rows, replace=False)
        assert (found[0].tolist(), found[1].tolist()) == (X[mask].tolist(), mask.tolist())


def test_the_time_of_steps_and_of_evaluations(monkeypatch):
    """A clock that goes by one second each time that it is looked at: one a step, one an evaluation."""
    now = iter(range(10**6))
    monkeypatch.setattr("solver.loop.time.perf_counter", lambda: float(next(now)))
    solver = quiet(flat_net(), num_epochs=2).train()
    assert (solver.run.seconds_train, solver.run.seconds_eval) == (12.0, 3.0)
    assert [row["seconds_train"] for row in solver.history.rows] == [0.0, 6.0, 12.0]
    assert [row["seconds_eval"] for row in solver.history.rows] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("what", "ask"),
    [
        ("evaluation.check_before_training", lambda run: run.check()),
        ("evaluation.task_of", lambda run: run.task),
        ("fingerprint", lambda run: run.data_fingerprint()),
    ],
)
def test_what_is_looked_at_once(what, ask, monkeypatch):
    run, told = run_of(), []
    run._task = None if what.endswith("task_of") else SimpleNamespace(label="acc", beside_names=("mae",))
    monkeypatch.setattr(f"solver.run.{what}", lambda *given: told.append(given) or "found")
    for _ in range(2):
        assert ask(run) == (None if "check" in what else "found")
        assert len(told) == 1
    assert "check" not in what or (run.history.measure, run.history.beside) == ("acc", ("mae",))


@pytest.mark.parametrize(
    ("options", "horizon"),
    [
        ({}, None), ({"lr_schedule": "linear"}, 8), ({"lr_schedule": "inverse_time"}, None),
        ({"lr_schedule": "inverse_time", "schedules": {"momentum": "cosine"}}, 8),
        ({"schedules": {"momentum": "inverse_time"}}, None),
    ],
)  # fmt: skip
def test_schedules_are_laid_out_over_the_steps_that_are_said(options, horizon):
    run = run_of(update_rule="sgd_momentum", **options)
    assert run.horizon == (30 if horizon else None)
    run.lay_out(8)
    assert run.horizon == horizon
    names = {*options.get("schedules", {}), *(["learning_rate"] if "lr_schedule" in options else [])}
    assert set(run.updater.schedules) == names
    if "learning_rate" in names:
        factor = 0.25 if options["lr_schedule"] == "linear" else 1 / (1 + 6e-4)
        assert run.updater.schedules["learning_rate"](6) == pytest.approx(factor, rel=1e-15)


@pytest.mark.parametrize("always", [True, False])
@pytest.mark.parametrize("found", [(None, "why"), (SimpleNamespace(advance=abs), None)])
def test_the_engine_is_settled_once(found, always, monkeypatch):
    run, asked = run_of(), []
    monkeypatch.setattr("solver.run.engine", lambda *given: asked.append(given) or found)
    assert (run.choose_engine(True) if always else run.choose_engine()) == found[1]
    assert asked == [(run, "auto", always)]
    assert run.compiled is found[0]
    assert (run.settings.engine, run.advance) == (("compiled", abs) if found[0] else ("numpy", run._one_step))
    assert run.choose_engine() is None
    assert len(asked) == 1


@pytest.mark.parametrize("asked", ["numpy", "auto", "compiled"])
def test_the_compiled_engine_is_looked_for_at_once_where_it_is_asked_for(asked, monkeypatch):
    told = []
    monkeypatch.setattr("solver.run.engine", lambda *given: told.append(given[1:]) or (None, None))
    run_of(engine=asked)
    assert told == ([("compiled", False)] if asked == "compiled" else [])


def test_numbers_are_those_of_the_settings_alone():
    config = {"t": 3, "learning_rate": 0.5, "name": "x", "velocity": np.ones(2), "none": None}
    assert compiled._scalars(config) == {"t": 3, "learning_rate": 0.5}
