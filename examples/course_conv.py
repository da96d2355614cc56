"""Convolution in the style of the well-known course: its notebook's cells in our own words, on the digits.

Filters that everybody knows, numeric gradients beside analytic ones, a net of conv, relu, pool, affine, relu, affine
written as a class, and its training. Run: python examples/course_conv.py [--fast]
"""

import sys
import time

import numpy as np

import mnist
from gradcheck import eval_numerical_gradient, eval_numerical_gradient_array, rel_error
from layers import affine_backward, affine_forward, affine_relu_backward, affine_relu_forward, softmax_loss
from layers.course import (
    conv_backward_fast,
    conv_backward_naive,
    conv_forward_fast,
    conv_forward_naive,
    conv_relu_backward,
    conv_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
    max_pool_backward_naive,
    max_pool_forward_naive,
)
from solver import Solver

errors = []


def show(name, numeric, analytic):
    """Print one relative error, and keep it."""
    errors.append(rel_error(numeric, analytic))
    print(f"{name} error: {errors[-1]:.3e}")


def known_filters(image):
    """An image blurred, and its edges: what a convolution does before anything is learnt."""
    w = np.zeros((2, 1, 3, 3))
    w[0, 0] = 1 / 9
    w[1, 0] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
    out, _ = conv_forward_naive(image[None, None], w, np.array([0.0, 8.0]), {"stride": 1, "pad": 1})
    print("a digit, blurred, and its horizontal edges:")
    for rows in zip(image, *out[0], strict=True):
        print("   ".join("".join(" .:-=+*#%@"[int(np.clip(v, 0, 15.9) / 1.6)] * 2 for v in row) for row in rows))


def check_one_place(rng):
    """One value of the output, from the definition."""
    x, w, b = rng.standard_normal((2, 3, 7, 6)), rng.standard_normal((4, 3, 3, 2)), rng.standard_normal(4)
    out, _ = conv_forward_naive(x, w, b, {"stride": 2, "pad": 1})
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    show("one window", np.sum(padded[1, :, 4:7, 2:4] * w[3]) + b[3], out[1, 3, 2, 1])


def check_layers(rng):
    """The numeric gradient of every input."""
    conv_param = {"stride": 1, "pad": 1}
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    x, w, b = rng.standard_normal((3, 2, 6, 6)), rng.standard_normal((3, 2, 3, 3)), rng.standard_normal(3)
    for title, forward, backward in (
        ("conv", lambda *a: conv_forward_naive(*a, conv_param), conv_backward_naive),
        ("conv_relu", lambda *a: conv_relu_forward(*a, conv_param), conv_relu_backward),
        ("conv_relu_pool", lambda *a: conv_relu_pool_forward(*a, conv_param, pool_param), conv_relu_pool_backward),
    ):
        out, cache = forward(x, w, b)
        dout = rng.standard_normal(out.shape)
        dx, dw, db = backward(dout, cache)
        print(f"Testing {title}:")
        show("dx", eval_numerical_gradient_array(lambda x, f=forward: f(x, w, b)[0], x, dout), dx)
        show("dw", eval_numerical_gradient_array(lambda w, f=forward: f(x, w, b)[0], w, dout), dw)
        show("db", eval_numerical_gradient_array(lambda b, f=forward: f(x, w, b)[0], b, dout), db)
    out, cache = max_pool_forward_naive(x, pool_param)
    dout = rng.standard_normal(out.shape)
    print("Testing max_pool:")
    numeric = eval_numerical_gradient_array(lambda x: max_pool_forward_naive(x, pool_param)[0], x, dout)
    show("dx", numeric, max_pool_backward_naive(dout, cache))


def time_them(rng):
    """A layer of the size that notebooks time."""
    x, w, b = rng.standard_normal((100, 3, 31, 31)), rng.standard_normal((25, 3, 3, 3)), rng.standard_normal(25)
    begin = time.perf_counter()
    out, cache = conv_forward_fast(x, w, b, {"stride": 2, "pad": 1})
    middle = time.perf_counter()
    conv_backward_fast(np.ones_like(out), cache)
    print(f"conv {x.shape} x {w.shape}: {1e3 * (middle - begin):.1f} ms, {1e3 * (time.perf_counter() - middle):.1f} ms")


class ThreeLayerConvNet:
    """conv - relu - 2 x 2 max pool - affine - relu - affine - softmax, as the course's class of this name."""

    def __init__(
        self, input_dim=(1, 8, 8), num_filters=8, filter_size=3, hidden_dim=50, num_classes=10, reg=0.0, seed=0
    ):
        rng = np.random.default_rng(seed)
        channels, height, width = input_dim
        shapes = {
            "W1": (num_filters, channels, filter_size, filter_size),
            "W2": (num_filters * (height // 2) * (width // 2), hidden_dim),
            "W3": (hidden_dim, num_classes),
        }
        fan_in = {"W1": channels * filter_size**2, "W2": shapes["W2"][0], "W3": hidden_dim}
        self.params = {k: rng.standard_normal(s) * np.sqrt(2 / fan_in[k]) for k, s in shapes.items()}
        self.params |= {"b1": np.zeros(num_filters), "b2": np.zeros(hidden_dim), "b3": np.zeros(num_classes)}
        self.input_dim, self.reg = input_dim, reg

    def loss(self, X, y=None):
        """The scores; with labels the loss and the gradients. Rows of pixels are images again here."""
        p, images = self.params, X.reshape(-1, *self.input_dim)
        conv_param = {"stride": 1, "pad": (p["W1"].shape[2] - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        maps, conv_cache = conv_relu_pool_forward(images, p["W1"], p["b1"], conv_param, pool_param)
        hidden, hidden_cache = affine_relu_forward(maps, p["W2"], p["b2"])
        scores, scores_cache = affine_forward(hidden, p["W3"], p["b3"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        grads = {}
        dhidden, grads["W3"], grads["b3"] = affine_backward(dscores, scores_cache)
        dmaps, grads["W2"], grads["b2"] = affine_relu_backward(dhidden, hidden_cache)
        _, grads["W1"], grads["b1"] = conv_relu_pool_backward(dmaps, conv_cache)
        for name in ("W1", "W2", "W3"):
            loss += 0.5 * self.reg * np.sum(p[name] ** 2)
            grads[name] += self.reg * p[name]
        return loss, grads


def check_model(rng):
    """The loss of a net that knows nothing is about log C, more with a penalty; and its gradients are right."""
    model = ThreeLayerConvNet()
    for name in ("W1", "W2", "W3"):
        model.params[name] *= 1e-3
    X, y = rng.standard_normal((50, 64)), rng.integers(10, size=50)
    print(f"initial loss: {model.loss(X, y)[0]:.4f}, log 10 = {np.log(10):.4f}")
    model = ThreeLayerConvNet((2, 6, 6), num_filters=3, hidden_dim=7, num_classes=4, reg=0.1)
    X, y = rng.standard_normal((2, 72)), rng.integers(4, size=2)
    _, grads = model.loss(X, y)
    for name in sorted(grads):
        numeric = eval_numerical_gradient(lambda _: model.loss(X, y)[0], model.params[name], verbose=False)
        show(name, numeric, grads[name])


def train(data, epochs):
    """First a hundred images by heart, then all of them."""
    few = {**data, "X_train": data["X_train"][:100], "y_train": data["y_train"][:100]}
    for title, given, batch, rounds in (("100 images", few, 50, 60), ("all", data, 50, epochs)):
        model = ThreeLayerConvNet(reg=1e-3)
        solver = Solver(model, given, update_rule="adam", optim_config={"learning_rate": 2e-3}, batch_size=batch,
                        num_epochs=rounds, verbose=False, seed=0)  # fmt: skip
        solver.train()
        print(f"{title}: train acc {solver.train_acc_history[-1]:.4f}, val acc {solver.val_acc_history[-1]:.4f}")
    scores = model.loss(data["X_test"])
    print(f"test accuracy {np.mean(scores.argmax(axis=1) == data['y_test']):.4f}")


def main(fast):
    """All cells in order."""
    rng, data = np.random.default_rng(231), mnist.load("digits")
    known_filters(15 * data["X_train"][0].reshape(8, 8) / np.max(data["X_train"][0]))
    check_one_place(rng)
    check_layers(rng)
    time_them(rng)
    check_model(rng)
    train(data, 3 if fast else 15)
    print(f"largest relative error: {max(errors):.3e}")


if __name__ == "__main__":
    main("--fast" in sys.argv)
