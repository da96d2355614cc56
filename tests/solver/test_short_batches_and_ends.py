"""Batches of one row, short last batches, runs that are over, and numbers that were never finite."""

import warnings

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, refused, softmax_data, weights

import models
from solver import DivergedError, Solver, lr_range_test, minimize


def normed():
    return models.mlp([12, 7, 3], batch_norm=True, rng=1)


def first(rows):
    data = softmax_data()
    return {**data, "X_train": data["X_train"][:rows], "y_train": data["y_train"][:rows]}


@pytest.mark.parametrize("sampling", ["epoch", "with_replacement", "without_replacement"])
def test_batches_of_one_row_are_refused_where_there_is_batch_norm(sampling):
    message = "batch_norm1 normalises by mean and variance of the batch, and of one row (batch_size=1)"
    refused(ValueError, message, normed(), batch_size=1, sampling=sampling)
    refused(ValueError, message, normed(), batch_size=1, accumulate=8)
    quiet(flat_net(), batch_size=1, num_epochs=1, sampling=sampling).train()  # without it, they are as good as others


@pytest.mark.filterwarnings("ignore:y_train holds the one class")
def test_one_training_row_is_refused_where_there_is_batch_norm():
    refused(ValueError, "(one training row)", normed(), first(1))
    quiet(flat_net(), first(1), num_epochs=1).train()


@pytest.mark.parametrize("settings", [{"batch_size": 20}, {"batch_size": 10, "accumulate": 2}])
def test_a_last_batch_of_one_row_is_said_and_left_out_of_the_statistics(settings):
    net = normed()
    solver = quiet(net, first(41), sampling="epoch", num_epochs=3, restore_best=False, **settings)
    held = []

    class Watch:
        def on_step(self, solver, logs):
            held.append(net.state["batch_norm1.var"].copy())

    solver.run.callbacks.hooks["on_step"].append(Watch().on_step)
    with pytest.warns(UserWarning, match=r"a batch of one row: batch_norm1 .* left out") as said:
        solver.train()
    assert len(said) == 1
    for last in (2, 5, 8):  # two full batches and the row
        np.testing.assert_array_equal(held[last], held[last - 1])
        assert not np.array_equal(held[last - 1], held[last - 2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quiet(normed(), first(42), sampling="epoch", num_epochs=2).train()


def test_the_compiled_engine_leaves_the_row_out_as_well():
    pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
    ends = []
    for engine in ("numpy", "compiled"):
        net = normed()
        settings = {"sampling": "epoch", "num_epochs": 2, "restore_best": False, "engine": engine}
        with pytest.warns(UserWarning, match=r"one row.* batch_norm1 normalises"):
            quiet(net, first(41), **settings).train()
        ends.append(net.state["batch_norm1.var"])
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-12)


@pytest.mark.parametrize(
    "form", [lambda yes: np.where(yes, 1, -1), lambda yes: yes, lambda yes: yes[:, None].astype(float)]
)
def test_the_compiled_engine_takes_two_classes_in_every_form(form):
    pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
    data = softmax_data()
    data |= {f"y_{part}": form(data[f"X_{part}"][:, 0] > 0) for part in ("train", "val")}
    losses = [
        quiet(models.mlp([12, 6, 1], loss="logistic", rng=0), data, engine=engine).train().loss_history
        for engine in ("numpy", "compiled")
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-12)


def test_a_net_says_it_without_a_solver():
    net, data = normed(), softmax_data()
    net.loss(data["X_train"][:9], data["y_train"][:9])
    before = {name: array.copy() for name, array in net.state.items()}
    with pytest.warns(UserWarning, match="a batch of one row: batch_norm1"):
        net.loss(data["X_train"][:1], data["y_train"][:1])
    for name, array in before.items():
        np.testing.assert_array_equal(net.state[name], array)


def test_the_loss_of_an_epoch_counts_a_short_batch_by_its_rows():
    """With a tiny step the weights stand still, and the mean over the batches is the loss of all rows."""
    net = flat_net()
    whole = net.loss(first(103)["X_train"], first(103)["y_train"])[0]
    solver = quiet(net, first(103), sampling="epoch", num_epochs=2, optim_config={"learning_rate": 1e-12}).train()
    assert [row["loss"] for row in solver.history.rows] == pytest.approx(
        [solver.history.rows[0]["train_loss"], whole, whole], rel=1e-9
    )
    assert np.mean(solver.loss_history[:6]) != pytest.approx(whole, rel=1e-6)
    equal = quiet(flat_net(), sampling="epoch", num_epochs=1).train()
    assert equal.history.rows[1]["loss"] == np.mean(equal.loss_history)


def over_by_patience(**settings):
    # A rate of almost nothing: no evaluation is better than the first.
    tiny = {"learning_rate": 1e-12}
    return quiet(flat_net(), num_epochs=50, patience=3, num_train_samples=None, optim_config=tiny, **settings).train()


def test_more_epochs_after_patience_go_on_with_patience_counted_anew():
    solver = over_by_patience()
    assert (solver.stopped_reason, solver.epoch) == ("patience", 3)
    solver.train(num_epochs=5)
    assert (solver.stopped_reason, solver.epoch) == ("finished", 5)
    solver.train(num_epochs=50)
    assert (solver.stopped_reason, solver.epoch) == ("patience", 6)
    solver.train(num_epochs=50)
    assert (solver.stopped_reason, solver.epoch) == ("patience", 9)
    twice = quiet(flat_net(), num_epochs=9, optim_config={"learning_rate": 1e-12}, num_train_samples=None).train()
    assert solver.loss_history == twice.loss_history  # no step is lost or repeated


def test_a_run_that_is_over_says_so_and_how_to_go_on(tmp_path):
    solver = over_by_patience(checkpoint_name=tmp_path / "run.npz")
    message = r"train\(\) made no step: patience=3 ended the run at epoch 3. train\(num_epochs=13\) goes on"
    with pytest.warns(UserWarning, match=message):
        solver.train()
    assert solver.epoch == 3
    loaded = Solver.load(tmp_path / "run.npz", flat_net(), softmax_data())
    with pytest.warns(UserWarning, match="patience=3 ended the run at epoch 3"):
        loaded.train()
    done = quiet(CourseNet()).train()
    for asked in (None, 5, 2):
        with pytest.warns(UserWarning, match=r"all \d epochs are done. train\(num_epochs=15\) goes on"):
            done.train(asked)
    assert done.train(num_epochs=7).epoch == 7
    with pytest.warns(UserWarning, match=r"the target 0.1 is reached \(0.\d+\). Set solver.settings.target"):
        quiet(CourseNet(), target=0.1).train().train(num_epochs=20)


def test_what_was_never_finite_is_no_matter_of_the_rate():
    net = flat_net()
    net.params["W2"][0, 0] = np.nan
    with pytest.raises(DivergedError) as caught:
        quiet(net).train()
    text = str(caught.value)
    assert "at step 1 (epoch 0.167), before any update: no learning rate is to blame. Parameter 'W2' is so" in text
    assert "smaller learning_rate" not in text
    assert "initialisation" in text

    class LogOfZero(CourseNet):
        def loss(self, X, y=None):
            answer = super().loss(X, y)
            return answer if y is None else (np.inf, answer[1])

    with pytest.raises(DivergedError, match=r"loss is inf at step 1 .*Look at the data \(largest \|X_train\|"):
        quiet(LogOfZero()).train()
    with pytest.raises(DivergedError, match="Try a smaller learning_rate"):
        quiet(flat_net(loss="squared"), optim_config={"learning_rate": 1e6}, num_epochs=50).train()


def test_minimisers_and_range_tests_say_it_too():
    net = flat_net()
    net.params["W2"][0, 0] = np.nan
    with pytest.raises(DivergedError, match="not finite before any step: look at the data"):
        minimize(net, softmax_data())
    with pytest.raises(DivergedError, match="before any update: no learning rate is to blame"):
        lr_range_test(net, softmax_data(), steps=5)


def test_minimize_goes_on_past_the_limit_of_evaluations_of_scipy(monkeypatch):
    seen = {}
    import scipy.optimize

    def remember(*arguments, **keywords):
        seen.update(keywords["options"])
        return original(*arguments, **keywords)

    original = scipy.optimize.minimize
    monkeypatch.setattr(scipy.optimize, "minimize", remember)
    assert minimize(flat_net(), softmax_data(), max_iter=4).steps == 4
    assert seen["maxfun"] > 10**9
    few = minimize(flat_net(), softmax_data(), max_iter=50, maxfun=5)
    assert few.steps < 50  # a limit of the user's own holds
    assert "EVALUATIONS" in few.message.upper()


def test_a_resumed_run_goes_on_in_its_logs(tmp_path):
    logs = [tmp_path / "logs" / "run.csv", tmp_path / "run.jsonl"]
    whole = quiet(flat_net(), num_epochs=4, log=[tmp_path / "whole.csv"]).train()
    quiet(flat_net(), num_epochs=2, log=logs, checkpoint_name=tmp_path / "run.npz").train()
    moved = tmp_path.with_name(tmp_path.name + " moved")
    tmp_path.rename(moved)
    resumed = Solver.load(moved / "run.npz", flat_net(), softmax_data(), num_epochs=4).train()
    assert np.array_equal(weights(resumed.model), weights(whole.model))
    assert len((moved / "logs" / "run.csv").read_text().splitlines()) == 1 + 5
    assert len((moved / "run.jsonl").read_text().splitlines()) == 5
    silent = Solver.load(moved / "run.npz", flat_net(), softmax_data(), num_epochs=5, log=None)
    assert silent.history.files == []
    assert str(moved.parent) not in (moved / "run.npz").read_bytes().decode("latin1")
