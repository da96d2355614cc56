"""Whole nets as classes: a loss that returns gradients, a gradient method, sizes and backprop. Two are wrong."""

import numpy as np


def _softmax_loss(scores, y):
    probs = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(y)), y]).mean()
    probs[np.arange(len(y)), y] -= 1
    return loss, probs / len(y)


class TwoLayerNet:
    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": weight_scale * np.random.randn(input_dim, hidden_dim), "b1": np.zeros(hidden_dim),
            "W2": weight_scale * np.random.randn(hidden_dim, num_classes), "b2": np.zeros(num_classes),
        }  # fmt: skip

    def loss(self, X, y=None):
        p = self.params
        hidden = np.maximum(0, X.reshape(len(X), -1) @ p["W1"] + p["b1"])
        scores = hidden @ p["W2"] + p["b2"]
        if y is None:
            return scores
        loss, dscores = _softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        dhidden = dscores @ p["W2"].T * (hidden > 0)
        grads = {"W2": hidden.T @ dscores + self.reg * p["W2"], "b2": dscores.sum(axis=0)}
        grads.update(W1=X.reshape(len(X), -1).T @ dhidden + self.reg * p["W1"], b1=dhidden.sum(axis=0))
        return loss, grads


class ForgetfulNet(TwoLayerNet):
    def loss(self, X, y=None):
        p = self.params
        hidden = np.maximum(0, X @ p["W1"] + p["b1"])
        loss, dscores = _softmax_loss(hidden @ p["W2"] + p["b2"], y)
        loss += 0.5 * self.reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        dhidden = dscores @ p["W2"].T * (hidden > 0)
        grads = {"W2": hidden.T @ dscores + self.reg * p["W2"], "b2": dscores.sum(axis=0)}
        grads.update(W1=X.T @ dhidden, b1=dhidden.sum(axis=0))  # planted: the penalty of W1 is missing
        return loss, grads


class Network:
    def __init__(self, sizes):
        self.sizes, self.num_layers = sizes, len(sizes)
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = 1 / (1 + np.exp(-(w @ a + b)))
        return a

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activations = [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(1 / (1 + np.exp(-(w @ activations[-1] + b))))
        delta = self.cost_derivative(activations[-1], y) * activations[-1] * (1 - activations[-1])
        for k in range(1, self.num_layers):
            nabla_b[-k], nabla_w[-k] = delta, delta @ activations[-k - 1].T
            a = activations[-k - 1]
            delta = self.weights[-k].T @ delta * a * (1 - a)
        return nabla_b, nabla_w

    def cost_derivative(self, output_activations, y):
        return output_activations - y


class GradientNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
        self.params = {
            "W1": weight_init_std * np.random.randn(input_size, hidden_size), "b1": np.zeros(hidden_size),
            "W2": weight_init_std * np.random.randn(hidden_size, output_size), "b2": np.zeros(output_size),
        }  # fmt: skip

    def predict(self, x):
        p = self.params
        return 1 / (1 + np.exp(-(x @ p["W1"] + p["b1"]))) @ p["W2"] + p["b2"]

    def loss(self, x, t):
        return _softmax_loss(self.predict(x), t)[0]

    def gradient(self, x, t):
        p = self.params
        z = 1 / (1 + np.exp(-(x @ p["W1"] + p["b1"])))
        dy = _softmax_loss(z @ p["W2"] + p["b2"], t)[1]
        da = dy @ p["W2"].T * z  # planted: without 1 - z
        return {"W1": x.T @ da, "b1": da.sum(axis=0), "W2": z.T @ dy, "b2": dy.sum(axis=0)}
