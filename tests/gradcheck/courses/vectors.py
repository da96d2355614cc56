"""Flat vectors of parameters, derivatives in terms of the output, word vectors, regressions. Three are wrong."""

import numpy as np


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_grad(s):
    return s * (1 - s)


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1 - np.tanh(x)  # planted


def forward_backward_prop(X, labels, params, dimensions):
    Dx, H, Dy = dimensions[0], dimensions[1], dimensions[2]
    ends = np.cumsum([Dx * H, H, H * Dy, Dy])
    W1, b1 = params[: ends[0]].reshape(Dx, H), params[ends[0] : ends[1]].reshape(1, H)
    W2, b2 = params[ends[1] : ends[2]].reshape(H, Dy), params[ends[2] : ends[3]].reshape(1, Dy)
    h = sigmoid(X @ W1 + b1)
    yhat = softmax(h @ W2 + b2)
    cost = -np.sum(labels * np.log(yhat))
    d2 = yhat - labels
    d1 = d2 @ W2.T * sigmoid_grad(h)
    parts = (X.T @ d1, d1.sum(axis=0), h.T @ d2, d2.sum(axis=0))
    return cost, np.concatenate([p.ravel() for p in parts])


def naive_softmax_loss_and_gradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    yhat = softmax(outsideVectors @ centerWordVec)
    loss = -np.log(yhat[outsideWordIdx])
    d = yhat.copy()
    d[outsideWordIdx] -= 1
    return loss, outsideVectors.T @ d, np.outer(d, centerWordVec)


def linear_regression_loss(theta, X, y):
    error = X @ theta - y
    return np.mean(error**2), X.T @ error / len(y)  # planted: the 2 is missing


def logistic_regression_loss(w, X, y, reg):
    p = sigmoid(X @ w)
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.5 * reg * w @ w
    return loss, X.T @ (p - y) / len(y) + reg * w


def mse_loss(pred, target):
    return np.mean((pred - target) ** 2), 2 * (pred - target) / pred.size


def cross_entropy_loss(probs, y):
    rows = np.arange(len(y))
    grad = np.zeros_like(probs)
    grad[rows, y] = -1 / probs[rows, y]
    return -np.log(probs[rows, y]).mean(), grad  # planted: not divided by N


def binary_cross_entropy(y_hat, y):
    return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))


def corr2d_forward(X, K):
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    out = np.array([[np.sum(X[i : i + h, j : j + w] * K) for j in range(columns)] for i in range(rows)])
    return out, (X, K)


def corr2d_backward(dout, cache):
    X, K = cache
    dX, dK = np.zeros_like(X), np.zeros_like(K)
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            dX[i : i + K.shape[0], j : j + K.shape[1]] += dout[i, j] * K
            dK += dout[i, j] * X[i : i + K.shape[0], j : j + K.shape[1]]
    return dX, dK


def rnn_step_forward(x, h_prev, W_xh, W_hh, b_h):
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


def rnn_step_backward(dh, cache):
    x, h_prev, W_xh, W_hh, h = cache
    d = dh * (1 - h)  # planted
    return d @ W_xh.T, d @ W_hh.T, x.T @ d, h_prev.T @ d, d.sum(axis=0)


def squared_loss(y_pred, y_true):
    return np.sum((y_pred - y_true) ** 2) / len(y_true)


def squared_loss_grad(y_pred, y_true):
    return 2 * (y_pred - y_true) / len(y_true)


def forward(X, params):
    h = np.tanh(X @ params["W1"] + params["b1"])
    return h @ params["W2"] + params["b2"], (X, h)


def softmax_cost(scores, y):
    p = softmax(scores)
    return -np.log(p[np.arange(len(y)), y]).mean()


def backward(params, cache, scores, y):
    X, h = cache
    p = softmax(scores)
    p[np.arange(len(y)), y] -= 1
    dh = p @ params["W2"].T / len(y) * (1 - h * h)
    return {"W1": X.T @ dh, "b1": dh.sum(axis=0), "W2": h.T @ p / len(y), "b2": p.sum(axis=0) / len(y)}
