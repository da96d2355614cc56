"""The rules of the protocol: paired and disjoint seeds, nested trials, ids by content, the choice by validation."""

import re
from pathlib import Path

import numpy as np
import pytest

import bench
from bench.solvers.planning.plan import pairs, plan
from bench.solvers.planning.problem import from_dict, known_problems, load_problem
from bench.solvers.planning.scheduled import rule_settings
from bench.solvers.planning.seeds import PURPOSES, run_seed
from bench.solvers.planning.spaces import Range, known_solvers, load_space
from bench.solvers.planning.task import Task, report_tasks, tuning_tasks
from bench.solvers.reading.measures import final, measure
from bench.solvers.running.building import build_model, load_data
from bench.solvers.running.first_order import penalty
from bench.solvers.running.run_one import perform, run_one
from bench.solvers.storage.record import Record
from bench.solvers.storage.store import Store
from solver import rules, streams
from tests.bench.older import as_files


def test_seeds_of_tuning_reporting_and_target_are_disjoint() -> None:
    seeds = {purpose: {run_seed(0, "p", purpose, r) for r in range(500)} for purpose in PURPOSES}
    assert sum(map(len, seeds.values())) == len(set().union(*seeds.values()))


def test_seeds_are_fixed_for_ever() -> None:
    """Results that people keep depend on this number."""
    assert run_seed(0, "mnist-mlp100", "report", 0) == 7136117906406557110


def test_all_solvers_start_alike_and_see_the_same_batches(tiny: Path) -> None:
    problem = load_problem(tiny)
    a, b = (report_tasks(problem, load_space(name), {}, 2, 0)[1] for name in ("sgd", "adam"))
    assert a.seed == b.seed
    assert a.id != b.id
    first, second = (build_model(t.setup, streams(t.seed).initialisation).params.flat for t in (a, b))
    assert np.array_equal(first, second)


def test_every_run_has_the_blas_threads_it_was_given(tiny: Path, tmp_path: Path) -> None:
    """Whatever the environment says: a worker limits BLAS itself, and the result says how many threads it had."""
    pytest.importorskip("threadpoolctl")
    task = report_tasks(load_problem(tiny), load_space("sgd"), {"learning_rate": 0.1}, 1, 0)[0]
    for threads in (1, 2):
        store = Store(tmp_path / str(threads))
        store.append(run_one(task, threads).line)
        assert store.record(task).machine["threads"] == threads


def reports(folder: Path) -> list[Record]:
    return [run for _, run in Store(folder).runs() if run.task.purpose == "report"]


def test_paired_runs_have_the_same_first_row(swept: Path) -> None:
    rows = [run.rows[0] for run in reports(swept) if run.task.repetition == 3]
    assert len(rows) == 4
    assert len({row["val_loss"] for row in rows if "lr" in row}) == 1


def test_more_trials_move_none() -> None:
    space = load_space("adam")
    assert space.draw(50, 0)[:7] == space.draw(7, 0)
    assert space.draw(7, 1) != space.draw(7, 0)


def test_solvers_share_the_points_of_the_learning_rate() -> None:
    places = [
        [load_space(name).ranges["learning_rate"].place(one["learning_rate"]) for one in load_space(name).draw(9, 0)]
        for name in ("sgd", "adamw")
    ]
    assert places[0] == pytest.approx(places[1], abs=1e-3)


@pytest.mark.parametrize("name", known_solvers())
def test_every_space_fits_its_rule(name: str) -> None:
    space = load_space(name)
    if space.rule is not None:
        assert set(rule_settings(space.ranges)) <= set(rules.get(space.rule).settings)
        span = space.ranges["learning_rate"]
        assert span.high / span.low == pytest.approx(1e4)
    for settings in space.draw(50, 0):
        for setting, value in settings.items():
            span = space.ranges[setting]
            assert -1e-9 <= span.place(value) <= 1 + 1e-9, (setting, value)


UNMEASURED = ("fashion-mlp100", "kmnist-mlp100")  # their data could not be had where the others were measured


@pytest.mark.parametrize("name", known_problems())
def test_every_problem_loads(name: str) -> None:
    problem = load_problem(name)
    assert problem.name == name
    measured = problem.target["source"].startswith("median best of")
    assert measured == problem.has_target == (name not in UNMEASURED)
    assert from_dict(problem._asdict()).id == problem.id


def test_the_target_changes_the_id_and_no_run(tiny: Path) -> None:
    problem = load_problem(tiny)
    other = problem._replace(target={**problem.target, "value": 0.1})
    assert other.id != problem.id
    space = load_space("sgd")
    assert [t.id for t in tuning_tasks(other, space, 3, 0)] == [t.id for t in tuning_tasks(problem, space, 3, 0)]


def test_a_task_says_everything(tiny: Path) -> None:
    task = tuning_tasks(load_problem(tiny), load_space("momentum"), 1, 0)[0]
    assert Task(**task._asdict()) == task
    assert Task(**task._asdict()).id == task.id


@pytest.mark.parametrize(
    ("scale", "unit", "value"), [("log", 0.5, 0.1), ("linear", 0.5, 0.505), ("one_minus_log", 0.5, 0.9)]
)
def test_ranges(scale: str, unit: float, value: float) -> None:
    span = Range(scale, 0.01, 1.0)
    assert span.at(unit) == pytest.approx(value)
    assert span.place(span.at(unit)) == pytest.approx(unit, abs=1e-3)


def test_divergence_is_an_outcome(tiny: Path) -> None:
    problem = load_problem(tiny)
    steep = problem._replace(model={**problem.model, "activation": "relu", "reg": 1e3})
    found = perform(report_tasks(steep, load_space("sgd"), {"learning_rate": 1e5}, 1, 0)[0])
    assert found.outcome["status"] == "diverged"
    assert "not finite" in found.outcome["error"] or "loss is" in found.outcome["error"]
    assert found.outcome["test_acc"] is None
    assert final(found, problem) == measure(found, problem)[0]


def test_the_test_set_is_touched_by_reporting_runs_alone(swept: Path) -> None:
    for _, found in Store(swept).runs():
        assert ("test_acc" in found.outcome) == (found.task.purpose == "report")


def test_the_reported_test_error_is_of_the_best_checkpoint(tiny: Path) -> None:
    """The outcome is that of a net with the weights of `best_step`, not of the last step."""
    from solver import Solver

    problem, space = load_problem(tiny), load_space("sgd")
    task = report_tasks(problem, space, {"learning_rate": 1.5}, 3, 0)[2]
    found = perform(task)
    data, model = load_data(task.setup), build_model(task.setup, streams(task.seed).initialisation)
    steps = found.outcome["best_step"]
    short = Solver(model, data, update_rule="sgd", optim_config=task.settings, batch_size=64, seed=task.seed,
                   num_epochs=3, eval_every=steps, restore_best=False, verbose=False, progress="none",
                   callbacks=[_StopAt(steps)])  # fmt: skip
    short.train()
    assert found.outcome["steps"] > steps
    assert found.rows[-1]["val_acc"] < max(row["val_acc"] for row in found.rows) - 0.1
    assert model.evaluate(data["X_test"], data["y_test"])[1] == pytest.approx(found.outcome["test_acc"])


class _StopAt:
    def __init__(self, steps: int):
        self.steps = steps

    def on_step(self, solver: object, logs: dict[str, int]) -> bool:
        return logs["step"] >= self.steps


def test_the_optimum_of_the_convex_problem(tmp_path: Path) -> None:
    """Every solver stays above the optimum that stands in the file, and L-BFGS comes within 1e-5 of it."""
    problem = load_problem("digits-softmax")
    found = perform(report_tasks(problem, load_space("lbfgs"), {"maxcor": 10}, 1, 0)[0])
    gaps = measure(found, problem)
    assert -1e-7 < gaps.min() < 1e-5


def test_the_objective_is_the_training_loss_of_the_model() -> None:
    """Data loss plus penalty, measured without gradients, is what `loss(X, y)` gives over all training rows."""
    setup = load_problem("digits-softmax").setup
    data, model = load_data(setup), build_model(setup, np.random.default_rng(0))
    apart = model.evaluate(data["X_train"], data["y_train"])[0] + penalty(model)
    assert apart == pytest.approx(model.loss(data["X_train"], data["y_train"])[0], rel=1e-12)
    short = {**setup, "training": {**setup["training"], "epochs": 1}}
    task = report_tasks(load_problem("digits-softmax"), load_space("sgd"), {"learning_rate": 0.1}, 1, 0)[0]
    row = perform(task._replace(setup=short)).rows[0]
    fresh = build_model(setup, streams(task.seed).initialisation)
    assert row["objective"] == pytest.approx(fresh.loss(data["X_train"], data["y_train"])[0], rel=1e-6)


def test_full_batch_steps_count_examples_alike(swept: Path) -> None:
    found = next(run for run in reports(swept) if run.task.solver == "lbfgs")
    rows = 1437 - 180
    for row in found.rows:
        assert row["examples"] == row["epoch"] * rows
        assert row["step"] == row["epoch"] * (rows // 64)
    assert found.rows[-1]["epoch"] <= 6 + 20  # a line search may end after the budget


def test_full_batch_methods_need_a_loss_without_noise() -> None:
    assert "lbfgs" not in [space.solver for space in plan(["mnist-mlp100-drop"]).spaces]
    with pytest.raises(ValueError, match="lbfgs takes the full batch and needs a loss without noise"):
        plan(["mnist-mlp100-drop"], ["sgd", "lbfgs"])
    both = plan(["mnist-mlp100-drop", "digits-mlp32"], ["sgd", "lbfgs"], untuned=False)
    assert [(problem.name, space.solver) for problem, space in pairs(both)] == [
        ("mnist-mlp100-drop", "sgd"), ("digits-mlp32", "sgd"), ("digits-mlp32", "lbfgs"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("name = 1", "problem.name is 1; expected str"),
        ("[model]\nhiden = [8]\n", "model has an unknown key 'hiden'. Did you mean 'hidden' or 'keep_hidden'?"),
        ("[training]\nbatch = 0\nepochs = 3\nevaluations_per_epoch = 2", "training.batch is 0; expected a positive"),
        ('[target]\nmeasure = "accuracy"\nvalue = 0.9', "target.measure is 'accuracy'; expected one of val_error"),
    ],
)
def test_messages_of_problem_files(tiny: Path, tmp_path: Path, change: str, message: str) -> None:
    lines = tiny.read_text().strip()
    if change.startswith("["):
        table = change.partition("\n")[0]
        head, _, rest = lines.partition(table)
        tail = rest[rest.index("\n[") :] if "\n[" in rest else ""
        text = head + change + "\n" + tail
    else:
        text = "\n".join([change, *lines.splitlines()[1:]])
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(message)):
        load_problem(path)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: load_problem("mnist-mpl100"),
            "unknown problem 'mnist-mpl100'. Did you mean 'mnist-mlp100' or 'kmnist-mlp100'? Known: deepobs-",
        ),
        (lambda: load_space("adm"), "unknown solver 'adm'. Did you mean 'adam'"),
        (
            lambda: plan(["digits-mlp32"], budget="huge"),
            "budget is 'huge'; expected one of quick, standard, full",
        ),
        (lambda: plan(["digits-mlp32"], seeds=0), "seeds is 0; expected at least 1"),
        (lambda: bench.Results("nowhere"), "nowhere holds no results"),
    ],
)
def test_messages(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        call()  # type: ignore[operator]


def test_a_folder_keeps_to_one_sweep(tiny: Path, swept: Path, tmp_path: Path) -> None:
    other = tmp_path / "tiny.toml"
    other.write_text(tiny.read_text().replace("batch = 64", "batch = 32"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"holds tiny with another set-up than this one\. Use another --out"):
        bench.run(other, ["sgd"], out=swept, backend="sequential", progress=False)
    with pytest.raises(ValueError, match="holds a sweep with root 0; this one has 5"):
        bench.run(tiny, ["sgd"], out=swept, seed=5, backend="sequential", progress=False)


@pytest.mark.parametrize("cut", ["in the header", "between rows", "after the header"])
def test_a_damaged_result_is_named(cut: str, swept: Path, tmp_path: Path) -> None:
    copy = as_files(swept, tmp_path / "copy")
    victim = next(copy.rglob("sgd/report-*.jsonl"))
    lines = victim.read_text().splitlines(keepends=True)
    kept = {"in the header": [lines[0][:100]], "between rows": lines[:-1], "after the header": lines[:1]}[cut]
    victim.write_text("".join(kept), encoding="utf-8")
    with pytest.raises(ValueError, match=f"{victim.name} is not a whole result of 'layergraph bench': .*run again"):
        bench.Results(copy)
