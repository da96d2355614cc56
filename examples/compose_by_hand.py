"""A net of two hidden layers, composed by hand from forward/backward pairs and their caches: no Graph, no Solver.

It checks its own gradient, trains on scikit-learn's handwritten digits (on drawn blobs without scikit-learn), and
prints the test accuracy. Run: python examples/compose_by_hand.py [--fast]
"""

import sys
from itertools import pairwise

import numpy as np

import gradcheck
import mnist
from layers import (
    affine_backward,
    affine_forward,
    affine_relu_backward,
    affine_relu_forward,
    l2_penalty,
    softmax_loss,
    tanh_backward,
    tanh_forward,
)
from models import he


def initial(sizes, rng):
    """W1 (D, H1), b1, W2 (H1, H2), b2, W3 (H2, C), b3."""
    params = {}
    for i, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        params[f"W{i}"], params[f"b{i}"] = he(rng, n_in, n_out), np.zeros(n_out)
    return params


def forward(params, X):
    """Scores (N, C), and the cache of each layer for the way back: affine-relu, affine, tanh, affine."""
    h1, cache1 = affine_relu_forward(X, params["W1"], params["b1"])
    a2, cache2 = affine_forward(h1, params["W2"], params["b2"])
    h2, cache_tanh = tanh_forward(a2)
    scores, cache3 = affine_forward(h2, params["W3"], params["b3"])
    return scores, (cache1, cache2, cache_tanh, cache3)


def backward(dscores, caches):
    """The chain the other way round: each layer takes the gradient of its output and hands on that of its input."""
    cache1, cache2, cache_tanh, cache3 = caches
    grads = {}
    dh2, grads["W3"], grads["b3"] = affine_backward(dscores, cache3)
    da2 = tanh_backward(dh2, cache_tanh)
    dh1, grads["W2"], grads["b2"] = affine_backward(da2, cache2)
    _, grads["W1"], grads["b1"] = affine_relu_backward(dh1, cache1, need_dx=False)
    return grads


def loss(params, X, y, reg=0.0):
    """The mean cross-entropy plus 0.5 reg sum W^2, and its gradient by every parameter."""
    scores, caches = forward(params, X)
    value, dscores = softmax_loss(scores, y)
    grads = backward(dscores, caches)
    for name in ("W1", "W2", "W3"):
        value += l2_penalty(params[name], reg, out=grads[name])[0]
    return value, grads


def train(params, X, y, steps, rng, learning_rate=0.2, reg=1e-4, batch=50):
    """Plain stochastic gradient descent on random batches; the parameters are changed in place."""
    for step in range(steps):
        rows = rng.integers(len(X), size=batch)
        value, grads = loss(params, X[rows], y[rows], reg)
        for name, gradient in grads.items():
            params[name] -= learning_rate * gradient
        if step % (steps // 5) == 0:
            print(f"step {step:5d}   loss {value:.4f}")


def data(rng):
    """The digits (64 pixels, 10 classes); without scikit-learn ten blobs of points in as many dimensions."""
    try:
        digits = mnist.load("digits", dtype="float64")
    except ImportError:
        centres, y = 3 * rng.standard_normal((10, 64)), rng.integers(10, size=1600)
        X = centres[y] + rng.standard_normal((1600, 64))
        return X[:1200], y[:1200], X[1200:], y[1200:]
    return digits["X_train"], digits["y_train"], digits["X_test"], digits["y_test"]


def main(fast=False):
    """Check, train, report; the exit code is 0 where the gradient is right and the net has learnt."""
    rng = np.random.default_rng(0)
    X_train, y_train, X_test, y_test = data(rng)
    small = initial([64, 6, 5, 10], rng)
    report = gradcheck.net(loss, small, X_train[:7], y_train[:7], reg=0.1)
    print(report)
    params = initial([X_train.shape[1], 64, 32, 10], rng)
    train(params, X_train, y_train, 500 if fast else 3000, rng)
    accuracy = np.mean(forward(params, X_test)[0].argmax(axis=1) == y_test)
    print(f"test accuracy {accuracy:.4f}")
    return 0 if report.ok and accuracy > 0.9 else 1


if __name__ == "__main__":
    sys.exit(main(fast="--fast" in sys.argv))
