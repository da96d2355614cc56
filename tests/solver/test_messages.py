"""The messages for bad input, as the specification words them."""

from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, softmax_data

from solver import CheckpointError, Solver


def refused(error, message, model=None, data=None, **settings):
    with pytest.raises(error) as caught:
        quiet(model or CourseNet(), data, **settings).train()
    text = caught.value.args[0]
    assert message in text, text


def test_unknown_rule():
    refused(
        ValueError,
        "unknown update rule 'adm'. Did you mean 'adam' or 'adamw'? Known rules: adadelta, adagrad, adam,",
        update_rule="adm",
    )
    refused(ValueError, "unknown update rule 'np'.", update_rule="np")
    refused(TypeError, "must be a name or a function (w, dw, config) -> (next_w, config); got 3", update_rule=3)


def test_unknown_setting_of_a_rule():
    refused(
        ValueError,
        "adam does not take 'learnig_rate'. Did you mean 'learning_rate'?"
        " It takes: learning_rate, beta1, beta2, epsilon",
        update_rule="adam",
        optim_config={"learnig_rate": 1e-3},
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": -1}, "learning_rate of sgd_momentum must be at least 0 and finite; got -1."),
        ({"learning_rate": float("nan")}, "learning_rate of sgd_momentum must be at least 0 and finite; got nan."),
        ({"learning_rate": "fast"}, "learning_rate of sgd_momentum must be a number; got 'fast'."),
        ({"momentum": 1.0}, "momentum of sgd_momentum must be at least 0 and below 1; got 1.0."),
    ],
)
def test_settings_out_of_range(settings, message):
    refused(ValueError, message, update_rule="sgd_momentum", optim_config=settings)


def test_unknown_arguments():
    refused(
        TypeError,
        "Solver got unknown argument 'momentm'. Rule settings go in optim_config={'momentum': …}.",
        momentm=0.9,
    )
    refused(TypeError, "Solver got unknown argument 'bach_size'. Did you mean 'batch_size'?", bach_size=3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size must be an integer of at least 1; got 0."),
        ({"batch_size": 1.5}, "batch_size must be an integer of at least 1; got 1.5."),
        ({"num_epochs": -1}, "num_epochs must be an integer of at least 0; got -1."),
        ({"eval_every": 0}, "eval_every must be an integer of at least 1 or None; got 0."),
        ({"seed": None}, "seed must be an integer of at least 0; got None."),
        ({"lr_decay": 0}, "lr_decay must be a positive number; got 0."),
        ({"clip_norm": -1}, "clip_norm must be a positive number or None; got -1."),
        ({"target": 97}, "target must be a validation accuracy above 0, at most 1, or None; got 97."),
        ({"sampling": "epochs"}, "without_replacement, epoch; got 'epochs'. Did you mean 'epoch'?"),
        ({"progress": "bars"}, "progress must be one of auto, bar, lines, none; got 'bars'."),
        ({"average": 1}, "average must be a decay from 0 to below 1 (EMA), 'polyak', or None; got 1."),
        ({"log": "run.txt"}, "log must end in .csv or .jsonl; got 'run.txt'."),
        ({"lr_schedule": "cosin"}, "unknown schedule 'cosin'. Did you mean 'cosine'? Known: constant,"),
        ({"lr_schedule": {"name": "cosine", "ends": 0}}, "'cosine' does not take 'ends'. Did you mean 'end'?"),
        ({"schedules": {"momentum": "linear"}}, "sgd has no 'momentum' to schedule or decay. It has: learning_rate."),
    ],
)
def test_arguments_out_of_range(settings, message):
    refused(ValueError, message, **settings)


def test_callbacks_without_hooks():
    refused(TypeError, "has none of the hooks on_train_begin, on_step, on_eval, on_epoch, on_train_end", callbacks=[3])


def test_missing_data():
    data = softmax_data()
    del data["X_val"], data["y_val"]
    message = "data has no 'X_val'. Solver needs X_train, y_train, X_val, y_val; got X_train, y_train."
    refused(KeyError, message, data=data)
    with pytest.raises(TypeError, match="data must be a dict with X_train, y_train, X_val, y_val; got list"):
        Solver(CourseNet(), [])


def changed(**arrays):
    return softmax_data() | arrays


def test_lengths_that_differ():
    refused(ValueError, "X_train has 120 rows but y_train has 60.", data=changed(y_train=np.zeros(60, int)))


@pytest.mark.parametrize("model", [CourseNet, flat_net])
def test_labels(model):
    y = softmax_data()["y_train"]
    for bad, message in {
        "one too high": (y + 1, "got values 1..3 (minimum 1). Subtract 1?"),
        "too high": (y * 2, "got values 0..4 (maximum 4)."),
        "float": (y.astype(float), "got dtype float64: use y.astype(int)."),
    }.values():
        refused(ValueError, f"y_train must be integers 0..2 for 3 classes; {message}", model(), changed(y_train=bad))


def test_one_hot_where_the_loss_takes_labels():
    model, y = CourseNet(), softmax_data()["y_train"]
    model.loss_layer = SimpleNamespace(targets=("labels",))
    message = "y_train must be integers 0..2 for 3 classes; got shape"
    refused(ValueError, f"{message} (N, 3): use y.argmax(1).", model, changed(y_train=np.eye(3)[y]))
    refused(ValueError, f"{message} (N, 1): use y.ravel().", model, changed(y_train=y[:, None]))


def test_inputs():
    X = softmax_data()["X_train"]
    bad = X.copy()
    bad[17, 3] = np.nan
    refused(ValueError, "X_train holds NaN or infinity, first in row 17.", data=changed(X_train=bad))
    refused(TypeError, "must be an array of numbers with one row per example; got <U1", data=changed(X_train=["a"]))
    refused(ValueError, "X_val has no rows.", data=changed(X_val=X[:0], y_val=np.zeros(0, int)))
    narrow = changed(X_val=softmax_data()["X_val"][:, 1:])
    refused(ValueError, "rows of X_train have shape (12,), of X_val (11,).", data=narrow)
    wide = {name: np.tile(a, 2) if name[0] == "X" else a for name, a in softmax_data().items()}
    refused(ValueError, "X has 24 features, but the model was built for input_dim=12.", flat_net(), wide)


def test_raw_bytes_are_rarely_wanted():
    data = changed(X_train=np.zeros((120, 12), np.uint8))
    message = r"X_train is uint8 in 0\.\.255; .* Use mnist\.load\(\.\.\., scale=True\)"
    with pytest.warns(UserWarning, match=message) as caught:
        Solver(CourseNet(), data)
    assert caught[0].filename == __file__


def test_batch_larger_than_the_data():
    refused(
        ValueError,
        "batch_size 500 is larger than the 120 training rows (sampling='without_replacement').",
        batch_size=500,
        sampling="without_replacement",
    )


class Faulty(CourseNet):
    """A course model whose loss(X, y) answers what `answer` makes of the right answer."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def loss(self, X, y=None):
        right = super().loss(X, y)
        return right if y is None else self.answer(*right)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (lambda loss, g: (loss, {"W1": g["W1"]}), ValueError, "loss() returned no gradient for 'b1'."),
        (
            lambda loss, g: (loss, {**g, "W1": g["W1"].T}),
            ValueError,
            "loss() gradient of 'W1' has shape (3, 12), parameter has (12, 3): transposed?",
        ),
        (
            lambda loss, g: (np.full(20, loss), g),
            TypeError,
            "loss() must return (scalar, grads) when y is given; got an array of shape (20,). Did you forget .mean()?",
        ),
        (lambda loss, g: np.ones(20), TypeError, "must return (scalar, grads) when y is given; got an array of shape"),
        (lambda loss, g: loss, TypeError, "loss() must return (scalar, grads) when y is given; got"),
        (lambda loss, g: (loss, 3), TypeError, "with grads a dict of arrays; got int"),
    ],
)
def test_what_loss_returns(answer, error, message):
    with pytest.raises(error) as caught:
        quiet(Faulty(answer), data=softmax_data())._step()
    assert message in str(caught.value)


def test_parameters_must_be_floating_arrays():
    model = CourseNet()
    model.params["W1"] = np.zeros((12, 3), int)
    refused(TypeError, "parameter 'W1' must be a floating NumPy array; got dtype int64.", model)
    model.params = {}
    refused(TypeError, "model.params must be a non-empty dict of arrays; got dict.", model)


def test_a_rule_that_promotes_is_reported_once():
    def promoting(w, dw, config):
        return w - np.float64(0.1) * dw.astype(np.float64), config

    model = CourseNet(dtype=np.float32)
    with pytest.warns(UserWarning, match="promotes. Reported once") as caught:
        quiet(model, softmax_data(dtype=np.float32), update_rule=promoting).train()
    text = str(caught[0].message)
    assert "parameter 'W1' became float64 at step 1 (was float32); the update rule or loss promotes." in text
    assert len(caught) == 1


@pytest.fixture
def saved(tmp_path):
    quiet(flat_net(), update_rule="adam").train().save(tmp_path / "run.npz")
    return tmp_path / "run.npz"


def load_refused(error, message, path, model=None, data=None, **settings):
    with pytest.raises(error) as caught:
        Solver.load(path, model or flat_net(), data or softmax_data(), **settings)
    assert message in str(caught.value), str(caught.value)


def test_checkpoint_of_another_model(saved):
    import models

    other = models.mlp([12, 5, 6, 3], rng=0)
    load_refused(CheckpointError, "run.npz holds W1 (12, 7); this model has W1 (12, 5).", saved, other)
    single = flat_net(np.float32)
    load_refused(CheckpointError, "run.npz holds W1 as float64; in this model it is float32.", saved, single)
    load_refused(CheckpointError, "this model has W1, b1.", saved, CourseNet())


def test_checkpoint_of_other_data(saved):
    data = softmax_data()
    data["X_train"] = data["X_train"].copy()
    data["X_train"][0, 0] += 1e-9
    message = "training data differs from the checkpoint's (X_train 120x12 f8 sha "
    load_refused(CheckpointError, message, saved, data=data)
    load_refused(CheckpointError, "Pass allow_new_data=True to continue anyway (not exact).", saved, data=data)
    solver = Solver.load(saved, flat_net(), data, allow_new_data=True, num_epochs=6).train()
    assert solver.epoch == 6


def test_what_cannot_change_on_resume(saved):
    message = "cannot change on resume: run.npz was saved with"
    load_refused(ValueError, f"batch_size {message} 20, got 10.", saved, batch_size=10)
    load_refused(ValueError, f"update_rule {message} 'adam', got 'sgd'.", saved, update_rule="sgd")
    load_refused(ValueError, "optim_config cannot change on resume", saved, optim_config={})
    load_refused(TypeError, "unknown argument 'num_epoch'. Did you mean 'num_epochs'?", saved, num_epoch=3)


def test_a_pickle_handed_to_load(tmp_path):
    (tmp_path / "old.pkl").write_bytes(b"\x80\x04}\x94.")
    message = "old.pkl is a pickle; layergraph never unpickles. Convert it with"
    load_refused(CheckpointError, message, tmp_path / "old.pkl")


def my_rule(w, dw, config):
    return w - 0.1 * dw, config


def test_functions_must_be_given_again(tmp_path):
    path, schedule = tmp_path / "run.npz", lambda step: 0.5
    quiet(flat_net(), update_rule=my_rule, optim_config={"learning_rate": 1.0}, lr_schedule=schedule).train().save(path)
    load_refused(CheckpointError, "trained with the update rule 'my_rule', a function, which a file cannot hold", path)
    load_refused(CheckpointError, "pass lr_schedule=...", path, update_rule=my_rule)
    Solver.load(path, flat_net(), softmax_data(), update_rule=my_rule, lr_schedule=schedule)


def test_state_that_a_file_cannot_hold(tmp_path):
    def odd(w, dw, config):
        config["object"] = object()
        return w - 0.1 * dw, config

    solver = quiet(flat_net(), update_rule=odd).train()
    with pytest.raises(CheckpointError, match=r"config\['object'\] of the update rule is a object"):
        solver.save(tmp_path / "run.npz")
    with pytest.raises(CheckpointError, match=r"run.npz cannot be written: .* is not a plain value"):
        quiet(flat_net()).save(tmp_path / "run.npz", metadata={"set": {1}})
    assert not list(tmp_path.iterdir())


def test_another_blas_or_thread_count_is_a_warning(saved, monkeypatch):
    from solver import resume

    now = resume.environment() | {"threads": 64}
    monkeypatch.setattr(resume, "environment", lambda: now)
    with pytest.warns(UserWarning, match=r"\(now 64\): resume is exact only with the same BLAS and thread count"):
        Solver.load(saved, flat_net(), softmax_data())


def test_missing_extras_say_what_to_install(monkeypatch):
    import sys

    solver = quiet(flat_net()).train()
    for name in ("matplotlib", "matplotlib.figure", "tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"^plotting needs matplotlib: pip install matplotlib$"):
        solver.plot()
    with pytest.raises(ImportError, match=r"^a progress bar needs tqdm: pip install tqdm$"):
        quiet(flat_net(), verbose=True, progress="bar").train()
