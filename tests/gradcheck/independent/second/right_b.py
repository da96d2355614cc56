"""columns: A is (features, m), W (out, in), b (out, 1).

`mean_args=(1, 2)` on a case: the course's own convention, dW and db carry 1/m while dA_prev does not
(the cost is a mean over the m columns and dA is the gradient of one example's loss)."""
import numpy as np

CASES = []


def C(name, kind, forward, backward, inputs, note='', **kw):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs, expected=None, alternatives=(), note=note, **kw))


def lin_inputs(nin, nout):
    return lambda rng, m: (rng.standard_normal((nin, m)), rng.standard_normal((nout, nin)), rng.standard_normal((nout, 1)))


# ------------------------------------------------------------- linear part
def linear_forward(A, W, b):
    Z = np.dot(W, A) + b
    assert Z.shape == (W.shape[0], A.shape[1])
    return Z, (A, W, b)


def linear_backward_sum(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


C('rb_linear_sum', 'layer', linear_forward, linear_backward_sum, lin_inputs(4, 3))


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1 / m * np.dot(dZ, A_prev.T)
    db = 1 / m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


C('rb_linear_course_mean', 'layer', linear_forward, linear_backward, lin_inputs(3, 2), mean_args=(1, 2))


def linear_activation_forward(A_prev, W, b):
    Z, lin = linear_forward(A_prev, W, b)
    return np.maximum(0, Z), (lin, Z)


def linear_activation_backward(dA, cache):
    lin, Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return linear_backward(dZ, lin)


C('rb_linear_relu_course_mean', 'layer', linear_activation_forward, linear_activation_backward, lin_inputs(4, 3), mean_args=(1, 2))


def lsig_f(A, W, b):
    z = W @ A + b
    s = 1 / (1 + np.exp(-z))
    return s, {'A': A, 'W': W, 's': s}


def lsig_b(dA, cache):
    s = cache['s']
    dZ = dA * s * (1 - s)
    return {'A': cache['W'].T @ dZ, 'W': dZ @ cache['A'].T, 'b': dZ.sum(1).reshape(-1, 1)}


C('rb_linear_sigmoid_dict', 'layer', lsig_f, lsig_b, lin_inputs(5, 2))


def cols_loop(A, W, b):
    m = A.shape[1]
    Z = np.zeros((W.shape[0], m))
    for t in range(m):
        Z[:, t] = W.dot(A[:, t]) + b[:, 0]
    return Z, (A, W)


def cols_loop_back(dZ, cache):
    A, W = cache
    dA, dW, db = np.zeros_like(A), np.zeros_like(W), np.zeros((W.shape[0], 1))
    for t in range(A.shape[1]):
        dA[:, t] = W.T.dot(dZ[:, t])
        dW += np.outer(dZ[:, t], A[:, t])
        db += dZ[:, t:t + 1]
    return dA, dW, db


C('rb_linear_column_loop', 'layer', cols_loop, cols_loop_back, lin_inputs(3, 4))
C('rb_linear_einsum_square', 'layer', linear_forward,
  lambda dZ, c: (np.einsum('oi,om->im', c[1], dZ), np.einsum('om,im->oi', dZ, c[0]), np.einsum('om->o', dZ)[:, None]), lin_inputs(4, 4))


# ------------------------------------------------------------- activations
def relu(Z):
    A = np.maximum(0, Z)
    return A, Z


def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    assert dZ.shape == Z.shape
    return dZ


C('rb_relu', 'layer', relu, relu_backward, lambda rng, m: (rng.standard_normal((4, m)) - 0.4,))


def softmax_cols(Z):
    T = np.exp(Z - np.max(Z, axis=0))
    A = T / np.sum(T, axis=0)
    return A, A


C('rb_softmax_columns', 'layer', softmax_cols, lambda dA, A: A * dA - A * np.sum(A * dA, axis=0, keepdims=True),
  lambda rng, m: (3 * rng.standard_normal((5, m)),))


def softmax_cols_jac(dA, A):
    dZ = np.zeros(A.shape)
    for j in range(A.shape[1]):
        a = A[:, j]
        dZ[:, j] = (np.diag(a) - np.outer(a, a)).dot(dA[:, j])
    return dZ


C('rb_softmax_columns_jacobian', 'layer', softmax_cols, softmax_cols_jac, lambda rng, m: (rng.standard_normal((3, m)),))


def tanh_cols(Z):
    A = np.tanh(Z)
    return A, (A,)


C('rb_tanh_power', 'layer', tanh_cols, lambda dA, c: np.multiply(dA, 1 - np.power(c[0], 2)), lambda rng, m: (2 * rng.standard_normal((4, m)),))


def dropout_cols(A):
    np.random.seed(1)
    D = np.random.rand(A.shape[0], A.shape[1])
    D = (D < 0.7)
    return A * D / 0.7, D


def dropout_cols_back(dA, D):
    dA_prev = dA * D
    dA_prev /= 0.7
    return dA_prev


C('rb_dropout_course_seed', 'layer', dropout_cols, dropout_cols_back, lambda rng, m: (rng.standard_normal((6, m)),))


def bn_cols(Z, gamma, beta):
    mu = Z.mean(axis=1, keepdims=True)
    var = np.var(Z, axis=1, keepdims=True)
    Zn = (Z - mu) / np.sqrt(var + 1e-8)
    return gamma * Zn + beta, (Z, Zn, mu, var, gamma)


def bn_cols_back(dout, cache):
    Z, Zn, mu, var, gamma = cache
    m = Z.shape[1]
    dgamma = np.sum(dout * Zn, axis=1, keepdims=True)
    dbeta = np.sum(dout, axis=1, keepdims=True)
    dZn = dout * gamma
    dvar = np.sum(dZn * (Z - mu) * -0.5 * (var + 1e-8) ** -1.5, axis=1, keepdims=True)
    dmu = np.sum(-dZn / np.sqrt(var + 1e-8), axis=1, keepdims=True) + dvar * np.mean(-2 * (Z - mu), axis=1, keepdims=True)
    dZ = dZn / np.sqrt(var + 1e-8) + dvar * 2 * (Z - mu) / m + dmu / m
    return dZ, dgamma, dbeta


C('rb_batchnorm_columns', 'layer', bn_cols, bn_cols_back,
  lambda rng, m: (2 * rng.standard_normal((3, m)) + 5, rng.standard_normal((3, 1)), rng.standard_normal((3, 1))))


def layernorm_cols(X, g, b):
    c = X - X.mean(0)
    s = np.sqrt((c * c).mean(0) + 1e-5)
    y = c / s
    return g * y + b, (y, s, g)


def layernorm_cols_back(d, cache):
    y, s, g = cache
    t = g * d
    return (t - t.mean(0) - y * (t * y).mean(0)) / s, (d * y).sum(1, keepdims=True), d.sum(1, keepdims=True)


C('rb_layernorm_columns', 'layer', layernorm_cols, layernorm_cols_back,
  lambda rng, m: (rng.standard_normal((5, m)), rng.standard_normal((5, 1)), rng.standard_normal((5, 1))))


# ------------------------------------------------------------- two layers as a block
def block(X, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    return Z2, (X, W1, A1, W2)


def block_back(dZ2, cache):
    X, W1, A1, W2 = cache
    dW2 = dZ2 @ A1.T
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2 * (1 - A1 ** 2)
    return W1.T @ dZ1, dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dW2, db2


C('rb_tanh_block', 'layer', block, block_back,
  lambda rng, m: (rng.standard_normal((3, m)), rng.standard_normal((4, 3)), np.zeros((4, 1)), rng.standard_normal((2, 4)), np.zeros((2, 1))))


# ------------------------------------------------------------- costs
def bce_cols(x, y):
    m = y.shape[1]
    cost = -1 / m * np.sum(y * np.log(x) + (1 - y) * np.log(1 - x))
    dAL = -(np.divide(y, x) - np.divide(1 - y, 1 - x)) / m
    return np.squeeze(cost), dAL


C('rb_bce_on_AL', 'loss', bce_cols, None, lambda rng, m: (0.05 + 0.9 * rng.random((1, m)), rng.integers(0, 2, (1, m)).astype(float)))


def softmax_ce_cols(x, y):
    m = x.shape[1]
    P, _ = softmax_cols(x)
    return -np.log(P[y, np.arange(m)]).mean(), (P - np.eye(x.shape[0])[:, y]) / m


C('rb_softmax_ce_columns', 'loss', softmax_ce_cols, None, lambda rng, m: (rng.standard_normal((4, m)), rng.integers(0, 4, m)))


def mse_cols(x, y):
    m = x.shape[1]
    return np.sum((x - y) ** 2) / (2 * m), (x - y) / m


C('rb_mse_over_2m', 'loss', mse_cols, None, lambda rng, m: (rng.standard_normal((3, m)), rng.standard_normal((3, m))))


def hinge_cols(x, y):
    m = x.shape[1]
    margin = x - x[y, range(m)] + 1
    margin[y, range(m)] = 0
    on = margin > 0
    g = on.astype(float)
    g[y, range(m)] = -on.sum(axis=0)
    return margin[on].sum() / m, g / m


C('rb_svm_columns', 'loss', hinge_cols, None, lambda rng, m: (rng.standard_normal((5, m)), rng.integers(0, 5, m)))


# ------------------------------------------------------------- nets
def net_inputs(shapes, lambd, ncls=None, scale=0.7):
    nx = list(shapes.values())[0][1]

    def inputs(rng, m):
        params = {k: scale * rng.standard_normal(s) for k, s in shapes.items()}
        X = rng.standard_normal((nx, m))
        Y = rng.integers(0, 2, (1, m)).astype(float) if ncls is None else np.eye(ncls)[rng.integers(0, ncls, m)].T.copy()
        return params, X, Y, lambd
    return inputs


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def planar(params, X, y, reg):
    W1, b1, W2, b2 = (params[k] for k in ('W1', 'b1', 'W2', 'b2'))
    m = X.shape[1]
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    logprobs = np.multiply(np.log(A2), y) + np.multiply(np.log(1 - A2), 1 - y)
    cost = float(-np.sum(logprobs) / m)
    dZ2 = A2 - y
    dW2 = (1 / m) * np.dot(dZ2, A1.T)
    db2 = (1 / m) * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.multiply(np.dot(W2.T, dZ2), 1 - np.power(A1, 2))
    dW1 = (1 / m) * np.dot(dZ1, X.T)
    db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)
    return cost, {'W1': dW1, 'b1': db1, 'W2': dW2, 'b2': db2}


C('rb_planar_data_classification', 'net', planar, None, net_inputs(dict(W1=(4, 2), b1=(4, 1), W2=(1, 4), b2=(1, 1)), 0.0))


def l2_course(params, X, y, reg):
    m = X.shape[1]
    W1, W2, W3 = params['W1'], params['W2'], params['W3']
    Z1 = W1 @ X + params['b1']; A1 = np.maximum(0, Z1)
    Z2 = W2 @ A1 + params['b2']; A2 = np.maximum(0, Z2)
    A3 = sigmoid(W3 @ A2 + params['b3'])
    cross = -np.sum(y * np.log(A3) + (1 - y) * np.log(1 - A3)) / m
    cost = cross + reg / (2 * m) * (np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3)))
    dZ3 = A3 - y
    g = {'W3': 1. / m * np.dot(dZ3, A2.T) + (reg * W3) / m, 'b3': 1. / m * np.sum(dZ3, axis=1, keepdims=True)}
    dZ2 = np.multiply(np.dot(W3.T, dZ3), np.int64(A2 > 0))
    g['W2'] = 1. / m * np.dot(dZ2, A1.T) + (reg * W2) / m
    g['b2'] = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.multiply(np.dot(W2.T, dZ2), np.int64(A1 > 0))
    g['W1'] = 1. / m * np.dot(dZ1, X.T) + (reg * W1) / m
    g['b1'] = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return cost, g


C('rb_three_layer_l2_course', 'net', l2_course, None,
  net_inputs(dict(W1=(4, 3), b1=(4, 1), W2=(3, 4), b2=(3, 1), W3=(1, 3), b3=(1, 1)), 0.7))


def dropout_net(params, X, y, reg):
    m = X.shape[1]
    keep = 0.8
    rs = np.random.RandomState(3)
    A1 = np.maximum(0, params['W1'] @ X + params['b1'])
    D1 = (rs.rand(*A1.shape) < keep).astype(int)
    A1 = A1 * D1
    A1 = A1 / keep
    A2 = sigmoid(params['W2'] @ A1 + params['b2'])
    cost = -np.mean(y * np.log(A2) + (1 - y) * np.log(1 - A2))
    dZ2 = (A2 - y) / m
    dA1 = params['W2'].T @ dZ2
    dA1 = dA1 * D1 / keep
    dZ1 = dA1 * (A1 > 0)
    return cost, dict(W1=dZ1 @ X.T, b1=dZ1.sum(1, keepdims=True), W2=dZ2 @ A1.T, b2=dZ2.sum(1, keepdims=True))


C('rb_dropout_net', 'net', dropout_net, None, net_inputs(dict(W1=(6, 3), b1=(6, 1), W2=(1, 6), b2=(1, 1)), 0.0))


def deep(params, X, y, reg):
    """L-layer, softmax at the end, loops with f-strings"""
    L = len(params) // 2
    m = X.shape[1]
    A, caches = X, []
    for l in range(1, L + 1):
        Z = params[f'W{l}'] @ A + params[f'b{l}']
        caches.append((A, Z))
        A = np.tanh(Z) if l < L else softmax_cols(Z)[0]
    cost = -np.sum(y * np.log(A)) / m
    for l in range(1, L + 1):
        cost += reg * np.linalg.norm(params[f'W{l}']) ** 2
    dZ, grads = (A - y) / m, {}
    for l in reversed(range(1, L + 1)):
        A_prev, _ = caches[l - 1]
        grads[f'b{l}'] = dZ.sum(axis=1, keepdims=True)
        grads[f'W{l}'] = dZ @ A_prev.T
        grads[f'W{l}'] += 2 * reg * params[f'W{l}']
        if l > 1:
            dZ = (params[f'W{l}'].T @ dZ) * (1 - A_prev ** 2)
    return cost, grads


C('rb_L_layer_softmax', 'net', deep, None, net_inputs(dict(W1=(4, 3), b1=(4, 1), W2=(3, 4), b2=(3, 1), W3=(3, 3), b3=(3, 1)), 0.01, 3))


def logistic_propagate(params, X, y, reg):
    w, b = params['w'], params['b']        # w is (n_x, 1), b a (1, 1) array
    m = X.shape[1]
    A = sigmoid(w.T.dot(X) + b)
    cost = np.squeeze(-(np.dot(y, np.log(A).T) + np.dot(1 - y, np.log(1 - A).T)) / m)
    dw = 1 / m * np.dot(X, (A - y).T)
    db = 1 / m * np.sum(A - y, keepdims=True)
    return cost, {'w': dw, 'b': db}


C('rb_logistic_propagate', 'net', logistic_propagate, None,
  lambda rng, m: ({'w': rng.standard_normal((4, 1)), 'b': np.zeros((1, 1))}, rng.standard_normal((4, m)), rng.integers(0, 2, (1, m)).astype(float), 0.0))


def regress(params, X, y, reg):
    W1, b1, W2, b2 = params['W1'], params['b1'], params['W2'], params['b2']
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.log1p(np.exp(Z1))                                     # softplus
    out = W2 @ A1 + b2
    E = out - y
    J = 0.5 * np.sum(E * E) / m + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dA1 = W2.T @ E / m
    dZ1 = dA1 * sigmoid(Z1)
    return J, {'W2': E @ A1.T / m + reg * W2, 'b2': np.mean(E, axis=1, keepdims=True), 'W1': dZ1 @ X.T + reg * W1, 'b1': np.sum(dZ1, 1, keepdims=True)}


C('rb_softplus_regression', 'net', regress, None, net_inputs(dict(W1=(5, 2), b1=(5, 1), W2=(1, 5), b2=(1, 1)), 0.2))


def he_unit(A, W, b):
    """A_prev (n, m) float32, leaky relu"""
    Z = W @ A + b
    return np.where(Z > 0, Z, np.float32(0.01) * Z), (A, W, Z)


def he_unit_back(dA, cache):
    A, W, Z = cache
    dZ = np.where(Z > 0, dA, np.float32(0.01) * dA)
    return W.T @ dZ, dZ @ A.T, dZ.sum(1, keepdims=True)


C('rb_leaky_float32', 'layer', he_unit, he_unit_back,
  lambda rng, m: tuple(a.astype(np.float32) for a in (rng.standard_normal((3, m)), rng.standard_normal((2, 3)), rng.standard_normal((2, 1)))))
