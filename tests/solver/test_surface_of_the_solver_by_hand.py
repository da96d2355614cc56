"""The surface of a Solver by hand: what it prints, measures, reduces and goes on with; ranks that are late."""

from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, softmax_data

from solver import Solver, parallel
from solver.inputs.settings import Settings


def test_a_solver_says_where_it_stands():
    run = quiet(flat_net(), num_epochs=2)
    assert repr(run) == "Solver(Graph, sgd, epoch 0 of 2, step 0, best -inf)"
    run.train()
    best = max(run.val_acc_history)
    assert repr(run) == f"Solver(Graph, sgd, epoch 2 of 2, step 12, finished, best {best:.4g})"
    assert (run.step, run.epoch, run.steps_per_epoch, run.total_steps) == (12, 2, 6, 12)
    assert (len(run.loss_history), len(run.train_acc_history), len(run.val_acc_history)) == (12, 3, 3)
    assert set(run.best_params) == set(run.last_params) == set(run.model.params)
    assert run.train(num_epochs=3).step == 18


@pytest.mark.parametrize(
    ("reason", "verbose", "progress", "told"),
    [("a", True, "lines", True), (None, True, "lines", False), ("a", False, "lines", False), ("a", True, "none", False),
     ("a", True, "bar", True)],
)  # fmt: skip
def test_why_an_engine_is_not_compiled_is_said(capsys, reason, verbose, progress, told):
    run = quiet(flat_net(), verbose=verbose, progress=progress)
    run.run.choose_engine = lambda: reason
    run._choose_engine()
    assert capsys.readouterr().out == ("engine: numpy; no compiled form for a\n" if told else "")
    compiled = []
    run.run.compiled = SimpleNamespace(compile=lambda: compiled.append(1))
    run._choose_engine()
    assert compiled == [1]


@pytest.mark.parametrize(
    ("rate", "factor", "lowest", "after"),
    [(0.5, 0.5, 0, 0.25), (0.5, 0.5, 0.375, 0.375), (0.5, 0.5, 0.125, 0.25), (0.5, 0.5, 1, 0.5), (0.0, 0.5, 0.1, 0)],
)
def test_a_reduced_rate(rate, factor, lowest, after):
    run = quiet(flat_net(), optim_config={"learning_rate": rate})
    run.reduce_learning_rate(factor, lowest)
    assert run.learning_rate == after
    run.learning_rate = 0.125
    assert run.learning_rate == 0.125
    assert {config["learning_rate"] for config in run.optim_configs.values()} == {0.125}


def test_patience_that_ended_a_run_is_counted_anew_where_steps_are_left():
    run = quiet(flat_net())
    for reason, step, asked, since in (
        ("patience", 29, True, 0), ("patience", 30, True, 5), ("patience", 29, False, 5), ("target", 29, True, 5),
        ("callback", 29, True, 5),
    ):  # fmt: skip
        run.run.best.since, run.run.stopped_reason, run.run.step = 5, reason, step
        run.settings.patience = 6
        if step == 30:
            with pytest.warns(UserWarning, match="made no step"):
                run._go_on(asked)
        else:
            run._go_on(asked)
        assert run.run.best.since == since


def test_the_measure_of_random_rows():
    run, data = quiet(flat_net()), softmax_data()
    whole = run.check_accuracy(data["X_val"].tolist(), data["y_val"].tolist())
    assert whole == np.mean(run.model.loss(data["X_val"]).argmax(1) == data["y_val"])
    few = [run.check_accuracy(data["X_val"], data["y_val"], num_samples=1) for _ in range(40)]
    assert set(few) == {0.0, 1.0}


def test_a_leftover_of_a_killed_save_is_removed_where_a_checkpoint_is_kept(tmp_path, monkeypatch):
    cleaned = []
    monkeypatch.setattr("solver.solver.clean", cleaned.append)
    quiet(CourseNet())
    Solver(CourseNet(), softmax_data(), checkpoint_name=tmp_path / "a")
    assert cleaned == [tmp_path / "a.npz"]


@pytest.mark.parametrize(
    ("limit", "now", "late"), [(5.0, 14.0, False), (5.0, 15.0, True), (5.0, 16.0, True), (None, 99.0, False)]
)
def test_a_rank_asks_to_stop_when_its_time_is_up(monkeypatch, capsys, limit, now, late):
    clock = [10.0]
    monkeypatch.setattr(parallel, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    seen = []
    monkeypatch.setattr(parallel, "estimate", lambda model, X, y: seen.append((len(X), len(y))) or "found")
    model = SimpleNamespace(asked_to_stop=False, stopped=False)
    ranks = parallel._Ranks(model, limit)
    data = SimpleNamespace(X_train=np.zeros((9, 1)), y_train=np.zeros(9))
    for verbose in (False, True):
        ranks.on_train_begin(SimpleNamespace(data=data, settings=SimpleNamespace(batch_size=4, verbose=verbose)))
        assert capsys.readouterr().out == ("found\n" if verbose else "")
    assert seen == [(4, 4)] * 2
    clock[0] = now
    assert ranks.on_step(None, {}) is False
    assert model.asked_to_stop is late
    model.asked_to_stop = model.stopped = True
    assert ranks.on_step(None, {}) is True
    assert model.asked_to_stop is True


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_options_of_a_rank(rank):
    comm = SimpleNamespace(rank=rank, bcast=lambda given: given or CourseNet().params)
    mine = SimpleNamespace(on_step=len)
    given = {"callbacks": [mine], "max_seconds": 3, "log": "h.csv", "checkpoint_name": "run", "progress": "lines"}
    model, options = parallel.distribute(CourseNet(), comm, given)
    assert (model.asked_to_stop, model.stopped, model.calls, model.noisy) == (False, False, 0, False)
    assert options["callbacks"][0] is mine
    assert (options["callbacks"][1].max_seconds, options["max_seconds"]) == (3, None)
    alone = {name: options.get(name, "told") for name in ("verbose", "progress", "checkpoint_name", "log")}
    if rank:
        assert alone == {"verbose": False, "progress": "none", "checkpoint_name": None, "log": None}
    else:
        assert alone == {"verbose": "told", "progress": "lines", "checkpoint_name": "run", "log": "h.csv"}
    assert Settings(**options).max_seconds is None


def test_what_cannot_be_sliced_and_what_can():
    comm = SimpleNamespace(rank=0, bcast=lambda given: given)
    for change in ({"noisy": True}, {"state": {"a": 1}}, {"noisy": True, "state": {"a": 1}}):
        model = CourseNet()
        vars(model).update(change)
        with pytest.raises(ValueError, match=r"^comm: a model with noise or running statistics cannot be sliced"):
            parallel.DataParallel(model, comm)
    model = CourseNet()
    vars(model).update(noisy=False, state={})
    assert parallel.DataParallel(model, comm).state == {}
