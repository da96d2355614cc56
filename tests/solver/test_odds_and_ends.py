"""Odds and ends that a mutant showed to be promised and not tested."""

import numpy as np
import pytest
from solver_cases import flat_net, quiet, softmax_data

import models
import solver
from solver import rules
from solver.checkpoint import same_model
from solver.evaluation import evaluate
from solver.parameters import Parameters


def test_the_iterations_of_a_minimiser_count_from_one_and_are_evaluated_at_their_cadence():
    rows = solver.minimize(flat_net(), softmax_data(), max_iter=7, eval_every=3).rows
    assert [row["step"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["step"] for row in rows if row["val_loss"] is not None] == list(range(3, len(rows) + 1, 3))


def test_an_average_of_decay_zero_is_the_weights_themselves():
    run = quiet(flat_net(), average=0.0, restore_best=False).train()
    plain = quiet(flat_net(), restore_best=False).train()
    np.testing.assert_allclose(run.model.params.flat, plain.model.params.flat, rtol=1e-12)
    for value in (-1e-9, 1.0, "emu", True):
        with pytest.raises(ValueError, match=r"average must be a decay from 0 to below 1 \(EMA\), 'polyak', or None"):
            quiet(flat_net(), average=value)


def test_the_weight_of_a_step_in_the_schedule_free_average_is_the_square_of_its_rate():
    """Rates 0.1 and 0.3: the first point alone, then the second with weight 9 of 10."""
    w, config = np.array([1.0]), {"learning_rate": 0.1, "momentum": 0.0}
    rule = rules.get("schedule_free_sgd").function
    w, config = rule(w, np.array([1.0]), config)
    assert config["x"] == pytest.approx(0.9)
    config["learning_rate"] = 0.3
    w, config = rule(w, np.array([1.0]), config)
    assert config["z"] == pytest.approx(0.6)
    assert config["x"] == pytest.approx(0.1 * 0.9 + 0.9 * 0.6)


def node(name, layer, inputs=("x",), params=("W",), settings=()):
    return [name, layer, list(inputs), list(params), dict(settings)]


@pytest.mark.parametrize(
    ("then", "here", "words"),
    [
        ([node("a", "linear")], [], ("node 'a' of layer 'linear'", "no further node")),
        ([], [node("a", "linear")], ("no further node", "node 'a' of layer 'linear'")),
        ([node("a", "relu")], [node("a", "tanh")], ("node 'a' of layer 'relu'", "node 'a' of layer 'tanh'")),
        ([node("a", "tanh")], [node("a", "relu")], ("node 'a' of layer 'tanh'", "node 'a' of layer 'relu'")),
        (
            [node("a", "linear"), node("b", "relu", ("a",), (), {"slope": 1})],
            [node("a", "linear"), node("b", "relu", ("x",), ("V",))],
            ("node 'b' of layer 'relu', inputs ['a'], parameters [], settings {'slope': 1}",
             "node 'b' of layer 'relu', inputs ['x'], parameters ['V'], settings {}"),
        ),
    ],
)  # fmt: skip
def test_the_first_node_that_differs_is_put_into_words(then, here, words):
    assert same_model._nodes(then, here) == words


def test_the_state_of_muon_is_cleared_of_denormals_every_64_steps():
    muon, rng = rules.get("muon").function, np.random.default_rng(0)
    w = rng.standard_normal((4, 3))
    config = {"learning_rate": 0.01, "momentum": 0.5}
    w, config = muon(w, rng.standard_normal(w.shape), config)
    zero = np.zeros_like(w)
    for step in range(2, 129):
        config["m"][0, 0] = 1e-300
        w, config = muon(w, zero, config)
        assert (config["m"][0, 0] == 0) == (step % 64 == 0), step


@pytest.mark.parametrize("rows", [1, 99, 100, 101, 250])
def test_an_evaluation_in_blocks_counts_every_row_once(rows):
    model = flat_net()
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((rows, 12)), rng.integers(3, size=rows)
    loss, accuracy = evaluate(model, X, y)
    assert accuracy == pytest.approx(np.mean(model.loss(X).argmax(1) == y))
    assert loss == pytest.approx(model.loss(X, y)[0], rel=1e-9)


def test_time_is_looked_at_after_every_step(monkeypatch):
    """A clock that goes by one second a step: 3.5 s are over after the fourth, within the first epoch of six."""
    now = [0.0]

    class Clock:
        def on_step(self, run, logs):
            now[0] += 1.0

    monkeypatch.setattr("solver.loop.time.perf_counter", lambda: now[0])
    run = quiet(flat_net(), max_seconds=3.5, callbacks=[Clock()]).train()
    assert (run.step, run.stopped_reason) == (4, "max_seconds")


def test_the_best_weights_come_with_the_statistics_of_their_time():
    model, seen = models.mlp([12, 7, 3], batch_norm=True, rng=1), {}

    class Watch:
        def on_eval(self, run, logs):
            seen[run.step] = {name: array.copy() for name, array in model.state.items()}

    run = quiet(model, callbacks=[Watch()], optim_config={"learning_rate": 2.0}, num_epochs=12).train()
    best = max(run.history.rows, key=lambda row: row["val_acc"])["step"]
    assert best < run.step
    for name, array in seen[best].items():
        np.testing.assert_array_equal(model.state[name], array)


def test_a_flat_vector_that_was_exchanged_is_noticed():
    model = flat_net()
    parameters = Parameters(model)
    same = parameters.views["W1"]
    parameters.adopt()
    assert parameters.views["W1"] is same
    model._params = model.params.copy()
    parameters.adopt()
    assert parameters.vector is model.params.flat
    assert np.shares_memory(parameters.views["W1"], model.params["W1"])


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 8), (5, 5)])
def test_a_matrix_of_muon_moves_by_its_rate_times_an_orthogonal_matrix(shape):
    """The singular values of the step are near 1, times sqrt(columns / rows) where there are more columns."""
    w, dw = np.zeros(shape), np.random.default_rng(0).standard_normal(shape)
    moved, _ = rules.get("muon").function(w, dw, {"learning_rate": 0.5, "adamw_names": ()})
    values = np.linalg.svd(moved, compute_uv=False)
    size = 0.5 * np.sqrt(max(1, shape[1] / shape[0]))
    assert np.all((0.6 * size < values) & (values < 1.3 * size))
    assert np.sum(moved * dw) < 0


def test_a_list_of_names_is_kept_as_a_tuple_and_text_as_text():
    muon = rules.get("muon")
    assert rules.check_settings(muon, {"adamw_names": ["W1", "b"]})["adamw_names"] == ("W1", "b")
    assert rules.check_settings(muon, {"adamw_names": "W1"})["adamw_names"] == "W1"
    assert rules.check_settings(muon, {})["adamw_names"] is None


@pytest.mark.parametrize(
    ("setting", "least"),
    [("num_epochs", 0), ("batch_size", 1), ("accumulate", 1), ("print_every", 1), ("eval_every", 1), ("seed", 0)],
)
def test_the_least_of_what_is_counted(setting, least):
    quiet(flat_net(), **{setting: least})
    with pytest.raises(ValueError, match=rf"{setting} must be an integer of at least {least}.*; got {least - 1}\."):
        quiet(flat_net(), **{setting: least - 1})


@pytest.mark.parametrize(
    ("monitor", "delta", "values", "waits"),
    [
        ("val_loss", 0.0, [3.0, 2.0, 2.0, 2.5, 1.0, 1.0], [0, 0, 1, 2, 0, 1]),
        ("val_acc", 0.0, [0.1, 0.3, 0.3, 0.2, 0.4, 0.4], [0, 0, 1, 2, 0, 1]),
        ("val_loss", 0.2, [3.0, 2.9, 2.5, 2.41], [0, 1, 0, 1]),
    ],
)
def test_a_plateau_is_counted_from_the_last_improvement(monitor, delta, values, waits):
    plateau = solver.ReduceOnPlateau(monitor=monitor, patience=100, min_delta=delta)
    found = []
    for value in values:
        plateau.waited({monitor: value})
        found.append(plateau.since)
    assert found == waits


class Stateful:
    def on_epoch(self, run, logs):
        pass

    def state(self):
        return {}

    def restore(self, state):
        pass


def test_callbacks_with_a_state_are_those_that_were_saved(tmp_path):
    quiet(flat_net(), callbacks=[Stateful()]).train().save(tmp_path / "one.npz")
    quiet(flat_net()).train().save(tmp_path / "none.npz")
    saved = "the run was saved with the callbacks {} that have a state; got {}. Pass callbacks="
    for name, given, words in (("one", [], ("Stateful", "none")), ("none", [Stateful()], ("none", "Stateful"))):
        with pytest.raises(ValueError, match=saved.format(*words)):
            solver.Solver.load(tmp_path / f"{name}.npz", flat_net(), softmax_data(), callbacks=given)
