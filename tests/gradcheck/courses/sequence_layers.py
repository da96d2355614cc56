"""Recurrent layers, embeddings, attention and losses over time. Four are wrong."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    h, caches, hs = h0, [], []
    for t in range(x.shape[1]):
        h, cache = rnn_step_forward(x[:, t], h, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, _ = cache[0]
    dx = np.zeros((*dh.shape[:2], x.shape[1]))
    dWx, dWh, db, dprev = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[1]), np.zeros_like(h0)
    for t in reversed(range(dh.shape[1])):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dh[:, t] + dprev, cache[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


def word_embedding_forward(x, W):
    return W[x], (x, W.shape)


def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    dW[x] += dout  # planted: words that occur twice count once
    return dW


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    size = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = (sigmoid(a[:, k * size : (k + 1) * size]) for k in range(3))
    g = np.tanh(a[:, 3 * size :])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tanh = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tanh**2)
    gates = [dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * tanh * o * (1 - o), dc * i * (1 - g**2)]
    da = np.concatenate(gates, axis=1)
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    h, c, caches, hs = h0, np.zeros_like(h0), [], []
    for t in range(x.shape[1]):
        h, c, cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches


def lstm_backward(dh, cache):
    x, h0, _, Wx, Wh = cache[0][:5]
    dx = np.zeros((*dh.shape[:2], x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[1])
    dprev, dc = np.zeros_like(h0), np.zeros_like(h0)
    for t in reversed(range(dh.shape[1])):
        dx[:, t], dprev, dc, a, b, c = lstm_step_backward(dh[:, t] + dprev, dc, cache[t])
        dWx, dWh, db = dWx + a, dWh + b, c  # planted: the bias of the last step handled stands alone
    return dx, dprev, dWx, dWh, db


def temporal_affine_forward(x, w, b):
    return x @ w + b, (x, w)


def temporal_affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, np.einsum("ntd,ntm->dm", x, dout), dout.sum(axis=(0, 1))


def temporal_softmax_loss(x, y, mask, verbose=False):
    count = len(x)
    probs = np.exp(x - x.max(axis=2, keepdims=True))
    probs /= probs.sum(axis=2, keepdims=True)
    picked = np.take_along_axis(probs, y[:, :, None], axis=2)[:, :, 0]
    dx = probs.copy()
    np.put_along_axis(dx, y[:, :, None], picked[:, :, None] - 1, axis=2)
    return -(mask * np.log(picked)).sum() / count, dx * mask[:, :, None] / count


def attention_forward(Q, K, V):
    scores = Q @ K.swapaxes(1, 2) / np.sqrt(Q.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ V, (Q, K, V, weights)


def attention_backward(dout, cache):
    Q, K, V, weights = cache
    dweights = dout @ V.swapaxes(1, 2)
    dscores = weights * (dweights - (weights * dweights).sum(axis=-1, keepdims=True))
    dQ, dK = dscores @ K, dscores.swapaxes(1, 2) @ Q  # planted: not divided by the square root of the width
    return dQ, dK, weights.swapaxes(1, 2) @ dout


def gru_step_forward(x, prev_h, Wx, Wh, b):
    size = prev_h.shape[1]
    ax, ah = x @ Wx + b, prev_h @ Wh
    r, z = sigmoid(ax[:, :size] + ah[:, :size]), sigmoid(ax[:, size:-size] + ah[:, size:-size])
    n = np.tanh(ax[:, -size:] + r * ah[:, -size:])
    return (1 - z) * n + z * prev_h, (x, prev_h, Wx, Wh, r, z, n, ah[:, -size:])


def gru_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, r, z, n, hn = cache
    dn = dnext_h * (1 - z) * (1 - n**2)
    dz = dnext_h * (prev_h - n) * z * (1 - z)
    dr = dn * hn * r * (1 - r)
    dax, dah = np.concatenate([dr, dz, dn], axis=1), np.concatenate([dr, dz, dn * r], axis=1)
    dprev_h = dah @ Wh.T  # planted: the path that goes past the gates is missing
    return dax @ Wx.T, dprev_h, x.T @ dax, prev_h.T @ dah, dax.sum(axis=0)
