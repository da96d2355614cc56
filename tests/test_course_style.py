"""Calls in the style of the course, unchanged after the import lines: layers, losses, rules, checks, Solver, models."""

import numpy as np
import pytest

from gradcheck import eval_numerical_gradient, eval_numerical_gradient_array, grad_check_sparse, rel_error
from layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss, svm_loss
from models import TwoLayerNet
from solver import Solver, adam, rmsprop, sgd_momentum
from solver.rules import sgd


@pytest.fixture
def data():
    """Three blobs of points, easy to tell apart."""
    rng = np.random.default_rng(0)
    centres, labels = 4 * rng.standard_normal((3, 8)), rng.integers(3, size=360)
    points = centres[labels] + rng.standard_normal((360, 8))
    return {
        "X_train": points[:240], "y_train": labels[:240],
        "X_val": points[240:300], "y_val": labels[240:300],
        "X_test": points[300:], "y_test": labels[300:],
    }  # fmt: skip


def test_affine_forward_on_evenly_spaced_numbers():
    num_inputs, input_shape, output_dim = 2, (4, 5, 6), 3
    input_size, weight_size = num_inputs * np.prod(input_shape), output_dim * np.prod(input_shape)
    x = np.linspace(-0.1, 0.5, num=input_size).reshape(num_inputs, *input_shape)
    w = np.linspace(-0.2, 0.3, num=weight_size).reshape(np.prod(input_shape), output_dim)
    b = np.linspace(-0.3, 0.1, num=output_dim)
    out, _ = affine_forward(x, w, b)
    assert out.shape == (2, 3)
    np.testing.assert_allclose(out, x.reshape(2, -1).dot(w) + b, rtol=1e-12)


def test_layers_against_numeric_gradients():
    rng = np.random.default_rng(231)
    x, w, b = rng.standard_normal((10, 2, 3)), rng.standard_normal((6, 5)), rng.standard_normal(5)
    dout = rng.standard_normal((10, 5))
    dx_num = eval_numerical_gradient_array(lambda x: affine_forward(x, w, b)[0], x, dout)
    dw_num = eval_numerical_gradient_array(lambda w: affine_forward(x, w, b)[0], w, dout)
    db_num = eval_numerical_gradient_array(lambda b: affine_forward(x, w, b)[0], b, dout)
    _, cache = affine_forward(x, w, b)
    dx, dw, db = affine_backward(dout, cache)
    assert max(rel_error(dx_num, dx), rel_error(dw_num, dw), rel_error(db_num, db)) < 1e-7

    x, dout = rng.standard_normal((10, 10)), rng.standard_normal((10, 10))
    dx_num = eval_numerical_gradient_array(lambda x: relu_forward(x)[0], x, dout)
    _, cache = relu_forward(x)
    assert rel_error(dx_num, relu_backward(dout, cache)) < 1e-8


def test_losses_on_small_scores():
    rng = np.random.default_rng(231)
    num_classes, num_inputs = 10, 50
    x, y = 0.001 * rng.standard_normal((num_inputs, num_classes)), rng.integers(num_classes, size=num_inputs)
    for loss_function, expected in ((svm_loss, 9), (softmax_loss, 2.3)):
        dx_num = eval_numerical_gradient(lambda x, f=loss_function: f(x, y)[0], x, verbose=False)
        loss, dx = loss_function(x, y)
        assert loss == pytest.approx(expected, abs=0.01)
        assert rel_error(dx_num, dx) < 1e-7


def test_two_layer_net_initialises_scores_and_differentiates():
    std, (N, D, H, C) = 1e-3, (3, 5, 50, 7)
    rng = np.random.default_rng(231)
    X, y = rng.standard_normal((N, D)), rng.integers(C, size=N)
    model = TwoLayerNet(input_dim=D, hidden_dim=H, num_classes=C, weight_scale=std)
    assert abs(model.params["W1"].std() - std) < std / 3
    assert np.all(model.params["b1"] == 0)
    model.params["W1"] = np.linspace(-0.7, 0.3, num=D * H).reshape(D, H)
    model.params["b1"] = np.linspace(-0.1, 0.9, num=H)
    model.params["W2"] = np.linspace(-0.3, 0.4, num=H * C).reshape(H, C)
    model.params["b2"] = np.linspace(-0.9, 0.1, num=C)
    assert model.loss(X).shape == (N, C)
    for reg in [0.0, 0.7]:
        model.reg = reg
        _, grads = model.loss(X, y)
        for name in sorted(grads):
            grad_num = eval_numerical_gradient(lambda _: model.loss(X, y)[0], model.params[name], verbose=False)
            assert rel_error(grad_num, grads[name]) < 1e-5  # the smallest elements are 1e-6 of the loss


def test_sparse_checks_print_and_return(capsys):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 5))
    errors = grad_check_sparse(lambda x: np.sum(x**3), x, 3 * x**2, 5)
    assert capsys.readouterr().out.count("relative error: ") == 5
    assert np.max(errors) < 1e-7
    assert np.max(grad_check_sparse(lambda x: np.sum(x**3), x, 3.1 * x**2, 5)) > 1e-2


def test_rules_as_functions():
    """(w, dw, config) -> (next_w, config): nothing handed in is written, and config carries the state on."""
    w, dw = np.linspace(-0.4, 0.6, num=20).reshape(4, 5), np.linspace(-0.6, 0.4, num=20).reshape(4, 5)
    v = np.linspace(0.6, 0.9, num=20).reshape(4, 5)
    w.flags.writeable = dw.flags.writeable = False

    next_w, _ = sgd(w, dw, {"learning_rate": 0.1})
    np.testing.assert_allclose(next_w, w - 0.1 * dw, rtol=1e-12)

    config = {"learning_rate": 1e-3, "velocity": v.copy()}
    next_w, config = sgd_momentum(w, dw, config=config)
    np.testing.assert_allclose(config["velocity"], 0.9 * v - 1e-3 * dw, rtol=1e-12)
    np.testing.assert_allclose(next_w, w + config["velocity"], rtol=1e-12)

    config = {"learning_rate": 1e-2, "cache": v.copy()}
    next_w, config = rmsprop(w, dw, config=config)
    np.testing.assert_allclose(config["cache"], 0.99 * v + 0.01 * dw**2, rtol=1e-10)
    np.testing.assert_allclose(next_w, w - 1e-2 * dw / (np.sqrt(config["cache"]) + 1e-8), rtol=1e-10)

    m = np.linspace(0.7, 0.5, num=20).reshape(4, 5)
    config = {"learning_rate": 1e-2, "m": m.copy(), "v": v.copy(), "t": 5}
    next_w, config = adam(w, dw, config=config)
    assert config["t"] == 6
    np.testing.assert_allclose(config["m"], 0.9 * m + 0.1 * dw, rtol=1e-10)
    np.testing.assert_allclose(config["v"], 0.999 * v + 0.001 * dw**2, rtol=1e-10)
    first, second = config["m"] / (1 - 0.9**6), config["v"] / (1 - 0.999**6)
    np.testing.assert_allclose(next_w, w - 1e-2 * first / (np.sqrt(second) + 1e-8), rtol=1e-10)


@pytest.mark.parametrize("update_rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
def test_solver(update_rule, data, capsys):
    model = TwoLayerNet(input_dim=8, hidden_dim=20, num_classes=3, reg=1e-2, weight_scale=1e-1)
    solver = Solver(model, data, update_rule=update_rule, optim_config={"learning_rate": 1e-2}, lr_decay=0.95,
                    num_epochs=12, batch_size=40, print_every=10)  # fmt: skip
    solver.train()
    assert len(solver.loss_history) == 12 * (240 // 40)
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 13
    assert solver.best_val_acc == max(solver.val_acc_history) > 0.9
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == solver.best_val_acc
    assert set(solver.best_params) == set(model.params)
    y_test_pred = np.argmax(model.loss(data["X_test"]), axis=1)
    assert (y_test_pred == data["y_test"]).mean() > 0.9
    printed = capsys.readouterr().out
    assert "(Iteration 1 / 72) loss: " in printed
    assert "(Epoch 12 / 12) train acc: " in printed


def test_a_class_written_for_the_course_trains_unchanged(data):
    """Nothing but `params`, a dict of separate arrays, and `loss`."""

    class Linear:
        def __init__(self):
            self.params = {"W": np.zeros((8, 3)), "b": np.zeros(3)}
            self.reg = 0.1

        def loss(self, X, y=None):
            scores, cache = affine_forward(X, self.params["W"], self.params["b"])
            if y is None:
                return scores
            loss, dscores = softmax_loss(scores, y)
            loss += 0.5 * self.reg * np.sum(self.params["W"] ** 2)
            grads = {}
            _, grads["W"], grads["b"] = affine_backward(dscores, cache)
            grads["W"] += self.reg * self.params["W"]
            return loss, grads

    model = Linear()
    solver = Solver(model, data, update_rule="sgd_momentum", optim_config={"learning_rate": 1e-2}, num_epochs=5,
                    batch_size=40, verbose=False)  # fmt: skip
    solver.train()
    assert solver.best_val_acc > 0.9
    assert solver.loss_history[-1] < solver.loss_history[0] == pytest.approx(np.log(3), rel=1e-12)
