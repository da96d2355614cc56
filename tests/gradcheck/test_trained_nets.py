"""Nets after training: the loss is nearly 0, a difference of larger numbers, and a right gradient must not be accused.

Fresh weights show none of this: their loss is ln C, and rounding lies ten orders of magnitude below it.
"""

import numpy as np
import pytest

import gradcheck
from layers.registry import registered
from models import TwoLayerNet, mlp
from solver import Solver
from tests.sampled import sampled

CLASSES, FEATURES = 3, 4
LOSSES = ("softmax_loss", "svm_loss", "squared_loss", "logistic_loss")


def blobs(loss: str, dtype: type) -> dict[str, np.ndarray]:
    """Three clouds of points that a net of any depth separates."""
    rng = np.random.default_rng(0)
    centres = 2 * rng.standard_normal((CLASSES, FEATURES))
    y = rng.integers(0, CLASSES, 200)
    X = (centres[y] + 0.7 * rng.standard_normal((200, FEATURES))).astype(dtype)
    target = y if loss in ("softmax_loss", "svm_loss") else np.eye(CLASSES, dtype=dtype)[y]
    return {"X_train": X[:150], "y_train": target[:150], "X_val": X[150:], "y_val": target[150:]}


def trained(net, data, epochs: int) -> None:
    rule = {"update_rule": "adam", "optim_config": {"learning_rate": 3e-2}}
    Solver(net, data, **rule, num_epochs=epochs, batch_size=25, num_train_samples=25, verbose=False,
           restore_best=False).train()  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("depth", sampled([1, 2, 3, 4], [2, 3]))
@pytest.mark.parametrize("activation", list(registered("activation")))
def test_no_trained_net_is_accused(activation, depth, dtype, thorough):
    """Losses after 1, 10 and 100 epochs: 12 checks each in float64, 6 in float32; by default of one loss each."""
    verdicts = []
    losses = LOSSES if dtype == np.float64 else LOSSES[::2]
    turn = (depth + list(registered("activation")).index(activation)) % len(losses)
    for loss in losses if thorough else losses[turn : turn + 1]:
        sizes = [FEATURES, *[3] * (depth - 1), CLASSES]
        net = mlp(sizes, activation=activation, loss=loss, reg=0.0 if depth % 2 else 1e-4, rng=depth, dtype=dtype)
        data = blobs(loss, dtype)
        for epochs in (1, 9, 90):
            trained(net, data, epochs)
            rows = np.random.default_rng(epochs).choice(150, 4)
            report = gradcheck.model(net, data["X_train"][rows], data["y_train"][rows], seed=epochs, repair=False)
            assert report.ok, f"{loss}, {epochs} epochs\n{report}"
            verdicts.append(report.verdict)
    assert verdicts.count("inconclusive") <= 1, "only a loss below 1e-8 may be beyond the numeric derivative"


def test_a_wrong_gradient_of_a_trained_net_is_still_found():
    """The bound at small losses is no licence: one per cent off is wrong whatever the loss."""

    class Off(TwoLayerNet):
        def loss(self, X, y=None, **keywords):
            answer = super().loss(X, y, **keywords)
            if y is not None:
                answer[1]["W1"] *= 1.01
            return answer

    data = blobs("softmax_loss", np.float64)
    for epochs in (1, 10, 100):
        net = Off(FEATURES, 6, CLASSES, init="he", seed=1)
        trained(net, data, epochs)
        report = gradcheck.model(net, data["X_train"][:8], data["y_train"][:8], repair=False)
        assert [f.where for f in report.findings] == ["W1"], epochs


def test_column_updates_know_how_rough_a_small_loss_is():
    """2,000 weights and more are differentiated by column updates: their bound holds for a loss near 0 as well."""
    rng = np.random.default_rng(3)
    net = TwoLayerNet(50, 45, 4, init="he", seed=0)
    X, y = rng.standard_normal((6, 50)), rng.integers(0, 4, 6)
    for _ in range(400):
        loss, grads = net.loss(X, y)
        net.params.flat -= 0.5 * grads.flat
    assert loss < 1e-3
    for scale in (1, 4, 16):
        net.params["W2"] = net.params["W2"] * (scale if scale == 1 else 4)
        report = gradcheck.model(net, X, y, repair=False)
        assert report.ok, report


def test_a_float32_net_is_checked_by_its_formulas_in_float64():
    """Its own precision would leave three digits to judge by; a gradient in another dtype is still reported."""
    net = mlp([6, 5, 3], rng=0, dtype=np.float32)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((5, 6)).astype(np.float32), rng.integers(0, 3, 5)
    report = gradcheck.model(net, X, y)
    assert report.verdict == "pass"
    assert max(t.rel_error for t in report.tensors.values()) < 1e-7
    assert all(array.dtype == np.float32 for array in net.params.values())
