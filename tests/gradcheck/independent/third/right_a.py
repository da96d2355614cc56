"""Columns style (examples are columns), deeplearning.ai-like.  All correct."""
import numpy as np

CASES = []


def add(name, kind, forward, backward, inputs):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=None, alternatives=(), note='correct'))


def N(rng, *s):
    return rng.standard_normal(s)


# 1 -------------------------------------------------------------
def linear_forward(A, W, b):
    Z = np.dot(W, A) + b
    cache = (A, W, b)
    return Z, cache


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


add('ra_linear', 'layer', linear_forward, linear_backward,
    lambda rng, n: (N(rng, 3, n), N(rng, 5, 3), N(rng, 5, 1)))


# 2,3 -------------------------------------------------------------
def sigmoid(Z):
    A = 1 / (1 + np.exp(-Z))
    return A, Z


def relu(Z):
    return np.maximum(0, Z), Z


def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    assert dZ.shape == Z.shape
    return dZ


def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)


def linear_activation_forward(A_prev, W, b, activation):
    Z, linear_cache = linear_forward(A_prev, W, b)
    if activation == "sigmoid":
        A, activation_cache = sigmoid(Z)
    elif activation == "relu":
        A, activation_cache = relu(Z)
    return A, (linear_cache, activation_cache, activation)


def linear_activation_backward(dA, cache):
    linear_cache, activation_cache, activation = cache
    if activation == "relu":
        dZ = relu_backward(dA, activation_cache)
    elif activation == "sigmoid":
        dZ = sigmoid_backward(dA, activation_cache)
    return linear_backward(dZ, linear_cache)


add('ra_linact_relu', 'layer', linear_activation_forward, linear_activation_backward,
    lambda rng, n: (N(rng, 4, n), N(rng, 3, 4), N(rng, 3, 1), "relu"))
add('ra_linact_sigmoid', 'layer', linear_activation_forward, linear_activation_backward,
    lambda rng, n: (N(rng, 2, n), N(rng, 1, 2), N(rng, 1, 1), "sigmoid"))


# 4 dict cache, returns dict
def tanh_unit(X, W, b):
    A = np.tanh(W @ X + b)
    return A, {"X": X, "W": W, "A": A}


def tanh_unit_back(dA, cache):
    dZ = dA * (1 - np.power(cache["A"], 2))
    grads = {}
    grads["dX"] = cache["W"].T @ dZ
    grads["dW"] = dZ @ cache["X"].T
    grads["db"] = dZ.sum(axis=1).reshape(-1, 1)
    return grads


add('ra_tanh_dict', 'layer', tanh_unit, tanh_unit_back,
    lambda rng, n: (N(rng, 3, n), N(rng, 4, 3), N(rng, 4, 1)))


# 5 two layers
def two_layer(X, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2 @ A1 + b2
    A2 = 1. / (1. + np.exp(-Z2))
    return A2, (X, Z1, A1, W1, A2, W2)


def two_layer_back(dA2, cache):
    (X, Z1, A1, W1, A2, W2) = cache
    dZ2 = dA2 * A2 * (1 - A2)
    dW2 = np.dot(dZ2, A1.T)
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = np.dot(dZ1, X.T)
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    return np.dot(W1.T, dZ1), dW1, db1, dW2, db2


add('ra_two_layer', 'layer', two_layer, two_layer_back,
    lambda rng, n: (N(rng, 3, n), N(rng, 4, 3), N(rng, 4, 1), N(rng, 2, 4), N(rng, 2, 1)))


# 6 logistic regression
def propagate(params, X, Y):
    w, b = params['w'], params['b']
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = 1 / m * np.dot(X, (A - Y).T)
    db = 1 / m * np.sum(A - Y, keepdims=True)
    return np.squeeze(cost), {"w": dw, "b": db}


add('ra_propagate', 'net', propagate, None,
    lambda rng, n: (dict(w=N(rng, 5, 1), b=N(rng, 1, 1)), N(rng, 5, n), rng.integers(0, 2, (1, n))))


# 7 planar classifier
def planar(parameters, X, Y):
    m = X.shape[1]
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = 1 / (1 + np.exp(-np.dot(W2, A1) - b2))
    logprobs = np.multiply(np.log(A2), Y) + np.multiply(np.log(1 - A2), 1 - Y)
    cost = float(-np.sum(logprobs) / m)
    dZ2 = A2 - Y
    dW2 = (1 / m) * np.dot(dZ2, A1.T)
    db2 = (1 / m) * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = (1 / m) * np.dot(dZ1, X.T)
    db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)
    return cost, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def planar_in(rng, n):
    return (dict(W1=N(rng, 4, 2), b1=N(rng, 4, 1), W2=N(rng, 1, 4), b2=N(rng, 1, 1)),
            N(rng, 2, n), rng.integers(0, 2, size=(1, n)))


add('ra_planar', 'net', planar, None, planar_in)


# 8 L layer model
def L_model(parameters, X, Y):
    caches, A, L, m = [], X, len(parameters) // 2, Y.shape[1]
    for l in range(1, L):
        A, c = linear_activation_forward(A, parameters['W' + str(l)], parameters['b' + str(l)], "relu")
        caches.append(c)
    AL, c = linear_activation_forward(A, parameters['W' + str(L)], parameters['b' + str(L)], "sigmoid")
    caches.append(c)
    cost = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    grads = {}
    dA = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL)) / m
    for l in reversed(range(L)):
        dA, grads['W' + str(l + 1)], grads['b' + str(l + 1)] = linear_activation_backward(dA, caches[l])
    return cost, grads


def L_in(rng, n):
    dims = [4, 5, 3, 1]
    p = {}
    for l in range(1, 4):
        p['W%d' % l] = N(rng, dims[l], dims[l - 1]) * .7
        p['b%d' % l] = N(rng, dims[l], 1) * .3
    return p, N(rng, 4, n), rng.integers(0, 2, (1, n)).astype(float)


add('ra_L_model', 'net', L_model, None, L_in)


# 9 L2
def model_with_reg(params, X, Y, lambd):
    m = X.shape[1]
    cost, g = planar(params, X, Y)
    cost = cost + lambd / (2 * m) * (np.sum(np.square(params["W1"])) + np.sum(np.square(params["W2"])))
    g["W1"] = g["W1"] + lambd / m * params["W1"]
    g["W2"] = g["W2"] + lambd / m * params["W2"]
    return cost, g


add('ra_l2', 'net', model_with_reg, None, lambda rng, n: planar_in(rng, n) + (0.7,))


# 10 dropout net, seeded
def model_dropout(params, X, Y, keep_prob):
    np.random.seed(1)
    m = X.shape[1]
    Z1 = np.dot(params['W1'], X) + params['b1']
    A1 = np.maximum(0, Z1)
    D1 = np.random.rand(A1.shape[0], A1.shape[1])
    D1 = (D1 < keep_prob).astype(int)
    A1 = A1 * D1
    A1 = A1 / keep_prob
    Z2 = np.dot(params['W2'], A1) + params['b2']
    A2 = 1 / (1 + np.exp(-Z2))
    J = np.nansum(-np.log(A2) * Y - np.log(1 - A2) * (1 - Y)) / m
    dZ2 = A2 - Y
    dW2 = 1. / m * np.dot(dZ2, A1.T)
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(params['W2'].T, dZ2)
    dA1 = dA1 * D1
    dA1 = dA1 / keep_prob
    dZ1 = dA1 * (Z1 > 0)
    dW1 = 1. / m * np.dot(dZ1, X.T)
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return J, {'W1': dW1, 'b1': db1, 'W2': dW2, 'b2': db2}


add('ra_dropout_net', 'net', model_dropout, None, lambda rng, n: planar_in(rng, n) + (0.8,))


# 11 softmax columns, einsum jacobian
def softmax_cols(Z):
    e = np.exp(Z - Z.max(axis=0, keepdims=True))
    S = e / e.sum(axis=0, keepdims=True)
    return S, S


def softmax_cols_back(dS, S):
    C, m = S.shape
    J = np.zeros((m, C, C))
    for k in range(m):
        J[k] = np.diag(S[:, k]) - np.outer(S[:, k], S[:, k])
    return (np.einsum('mij,im->jm', J, dS),)


add('ra_softmax_cols', 'layer', softmax_cols, softmax_cols_back, lambda rng, n: (N(rng, 4, n),))


# 12 batchnorm in columns
def bn_cols(Z, gamma, beta):
    eps = 1e-5
    mu = np.mean(Z, axis=1, keepdims=True)
    var = np.var(Z, axis=1, keepdims=True)
    Znorm = (Z - mu) / np.sqrt(var + eps)
    return gamma * Znorm + beta, (Znorm, gamma, var, eps)


def bn_cols_back(dZt, cache):
    Znorm, gamma, var, eps = cache
    m = dZt.shape[1]
    dgamma = np.sum(dZt * Znorm, axis=1, keepdims=True)
    dbeta = np.sum(dZt, axis=1, keepdims=True)
    dZ = gamma / (m * np.sqrt(var + eps)) * (m * dZt - dbeta - Znorm * dgamma)
    return dZ, dgamma, dbeta


add('ra_bn_cols', 'layer', bn_cols, bn_cols_back, lambda rng, n: (N(rng, 3, n), N(rng, 3, 1), N(rng, 3, 1)))


# 13 softmax regression
def softmax_reg(params, X, Y):
    W, b = params['W'], params['b']
    m = X.shape[1]
    Z = W.dot(X) + b
    Z = Z - np.max(Z, axis=0)
    P = np.exp(Z)
    P /= np.sum(P, axis=0)
    cost = -np.sum(Y * np.log(P)) / m
    dZ = P - Y
    return cost, dict(W=dZ.dot(X.T) / m, b=np.sum(dZ, axis=1, keepdims=True) / m)


add('ra_softmax_reg', 'net', softmax_reg, None,
    lambda rng, n: (dict(W=N(rng, 4, 3), b=N(rng, 4, 1)), N(rng, 3, n), np.eye(4)[:, rng.integers(0, 4, n)]))


# 14 leaky relu
def lin_leaky(A_prev, W, b):
    Z = W @ A_prev + b
    A = np.where(Z > 0, Z, 0.01 * Z)
    return A, ((A_prev, W), Z)


def lin_leaky_back(dA, cache):
    (A_prev, W), Z = cache
    slope = np.ones_like(Z)
    slope[Z < 0] = 0.01
    dZ = slope * dA
    return W.T @ dZ, dZ @ A_prev.T, np.sum(dZ, 1, keepdims=True)


add('ra_leaky', 'layer', lin_leaky, lin_leaky_back, lambda rng, n: (N(rng, 3, n), N(rng, 2, 3), N(rng, 2, 1)))


# 15 loss in columns, integer labels
def xent_cols(scores, y):
    m = scores.shape[1]
    s = scores - scores.max(axis=0)
    logp = s - np.log(np.exp(s).sum(axis=0))
    loss = -logp[y, np.arange(m)].mean()
    d = np.exp(logp)
    d[y, np.arange(m)] -= 1
    return loss, d / m


add('ra_xent_cols', 'loss', xent_cols, None, lambda rng, n: (N(rng, 5, n), rng.integers(0, 5, n)))


# 16 BCE with logits
def bce_logits_cols(z, y):
    loss = np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    return loss, (1 / (1 + np.exp(-z)) - y) / z.size


add('ra_bce_logits', 'loss', bce_logits_cols, None, lambda rng, n: (N(rng, 1, n), rng.integers(0, 2, (1, n))))


# 17 mse, half, mean over columns
def half_mse(yhat, y):
    m = y.shape[1]
    diff = yhat - y
    return np.sum(diff ** 2) / (2 * m), diff / m


add('ra_half_mse', 'loss', half_mse, None, lambda rng, n: (N(rng, 2, n), N(rng, 2, n)))


# 18 elu via closure cache
def elu_layer(X, W):
    Z = W.dot(X)
    E = np.exp(np.minimum(Z, 0))
    out = np.where(Z > 0, Z, E - 1)

    def back(dout):
        dZ = dout * np.where(Z > 0, 1.0, E)
        return W.T.dot(dZ), dZ.dot(X.T)
    return out, back


add('ra_elu_closure', 'layer', elu_layer, lambda dout, cache: cache(dout), lambda rng, n: (N(rng, 3, n), N(rng, 4, 3)))


# 19 layer norm columns
def ln_cols(x, g, b):
    mu = x.mean(0)
    xc = x - mu
    v = (xc ** 2).mean(0)
    istd = 1 / np.sqrt(v + 1e-5)
    xh = xc * istd
    return g * xh + b, [xh, istd, g]


def ln_cols_back(dy, cache):
    xh, istd, g = cache
    D = xh.shape[0]
    dxh = g * dy
    dx = istd * (dxh - dxh.sum(0) / D - xh * (dxh * xh).sum(0) / D)
    return {'dx': dx, 'dg': (dy * xh).sum(1, keepdims=True), 'db': dy.sum(1, keepdims=True)}


add('ra_ln_cols', 'layer', ln_cols, ln_cols_back, lambda rng, n: (N(rng, 5, n), N(rng, 5, 1), N(rng, 5, 1)))


# 20 per-example loops
def linear_loop(A_prev, W, b):
    m = A_prev.shape[1]
    Z = np.zeros((W.shape[0], m))
    for i in range(m):
        Z[:, i] = W @ A_prev[:, i] + b[:, 0]
    return Z, (A_prev, W, b)


def linear_loop_back(dZ, cache):
    A_prev, W, b = cache
    dA, dW, db = np.zeros(A_prev.shape), np.zeros(W.shape), np.zeros(b.shape)
    for i in range(dZ.shape[1]):
        dA[:, i] = W.T @ dZ[:, i]
        dW += np.outer(dZ[:, i], A_prev[:, i])
        db[:, 0] += dZ[:, i]
    return dA, dW, db


add('ra_linear_loop', 'layer', linear_loop, linear_loop_back,
    lambda rng, n: (N(rng, 3, n), N(rng, 2, 3), N(rng, 2, 1)))


# 21 gradient-check assignment net: three layers
def fp_n(params, X, Y):
    m = X.shape[1]
    W1, b1, W2, b2, W3, b3 = [params[k] for k in 'W1 b1 W2 b2 W3 b3'.split()]
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = np.maximum(0, Z2)
    Z3 = np.dot(W3, A2) + b3
    A3 = 1 / (1 + np.exp(-Z3))
    cost = 1. / m * np.sum(np.multiply(-np.log(A3), Y) + np.multiply(-np.log(1 - A3), 1 - Y))
    dZ3 = A3 - Y
    dW3 = 1. / m * np.dot(dZ3, A2.T)
    db3 = 1. / m * np.sum(dZ3, axis=1, keepdims=True)
    dA2 = np.dot(W3.T, dZ3)
    dZ2 = np.multiply(dA2, np.int64(A2 > 0))
    dW2 = 1. / m * np.dot(dZ2, A1.T)
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = 1. / m * np.dot(dZ1, X.T)
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return cost, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}


add('ra_gradcheck_n', 'net', fp_n, None, L_in)


# 22 dropout given mask
def drop_cols(A, D, keep_prob):
    return A * D / keep_prob, (D, keep_prob)


def drop_cols_back(dA, cache):
    D, keep_prob = cache
    dA = dA * D
    dA /= keep_prob
    return (dA,)


add('ra_dropout_mask', 'layer', drop_cols, drop_cols_back,
    lambda rng, n: (N(rng, 4, n), rng.integers(0, 2, (4, n)), 0.75))


# 23 rnn cell
def rnn_cell_forward(xt, a_prev, Wax, Waa, ba):
    a_next = np.tanh(np.dot(Wax, xt) + np.dot(Waa, a_prev) + ba)
    return a_next, (a_next, a_prev, xt, Wax, Waa)


def rnn_cell_backward(da_next, cache):
    (a_next, a_prev, xt, Wax, Waa) = cache
    dtanh = (1 - a_next ** 2) * da_next
    dxt = np.dot(Wax.T, dtanh)
    dWax = np.dot(dtanh, xt.T)
    da_prev = np.dot(Waa.T, dtanh)
    dWaa = np.dot(dtanh, a_prev.T)
    dba = np.sum(dtanh, axis=1, keepdims=True)
    gradients = {"dxt": dxt, "da_prev": da_prev, "dWax": dWax, "dWaa": dWaa, "dba": dba}
    return gradients


add('ra_rnn_cell', 'layer', rnn_cell_forward, rnn_cell_backward,
    lambda rng, n: (N(rng, 3, n), N(rng, 5, n), N(rng, 5, 3), N(rng, 5, 5), N(rng, 5, 1)))


# 24 weighted bce net
def weighted_logreg(params, X, Y, pos_weight):
    z = params['w'].T @ X + params['b']
    a = 1 / (1 + np.exp(-z))
    m = X.shape[1]
    wt = np.where(Y == 1, pos_weight, 1.0)
    J = -(wt * (Y * np.log(a) + (1 - Y) * np.log(1 - a))).sum() / m
    dz = wt * (a - Y) / m
    return J, {'b': dz.sum().reshape(1, 1), 'w': X @ dz.T}


add('ra_weighted_bce', 'net', weighted_logreg, None,
    lambda rng, n: (dict(w=N(rng, 4, 1), b=N(rng, 1, 1)), N(rng, 4, n), rng.integers(0, 2, (1, n)), 3.0))


# 25 swish/GLU
def gated(X, Wv, Wg, bg):
    V = Wv @ X
    G = 1 / (1 + np.exp(-(Wg @ X + bg)))
    return V * G, (X, Wv, Wg, V, G)


def gated_back(dY, cache):
    X, Wv, Wg, V, G = cache
    dV = dY * G
    dPre = dY * V * G * (1 - G)
    dX = Wv.T @ dV
    dX += Wg.T @ dPre
    return dX, dV @ X.T, dPre @ X.T, dPre.sum(axis=1, keepdims=True)


add('ra_glu', 'layer', gated, gated_back, lambda rng, n: (N(rng, 3, n), N(rng, 4, 3), N(rng, 4, 3), N(rng, 4, 1)))
