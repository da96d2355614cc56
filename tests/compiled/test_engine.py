"""The compiled engine trains as NumPy's does: the same batches and noise, weights equal to rounding, the same words."""

import re

import numpy as np
import pytest
from nets import Y, branched, data, forked, quiet, train

import models
from solver import DivergedError, Solver, compiled as engine
from tests.sampled import sampled

pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")

RUNS = {
    "momentum": {"update_rule": "sgd_momentum"},
    "a schedule, an average": {"update_rule": "adam", "lr_schedule": "cosine", "average": "polyak"},
    "amsgrad, a penalty": {"update_rule": "adamw", "optim_config": {"amsgrad": True}, "net": {"reg": 1e-3, "l1": 1e-4}},
    "shuffled epochs, a short last batch": {"update_rule": "rmsprop", "sampling": "epoch", "num_epochs": 4},
    "masks without replacement, nadam": {"update_rule": "nadam", "sampling": "without_replacement"},
    "clipped": {"clip_norm": 0.3, "clip_value": 0.02},
    "max-norm, leaky relu": {"max_norm": 0.7, "net": {"activation": "leaky_relu"}},
    "micro-batches": {"accumulate": 3, "net": {"reg": 1e-3, "activation": "tanh"}, "sampling": "epoch"},
    "dropout and noise": {"net": {"dropout": 0.3, "input_dropout": 0.1, "noise": 0.1}, "average": 0.9},
    "batch norm": {"net": {"batch_norm": True, "dropout": 0.2, "activation": "softplus"}},
    "svm, no biases": {"net": {"loss": "svm", "use_bias": False}},
    "squares of sigmoids": {"net": {"loss": "squared", "output": "sigmoid", "activation": "sigmoid"}},
    "scaled bytes": {"net": {"input_scale": 255}, "given": {k: (v * 255).astype(np.uint8) if k[0] == "X" else v
                                                           for k, v in data().items()}},
    "elu": {"net": {"activation": "elu", "dropout": 0.1}},
    "gelu, a penalty": {"net": {"activation": "gelu", "reg": 1e-3}, "update_rule": "adam"},
    "gelu, in single precision": {"net": {"activation": "gelu"}},
    "schedule-free": {"update_rule": "schedule_free_sgd"},
}  # fmt: skip


# each is compiled, which takes seconds: by default those that hold most between them
FIRST = ("amsgrad, a penalty", "micro-batches", "batch norm", "gelu, in single precision")


@pytest.mark.parametrize("name", sampled(RUNS, FIRST))
def test_both_engines_train_alike(name):
    dtype = (np.float64, np.float32)[list(RUNS).index(name) % 2]
    one, two = train("numpy", dtype, **RUNS[name]), train("compiled", dtype, **RUNS[name])
    assert (one.settings.engine, two.settings.engine) == ("numpy", "compiled")
    exact = dtype == np.float64
    np.testing.assert_allclose(two.loss_history, one.loss_history, rtol=1e-11 if exact else 1e-4)
    wanted = one.model.params.flat
    np.testing.assert_allclose(
        two.model.params.flat, wanted, rtol=0, atol=(1e-11 if exact else 1e-4) * abs(wanted).max()
    )
    assert two.streams.state() == one.streams.state()
    for ours, theirs in zip(two.history.rows, one.history.rows, strict=True):
        assert (ours["step"], ours["lr"], ours["examples"]) == (theirs["step"], theirs["lr"], theirs["examples"])
        assert ours["grad_norm"] == pytest.approx(theirs["grad_norm"], rel=1e-9 if exact else 1e-3)
        assert ours["update_ratio"] == pytest.approx(theirs["update_ratio"], rel=1e-8 if exact else 1e-2)
    for key, running in one.model.state.items():
        np.testing.assert_allclose(two.model.state[key], running, rtol=1e-9 if exact else 1e-3)
    assert [len(mask) for mask in two.batch] == [len(mask) for mask in one.batch]


def dipping(reg=0.0):
    """Activations with settings, one of them read by two nodes."""
    rng = np.random.default_rng(5)
    nodes = [
        models.node("a", "linear", "x", "W1"),
        models.node("g", "gelu", "a", approximate=True),
        models.node("e", "elu", "g", alpha=0.3),
        models.node("sum", "add", ("g", "e")),
        models.node("scores", "linear", "sum", "W2"),
    ]
    params = {"W1": rng.normal(0, 2, (12, 8)), "W2": rng.normal(0, 0.3, (8, 5))}
    return models.Graph(nodes, params, reg=reg)


@pytest.mark.parametrize("make", sampled([branched, forked, dipping], [branched]))
def test_a_graph_with_branches_and_shared_parameters_trains_alike(make):
    runs = [quiet(make(1e-3), data(), engine=name, num_epochs=2).train() for name in ("numpy", "compiled")]
    np.testing.assert_allclose(runs[1].loss_history, runs[0].loss_history, rtol=1e-11)
    np.testing.assert_allclose(runs[1].model.params.flat, runs[0].model.params.flat, atol=1e-12)


def test_how_the_steps_are_cut_into_chunks_changes_no_bit(monkeypatch):
    net = {"dropout": 0.2, "batch_norm": True}  # as below: one step is compiled for both tests
    options = {"update_rule": "adam", "lr_schedule": "cosine", "sampling": "epoch", "net": net}
    whole = train("compiled", **options)
    monkeypatch.setattr(engine, "MOST", 3)
    assert np.array_equal(train("compiled", **options).model.params.flat, whole.model.params.flat)


def test_a_resumed_run_ends_with_the_same_bits(tmp_path):
    class Save:
        def on_eval(self, solver, logs):
            solver.save(tmp_path / f"{solver.step}.npz")

    options = {"update_rule": "adam", "average": 0.9, "eval_every": 5, "lr_schedule": "cosine", "sampling": "epoch"}
    net = {"dropout": 0.2, "batch_norm": True}
    whole = train("compiled", net=net, callbacks=[Save()], **options)
    saved = sorted(tmp_path.glob("*.npz"), key=lambda path: int(path.stem))
    assert len(saved) > 5
    for path in saved:
        resumed = Solver.load(path, models.mlp([12, 9, 7, 5], rng=2, **net), data(), callbacks=[])
        assert resumed.settings.engine == "compiled"
        resumed.train()
        assert np.array_equal(resumed.model.params.flat, whole.model.params.flat)
        assert resumed.loss_history == whole.loss_history
        assert resumed.streams.state() == whole.streams.state()


@pytest.mark.parametrize("name", ["numpy", "compiled"])
def test_a_run_that_diverges_stops_before_the_update(name, tmp_path):
    model = models.mlp([12, 9, 7, 5], rng=1)
    options = {"optim_config": {"learning_rate": 1e150}, "checkpoint_name": tmp_path / "run"}
    solver = quiet(model, data(), engine=name, eval_every=1000, **options)
    with pytest.raises(DivergedError) as caught:
        solver.train()
    message = re.sub(r"Last finite loss [\d.e+-]+, gradient norm [\d.e+-]+|nan|inf", "...", str(caught.value))
    assert message.startswith(f"loss is ... at step {solver.step + 1} (epoch")
    assert "Try a smaller learning_rate (now 1e+150) or clip_norm. State before the step:" in message
    assert len(solver.loss_history) == solver.step
    assert (tmp_path / "diverged.npz").exists()
    assert np.isfinite(model.params.flat).all()


def test_both_engines_stop_at_the_same_step_with_the_same_state():
    runs = []
    for name in ("numpy", "compiled"):
        solver = quiet(models.mlp([12, 9, 7, 5], rng=1), data(), engine=name, optim_config={"learning_rate": 1e150})
        with pytest.raises(DivergedError):
            solver.train()
        runs.append(solver)
    one, two = runs
    assert one.step == two.step
    assert one.run.sampler.state() == two.run.sampler.state()
    np.testing.assert_allclose(two.model.params.flat, one.model.params.flat, rtol=1e-10)


def test_a_label_that_is_none_is_said_as_by_numpy():
    """And the run stands where NumPy's does, before the step that meets it."""
    ends = []
    for name in ("numpy", "compiled"):
        solver = quiet(models.mlp([12, 9, 7, 5], rng=1), data(y=Y.copy()), engine=name, num_epochs=20)
        held = [solver.data.y_train] + ([solver.run.compiled._y] if name == "compiled" else [])
        for labels in held:
            labels[150] = 99  # as if they had changed after the check
        solver.run.check = lambda: None
        with pytest.raises(ValueError, match="99"):
            solver.train()
        ends.append(solver.run)
    one, two = ends
    np.testing.assert_array_equal(one.batch[0], two.batch[0])
    np.testing.assert_allclose(two.parameters.vector, one.parameters.vector, rtol=1e-10)
    assert one.streams.batches.bit_generator.state == two.streams.batches.bit_generator.state


def test_both_engines_print_the_same_lines(capsys):
    printed = []
    for name in ("numpy", "compiled"):
        model = models.mlp([12, 9, 7, 5], rng=1)
        Solver(model, data(), batch_size=16, num_epochs=3, print_every=7, progress="lines", engine=name).train()
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "(Iteration 7 / 36)" in printed[0]


def test_what_a_callback_changes_in_the_model_is_seen_at_the_next_step():
    class Penalise:
        def on_epoch(self, solver, logs):
            solver.model.reg, solver.model.loss_settings["margin"] = 0.05 * logs["epoch"], 0.5

    runs = [train(name, net={"loss": "svm"}, callbacks=[Penalise()]) for name in ("numpy", "compiled")]
    np.testing.assert_allclose(runs[1].loss_history, runs[0].loss_history, rtol=1e-11)


@pytest.mark.filterwarnings("ignore:X_train holds values")
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("where", ["gradient of W1", "a weight behind a relu"])
def test_what_is_not_finite_is_found_although_the_loss_is(engine, where):
    """A gradient that overflows, from inputs near the largest number; a weight of minus infinity behind relu."""
    model = models.mlp([12, 9, 5], rng=1)
    given = data()
    if where == "gradient of W1":
        given |= {"X_train": given["X_train"] * 1e308, "X_val": given["X_val"] * 1e308}
        model.params["W1"] = model.params["W1"] * 1e-307
        model.params["W2"] = model.params["W2"] * 1e3
    else:
        model.params["W1"] = np.where(np.arange(9) == 3, -np.inf, model.params["W1"])
    solver = quiet(model, given, engine=engine, optim_config={"learning_rate": 1e-3}, eval_every=1000)
    solver.run.check = lambda: None
    before = model.params.flat.copy()
    with pytest.raises(DivergedError, match=r"is not finite at step \d+"):
        solver.train()
    assert solver.step == 0
    assert np.array_equal(model.params.flat, before)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_state_that_only_decays_is_set_to_zero_at_the_64th_step(engine):
    """The momentum of a pixel that is always 0: it would end in denormals, where arithmetic crawls."""
    given = data()
    given["X_train"][:, 0] = 0
    solver = quiet(models.mlp([12, 5], rng=0), given, engine=engine, update_rule="sgd_momentum", num_epochs=6)
    velocity = np.zeros_like(solver.model.params.flat)
    velocity[0] = 1e-297  # of W1[0, 0]
    solver.run.updater.configs["*"]["velocity"] = velocity
    solver.train()
    assert solver.step == 72
    assert solver.run.updater.configs["*"]["velocity"][0] == 0


@pytest.mark.parametrize("where", [slice(None), (slice(None), 3)])
def test_an_infinite_input_behind_saturated_units_is_seen_though_it_came_between_two_trainings(where):
    """Its products are 0 but for 0 times infinity: the guard must not take inputs for small that once were."""
    given = data()
    solver = quiet(models.mlp([12, 9, 5], rng=1, activation="tanh"), given, engine="compiled", num_epochs=1).train()
    solver.data.X_train[where] = np.inf
    with pytest.raises(DivergedError, match=rf"X_train holds what is not finite. at step {solver.step + 1} "):
        solver.train(num_epochs=2)
