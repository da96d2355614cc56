import numpy as np
from math import sqrt, pi
from scipy.special import erf

CASES = []


def add(name, fwd, bwd, inp, kind='layer', note=''):
    CASES.append(dict(name=name, kind=kind, forward=fwd, backward=bwd, inputs=inp, expected=None, alternatives=(), note=note))


def off0(rng, *shape):
    """normal numbers kept away from zero"""
    v = rng.standard_normal(shape)
    return v + 0.05 * np.sign(v)


# ---------------------------------------------------------------- affine
def affine_forward(x, w, b):
    N = x.shape[0]
    out = x.reshape(N, -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


add('ra_affine_images', affine_forward, affine_backward,
    lambda rng, n: (rng.standard_normal((n, 2, 3, 2)), rng.standard_normal((12, 5)), rng.standard_normal(5)))


def fc_loop(x, W, b):
    n, d = x.shape
    h = W.shape[1]
    out = np.zeros((n, h))
    for i in range(n):
        for j in range(h):
            s = 0.0
            for k in range(d):
                s += x[i, k] * W[k, j]
            out[i, j] = s + b[j]
    return out, {'x': x, 'W': W}


def fc_loop_back(dout, cache):
    x, W = cache['x'], cache['W']
    n, d = x.shape
    h = W.shape[1]
    gx = np.zeros((n, d)); gW = np.zeros((d, h)); gb = np.zeros(h)
    for i in range(n):
        for j in range(h):
            gb[j] += dout[i, j]
            for k in range(d):
                gx[i, k] += dout[i, j] * W[k, j]
                gW[k, j] += dout[i, j] * x[i, k]
    return {'W': gW, 'b': gb, 'x': gx}


add('ra_affine_three_loops_dict', fc_loop, fc_loop_back,
    lambda rng, n: (rng.standard_normal((n, 3)), rng.standard_normal((3, 4)), rng.standard_normal(4)))


def temporal_affine(x, w, b):
    return np.einsum('ntd,dm->ntm', x, w) + b, (x, w)


def temporal_affine_back(dout, cache):
    x, w = cache
    return (np.einsum('ntm,dm->ntd', dout, w), np.einsum('ntd,ntm->dm', x, dout), np.einsum('ntm->m', dout))


add('ra_temporal_affine_einsum', temporal_affine, temporal_affine_back,
    lambda rng, n: (rng.standard_normal((n, 3, 4)), rng.standard_normal((4, 2)), rng.standard_normal(2)))


# torch-like weight (out, in) and a bias of shape (1, H)
def linear(x, weight, bias):
    return x @ weight.T + bias, (x, weight)


def linear_bwd(g, saved):
    x, weight = saved
    return g @ weight, (x.T @ g).T, g.sum(0, keepdims=True)


add('ra_linear_torch_bias_row', linear, linear_bwd,
    lambda rng, n: (rng.standard_normal((n, 5)), rng.standard_normal((5, 5)), rng.standard_normal((1, 5))))


# ---------------------------------------------------------------- activations
def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def relu_inputs(rng, n):
    x = off0(rng, n, 6)
    x[:, 2] = -np.abs(x[:, 2])      # a dead unit
    x[0] = 0.0                      # exact zeros would sit on the kink ...
    x[0] += 3.0                     # ... so lift the row
    return (x,)


add('ra_relu_dead_unit', relu_forward, relu_backward, relu_inputs)


class Relu:                      # deep learning from scratch
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


def relu_obj_fwd(x):
    layer = Relu()
    y = layer.forward(x)
    return y, layer


add('ra_relu_dlfs_object', relu_obj_fwd, lambda dout, layer: layer.backward(dout), lambda rng, n: (off0(rng, n, 3, 2),))


def lrelu(x):
    slope = np.where(x > 0, 1.0, 0.01)
    return slope * x, slope


add('ra_leaky_slope_cached', lrelu, lambda d, s: np.multiply(d, s), lambda rng, n: (100 * off0(rng, n, 4),))


def sigmoid_stable(x):
    out = np.empty_like(x)
    pos = x >= 0
    out[pos] = 1.0 / (1.0 + np.exp(-x[pos]))
    e = np.exp(x[~pos])
    out[~pos] = e / (1.0 + e)
    return out, out


def sigmoid_stable_back(dout, s):
    g = 1.0 - s
    g *= s
    g *= dout
    return g


def sat_inputs(rng, n):
    x = 3 * rng.standard_normal((n, 5))
    x[0, 0], x[1, 1], x[2, 2] = 800.0, -800.0, 40.0
    return (x,)


add('ra_sigmoid_saturated', sigmoid_stable, sigmoid_stable_back, sat_inputs)


def tanh_f(x):
    t = np.tanh(x)
    return t, dict(t=t)


def tanh_b(dout, cache):
    t = cache['t']
    return dout * (1 - t) * (1 + t)


add('ra_tanh_saturated', tanh_f, tanh_b, sat_inputs)


def elu_f(x, alpha=1.5):
    neg = alpha * (np.exp(np.minimum(x, 0)) - 1)
    out = np.where(x > 0, x, neg)
    return out, (x, out, alpha)


def elu_b(dout, cache):
    x, out, alpha = cache
    dx = np.array(dout)
    m = x <= 0
    dx[m] *= out[m] + alpha
    return dx


add('ra_elu_from_output', elu_f, elu_b, lambda rng, n: (2 * off0(rng, n, 5),))

_K = np.sqrt(2 / np.pi)


def gelu_tanh(x):
    u = _K * (x + 0.044715 * x ** 3)
    t = np.tanh(u)
    return 0.5 * x * (1 + t), (x, t)


def gelu_tanh_bwd(dout, cache):
    x, t = cache
    du = _K * (1 + 3 * 0.044715 * x * x)
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * du)


add('ra_gelu_tanh', gelu_tanh, gelu_tanh_bwd, lambda rng, n: (2 * rng.standard_normal((n, 3, 4)),))


def gelu_erf(x):
    Phi = 0.5 * (1 + erf(x / sqrt(2)))
    return x * Phi, (x, Phi)


def gelu_erf_bwd(dout, c):
    x, Phi = c
    pdf = np.exp(-0.5 * np.square(x)) / sqrt(2 * pi)
    return dout * (Phi + x * pdf)


add('ra_gelu_erf', gelu_erf, gelu_erf_bwd, lambda rng, n: (3 * rng.standard_normal((n, 4)),))


def softplus(x):
    return np.logaddexp(0.0, x), x


def softplus_back(dout, x):
    return dout * 0.5 * (1 + np.tanh(0.5 * x))


add('ra_softplus_logaddexp', softplus, softplus_back, sat_inputs)


def swish(x, beta):
    s = 1 / (1 + np.exp(-beta * x))
    return x * s, (x, beta, s)


def swish_back(dout, cache):
    x, beta, s = cache
    ds = s * (1 - s)
    dx = dout * (s + beta * x * ds)
    dbeta = np.array([np.sum(dout * x * x * ds)])
    return dx, dbeta


add('ra_swish_learned_beta', swish, swish_back, lambda rng, n: (2 * rng.standard_normal((n, 5)), np.array([1.3])))


def prelu(x, a):
    return np.where(x > 0, x, a * x), (x, a)


def prelu_back(dout, cache):
    x, a = cache
    neg = x < 0
    return np.where(neg, a * dout, dout), (dout * x * neg).sum(axis=0)


add('ra_prelu_per_channel', prelu, prelu_back, lambda rng, n: (off0(rng, n, 4), np.array([0.25, 0.1, 0.0, -0.3])))


# ---------------------------------------------------------------- softmax as a layer
def softmax_rows(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p


def softmax_rows_back(dout, p):
    return p * (dout - np.sum(dout * p, axis=-1, keepdims=True))


add('ra_softmax_layer', softmax_rows, softmax_rows_back, lambda rng, n: (4 * rng.standard_normal((n, 2, 5)) + 500,))


def softmax_jac_back(dout, p):
    dx = np.empty_like(dout)
    for i, (pi_, di) in enumerate(zip(p, dout)):
        pi_ = pi_.reshape(-1, 1)
        J = np.diagflat(pi_) - pi_ @ pi_.T
        dx[i] = J @ di
    return dx


add('ra_softmax_jacobian_loop', softmax_rows, softmax_jac_back, lambda rng, n: (rng.standard_normal((n, 4)),))


# ---------------------------------------------------------------- normalisation
def bn_forward(x, gamma, beta):
    N, D = x.shape
    eps = 1e-5
    mu = 1. / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1. / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def bn_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1. / N * np.ones((N, D)) * dmu
    return dx1 + dx2, dgamma, dbeta


add('ra_batchnorm_staged', bn_forward, bn_backward,
    lambda rng, n: (5 * rng.standard_normal((n, 3)) + 12, rng.standard_normal(3), rng.standard_normal(3)))


def bn_short(x, gamma, beta):
    v = x.var(0) + 1e-5
    z = (x - x.mean(0)) / v ** .5
    return gamma * z + beta, (z, gamma, v ** .5)


def bn_short_back(dout, cache):
    z, g, sd = cache
    dz = dout * g
    return (dz - dz.mean(0) - z * (dz * z).mean(0)) / sd, (dout * z).sum(0), dout.sum(0)


def bn_f32(rng, n):
    return tuple(a.astype(np.float32) for a in (rng.standard_normal((n, 4)), 1 + rng.random(4), rng.standard_normal(4)))


add('ra_batchnorm_compact_float32', bn_short, bn_short_back, bn_f32)


def layernorm(x, gamma, beta):
    mu = x.mean(axis=-1, keepdims=True)
    var = ((x - mu) ** 2).mean(axis=-1, keepdims=True)
    rstd = (var + 1e-5) ** -0.5
    norm = (x - mu) * rstd
    return norm * gamma + beta, (x, gamma, mu, rstd)


def layernorm_back(dout, cache):
    x, w, mean, rstd = cache
    norm = (x - mean) * rstd
    db = dout.sum((0, 1))
    dw = (dout * norm).sum((0, 1))
    dnorm = dout * w
    dx = dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True)
    dx *= rstd
    return dx, dw, db


add('ra_layernorm_llmc', layernorm, layernorm_back,
    lambda rng, n: (rng.standard_normal((n, 2, 5)), rng.standard_normal(5), rng.standard_normal(5)))


def groupnorm(x, gamma, beta):
    N, C, H, W = x.shape
    G = 2
    xg = x.reshape(N * G, -1)
    m = xg.mean(1, keepdims=True)
    s = np.sqrt(xg.var(1, keepdims=True) + 1e-5)
    xn = ((xg - m) / s).reshape(x.shape)
    return gamma * xn + beta, (G, gamma, xn, s)


def groupnorm_back(dout, cache):
    G, gamma, xn, s = cache
    N, C, H, W = dout.shape
    dgamma = np.sum(dout * xn, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    dxn = (dout * gamma).reshape(N * G, -1)
    z = xn.reshape(N * G, -1)
    M = z.shape[1]
    dx = (M * dxn - dxn.sum(1, keepdims=True) - z * np.sum(dxn * z, 1, keepdims=True)) / (M * s)
    return dx.reshape(N, C, H, W), dgamma, dbeta


add('ra_groupnorm', groupnorm, groupnorm_back,
    lambda rng, n: (rng.standard_normal((n, 4, 2, 2)), rng.standard_normal((1, 4, 1, 1)), rng.standard_normal((1, 4, 1, 1))))


# ---------------------------------------------------------------- dropout, embedding
def dropout_forward(x):
    p, seed = 0.6, 123
    rng = np.random.RandomState(seed)
    mask = (rng.rand(*x.shape) < p) / p
    return x * mask, (p, mask)


def dropout_backward(dout, cache):
    _, mask = cache
    return dout * mask


add('ra_dropout_seeded', dropout_forward, dropout_backward, lambda rng, n: (rng.standard_normal((n, 8)),))


def drop_given(x, keep):
    out = np.where(keep, x / 0.75, 0)
    return out, {'keep': keep}


def drop_given_back(dout, cache):
    dx = np.zeros_like(dout)
    dx[cache['keep']] = dout[cache['keep']] / 0.75
    return dx


add('ra_dropout_boolean_mask_argument', drop_given, drop_given_back,
    lambda rng, n: (rng.standard_normal((n, 6)), rng.random((n, 6)) < 0.75))


def word_embedding_forward(x, W):
    return W[x], (x, W.shape)


def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW


add('ra_embedding_add_at', word_embedding_forward, word_embedding_backward,
    lambda rng, n: (rng.integers(0, 4, size=(n, 3)), rng.standard_normal((6, 2))))


# affine - layer of relu with helpers, two stacked calls
def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return affine_backward(da, fc_cache)


add('ra_affine_relu_sandwich', affine_relu_forward, affine_relu_backward,
    lambda rng, n: (rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), np.array([0.1, -50.0, 0.2])))
