"""Columns style (examples are columns), deeplearning.ai-like.  Every backward has one bug."""
import numpy as np

CASES = []


def add(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=expected, alternatives=tuple(alternatives), note=note))


def N(rng, *s):
    return rng.standard_normal(s)


def linear_in(rng, n):
    return N(rng, 3, n), N(rng, 5, 3), N(rng, 5, 1)


def square_in(rng, n):
    return N(rng, 4, n), N(rng, 4, 4), N(rng, 4, 1)


def linear_forward(A, W, b):
    return np.dot(W, A) + b, (A, W, b)


# 1
def linear_backward_m(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1 / m * np.dot(dZ, A_prev.T)
    db = 1 / m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


add('wa_linear_1_over_m', 'layer', linear_forward, linear_backward_m, linear_in, 'SCALE_INV_BATCH', (),
    'dW and db divided by m though the forward has no mean')


# 2
def linear_backward_nokeep(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


add('wa_db_keepdims', 'layer', linear_forward, linear_backward_nokeep, linear_in, 'KEEPDIMS', ('WRONG_SHAPE',),
    'db lacks keepdims=True: (H,) for a bias (H,1)')


# 3
def linear_backward_noT(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W, dZ)
    return dA_prev, dW, db


add('wa_W_not_transposed', 'layer', linear_forward, linear_backward_noT, square_in, 'TRANSPOSED', (),
    'W used instead of W.T (square W hides it)')


# 4
def relu_linear(A_prev, W, b):
    Z = W @ A_prev + b
    return np.maximum(0, Z), (A_prev, W, Z)


def relu_linear_inplace(dA, cache):
    A_prev, W, Z = cache
    dZ = dA
    dZ[Z <= 0] = 0
    return W.T @ dZ, dZ @ A_prev.T, np.sum(dZ, axis=1, keepdims=True)


add('wa_relu_inplace', 'layer', relu_linear, relu_linear_inplace, linear_in, 'MUTATES_DOUT', (),
    'dZ is dA itself, masked in place (copy=True forgotten)')


# 5
def relu_linear_mask_dA(dA, cache):
    A_prev, W, Z = cache
    dZ = np.array(dA, copy=True)
    dZ[dA <= 0] = 0
    return W.T @ dZ, dZ @ A_prev.T, np.sum(dZ, axis=1, keepdims=True)


add('wa_relu_mask_from_dA', 'layer', relu_linear, relu_linear_mask_dA, linear_in, 'MASK_FROM_DOUT', ('NONLINEAR_DOUT',),
    'mask taken from dA <= 0 instead of Z <= 0')


# 6
def sig_linear(A_prev, W, b):
    Z = W @ A_prev + b
    return 1 / (1 + np.exp(-Z)), (A_prev, W, Z)


def sig_linear_back(dA, cache):
    A_prev, W, Z = cache
    dZ = dA * Z * (1 - Z)
    return W.T @ dZ, dZ @ A_prev.T, np.sum(dZ, axis=1, keepdims=True)


add('wa_sigmoid_at_Z', 'layer', sig_linear, sig_linear_back, linear_in, 'WRONG_POINT', ('ELEMENTWISE_FACTOR',),
    's(1-s) formula evaluated at Z rather than at sigmoid(Z)')


# 7
def tanh_linear(A_prev, W, b):
    A = np.tanh(W @ A_prev + b)
    return A, {"A_prev": A_prev, "W": W, "A": A}


def tanh_linear_back(dA, cache):
    dZ = dA * (1 - cache["A"])
    return {"dA_prev": cache["W"].T @ dZ, "dW": dZ @ cache["A_prev"].T, "db": dZ.sum(1, keepdims=True)}


add('wa_tanh_unsquared', 'layer', tanh_linear, tanh_linear_back, linear_in, 'ELEMENTWISE_FACTOR', (),
    'tanh derivative 1 - A instead of 1 - A**2')


# 8
def propagate(params, X, Y):
    w, b = params['w'], params['b']
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = np.dot(X, (A - Y).T)
    db = 1 / m * np.sum(A - Y, keepdims=True)
    return np.squeeze(cost), {"w": dw, "b": db}


def logreg_in(rng, n):
    return dict(w=N(rng, 5, 1), b=N(rng, 1, 1)), N(rng, 5, n), rng.integers(0, 2, (1, n))


add('wa_propagate_no_m', 'net', propagate, None, logreg_in, 'SCALE_BATCH', (), 'dw lacks 1/m while the cost is a mean')


# 9
def propagate_sign(params, X, Y):
    w, b = params['w'], params['b']
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dZ = Y - A
    return np.squeeze(cost), {"w": np.dot(X, dZ.T) / m, "b": np.sum(dZ, keepdims=True) / m}


add('wa_propagate_sign', 'net', propagate_sign, None, logreg_in, 'SIGN', (), 'Y - A instead of A - Y')


# 10
def planar_in(rng, n):
    return (dict(W1=N(rng, 4, 2), b1=N(rng, 4, 1), W2=N(rng, 1, 4), b2=N(rng, 1, 1)),
            N(rng, 2, n), rng.integers(0, 2, size=(1, n)))


def fwd(p, X):
    A1 = np.tanh(np.dot(p["W1"], X) + p["b1"])
    A2 = 1 / (1 + np.exp(-np.dot(p["W2"], A1) - p["b2"]))
    return A1, A2


def xcost(A2, Y):
    return float(-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1])


def planar_nofactor(p, X, Y):
    m = X.shape[1]
    A1, A2 = fwd(p, X)
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(p["W2"].T, dZ2)
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return xcost(A2, Y), {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


add('wa_planar_no_tanh_derivative', 'net', planar_nofactor, None, planar_in, 'ELEMENTWISE_FACTOR', ('MISSING_TERM',),
    'the factor 1 - A1**2 of the tanh is left out of dZ1')


# 11
def planar_l2_missing(p, X, Y, lambd):
    m = X.shape[1]
    A1, A2 = fwd(p, X)
    cost = xcost(A2, Y) + lambd / (2 * m) * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
    dZ2 = (A2 - Y) / m
    dZ1 = np.dot(p["W2"].T, dZ2) * (1 - A1 ** 2)
    g = {"W2": dZ2 @ A1.T + lambd / m * p["W2"], "b2": dZ2.sum(1, keepdims=True),
         "W1": dZ1 @ X.T, "b1": dZ1.sum(1, keepdims=True)}
    return cost, g


add('wa_l2_missing_W1', 'net', planar_l2_missing, None, lambda rng, n: planar_in(rng, n) + (0.7,), 'MISSING_REG', (),
    'the cost penalises W1 and W2, the gradient of W1 lacks lambd/m*W1')


# 12
def planar_l2_no_m(p, X, Y, lambd):
    m = X.shape[1]
    A1, A2 = fwd(p, X)
    cost = xcost(A2, Y) + lambd / (2 * m) * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
    dZ2 = A2 - Y
    dW2 = 1. / m * np.dot(dZ2, A1.T) + lambd / m * p["W2"]
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True) + lambd / m * p["b2"]
    dZ1 = np.dot(p["W2"].T, dZ2) * (1 - A1 ** 2)
    dW1 = 1. / m * np.dot(dZ1, X.T) + lambd / m * p["W1"]
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return cost, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


add('wa_l2_on_bias', 'net', planar_l2_no_m, None, lambda rng, n: planar_in(rng, n) + (0.9,), 'EXTRA_REG', ('ADDITIVE_TERM',),
    'db2 gets a regularisation term the cost does not have')


# 13 dropout
def dropnet(p, X, Y, keep_prob):
    np.random.seed(3)
    m = X.shape[1]
    Z1 = np.dot(p['W1'], X) + p['b1']
    A1 = np.maximum(0, Z1)
    D1 = np.random.rand(*A1.shape) < keep_prob
    A1 = A1 * D1 / keep_prob
    A2 = 1 / (1 + np.exp(-(np.dot(p['W2'], A1) + p['b2'])))
    dZ2 = A2 - Y
    dA1 = np.dot(p['W2'].T, dZ2) / keep_prob
    dZ1 = dA1 * (Z1 > 0)
    return xcost(A2, Y), {'W1': np.dot(dZ1, X.T) / m, 'b1': np.sum(dZ1, axis=1, keepdims=True) / m,
                          'W2': np.dot(dZ2, A1.T) / m, 'b2': np.sum(dZ2, axis=1, keepdims=True) / m}


add('wa_dropout_no_mask', 'net', dropnet, None, lambda rng, n: planar_in(rng, n) + (0.5,), 'MASK_MISSING', ('MASK_WRONG',),
    'D1 is not applied in the backward pass, only the division by keep_prob')


# 14
def drop_cols(A, D, keep_prob):
    return A * D / keep_prob, (D, keep_prob)


def drop_cols_back(dA, cache):
    D, keep_prob = cache
    return (dA * D,)


add('wa_dropout_no_scale', 'layer', drop_cols, drop_cols_back,
    lambda rng, n: (N(rng, 4, n), np.arange(4 * n).reshape(4, n) % 3 > 0, 0.7), 'SCALE_OTHER', (),
    'the division by keep_prob is forgotten: off by the constant 0.7')


# 15 batchnorm columns
def bn_cols(Z, gamma, beta):
    mu = np.mean(Z, axis=1, keepdims=True)
    var = np.var(Z, axis=1, keepdims=True)
    std = np.sqrt(var + 1e-5)
    Znorm = (Z - mu) / std
    return gamma * Znorm + beta, (Z, Znorm, gamma, mu, std)


def bn_cols_back(dZt, cache):
    Z, Znorm, gamma, mu, std = cache
    m = dZt.shape[1]
    dZnorm = dZt * gamma
    dvar = np.sum(dZnorm * (Z - mu), axis=1, keepdims=True) * -0.5 * std ** -3
    dZ = dZnorm / std + dvar * 2 * (Z - mu) / m
    return dZ, np.sum(dZt * Znorm, axis=1, keepdims=True), np.sum(dZt, axis=1, keepdims=True)


add('wa_bn_no_mean_path', 'layer', bn_cols, bn_cols_back, lambda rng, n: (N(rng, 3, n), N(rng, 3, 1), N(rng, 3, 1)),
    'BN_MEAN_TERM', ('MISSING_TERM', 'ADDITIVE_TERM'), 'the path through the mean (dmu/m) is missing')


# 16
def bn_cols_back_axis(dZt, cache):
    Z, Znorm, gamma, mu, std = cache
    m = dZt.shape[1]
    dgamma = np.sum(dZt * Znorm, axis=0, keepdims=True).T
    dbeta = np.sum(dZt, axis=1, keepdims=True)
    dgam = np.sum(dZt * Znorm, axis=1, keepdims=True)
    dZ = gamma / (m * std) * (m * dZt - dbeta - Znorm * dgam)
    return dZ, dgamma, dbeta


add('wa_bn_dgamma_axis', 'layer', bn_cols, bn_cols_back_axis, lambda rng, n: (N(rng, n, n), N(rng, n, 1), N(rng, n, 1)),
    'WRONG_AXIS', ('TRANSPOSED',), 'dgamma summed over features (axis 0) instead of examples; square input hides the shape')


# 17 loss columns
def xent_cols(scores, y):
    m = scores.shape[1]
    s = scores - scores.max(axis=0)
    P = np.exp(s) / np.exp(s).sum(axis=0)
    loss = -np.log(P[y, np.arange(m)]).mean()
    d = P.copy()
    return loss, d / m


add('wa_xent_no_label', 'loss', xent_cols, None, lambda rng, n: (N(rng, 5, n), rng.integers(0, 5, n)), 'LABEL_TERM', ('MISSING_TERM',),
    'the -1 at the label is never subtracted')


# 18
def half_mse(yhat, y):
    m = y.shape[1]
    diff = yhat - y
    return np.sum(diff ** 2) / (2 * m), 2 * diff / m


add('wa_half_mse_two', 'loss', half_mse, None, lambda rng, n: (N(rng, 2, n), N(rng, 2, n)), 'SCALE_TWO', (),
    'loss has the 1/2, the gradient keeps the 2')


# 19 per-example loop with assignment
def linear_loop_back(dZ, cache):
    A_prev, W, b = cache
    dA, dW, db = np.zeros(A_prev.shape), np.zeros(W.shape), np.zeros(b.shape)
    for i in range(dZ.shape[1]):
        dA[:, i] = W.T @ dZ[:, i]
        dW = np.outer(dZ[:, i], A_prev[:, i])
        db[:, 0] += dZ[:, i]
    return dA, dW, db


add('wa_loop_assign', 'layer', linear_forward, linear_loop_back, linear_in, 'BATCH_SUBSET', (),
    'dW = instead of dW +=: only the last example counts')


# 20 rnn cell
def rnn_cell_forward(xt, a_prev, Wax, Waa, ba):
    a_next = np.tanh(np.dot(Wax, xt) + np.dot(Waa, a_prev) + ba)
    return a_next, (a_next, a_prev, xt, Wax, Waa)


def rnn_cell_backward(da_next, cache):
    (a_next, a_prev, xt, Wax, Waa) = cache
    dtanh = (1 - a_next ** 2) * da_next
    return {"dxt": np.dot(Waa.T, dtanh), "da_prev": np.dot(Wax.T, dtanh), "dWax": np.dot(dtanh, xt.T),
            "dWaa": np.dot(dtanh, a_prev.T), "dba": np.sum(dtanh, axis=1, keepdims=True)}


add('wa_rnn_cell_swapped', 'layer', rnn_cell_forward, rnn_cell_backward,
    lambda rng, n: (N(rng, 4, n), N(rng, 4, n), N(rng, 4, 4), N(rng, 4, 4), N(rng, 4, 1)), 'SWAPPED', (),
    'dxt and da_prev use each other\'s weight (they come out swapped)')


# 21 softmax layer columns
def softmax_cols(Z):
    e = np.exp(Z - Z.max(axis=0, keepdims=True))
    S = e / e.sum(axis=0, keepdims=True)
    return S, S


def softmax_cols_back(dS, S):
    return (dS * S * (1 - S),)


add('wa_softmax_diagonal', 'layer', softmax_cols, softmax_cols_back, lambda rng, n: (N(rng, 4, n),),
    'MISSING_TERM', ('ELEMENTWISE_FACTOR', 'ADDITIVE_TERM'), 'only the diagonal of the softmax Jacobian')


# 22
def L_in(rng, n):
    p = {}
    dims = [4, 5, 3, 1]
    for l in range(1, 4):
        p['W%d' % l] = N(rng, dims[l], dims[l - 1]) * .7
        p['b%d' % l] = N(rng, dims[l], 1) * .3
    return p, N(rng, 4, n), rng.integers(0, 2, (1, n)).astype(float)


def L_model(p, X, Y):
    L, m = len(p) // 2, X.shape[1]
    As = [X]
    for l in range(1, L):
        As.append(np.tanh(p['W%d' % l] @ As[-1] + p['b%d' % l]))
    AL = 1 / (1 + np.exp(-(p['W%d' % L] @ As[-1] + p['b%d' % L])))
    grads = {}
    dZ = (AL - Y) / m
    for l in range(L, 0, -1):
        grads['W%d' % l] = dZ @ As[l - 1].T
        grads['b%d' % l] = np.sum(dZ, keepdims=True) * np.ones_like(p['b%d' % l])
        if l > 1:
            dZ = (p['W%d' % l].T @ dZ) * (1 - As[l - 1] ** 2)
    return xcost(AL, Y), grads


add('wa_L_model_db_oversum', 'net', L_model, None, L_in, 'OVER_SUMMED', ('WRONG_AXIS',),
    'db sums dZ over all axes (axis=1 forgotten) and is broadcast to the bias shape')


# 23
def bce_from_probs(AL, Y):
    m = Y.shape[1]
    cost = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    return cost, (AL - Y) / m


add('wa_bce_fused_on_probs', 'loss', bce_from_probs, None,
    lambda rng, n: (rng.uniform(.1, .9, (1, n)), rng.integers(0, 2, (1, n))), 'ELEMENTWISE_FACTOR', ('WRONG_POINT', 'MISSING_TERM'),
    'gradient with respect to the logits returned for a loss of the probabilities: factor 1/(A(1-A)) is missing')


# 24 GLU
def gated(X, Wv, Wg, bg):
    V = Wv @ X
    G = 1 / (1 + np.exp(-(Wg @ X + bg)))
    return V * G, (X, Wv, Wg, V, G)


def gated_back(dY, cache):
    X, Wv, Wg, V, G = cache
    dV = dY * G
    dPre = dY * V * G * (1 - G)
    dX = Wv.T @ dV
    return dX, dV @ X.T, dPre @ X.T, dPre.sum(axis=1, keepdims=True)


add('wa_glu_one_path', 'layer', gated, gated_back, lambda rng, n: (N(rng, 3, n), N(rng, 4, 3), N(rng, 4, 3), N(rng, 4, 1)),
    'MISSING_TERM', (), 'dX lacks the path through the gate')


# 25
def two_layer(X, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    return W2 @ A1 + b2, (X, Z1, A1, W1, W2)


def two_layer_back(dZ2, cache):
    (X, Z1, A1, W1, W2) = cache
    dA1 = W2.T @ dZ2
    A1[A1 > 0] = 1
    dZ1 = dA1 * A1
    return (W1.T @ dZ1, dZ1 @ X.T, dZ1.sum(1, keepdims=True), dZ2 @ np.maximum(Z1, 0).T, dZ2.sum(1, keepdims=True))


add('wa_two_layer_cache_overwritten', 'layer', two_layer, two_layer_back,
    lambda rng, n: (N(rng, 3, n), N(rng, 4, 3), N(rng, 4, 1), N(rng, 2, 4), N(rng, 2, 1)), 'MUTATES_CACHE', (),
    'A1 of the cache is turned into the mask in place (gradients themselves are right)')
