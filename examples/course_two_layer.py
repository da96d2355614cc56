"""A two-layer net in the style of the well-known course: only the import lines differ from a notebook's cells.

Numeric gradients beside analytic ones with their relative errors, then training with the Solver, first by plain SGD,
then with momentum. Run: python examples/course_two_layer.py [--fast]
"""

import sys

import numpy as np

import mnist
from gradcheck import eval_numerical_gradient, eval_numerical_gradient_array, grad_check_sparse, rel_error
from layers import (
    affine_backward,
    affine_forward,
    affine_relu_backward,
    affine_relu_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
    svm_loss,
)
from models import TwoLayerNet
from solver import Solver

errors = []


def show(name, numeric, analytic):
    """Print one relative error, and keep it."""
    errors.append(rel_error(numeric, analytic))
    print(f"{name} error: {errors[-1]:.3e}")


def check_layers(rng):
    """Affine, relu and their sandwich: images in, the gradient of every input out."""
    x, w, b = rng.standard_normal((3, 2, 5)), rng.standard_normal((10, 4)), rng.standard_normal(4)
    dout = rng.standard_normal((3, 4))
    for title, forward, backward in (
        ("affine", affine_forward, affine_backward),
        ("affine_relu", affine_relu_forward, affine_relu_backward),
    ):
        _, cache = forward(x, w, b)
        dx, dw, db = backward(dout, cache)
        dx_num = eval_numerical_gradient_array(lambda x, f=forward: f(x, w, b)[0], x, dout)
        dw_num = eval_numerical_gradient_array(lambda w, f=forward: f(x, w, b)[0], w, dout)
        db_num = eval_numerical_gradient_array(lambda b, f=forward: f(x, w, b)[0], b, dout)
        print(f"Testing {title}:")
        show("dx", dx_num, dx)
        show("dw", dw_num, dw)
        show("db", db_num, db)

    _, cache = relu_forward(x)
    dout = rng.standard_normal(x.shape)
    print("Testing relu:")
    show("dx", eval_numerical_gradient_array(lambda x: relu_forward(x)[0], x, dout), relu_backward(dout, cache))


def check_losses(rng):
    """Small random scores: the hinge loss is near C - 1, the cross-entropy near log C."""
    scores, labels = 1e-3 * rng.standard_normal((40, 10)), rng.integers(10, size=40)
    for title, f in (("svm_loss", svm_loss), ("softmax_loss", softmax_loss)):
        loss, dscores = f(scores, labels)
        print(f"Testing {title}: loss {loss:.4f}")
        show("dx", eval_numerical_gradient(lambda s, f=f: f(s, labels)[0], scores, verbose=False), dscores)


def check_model(rng):
    """A net small enough to move every parameter, with and without the penalty."""
    X, y = rng.standard_normal((3, 5)), rng.integers(7, size=3)
    model = TwoLayerNet(input_dim=5, hidden_dim=50, num_classes=7)
    for name in model.params:
        model.params[name] = 1e-1 * rng.standard_normal(model.params[name].shape)
    for reg in [0.0, 0.7]:
        model.reg = reg
        loss, grads = model.loss(X, y)
        print("Running numeric gradient check with reg =", reg, "loss", loss)
        for name in sorted(grads):
            grad_num = eval_numerical_gradient(lambda _: model.loss(X, y)[0], model.params[name], verbose=False)
            show(name, grad_num, grads[name])
    grad_check_sparse(lambda _: model.loss(X, y)[0], model.params["W1"], grads["W1"], 3)


def train(data, num_epochs):
    """The same net by two rules; the better one on the validation set is tried on the test set."""
    best_model, best_val = None, -1
    for rule, learning_rate in (("sgd", 0.5), ("sgd_momentum", 0.1)):
        model = TwoLayerNet(input_dim=64, hidden_dim=50, num_classes=10, weight_scale=1e-1, reg=1e-4)
        solver = Solver(
            model, data, update_rule=rule, optim_config={"learning_rate": learning_rate}, lr_decay=0.95,
            num_epochs=num_epochs, batch_size=100, print_every=100,
        )  # fmt: skip
        solver.train()
        print(rule, "final loss", solver.loss_history[-1], "best validation accuracy", solver.best_val_acc)
        if solver.best_val_acc > best_val:
            best_model, best_val = model, solver.best_val_acc
    y_test_pred = np.argmax(best_model.loss(data["X_test"]), axis=1)
    return (y_test_pred == data["y_test"]).mean()


def main(fast=False):
    """Check, train, report; the exit code is 0 where every error is small and the net has learnt."""
    rng = np.random.default_rng(231)
    check_layers(rng)
    check_losses(rng)
    check_model(rng)
    try:
        data = mnist.load("digits", dtype="float64")
    except ImportError as error:
        print(error)
        return 1
    accuracy = train(data, num_epochs=15 if fast else 60)
    print("Test set accuracy:", accuracy)
    return 0 if max(errors) < 1e-6 and accuracy > 0.85 else 1


if __name__ == "__main__":
    sys.exit(main(fast="--fast" in sys.argv))
