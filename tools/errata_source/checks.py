"""Which errors the gradient checker is shown, and with what inputs; `report(name)` gives its real findings."""

import numpy as np

import gradcheck

from . import bugs

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((4, 5)), RNG.standard_normal((5, 3)), RNG.standard_normal(3)
SCORES, LABELS = RNG.standard_normal((4, 3)), np.array([0, 2, 1, 1])
WITH_ZEROS = np.where(np.abs(X) < 0.4, 0.0, X)

CHECKS = {
    "relu_backward_in_place": lambda f: gradcheck.layer(bugs.relu_forward_keeping_input, f, X),
    "relu_backward_through_zero": lambda f: gradcheck.layer(bugs.relu_forward_keeping_input, f, WITH_ZEROS),
    "affine_backward_keepdims": lambda f: gradcheck.layer(bugs.AFFINE, f, X, W, B),
    "affine_backward_order": lambda f: gradcheck.layer(bugs.AFFINE, f, X, W, B),
    "softmax_loss_all_minus_one": lambda f: gradcheck.loss(f, SCORES, LABELS),
    "softmax_loss_divided_by_classes": lambda f: gradcheck.loss(f, SCORES, LABELS),
    "quadratic_without_two": lambda f: gradcheck.loss(f, SCORES, SCORES[::-1].copy()),
    "linear_backward_without_db": lambda f: gradcheck.layer(bugs.AFFINE, f, X, W, B),
    "net_without_penalty_gradient": lambda f: gradcheck.net(f, {"W": W}, X, LABELS, 0.1),
    "log_of_probability": lambda f: gradcheck.loss(f, 1e3 * SCORES, LABELS),
    "sigmoid_backward_of_input": lambda f: gradcheck.layer(bugs.sigmoid_forward_keeping_input, f, X),
}


def report(name):
    """The checker's Report on the error of that name."""
    return CHECKS[name](getattr(bugs, name))
