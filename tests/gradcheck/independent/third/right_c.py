"""Affine, activations, losses, dropout, batch and layer norm (examples as rows).  All correct."""
import math
import numpy as np
from scipy.special import erf, expit, logsumexp

CASES = []


def reg(name, kind, f, b, inputs):
    CASES.append(dict(name=name, kind=kind, forward=f, backward=b, inputs=inputs, expected=None,
                      alternatives=(), note='correct'))


def rn(rng, *s):
    return rng.standard_normal(size=s)


# 1
def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


reg('rc_affine', 'layer', affine_forward, affine_backward, lambda g, n: (rn(g, n, 2, 3), rn(g, 6, 4), rn(g, 4)))


# 2
def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    dx, x = None, cache
    dx = dout * (x > 0)
    return (dx,)


reg('rc_relu', 'layer', relu_forward, relu_backward, lambda g, n: (rn(g, n, 5),))


# 3 DLFS relu with mask, in place on a copy
def relu_mask(x):
    mask = (x <= 0)
    out = x.copy()
    out[mask] = 0
    return out, mask


def relu_mask_b(dout, mask):
    dx = dout.copy()
    dx[mask] = 0
    return (dx,)


reg('rc_relu_dlfs', 'layer', relu_mask, relu_mask_b, lambda g, n: (rn(g, n, 2, 4),))


# 4 sigmoid from output
def sig(x):
    y = expit(x)
    return y, {'out': y}


def sig_b(dout, cache):
    return (dout * (1.0 - cache['out']) * cache['out'],)


reg('rc_sigmoid', 'layer', sig, sig_b, lambda g, n: (2 * rn(g, n, 3),))


# 5 gelu exact
def gelu(x):
    phi = 0.5 * (1 + erf(x / math.sqrt(2)))
    return x * phi, (x, phi)


def gelu_b(dy, cache):
    x, phi = cache
    return (dy * (phi + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)),)


reg('rc_gelu', 'layer', gelu, gelu_b, lambda g, n: (rn(g, n, 6),))


# 6 gelu tanh approx
def gelu_t(x):
    c = math.sqrt(2 / math.pi)
    t = np.tanh(c * (x + 0.044715 * x ** 3))
    return 0.5 * x * (1 + t), (x, t, c)


def gelu_t_b(dy, cache):
    x, t, c = cache
    g = 0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * c * (1 + 3 * 0.044715 * x ** 2)
    return (g * dy,)


reg('rc_gelu_tanh', 'layer', gelu_t, gelu_t_b, lambda g, n: (rn(g, n, 4),))


# 7 softplus + mish
def mish(x):
    sp = np.logaddexp(0, x)
    t = np.tanh(sp)
    return x * t, [x, t]


def mish_b(dout, cache):
    x, t = cache
    return (dout * (t + x * (1 - t * t) * expit(x)),)


reg('rc_mish', 'layer', mish, mish_b, lambda g, n: (rn(g, n, 3),))


# 8 prelu with learnt slope per channel
def prelu(x, a):
    return np.where(x > 0, x, a * x), (x, a)


def prelu_b(dout, cache):
    x, a = cache
    neg = x <= 0
    dx = np.where(neg, a * dout, dout)
    da = np.sum(np.where(neg, x * dout, 0.0), axis=0)
    return {'dx': dx, 'da': da}


reg('rc_prelu', 'layer', prelu, prelu_b, lambda g, n: (rn(g, n, 4), rn(g, 4)))


# 9 softmax layer rows
def softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    e = np.exp(x)
    y = e / e.sum(axis=-1, keepdims=True)
    return y, y


def softmax_b(dout, y):
    dx = y * dout
    sumdx = np.sum(dx, axis=1, keepdims=True)
    dx -= y * sumdx
    return (dx,)


reg('rc_softmax', 'layer', softmax, softmax_b, lambda g, n: (rn(g, n, 5),))


# 10 log softmax
def log_softmax(x):
    out = x - logsumexp(x, axis=1, keepdims=True)
    return out, out


def log_softmax_b(g, out):
    return (g - np.exp(out) * g.sum(axis=1)[:, None],)


reg('rc_log_softmax', 'layer', log_softmax, log_softmax_b, lambda g, n: (rn(g, n, 4),))


# 11 dropout cs231n
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    else:
        out = x.copy()
    return out, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param['mode'] == 'train':
        return (dout * mask,)
    return (dout.copy(),)


reg('rc_dropout_train', 'layer', dropout_forward, dropout_backward,
    lambda g, n: (rn(g, n, 6), {'mode': 'train', 'p': 0.6, 'seed': 123}))
reg('rc_dropout_test', 'layer', dropout_forward, dropout_backward,
    lambda g, n: (rn(g, n, 6), {'mode': 'test', 'p': 0.6, 'seed': 123}))


# 13 batchnorm staged, cs231n computational graph
def batchnorm_forward(x, gamma, beta):
    N, D = x.shape
    mu = 1. / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1. / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + 1e-5)
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    return gammax + beta, (xhat, gamma, xmu, ivar, sqrtvar, var)


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / np.sqrt(var + 1e-5) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1. / N * np.ones((N, D)) * dmu
    return dx1 + dx2, dgamma, dbeta


reg('rc_batchnorm_staged', 'layer', batchnorm_forward, batchnorm_backward,
    lambda g, n: (rn(g, n, 3) * 2 + 1, rn(g, 3), rn(g, 3)))


# 14 batchnorm with alternatives, test mode with running stats
def bn_eval(x, gamma, beta, stats):
    mean, var = map(np.array, stats)
    xh = (x - mean) / np.sqrt(var + 1e-5)
    return gamma * xh + beta, (xh, gamma / np.sqrt(var + 1e-5))


def bn_eval_b(dout, cache):
    xh, k = cache
    return dout * k, np.einsum('nd,nd->d', dout, xh), dout.sum(0)


reg('rc_bn_eval', 'layer', bn_eval, bn_eval_b,
    lambda g, n: (rn(g, n, 3), rn(g, 3), rn(g, 3), ([0, 1, 2], [1, 2, 3])))


# 15 layernorm
def layernorm(x, gamma, beta):
    mean = x.mean(axis=1, keepdims=True)
    std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    xn = (x - mean) / std
    return gamma * xn + beta, dict(xn=xn, std=std, gamma=gamma)


def layernorm_b(dout, c):
    D = dout.shape[1]
    dn = dout * c['gamma']
    dx = (D * dn - dn.sum(1, keepdims=True) - c['xn'] * (dn * c['xn']).sum(1, keepdims=True)) / (D * c['std'])
    return dict(dx=dx, dgamma=(dout * c['xn']).sum(0), dbeta=dout.sum(0))


reg('rc_layernorm', 'layer', layernorm, layernorm_b, lambda g, n: (rn(g, n, 6), rn(g, 6), rn(g, 6)))


# 16 rms norm
def rmsnorm(x, w):
    r = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)
    return x * r * w, (x, w, r)


def rmsnorm_b(dy, cache):
    x, w, r = cache
    D = x.shape[-1]
    gx = dy * w
    dx = r * gx - x * r ** 3 * (gx * x).sum(-1, keepdims=True) / D
    return dx, (dy * x * r).sum(0)


reg('rc_rmsnorm', 'layer', rmsnorm, rmsnorm_b, lambda g, n: (rn(g, n, 5), rn(g, 5)))


# 17 softmax loss
def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = np.exp(log_probs)
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


reg('rc_softmax_loss', 'loss', softmax_loss, None, lambda g, n: (rn(g, n, 4), g.integers(0, 4, n)))


# 18 svm loss
def svm_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx


reg('rc_svm_loss', 'loss', svm_loss, None, lambda g, n: (rn(g, n, 5), g.integers(0, 5, n)))


# 19 huber
def huber(pred, y, delta=1.0):
    e = pred - y
    small = np.abs(e) <= delta
    loss = np.where(small, 0.5 * e ** 2, delta * (np.abs(e) - 0.5 * delta)).mean()
    return loss, np.clip(e, -delta, delta) / e.size


reg('rc_huber', 'loss', huber, None, lambda g, n: (2 * rn(g, n, 3), rn(g, n, 3)))


# 20 bce on probabilities
def bce(p, y):
    n = len(p)
    l = -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / n
    return l, (p - y) / (p * (1 - p)) / n


reg('rc_bce_probs', 'loss', bce, None, lambda g, n: (g.uniform(.1, .9, n), g.integers(0, 2, n)))


# 21 label smoothing, sum reduction
def smooth(scores, y):
    N, C = scores.shape
    t = np.full((N, C), 0.1 / C)
    t[range(N), y] += 0.9
    lp = scores - logsumexp(scores, axis=1, keepdims=True)
    return -(t * lp).sum(), np.exp(lp) - t


reg('rc_label_smoothing', 'loss', smooth, None, lambda g, n: (rn(g, n, 4), g.integers(0, 4, n)))


# 22 focal loss
def focal(z, y):
    gamma = 2.0
    p = expit(z)
    pt = np.where(y == 1, p, 1 - p)
    s = np.where(y == 1, 1.0, -1.0)
    loss = np.mean(-(1 - pt) ** gamma * np.log(pt))
    dpt = gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt
    return loss, dpt * s * p * (1 - p) / z.size


reg('rc_focal', 'loss', focal, None, lambda g, n: (rn(g, n), g.integers(0, 2, n)))


# 23 bilinear with closure
def bilinear(a, b, M):
    out = np.einsum('ni,kij,nj->nk', a, M, b)

    def grad(d):
        return (np.einsum('nk,kij,nj->ni', d, M, b), np.einsum('nk,kij,ni->nj', d, M, a),
                np.einsum('nk,ni,nj->kij', d, a, b))
    return out, grad


reg('rc_bilinear', 'layer', bilinear, lambda d, c: c(d), lambda g, n: (rn(g, n, 3), rn(g, n, 2), rn(g, 4, 3, 2)))


# 24 flatten (a view is fine)
def flatten(x):
    return x.reshape(len(x), -1), x.shape


reg('rc_flatten', 'layer', flatten, lambda dout, shape: (dout.reshape(shape),), lambda g, n: (rn(g, n, 2, 3),))


# 25 maxout
def maxout(x, W, b):
    z = np.einsum('nd,kdh->nkh', x, W) + b
    k = z.argmax(axis=1)
    return z.max(axis=1), (x, W, z.shape, k)


def maxout_b(dout, cache):
    x, W, shape, k = cache
    dz = np.zeros(shape)
    np.put_along_axis(dz, k[:, None, :], dout[:, None, :], axis=1)
    return np.einsum('nkh,kdh->nd', dz, W), np.einsum('nkh,nd->kdh', dz, x), dz.sum(axis=0)


reg('rc_maxout', 'layer', maxout, maxout_b, lambda g, n: (rn(g, n, 3), rn(g, 2, 3, 4), rn(g, 2, 4)))
