"""Normalisations, recurrent steps, convolutions and pooling as classes, all right."""

import numpy as np


class BatchNorm:
    """Running statistics, made when the first batch comes."""

    def __init__(self, gamma, beta, momentum=0.9):
        self.gamma, self.beta, self.momentum = gamma, beta, momentum
        self.running_mean = self.running_var = self.dgamma = self.dbeta = None

    def forward(self, x, train_flg=True):
        if self.running_mean is None:
            self.running_mean, self.running_var = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        if train_flg:
            mu = x.mean(axis=0)
            self.xc = x - mu
            var = np.mean(self.xc**2, axis=0)
            self.std = np.sqrt(var + 1e-6)
            self.xn = self.xc / self.std
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        else:
            self.xn = (x - self.running_mean) / np.sqrt(self.running_var + 1e-6)
        return self.gamma * self.xn + self.beta

    def backward(self, dout):
        n = len(dout)
        self.dbeta = dout.sum(axis=0)
        self.dgamma = np.sum(self.xn * dout, axis=0)
        dxn = self.gamma * dout
        dxc = dxn / self.std
        dstd = -np.sum((dxn * self.xc) / (self.std * self.std), axis=0)
        dxc += (1.0 / n) * self.xc * dstd / self.std
        return dxc - dxc.sum(axis=0) / n


class LayerNorm:
    """gamma and beta by size."""

    def __init__(self, dim, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(dim), np.zeros(dim), eps

    def forward(self, x):
        self.mu = x.mean(axis=-1, keepdims=True)
        self.inv = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + self.eps)
        self.xhat = (x - self.mu) * self.inv
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        self.grad_gamma = (dout * self.xhat).sum(axis=0)
        self.grad_beta = dout.sum(axis=0)
        d = dout * self.gamma
        return self.inv * (d - d.mean(-1, keepdims=True) - self.xhat * (d * self.xhat).mean(-1, keepdims=True))


class Embedding:
    """Rows looked up by whole numbers; only W has a gradient."""

    def __init__(self, W):
        self.params, self.grads, self.idx = [W], [np.zeros_like(W)], None

    def forward(self, idx):
        (W,) = self.params
        self.idx = idx
        return W[idx]

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        np.add.at(dW, self.idx, dout)


class RNN:
    """One step with a hidden state: two inputs, three parameters, two gradients returned."""

    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
        self.cache = None

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        h_next = np.tanh(np.dot(h_prev, Wh) + np.dot(x, Wx) + b)
        self.cache = (x, h_prev, h_next)
        return h_next

    def backward(self, dh_next):
        Wx, Wh, _ = self.params
        x, h_prev, h_next = self.cache
        dt = dh_next * (1 - h_next**2)
        self.grads[0][...] = np.dot(x.T, dt)
        self.grads[1][...] = np.dot(h_prev.T, dt)
        self.grads[2][...] = np.sum(dt, axis=0)
        dx, dh_prev = np.dot(dt, Wx.T), np.dot(dt, Wh.T)
        return dx, dh_prev


class LSTM:
    """step and step_backward with two states."""

    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b

    def step_forward(self, x, prev_h, prev_c):
        H = prev_h.shape[1]
        a = x @ self.Wx + prev_h @ self.Wh + self.b
        i, f, o = (1 / (1 + np.exp(-a[:, k * H : (k + 1) * H])) for k in range(3))
        g = np.tanh(a[:, 3 * H :])
        c = f * prev_c + i * g
        t = np.tanh(c)
        return o * t, c, (x, prev_h, prev_c, i, f, o, g, t)

    def step_backward(self, dh, dc, cache):
        x, prev_h, prev_c, i, f, o, g, t = cache
        dc = dc + dh * o * (1 - t**2)
        da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dh * t * o * (1 - o), dc * i * (1 - g**2)])
        dWx, dWh, db = x.T @ da, prev_h.T @ da, da.sum(axis=0)
        return da @ self.Wx.T, da @ self.Wh.T, dc * f, dWx, dWh, db


class Convolution:
    """A plain loop over windows; stride and pad."""

    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        self.x = x
        F, _, HH, WW = self.W.shape
        p = np.pad(x, ((0, 0), (0, 0), (self.pad,) * 2, (self.pad,) * 2))
        oh, ow = (p.shape[2] - HH) // self.stride + 1, (p.shape[3] - WW) // self.stride + 1
        out = np.zeros((len(x), F, oh, ow))
        for i in range(oh):
            for j in range(ow):
                window = p[:, :, i * self.stride : i * self.stride + HH, j * self.stride : j * self.stride + WW]
                out[:, :, i, j] = np.tensordot(window, self.W, axes=([1, 2, 3], [1, 2, 3])) + self.b
        return out

    def backward(self, dout):
        _, _, HH, WW = self.W.shape
        p = np.pad(self.x, ((0, 0), (0, 0), (self.pad,) * 2, (self.pad,) * 2))
        dp, self.dW, self.db = np.zeros_like(p), np.zeros_like(self.W), dout.sum(axis=(0, 2, 3))
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, cols = slice(i * self.stride, i * self.stride + HH), slice(j * self.stride, j * self.stride + WW)
                self.dW += np.tensordot(dout[:, :, i, j], p[:, :, rows, cols], axes=(0, 0))
                dp[:, :, rows, cols] += np.tensordot(dout[:, :, i, j], self.W, axes=(1, 0))
        return dp[:, :, self.pad : p.shape[2] - self.pad, self.pad : p.shape[3] - self.pad]


class MaxPool2D:
    """Non-overlapping windows."""

    def __init__(self, pool_size=2):
        self.k = pool_size

    def forward(self, x):
        n, c, h, w = x.shape
        self.x = x
        self.blocks = x.reshape(n, c, h // self.k, self.k, w // self.k, self.k)
        self.out = self.blocks.max(axis=(3, 5))
        return self.out

    def backward(self, dout):
        mask = self.blocks == self.out[:, :, :, None, :, None]
        return (mask * dout[:, :, :, None, :, None]).reshape(self.x.shape)


class Flatten:
    """Only shapes."""

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1).copy()

    def backward(self, dout):
        return dout.reshape(self.shape).copy()


class Add:
    """Two inputs, two gradients."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return x + y

    def backward(self, dout):
        dx = dout * 1
        dy = dout * 1
        return dx, dy


class Mul:
    """A product of two inputs."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x
