import numpy as np

CASES = []


def case(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=expected, alternatives=tuple(alternatives), note=note))


def bn_forward(x, gamma, beta, eps):
    mu = x.mean(axis=0)
    xc = x - mu
    var = np.mean(xc ** 2, axis=0)
    inv = 1.0 / np.sqrt(var + eps)
    xhat = xc * inv
    return gamma * xhat + beta, (xhat, gamma, inv, xc, var, eps)


def bn_in(rng, n):
    n = max(n, 4)
    return 2 * rng.standard_normal((n, 3)) + 1, rng.uniform(0.5, 2, 3), rng.standard_normal(3), 1e-5


def b1(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dxhat = dout * gamma
    dx = inv * (dxhat - xhat * np.mean(dxhat * xhat, axis=0))
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn mean term missing', 'layer', bn_forward, b1, bn_in, 'BN_MEAN_TERM')


def b2(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dxhat = dout * gamma
    dx = inv * (dxhat - np.mean(dxhat, axis=0))
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn var term missing', 'layer', bn_forward, b2, bn_in, 'BN_VAR_TERM')


def b3(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    N = dout.shape[0]
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dx = gamma * inv / N * (N * dout - dbeta + xhat * dgamma)
    return dx, dgamma, dbeta
case('bn var term sign', 'layer', bn_forward, b3, bn_in, 'BN_VAR_TERM')


def b4(dout, cache):                            # the long derivation
    xhat, gamma, inv, xc, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xc, axis=0)
    dxmu1 = dxhat * inv
    dsqrtvar = -(inv ** 2) * divar
    dvar = 0.5 * inv * dsqrtvar
    dsq = np.ones((N, D)) / N * dvar
    dxmu2 = 2 * xc * dsq
    dx1 = dxmu1 + dxmu2
    return dx1, dgamma, dbeta
case('bn long, dmu forgotten', 'layer', bn_forward, b4, bn_in, 'BN_MEAN_TERM')


def b5(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xc, axis=0) * -1.0 * inv ** 3
    dmu = -np.sum(dxhat * inv, axis=0)
    dx = dxhat * inv + dvar * 2 * xc / N + dmu / N
    return dx, dgamma, dbeta
case('bn dvar without one half', 'layer', bn_forward, b5, bn_in, 'BN_VAR_TERM')


def b6(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dxhat = dout * gamma
    dx = inv * (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0))
    return dx, dout.sum(0), dout.sum(0)
case('bn dgamma is dbeta', 'layer', bn_forward, b6, bn_in, 'SWAPPED', ('UNNAMED', 'ADDITIVE_TERM'))


def b7(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dxhat = dout * gamma
    dx = inv * (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0))
    return dx, dout.sum(0), (dout * xhat).sum(0)
case('bn dgamma and dbeta swapped', 'layer', bn_forward, b7, bn_in, 'SWAPPED')


def b8(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dx = inv * (dout - dout.mean(0) - xhat * (dout * xhat).mean(0))
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn gamma missing in dx', 'layer', bn_forward, b8, bn_in, 'ELEMENTWISE_FACTOR')


def b9(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dxhat = dout * gamma
    dx = dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0)
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn 1/std missing in dx', 'layer', bn_forward, b9, bn_in, 'ELEMENTWISE_FACTOR')


def b10(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0)) / (var + eps)
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn divides by var', 'layer', bn_forward, b10, bn_in, 'ELEMENTWISE_FACTOR')


def b11(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    N = dout.shape[0]
    dxhat = dout * gamma
    dx = inv * (N * dxhat - dxhat.sum(0) - xhat * np.sum(dxhat * xhat, axis=0))
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn 1/N missing', 'layer', bn_forward, b11, bn_in, 'SCALE_BATCH')


def b12(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    N = dout.shape[0]
    dxhat = dout * gamma
    dx = inv / N * (N * dxhat - dxhat.sum(0) - xhat * np.sum(dxhat * xhat, axis=0))
    return dx, np.mean(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn dgamma mean', 'layer', bn_forward, b12, bn_in, 'SCALE_INV_BATCH')


def b13(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dxhat = dout * gamma
    dx = inv * (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0))
    return dx, np.sum(dout * xhat, axis=1), np.sum(dout, axis=0)
case('bn dgamma axis 1', 'layer', bn_forward, b13, bn_in, 'WRONG_AXIS', ('WRONG_SHAPE',))


def b14(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dxhat = dout * gamma
    dx = inv * (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0))
    return dx, dout * xhat, np.sum(dout, axis=0)
case('bn dgamma not summed', 'layer', bn_forward, b14, bn_in, 'NOT_SUMMED', ('WRONG_SHAPE',))


def b15(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    m = (dxhat * xhat).mean(0)
    xhat *= m
    dx = inv * (dxhat - dxhat.mean(0) - xhat)
    return dx, dgamma, np.sum(dout, axis=0)
case('bn xhat in place', 'layer', bn_forward, b15, bn_in, 'MUTATES_CACHE', ('NOT_REENTRANT',))


def bn_eps_in(rng, n):
    n = max(n, 4)
    return rng.standard_normal((n, 3)), rng.uniform(0.5, 2, 3), rng.standard_normal(3), 1e-3


def b16(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    s = 1.0 / np.sqrt(var)
    dxhat = dout * gamma
    dx = s * (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0))
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn eps forgotten in backward', 'layer', bn_forward, b16, bn_eps_in, 'SMALL_ERROR', ('ELEMENTWISE_FACTOR', 'UNNAMED', 'SCALE_OTHER'))


def b17(dout, cache):
    xhat, gamma, inv, xc, var, eps = cache
    dx = dout * gamma * inv
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
case('bn statistics as constants', 'layer', bn_forward, b17, bn_in, 'UNNAMED', ('BN_MEAN_TERM', 'BN_VAR_TERM'))


# spatial
def sbn_f(x, gamma, beta):
    g = gamma.reshape(1, -1, 1, 1)
    mu = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    inv = 1 / np.sqrt(var + 1e-5)
    xhat = (x - mu) * inv
    return g * xhat + beta.reshape(1, -1, 1, 1), (xhat, g, inv)


def sbn_in(rng, n):
    return rng.standard_normal((n, 2, 3, 4)), rng.uniform(0.5, 2, 2), rng.standard_normal(2)


def sb1(dout, cache):
    xhat, g, inv = cache
    d = dout * g
    dx = inv * (d - d.mean(axis=0, keepdims=True) - xhat * (d * xhat).mean(axis=0, keepdims=True))
    return dx, (dout * xhat).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))
case('spatial bn means over axis 0', 'layer', sbn_f, sb1, sbn_in, 'WRONG_AXIS', ('UNNAMED',))


def sb2(dout, cache):
    xhat, g, inv = cache
    ax = (0, 2, 3)
    d = dout * g
    dx = inv * (d - xhat * (d * xhat).mean(axis=ax, keepdims=True))
    return dx, (dout * xhat).sum(axis=ax), dout.sum(axis=ax)
case('spatial bn mean term missing', 'layer', sbn_f, sb2, sbn_in, 'BN_MEAN_TERM', ('UNNAMED', 'ADDITIVE_TERM'))


def sb3(dout, cache):
    xhat, g, inv = cache
    ax = (0, 2, 3)
    d = dout * g
    dx = inv * (d - d.mean(axis=ax, keepdims=True) - xhat * (d * xhat).mean(axis=ax, keepdims=True))
    return dx, (dout * xhat).sum(axis=ax, keepdims=True), dout.sum(axis=ax)
case('spatial bn dgamma keepdims', 'layer', sbn_f, sb3, sbn_in, 'KEEPDIMS', ('WRONG_SHAPE',))


# layer norm
def ln_f(x, gamma, beta):
    mu = x.mean(axis=1, keepdims=True)
    std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-6)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def ln_in(rng, n):
    return rng.standard_normal((n, 6)), rng.uniform(0.5, 2, 6), rng.standard_normal(6)


def n1(dout, cache):
    xhat, gamma, std = cache
    d = dout * gamma
    dx = (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / std
    return dx, (dout * xhat).sum(0), dout.sum(0)
case('ln with batch axis', 'layer', ln_f, n1, ln_in, 'WRONG_AXIS', ('UNNAMED',))


def n2(dout, cache):
    xhat, gamma, std = cache
    d = dout * gamma
    dx = (d - xhat * (d * xhat).mean(axis=1, keepdims=True)) / std
    return dx, (dout * xhat).sum(0), dout.sum(0)
case('ln mean term missing', 'layer', ln_f, n2, ln_in, 'BN_MEAN_TERM', ('UNNAMED', 'ADDITIVE_TERM'))


def n3(dout, cache):
    xhat, gamma, std = cache
    d = dout * gamma
    dx = (d - d.mean(axis=1, keepdims=True)) / std
    return dx, (dout * xhat).sum(0), dout.sum(0)
case('ln var term missing', 'layer', ln_f, n3, ln_in, 'BN_VAR_TERM', ('UNNAMED', 'ADDITIVE_TERM'))


def n4(dout, cache):
    xhat, gamma, std = cache
    d = dout * gamma
    dx = (d - d.mean(1, keepdims=True) - xhat * (d * xhat).mean(1, keepdims=True)) / std
    return dx, np.full(gamma.shape, np.sum(dout * xhat)), dout.sum(0)
case('ln dgamma over-summed', 'layer', ln_f, n4, ln_in, 'OVER_SUMMED', ('WRONG_AXIS',))


# pooling
def pool_in(rng, n):
    return (rng.standard_normal((n, 2, 4, 4)),)


def avg_f(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5)), x.shape


def p1(dout, shape):
    return np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3)
case('avg pool not divided', 'layer', avg_f, p1, pool_in, 'SCALE_OTHER')


def p2(dout, shape):
    return np.kron(dout, np.ones((2, 2))) / 2
case('avg pool divided by 2', 'layer', avg_f, p2, pool_in, 'SCALE_TWO', ('SCALE_OTHER',))


def maxp_f(x):
    n, c, h, w = x.shape
    xr = x.reshape(n, c, h // 2, 2, w // 2, 2)
    out = xr.max(axis=3).max(axis=4)
    return out, (x, xr, out)


def p3(dout, cache):
    x, xr, out = cache
    return np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3)
case('max pool to every entry', 'layer', maxp_f, p3, pool_in, 'MASK_MISSING')


def p4(dout, cache):
    x, xr, out = cache
    mask = xr != out[:, :, :, None, :, None]
    return (dout[:, :, :, None, :, None] * mask).reshape(x.shape)
case('max pool mask inverted', 'layer', maxp_f, p4, pool_in, 'MASK_INVERTED')


def p5(dout, cache):
    x, xr, out = cache
    mask = xr == out[:, :, :, None, :, None]
    return (mask * np.ones_like(dout)[:, :, :, None, :, None]).reshape(x.shape)
case('max pool without dout', 'layer', maxp_f, p5, pool_in, 'IGNORES_DOUT')


def rowmax_f(x):
    k = x.argmax(axis=1)
    return x[np.arange(len(x)), k], (k, x.shape)


def xin(rng, n):
    return (rng.standard_normal((n, 6)),)


def p6(dout, cache):
    k, shape = cache
    dx = np.zeros(shape)
    dx[:, k] = dout
    return dx
case('row max dx[:, k]', 'layer', rowmax_f, p6, xin, 'UNNAMED', ('LABEL_INDEX', 'MASK_WRONG', 'MASK_LEAK', 'MASK_MISSING'))


# overlapping windows
def win_f(x):
    n, L = x.shape
    out = np.zeros((n, L - 2))
    for j in range(L - 2):
        out[:, j] = x[:, j:j + 3].sum(axis=1)
    return out, x.shape


def w1(dout, shape):
    dx = np.zeros(shape)
    for j in range(shape[1] - 2):
        dx[:, j:j + 3] = dout[:, j:j + 1]
    return dx
case('sliding sum = for +=', 'layer', win_f, w1, xin, 'UNNAMED', ('BATCH_SUBSET', 'MASK_WRONG'))


# embedding
def emb_f(idx, W):
    return W[idx], (idx, W.shape)


def emb_in(rng, n):
    idx = rng.integers(0, 4, (n, 5))
    return idx, rng.standard_normal((4, 3))


def em1(dout, cache):
    idx, shape = cache
    dW = np.zeros(shape)
    dW[idx] += dout
    return dW
case('embedding dW[idx] +=', 'layer', emb_f, em1, emb_in, 'BATCH_SUBSET', ('UNNAMED',))


def em2(dout, cache):
    idx, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, idx, dout)
    return dW / idx.shape[0]
case('embedding averaged', 'layer', emb_f, em2, emb_in, 'SCALE_INV_BATCH')


def em3(dout, cache):
    idx, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, idx, 1.0)
    return dW
case('embedding without dout', 'layer', emb_f, em3, emb_in, 'IGNORES_DOUT')


# rnn step
def rnn_f(x, h, Wx, Wh, b):
    out = np.tanh(x.dot(Wx) + h.dot(Wh) + b)
    return out, (x, h, Wx, Wh, out)


def rnn_in(rng, n):
    return (rng.standard_normal((n, 4)), rng.standard_normal((n, 4)), 0.5 * rng.standard_normal((4, 4)),
            0.5 * rng.standard_normal((4, 4)), rng.standard_normal(4))


def rn1(dout, cache):
    x, h, Wx, Wh, out = cache
    dz = dout * (1 - out ** 2)
    return dz.dot(Wx.T), dz.dot(Wh), x.T.dot(dz), h.T.dot(dz), dz.sum(0)
case('rnn dh not transposed', 'layer', rnn_f, rn1, rnn_in, 'TRANSPOSED')


def rn2(dout, cache):
    x, h, Wx, Wh, out = cache
    dz = dout * (1 - out ** 2)
    return dz.dot(Wx.T), dz.dot(Wh.T), h.T.dot(dz), x.T.dot(dz), dz.sum(0)
case('rnn dWx dWh swapped', 'layer', rnn_f, rn2, rnn_in, 'SWAPPED')


def rn3(dout, cache):
    x, h, Wx, Wh, out = cache
    dz = dout * (1 - h ** 2)
    return dz.dot(Wx.T), dz.dot(Wh.T), x.T.dot(dz), h.T.dot(dz), dz.sum(0)
case('rnn tanh at the old h', 'layer', rnn_f, rn3, rnn_in, 'WRONG_POINT', ('UNNAMED',))


# residual block
def res_f(x, W):
    h = np.tanh(x @ W)
    return x + h, (x, W, h)


def res_in(rng, n):
    return rng.standard_normal((n, 4)), 0.5 * rng.standard_normal((4, 4))


def rs1(dout, cache):
    x, W, h = cache
    dz = dout * (1 - h * h)
    return dz @ W.T, x.T @ dz
case('residual skip forgotten', 'layer', res_f, rs1, res_in, 'ADDITIVE_TERM')


def rs2(dout, cache):
    x, W, h = cache
    dz = dout * (1 - h * h)
    dx = dout
    dx += dz @ W.T
    return dx.copy(), x.T @ dz
case('residual adds into dout', 'layer', res_f, rs2, res_in, 'MUTATES_DOUT', ('NOT_REENTRANT',))


# permute
def per_f(x):
    return np.ascontiguousarray(x.transpose(0, 2, 1)), x.shape


def per_in(rng, n):
    return (rng.standard_normal((n, 3, 4)),)


def pe1(dout, shape):
    return dout.reshape(shape).copy()
case('permute undone by reshape', 'layer', per_f, pe1, per_in, 'TRANSPOSED', ('UNNAMED',))


# 1-D convolution
def conv_f(x, w, b):
    n, L = x.shape
    k = len(w)
    out = np.zeros((n, L - k + 1))
    for j in range(L - k + 1):
        out[:, j] = x[:, j:j + k] @ w + b[0]
    return out, (x, w)


def conv_in(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal(3), rng.standard_normal(1)


def cv1(dout, cache):
    x, w = cache
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for j in range(dout.shape[1]):
        dx[:, j:j + 3] += dout[:, j:j + 1] * w[::-1]
        dw += dout[:, j] @ x[:, j:j + 3]
    return dx, dw, np.array([dout.sum()])
case('conv kernel flipped in dx', 'layer', conv_f, cv1, conv_in, 'UNNAMED', ('TRANSPOSED',))


def cv2(dout, cache):
    x, w = cache
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for i in range(x.shape[0] - 1):
        for j in range(dout.shape[1]):
            dx[i, j:j + 3] += dout[i, j] * w
            dw += dout[i, j] * x[i, j:j + 3]
    return dx, dw, np.array([dout.sum()])
case('conv last sample left out', 'layer', conv_f, cv2, conv_in, 'BATCH_SUBSET')
