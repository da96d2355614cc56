"""Recurrent cells, attention and nets with one mistake each in the chain rule: what a whole formula hides.

Each backward takes the name of its mistake, "" for none, so every wrong pass has a right twin.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def drawn(*shapes, scale=0.8):
    """Inputs whose axes called "N" carry the batch."""

    def inputs(rng, n):
        return tuple(scale * rng.standard_normal([n if s == "N" else s for s in shape]) for shape in shapes)

    return inputs


# An LSTM that takes the sigmoid of its three gates at once.


def lstm(x, h, c, Wx, Wh, b):
    H = h.shape[1]
    a = x @ Wx + h @ Wh + b
    gates, g = sigmoid(a[:, : 3 * H]), np.tanh(a[:, 3 * H :])
    i, f, o = gates[:, :H], gates[:, H : 2 * H], gates[:, 2 * H :]
    new_c = f * c + i * g
    new_h = o * np.tanh(new_c)
    return new_h, new_c, (x, h, c, Wx, Wh, i, f, o, g, new_c)


def lstm_backward(dh, dc, cache, mistake=""):
    x, h, c, Wx, Wh, i, f, o, g, new_c = cache
    t = np.tanh(new_c)
    dnew = dc + dh * o * (1 if mistake == "tanh of c" else 1 - t**2)
    if mistake == "dh does not reach c":
        dnew = dc
    slope = 1 if mistake == "forget gate" else f * (1 - f)
    da = np.hstack(
        [
            dnew * (1 if mistake == "candidate" else g) * i * (1 - i),
            dnew * (new_c if mistake == "old c" else c) * slope,
            dh * (new_c if mistake == "tanh in the output gate" else t) * o * (1 - o),
            dnew * i * (1 - g**2),
        ]
    )
    if mistake == "order":
        H = h.shape[1]
        da = da[:, np.r_[0:H, 2 * H : 3 * H, H : 2 * H, 3 * H : 4 * H]]
    dc_old = dnew if mistake == "f in dc" else dnew * f
    return da @ Wx.T, da @ Wh.T, dc_old, x.T @ da, h.T @ da, da.sum(0)


LSTM = drawn(("N", 3), ("N", 2), ("N", 2), (3, 8), (2, 8), (8,))

# A gated recurrent unit with examples in columns, over several steps.


def gru(xs, h0, Wz, Wr, Wn):
    h, steps = h0, []
    for x in xs:
        z = sigmoid(Wz @ np.vstack([h, x]))
        r = sigmoid(Wr @ np.vstack([h, x]))
        n = np.tanh(Wn @ np.vstack([r * h, x]))
        steps.append((x, h, z, r, n))
        h = (1 - z) * n + z * h
    return h, (steps, Wz, Wr, Wn)


def gru_backward(dh, cache, mistake=""):
    steps, Wz, Wr, Wn = cache
    H = len(dh)
    dWz, dWr, dWn = np.zeros_like(Wz), np.zeros_like(Wr), np.zeros_like(Wn)
    dxs = []
    for x, h, z, r, n in steps[::-1]:
        dz, dn = dh * (h - n) * z * (1 - z), dh * (1 - z) * (1 - n**2)
        back_n = Wn.T @ dn
        dr = back_n[:H] * h * r * (1 if mistake == "reset gate" else 1 - r)
        back_z, back_r = Wz.T @ dz, Wr.T @ dr
        if mistake == "=":
            dWn = dn @ np.vstack([r * h, x]).T
        else:
            dWn += dn @ np.vstack([h if mistake == "h for r h" else r * h, x]).T
        dWz, dWr = dWz + dz @ np.vstack([h, x]).T, dWr + dr @ np.vstack([h, x]).T
        dxs.append(back_n[H:] + back_z[H:] + back_r[H:])
        through_r = 0 if mistake == "path through r h" else back_n[:H] * r
        through_z = 0 if mistake == "z h" else dh * z
        dh = through_z + through_r + back_z[:H] + (0 if mistake == "reset path" else back_r[:H])
    return np.stack(dxs[::-1]), dh, dWz, dWr, dWn


GRU = drawn((3, 2, "N"), (3, "N"), (3, 5), (3, 5), (3, 5))

# Attention of one head.


def attend(q, k, v):
    s = q @ k.T / np.sqrt(q.shape[1])
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p @ v, (q, k, v, p)


def attend_backward(dout, cache, mistake=""):
    q, k, v, p = cache
    dp = dout @ v.T
    ds = p * (dp - np.sum(dp * p, axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    if mistake == "softmax":
        ds = dp / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, p.T @ dout


ATTEND = drawn(("N", 3), (4, 3), (4, 2))

# Gates between two branches, and a residual block.


def highway(x, w, v):
    t, y = sigmoid(x @ w), np.tanh(x @ v)
    return t * y + (1 - t) * x, (x, w, v, t, y)


def highway_backward(dout, cache, mistake=""):
    x, w, v, t, y = cache
    dt, dy = dout * (y if mistake == "carry in the gate" else y - x), dout * t
    dz = dt * (1 if mistake == "gate" else t * (1 - t))
    du = dy * (1 - y if mistake == "1 - y" else 1 - y * y)
    direct = 0 if mistake == "carry" else dout * (1 - t)
    return dz @ w.T + du @ v.T + direct, x.T @ dz, x.T @ du


HIGHWAY = drawn(("N", 3), (3, 3), (3, 3))


def tied_loss(params, X, mistake):
    W, b, c = params["W"], params["b"], params["c"]
    code = sigmoid(X @ W + b)
    error = (code @ W.T + c - X) / len(X)
    loss = 0.5 * len(X) * np.sum(error**2)
    dz = (error @ W) * code * (1 - code)
    encoder, decoder = X.T @ dz, error.T @ code
    dW = {"": encoder + decoder, "encoder only": encoder, "decoder only": decoder}[mistake]
    return loss, {"W": dW, "b": dz.sum(0), "c": error.sum(0)}


def prime_loss(params, X, y, mistake):
    """Nielsen's net, one example after the other."""
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    loss = 0.0

    def prime(z):
        return sigmoid(z) * (1 - sigmoid(z))

    for x, label in zip(X, y, strict=True):
        x, t = x[:, None], np.eye(2)[:, [label]]
        z1 = params["w1"] @ x + params["b1"]
        a1 = sigmoid(z1)
        z2 = params["w2"] @ a1 + params["b2"]
        a2 = sigmoid(z2)
        loss += 0.5 * np.sum((a2 - t) ** 2) / len(X)
        delta = (a2 - t) * (prime(a2) if mistake == "output" else prime(z2)) / len(X)
        grads["b2"] = delta if mistake == "=" else grads["b2"] + delta
        grads["w2"] += delta @ a1.T
        delta = (params["w2"].T @ delta) * (prime(a1) if mistake == "hidden" else prime(z1))
        grads["b1"] += delta
        grads["w1"] += delta @ x.T
    return loss, grads


def squared_hinge(s, y, mistake=""):
    rows = np.arange(len(s))
    m = np.maximum(0, s - s[rows, y][:, None] + 1)
    m[rows, y] = 0
    d = {"": 2 * m, "plain": (m > 0) * 1.0, "half": 1.0 * m}[mistake]
    d[rows, y] = -d.sum(axis=1)
    return np.sum(m**2) / len(s), d / len(s)


class Reader:
    """A model that reads a sequence and classifies what it holds in the end."""

    def __init__(self, mistake=""):
        rng = np.random.default_rng(0)
        shapes = {"Wx": (3, 4), "Wh": (4, 4), "b": (4,), "V": (4, 2)}
        self.params, self.mistake = {k: 0.6 * rng.standard_normal(s) for k, s in shapes.items()}, mistake

    def step(self, x, h):
        return np.tanh(x @ self.params["Wx"] + h @ self.params["Wh"] + self.params["b"])

    def loss(self, X, y):
        hs, rows = [np.zeros((len(X), 4))], np.arange(len(X))
        for t in range(X.shape[1]):
            hs.append(self.step(X[:, t], hs[-1]))
        p = np.exp(hs[-1] @ self.params["V"])
        p /= p.sum(axis=1, keepdims=True)
        loss, d = -np.log(p[rows, y]).mean(), p / len(X)
        d[rows, y] -= 1 / len(X)
        grads = {k: np.zeros_like(v) for k, v in self.params.items()}
        grads["V"], dh = hs[-1].T @ d, d @ self.params["V"].T
        for t in reversed(range(X.shape[1])):
            dz = dh * (1 if self.mistake == "tanh" else 1 - hs[t + 1] ** 2)
            grads["Wx"] += X[:, t].T @ dz
            grads["Wh"] += hs[t + 1 if self.mistake == "h after the step" else t].T @ dz
            grads["b"] += dz.sum(axis=0)
            dh = 0 * dh if self.mistake == "time" else dz @ self.params["Wh"].T
        return loss, grads
