"""The compiled engine trains as NumPy's does: the same batches and noise, weights equal to rounding, the same words."""

import re

import numpy as np
import pytest

import layers
import models
from layers.registry import Layer
from layers.scalars import Elementwise
from models.compiled.program import NoCompiledFormError
from solver import DivergedError, Solver, compiled as engine, rules, sgd

pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")

RNG = np.random.default_rng(0)
X, Y = RNG.random((260, 12)), RNG.integers(0, 5, 260)


def data(dtype=np.float64, y=Y):
    x = X.astype(dtype)
    return {"X_train": x[:200], "y_train": y[:200], "X_val": x[200:], "y_val": y[200:]}


class CourseNet:
    """A model as a course writes it."""

    def __init__(self):
        self.params = {"W": np.zeros((12, 5))}

    def loss(self, X, y=None):
        scores = X @ self.params["W"]
        if y is None:
            return scores
        loss, dscores = layers.softmax_loss(scores, y)
        return loss, {"W": X.T @ dscores}


def quiet(model, given, **options):
    return Solver(model, given, verbose=False, **{"batch_size": 16, "num_epochs": 2, **options})


def train(engine, dtype=np.float64, sizes=(12, 9, 7, 5), net=None, given=None, **options):
    model = models.mlp(list(sizes), dtype=dtype, rng=1, **(net or {}))
    options = {"batch_size": 16, "num_epochs": 3, "optim_config": {"learning_rate": 0.05}, **options}
    return Solver(model, given or data(dtype), verbose=False, engine=engine, **options).train()


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
    "schedule-free": {"update_rule": "schedule_free_sgd"},
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
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


def branched(reg=0.0):
    """A value read twice, a shared matrix, a sandwich, a sum: what a chain does not have."""
    rng = np.random.default_rng(3)
    nodes = [
        models.node("a", "affine_relu", "x", ("W1", "b1")),
        models.node("b", "linear", "a", "W2"),
        models.node("c", "tanh", "b"),
        models.node("d", "linear", "c", "W2"),
        models.node("sum", "add", ("a", "d")),
        models.node("norm", "batch_norm", "sum", ("gamma", "beta")),
        models.node("lambda", "affine", "norm", ("W3", "b3")),
    ]
    params = {"W1": rng.normal(0, 0.3, (12, 8)), "b1": np.zeros(8), "W2": rng.normal(0, 0.3, (8, 8)),
              "gamma": np.ones(8), "beta": np.zeros(8),
              "W3": rng.normal(0, 0.3, (8, 5)), "b3": np.zeros(5)}  # fmt: skip
    return models.Graph(nodes, params, reg=reg)


def test_a_graph_with_branches_and_shared_parameters_trains_alike():
    runs = [quiet(branched(1e-3), data(), engine=name, num_epochs=2).train() for name in ("numpy", "compiled")]
    np.testing.assert_allclose(runs[1].loss_history, runs[0].loss_history, rtol=1e-11)
    np.testing.assert_allclose(runs[1].model.params.flat, runs[0].model.params.flat, atol=1e-12)


def test_how_the_steps_are_cut_into_chunks_changes_no_bit(monkeypatch):
    options = {"update_rule": "adam", "lr_schedule": "cosine", "sampling": "epoch", "net": {"dropout": 0.2}}
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
    given = data()
    solver = quiet(models.mlp([12, 9, 7, 5], rng=1), given, engine="compiled", num_epochs=20)
    given["y_train"][:] = 3
    solver.run.check()
    solver.run.compiled._y[150] = 99  # as if it had changed after the check
    solver.data.y_train[150] = 99
    with pytest.raises(ValueError, match="99"):
        solver.train()
    given["y_train"][150] = 3


class Steps:
    def on_step(self, solver, logs):
        pass


def own_rule(w, dw, config):
    return w - 0.1 * dw, config


def twice_forward(x):
    return 2 * x, None


def twice_backward(dout, cache):
    return 2 * dout


def graph_of(layer):
    params = {"W": np.ones((12, 5))}
    return models.Graph([models.node("scores", "linear", "x", "W"), models.node("last", layer, "scores")], params)


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (CourseNet, {}, "a model of one's own, CourseNet: it takes a Graph, as mlp(...) makes"),
        (lambda: models.mlp([12, 5]), {"callbacks": [Steps()]}, "callbacks that are called at each step"),
        (lambda: models.mlp([12, 5]), {"gather": lambda rows, step: (X[rows], Y[rows])}, "gather=, a function that is"),
        (lambda: models.mlp([12, 5]), {"update_rule": own_rule}, "update rule 'own_rule'"),
        (lambda: models.mlp([12, 5]), {"update_rule": "muon"}, "update rule 'muon'"),
        (lambda: graph_of((twice_forward, twice_backward)), {}, "layer 'twice' (node 'last'), which has no"),
        (lambda: models.mlp([12, 5], dtype=np.float16), {}, "dtype float16"),
    ],
)  # fmt: skip
def test_what_has_no_compiled_form_is_named(make, options, message):
    with pytest.raises(ValueError, match=re.escape(f"engine='compiled': no compiled form for {message}")):
        quiet(make(), data(), engine="compiled", **options)


def test_a_layer_of_ones_own_is_compiled_once_it_has_its_mathematics_for_one_number():
    def value(x):
        return 2 * x

    def slope(x):
        return 2.0

    def draw(rng, n):
        return (rng.random((n, 3)),)

    forms = {"structure": "elementwise", "scalar": Elementwise(value, slope)}
    layer = Layer("twice", "activation", twice_forward, twice_backward, draw, ("x",), **forms)
    runs = [quiet(graph_of(layer), data(), engine=name, num_epochs=2).train() for name in ("numpy", "compiled")]
    np.testing.assert_allclose(runs[1].loss_history, runs[0].loss_history, rtol=1e-12)


def test_auto_compiles_long_runs_and_says_what_keeps_it_from_it(monkeypatch, capsys):
    net = lambda: models.mlp([12, 9, 7, 5], rng=1)  # noqa: E731
    assert Solver(net(), data(), num_epochs=2, verbose=False).train().settings.engine == "numpy"
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    short = Solver(net(), data(), num_epochs=2, print_every=1000, batch_size=16, progress="lines").train()
    assert short.settings.engine == "compiled"
    assert "engine" not in capsys.readouterr().out
    Solver(net(), data(), num_epochs=1, print_every=1000, update_rule="muon", progress="lines").train()
    assert capsys.readouterr().out.startswith("engine: numpy; no compiled form for update rule 'muon'\n")


def test_both_engines_print_the_same_lines(capsys):
    printed = []
    for name in ("numpy", "compiled"):
        model = models.mlp([12, 9, 7, 5], rng=1)
        Solver(model, data(), batch_size=16, num_epochs=3, print_every=7, progress="lines", engine=name).train()
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "(Iteration 7 / 36)" in printed[0]


def test_without_numba_auto_is_numpy_and_compiled_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    monkeypatch.setattr(engine, "WORTH_IT", 1)
    assert train("auto").settings.engine == "numpy"
    with pytest.raises(ImportError, match=re.escape("the compiled engine needs numba: pip install 'layergraph[fast]'")):
        train("compiled")


def test_an_unknown_engine_is_named():
    with pytest.raises(ValueError, match=re.escape("engine must be one of auto, numpy, compiled; got 'compile'.")):
        quiet(models.mlp([12, 5]), data(), engine="compile")


def test_the_written_step_is_a_page_that_reads_as_backpropagation():
    source = models.mlp([12, 9, 5]).step_source(rules.get("sgd_momentum").element({}))
    assert "multiply(blas, x[:size], W1, relu1[:size], T(0))" in source
    assert "multiply_transposed_by(blas, x[:size], d_relu1[:size], d_W1, T(0))" in source
    assert "velocity = T(momentum) * velocity - T(learning_rate) * dw" in source
    compile(source, "step.py", "exec")


def test_what_cannot_be_written_is_a_value_error_that_names_it():
    with pytest.raises(NoCompiledFormError, match=r"layer 'twice'"):
        graph_of((twice_forward, twice_backward)).step_source(rules.get("sgd").element({}))


def test_a_rule_that_was_handed_in_as_a_function_of_ours_is_compiled():
    assert train("compiled", update_rule=sgd).settings.engine == "compiled"


def test_the_registry_keeps_what_has_a_form():
    assert layers.get("relu").scalar.value(-2.0) == 0.0
