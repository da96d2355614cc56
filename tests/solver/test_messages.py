"""The messages for bad input, as the specification words them."""

from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import CourseNet, SaveAt, flat_net, refused, softmax_data

from solver import Solver


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
        ({"learning_rate": "0.1"}, "learning_rate of sgd_momentum must be a number; got '0.1'."),
        ({"learning_rate": True}, "learning_rate of sgd_momentum must be a number; got True."),
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
    refused(TypeError, "Rule settings go in optim_config={'learning_rate': …}.", learning_rate=0.1)
    refused(TypeError, "Rule settings go in optim_config={'decay_rate': …}.", decay_rate=0.1)
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
        ({"progress": "bars"}, "progress must be one of auto, bar, line, lines, none; got 'bars'."),
        ({"average": 1}, "average must be a decay from 0 to below 1 (EMA), 'polyak', or None; got 1."),
        ({"log": "run.txt"}, "log must end in .csv or .jsonl; got 'run.txt'."),
        ({"lr_schedule": "cosin"}, "unknown schedule 'cosin'. Did you mean 'cosine'? Known: constant,"),
        ({"lr_schedule": {"name": "cosine", "ends": 0}}, "'cosine' does not take 'ends'. Did you mean 'end'?"),
        ({"schedules": {"momentum": "linear"}}, "sgd has no 'momentum' to schedule or decay. It has: learning_rate."),
    ],
)
def test_arguments_out_of_range(settings, message):
    refused(ValueError, message, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"optim_config": 0.1},
            "optim_config must be a dict of the rule's settings, as {'learning_rate': 0.1}; got 0.1.",
        ),
        (
            {"optim_config": ["a"]},
            "optim_config must be a dict of the rule's settings, as {'learning_rate': 0.1}; got [",
        ),
        (
            {"schedules": "cosine"},
            "schedules must be a dict, setting -> schedule, as {'momentum': 'linear'}; got 'cosine",
        ),
        ({"lr_schedule": {"name": "cosine", "end": "0"}}, "end of schedule 'cosine' must be a number; got '0'."),
        ({"lr_schedule": {"name": "linear", "warmup": "9"}}, "warmup of schedule 'linear' must be a number; got '9'."),
        ({"metadata": "first"}, "metadata must be a dict of plain values; got 'first'."),
        (
            {"lr_schedule": 0.1},
            "lr_schedule must be a name, {'name': ..., settings} or a function step -> factor; got 0.1."
            " A constant goes in optim_config={'learning_rate': ...}.",
        ),
        (
            {"schedules": {"momentum": None}},
            "the schedule of 'momentum' must be a name, {'name': ..., settings} or a function step -> factor; got None."
            " A constant goes in optim_config={'momentum': ...}.",
        ),
        ({"callbacks": refused}, "callbacks must be a list; got <function refused"),
        ({"callbacks": SaveAt(".", [])}, "SaveAt object at"),
        ({"callbacks": [SaveAt]}, "callback SaveAt is a class: pass an object, SaveAt(...)."),
        ({"log": 3}, "log must be a path or a list of paths, ending in .csv or .jsonl; got 3."),
    ],
)
def test_arguments_of_a_wrong_type(settings, message):
    refused(TypeError, message, **settings)
    if isinstance(settings.get("callbacks"), SaveAt):
        refused(TypeError, ". Pass callbacks=[it].", **settings)


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
        "two too high": (y + 2, "got values 2..4 (minimum 2)."),
        "far too high": (y * 2 + 1, "got values 1..5 (minimum 1)."),
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


def test_parameters_must_be_floating_arrays():
    model = CourseNet()
    model.params["W1"] = np.zeros((12, 3), int)
    refused(TypeError, "parameter 'W1' must be a floating NumPy array; got dtype int64.", model)
    model.params = {}
    refused(TypeError, "model.params must be a non-empty dict of arrays; got dict.", model)


def test_what_is_no_model():
    message = "model must have params (a dict of arrays) and loss(X, y); SimpleNamespace has no"
    refused(TypeError, "model must be an object; got the class CourseNet: pass CourseNet(...).", CourseNet)
    refused(TypeError, f"{message} params.", SimpleNamespace())
    refused(TypeError, f"{message} loss.", SimpleNamespace(params={"W": np.ones(3)}))
