import numpy as np

CASES = []


def case(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=expected, alternatives=tuple(alternatives), note=note))


def softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def net_in(rng, n):
    params = dict(W1=rng.standard_normal((4, 6)), b1=0.3 * rng.standard_normal(6),
                  W2=rng.standard_normal((6, 3)), b2=0.3 * rng.standard_normal(3))
    return params, rng.standard_normal((n, 4)), rng.integers(0, 3, n), 0.2


def net_sq(rng, n):
    params = dict(W1=rng.standard_normal((4, 4)), b1=0.3 * rng.standard_normal(4),
                  W2=rng.standard_normal((4, 4)), b2=0.3 * rng.standard_normal(4))
    return params, rng.standard_normal((n, 4)), rng.integers(0, 4, n), 0.2


def fwd(params, X, y):
    h = np.maximum(0, X.dot(params['W1']) + params['b1'])
    p = softmax(h.dot(params['W2']) + params['b2'])
    N = X.shape[0]
    loss = -np.log(p[np.arange(N), y]).mean()
    d = p.copy()
    d[np.arange(N), y] -= 1
    return loss, h, d / N


def k1(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    grads = {}
    grads['W2'] = h.T.dot(d)
    grads['b2'] = d.sum(0)
    dh = d.dot(W2.T)
    dh[h <= 0] = 0
    grads['W1'] = X.T.dot(dh) + reg * W1
    grads['b1'] = dh.sum(0)
    return loss, grads
case('net W2 reg missing', 'net', k1, None, net_in, 'MISSING_REG')


def k2(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=h.T.dot(d) + reg * W2, b2=d.sum(0) + reg * params['b2'],
                 W1=X.T.dot(dh) + reg * W1, b1=dh.sum(0) + reg * params['b1'])
    return loss, grads
case('net reg on biases', 'net', k2, None, net_in, 'EXTRA_REG')


def k3(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=h.T.dot(d) + reg * W2, b2=d.sum(0), W1=X.T.dot(dh) + reg * W1, b1=dh.sum(0))
    return loss, grads
case('net reg without 2', 'net', k3, None, net_in, 'MISSING_REG', ('SCALE_HALF', 'ADDITIVE_TERM'))


def k4(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=h.T.dot(d) + reg * W2, b2=d.sum(0), W1=X.T.dot(dh) + reg * W1, b1=dh.sum(0))
    return loss, grads
case('net reg only in gradient', 'net', k4, None, net_in, 'EXTRA_REG', ('ADDITIVE_TERM',))


def k5(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    d = d * X.shape[0]
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=h.T.dot(d) + reg * W2, b2=d.sum(0), W1=X.T.dot(dh) + reg * W1, b1=dh.sum(0))
    return loss, grads
case('net no 1/N with reg', 'net', k5, None, net_in, 'SCALE_BATCH')


def k6(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dh = d.dot(W2.T)
    grads = dict(W2=h.T.dot(d) + reg * W2, b2=d.sum(0), W1=X.T.dot(dh) + reg * W1, b1=dh.sum(0))
    return loss, grads
case('net relu mask missing', 'net', k6, None, net_in, 'MASK_MISSING', ('UNNAMED',))


def k7(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=h.T.dot(d) + reg * W2, b2=d.sum(0), W1=X.T.dot(dh) + reg * W1)
    return loss, grads
case('net b1 missing in the dict', 'net', k7, None, net_in, 'MISSING_GRAD', ('ZERO',))


def k8(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=X.T.dot(dh) + reg * W1, b2=d.sum(0), W1=h.T.dot(d) + reg * W2, b1=dh.sum(0))
    return loss, grads
case('net W1 W2 swapped', 'net', k8, None, net_sq, 'SWAPPED')


def k9(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    dh = d.dot(W2) * (h > 0)
    grads = dict(W2=h.T.dot(d), b2=d.sum(0), W1=X.T.dot(dh), b1=dh.sum(0))
    return loss, grads
case('net square W2 not transposed', 'net', k9, None, net_sq, 'TRANSPOSED', ('UNNAMED',))


def k10(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=h.T.dot(d) + reg * W2, b2=d.sum(0), W1=X.T.dot(dh) + reg * W1, b1=dh.sum(0))
    for k in params:
        params[k] -= 0.01 * grads[k]
    return loss, grads
case('net updates its parameters', 'net', k10, None, net_in, 'MUTATES_INPUT', ('NONDETERMINISTIC', 'NOT_REENTRANT', 'MUTATES_CACHE'))


def k11(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=h.T.dot(d) + reg * W2, b2=d.sum(0, keepdims=True), W1=X.T.dot(dh) + reg * W1, b1=dh.sum(0, keepdims=True))
    return loss, grads
case('net biases keepdims', 'net', k11, None, net_in, 'KEEPDIMS', ('WRONG_SHAPE',))


def k12(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    dh = d.dot(W2.T) * (h > 0)
    grads = dict(W2=-h.T.dot(d), b2=-d.sum(0), W1=-X.T.dot(dh), b1=-dh.sum(0))
    return loss, grads
case('net descent direction', 'net', k12, None, net_in, 'SIGN')


def k13(params, X, y, reg):
    loss, h, d = fwd(params, X, y)
    W1, W2 = params['W1'], params['W2']
    dh = d.dot(W2.T) * (h > 0)
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    for i in range(len(X)):
        grads['W2'] += np.outer(h[i], d[i])
        grads['b2'] += d[i]
        grads['W1'] = np.outer(X[i], dh[i])
        grads['b1'] += dh[i]
    return loss, grads
case('net loop W1 overwritten', 'net', k13, None, net_in, 'BATCH_SUBSET')


# ---- deeplearning.ai: columns as samples, X stored in rows by the caller
def col_in(rng, n):
    params = {'W1': rng.standard_normal((5, 4)), 'b1': rng.standard_normal((5, 1)),
              'W2': rng.standard_normal((1, 5)), 'b2': rng.standard_normal((1, 1))}
    return params, rng.standard_normal((n, 4)), rng.integers(0, 2, n)


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def col_fwd(params, X, y):
    A0 = X.T
    Y = y.reshape(1, -1)
    A1 = np.tanh(np.dot(params['W1'], A0) + params['b1'])
    Z2 = np.dot(params['W2'], A1) + params['b2']
    cost = np.mean(np.logaddexp(0, Z2) - Y * Z2)
    return cost, A0, A1, sigmoid(Z2) - Y


def j1(params, X, y):
    m = X.shape[0]
    cost, A0, A1, dZ2 = col_fwd(params, X, y)
    dZ1 = np.dot(params['W2'].T, dZ2) * (1 - A1 ** 2)
    grads = {'W2': np.dot(dZ2, A1.T) / m, 'b2': np.sum(dZ2, axis=1, keepdims=True),
             'W1': np.dot(dZ1, A0.T) / m, 'b1': np.sum(dZ1, axis=1, keepdims=True) / m}
    return cost, grads
case('coursera b2 no 1/m', 'net', j1, None, col_in, 'SCALE_BATCH')


def j2(params, X, y):
    m = X.shape[0]
    cost, A0, A1, dZ2 = col_fwd(params, X, y)
    dZ1 = np.dot(params['W2'].T, dZ2) * (1 - A1 ** 2)
    grads = {'W2': np.dot(dZ2, A1.T) / m, 'b2': np.sum(dZ2, axis=1, keepdims=True) / m,
             'W1': np.dot(dZ1, A0.T) / m, 'b1': np.sum(dZ1, axis=1) / m}
    return cost, grads
case('coursera b1 without keepdims', 'net', j2, None, col_in, 'WRONG_SHAPE', ('KEEPDIMS', 'FLATTENED'))


def j3(params, X, y):
    m = X.shape[0]
    cost, A0, A1, dZ2 = col_fwd(params, X, y)
    dZ1 = np.dot(params['W2'].T, dZ2) * (1 - A1)
    grads = {'W2': np.dot(dZ2, A1.T) / m, 'b2': np.sum(dZ2, axis=1, keepdims=True) / m,
             'W1': np.dot(dZ1, A0.T) / m, 'b1': np.sum(dZ1, axis=1, keepdims=True) / m}
    return cost, grads
case('coursera tanh prime', 'net', j3, None, col_in, 'UNNAMED', ('WRONG_POINT', 'ELEMENTWISE_FACTOR'))


# ---- Nielsen: quadratic cost, column vectors, a loop over the samples
def nie_in(rng, n):
    params = {'w0': rng.standard_normal((4, 3)), 'b0': rng.standard_normal((4, 1)),
              'w1': rng.standard_normal((2, 4)), 'b1': rng.standard_normal((2, 1))}
    return params, rng.standard_normal((n, 3)), rng.integers(0, 2, n)


def z1(params, X, y):
    g = {k: np.zeros(v.shape) for k, v in params.items()}
    cost = 0.0
    for x, t in zip(X, y):
        a0 = x.reshape(-1, 1)
        a1 = sigmoid(np.dot(params['w0'], a0) + params['b0'])
        a2 = sigmoid(np.dot(params['w1'], a1) + params['b1'])
        e = np.eye(2)[:, [t]]
        cost += 0.5 * np.sum((a2 - e) ** 2) / len(X)
        delta = (a2 - e) * a2 * (1 - a2)
        g['b1'] += delta
        g['w1'] += np.dot(delta, a1.T)
        delta = np.dot(params['w1'].T, delta) * a1 * (1 - a1)
        g['b0'] += delta
        g['w0'] += np.dot(delta, a0.T)
    return cost, g
case('nielsen sum for mean', 'net', z1, None, nie_in, 'SCALE_BATCH')


def z2(params, X, y):
    g = {k: np.zeros(v.shape) for k, v in params.items()}
    cost = 0.0
    for x, t in zip(X, y):
        a0 = x.reshape(-1, 1)
        a1 = sigmoid(np.dot(params['w0'], a0) + params['b0'])
        a2 = sigmoid(np.dot(params['w1'], a1) + params['b1'])
        e = np.eye(2)[:, [t]]
        cost += np.sum((a2 - e) ** 2) / len(X)
        delta = (a2 - e) * a2 * (1 - a2) / len(X)
        g['b1'] += delta
        g['w1'] += np.dot(delta, a1.T)
        delta = np.dot(params['w1'].T, delta) * a1 * (1 - a1)
        g['b0'] += delta
        g['w0'] += np.dot(delta, a0.T)
    return cost, g
case('nielsen factor 2', 'net', z2, None, nie_in, 'SCALE_HALF')


def z3(params, X, y):
    g = {k: np.zeros(v.shape) for k, v in params.items()}
    cost = 0.0
    for x, t in zip(X, y):
        a0 = x.reshape(-1, 1)
        a1 = sigmoid(np.dot(params['w0'], a0) + params['b0'])
        a2 = sigmoid(np.dot(params['w1'], a1) + params['b1'])
        e = np.eye(2)[:, [t]]
        cost += 0.5 * np.sum((a2 - e) ** 2)
        delta = a2 - e
        g['b1'] += delta
        g['w1'] += np.dot(delta, a1.T)
        delta = np.dot(params['w1'].T, delta) * a1 * (1 - a1)
        g['b0'] += delta
        g['w0'] += np.dot(delta, a0.T)
    return cost, g
case('nielsen output delta of cross-entropy', 'net', z3, None, nie_in, 'UNNAMED', ('ELEMENTWISE_FACTOR', 'WRONG_POINT'))
