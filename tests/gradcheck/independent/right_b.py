import numpy as np

CASES = []


def case(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=expected, alternatives=tuple(alternatives), note=note))


L = 'layer'


def bn_f(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    xc = x - mu
    var = np.mean(xc * xc, axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    return gamma * xhat + beta, (xhat, gamma, std, xc)


def bn_b(dout, cache):
    xhat, gamma, std, xc = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dx = gamma / (N * std) * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta


def bn_long(dout, cache):
    xhat, gamma, std, xc = cache
    N = dout.shape[0]
    dxhat = dout * gamma
    dxc = dxhat / std
    dstd = -np.sum(dxhat * xc / (std * std), axis=0)
    dvar = 0.5 * dstd / std
    dxc += (2.0 / N) * xc * dvar
    dmu = np.sum(dxc, axis=0)
    dx = dxc - dmu / N
    return dx, np.sum(xhat * dout, axis=0), dout.sum(axis=0)


def bi(scale=1.0, shift=0.0, eps=None, dt=float, const=False, fix=lambda a: a):
    def inputs(rng, n):
        n = max(n, 4)
        x = shift + scale * rng.standard_normal((n, 3))
        if const:
            x[:, 1] = 2.0
        r = tuple(fix(a.astype(dt)) for a in (x, rng.uniform(0.5, 2, 3), rng.standard_normal(3)))
        return r if eps is None else r + (eps,)
    return inputs


case('bn compact', L, bn_f, bn_b, bi(), None)
case('bn long', L, bn_f, bn_long, bi(), None)
case('bn mean 1e4', L, bn_f, bn_b, bi(1.0, 1e4), None)
case('bn tiny eps', L, bn_f, bn_long, bi(eps=1e-12), None)
case('bn scale 1e3', L, bn_f, bn_b, bi(1e3), None)
case('bn scale 1e-2', L, bn_f, bn_b, bi(1e-2), None)
case('bn fortran', L, bn_f, bn_long, bi(fix=np.asfortranarray), None)
case('bn constant column, eps 1e-3', L, bn_f, bn_b, bi(eps=1e-3, const=True), None)


def bnp_f(x, gamma, beta, bn_param):
    mu, var = x.mean(axis=0), x.var(axis=0)
    m = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    rm = bn_param.get('running_mean', np.zeros(D))
    bn_param['running_mean'] = m * rm + (1 - m) * mu
    inv = 1 / np.sqrt(var + bn_param['eps'])
    xhat = (x - mu) * inv
    return gamma * xhat + beta, (xhat, gamma, inv)


def bnp_b(dout, cache):
    xhat, gamma, inv = cache
    d = dout * gamma
    dx = inv * (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0))
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def bnp_in(rng, n):
    return rng.standard_normal((max(n, 4), 3)), rng.uniform(0.5, 2, 3), rng.standard_normal(3), {'mode': 'train', 'eps': 1e-5}
case('bn with running mean in a dict', L, bnp_f, bnp_b, bnp_in, None)


def sbn_f(x, gamma, beta):
    N, C, H, W = x.shape
    xr = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = bn_f(xr, gamma, beta)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), (cache, x.shape)


def sbn_b(dout, cache):
    c, (N, C, H, W) = cache
    dx, dg, db = bn_long(dout.transpose(0, 2, 3, 1).reshape(-1, C), c)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dg, db


def sbn_in(rng, n):
    return rng.standard_normal((n, 2, 3, 3)), rng.uniform(0.5, 2, 2), rng.standard_normal(2)
case('spatial bn by reshaping', L, sbn_f, sbn_b, sbn_in, None)


def ln_f(x, gamma, beta):
    mu = x.mean(axis=-1, keepdims=True)
    inv = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-8)
    xhat = (x - mu) * inv
    return gamma * xhat + beta, (xhat, gamma, inv)


def ln_b(dout, cache):
    xhat, gamma, inv = cache
    d = dout * gamma
    dx = inv * (d - d.mean(-1, keepdims=True) - xhat * (d * xhat).mean(-1, keepdims=True))
    ax = tuple(range(dout.ndim - 1))
    return dx, (dout * xhat).sum(axis=ax), dout.sum(axis=ax)


def ln_in(shift, shape=(6,), one=False):
    def inputs(rng, n):
        n = 1 if one else n
        return shift + rng.standard_normal((n,) + shape), rng.uniform(0.5, 2, 6), rng.standard_normal(6)
    return inputs
case('ln', L, ln_f, ln_b, ln_in(0.0), None)
case('ln mean 1e4', L, ln_f, ln_b, ln_in(1e4), None)
case('ln three axes', L, ln_f, ln_b, ln_in(0.0, (2, 6)), None)
case('ln one sample', L, ln_f, ln_b, ln_in(1.0, one=True), None)


# dropout
def drop_f(x, p, seed):
    mask = (np.random.RandomState(seed).rand(*x.shape) < p) / max(p, 1e-9)
    return x * mask, mask


def drop_b(dout, mask):
    return dout * mask


def drop_in(p):
    def inputs(rng, n):
        return rng.standard_normal((n, 6)), p, 11
    return inputs
case('dropout seeded', L, drop_f, drop_b, drop_in(0.6), None)
case('dropout keeps all', L, drop_f, drop_b, drop_in(1.0), None)
case('dropout drops all', L, drop_f, drop_b, drop_in(0.0), None)


def gdrop_f(x, p, seed):
    np.random.seed(seed)
    mask = np.random.rand(*x.shape) < p
    return x * mask / p, (mask, p)


def gdrop_b(dout, c):
    mask, p = c
    return mask * dout / p
case('dropout global stream seeded', L, gdrop_f, gdrop_b, drop_in(0.5), None)


def mdrop_f(x, mask):
    return np.where(mask, x / 0.5, 0.0), mask


def mdrop_b(dout, mask):
    return 2.0 * dout * mask


def mdrop_in(rng, n):
    return rng.standard_normal((n, 6)), rng.random((n, 6)) < 0.5
case('dropout mask given', L, mdrop_f, mdrop_b, mdrop_in, None)


# embedding
def emb_f(idx, W):
    return W[idx], (idx, W)


def emb_b(dout, cache):
    idx, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, idx, dout)
    return dW


def emb_in(rng, n):
    return rng.integers(0, 3, (n, 4)), rng.standard_normal((6, 2))
case('embedding repeated words', L, emb_f, emb_b, emb_in, None, note='words 3..5 never occur: rows of zeros')


def emb_none(dout, cache):
    return None, emb_b(dout, cache)
# pooling


def maxp_f(x):
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // 2, W // 2), x.dtype)
    for i in range(H // 2):
        for j in range(W // 2):
            out[:, :, i, j] = x[:, :, 2 * i:2 * i + 2, 2 * j:2 * j + 2].max(axis=(2, 3))
    return out, x


def maxp_b(dout, x):
    dx = np.zeros_like(x)
    N, C, H, W = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    win = x[n, c, 2 * i:2 * i + 2, 2 * j:2 * j + 2]
                    k = np.unravel_index(win.argmax(), win.shape)
                    dx[n, c, 2 * i + k[0], 2 * j + k[1]] += dout[n, c, i, j]
    return dx


def pool_in(rng, n):
    return (rng.standard_normal((n, 2, 4, 4)),)


def tie_in(rng, n):
    x = rng.standard_normal((n, 1, 4, 4))
    x[:, :, :2, :2] = 1.5
    return (x,)
case('max pool loops', L, maxp_f, maxp_b, pool_in, None)
case('max pool ties, first taken', L, maxp_f, maxp_b, tie_in, None, note='a subgradient')


def avgp_f(x):
    N, C, H, W = x.shape
    return x.reshape(N, C, H // 2, 2, W // 2, 2).mean(axis=(3, 5)), x.shape


def avgp_b(dout, shape):
    return dout.repeat(2, axis=2).repeat(2, axis=3) / 4
case('avg pool', L, avgp_f, avgp_b, pool_in, None)


def rowmax_f(x):
    k = x.argmax(axis=1)
    return x.max(axis=1), (k, x)


def rowmax_b(dout, cache):
    k, x = cache
    dx = np.zeros_like(x)
    dx[np.arange(len(k)), k] = dout
    return dx


def x5(rng, n):
    return (rng.standard_normal((n, 5)),)
case('row max', L, rowmax_f, rowmax_b, x5, None)


# rnn
def rnn_f(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    hs = [h0]
    for t in range(T):
        hs.append(np.tanh(x[:, t] @ Wx + hs[-1] @ Wh + b))
    return np.stack(hs[1:], axis=1), (x, hs, Wx, Wh)


def rnn_b(dout, cache):
    x, hs, Wx, Wh = cache
    dx = np.zeros_like(x)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[0])
    dh = np.zeros_like(hs[0])
    for t in reversed(range(x.shape[1])):
        dz = (dout[:, t] + dh) * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
    return dx, dh, dWx, dWh, db


def rnn_in(rng, n):
    return (rng.standard_normal((n, 3, 2)), rng.standard_normal((n, 4)), rng.standard_normal((2, 4)),
            rng.standard_normal((4, 4)), rng.standard_normal(4))
case('rnn through time', L, rnn_f, rnn_b, rnn_in, None)


def res_f(x, W1, W2):
    a = x @ W1
    h = np.maximum(a, 0)
    return x + h @ W2, (x, a, h, W1, W2)


def res_b(dout, cache):
    x, a, h, W1, W2 = cache
    dW2 = h.T @ dout
    da = (dout @ W2.T) * (a > 0)
    dx = dout.copy()
    dx += da @ W1.T
    return dx, x.T @ da, dW2


def res_in(s):
    def inputs(rng, n):
        return rng.standard_normal((n, 3)), s * rng.standard_normal((3, 4)), rng.standard_normal((4, 3))
    return inputs
case('residual block', L, res_f, res_b, res_in(1.0), None)
case('residual block W1 zero', L, res_f, res_b, res_in(0.0), None, note='all pre-activations at the kink, convention 0')


# conv, im2col style
def conv_f(x, w, b):
    n, c, h, ww = x.shape
    f, _, k, _ = w.shape
    H, W = h - k + 1, ww - k + 1
    cols = np.stack([x[:, :, i:i + H, j:j + W] for i in range(k) for j in range(k)], axis=2)
    cols = cols.reshape(n, c * k * k, H * W)
    out = np.matmul(w.reshape(f, -1), cols).reshape(n, f, H, W) + b.reshape(1, f, 1, 1)
    return out, (cols, w, x.shape)


def conv_b(dout, cache):
    cols, w, shape = cache
    n, c, h, ww = shape
    f, _, k, _ = w.shape
    H, W = dout.shape[2:]
    d = dout.reshape(n, f, H * W)
    dw = np.einsum('nfp,nqp->fq', d, cols).reshape(w.shape)
    dcols = np.matmul(w.reshape(f, -1).T, d).reshape(n, c, k * k, H, W)
    dx = np.zeros(shape)
    q = 0
    for i in range(k):
        for j in range(k):
            dx[:, :, i:i + H, j:j + W] += dcols[:, :, q]
            q += 1
    return dx, dw, dout.sum(axis=(0, 2, 3))


def conv_in(rng, n):
    return rng.standard_normal((n, 2, 4, 4)), rng.standard_normal((3, 2, 2, 2)), rng.standard_normal(3)
case('conv im2col', L, conv_f, conv_b, conv_in, None)


def norm_f(x):
    r = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
    return x / r, (x, r)


def norm_b(dout, cache):
    x, r = cache
    u = x / r
    return (dout - u * np.sum(u * dout, axis=1, keepdims=True)) / r
case('row normalisation', L, norm_f, norm_b, x5, None)
