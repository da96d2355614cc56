"""Whole nets with one fault each: penalties, masks, transposes and labels seen only through the weights' gradients."""

import numpy as np

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    p = {"W1": rng.standard_normal((9, 6)) * 0.7, "b1": rng.standard_normal(6) * 0.1,
         "W2": rng.standard_normal((6, 4)) * 0.7, "b2": rng.standard_normal(4) * 0.1}  # fmt: skip
    return p, rng.standard_normal((n, 9)), rng.integers(4, size=n), 0.1


def narrow(rng, n):
    p, X, y, reg = draw(rng, n)
    p["W2"], p["b2"] = rng.standard_normal((6, 6)), rng.standard_normal(6)
    return p, X, y, reg


def regression(rng, n):
    return {"theta": rng.standard_normal((8, 1)), "bias": np.zeros(1)}, rng.standard_normal((n, 8)), rng.standard_normal((n, 1))


def forward(p, X):
    z = X @ p["W1"] + p["b1"]
    h = np.maximum(z, 0)
    return z, h, h @ p["W2"] + p["b2"]


def softmax(s, y):
    z = s - s.max(axis=1, keepdims=True)
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(e.sum(axis=1)) - z[np.arange(len(y)), y])
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    return loss, d / len(y)


def penalty(p, reg):
    return 0.5 * reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))


def backward(p, X, z, h, ds, reg):
    dh = ds @ p["W2"].T
    dz = dh * (z > 0)
    return {"W1": X.T @ dz + reg * p["W1"], "b1": dz.sum(0), "W2": h.T @ ds + reg * p["W2"], "b2": ds.sum(0)}


@book.net("MISSING_REG", draw)
def reg_missing_w2(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds, reg)
    g["W2"] = h.T @ ds
    return loss + penalty(p, reg), g


@book.net("EXTRA_REG", draw)
def reg_on_bias(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds, reg)
    g["b1"] += reg * p["b1"]
    return loss + penalty(p, reg), g


@book.net("EXTRA_REG", draw)
def reg_twice(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds, 2 * reg)
    return loss + penalty(p, reg), g


@book.net("MASK_MISSING", draw)
def net_no_mask(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds, reg)
    dz = ds @ p["W2"].T
    g["W1"], g["b1"] = X.T @ dz + reg * p["W1"], dz.sum(0)
    return loss + penalty(p, reg), g


@book.net("MASK_INVERTED", draw)
def net_mask_inverted(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, -z, h, ds, reg)
    return loss + penalty(p, reg), g


@book.net("TRANSPOSED", narrow)
def net_w2_not_transposed(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds, reg)
    dz = (ds @ p["W2"]) * (z > 0)
    g["W1"], g["b1"] = X.T @ dz + reg * p["W1"], dz.sum(0)
    return loss + penalty(p, reg), g


@book.net("WRONG_POINT", draw)
def net_dw2_from_preactivation(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, z, ds, reg)
    return loss + penalty(p, reg), g


@book.net("SCALE_BATCH", draw)
def net_no_mean(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds * len(y), 0.0)
    return loss, g


@book.net("LABEL_TERM", draw)
def net_no_label(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    ds[np.arange(len(y)), y] += 1 / len(y)
    return loss + penalty(p, reg), backward(p, X, z, h, ds, reg)


@book.net("BATCH_SUBSET", draw)
def net_last_sample(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    ds[:-1] = 0
    return loss + penalty(p, reg), backward(p, X, z, h, ds, reg)


@book.net("SIGN", draw)
def net_b1_sign(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds, reg)
    g["b1"] = -g["b1"]
    return loss + penalty(p, reg), g


@book.net("MISSING_GRAD", draw)
def net_without_b2(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds, reg)
    del g["b2"]
    return loss + penalty(p, reg), g


@book.net("KEEPDIMS", draw)
def net_b2_keepdims(p, X, y, reg):
    z, h, s = forward(p, X)
    loss, ds = softmax(s, y)
    g = backward(p, X, z, h, ds, reg)
    g["b2"] = ds.sum(axis=0, keepdims=True)
    return loss + penalty(p, reg), g


@book.net("ELEMENTWISE_FACTOR", draw)
def net_sigmoid_without_derivative(p, X, y):
    h = 1 / (1 + np.exp(-(X @ p["W1"] + p["b1"])))
    loss, ds = softmax(h @ p["W2"] + p["b2"], y)
    dz = ds @ p["W2"].T * h
    return loss, {"W1": X.T @ dz, "b1": dz.sum(0), "W2": h.T @ ds, "b2": ds.sum(0)}


@book.net("SCALE_HALF", regression)
def regression_half(p, X, y):
    e = X @ p["theta"] + p["bias"] - y
    return np.mean(e**2), {"theta": X.T @ e / len(y), "bias": e.mean(axis=0)}


@book.net("SCALE_BATCH", regression)
def regression_no_mean(p, X, y):
    e = X @ p["theta"] + p["bias"] - y
    return np.mean(e**2), {"theta": 2 * X.T @ e, "bias": 2 * e.sum(axis=0)}


@book.net("SIGN", regression)
def regression_sign(p, X, y):
    e = y - (X @ p["theta"] + p["bias"])
    return np.mean(e**2), {"theta": 2 * X.T @ e / len(y), "bias": 2 * e.mean(axis=0)}


@book.net("CONSTANT", draw)
def net_not_written_yet(p, X, y, reg):
    return 0.0, {}


CASES = book.cases
