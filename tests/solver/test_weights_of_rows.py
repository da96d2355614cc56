"""Weights of rows and classes in training: by hand, in every place where batches meet, and what is refused."""

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, refused, softmax_data, weights

import layers
import models
from solver import CheckpointError, Solver, minimize

TIMES = np.random.default_rng(0).integers(0, 4, 120)


class Weighed(CourseNet):
    """A model of one's own that takes weights of rows."""

    def loss(self, X, y=None, sample_weight=None):
        scores = X @ self.params["W1"] + self.params["b1"]
        if y is None:
            return scores
        loss, dz = layers.softmax_loss(scores, y, sample_weight=sample_weight)
        W = self.params["W1"]
        return float(loss) + 0.5 * self.reg * np.sum(W * W), {"W1": X.T @ dz + self.reg * W, "b1": dz.sum(axis=0)}


def full_batch(model, data, **settings):
    """One epoch is one step over all rows, in an order that sums do not know."""
    rows = len(data["X_train"])
    return quiet(model, data, sampling="epoch", batch_size=rows, num_epochs=6, **settings).train()


def repeated(data, times):
    many = np.repeat(np.arange(len(times)), times)
    return {**data, "X_train": data["X_train"][many], "y_train": data["y_train"][many]}


@pytest.mark.parametrize("make", [lambda: flat_net(reg=0.1), lambda: Weighed(reg=0.1)])
def test_a_weight_of_two_is_a_row_twice(make):
    data = softmax_data()
    weighed = full_batch(make(), {**data, "sample_weight": TIMES})
    many = full_batch(make(), repeated(data, TIMES))
    np.testing.assert_allclose(weighed.loss_history, many.loss_history, rtol=1e-10)
    np.testing.assert_allclose(weights(weighed.model), weights(many.model), rtol=1e-8)
    scaled = full_batch(make(), {**data, "sample_weight": 10.0 * TIMES})
    np.testing.assert_allclose(scaled.loss_history, weighed.loss_history, rtol=1e-12)
    plain, ones = full_batch(make(), data), full_batch(make(), {**data, "sample_weight": np.ones(120)})
    np.testing.assert_allclose(ones.loss_history, plain.loss_history, rtol=1e-12)
    assert not np.allclose(weighed.loss_history, plain.loss_history, rtol=1e-3)


def test_micro_batches_add_up_to_the_weighted_batch():
    data = {**softmax_data(), "sample_weight": TIMES}
    settings = {"num_epochs": 3, "sampling": "epoch"}
    whole = quiet(flat_net(reg=0.1), data, batch_size=40, **settings).train()
    parts = quiet(flat_net(reg=0.1), data, batch_size=10, accumulate=4, **settings).train()
    np.testing.assert_allclose(parts.loss_history, whole.loss_history, rtol=1e-12)


def test_minimize_weighs_too():
    data = softmax_data()
    data["y_train"] = np.where(np.arange(120) % 7 == 0, (data["y_train"] + 1) % 3, data["y_train"])  # not separable
    ends = [flat_net(reg=0.01) for _ in range(3)]
    minimize(ends[0], {**data, "sample_weight": TIMES}, max_iter=3)
    minimize(ends[1], repeated(data, TIMES), max_iter=3)
    minimize(ends[2], data, max_iter=3)
    np.testing.assert_allclose(weights(ends[0]), weights(ends[1]), rtol=1e-6, atol=1e-9)
    assert not np.allclose(weights(ends[0]), weights(ends[2]), rtol=1e-2)


def test_class_weights_by_hand():
    data = softmax_data()
    counts = np.bincount(data["y_train"])
    balanced = quiet(flat_net(), data, class_weight="balanced")
    np.testing.assert_allclose(balanced.run.weights, (120 / (3 * counts))[data["y_train"]])
    assert np.bincount(data["y_train"], balanced.run.weights) == pytest.approx(40)  # every class counts alike
    five = quiet(flat_net(), data, class_weight={0: 5.0}).run.weights
    np.testing.assert_array_equal(five, np.where(data["y_train"] == 0, 5.0, 1.0))
    both = quiet(flat_net(), {**data, "sample_weight": TIMES}, class_weight={np.int64(0): 5, 2: 0}).run.weights
    np.testing.assert_array_equal(both, TIMES * np.array([5.0, 1.0, 0.0])[data["y_train"]])
    rows = quiet(flat_net(), {**data, "y_train": np.eye(3)[data["y_train"]]}, class_weight={0: 5.0}).run.weights
    np.testing.assert_array_equal(rows, five)
    yes = data["y_train"] == 1
    for y in (np.where(yes, 1, -1), np.where(yes, 1.0, -1.0)[:, None]):
        two = {**data, "y_train": y, "y_val": y[:30]}
        net = models.mlp([12, 1], loss="logistic", rng=0)
        np.testing.assert_array_equal(quiet(net, two, class_weight={-1: 3}).run.weights, np.where(yes, 1.0, 3.0))
    assert quiet(flat_net(), data).run.weights is None
    by_class = quiet(flat_net(), data, class_weight={0: 5.0}).train().loss_history
    assert by_class == quiet(flat_net(), {**data, "sample_weight": five}).train().loss_history


def test_what_is_refused():
    data = softmax_data()
    refused(ValueError, "class_weight names the class 7, which no row has. The classes are 0, 1, 2.", flat_net(),
            class_weight={7: 2.0})  # fmt: skip
    refused(ValueError, "class_weight must be 'balanced', a dict as {0: 1.0, 1: 5.0}, or None; got 'even'.",
            class_weight="even")  # fmt: skip
    refused(TypeError, "class_weight must be 'balanced'", class_weight=[1, 2, 3])
    for weight in (-1.0, np.nan, np.inf, "2", True):
        refused(ValueError, "class_weight of class 0 must be a number of at least 0", class_weight={0: weight})
    real = {**data, "y_train": data["X_train"][:, :1], "y_val": data["X_val"][:, :1]}
    net = models.mlp([12, 1], loss="squared", rng=0)
    refused(
        ValueError, "these targets are real numbers: give data['sample_weight']", net, real, class_weight="balanced"
    )
    many = {**data, "y_train": data["X_train"][:, :3] > 0, "y_val": data["X_val"][:, :3] > 0}
    refused(
        ValueError, "these targets are several labels a row", flat_net(loss="logistic"), many, class_weight="balanced"
    )
    refused(ValueError, "CourseNet.loss takes no sample_weight", class_weight={0: 2.0})
    for w, message in (
        (np.ones(119), "one number for each of the 120 training rows; got shape (119,)"),
        (np.ones((120, 1)), "got shape (120, 1)"),
        (np.r_[np.ones(50), -2, np.ones(69)], "at least 0; row 50 holds -2"),
        (np.r_[np.ones(50), np.nan, np.ones(69)], "sample_weight holds NaN or infinity, first in row 50"),
        (np.zeros(120), "all training rows have the weight 0"),
    ):
        refused(ValueError, message, flat_net(), {**data, "sample_weight": w})


def test_a_key_that_nobody_reads_is_refused():
    data = softmax_data()
    refused(ValueError, "data has the key 'sample_weights', which nobody reads. Did you mean 'sample_weight'?",
            data={**data, "sample_weights": np.ones(120)})  # fmt: skip
    refused(
        ValueError,
        "data has the key 'x_train', which nobody reads. Did you mean 'y_train' or 'X_train'?",
        data={**data, "x_train": 1},
    )
    refused(ValueError, "nobody reads. It is an argument: class_weight=.", data={**data, "class_weight": "balanced"})
    with pytest.raises(ValueError, match="'weights', which nobody reads"):
        minimize(flat_net(), {**data, "weights": np.ones(120)})
    quiet(flat_net(), {**data, "X_test": data["X_val"], "y_test": data["y_val"], "sample_weight": None}).train()


def test_a_weighed_run_resumes_bit_for_bit_and_not_without_its_weights(tmp_path):
    data = {**softmax_data(), "sample_weight": TIMES}
    settings = {"update_rule": "adam", "class_weight": {0: 2.0, 2: 3.0}, "checkpoint_name": tmp_path / "run.npz"}
    whole = quiet(flat_net(), data, num_epochs=4, **settings).train()
    quiet(flat_net(), data, num_epochs=2, **settings).train()
    resumed = Solver.load(tmp_path / "run.npz", flat_net(), data, num_epochs=4).train()
    assert resumed.loss_history == whole.loss_history
    np.testing.assert_array_equal(weights(resumed.model), weights(whole.model))
    with pytest.raises(CheckpointError, match=r"training data differs .*sample_weight.*now none"):
        Solver.load(tmp_path / "run.npz", flat_net(), softmax_data())
    with pytest.raises(ValueError, match="class_weight cannot change on resume"):
        Solver.load(tmp_path / "run.npz", flat_net(), data, class_weight="balanced")
    quiet(flat_net(), softmax_data(), num_epochs=1, checkpoint_name=tmp_path / "plain.npz").train()
    with pytest.raises(CheckpointError, match=r"training data differs .*sample_weight none; now 120"):
        Solver.load(tmp_path / "plain.npz", flat_net(), data)


def test_the_compiled_engine_leaves_weights_to_numpy():
    pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
    refused(ValueError, "no compiled form for weights of rows or classes", flat_net(), class_weight="balanced",
            engine="compiled")  # fmt: skip
