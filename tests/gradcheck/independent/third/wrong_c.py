"""Affine, activations, losses, dropout, batch and layer norm (examples as rows).  One bug each."""
import math
import numpy as np
from scipy.special import expit, logsumexp

CASES = []


def reg(name, kind, f, b, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=f, backward=b, inputs=inputs, expected=expected,
                      alternatives=tuple(alternatives), note=note))


def rn(rng, *s):
    return rng.standard_normal(size=s)


# 1-4 affine ----------------------------------------------------------------
def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_in(g, n):
    return rn(g, n, 2, 3), rn(g, 6, 4), rn(g, 4)


def affine_b_flat(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    return dx, dw, dout.sum(axis=0)


reg('wc_affine_dx_flat', 'layer', affine_forward, affine_b_flat, affine_in, 'FLATTENED', ('WRONG_SHAPE',),
    'dx not reshaped back to x.shape')


def affine_b_raises(dout, cache):
    x, w, b = cache
    dx = dout.dot(w).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    return dx, dw, dout.sum(axis=0)


reg('wc_affine_raises', 'layer', affine_forward, affine_b_raises, affine_in, 'RAISES', ('TRANSPOSED',),
    'dout.dot(w): shapes do not match, w.T was meant')


def affine_b_none(dout, cache):
    x, w, b = cache
    dx, dw, db = None, None, None
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    return dx, dw, db


reg('wc_affine_db_none', 'layer', affine_forward, affine_b_none, affine_in, 'MISSING_GRAD', (), 'db was never computed')


def affine_b_db(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    return dx, dw, np.mean(dout, axis=0)


reg('wc_affine_db_mean', 'layer', affine_forward, affine_b_db, affine_in, 'SCALE_INV_BATCH', (), 'db is a mean instead of a sum')


# 5 ------------------------------------------------------------------------
def relu_forward(x):
    return np.maximum(0, x), x


def relu_ignores(dout, x):
    dx = np.zeros_like(x)
    dx[x > 0] = 1
    return (dx,)


reg('wc_relu_ignores_dout', 'layer', relu_forward, relu_ignores, lambda g, n: (rn(g, n, 5),), 'IGNORES_DOUT', (),
    'local derivative only, never multiplied by dout')


# 6
def relu_leak(dout, x):
    dx = dout.copy()
    dx[x < 0] *= 0.01
    return (dx,)


reg('wc_relu_leaky_backward', 'layer', relu_forward, relu_leak, lambda g, n: (rn(g, n, 5),), 'MASK_LEAK',
    ('MASK_WRONG', 'ELEMENTWISE_FACTOR'), 'backward of the leaky relu for a plain relu')


# 7
def relu_mask(x):
    mask = (x <= 0)
    out = x.copy()
    out[mask] = 0
    return out, mask


reg('wc_relu_mask_inverted', 'layer', relu_mask, lambda dout, mask: (dout * mask,), lambda g, n: (rn(g, n, 2, 4),),
    'MASK_INVERTED', (), 'the mask marks what is to be zeroed, but is multiplied on')


# 8
def relu_in_buffer(dout, x):
    x[x <= 0] = 0
    x[x > 0] = 1
    return (dout * x,)


reg('wc_relu_overwrites_x', 'layer', relu_forward, relu_in_buffer, lambda g, n: (rn(g, n, 4),), 'MUTATES_INPUT', ('MUTATES_CACHE',),
    'the cached x, which is the caller\'s array, is turned into the mask')


# 9
def sig(x):
    y = expit(x)
    return y, {'out': y}


reg('wc_sigmoid_dout_for_out', 'layer', sig, lambda dout, cache: (dout * (1 - dout),), lambda g, n: (rn(g, n, 3),),
    'NONLINEAR_DOUT', ('WRONG_POINT', 'ELEMENTWISE_FACTOR'), 'dout*(1-dout) instead of dout*out*(1-out)')


# 10
def gelu_t(x):
    c = math.sqrt(2 / math.pi)
    t = np.tanh(c * (x + 0.044715 * x ** 3))
    return 0.5 * x * (1 + t), (x, t)


def gelu_t_b(dy, cache):
    x, t = cache
    c = 0.79788
    return (dy * (0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * c * (1 + 3 * 0.044715 * x ** 2)),)


reg('wc_gelu_rounded_constant', 'layer', gelu_t, gelu_t_b, lambda g, n: (rn(g, n, 4),), 'SMALL_ERROR', ('ELEMENTWISE_FACTOR',),
    'sqrt(2/pi) typed as 0.79788 in the backward: a relative error of 6e-6')


# 11
def prelu(x, a):
    return np.where(x > 0, x, a * x), (x, a)


def prelu_b(dout, cache):
    x, a = cache
    neg = x <= 0
    return {'dx': np.where(neg, a * dout, dout), 'da': np.where(neg, x * dout, 0.0)}


reg('wc_prelu_da_not_summed', 'layer', prelu, prelu_b, lambda g, n: (rn(g, n, 4), rn(g, 4)), 'NOT_SUMMED', ('WRONG_SHAPE',),
    'da keeps the batch axis')


# 12 dropout
def dropout_forward(x, p, seed):
    rng = np.random.RandomState(seed)
    mask = (rng.rand(*x.shape) < p) / p
    return x * mask, (mask, p)


def dropout_b_new(dout, cache):
    mask, p = cache
    mask = (np.random.rand(*dout.shape) < p) / p
    return (dout * mask,)


reg('wc_dropout_new_mask', 'layer', dropout_forward, dropout_b_new, lambda g, n: (rn(g, n, 8), 0.5, 7), 'NONDETERMINISTIC',
    ('MASK_WRONG', 'NOT_REENTRANT'), 'a fresh mask is drawn in the backward pass')


# 13-16 batchnorm -----------------------------------------------------------
def bn_forward(x, gamma, beta):
    mu, var = x.mean(axis=0), x.var(axis=0)
    inv = 1 / np.sqrt(var + 1e-5)
    xhat = (x - mu) * inv
    return gamma * xhat + beta, (x, xhat, gamma, mu, var, inv)


def bn_in(g, n):
    return rn(g, n, 3) * 1.5 + 1, rn(g, 3), rn(g, 3)


def bn_b_fixed(dout, cache):
    x, xhat, gamma, mu, var, inv = cache
    N = len(x)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * (x - mu), axis=0) * -0.5 * inv
    dmu = -(dxhat * inv).sum(0)
    dx = dxhat * inv + 2 * dvar * (x - mu) / N + dmu / N
    return dx, (dout * xhat).sum(0), dout.sum(0)


reg('wc_bn_dvar_power', 'layer', bn_forward, bn_b_fixed, bn_in, 'BN_VAR_TERM', (), 'dvar uses (var+eps)**-0.5 where **-1.5 belongs')


def bn_b_alias(dout, cache):
    x, xhat, gamma, mu, var, inv = cache
    N, D = x.shape
    dgamma = dbeta = np.zeros(D)
    for i in range(N):
        dgamma += dout[i] * xhat[i]
        dbeta += dout[i]
    sb, sg = dout.sum(0), (dout * xhat).sum(0)
    return gamma * inv / N * (N * dout - sb - xhat * sg), dgamma, dbeta


reg('wc_bn_alias', 'layer', bn_forward, bn_b_alias, bn_in, 'ALIASED', ('ADDITIVE_TERM',), 'dgamma = dbeta = zeros: one array for both')


def bn_b_eps(dout, cache):
    x, xhat, gamma, mu, var, inv = cache
    N = x.shape[0]
    sb, sg = dout.sum(0), (dout * xhat).sum(0)
    return gamma / np.sqrt(var) / N * (N * dout - sb - xhat * sg), sg, sb


reg('wc_bn_eps_forgotten', 'layer', bn_forward, bn_b_eps, bn_in, 'SMALL_ERROR', ('SCALE_OTHER', 'ELEMENTWISE_FACTOR'),
    'eps is left out of the backward standard deviation')


def bn_b_gamma(dout, cache):
    x, xhat, gamma, mu, var, inv = cache
    N = x.shape[0]
    sb, sg = dout.sum(0), (dout * xhat).sum(0)
    return inv / N * (N * dout - sb - xhat * sg), sg, sb


reg('wc_bn_gamma_forgotten', 'layer', bn_forward, bn_b_gamma, bn_in, 'ELEMENTWISE_FACTOR', ('MISSING_TERM', 'SCALE_OTHER'),
    'dx lacks the factor gamma')


# 17 layernorm
def layernorm(x, gamma, beta):
    mean = x.mean(axis=1, keepdims=True)
    std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    xn = (x - mean) / std
    return gamma * xn + beta, dict(xn=xn, std=std, gamma=gamma)


def layernorm_b(dout, c):
    N = dout.shape[0]
    dn = dout * c['gamma']
    dx = (N * dn - dn.sum(0) - c['xn'] * (dn * c['xn']).sum(0)) / (N * c['std'])
    return dict(dx=dx, dgamma=(dout * c['xn']).sum(0), dbeta=dout.sum(0))


reg('wc_layernorm_batch_axis', 'layer', layernorm, layernorm_b, lambda g, n: (rn(g, n, 6), rn(g, 6), rn(g, 6)), 'WRONG_AXIS',
    ('BN_MEAN_TERM', 'BN_VAR_TERM', 'UNNAMED'), 'batch norm\'s axis 0 kept for the layer norm')


# 18 losses
def softmax_loss_index(x, y):
    N = x.shape[0]
    lp = x - logsumexp(x, axis=1, keepdims=True)
    loss = -lp[np.arange(N), y].mean()
    dx = np.exp(lp)
    dx[:, y] -= 1
    return loss, dx / N


reg('wc_softmax_loss_colon', 'loss', softmax_loss_index, None, lambda g, n: (rn(g, n, 4), g.integers(0, 4, n)), 'LABEL_INDEX',
    ('LABEL_TERM',), 'dx[:, y] instead of dx[arange(N), y]')


# 19
def softmax_loss_double(x, y):
    N = x.shape[0]
    e = np.exp(x - x.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).mean()
    d = p.copy()
    d[np.arange(N), y] -= 1
    d /= N
    dx = p * (d - (d * p).sum(1, keepdims=True))
    return loss, dx


reg('wc_softmax_loss_double', 'loss', softmax_loss_double, None, lambda g, n: (rn(g, n, 4), g.integers(0, 4, n)),
    'DOUBLE_SOFTMAX', ('UNNAMED',), 'p - y is already with respect to the scores, yet sent through the softmax Jacobian again')


# 20
def softmax_loss_inplace(x, y):
    x -= x.max(axis=1, keepdims=True)
    p = np.exp(x)
    p /= p.sum(axis=1, keepdims=True)
    N = len(y)
    loss = -np.log(p[range(N), y]).sum() / N
    p[range(N), y] -= 1
    return loss, p / N


reg('wc_softmax_loss_shift_inplace', 'loss', softmax_loss_inplace, None, lambda g, n: (rn(g, n, 3), g.integers(0, 3, n)),
    'MUTATES_INPUT', (), 'x -= max changes the caller\'s scores')


# 21
def svm_loss(x, y):
    N = x.shape[0]
    margins = np.maximum(0, x - x[np.arange(N), y][:, None] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    dx = (margins > 0).astype(float)
    dx[np.arange(N), y] -= 1
    return loss, dx / N


reg('wc_svm_minus_one', 'loss', svm_loss, None, lambda g, n: (rn(g, n, 6), g.integers(0, 6, n)), 'LABEL_TERM', (),
    'the label column gets -1 instead of minus the number of positive margins')


# 22
def huber(pred, y, delta=1.0):
    e = pred - y
    small = np.abs(e) <= delta
    loss = np.where(small, 0.5 * e ** 2, delta * (np.abs(e) - 0.5 * delta)).mean()
    return loss, np.where(e <= delta, e, delta) / e.size


reg('wc_huber_one_sided', 'loss', huber, None, lambda g, n: (3 * rn(g, n, 4), rn(g, n, 4)), 'MASK_WRONG', ('MASK_LEAK', 'UNNAMED'),
    'abs forgotten in the backward mask: errors below -delta are not clipped')


# 23
def bce_logits(z, y):
    loss = np.mean(np.logaddexp(0, z) - y * z)
    with np.errstate(all='ignore'):
        p = np.exp(z) / (1 + np.exp(z))
    return loss, (p - y) / z.size


reg('wc_bce_overflow', 'loss', bce_logits, None,
    lambda g, n: (np.r_[900.0, -800.0, g.normal(size=n)], g.integers(0, 2, n + 2)), 'NONFINITE', (),
    'the loss is stable but exp(z)/(1+exp(z)) in the gradient is nan for large logits')


# 24
def mse(pred, y):
    d = pred - y
    return np.mean(d ** 2), d / d.size


reg('wc_mse_no_two', 'loss', mse, None, lambda g, n: (rn(g, n, 2), rn(g, n, 2)), 'SCALE_HALF', (), 'the 2 of the square is missing')


# 25
def maxout(x, W, b):
    z = np.einsum('nd,kdh->nkh', x, W) + b
    k = z.argmax(axis=1)
    onehot = (np.arange(W.shape[0])[:, None] == k[:, None, :]).astype(int)
    return z.max(axis=1), (x, W, onehot)


def maxout_b(dout, cache):
    x, W, onehot = cache
    dz = np.zeros_like(onehot)
    for k in range(W.shape[0]):
        dz[:, k] = onehot[:, k] * dout
    dz = dz.astype(float)
    return np.einsum('nkh,kdh->nd', dz, W), np.einsum('nkh,nd->kdh', dz, x), dz.sum(axis=0)


reg('wc_maxout_int_buffer', 'layer', maxout, maxout_b, lambda g, n: (rn(g, n, 3), rn(g, 2, 3, 4), rn(g, 2, 4)), 'DTYPE', ('UNNAMED', 'NONLINEAR_DOUT'),
    'zeros_like of an integer mask: dout is truncated to whole numbers')
