"""What a run reports, keeps and stops by is the measure of its task, for graphs and for models of one's own."""

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, refused, softmax_data

import models
from base.tasks import Task
from solver import CheckpointError, Solver, minimize


class Linear:
    """One score a row, `x w + b`, and a loss of one's own on it: logistic, or squared."""

    def __init__(self, loss="logistic", shape=(12, 1)):
        self.params, self.kind = {"w": np.zeros(shape), "b": np.zeros(shape[1:] or 1)}, loss

    def loss(self, X, y=None):
        z = X @ self.params["w"] + self.params["b"]
        if y is None:
            return z
        t = np.where(y.min() < 0, (y + 1) / 2, y) if self.kind == "logistic" else y
        if self.kind == "logistic":
            loss, dz = np.mean(np.logaddexp(0, z) - t * z), 1 / (1 + np.exp(-z)) - t
        else:
            loss, dz = 0.5 * np.mean((z - t) ** 2), z - t
        return float(loss), {"w": X.T @ dz / len(X), "b": dz.mean(axis=0).reshape(self.params["b"].shape)}


def yes_or_no(form):
    data = softmax_data()
    for part in ("train", "val"):
        data[f"y_{part}"] = form(data[f"X_{part}"][:, 0] + 0.1 > 0)
    return data


FORMS = {
    "0/1": lambda yes: yes.astype(int),
    "0/1 floats": lambda yes: yes.astype(float),
    "-1/+1": lambda yes: np.where(yes, 1, -1),
    "0/1 column": lambda yes: yes.astype(float)[:, None],
    "-1/+1 column": lambda yes: np.where(yes, 1.0, -1.0)[:, None],
}


@pytest.mark.parametrize("form", FORMS)
def test_two_classes_from_one_score(form):
    data = yes_or_no(FORMS[form])
    net = models.mlp([12, 6, 1], loss="logistic", rng=0)
    right = data["X_val"][:, 0] + 0.1 > 0
    before = np.mean((net.loss(data["X_val"])[:, 0] > 0) == right)
    solver = quiet(net, data, optim_config={"learning_rate": 0.5}, num_epochs=20).train()
    assert solver.val_acc_history[0] == before != 1
    assert solver.best_val_acc == np.mean(net.predict(data["X_val"]) == right) > 0.85
    assert solver.run.task.name == "binary"
    mine = Linear(shape=(12, 1) if "column" in form else (12,))
    hand = quiet(mine, data, optim_config={"learning_rate": 0.5}, num_epochs=20).train()
    assert hand.val_acc_history[0] == np.mean(~right)  # every score is 0
    assert hand.best_val_acc == np.mean((np.ravel(mine.loss(data["X_val"])) > 0) == right) > 0.9
    assert hand.check_accuracy(data["X_val"], data["y_val"]) == hand.best_val_acc
    full = Linear(shape=(12, 1) if "column" in form else (12,))
    rows = minimize(full, data, max_iter=5).rows
    assert rows[-1]["val_acc"] == np.mean((np.ravel(full.loss(data["X_val"])) > 0) == right)


def test_a_model_of_ones_own_may_answer_with_probabilities():
    class Probabilities(Linear):
        def loss(self, X, y=None):
            answer = super().loss(X, y)
            return 1 / (1 + np.exp(-answer)) if y is None else answer

    data = yes_or_no(FORMS["0/1 column"])
    settings = {"optim_config": {"learning_rate": 0.5}, "num_epochs": 20}
    said = quiet(Probabilities(), data, **settings).train()
    assert said.val_acc_history == quiet(Linear(), data, **settings).train().val_acc_history
    assert said.best_val_acc > 0.9 > said.val_acc_history[0]


def test_every_form_of_two_classes_is_one_run():
    losses = [
        quiet(models.mlp([12, 6, 1], loss="logistic", rng=0), yes_or_no(form)).train().loss_history
        for form in FORMS.values()
    ]
    assert all(loss == losses[0] for loss in losses)


def test_several_labels_a_row_and_what_is_shown_beside(tmp_path, capsys):
    data = softmax_data()
    for part in ("train", "val"):
        data[f"y_{part}"] = (data[f"X_{part}"][:, :3] > 0.2).astype(float)
    net = models.mlp([12, 8, 3], loss="logistic", rng=0)
    solver = quiet(net, data, verbose=True, progress="lines", log=tmp_path / "log.csv", restore_best=False).train()
    right = (net.loss(data["X_val"]) > 0) == data["y_val"]
    row = solver.history.rows[-1]
    assert row["val_acc"] == np.mean(right.all(axis=1)) < np.mean(right)
    assert row["val_hamming_loss"] == pytest.approx(1 - np.mean(right))
    assert f"val_subset_acc: {row['val_acc']:.6f}" in capsys.readouterr().out
    header, *_, last = (tmp_path / "log.csv").read_text().splitlines()
    assert dict(zip(header.split(","), last.split(","), strict=True))["val_hamming_loss"] == str(
        row["val_hamming_loss"]
    )
    np.testing.assert_array_equal(net.predict(data["X_val"]), net.loss(data["X_val"]) > 0)
    assert quiet(flat_net()).train().model.task is None  # what softmax asks for anyhow
    assert models.from_config(net.config()).task == "multilabel"  # it is known without any target, too


@pytest.mark.parametrize("shape", [(12,), (12, 1), (12, 2)])
def test_real_targets_are_measured_by_r2_and_stopped_by_it(shape):
    data, slope = softmax_data(), np.random.default_rng(1).standard_normal(shape)
    for part in ("train", "val"):
        data[f"y_{part}"] = data[f"X_{part}"] @ slope + 3
    mine = Linear("squared", shape)
    solver = quiet(mine, data, optim_config={"learning_rate": 0.2}, num_epochs=50, target=0.95).train()
    assert solver.stopped_reason == "target"
    y, s = data["y_val"].reshape(30, -1), mine.loss(data["X_val"]).reshape(30, -1)
    r2 = np.mean(1 - np.sum((y - s) ** 2, axis=0) / np.sum((y - y.mean(axis=0)) ** 2, axis=0))
    assert solver.best_val_acc == pytest.approx(r2)
    assert r2 > 0.95 > solver.val_acc_history[-2]
    rmse = np.sqrt(np.mean((y - s) ** 2))
    assert solver.history.rows[-1]["val_rmse"] == pytest.approx(rmse)
    net = models.mlp([12, int(np.prod(shape[1:]))], loss="squared", rng=0)
    told = quiet(net, data, optim_config={"learning_rate": 0.1}, num_epochs=30).train()
    assert told.run.task.name == "real"
    assert net.task == ("real" if shape == (12, 2) else None)  # of two scores a row the loss would pick a class
    np.testing.assert_array_equal(net.predict(data["X_val"]), net.loss(data["X_val"]).squeeze())


def test_a_task_that_is_asked_for_and_a_measure_of_ones_own(tmp_path):
    def top_two(scores, y):
        return float(np.mean([label in np.argsort(row)[-2:] for row, label in zip(scores, y, strict=True)]))

    data, net = softmax_data(), flat_net()
    best = np.argsort(net.loss(data["X_val"]), axis=1)[:, -2:]
    solver = quiet(net, data, task=top_two, checkpoint_name=tmp_path / "run.npz").train()
    assert solver.val_acc_history[0] == np.mean((best == data["y_val"][:, None]).any(axis=1))
    with pytest.raises(CheckpointError, match=r"the measure 'top_two', a function.*pass task="):
        Solver.load(tmp_path / "run.npz", flat_net(), data)
    again = Solver.load(tmp_path / "run.npz", flat_net(), data, task=top_two, num_epochs=6).train()
    assert again.val_acc_history[:6] == solver.val_acc_history
    one = quiet(flat_net(), data, task=Task("mine", top_two, "top two")).train()
    assert one.val_acc_history == solver.val_acc_history
    refused(ValueError, "unknown task 'clases'. Did you mean 'classes'?", task="clases")
    refused(TypeError, "task must be one of classes, binary, multilabel, real", task=3)


def test_a_measure_of_a_file(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def worst(scores, y):\n    return float(-abs(scores).max())\n")
    data, net = softmax_data(), flat_net()
    first = -float(np.abs(net.loss(data["X_val"])).max())
    settings = {"task": f"{file}:worst", "num_epochs": 2, "checkpoint_name": tmp_path / "run.npz"}
    solver = quiet(net, data, **settings).train()
    assert solver.val_acc_history[0] == first
    again = Solver.load(tmp_path / "run.npz", flat_net(), data, task=settings["task"], num_epochs=3).train()
    assert again.val_acc_history[:3] == solver.val_acc_history


def test_one_softmax_score_is_refused_before_training():
    for loss in ("softmax", "svm"):
        message, column = "one score a row cannot pick one class of several", yes_or_no(FORMS["0/1 column"])
        refused(ValueError, message, models.mlp([12, 1], loss=loss, rng=0), column)
        refused(ValueError, message, models.mlp([12, 1], loss=loss, rng=0), yes_or_no(FORMS["0/1"]) | {
            "y_train": np.zeros(120, int), "y_val": np.zeros(30, int)})  # fmt: skip


def test_targets_in_two_forms():
    labels = softmax_data()
    rows = {part: np.eye(3)[labels[f"y_{part}"]] for part in ("train", "val")}
    for net in (flat_net(), flat_net(loss="logistic"), flat_net(loss="squared")):
        mixed = quiet(net, {**labels, "y_train": rows["train"]})
        both = quiet(
            models.from_config(net.config(), net.params), {**labels, "y_train": rows["train"], "y_val": rows["val"]}
        )
        assert mixed.train().val_acc_history == both.train().val_acc_history

    class OneHot(CourseNet):
        def loss(self, X, y=None):
            return super().loss(X, None if y is None else y.argmax(axis=1))

    def history(model, **targets):
        return quiet(model, {**labels, **targets}).train().history.column("val_loss")

    wanted = history(CourseNet())
    assert history(OneHot(), y_train=rows["train"]) == wanted
    assert history(CourseNet(), y_val=rows["val"]) == wanted
    one = yes_or_no(FORMS["0/1 column"])
    flat = quiet(Linear(), {**one, "y_val": one["y_val"][:, 0]}).train()
    assert flat.history.column("val_loss") == quiet(Linear(), one).train().history.column("val_loss")
    for y_val in (np.eye(4)[labels["y_val"]], labels["y_val"] + 1, labels["y_val"] / 2):
        refused(ValueError, "give both in one form", data={**labels, "y_train": rows["train"], "y_val": y_val})


def test_best_weights_are_those_of_the_smaller_loss_among_equal_accuracies():
    data = {**softmax_data(), "X_val": softmax_data()["X_val"][:4], "y_val": softmax_data()["y_val"][:4]}
    solver = quiet(flat_net(), data, optim_config={"learning_rate": 0.3}, num_epochs=30).train()
    accuracies, losses = solver.val_acc_history, solver.history.column("val_loss")
    ties = [loss for accuracy, loss in zip(accuracies, losses, strict=True) if accuracy == max(accuracies)]
    assert len(ties) > 2
    assert solver.model.evaluate(data["X_val"], data["y_val"])[0] == min(ties) < ties[0]
