import numpy as np

CASES = []


def case(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=expected, alternatives=tuple(alternatives), note=note))


def softmax_loss(x, y):
    s = x - x.max(axis=1, keepdims=True)
    z = np.exp(s)
    Z = z.sum(axis=1, keepdims=True)
    logp = s - np.log(Z)
    N = x.shape[0]
    dx = z / Z
    dx[np.arange(N), y] -= 1
    dx /= N
    return -np.sum(logp[np.arange(N), y]) / N, dx


def li(scale=1.0, C=5, shift=0.0, one=False, same=False, dt=float):
    def inputs(rng, n):
        n = 1 if one else n
        y = rng.integers(0, C, n)
        if same:
            y[:] = C - 1
        return (shift + scale * rng.standard_normal((n, C))).astype(dt), y
    return inputs


case('softmax', 'loss', softmax_loss, None, li(), None)
case('softmax 200 classes', 'loss', softmax_loss, None, li(C=200), None)
case('softmax scores 1e3', 'loss', softmax_loss, None, li(1e3), None)
case('softmax shift 1e4', 'loss', softmax_loss, None, li(shift=1e4), None)
case('softmax scores 1e-8', 'loss', softmax_loss, None, li(1e-8), None)
case('softmax one sample', 'loss', softmax_loss, None, li(one=True), None)
case('softmax one label', 'loss', softmax_loss, None, li(same=True), None)
case('softmax equal scores', 'loss', softmax_loss, None, li(0.0), None)
case('softmax float32', 'loss', softmax_loss, None, li(dt=np.float32), None)
case('softmax one class', 'loss', softmax_loss, None, li(C=1), None, note='gradient is exactly zero')


def onehot_loss(x, t):
    s = x - np.max(x, axis=1, keepdims=True)
    lse = np.log(np.sum(np.exp(s), axis=1, keepdims=True))
    N = len(x)
    return -np.sum(t * (s - lse)) / N, (np.exp(s - lse) - t) / N


def onehot_in(rng, n):
    return rng.standard_normal((n, 4)), np.eye(4)[rng.integers(0, 4, n)]
case('softmax one-hot', 'loss', onehot_loss, None, onehot_in, None)


def svm_loss(x, y):
    N = x.shape[0]
    m = np.maximum(0, x - x[np.arange(N), y][:, None] + 1)
    m[np.arange(N), y] = 0
    g = (m > 0).astype(x.dtype)
    g[np.arange(N), y] = -g.sum(axis=1)
    return m.sum() / N, g / N
case('svm', 'loss', svm_loss, None, li(), None)
case('svm large scores', 'loss', svm_loss, None, li(1e4), None)


def sep_in(rng, n):
    y = rng.integers(0, 4, n)
    x = rng.standard_normal((n, 4))
    x[np.arange(n), y] += 100.0
    return x, y
case('svm all margins met', 'loss', svm_loss, None, sep_in, None, note='loss and gradient zero')


def svm_loop(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros_like(x)
    for i in range(N):
        for j in range(C):
            if j != y[i] and x[i, j] - x[i, y[i]] + 1 > 0:
                loss += (x[i, j] - x[i, y[i]] + 1) ** 2
                dx[i, j] += 2 * (x[i, j] - x[i, y[i]] + 1)
                dx[i, y[i]] -= 2 * (x[i, j] - x[i, y[i]] + 1)
    return loss / N, dx / N
case('squared hinge loops', 'loss', svm_loop, None, li(), None)


def mse(x, t):
    d = x - t
    return np.mean(d ** 2), 2 * d / d.size


def mse_in(scale, zero=False):
    def inputs(rng, n):
        t = scale * rng.standard_normal((n, 3))
        return (t.copy() if zero else scale * rng.standard_normal((n, 3))), t
    return inputs
case('mse', 'loss', mse, None, mse_in(1.0), None)
case('mse 1e8', 'loss', mse, None, mse_in(1e8), None)
case('mse 1e-8', 'loss', mse, None, mse_in(1e-8), None)
case('mse at the minimum', 'loss', mse, None, mse_in(1.0, True), None)


def huber(x, t):
    d = x - t
    a = np.abs(d)
    return np.sum(np.where(a < 1, 0.5 * d * d, a - 0.5)), np.clip(d, -1, 1)
case('huber', 'loss', huber, None, mse_in(2.0), None)


def bce(z, y):
    loss = np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    p = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    return loss, (p - y) / z.size


def bce_in(s):
    def inputs(rng, n):
        return s * rng.standard_normal((n, 1)), rng.integers(0, 2, (n, 1))
    return inputs
case('bce logits', 'loss', bce, None, bce_in(1.0), None)
case('bce saturated logits', 'loss', bce, None, bce_in(300.0), None)


def l1pen(W, lam):
    return lam * np.sum(np.abs(W)), lam * np.sign(W)


def pen_in(zero):
    def inputs(rng, n):
        W = rng.standard_normal((4, 3))
        if zero:
            W[0] = 0.0
        return W, 0.01
    return inputs
case('l1 penalty', 'loss', l1pen, None, pen_in(False), None)
case('l1 penalty with zeros', 'loss', l1pen, None, pen_in(True), None)


def lin(W, X, y, reg):
    loss, ds = softmax_loss(X @ W, y)
    return loss + reg * np.sum(W * W), X.T @ ds + 2 * reg * W


def lin_in(rng, n):
    return 0.1 * rng.standard_normal((4, 3)), rng.standard_normal((n, 4)), rng.integers(0, 3, n), 1e-3
case('linear softmax small reg', 'loss', lin, None, lin_in, None)


# ---- nets
def net3(params, X, y, reg):
    a, caches = X, []
    for k in '12':
        z = a @ params['W' + k] + params['b' + k]
        caches.append((a, z))
        a = np.maximum(0, z)
    scores = a @ params['W3'] + params['b3']
    loss, d = softmax_loss(scores, y)
    loss += 0.5 * reg * sum(np.sum(params['W' + k] ** 2) for k in '123')
    grads = {'W3': a.T @ d + reg * params['W3'], 'b3': d.sum(axis=0)}
    d = d @ params['W3'].T
    for k in '21':
        a, z = caches.pop()
        d = d * (z > 0)
        grads['W' + k] = a.T @ d + reg * params['W' + k]
        grads['b' + k] = d.sum(axis=0)
        d = d @ params['W' + k].T
    return loss, grads


def n3_in(sw=1.0, reg=0.1, dead=False, zero=False):
    def inputs(rng, n):
        dims = [4, 5, 5, 3]
        P = {}
        for k in range(3):
            P['W%d' % (k + 1)] = sw * rng.standard_normal((dims[k], dims[k + 1]))
            P['b%d' % (k + 1)] = 0.1 * rng.standard_normal(dims[k + 1])
        if dead:
            P['b1'][:2] = -100.0
        if zero:
            for v in P.values():
                v[...] = 0.0
        return P, rng.standard_normal((n, 4)), rng.integers(0, 3, n), reg
    return inputs
case('three layers', 'net', net3, None, n3_in(), None)
case('three layers reg 0', 'net', net3, None, n3_in(reg=0.0), None)
case('three layers dead units', 'net', net3, None, n3_in(dead=True), None)
case('three layers small weights', 'net', net3, None, n3_in(sw=1e-2), None)
case('three layers reg 1e3', 'net', net3, None, n3_in(reg=1e3), None)
case('three layers all parameters zero', 'net', net3, None, n3_in(zero=True), None, note='convention 0 at the kinks')


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def nielsen(params, X, y):
    w, b = [params['w0'], params['w1']], [params['b0'], params['b1']]
    nw, nb = [np.zeros(v.shape) for v in w], [np.zeros(v.shape) for v in b]
    C = 0.0
    for x, t in zip(X, y):
        acts = [x.reshape(-1, 1)]
        for wi, bi in zip(w, b):
            acts.append(sigmoid(wi @ acts[-1] + bi))
        e = np.zeros((2, 1))
        e[t] = 1.0
        C += 0.5 * np.sum((acts[-1] - e) ** 2)
        delta = (acts[-1] - e) * acts[-1] * (1 - acts[-1])
        nb[1] += delta
        nw[1] += delta @ acts[-2].T
        delta = (w[1].T @ delta) * acts[-2] * (1 - acts[-2])
        nb[0] += delta
        nw[0] += delta @ acts[-3].T
    n = len(X)
    return C / n, {'w0': nw[0] / n, 'w1': nw[1] / n, 'b0': nb[0] / n, 'b1': nb[1] / n}


def nie_in(s):
    def inputs(rng, n):
        P = {'w0': s * rng.standard_normal((4, 3)), 'b0': rng.standard_normal((4, 1)),
             'w1': rng.standard_normal((2, 4)), 'b1': rng.standard_normal((2, 1))}
        return P, rng.standard_normal((n, 3)), rng.integers(0, 2, n)
    return inputs
case('nielsen', 'net', nielsen, None, nie_in(1.0), None)
case('nielsen saturated', 'net', nielsen, None, nie_in(1e3), None)


def coursera(parameters, X, Y):
    m = X.shape[0]
    A0 = X.T
    A1 = np.tanh(parameters['weights_hidden'] @ A0 + parameters['bias_hidden'])
    Z2 = parameters['weights_out'] @ A1 + parameters['bias_out']
    yr = Y.reshape(1, m)
    cost = np.mean(np.logaddexp(0, Z2) - yr * Z2)
    dZ2 = (sigmoid(Z2) - yr) / m
    dZ1 = (parameters['weights_out'].T @ dZ2) * (1 - A1 ** 2)
    return float(cost), {'weights_out': dZ2 @ A1.T, 'bias_out': dZ2.sum(axis=1, keepdims=True),
                         'weights_hidden': dZ1 @ A0.T, 'bias_hidden': dZ1.sum(axis=1, keepdims=True), 'extra': None}


def cou_in(rng, n):
    P = {'weights_hidden': rng.standard_normal((4, 3)), 'bias_hidden': np.zeros((4, 1)),
         'weights_out': rng.standard_normal((1, 4)), 'bias_out': np.zeros((1, 1))}
    return P, rng.standard_normal((n, 3)), rng.integers(0, 2, n)
case('coursera other names', 'net', coursera, None, cou_in, None)


def drop_net(params, X, y, reg):
    mask = (np.random.RandomState(4).rand(len(X), 5) < 0.5) / 0.5
    z = X @ params['W1'] + params['b1']
    h = np.maximum(z, 0) * mask
    loss, d = softmax_loss(h @ params['W2'] + params['b2'], y)
    loss += reg * (np.abs(params['W1']).sum() + np.abs(params['W2']).sum())
    dz = d @ params['W2'].T * mask * (z > 0)
    return loss, {'W1': X.T @ dz + reg * np.sign(params['W1']), 'b1': dz.sum(axis=0),
                  'W2': h.T @ d + reg * np.sign(params['W2']), 'b2': d.sum(axis=0)}


def drop_in(rng, n):
    P = {'W1': rng.standard_normal((4, 5)), 'b1': rng.standard_normal(5),
         'W2': rng.standard_normal((5, 3)), 'b2': rng.standard_normal(3)}
    return P, rng.standard_normal((n, 4)), rng.integers(0, 3, n), 0.05
case('net with dropout and l1', 'net', drop_net, None, drop_in, None)


def bn_net(params, X, y, reg):
    z = X @ params['W']
    mu, std = z.mean(axis=0), np.sqrt(z.var(axis=0) + 1e-5)
    zh = (z - mu) / std
    a = params['gamma'] * zh + params['beta']
    h = np.maximum(a, 0)
    loss, d = softmax_loss(h @ params['V'] + params['c'], y)
    loss += 0.5 * reg * (np.sum(params['W'] ** 2) + np.sum(params['V'] ** 2))
    g = {'V': h.T @ d + reg * params['V'], 'c': d.sum(axis=0)}
    da = d @ params['V'].T * (a > 0)
    g['gamma'], g['beta'] = (da * zh).sum(axis=0), da.sum(axis=0)
    dh = da * params['gamma']
    dz = (dh - dh.mean(axis=0) - zh * (dh * zh).mean(axis=0)) / std
    g['W'] = X.T @ dz + reg * params['W']
    return loss, g


def bn_in(rng, n):
    n = max(n, 4)
    P = {'W': rng.standard_normal((4, 5)), 'gamma': np.ones(5), 'beta': 0.1 * rng.standard_normal(5),
         'V': rng.standard_normal((5, 3)), 'c': np.zeros(3)}
    return P, rng.standard_normal((n, 4)), rng.integers(0, 3, n), 0.1
case('net with bn', 'net', bn_net, None, bn_in, None)
