"""Convolution and pooling with channels last and hparameters; cells of recurrent nets with parameters in a dict."""

import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    f, filters = W.shape[0], W.shape[3]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    rows = (A_prev.shape[1] - f + 2 * pad) // stride + 1
    columns = (A_prev.shape[2] - f + 2 * pad) // stride + 1
    Z = np.zeros((len(A_prev), rows, columns, filters))
    for h in range(rows):
        for w in range(columns):
            piece = padded[:, h * stride : h * stride + f, w * stride : w * stride + f]
            Z[:, h, w] = np.tensordot(piece, W, axes=3) + b[0, 0, 0]
    return Z, (A_prev, W, b, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            at = np.s_[:, h * stride : h * stride + f, w * stride : w * stride + f]
            dpadded[at] += np.einsum("nk,ijck->nijc", dZ[:, h, w], W)
            dW += np.einsum("nijc,nk->ijck", padded[at], dZ[:, h, w])
    dA = dpadded[:, pad:-pad, pad:-pad] if pad else dpadded
    return dA, dW, dZ.sum(axis=(0, 1, 2)).reshape(b.shape)


def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    m, height, width, channels = A_prev.shape
    A = np.zeros((m, 1 + (height - f) // stride, 1 + (width - f) // stride, channels))
    for h in range(A.shape[1]):
        for w in range(A.shape[2]):
            piece = A_prev[:, h * stride : h * stride + f, w * stride : w * stride + f]
            if mode == "max":
                A[:, h, w] = piece.max(axis=(1, 2))
            elif mode == "average":
                A[:, h, w] = piece.mean(axis=(1, 2))
    return A, (A_prev, hparameters)


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            at = np.s_[:, h * stride : h * stride + f, w * stride : w * stride + f]
            up = dA[:, h : h + 1, w : w + 1]
            if mode == "max":
                dA_prev[at] += up * (A_prev[at] == A_prev[at].max(axis=(1, 2), keepdims=True))
            elif mode == "average":
                dA_prev[at] += up / f  # planted: the area is f * f
    return dA_prev


def softmax(x):
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0)


def rnn_cell_forward(xt, a_prev, parameters):
    p = parameters
    a_next = np.tanh(p["Wax"] @ xt + p["Waa"] @ a_prev + p["ba"])
    return a_next, softmax(p["Wya"] @ a_next + p["by"]), (a_next, a_prev, xt, parameters)


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    dz = da_next * (1 - a_next**2)
    return {
        "dxt": parameters["Wax"].T @ dz,
        "da_prev": parameters["Waa"].T @ dz,
        "dWax": dz @ xt.T,
        "dWaa": dz @ a_prev.T,
        "dba": dz.sum(axis=1, keepdims=True),
    }


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    p, both = parameters, np.concatenate([a_prev, xt])
    ft, it, ot = (1 / (1 + np.exp(-(p[f"W{g}"] @ both + p[f"b{g}"]))) for g in "fio")
    cct = np.tanh(p["Wc"] @ both + p["bc"])
    c_next = ft * c_prev + it * cct
    a_next = ot * np.tanh(c_next)
    return a_next, c_next, softmax(p["Wy"] @ a_next + p["by"]), (a_next, c_next, c_prev, ft, it, cct, ot, both, p)


def lstm_cell_backward(da_next, dc_next, cache):
    a_next, c_next, c_prev, ft, it, cct, ot, both, p = cache
    dc = dc_next + da_next * ot * (1 - np.tanh(c_next) ** 2)
    d = {
        "o": da_next * np.tanh(c_next) * ot * (1 - ot),
        "c": dc * it * (1 - cct**2),
        "i": dc * cct * it * (1 - it),
        "f": dc * c_prev * ft,  # planted: without 1 - f
    }
    dboth = sum(p[f"W{g}"].T @ d[g] for g in d)
    grads = {"da_prev": dboth[: len(a_next)], "dxt": dboth[len(a_next) :], "dc_prev": dc * ft}
    for g in d:
        grads[f"dW{g}"], grads[f"db{g}"] = d[g] @ both.T, d[g].sum(axis=1, keepdims=True)
    return grads
