"""Losses and derivatives as classes, all right."""

import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class SoftmaxWithLoss:
    """Labels as numbers or one-hot; backward without an argument."""

    def forward(self, x, t):
        self.t, self.y = t, softmax(x)
        labels = t.argmax(axis=1) if t.ndim == 2 else t
        return -np.sum(np.log(self.y[np.arange(len(labels)), labels])) / len(labels)

    def backward(self, dout=1):
        n = len(self.t)
        if self.t.size == self.y.size:
            return dout * (self.y - self.t) / n
        dx = self.y.copy()
        dx[np.arange(n), self.t] -= 1
        return dout * dx / n


class SoftmaxSmoothed:
    """A tiny number inside of the logarithm, which the gradient leaves out, as books do."""

    def forward(self, x, t):
        self.t, self.y = t, softmax(x)
        return -np.sum(t * np.log(self.y + 1e-7)) / len(x)

    def backward(self, dout=1):
        return dout * (self.y - self.t) / len(self.t)


class MSELoss:
    """forward(pred, target) and backward()."""

    def forward(self, pred, target):
        self.diff = pred - target
        return np.mean(self.diff**2)

    def backward(self):
        return 2 * self.diff / self.diff.size


class SquareLoss:
    """loss and gradient of each element."""

    def loss(self, y, y_pred):
        return 0.5 * np.power(y - y_pred, 2)

    def gradient(self, y, y_pred):
        return -(y - y_pred)


class CrossEntropy:
    """Elementwise, of probabilities."""

    def loss(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -y * np.log(p) - (1 - y) * np.log(1 - p)

    def gradient(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -(y / p) + (1 - y) / (1 - p)


class LossObject:
    """Called with scores and labels, gradient from a method of the same arguments."""

    def __call__(self, scores, labels):
        return -np.mean(np.log(softmax(scores)[np.arange(len(labels)), labels]))

    def grad(self, scores, labels):
        g = softmax(scores)
        g[np.arange(len(labels)), labels] -= 1
        return g / len(labels)


class HingeLoss:
    """Rows one by one."""

    def forward(self, scores, y):
        self.margins = np.maximum(0, scores - scores[np.arange(len(y)), y][:, None] + 1)
        self.margins[np.arange(len(y)), y] = 0
        self.y = y
        return self.margins.sum() / len(y)

    def backward(self):
        d = (self.margins > 0).astype(float)
        d[np.arange(len(self.y)), self.y] = -d.sum(axis=1)
        return d / len(self.y)


class SigmoidActivation:
    """f(z) and prime(z) as static methods."""

    @staticmethod
    def f(z):
        return 1 / (1 + np.exp(-z))

    @staticmethod
    def prime(z):
        s = 1 / (1 + np.exp(-z))
        return s * (1 - s)


class TanhCall:
    """__call__ and gradient."""

    def __call__(self, x):
        return np.tanh(x)

    def gradient(self, x):
        return 1 - np.tanh(x) ** 2


class ReluDerivative:
    """activate and derivative."""

    def activate(self, z):
        return np.maximum(z, 0)

    def derivative(self, z):
        return (z > 0).astype(float)


class FromOutput:
    """The derivative in terms of the output, which its parameter says."""

    def forward(self, z):
        return 1 / (1 + np.exp(-z))

    def derivative(self, a):
        return a * (1 - a)
