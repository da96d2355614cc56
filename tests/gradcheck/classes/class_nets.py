"""Nets as classes, all right."""

from collections import OrderedDict

import numpy as np
from class_activations import Relu
from class_layers import Affine
from class_losses import SoftmaxWithLoss, softmax


class TwoLayerBook:
    """loss(x, t) and gradient(x, t), layers in an ordered dictionary over the arrays of params."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
        self.params = {
            "W1": weight_init_std * np.random.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * np.random.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }
        self.layers = OrderedDict()
        self.layers["Affine1"] = Affine(self.params["W1"], self.params["b1"])
        self.layers["Relu1"] = Relu()
        self.layers["Affine2"] = Affine(self.params["W2"], self.params["b2"])
        self.last = SoftmaxWithLoss()

    def predict(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.last.forward(self.predict(x), t)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.last.backward(1)
        for layer in reversed(list(self.layers.values())):
            dout = layer.backward(dout)
        return {f"{kind}{k}": getattr(self.layers[f"Affine{k}"], f"d{kind}") for k in (1, 2) for kind in "Wb"}


class ListNet:
    """forward(x, t) gives the loss, backward() fills grads: both lists are gathered from the layers."""

    def __init__(self, input_size, hidden_size, output_size):
        self.layers = [
            Affine(0.5 * np.random.randn(input_size, hidden_size), np.zeros(hidden_size)),
            Affine(0.5 * np.random.randn(hidden_size, output_size), np.zeros(output_size)),
        ]
        self.loss_layer = SoftmaxWithLoss()
        self.params = [p for layer in self.layers for p in (layer.W, layer.b)]
        self.grads = []

    def predict(self, x):
        for layer in self.layers:
            x = np.tanh(layer.forward(x)) if layer is self.layers[0] else layer.forward(x)
            self.hidden = x if layer is self.layers[0] else self.hidden
        return x

    def forward(self, x, t):
        return self.loss_layer.forward(self.predict(x), t)

    def backward(self, dout=1):
        dout = self.layers[1].backward(self.loss_layer.backward(dout))
        dout = self.layers[0].backward(dout * (1 - self.hidden**2))
        self.grads = [g for layer in self.layers for g in (layer.dW, layer.db)]
        return dout


class Network:
    """Lists of weights and biases; backprop(x, y) of one example in a column returns (nabla_b, nabla_w)."""

    def __init__(self, sizes):
        self.num_layers, self.sizes = len(sizes), sizes
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:], strict=True)]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights, strict=True):
            a = 1 / (1 + np.exp(-(np.dot(w, a) + b)))
        return a

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activations, zs = [x], []
        for b, w in zip(self.biases, self.weights, strict=True):
            zs.append(np.dot(w, activations[-1]) + b)
            activations.append(1 / (1 + np.exp(-zs[-1])))
        slope = activations[-1] * (1 - activations[-1])
        delta = self.cost_derivative(activations[-1], y) * slope
        nabla_b[-1], nabla_w[-1] = delta, np.dot(delta, activations[-2].T)
        for k in range(2, self.num_layers):
            s = 1 / (1 + np.exp(-zs[-k]))
            delta = np.dot(self.weights[-k + 1].T, delta) * s * (1 - s)
            nabla_b[-k], nabla_w[-k] = delta, np.dot(delta, activations[-k - 1].T)
        return (nabla_b, nabla_w)

    def cost_derivative(self, output_activations, y):
        return output_activations - y


class WelchStyle:
    """costFunction and costFunctionPrime, the latter returning (dJdW1, dJdW2)."""

    def __init__(self):
        self.inputLayerSize, self.outputLayerSize, self.hiddenLayerSize = 2, 1, 3
        self.W1 = np.random.randn(self.inputLayerSize, self.hiddenLayerSize)
        self.W2 = np.random.randn(self.hiddenLayerSize, self.outputLayerSize)

    def forward(self, X):
        self.z2 = np.dot(X, self.W1)
        self.a2 = np.tanh(self.z2)
        self.z3 = np.dot(self.a2, self.W2)
        return np.tanh(self.z3)

    def costFunction(self, X, y):
        self.yHat = self.forward(X)
        return 0.5 * sum((y - self.yHat) ** 2)

    def costFunctionPrime(self, X, y):
        self.yHat = self.forward(X)
        delta3 = -(y - self.yHat) * (1 - np.tanh(self.z3) ** 2)
        dJdW2 = np.dot(self.a2.T, delta3)
        delta2 = np.dot(delta3, self.W2.T) * (1 - np.tanh(self.z2) ** 2)
        dJdW1 = np.dot(X.T, delta2)
        return dJdW1, dJdW2


class GradsFirst:
    """loss returns (gradients, cost), with a penalty."""

    def __init__(self, input_dim=6, num_classes=3, reg=0.1):
        self.W, self.b, self.reg = np.random.randn(input_dim, num_classes), np.zeros(num_classes), reg

    def loss(self, X, y):
        p = softmax(X @ self.W + self.b)
        cost = -np.mean(np.log(p[np.arange(len(y)), y])) + 0.5 * self.reg * np.sum(self.W**2)
        p[np.arange(len(y)), y] -= 1
        grads = {"W": X.T @ p / len(y) + self.reg * self.W, "b": p.mean(axis=0)}
        return grads, cost


class LinearClassifier:
    """loss(X, y, reg) returns (loss, dW); W is a plain attribute."""

    def __init__(self, dim, num_classes):
        self.W = 0.1 * np.random.randn(dim, num_classes)

    def loss(self, X, y, reg):
        p = softmax(X @ self.W)
        loss = -np.log(p[np.arange(len(y)), y]).mean() + reg * np.sum(self.W * self.W)
        p[np.arange(len(y)), y] -= 1
        return loss, X.T @ p / len(y) + 2 * reg * self.W


class ForwardLossBackward:
    """forward(X), compute_loss(y_hat, y) and backward(X, y)."""

    def __init__(self, n_features, n_hidden):
        self.W1, self.b1 = np.random.randn(n_features, n_hidden), np.zeros((1, n_hidden))
        self.W2, self.b2 = np.random.randn(n_hidden, 1), np.zeros((1, 1))

    def forward(self, X):
        self.a1 = np.tanh(X @ self.W1 + self.b1)
        self.y_hat = 1 / (1 + np.exp(-(self.a1 @ self.W2 + self.b2)))
        return self.y_hat

    def compute_loss(self, y_hat, y):
        return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))

    def backward(self, X, y):
        m = len(X)
        dz2 = (self.y_hat - y) / m
        self.dW2, self.db2 = self.a1.T @ dz2, dz2.sum(axis=0, keepdims=True)
        dz1 = dz2 @ self.W2.T * (1 - self.a1**2)
        self.dW1, self.db1 = X.T @ dz1, dz1.sum(axis=0, keepdims=True)


class CourseNet:
    """params as a dictionary, loss(X, y) returning (loss, grads)."""

    def __init__(self, input_dim=6, hidden_dim=4, num_classes=3, weight_scale=0.5, reg=0.1):
        self.reg = reg
        self.params = {
            "W1": weight_scale * np.random.randn(input_dim, hidden_dim),
            "b1": np.zeros(hidden_dim),
            "W2": weight_scale * np.random.randn(hidden_dim, num_classes),
            "b2": np.zeros(num_classes),
        }

    def loss(self, X, y=None):
        W1, W2 = self.params["W1"], self.params["W2"]
        h = np.maximum(0, X @ W1 + self.params["b1"])
        scores = h @ W2 + self.params["b2"]
        if y is None:
            return scores
        p = softmax(scores)
        loss = -np.mean(np.log(p[np.arange(len(y)), y])) + 0.5 * self.reg * (np.sum(W1**2) + np.sum(W2**2))
        p[np.arange(len(y)), y] -= 1
        p /= len(y)
        dh = p @ W2.T * (h > 0)
        grads = {"W2": h.T @ p + self.reg * W2, "b2": p.sum(axis=0)}
        grads.update(W1=X.T @ dh + self.reg * W1, b1=dh.sum(axis=0))
        return loss, grads
