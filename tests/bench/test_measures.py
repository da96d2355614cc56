"""What one run achieved and which trial is chosen, on records made by hand."""

import math
from pathlib import Path

import pytest

import bench
from bench.solvers.planning.problem import load_problem
from bench.solvers.planning.task import Task
from bench.solvers.presenting.guards import warnings_of
from bench.solvers.reading.choice import by_trial, choose
from bench.solvers.reading.measures import best, final, time_to
from bench.solvers.reading.summary import at_one_budget, summarise
from bench.solvers.storage.record import Record


def record(errors: list[float], trial: int = 0, status: str = "ok") -> Record:
    rows = [{"step": 10 * i, "seconds_train": 0.1 * i, "val_acc": 1 - error} for i, error in enumerate(errors)]
    setup = {"name": "tiny"}
    return Record(
        Task(setup, "sgd", "sgd", None, {"learning_rate": trial}, "tune", trial, 0, 0), {"status": status}, {}, rows
    )


def test_time_to_the_target(tiny: Path) -> None:
    problem = load_problem(tiny)  # its target is an error of 0.3
    run = record([0.9, 0.4, 0.3, 0.5])
    assert time_to(run, problem) == 20
    assert time_to(run, problem, axis="seconds_train") == pytest.approx(0.2)
    assert time_to(run, problem, 0.1) == math.inf
    assert best(run, problem) == pytest.approx(0.3)
    assert final(run, problem) == pytest.approx(0.5)


def test_a_run_that_diverged_is_left_with_its_untrained_net(tiny: Path) -> None:
    problem = load_problem(tiny)
    run = record([0.9, 0.5], status="diverged")
    assert best(run, problem) == final(run, problem) == pytest.approx(0.9)
    assert time_to(run, problem) == math.inf
    assert time_to(record([0.9, 0.2, 0.5], status="diverged"), problem) == 10  # met before


def test_the_choice_is_by_steps_then_by_the_best_measure(tiny: Path) -> None:
    problem = load_problem(tiny)
    fast, slow, missed = record([0.9, 0.3], 0), record([0.9, 0.4, 0.1], 1), record([0.9, 0.35], 2)
    assert choose([slow, fast, missed], problem).trial == 0
    assert choose([missed, slow], problem).trial == 1
    assert choose([record([0.9, 0.5], 3), missed], problem).trial == 2


def test_the_choice_is_by_the_median_over_tuning_seeds(tiny: Path) -> None:
    """Trial 0 is fast with one seed of three, trial 1 with two; neither the first nor the best seed decides."""
    problem = load_problem(tiny)
    fast, slow, late = [0.9, 0.3], [0.9, 0.4, 0.3], [0.9, 0.4, 0.4, 0.3]
    runs = [record(fast), record(late), record(late), record(slow, 1), record(fast, 1), record(late, 1)]
    assert by_trial(runs, lambda run: time_to(run, problem)) == {0: 30, 1: 20}
    assert choose(runs, problem) == ({"learning_rate": 1}, 1)


def test_full_batch_methods_are_counted_to_the_budget_of_the_others(swept: Path) -> None:
    results = bench.Results(swept)
    problem = results.problems[0]
    entries = [entry for entry in results.entries(problem) if entry.report]
    cut = {entry.solver: entry.report for entry in at_one_budget(entries)}
    epochs = problem.training["epochs"]
    went_on = {entry.solver for entry in entries if any(run.rows[-1]["epoch"] > epochs for run in entry.report)}
    assert went_on == {"lbfgs"}
    for entry in entries:
        for run, counted in zip(entry.report, cut[entry.solver], strict=True):
            assert list(counted.rows) == [row for row in run.rows if row["epoch"] <= epochs]
    rows = {row.solver: row for row in summarise(results, problem)}
    steps = [time_to(run, problem) for run in cut["lbfgs"]]
    assert rows["lbfgs"].hits == sum(math.isfinite(one) for one in steps)
    assert any(w.guard == "budget" and w.solver == "lbfgs" for w in warnings_of(results, problem, list(rows.values())))
    (alone,) = [entry for entry in entries if entry.solver == "lbfgs"]
    assert at_one_budget([alone]) == [alone], "beside none it is left as it is"
