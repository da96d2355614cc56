"""Normalisation in the style of the well-known course: its notebooks' cells in our own words.

What batch, layer, spatial batch and group normalisation do to means and deviations, in training and at test time;
numeric gradients beside analytic ones; and what a normalisation is good for: a deep net on the digits whose weights
start too small, and batches of few rows. Run: python examples/course_normalisation.py [--fast]
"""

import sys

import numpy as np

import mnist
from gradcheck import eval_numerical_gradient_array, rel_error
from layers.course import (
    batchnorm_backward,
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from models import mlp
from solver import Solver

errors = []


def statistics(title, x, axes):
    """Mean and standard deviation over some axes, a line each."""
    print(title)
    for name, values in (("means", x.mean(axes)), ("stds ", x.std(axes))):
        print(f"  {name}: {np.array2string(np.ravel(values), precision=4, suppress_small=True)}")


def check(name, forward, backward, x, *params):
    """The numeric gradient of every input of a pair, in the course's way."""
    out, cache = forward(x, *params)
    dout = np.random.default_rng(5).standard_normal(out.shape)
    found = backward(dout, cache)
    inputs = [x, *params]
    for i, (label, gradient) in enumerate(zip(("dx", "dgamma", "dbeta"), found, strict=True)):

        def of_one(value, i=i):
            return forward(*inputs[:i], value, *inputs[i + 1 :])[0]

        errors.append(rel_error(eval_numerical_gradient_array(of_one, inputs[i], dout), gradient))
        print(f"{name} {label} error: {errors[-1]:.3e}")


def look_at_rows(rng):
    """Features of a small net, of which each is normalised over the batch, or each row over its features."""
    x, w1, w2 = rng.standard_normal((200, 50)), rng.standard_normal((50, 60)), rng.standard_normal((60, 3))
    a = np.maximum(0, x @ w1) @ w2
    statistics("before batch normalisation:", a, 0)
    ones, zeros = np.ones(3), np.zeros(3)
    statistics("after it, gamma 1 and beta 0:", batchnorm_forward(a, ones, zeros, {"mode": "train"})[0], 0)
    gamma, beta = np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0])
    statistics("gamma 1 2 3 and beta 11 12 13:", batchnorm_forward(a, gamma, beta, {"mode": "train"})[0], 0)

    param = {"mode": "train"}
    for _ in range(50):
        batch = np.maximum(0, rng.standard_normal((200, 50)) @ w1) @ w2
        batchnorm_forward(batch, ones, zeros, param)
    param["mode"] = "test"
    statistics("at test time, by running statistics:", batchnorm_forward(a, ones, zeros, param)[0], 0)

    rows = rng.standard_normal((4, 60)) * 3 + 5
    normalised, _ = layernorm_forward(rows, np.full(60, 3.0), np.full(60, 5.0), {})
    statistics("rows after layer normalisation, gamma 3 and beta 5:", normalised, 1)


def look_at_images(rng):
    """Channels over the batch and all pixels; groups of channels in each image."""
    x = 4 * rng.standard_normal((2, 6, 4, 5)) + 10
    out, _ = spatial_batchnorm_forward(x, np.ones(6), np.zeros(6), {"mode": "train"})
    statistics("channels after spatial batch normalisation:", out, (0, 2, 3))
    out, _ = spatial_groupnorm_forward(x, np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1)), 2, {})
    statistics("groups of each image after group normalisation:", out.reshape(2, 2, -1), 2)


def check_gradients(rng):
    """Four pairs, three gradients each."""
    x, gamma, beta = 5 * rng.standard_normal((4, 5)) + 12, rng.standard_normal(5), rng.standard_normal(5)
    images, scale, shift = 5 * rng.standard_normal((2, 6, 4, 5)) + 12, rng.standard_normal(6), rng.standard_normal(6)
    check("batchnorm", lambda *a: batchnorm_forward(*a, {"mode": "train"}), batchnorm_backward, x, gamma, beta)
    check("layernorm", lambda *a: layernorm_forward(*a, {}), layernorm_backward, x, gamma, beta)
    check(
        "spatial_batchnorm", lambda *a: spatial_batchnorm_forward(*a, {"mode": "train"}),
        spatial_batchnorm_backward, images, scale, shift,
    )  # fmt: skip
    check(
        "spatial_groupnorm", lambda *a: spatial_groupnorm_forward(*a, 2, {}), spatial_groupnorm_backward, images,
        scale.reshape(1, 6, 1, 1), shift.reshape(1, 6, 1, 1),
    )  # fmt: skip


def accuracy(data, epochs, batch_size=50, init="he", **norm):
    """Validation accuracy of four hidden layers of 40 units."""
    net = mlp([64, 40, 40, 40, 40, 10], init=init, seed=0, **norm)
    settings = {"update_rule": "adam", "optim_config": {"learning_rate": 3e-3}, "batch_size": batch_size}
    solver = Solver(net, data, num_epochs=epochs, verbose=False, seed=0, engine="numpy", **settings).train()
    return solver.best_val_acc


def what_it_is_good_for(fast):
    """Weights that start too small starve a deep net; behind a normalisation their scale hardly matters.

    Until their variance is small beside eps, as that of the smallest is. A few rows are a poor sample of a feature:
    there layer normalisation, for which a row is enough, does better.
    """
    data, epochs = mnist.load("digits"), 2 if fast else 8
    norms = {"none": {}, "batch": {"batch_norm": True}, "layer": {"layer_norm": True}}
    print(f"validation accuracy after {epochs} epochs of four hidden layers, by normalisation:")
    print("weights of std " + "".join(f"{name:>9}" for name in norms))
    scales = ("0.0001", "0.01", "0.3")
    found = {s: [accuracy(data, epochs, init=f"normal:{s}", **norm) for norm in norms.values()] for s in scales}
    for scale, row in found.items():
        print(f"{scale:>14} " + "".join(f"{value:9.3f}" for value in row))
    print("rows of a batch" + "".join(f"{name:>9}" for name in norms))
    for size in (4, 50):
        data_of_few = {**data, "X_train": data["X_train"][:400], "y_train": data["y_train"][:400]}
        row = [accuracy(data_of_few, epochs, batch_size=size, **norm) for norm in norms.values()]
        print(f"{size:>14} " + "".join(f"{value:9.3f}" for value in row))


def main():
    rng = np.random.default_rng(231)
    look_at_rows(rng)
    look_at_images(rng)
    check_gradients(rng)
    what_it_is_good_for("--fast" in sys.argv[1:])
    if max(errors) > 1e-6:
        raise SystemExit(f"an analytic gradient differs: {max(errors):.2e}")
    print("all analytic gradients agree with the numeric ones")


if __name__ == "__main__":
    main()
