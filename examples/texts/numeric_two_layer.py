"""A two-layer net in the layout of a well-known introduction to deep learning: gradients by differences alone.

`loss(x, t)` is a plain number, `params` a dict, and `numerical_gradient(f, x)` moves one entry at a time.
"""

import numpy as np


def softmax(x):
    """Along the last axis; one sample alone is welcome."""
    p = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return p / np.sum(p, axis=-1, keepdims=True)


def cross_entropy_error(y, t):
    """-sum t log(y + 1e-7) / N; t are labels or one-hot rows."""
    y, t = np.atleast_2d(y), np.asarray(t)
    labels = t.argmax(axis=1) if t.size == y.size else t.reshape(-1)
    return -np.sum(np.log(y[np.arange(len(y)), labels] + 1e-7)) / len(y)


def numerical_gradient(f, x):
    """Centred differences of f() with respect to the float array x, which is moved in place and always put back."""
    if x.dtype.kind != "f":
        raise TypeError(f"x is {x.dtype}, which a step of 1e-4 cannot move: use x.astype(float)")
    h, gradient = 1e-4, np.zeros_like(x)
    for index in np.ndindex(x.shape):
        before = x[index]
        try:
            x[index] = before + h
            above = f(x)
            x[index] = before - h
            gradient[index] = (above - f(x)) / (2 * h)
        finally:
            x[index] = before
    return gradient


class TwoLayerNet:
    """784-50-10 relu; weights N(0, weight_init_std^2), biases 0."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = np.random.default_rng(rng)
        self.params = {
            "W1": weight_init_std * rng.standard_normal((input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * rng.standard_normal((hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }

    def predict(self, x):
        """Probabilities."""
        p = self.params
        return softmax(np.maximum(x @ p["W1"] + p["b1"], 0) @ p["W2"] + p["b2"])

    def loss(self, x, t):
        return cross_entropy_error(self.predict(x), t)

    def accuracy(self, x, t):
        """Share of rows whose largest probability is at the target, labels or one-hot."""
        labels = t.argmax(axis=1) if t.ndim == 2 else t
        return float(np.mean(self.predict(x).argmax(axis=1) == labels))

    def numerical_gradient(self, x, t):
        """Name -> gradient, one pair of losses for each parameter."""
        return {name: numerical_gradient(lambda _: self.loss(x, t), self.params[name]) for name in self.params}
