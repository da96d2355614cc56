import numpy as np
from scipy.special import erf

CASES = []


def bad(name, fwd, bwd, inp, code, note, alt=(), kind='layer'):
    CASES.append(dict(name=name, kind=kind, forward=fwd, backward=bwd, inputs=inp, expected=code, alternatives=tuple(alt), note=note))


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def fc_in(d, h):
    return lambda rng, n: (rng.standard_normal((n, d)), rng.standard_normal((d, h)), rng.standard_normal(h))


# ------------------------------------------------------------ affine
def aff_dx_flat(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


bad('wa_affine_dx_not_reshaped', affine_forward, aff_dx_flat,
    lambda rng, n: (rng.standard_normal((n, 2, 3)), rng.standard_normal((6, 4)), rng.standard_normal(4)),
    'FLATTENED', 'dx stays (N, D1*D2), x is (N, D1, D2)', ['WRONG_SHAPE'])


def aff_no_w_transpose(dout, cache):
    x, w, b = cache
    return dout @ w, x.T @ dout, dout.sum(0)


bad('wa_affine_square_w_for_wT', affine_forward, aff_no_w_transpose, fc_in(4, 4), 'UNNAMED',
    'dx = dout @ w instead of dout @ w.T, hidden by a square w: the gradient uses the transposed matrix', ['TRANSPOSED', 'WRONG_POINT'])


def aff_dw_transposed(dout, cache):
    x, w, _ = cache
    return np.dot(dout, w.T), np.dot(dout.T, x), np.sum(dout, 0)


bad('wa_affine_dw_transposed', affine_forward, aff_dw_transposed, fc_in(3, 3), 'TRANSPOSED', 'dw = dout.T x, the transpose of x.T dout, square so shapes agree')

def aff_db_mean(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w.T)
    dw = np.dot(x.T, dout)
    db = np.mean(dout, axis=0)
    return {'x': dx, 'w': dw, 'b': db}


bad('wa_affine_db_mean', affine_forward, aff_db_mean, fc_in(4, 3), 'SCALE_INV_BATCH', 'bias gradient is a mean over the batch, the layer sums')


def aff_db_loop(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for i in range(x.shape[0]):
        dx[i] = w @ dout[i]
        dw += np.outer(x[i], dout[i])
        db = dout[i]
    return dx, dw, db


bad('wa_affine_db_overwritten', affine_forward, aff_db_loop, fc_in(3, 2), 'BATCH_SUBSET', 'db = dout[i] in the sample loop where += was meant: only the last sample counts')


def aff_swapped(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.sum(axis=0)
    return dw, dx, db


bad('wa_affine_returns_dw_dx', affine_forward, aff_swapped, fc_in(5, 3), 'SWAPPED', 'returned in the order dw, dx, db', ['WRONG_SHAPE'])


# ------------------------------------------------------------ activations
def relu(x):
    return np.maximum(x, 0), x


def r_in(rng, n):
    x = rng.standard_normal((n, 6))
    return (x + 0.05 * np.sign(x),)


bad('wa_relu_mask_on_dout', relu, lambda dout, x: np.where(dout > 0, dout, 0), r_in, 'MASK_FROM_DOUT', 'the mask is taken from dout > 0 (guided/deconv relu)', ['NONLINEAR_DOUT'])


def relu_inv(dout, x):
    dx = dout.copy()
    dx[x > 0] = 0
    return dx


bad('wa_relu_inverted', relu, relu_inv, r_in, 'MASK_INVERTED', 'zeroes the positive side')


def relu_inplace(dout, x):
    dout[x <= 0] = 0
    dx = dout
    return dx


bad('wa_relu_writes_dout', relu, relu_inplace, r_in, 'MUTATES_DOUT', 'dout[x <= 0] = 0 writes into the incoming gradient and returns it', ['ALIASED'])
bad('wa_relu_one_sided_leak', relu, lambda d, x: d * np.where(x > 0, 1, 0.01), r_in, 'MASK_LEAK', 'leaky slope in the backward pass of a plain relu', ['MASK_WRONG', 'ELEMENTWISE_FACTOR'])


def leaky(x):
    return np.where(x > 0, x, 0.2 * x), x


def leaky_zero(dout, x):
    dx = np.array(dout)
    dx[x < 0] = 0
    return dx


bad('wa_leaky_relu_slope_lost', leaky, leaky_zero, r_in, 'MASK_WRONG', 'plain relu mask in the backward pass of leaky relu: the slope 0.2 is lost',
    ['ELEMENTWISE_FACTOR', 'MISSING_TERM', 'MASK_LEAK'])


def sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s, s


bad('wa_sigmoid_of_sigmoid', sigmoid, lambda d, s: d * sigmoid(s)[0] * (1 - sigmoid(s)[0]), r_in, 'WRONG_POINT',
    'sigmoid applied once more to the cached output (sigmoid_prime(a) with a the activation)', ['ELEMENTWISE_FACTOR'])


def tanh(x):
    t = np.tanh(x)
    return t, (x, t)


bad('wa_tanh_not_squared', tanh, lambda d, c: d * (1 - c[1]), r_in, 'ELEMENTWISE_FACTOR', '1 - t for 1 - t^2', ['WRONG_POINT'])


def elu(x):
    return np.where(x > 0, x, np.exp(x) - 1), (x, np.where(x > 0, x, np.exp(x) - 1))


def elu_back(dout, cache):
    x, out = cache
    return np.where(x > 0, dout, dout * np.exp(out))


bad('wa_elu_exp_of_output', elu, elu_back, r_in, 'WRONG_POINT', 'exp(out) on the negative side where exp(x) = out + 1', ['ELEMENTWISE_FACTOR', 'MASK_WRONG'])


def gelu(x):
    cdf = 0.5 * (1 + erf(x / np.sqrt(2)))
    return x * cdf, (x, cdf)


bad('wa_gelu_cdf_only', gelu, lambda d, c: d * c[1], r_in, 'MISSING_TERM', 'the product rule second term x*pdf(x) is left out', ['ELEMENTWISE_FACTOR'])


def softplus(x):
    return np.log1p(np.exp(x)), x


bad('wa_softplus_overflow', lambda x: (np.logaddexp(0, x), x), lambda d, x: d * np.exp(x) / (1 + np.exp(x)),
    lambda rng, n: (np.vstack([np.full((1, 3), 750.0), rng.standard_normal((n - 1, 3))]),), 'NONFINITE', 'exp(x)/(1+exp(x)) is inf/inf for large x')
bad('wa_softplus_missing_dout', softplus, lambda d, x: 1 / (1 + np.exp(-x)), r_in, 'IGNORES_DOUT', 'the local derivative is returned, never multiplied by dout')


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return p, p


bad('wa_softmax_diagonal_only', softmax, lambda d, p: d * p * (1 - p), r_in, 'MISSING_TERM', 'p(1-p), only the diagonal of the Jacobian', ['ELEMENTWISE_FACTOR', 'UNNAMED'])


def softmax_axis0(dout, p):
    return p * (dout - (dout * p).sum(axis=0))


bad('wa_softmax_inner_sum_over_batch', softmax, softmax_axis0, r_in, 'WRONG_AXIS', 'inner product summed over the batch and not over the classes')


def softmax_detour(x):
    e = np.exp(x)
    return e / e.sum(axis=1, keepdims=True), {'e': e}


def softmax_detour_back(dout, cache):
    e = cache['e']
    e /= e.sum(axis=1, keepdims=True)
    e *= dout - (dout * e).sum(axis=1, keepdims=True)
    return e


bad('wa_softmax_in_place_in_cache', softmax_detour, softmax_detour_back, r_in, 'MUTATES_CACHE',
    'works in place on the cached exponentials; the value is right the first time only', ['NOT_REENTRANT', 'ALIASED'])


# ------------------------------------------------------------ norms
def batchnorm_forward(x, gamma, beta):
    mu = x.mean(axis=0)
    xc = x - mu
    std = np.sqrt((xc ** 2).mean(axis=0) + 1e-5)
    xn = xc / std
    return gamma * xn + beta, dict(xc=xc, std=std, xn=xn, gamma=gamma)


def bn_no_var(dout, c):
    dgamma = (dout * c['xn']).sum(0)
    dbeta = dout.sum(0)
    dxn = dout * c['gamma']
    dxc = dxn / c['std']
    dx = dxc - dxc.mean(axis=0)
    return dx, dgamma, dbeta


bn_in = lambda rng, n: (2 * rng.standard_normal((n, 3)) + 1, 1 + rng.random(3), rng.standard_normal(3))
bad('wa_batchnorm_var_constant', batchnorm_forward, bn_no_var, bn_in, 'BN_VAR_TERM', 'the variance is treated as a constant', ['MISSING_TERM'])


def layernorm_forward(x, gamma, beta):
    mu, v = x.mean(1, keepdims=True), x.var(1, keepdims=True)
    xhat = (x - mu) / np.sqrt(v + 1e-5)
    return gamma * xhat + beta, (xhat, gamma, np.sqrt(v + 1e-5))


def layernorm_as_batchnorm(dout, cache):
    xhat, gamma, std = cache
    N = dout.shape[0]
    dxhat = dout * gamma
    dx = (1. / N) / std * (N * dxhat - np.sum(dxhat, axis=0) - xhat * np.sum(dxhat * xhat, axis=0))
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


bad('wa_layernorm_over_batch', layernorm_forward, layernorm_as_batchnorm, lambda rng, n: (rng.standard_normal((n, 5)), 1 + rng.random(5), rng.standard_normal(5)),
    'WRONG_AXIS', 'the batch norm backward pasted in: sums over axis 0 where layer norm needs axis 1', ['BN_MEAN_TERM', 'BN_VAR_TERM'])


# ------------------------------------------------------------ dropout, embedding
def dropout(x):
    p = 0.5
    mask = np.random.RandomState(5).rand(*x.shape) < p
    return x * mask / p, (mask, p)


def dropout_redrawn(dout, cache):
    mask, p = cache
    again = np.random.rand(*mask.shape) < p
    return dout * again / p


bad('wa_dropout_mask_drawn_again', dropout, dropout_redrawn, lambda rng, n: (rng.standard_normal((n, 10)),), 'NONDETERMINISTIC',
    'a new random mask is drawn in the backward pass', ['MASK_WRONG', 'NOT_REENTRANT', 'NONLINEAR_DOUT'])
bad('wa_dropout_scale_forgotten', dropout, lambda d, c: d * c[0], lambda rng, n: (rng.standard_normal((n, 10)),), 'SCALE_HALF',
    'the 1/p of inverted dropout is missing in the backward pass (p = 0.5)', ['SCALE_OTHER', 'ELEMENTWISE_FACTOR'])


def embed(idx, W):
    return W[idx], (idx, W)


def embed_assign(dout, cache):
    idx, W = cache
    dW = np.zeros_like(W)
    dW[idx] += dout
    return dW


bad('wa_embedding_fancy_plus_equals', embed, embed_assign, lambda rng, n: (np.r_[2, 2, rng.integers(0, 4, n - 2)], rng.standard_normal((5, 3))), 'REPEATED_INDEX',
    'dW[idx] += dout keeps one contribution per repeated index', ['BATCH_SUBSET', 'MISSING_TERM'])
