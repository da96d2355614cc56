"""The slips of an assignment on layers, one in each function; the comments say what was planted."""

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1).dot(w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    return dout.dot(w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T.dot(dout), dout.mean(axis=0)  # mean for sum


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (dout > 0)  # the mask is that of dout


def leaky_relu_forward(x, alpha=0.01):
    return np.where(x > 0, x, alpha * x), (x, alpha)


def leaky_relu_backward(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, -alpha * dout)  # sign


def batchnorm_forward(x, gamma, beta, bn_param):
    std = np.sqrt(x.var(axis=0) + bn_param.get("eps", 1e-5))
    normed = (x - x.mean(axis=0)) / std
    return gamma * normed + beta, (normed, gamma, std)


def batchnorm_backward(dout, cache):
    normed, gamma, std = cache
    return dout * gamma / std, (dout * normed).sum(axis=0), dout.sum(axis=0)  # mean and variance held constant


def dropout_forward(x, dropout_param):
    rng = np.random.RandomState(dropout_param["seed"])
    mask = rng.rand(*x.shape) < dropout_param["p"]
    return x * mask / dropout_param["p"], (mask, dropout_param)


def dropout_backward(dout, cache):
    mask, _ = cache
    return dout * mask  # not divided by p


def softmax_loss(x, y):
    probs = np.exp(x - x.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(y)), y]).sum() / len(y)
    probs[np.arange(len(y)), y] -= 1
    return loss, probs  # not divided by N


def svm_loss(x, y):
    rows = np.arange(len(y))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dx = (margins > 0) / len(y)
    return margins.sum() / len(y), dx  # the column of the right class is missing


def svm_loss_vectorized(W, X, y, reg):
    scores, rows = X.dot(W), np.arange(len(y))
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    mask = (margins > 0).astype(float)
    mask[rows, y] = -mask.sum(axis=1)
    return margins.sum() / len(y) + reg * np.sum(W * W), X.T.dot(mask) / len(y)  # no gradient of the penalty


def softmax_loss_vectorized(W, X, y, reg):
    scores = X.dot(W)
    probs = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(y)), y]).mean() + reg * np.sum(W * W)
    probs[np.arange(len(y)), y] -= 1
    return loss, X.T.dot(probs) / len(y) + 2 * reg * W
