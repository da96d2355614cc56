"""Whole nets, penalties, other layers (rows).  All correct."""
import numpy as np
from functools import reduce
from scipy.special import expit, logsumexp, softmax as ssoftmax

CASES = []


def put(name, kind, f, b, inputs):
    CASES.append(dict(name=name, kind=kind, forward=f, backward=b, inputs=inputs, expected=None, alternatives=(),
                      note='correct'))


def G(rng, *s):
    return rng.normal(0, 1, s)


def mlp_in(g, n, D=4, H=5, C=3):
    return dict(W1=G(g, D, H), b1=G(g, H), W2=G(g, H, C), b2=G(g, C)), G(g, n, D), g.integers(0, C, n)


# 1 cs231n two layer net
def two_layer_loss(params, X, y, reg=0.0):
    W1, b1 = params['W1'], params['b1']
    W2, b2 = params['W2'], params['b2']
    N, D = X.shape
    h1 = np.maximum(0, X.dot(W1) + b1)
    scores = h1.dot(W2) + b2
    scores = scores - np.max(scores, axis=1, keepdims=True)
    exp = np.exp(scores)
    probs = exp / np.sum(exp, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[np.arange(N), y])) / N
    loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    grads = {}
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads['W2'] = h1.T.dot(dscores) + 2 * reg * W2
    grads['b2'] = np.sum(dscores, axis=0)
    dh = dscores.dot(W2.T)
    dh[h1 <= 0] = 0
    grads['W1'] = X.T.dot(dh) + 2 * reg * W1
    grads['b1'] = np.sum(dh, axis=0)
    return loss, grads


put('rd_two_layer', 'net', two_layer_loss, None, lambda g, n: mlp_in(g, n) + (0.25,))


# 2 half reg
def half_reg(params, X, y, reg):
    loss, g = two_layer_loss(params, X, y)
    for k in ('W1', 'W2'):
        loss += 0.5 * reg * np.sum(params[k] ** 2)
        g[k] = g[k] + reg * params[k]
    return loss, g


put('rd_half_reg', 'net', half_reg, None, lambda g, n: mlp_in(g, n) + (0.4,))


# 3 linear svm with loops
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
                dW[:, y[i]] -= X[i]
    loss /= N
    dW /= N
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, {'W': dW}


put('rd_svm_naive', 'net', svm_naive, None, lambda g, n: (dict(W=G(g, 3, 4)), G(g, n, 3), g.integers(0, 4, n), 0.1))


# 4 linear svm vectorised
def svm_vec(params, X, y, reg):
    W = params['W']
    N = X.shape[0]
    S = X @ W
    M = np.maximum(0, S - S[np.arange(N), y][:, None] + 1)
    M[np.arange(N), y] = 0
    B = (M > 0).astype(float)
    B[np.arange(N), y] = -B.sum(axis=1)
    return M.sum() / N + reg * (W * W).sum(), {'W': X.T @ B / N + 2 * reg * W}


put('rd_svm_vec', 'net', svm_vec, None, lambda g, n: (dict(W=G(g, 3, 4)), G(g, n, 3), g.integers(0, 4, n), 0.1))


# 5 softmax regression loops
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
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    return loss / N + reg * np.sum(W ** 2), {'W': dW / N + 2 * reg * W}


put('rd_softmax_naive', 'net', softmax_naive, None, lambda g, n: (dict(W=G(g, 3, 4)), G(g, n, 3), g.integers(0, 4, n), 0.3))


# 6 ridge, 7 lasso, 8 elastic
def ridge(params, X, y, lam):
    e = X @ params['w'] + params['b'] - y
    n = len(y)
    return (e @ e) / n + lam * params['w'] @ params['w'], {'w': 2 * X.T @ e / n + 2 * lam * params['w'], 'b': np.array([2 * e.mean()])}


def lasso(params, X, y, lam):
    e = X @ params['w'] - y
    return 0.5 * np.mean(e ** 2) + lam * np.abs(params['w']).sum(), {'w': X.T @ e / len(e) + lam * np.sign(params['w'])}


def elastic(params, X, y, l1, l2):
    w = params['w']
    r = X.dot(w) - y
    return 0.5 * r.dot(r) + l1 * np.linalg.norm(w, 1) + 0.5 * l2 * np.linalg.norm(w) ** 2, {'w': r.dot(X) + l1 * np.sign(w) + l2 * w}


put('rd_ridge', 'net', ridge, None, lambda g, n: (dict(w=G(g, 4), b=G(g, 1)), G(g, n, 4), G(g, n), 0.5))
put('rd_lasso', 'net', lasso, None, lambda g, n: (dict(w=G(g, 4)), G(g, n, 4), G(g, n), 0.3))
put('rd_elastic', 'net', elastic, None, lambda g, n: (dict(w=G(g, 4)), G(g, n, 4), G(g, n), 0.3, 0.2))


# 9 fully connected net with batchnorm, modular
def aff(x, w, b):
    return x @ w + b, (x, w)


def aff_b(d, c):
    return d @ c[1].T, c[0].T @ d, d.sum(0)


def bn(x, g, b):
    m, v = x.mean(0), x.var(0)
    s = np.sqrt(v + 1e-5)
    h = (x - m) / s
    return g * h + b, (h, s, g)


def bn_b(d, c):
    h, s, g = c
    dg, db = (d * h).sum(0), d.sum(0)
    return g / s * (d - db / len(d) - h * dg / len(d)), dg, db


def fcnet(params, X, y, reg):
    L = sum(k.startswith('W') for k in params)
    h, caches = X, []
    for i in range(1, L):
        h, c1 = aff(h, params['W%d' % i], params['b%d' % i])
        h, c2 = bn(h, params['gamma%d' % i], params['beta%d' % i])
        mask = h > 0
        h = h * mask
        caches.append((c1, c2, mask))
    s, clast = aff(h, params['W%d' % L], params['b%d' % L])
    lp = s - logsumexp(s, axis=1, keepdims=True)
    N = len(y)
    loss = -lp[np.arange(N), y].mean()
    d = np.exp(lp)
    d[np.arange(N), y] -= 1
    d /= N
    grads = {}
    d, grads['W%d' % L], grads['b%d' % L] = aff_b(d, clast)
    for i in range(L - 1, 0, -1):
        c1, c2, mask = caches[i - 1]
        d = d * mask
        d, grads['gamma%d' % i], grads['beta%d' % i] = bn_b(d, c2)
        d, grads['W%d' % i], grads['b%d' % i] = aff_b(d, c1)
    for k in params:
        if k[0] == 'W':
            loss += 0.5 * reg * np.sum(params[k] ** 2)
            grads[k] += reg * params[k]
    return loss, grads


def fc_in(g, n):
    dims = [4, 5, 4, 3]
    p = {}
    for i in range(1, 4):
        p['W%d' % i], p['b%d' % i] = G(g, dims[i - 1], dims[i]), G(g, dims[i])
        if i < 3:
            p['gamma%d' % i], p['beta%d' % i] = G(g, dims[i]), G(g, dims[i])
    return p, G(g, n, 4), g.integers(0, 3, n), 0.05


put('rd_fcnet_bn', 'net', fcnet, None, fc_in)


# 10 nielsen backprop, one example at a time, quadratic cost
def nielsen(params, X, Y):
    ws, bs = [params['w1'], params['w2']], [params['b1'], params['b2']]
    nw, nb = [np.zeros(w.shape) for w in ws], [np.zeros(b.shape) for b in bs]
    cost = 0.
    for x, y in zip(X, Y):
        a = x.reshape(-1, 1)
        acts, zs = [a], []
        for w, b in zip(ws, bs):
            z = np.dot(w, a) + b
            zs.append(z)
            a = expit(z)
            acts.append(a)
        yy = y.reshape(-1, 1)
        cost += 0.5 * np.linalg.norm(a - yy) ** 2
        sp = lambda z: expit(z) * (1 - expit(z))
        delta = (acts[-1] - yy) * sp(zs[-1])
        nb[-1] += delta
        nw[-1] += np.dot(delta, acts[-2].T)
        delta = np.dot(ws[-1].T, delta) * sp(zs[-2])
        nb[-2] += delta
        nw[-2] += np.dot(delta, acts[-3].T)
    return cost, dict(w1=nw[0], b1=nb[0], w2=nw[1], b2=nb[1])


put('rd_nielsen', 'net', nielsen, None,
    lambda g, n: (dict(w1=G(g, 4, 3), b1=G(g, 4, 1), w2=G(g, 2, 4), b2=G(g, 2, 1)), G(g, n, 3), g.uniform(size=(n, 2))))


# 11 logistic regression rows, sum loss, labels +-1
def logistic_pm(params, X, y):
    m = y * (X @ params['w'])
    return np.log1p(np.exp(-m)).sum(), {'w': -X.T @ (y * expit(-m))}


put('rd_logistic_pm', 'net', logistic_pm, None,
    lambda g, n: (dict(w=G(g, 3)), G(g, n, 3), g.choice([-1.0, 1.0], n)))


# 12 autoencoder with tied weights
def tied(params, X, y):
    W, b, c = params['W'], params['b'], params['c']
    H = np.tanh(X @ W + b)
    R = H @ W.T + c
    E = R - y
    n = len(X)
    dR = E / n
    dH = dR @ W
    dZ = dH * (1 - H ** 2)
    return 0.5 * np.sum(E ** 2) / n, {'W': dR.T @ H + X.T @ dZ, 'b': dZ.sum(0), 'c': dR.sum(0)}


put('rd_tied_autoencoder', 'net', tied, None, lambda g, n: (dict(W=G(g, 4, 2), b=G(g, 2), c=G(g, 4)), G(g, n, 4), G(g, n, 4)))


# 13 residual block layer
def resblock(x, W1, W2):
    h = np.maximum(x @ W1, 0)
    return x + h @ W2, (x, h, W1, W2)


def resblock_b(dout, cache):
    x, h, W1, W2 = cache
    dh = dout @ W2.T * (h > 0)
    return dout + dh @ W1.T, x.T @ dh, h.T @ dout


put('rd_resblock', 'layer', resblock, resblock_b, lambda g, n: (G(g, n, 3), G(g, 3, 5), G(g, 5, 3)))


# 14 micrograd: scalar graph objects
class Value:
    def __init__(self, data, children=(), local=()):
        self.data, self._prev, self.local = data, children, local

    def __add__(self, o):
        return Value(self.data + o.data, (self, o), (1.0, 1.0))

    def __mul__(self, o):
        return Value(self.data * o.data, (self, o), (o.data, self.data))

    def tanh(self):
        t = np.tanh(self.data)
        return Value(t, (self,), (1 - t * t,))


def topo(roots):
    order, seen = [], set()

    def build(v):
        if id(v) not in seen:
            seen.add(id(v))
            for c in v._prev:
                build(c)
            order.append(v)
    for q in roots:
        build(q)
    return order


def neuron_layer(x, w, b):
    X = [[Value(v) for v in row] for row in x]
    Wv = [[Value(v) for v in row] for row in w]
    B = [Value(v) for v in b]
    out = [[reduce(lambda s, p: s + p[0] * p[1], zip(row, wj), bj).tanh() for wj, bj in zip(Wv, B)] for row in X]
    return np.array([[o.data for o in row] for row in out]), (X, Wv, B, out)


def neuron_layer_b(dout, cache):
    X, Wv, B, out = cache
    order = topo([o for row in out for o in row])
    grad = {id(v): 0.0 for v in order}
    for row, drow in zip(out, dout):
        for o, d in zip(row, drow):
            grad[id(o)] = d
    for v in reversed(order):
        for child, loc in zip(v._prev, v.local):
            grad[id(child)] += loc * grad[id(v)]
    val = lambda M: np.array([[grad[id(v)] for v in row] for row in M])
    return val(X), val(Wv), np.array([grad[id(v)] for v in B])


put('rd_micrograd', 'layer', neuron_layer, neuron_layer_b, lambda g, n: (G(g, n, 3), G(g, 2, 3), G(g, 2)))


# 15 weight decay on everything with max-ent penalty
def entropy_penalty(params, X, y, beta):
    Z = X @ params['W']
    P = ssoftmax(Z, axis=1)
    N = len(y)
    logP = np.log(P)
    H = -(P * logP).sum(1)
    loss = (-logP[np.arange(N), y] - beta * H).mean()
    dZ = P.copy()
    dZ[np.arange(N), y] -= 1
    dZ += beta * P * (logP + H[:, None])
    return loss, {'W': X.T @ dZ / N}


put('rd_entropy_penalty', 'net', entropy_penalty, None, lambda g, n: (dict(W=G(g, 3, 4)), G(g, n, 3), g.integers(0, 4, n), 0.2))


# 16 activity regulariser (penalty on hidden activations)
def sparse_hidden(params, X, y, lam):
    A = expit(X @ params['W1'])
    yh = A @ params['W2']
    n = len(X)
    e = yh - y
    loss = (e ** 2).sum() / (2 * n) + lam * (A ** 2).sum() / n
    dA = e @ params['W2'].T / n + 2 * lam * A / n
    return loss, {'W1': X.T @ (dA * A * (1 - A)), 'W2': A.T @ e / n}


put('rd_activity_penalty', 'net', sparse_hidden, None,
    lambda g, n: (dict(W1=G(g, 3, 4), W2=G(g, 4, 2)), G(g, n, 3), G(g, n, 2), 0.3))


# 17 L2 normalise rows
def l2norm(x):
    nrm = np.linalg.norm(x, axis=1, keepdims=True)
    u = x / nrm
    return u, (u, nrm)


def l2norm_b(du, cache):
    u, nrm = cache
    return ((du - u * np.sum(u * du, axis=1, keepdims=True)) / nrm,)


put('rd_l2_normalise', 'layer', l2norm, l2norm_b, lambda g, n: (G(g, n, 4),))


# 18 factorisation machine / matrix factorisation with add.at
def matfact(params, X, y, reg):
    U, V = params['U'], params['V']
    i, j = X[:, 0], X[:, 1]
    e = (U[i] * V[j]).sum(1) - y
    loss = 0.5 * np.sum(e ** 2) + 0.5 * reg * (np.sum(U ** 2) + np.sum(V ** 2))
    dU, dV = reg * U, reg * V
    np.add.at(dU, i, e[:, None] * V[j])
    np.add.at(dV, j, e[:, None] * U[i])
    return loss, {'U': dU, 'V': dV}


put('rd_matfact', 'net', matfact, None, lambda g, n: (dict(U=G(g, 3, 2), V=G(g, 4, 2)),
                                                     np.stack([g.integers(0, 3, 2 * n), g.integers(0, 4, 2 * n)], 1), G(g, 2 * n), 0.1))


# 19 gaussian NLL two heads
def gauss_nll(params, X, y):
    mu = X @ params['wm'] + params['b'][0]
    ls = X @ params['ws'] + params['b'][1]
    z = (y - mu) * np.exp(-ls)
    n = len(y)
    dmu = -z * np.exp(-ls) / n
    dls = (1 - z ** 2) / n
    return np.mean(ls + 0.5 * z ** 2), {'wm': X.T @ dmu, 'ws': X.T @ dls, 'b': np.array([dmu.sum(), dls.sum()])}


put('rd_gauss_nll', 'net', gauss_nll, None, lambda g, n: (dict(wm=G(g, 3), ws=.3 * G(g, 3), b=.3 * G(g, 2)), G(g, n, 3), G(g, n)))


# 20 triplet-ish contrastive loss
def info_nce(scores, y):
    tau = 0.5
    s = scores / tau
    lp = s - logsumexp(s, axis=1, keepdims=True)
    lq = s - logsumexp(s, axis=0, keepdims=True)
    n = len(s)
    loss = -(np.trace(lp) + np.trace(lq)) / (2 * n)
    d = (np.exp(lp) + np.exp(lq) - 2 * np.eye(n)) / (2 * n * tau)
    return loss, d


put('rd_clip_loss', 'loss', info_nce, None, lambda g, n: (G(g, n, n), np.arange(n)))


# 21 KL loss with target distribution and temperature
def distill(scores, y):
    T = 3.0
    q = y
    lp = scores / T - logsumexp(scores / T, axis=1, keepdims=True)
    loss = T ** 2 * (q * (np.log(q) - lp)).sum(1).mean()
    return loss, T * (np.exp(lp) - q) / len(scores)


put('rd_distill', 'loss', distill, None, lambda g, n: (G(g, n, 4), g.dirichlet(np.ones(4), n)))


# 22 concat + slice layer
def concat_branches(a, b, W):
    z = np.hstack([a, np.tanh(b)])
    return z @ W, (z, a.shape[1], W)


def concat_branches_b(dout, cache):
    z, k, W = cache
    dz = dout @ W.T
    return dz[:, :k], dz[:, k:] * (1 - z[:, k:] ** 2), z.T @ dout


put('rd_concat', 'layer', concat_branches, concat_branches_b, lambda g, n: (G(g, n, 2), G(g, n, 3), G(g, 5, 4)))


# 23 dropout + affine net, mask passed as X side data
def mask_net(params, X, y, mask):
    h = np.maximum(X @ params['W1'], 0)
    hd = h * mask / 0.5
    s = hd @ params['W2']
    n = len(y)
    p = ssoftmax(s, axis=1)
    d = (p - np.eye(3)[y]) / n
    dh = (d @ params['W2'].T) * mask / 0.5
    dh *= h > 0
    return -np.log(p[range(n), y]).mean(), {'W1': X.T @ dh, 'W2': hd.T @ d}


put('rd_mask_net', 'net', mask_net, None, lambda g, n: (dict(W1=G(g, 4, 6), W2=G(g, 6, 3)), G(g, n, 4), g.integers(0, 3, n),
                                                       g.integers(0, 2, (n, 6))))


# 24 cosine similarity layer
def cosine(a, b):
    na, nb = np.sqrt((a ** 2).sum(1)), np.sqrt((b ** 2).sum(1))
    c = (a * b).sum(1) / (na * nb)
    return c, (a, b, na, nb, c)


def cosine_b(dc, cache):
    a, b, na, nb, c = cache
    k = (dc / (na * nb))[:, None]
    return k * b - (dc * c / na ** 2)[:, None] * a, k * a - (dc * c / nb ** 2)[:, None] * b


put('rd_cosine', 'layer', cosine, cosine_b, lambda g, n: (G(g, n, 4), G(g, n, 4)))


# 25 stack of layers as closures
def chain_fwd(x, W1, b1, W2):
    tape = []
    z = x @ W1 + b1
    tape.append(lambda d: (d @ W1.T, x.T @ d, d.sum(axis=0)))
    s = expit(z)
    h = z * s
    tape.append(lambda d: d * (s + z * s * (1 - s)))
    o = h @ W2
    tape.append(lambda d: (d @ W2.T, h.T @ d))
    return o, tape


def chain_bwd(d, tape):
    d, dW2 = tape[2](d)
    d = tape[1](d)
    return tape[0](d) + (dW2,)


put('rd_swish_tape', 'layer', chain_fwd, chain_bwd, lambda g, n: (G(g, n, 3), G(g, 3, 4), G(g, 4), G(g, 4, 2)))
