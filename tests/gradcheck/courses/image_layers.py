"""Convolution, pooling and normalisation of images, written with loops as in a course. Three of eight are wrong."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    count, _, height, width = x.shape
    filters, _, fh, fw = w.shape
    rows, columns = 1 + (height + 2 * pad - fh) // stride, 1 + (width + 2 * pad - fw) // stride
    out = np.zeros((count, filters, rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * stride : i * stride + fh, j * stride : j * stride + fw]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    fh, fw = w.shape[2:]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + fh, j * stride : j * stride + fw]
            dw += np.tensordot(dout[:, :, i, j], padded[at], axes=(0, 0))
            dpadded[at] += np.tensordot(dout[:, :, i, j], w, axes=(1, 0))
    dx = dpadded[:, :, pad:-pad, pad:-pad]
    return dx, dw, dout.sum(axis=(0, 2, 3))


def conv_forward_fast(x, w, b, conv_param):
    return conv_forward_naive(x, w, b, conv_param)


def conv_backward_fast(dout, cache):
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    fh, fw = w.shape[2:]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + fh, j * stride : j * stride + fw]
            dw += np.tensordot(dout[:, :, i, j], padded[at], axes=(0, 0))
            dpadded[at] = np.tensordot(dout[:, :, i, j], w, axes=(1, 0))  # planted: windows overlap
    return dpadded[:, :, pad:-pad, pad:-pad], dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    rows, columns = 1 + (x.shape[2] - ph) // stride, 1 + (x.shape[3] - pw) // stride
    out = np.zeros((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[:, :, i, j] = x[:, :, i * stride : i * stride + ph, j * stride : j * stride + pw].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * stride : i * stride + ph, j * stride : j * stride + pw]
        a, b = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i * stride + a, j * stride + b] += dout[n, c, i, j]
    return dx


def avg_pool_forward(x, pool_param):
    ph, pw = pool_param["pool_height"], pool_param["pool_width"]
    n, c, h, w = x.shape
    return x.reshape(n, c, h // ph, ph, w // pw, pw).mean(axis=(3, 5)), (x.shape, pool_param)


def avg_pool_backward(dout, cache):
    _, pool_param = cache
    ph, pw = pool_param["pool_height"], pool_param["pool_width"]
    return dout.repeat(ph, axis=2).repeat(pw, axis=3)  # planted: no division by the size of the window


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    n, c, h, w = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, c)
    std = np.sqrt(flat.var(axis=0) + bn_param.get("eps", 1e-5))
    normed = (flat - flat.mean(axis=0)) / std
    out = (gamma * normed + beta).reshape(n, h, w, c).transpose(0, 3, 1, 2)
    return out, (normed, gamma, std)


def spatial_batchnorm_backward(dout, cache):
    normed, gamma, std = cache
    n, c, h, w = dout.shape
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, c)
    dgamma, dbeta = (flat * normed).sum(axis=0), flat.sum(axis=0)
    dx = gamma / std * (flat - dbeta / len(flat) - normed * dgamma / len(flat))
    return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    n, c, h, w = x.shape
    groups = x.reshape(n, G, c // G, h, w)
    std = np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + gn_param.get("eps", 1e-5))
    normed = ((groups - groups.mean(axis=(2, 3, 4), keepdims=True)) / std).reshape(x.shape)
    return gamma * normed + beta, (normed, gamma, std, G)


def spatial_groupnorm_backward(dout, cache):
    normed, gamma, std, G = cache
    n, c, h, w = dout.shape
    d = (dout * gamma).reshape(n, G, c // G, h, w)
    z = normed.reshape(d.shape)
    mean = d.mean(axis=(2, 3, 4), keepdims=True)
    dx = (d - mean - z * (d * z).mean(axis=(2, 3, 4), keepdims=True)) / std
    sums = {"axis": (0, 2, 3), "keepdims": True}
    return dx.reshape(dout.shape), (dout * normed).sum(**sums), dout.sum(**sums)


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, conv_cache = conv_forward_naive(x, w, b, conv_param)
    out, pool_cache = max_pool_forward_naive(np.maximum(a, 0), {**pool_param, "stride": 1})
    return out, (conv_cache, a, pool_cache)


def conv_relu_pool_backward(dout, cache):
    conv_cache, a, pool_cache = cache
    da = max_pool_backward_naive(dout, pool_cache) * (a > 0)
    dx, dw, db = conv_backward_naive(da, conv_cache)
    return dx, dw, 2 * db  # planted
