"""Nets as three functions: forward, cost, backward; also penalties, dropout and a net by its cost. Two are wrong."""

import numpy as np


def forward_propagation(X, parameters):
    A1 = np.tanh(parameters["W1"] @ X + parameters["b1"])
    A2 = 1 / (1 + np.exp(-(parameters["W2"] @ A1 + parameters["b2"])))
    return A2, {"A1": A1, "A2": A2}


def compute_cost(A2, Y):
    return float(-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1])


def compute_cost_with_regularization(A2, Y, parameters, lambd):
    squares = np.sum(parameters["W1"] ** 2) + np.sum(parameters["W2"] ** 2)
    return compute_cost(A2, Y) + lambd / (2 * Y.shape[1]) * squares


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dZ1 = parameters["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
    return {
        "dW2": dZ2 @ cache["A1"].T / m,
        "db2": dZ2.sum(axis=1, keepdims=True) / m,
        "dW1": dZ1 @ X.T / m,
        "db1": dZ1.sum(axis=1, keepdims=True) / m,
    }


def forward_propagation_with_regularization(X, parameters):
    return forward_propagation(X, parameters)


def backward_propagation_with_regularization(X, Y, cache, parameters, lambd):
    grads = backward_propagation(parameters, cache, X, Y)
    grads["dW2"] = grads["dW2"] + lambd / X.shape[1] * parameters["W2"]
    return grads  # planted: the penalty of W1 is missing


def forward_propagation_n(X, Y, parameters):
    A2, cache = forward_propagation(X, parameters)
    return compute_cost(A2, Y), (cache, parameters)


def backward_propagation_n(X, Y, cache):
    activations, parameters = cache
    grads = backward_propagation(parameters, activations, X, Y)
    grads["db1"] = 4 / 3 * grads["db1"]  # planted
    return grads


def nn_loss(params, X, y, reg):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    scores = hidden @ params["W2"] + params["b2"]
    probs = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(y)), y]).mean()
    loss += reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))
    probs[np.arange(len(y)), y] -= 1
    dscores = probs / len(y)
    dhidden = dscores @ params["W2"].T * (hidden > 0)
    return loss, {
        "W1": X.T @ dhidden + 2 * reg * params["W1"],
        "b1": dhidden.sum(axis=0),
        "W2": hidden.T @ dscores + 2 * reg * params["W2"],
        "b2": dscores.sum(axis=0),
    }
