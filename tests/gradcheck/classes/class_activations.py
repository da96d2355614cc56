"""Activations and dropout as classes, all right."""

import numpy as np


class ReluValues:
    """No return values at all: output and dinputs are attributes."""

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class SoftmaxValues:
    """A softmax whose backward goes through the Jacobian of each row."""

    def forward(self, inputs):
        exp = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp / np.sum(exp, axis=1, keepdims=True)

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for k, (row, d) in enumerate(zip(self.output, dvalues, strict=True)):
            row = row.reshape(-1, 1)
            self.dinputs[k] = np.dot(np.diagflat(row) - np.dot(row, row.T), d)


class Relu:
    """The mask kept."""

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


class Sigmoid:
    """The output kept."""

    def __init__(self):
        self.params, self.grads, self.out = [], [], None

    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


class CallableTanh:
    """__call__ and backward."""

    def __call__(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return (1 - self.y**2) * dy


class LeakyReLU:
    """A slope with a default."""

    def __init__(self, alpha=0.01):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, grad):
        return grad * np.where(self.x > 0, 1.0, self.alpha)


class Dropout:
    """A mask drawn in training."""

    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio, self.mask = dropout_ratio, None

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.dropout_ratio
            return x * self.mask
        return x * (1.0 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.mask


class InvertedDropout:
    """A generator of its own and a flag that has to be given."""

    def __init__(self, keep_prob, seed=0):
        self.keep_prob, self.rng = keep_prob, np.random.default_rng(seed)

    def forward(self, x, training):
        self.mask = (self.rng.random(x.shape) < self.keep_prob) / self.keep_prob if training else np.ones(x.shape)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask
