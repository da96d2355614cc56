"""Whole nets, penalties, other layers (rows).  One bug each."""
import numpy as np
from scipy.special import expit, logsumexp, softmax as ssoftmax

CASES = []


def put(name, kind, f, b, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=f, backward=b, inputs=inputs, expected=expected,
                      alternatives=tuple(alternatives), note=note))


def G(rng, *s):
    return rng.normal(0, 1, s)


def mlp_in(g, n, D=4, H=5, C=3):
    return dict(W1=G(g, D, H), b1=G(g, H), W2=G(g, H, C), b2=G(g, C)), G(g, n, D), g.integers(0, C, n)


def forward(params, X, y):
    h = np.maximum(0, X @ params['W1'] + params['b1'])
    s = h @ params['W2'] + params['b2']
    p = ssoftmax(s, axis=1)
    N = len(y)
    return h, p, -np.log(p[np.arange(N), y]).sum() / N


# 1 the 2 of reg*W*W
def two_layer_reg(params, X, y, reg):
    W1, b1, W2, b2 = params['W1'], params['b1'], params['W2'], params['b2']
    h, p, loss = forward(params, X, y)
    N = X.shape[0]
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    d = p.copy()
    d[np.arange(N), y] -= 1
    d /= N
    dh = d.dot(W2.T) * (h > 0)
    return loss, {'W1': X.T.dot(dh) + 2 * reg * W1, 'b1': dh.sum(0), 'W2': h.T.dot(d) + 2 * reg * W2, 'b2': d.sum(0)}


put('wd_half_reg_gradient_2reg', 'net', two_layer_reg, None, lambda g, n: mlp_in(g, n) + (0.4,), 'EXTRA_REG', ('ADDITIVE_TERM', 'SCALE_TWO'),
    'loss has 0.5*reg*W^2, the gradient 2*reg*W')


# 2
def two_layer_noreg(params, X, y, reg):
    h, p, loss = forward(params, X, y)
    loss += reg * sum(np.sum(params[k] ** 2) for k in ('W1', 'W2'))
    N = X.shape[0]
    d = (p - np.eye(3)[y]) / N
    dh = d.dot(params['W2'].T) * (h > 0)
    return loss, {'W1': X.T.dot(dh), 'b1': dh.sum(0), 'W2': h.T.dot(d), 'b2': d.sum(0)}


put('wd_reg_missing', 'net', two_layer_noreg, None, lambda g, n: mlp_in(g, n) + (0.3,), 'MISSING_REG', (), 'no regularisation in any gradient')


# 3
def two_layer_relu_missing(params, X, y):
    h, p, loss = forward(params, X, y)
    d = (p - np.eye(3)[y]) / X.shape[0]
    dh = d.dot(params['W2'].T)
    return loss, {'W1': X.T.dot(dh), 'b1': dh.sum(0), 'W2': h.T.dot(d), 'b2': d.sum(0)}


put('wd_relu_backward_missing', 'net', two_layer_relu_missing, None, mlp_in, 'MASK_MISSING', ('MASK_LEAK', 'MISSING_TERM'),
    'dh is never masked by h > 0')


# 4
def two_layer_noN(params, X, y):
    h, p, loss = forward(params, X, y)
    d = p - np.eye(3)[y]
    dh = d.dot(params['W2'].T) * (h > 0)
    return loss, dict(W1=X.T.dot(dh), b1=dh.sum(0), W2=h.T.dot(d), b2=d.sum(0))


put('wd_dscores_not_over_N', 'net', two_layer_noN, None, mlp_in, 'SCALE_BATCH', (), 'dscores not divided by N while the loss is a mean')


# 5
def two_layer_mask_dh(params, X, y):
    h, p, loss = forward(params, X, y)
    d = (p - np.eye(3)[y]) / len(X)
    dh = d.dot(params['W2'].T)
    dh[dh <= 0] = 0
    return loss, dict(W1=X.T.dot(dh), b1=dh.sum(0), W2=h.T.dot(d), b2=d.sum(0))


put('wd_mask_from_dh', 'net', two_layer_mask_dh, None, mlp_in, 'MASK_FROM_DOUT', ('MASK_WRONG', 'UNNAMED'),
    'dh[dh <= 0] = 0 instead of dh[h <= 0] = 0')


# 6
def two_layer_key(params, X, y):
    h, p, loss = forward(params, X, y)
    d = (p - np.eye(3)[y]) / len(X)
    dh = d.dot(params['W2'].T) * (h > 0)
    return loss, dict(W1=X.T.dot(dh), b1=dh.sum(0), W2=h.T.dot(d))


put('wd_b2_missing', 'net', two_layer_key, None, mlp_in, 'MISSING_GRAD', (), 'grads has no b2')


# 7 svm loops
def svm_naive(params, X, y, reg):
    W = params['W']
    dW = np.zeros(W.shape)
    N, C = X.shape[0], W.shape[1]
    loss = 0.0
    for i in range(N):
        s = X[i].dot(W)
        for j in range(C):
            if j == y[i]:
                continue
            margin = s[j] - s[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
    return loss / N + reg * np.sum(W * W), {'W': dW / N + 2 * reg * W}


put('wd_svm_no_correct_class', 'net', svm_naive, None, lambda g, n: (dict(W=G(g, 3, 4)), G(g, n, 3), g.integers(0, 4, n), 0.1),
    'LABEL_TERM', ('MISSING_TERM',), 'dW[:, y[i]] -= X[i] forgotten')


# 8
def softmax_naive(params, X, y, reg):
    W = params['W']
    loss, dW = 0.0, np.zeros_like(W)
    N = len(X)
    for i in range(N):
        f = X[i].dot(W)
        f -= f.max()
        p = np.exp(f) / np.exp(f).sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] = (p[j] - (j == y[i])) * X[i]
    return loss / N + reg * np.sum(W ** 2), {'W': dW / N + 2 * reg * W}


put('wd_softmax_naive_assign', 'net', softmax_naive, None, lambda g, n: (dict(W=G(g, 3, 4)), G(g, n, 3), g.integers(0, 4, n), 0.3),
    'BATCH_SUBSET', (), 'dW[:, j] = instead of +=: only the last example')


# 9
def lasso(params, X, y, lam):
    e = X @ params['w'] - y
    return 0.5 * np.mean(e ** 2) + lam * np.abs(params['w']).sum(), {'w': X.T @ e / len(e) + lam * np.abs(params['w'])}


put('wd_lasso_abs', 'net', lasso, None, lambda g, n: (dict(w=G(g, 4)), G(g, n, 4), G(g, n), 0.3), 'ADDITIVE_TERM',
    ('MISSING_REG', 'EXTRA_REG', 'UNNAMED'), 'penalty |w| differentiated as |w| instead of sign(w)')


# 10
def ridge(params, X, y, lam):
    e = y - (X @ params['w'] + params['b'])
    n = len(y)
    return (e @ e) / n, {'w': 2 * X.T @ e / n, 'b': np.array([2 * e.mean()])}


put('wd_linreg_sign', 'net', ridge, None, lambda g, n: (dict(w=G(g, 4), b=G(g, 1)), G(g, n, 4), G(g, n), 0.5), 'SIGN', (),
    'e = y - yhat, minus sign of the chain rule lost')


# 11 nielsen
def make_nielsen(bug):
    def nielsen(params, X, Y):
        w1, b1, w2, b2 = (params[k] for k in ('w1', 'b1', 'w2', 'b2'))
        nw1, nb1, nw2, nb2 = (np.zeros_like(params[k]) for k in ('w1', 'b1', 'w2', 'b2'))
        cost = 0.
        for x, y in zip(X, Y):
            x, y = x[:, None], y[:, None]
            z1 = w1 @ x + b1
            a1 = expit(z1)
            z2 = w2 @ a1 + b2
            a2 = expit(z2)
            cost += 0.5 * np.sum((a2 - y) ** 2)
            delta = a2 - y
            if bug != 'cross':
                delta = delta * a2 * (1 - a2)
            nb2 += delta
            nw2 += delta @ a1.T
            delta = (w2.T @ delta) * (a1 * (1 - a1) if bug != 'point' else z1 * (1 - z1))
            nb1 += delta
            nw1 += delta @ x.T
        return cost, dict(w1=nw1, b1=nb1, w2=nw2, b2=nb2)
    return nielsen


def niel_in(g, n):
    return dict(w1=G(g, 4, 3), b1=G(g, 4, 1), w2=G(g, 2, 4), b2=G(g, 2, 1)), G(g, n, 3), g.uniform(size=(n, 2))


put('wd_nielsen_crossentropy_delta', 'net', make_nielsen('cross'), None, niel_in, 'ELEMENTWISE_FACTOR', ('MISSING_TERM', 'UNNAMED'),
    'delta of the cross-entropy cost with the quadratic cost: sigma\'(z2) is missing')
# 12
put('wd_nielsen_point', 'net', make_nielsen('point'), None, niel_in, 'WRONG_POINT', ('ELEMENTWISE_FACTOR',),
    'hidden layer: z1*(1-z1) instead of a1*(1-a1)')


# 13
def tied(params, X, y):
    W, b, c = params['W'], params['b'], params['c']
    H = np.tanh(X @ W + b)
    E = H @ W.T + c - y
    n = len(X)
    dR = E / n
    dZ = dR @ W * (1 - H ** 2)
    return 0.5 * np.sum(E ** 2) / n, {'W': X.T @ dZ, 'b': dZ.sum(0), 'c': dR.sum(0)}


put('wd_tied_one_use', 'net', tied, None, lambda g, n: (dict(W=G(g, 4, 2), b=G(g, 2), c=G(g, 4)), G(g, n, 4), G(g, n, 4)), 'MISSING_TERM', (),
    'tied weight: only the encoder use counted')


# 14
def resblock(x, W1, W2):
    h = np.maximum(x @ W1, 0)
    return x + h @ W2, (x, h, W1, W2)


def resblock_b(dout, cache):
    x, h, W1, W2 = cache
    dx = dout
    dh = dout @ W2.T * (h > 0)
    dW2 = h.T @ dout
    dx += dh @ W1.T
    return dx, x.T @ dh, dW2


put('wd_resblock_inplace', 'layer', resblock, resblock_b, lambda g, n: (G(g, n, 3), G(g, 3, 5), G(g, 5, 3)), 'MUTATES_DOUT', ('ALIASED',),
    'dx is dout and the branch is added to it in place')


# 15 micrograd without zero_grad
def micro(x, w):
    z = x @ w
    return np.tanh(z), {'x': x, 'w': w, 'out': np.tanh(z), 'grad': {'x': np.zeros(x.shape), 'w': np.zeros(w.shape)}}


def micro_b(dout, node):
    dz = dout * (1 - node['out'] ** 2)
    node['grad']['x'] += dz @ node['w'].T
    node['grad']['w'] += node['x'].T @ dz
    return node['grad']['x'], node['grad']['w']


put('wd_no_zero_grad', 'layer', micro, micro_b, lambda g, n: (G(g, n, 3), G(g, 3, 2)), 'NOT_REENTRANT', ('MUTATES_CACHE', 'ALIASED'),
    'gradients accumulate in the node; a second backward adds to the first (no zero_grad)')


# 16 skip connection copied from another block
def dense_tanh(x, w, b):
    t = np.tanh(x @ w + b)
    return t, (x, w, t)


def dense_tanh_b(dout, cache):
    x, w, t = cache
    dz = dout * (1 - t ** 2)
    dx = dz @ w.T
    dx = dx + dout
    return dx, x.T @ dz, dz.sum(0)


put('wd_skip_that_is_not_there', 'layer', dense_tanh, dense_tanh_b, lambda g, n: (G(g, n, 3), G(g, 3, 3), G(g, 3)), 'ADDITIVE_TERM',
    ('UNNAMED',), 'dx + dout as for a residual block, but the forward has no skip connection')


# 17
def matfact(params, X, y, reg):
    U, V = params['U'], params['V']
    i, j = X[:, 0], X[:, 1]
    e = (U[i] * V[j]).sum(1) - y
    loss = 0.5 * np.sum(e ** 2) + 0.5 * reg * (np.sum(U ** 2) + np.sum(V ** 2))
    dU, dV = reg * U, reg * V
    dU[i] += e[:, None] * V[j]
    np.add.at(dV, j, e[:, None] * U[i])
    return loss, {'U': dU, 'V': dV}


put('wd_matfact_repeats', 'net', matfact, None,
    lambda g, n: (dict(U=G(g, 2, 2), V=G(g, 4, 2)), np.stack([g.integers(0, 2, 2 * n), g.integers(0, 4, 2 * n)], 1), G(g, 2 * n), 0.1),
    'REPEATED_INDEX', ('BATCH_SUBSET',), 'dU[i] += loses users that occur more than once')


# 18
def select_rows(x, W, rows, cols):
    return x @ W[rows][:, cols], (x, W, rows, cols)


def select_rows_b(dout, cache):
    x, W, rows, cols = cache
    dW = np.zeros_like(W)
    dW[rows][:, cols] += x.T @ dout
    return dout @ W[rows][:, cols].T, dW


put('wd_chained_fancy_zero', 'layer', select_rows, select_rows_b,
    lambda g, n: (G(g, n, 3), G(g, 5, 4), np.array([0, 2, 4]), np.array([1, 3])), 'ZERO', (),
    'dW[rows][:, cols] += writes into a copy: dW stays zero')


# 19
def l2norm(x):
    nrm = np.linalg.norm(x, axis=1, keepdims=True)
    return x / nrm, (x / nrm, nrm)


put('wd_l2norm_constant_norm', 'layer', l2norm, lambda du, c: (du / c[1],), lambda g, n: (G(g, n, 4),), 'MISSING_TERM',
    ('ADDITIVE_TERM', 'BN_VAR_TERM'), 'the norm is treated as a constant')


# 20
def info_nce(scores, y):
    tau = 0.5
    s = scores / tau
    n = len(s)
    lp = s - logsumexp(s, axis=1, keepdims=True)
    d = np.exp(lp)
    d[np.arange(n), y] -= 1
    return -lp[np.arange(n), y].mean(), d / n


put('wd_infonce_temperature', 'loss', info_nce, None, lambda g, n: (G(g, n, n), np.arange(n)), 'SCALE_HALF', ('SCALE_OTHER',),
    'the 1/tau (tau = 0.5) is missing: half of the gradient')


# 21
def concat_branches(a, b, W):
    z = np.hstack([a, b])
    return z @ W, (z, a.shape[1], W)


def concat_branches_b(dout, cache):
    z, k, W = cache
    dz = dout @ W.T
    return dz[:, k:], dz[:, :k], z.T @ dout


put('wd_concat_swapped', 'layer', concat_branches, concat_branches_b, lambda g, n: (G(g, n, 3), G(g, n, 3), G(g, 6, 4)), 'SWAPPED', (),
    'the halves of dz are returned the wrong way round')


# 22
def mask_net(params, X, y, mask):
    h = np.maximum(X @ params['W1'], 0)
    hd = h * mask / 0.5
    p = ssoftmax(hd @ params['W2'], axis=1)
    n = len(y)
    d = (p - np.eye(3)[y]) / n
    dh = (d @ params['W2'].T) * (1 - mask) / 0.5
    dh *= h > 0
    return -np.log(p[range(n), y]).mean(), {'W1': X.T @ dh, 'W2': hd.T @ d}


put('wd_dropout_inverted', 'net', mask_net, None, lambda g, n: (dict(W1=G(g, 4, 6), W2=G(g, 6, 3)), G(g, n, 4), g.integers(0, 3, n),
                                                               g.integers(0, 2, (n, 6))), 'MASK_INVERTED', ('MASK_WRONG', 'UNNAMED'),
    'dropped units get the gradient: 1 - mask')


# 23
def broadcast_scale(x, s, t):
    return x * s + t, (x, s)


def broadcast_scale_b(dout, cache):
    x, s = cache
    return dout * s, np.sum(dout * x), dout.sum(axis=0)


put('wd_scale_oversummed', 'layer', broadcast_scale, broadcast_scale_b, lambda g, n: (G(g, n, 4), G(g, 4), G(g, 4)), 'OVER_SUMMED',
    ('WRONG_SHAPE',), 'ds summed over all axes: a scalar for a vector')


# 24
def cosine(a, b):
    na, nb = np.sqrt((a ** 2).sum(1)), np.sqrt((b ** 2).sum(1))
    c = (a * b).sum(1) / (na * nb)
    return c, (a, b, na, nb, c)


def cosine_b(dc, cache):
    a, b, na, nb, c = cache
    k = (dc / (na * nb))[:, None]
    return k * b + (dc * c / na ** 2)[:, None] * a, k * a + (dc * c / nb ** 2)[:, None] * b


put('wd_cosine_plus', 'layer', cosine, cosine_b, lambda g, n: (G(g, n, 4), G(g, n, 4)), 'UNNAMED', ('ADDITIVE_TERM', 'SIGN'),
    'plus instead of minus in front of the second term')


# 25
def linear_sum_loss(params, X, y):
    e = X @ params['W'] + params['b'] - y
    dW = X.T @ e / len(X)
    return 0.5 * np.sum(e ** 2), {'W': dW, 'b': e.sum(axis=0) / len(X)}


put('wd_sum_loss_mean_grad', 'net', linear_sum_loss, None, lambda g, n: (dict(W=G(g, 3, 2), b=G(g, 2)), G(g, n, 3), G(g, n, 2)),
    'SCALE_INV_BATCH', (), 'the loss is a sum, the gradients are means')
