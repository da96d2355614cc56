"""Nets whose examples stand in columns, in the shape of a course in many small functions. Three are wrong."""

import numpy as np


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z)), Z


def relu(Z):
    return np.maximum(0, Z), Z


def relu_backward(dA, cache):
    dZ = np.array(dA, copy=True)
    dZ[cache <= 0] = 0
    return dZ


def sigmoid_backward(dA, cache):
    s = 1 / (1 + np.exp(-cache))
    return dA * s * (1 + s)  # planted


def linear_forward(A, W, b):
    return W @ A + b, (A, W, b)


def linear_backward(dZ, cache):
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    return W.T @ dZ, dZ @ A_prev.T / m, dZ.sum(axis=1, keepdims=True) / m


def linear_activation_forward(A_prev, W, b, activation):
    Z, linear_cache = linear_forward(A_prev, W, b)
    if activation == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
    elif activation == "relu":
        A = np.maximum(0, Z)
    return A, (linear_cache, Z)


def linear_activation_backward(dA, cache, activation):
    linear_cache, Z = cache
    if activation == "relu":
        dZ = dA * (Z > 0)
    elif activation == "sigmoid":
        s = 1 / (1 + np.exp(-Z))
        dZ = dA * s  # planted
    return linear_backward(dZ, linear_cache)


def L_model_forward(X, parameters):
    caches, A = [], X
    layers = len(parameters) // 2
    for k in range(1, layers + 1):
        kind = "sigmoid" if k == layers else "relu"
        A, cache = linear_activation_forward(A, parameters[f"W{k}"], parameters[f"b{k}"], kind)
        caches.append(cache)
    return A, caches


def compute_cost(AL, Y):
    return np.squeeze(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / Y.shape[1])


def L_model_backward(AL, Y, caches):
    grads = {}
    dZ = AL - Y
    for k in reversed(range(1, len(caches) + 1)):
        linear_cache, _ = caches[k - 1]
        dA, grads[f"dW{k}"], grads[f"db{k}"] = linear_backward(dZ, linear_cache)
        if k > 1:
            dZ = dA * (caches[k - 2][1] > 0)
    return grads


def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    return {"dw": X @ (A - Y).T / m, "db": np.sum(A - Y) / m}, np.squeeze(cost)


def batchnorm_forward(Z, gamma, beta, eps=1e-8):
    std = np.sqrt(Z.var(axis=1, keepdims=True) + eps)
    normed = (Z - Z.mean(axis=1, keepdims=True)) / std
    return gamma * normed + beta, (normed, gamma, std)


def batchnorm_backward(dout, cache):
    normed, gamma, std = cache
    d = dout * gamma
    dZ = (d - d.mean(axis=1, keepdims=True) - normed * (d * normed).mean(axis=1, keepdims=True)) / std
    return dZ, (dout * normed).sum(axis=1), dout.sum(axis=1, keepdims=True)  # planted: keepdims forgotten
