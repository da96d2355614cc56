"""columns: A (features, m), W (out, in), b (out, 1).  `mean_args` as in right_b.py: the course's convention, dW and db carry 1/m, dA_prev does not."""
import numpy as np

CASES = []


def W_(name, kind, forward, backward, inputs, expected, note, alternatives=(), **kw):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs, expected=expected, alternatives=tuple(alternatives), note=note, **kw))


def lin_in(nin, nout):
    return lambda rng, m: (rng.standard_normal((nin, m)), rng.standard_normal((nout, nin)), rng.standard_normal((nout, 1)))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def linear_forward(A, W, b):
    return np.dot(W, A) + b, (A, W, b)


# ------------------------------------------------------------- linear
def lb_row_bias(dZ, cache):
    A, W, b = cache
    return np.dot(W.T, dZ), np.dot(dZ, A.T), np.sum(dZ, axis=1)


W_('wb_db_lost_keepdims', 'layer', linear_forward, lb_row_bias, lin_in(4, 3), 'KEEPDIMS', 'np.sum(dZ, axis=1) without keepdims gives (out,), b is (out, 1)', ['FLATTENED', 'WRONG_SHAPE'])


def lb_db_scalar(dZ, cache):
    A, W, b = cache
    return W.T @ dZ, dZ @ A.T, np.sum(dZ, keepdims=True)


W_('wb_db_summed_over_units', 'layer', linear_forward, lb_db_scalar, lin_in(3, 4), 'OVER_SUMMED', 'np.sum(dZ, keepdims=True) without axis, (1, 1)', ['WRONG_SHAPE', 'KEEPDIMS'])


def lb_units(dZ, cache):
    A, W, b = cache
    m = A.shape[0]
    return np.dot(W.T, dZ), np.dot(dZ, A.T) / m, np.sum(dZ, axis=1, keepdims=True) / m


W_('wb_m_is_shape0', 'layer', linear_forward, lb_units, lin_in(5, 2), 'SCALE_OTHER', 'm = A.shape[0] is the number of features; the course divides by the number of columns',
   ['SCALE_INV_BATCH', 'SCALE_BATCH'], mean_args=(1, 2))


def lb_mean_everywhere(dZ, cache):
    A, W, b = cache
    m = A.shape[1]
    return np.dot(W.T, dZ) / m, np.dot(dZ, A.T) / m, np.sum(dZ, axis=1, keepdims=True) / m


W_('wb_dA_prev_also_averaged', 'layer', linear_forward, lb_mean_everywhere, lin_in(3, 2), 'SCALE_INV_BATCH', 'dA_prev carries 1/m too, so deeper layers would be averaged twice', mean_args=(1, 2))


def lb_only_dW(dZ, cache):
    A, W, b = cache
    m = A.shape[1]
    dW = 1 / m * dZ @ A.T
    db = np.sum(dZ, axis=1, keepdims=True)
    return W.T @ dZ, dW, db


W_('wb_db_mean_missing', 'layer', linear_forward, lb_only_dW, lin_in(4, 2), 'SCALE_BATCH', 'db without the 1/m that dW has', ['SCALE_INV_BATCH'], mean_args=(1, 2))


def lb_axis0(dZ, cache):
    A, W, b = cache
    db = np.sum(dZ, axis=0, keepdims=True).T
    return W.T @ dZ, dZ @ A.T, db


W_('wb_db_axis0', 'layer', linear_forward, lb_axis0, lin_in(3, 5), 'WRONG_AXIS', 'bias gradient summed over the units, one number per column', ['WRONG_SHAPE'])


def lb_dict(dZ, cache):
    A, W, b = cache
    return {'A': W.T @ dZ, 'W': A @ dZ.T, 'b': dZ.sum(axis=1, keepdims=True)}


W_('wb_dW_is_A_dZT', 'layer', linear_forward, lb_dict, lin_in(3, 3), 'TRANSPOSED', 'A @ dZ.T where dZ @ A.T belongs')


def relu_layer(A, W, b):
    Z = W @ A + b
    return np.maximum(Z, 0), (A, W, Z)


def relu_layer_nomask(dA, cache):
    A, W, Z = cache
    dZ = dA
    return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)


W_('wb_linear_relu_no_mask', 'layer', relu_layer, relu_layer_nomask, lin_in(4, 4), 'MASK_MISSING', 'dZ = dA, the relu is not passed through', ['ELEMENTWISE_FACTOR'])


def relu_layer_W_mask(dA, cache):
    A, W, Z = cache
    dZ = dA * (Z > 0)
    dA_prev = (W.T @ dZ) * (A > 0)
    return dA_prev, dZ @ A.T, dZ.sum(axis=1, keepdims=True)


W_('wb_prev_activation_mask_too', 'layer', relu_layer, relu_layer_W_mask, lin_in(4, 3), 'MASK_WRONG',
   'dA_prev is masked by A_prev > 0 as if the previous layer\'s relu belonged here', ['ELEMENTWISE_FACTOR', 'MISSING_TERM', 'UNNAMED'])


def relu_layer_cachewrite(dA, cache):
    A, W, Z = cache
    Z[Z > 0] = 1
    Z[Z <= 0] = 0
    dZ = dA * Z
    return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)


W_('wb_relu_derivative_written_in_Z', 'layer', relu_layer, relu_layer_cachewrite, lin_in(3, 3), 'MUTATES_CACHE', 'the cached Z becomes the 0/1 mask; the values happen to be right')


# ------------------------------------------------------------- activations
def sig_cols(Z):
    return sigmoid(Z), Z


W_('wb_sigmoid_derivative_of_Z', 'layer', sig_cols, lambda dA, Z: dA * Z * (1 - Z), lambda rng, m: (rng.standard_normal((3, m)),), 'WRONG_POINT', 'Z(1-Z), the formula for the output with the input put in', ['ELEMENTWISE_FACTOR'])


def sm_cols(Z):
    E = np.exp(Z - Z.max(axis=0))
    A = E / E.sum(axis=0)
    return A, A


W_('wb_softmax_sum_over_columns', 'layer', sm_cols, lambda dA, A: A * (dA - np.sum(dA * A, axis=1, keepdims=True)), lambda rng, m: (rng.standard_normal((4, m)),),
   'WRONG_AXIS', 'inner sum over axis 1, the examples, where axis 0 holds the classes')


def bn_cols(Z, gamma, beta):
    mu, var = Z.mean(1, keepdims=True), Z.var(1, keepdims=True)
    inv = 1 / np.sqrt(var + 1e-8)
    Zn = (Z - mu) * inv
    return gamma * Zn + beta, (Zn, inv, gamma)


def bn_cols_nomean(d, cache):
    Zn, inv, gamma = cache
    m = d.shape[1]
    dZn = d * gamma
    dZ = inv / m * (m * dZn - Zn * np.sum(dZn * Zn, axis=1, keepdims=True))
    return dZ, np.sum(d * Zn, axis=1, keepdims=True), np.sum(d, axis=1, keepdims=True)


bn_in = lambda rng, m: (rng.standard_normal((3, m)) * 2, 1 + rng.random((3, 1)), rng.standard_normal((3, 1)))
W_('wb_bn_mean_path_lost', 'layer', bn_cols, bn_cols_nomean, bn_in, 'BN_MEAN_TERM', 'the term sum(dZn) through the mean is missing', ['MISSING_TERM'])


def bn_cols_nogamma(d, cache):
    Zn, inv, gamma = cache
    dZ = inv * (d - d.mean(1, keepdims=True) - Zn * (d * Zn).mean(1, keepdims=True))
    return dZ, (d * Zn).sum(1, keepdims=True), d.sum(1, keepdims=True)


W_('wb_bn_gamma_forgotten', 'layer', bn_cols, bn_cols_nogamma, bn_in, 'ELEMENTWISE_FACTOR', 'dZ is not multiplied by gamma')


def drop_cols(A):
    D = np.random.RandomState(1).rand(*A.shape) < 0.7
    return A * D / 0.7, D


W_('wb_dropout_keep_prob_squared', 'layer', drop_cols, lambda dA, D: dA * D / 0.7 / 0.7, lambda rng, m: (rng.standard_normal((5, m)),), 'SCALE_OTHER', 'divided by keep_prob twice', ['ELEMENTWISE_FACTOR'])
W_('wb_dropout_complement', 'layer', drop_cols, lambda dA, D: dA * (1 - D) / 0.7, lambda rng, m: (rng.standard_normal((5, m)),), 'MASK_INVERTED', 'gradient goes through the dropped units')


# ------------------------------------------------------------- costs
def bce(x, y):
    m = y.shape[1]
    cost = -np.sum(y * np.log(x) + (1 - y) * np.log(1 - x)) / m
    return cost, -(np.divide(y, x) - np.divide(1 - y, 1 - x))


bce_in = lambda rng, m: (0.1 + 0.8 * rng.random((1, m)), rng.integers(0, 2, (1, m)).astype(float))
W_('wb_dAL_without_mean', 'loss', bce, None, bce_in, 'SCALE_BATCH', 'the cost is a mean, dAL has no 1/m')


def bce_sign(x, y):
    m = y.shape[1]
    cost = -np.sum(y * np.log(x) + (1 - y) * np.log(1 - x)) / m
    return cost, (y / x - (1 - y) / (1 - x)) / m


W_('wb_dAL_sign', 'loss', bce_sign, None, bce_in, 'SIGN', 'the leading minus is lost')


def mse_2m(x, y):
    m = x.shape[1]
    return np.sum(np.square(x - y)) / (2 * m), 2 * (x - y) / m


W_('wb_mse_half_in_cost_only', 'loss', mse_2m, None, lambda rng, m: (rng.standard_normal((2, m)), rng.standard_normal((2, m))), 'SCALE_TWO', 'cost has 1/2m, gradient 2/m')


# ------------------------------------------------------------- nets
def net_in(shapes, reg, scale=0.8):
    nx = list(shapes.values())[0][1]
    return lambda rng, m: ({k: scale * rng.standard_normal(s) for k, s in shapes.items()}, rng.standard_normal((nx, m)), rng.integers(0, 2, (1, m)).astype(float), reg)


S2 = dict(W1=(4, 3), b1=(4, 1), W2=(1, 4), b2=(1, 1))


def two_layer(params, X, y, reg, how):
    W1, b1, W2, b2 = params['W1'], params['b1'], params['W2'], params['b2']
    m = X.shape[1]
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    cost = -np.sum(y * np.log(A2) + (1 - y) * np.log(1 - A2)) / m + reg / (2 * m) * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    g = {}
    dZ2 = A2 - y
    if how == 'extra sigmoid derivative':
        dZ2 = dZ2 * A2 * (1 - A2)
    g['W2'] = np.dot(dZ2, A1.T) / m + reg / m * W2
    g['b2'] = np.sum(dZ2, axis=1, keepdims=True) / m
    if how == 'tanh at Z':
        dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(Z1, 2))
    else:
        dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    g['W1'] = np.dot(dZ1, X.T) / m
    g['W1'] += (reg * W1) if how == 'penalty not over m' else (reg / m) * W1
    g['b1'] = np.sum(dZ1, axis=1, keepdims=True) / m
    if how == 'bias penalised':
        g['b1'] += reg / m * b1
    if how == 'no b1':
        del g['b1']
    return cost, g


def variant(how):
    def forward(params, X, y, reg):
        return two_layer(params, X, y, reg, how)
    return forward


W_('wb_net_penalty_not_over_m', 'net', variant('penalty not over m'), None, net_in(S2, 0.9), 'EXTRA_REG', 'cost has reg/2m, dW1 adds reg*W1 without 1/m', ['SCALE_BATCH', 'MISSING_REG', 'ADDITIVE_TERM'])
W_('wb_net_bias_penalised', 'net', variant('bias penalised'), None, net_in(S2, 0.9), 'EXTRA_REG', 'the bias is penalised in the gradient and not in the cost', ['ADDITIVE_TERM'])
W_('wb_net_tanh_derivative_at_Z1', 'net', variant('tanh at Z'), None, net_in(S2, 0.0), 'WRONG_POINT', '1 - Z1^2 in place of 1 - A1^2', ['ELEMENTWISE_FACTOR'])
W_('wb_net_sigmoid_derivative_extra', 'net', variant('extra sigmoid derivative'), None, net_in(S2, 0.0), 'ELEMENTWISE_FACTOR', 'A2(1-A2) applied on top of A2 - y, which already contains it')
W_('wb_net_b1_forgotten', 'net', variant('no b1'), None, net_in(S2, 0.1), 'MISSING_GRAD', 'grads has no entry for b1')


def three(params, X, y, reg):
    m = X.shape[1]
    A1 = np.maximum(0, params['W1'] @ X + params['b1'])
    A2 = np.maximum(0, params['W2'] @ A1 + params['b2'])
    A3 = sigmoid(params['W3'] @ A2 + params['b3'])
    cost = -np.mean(y * np.log(A3) + (1 - y) * np.log(1 - A3))
    dZ3 = (A3 - y) / m
    dZ2 = params['W3'].T @ dZ3 * (A2 > 0)
    dZ1 = params['W2'].T @ dZ2 * (A1 > 0)
    g = {}
    for k, (d, a) in enumerate(((dZ1, X), (dZ2, A1), (dZ3, A2)), 1):
        g['W%d' % k] = d @ a.T / m
        g['b%d' % k] = d.sum(axis=1, keepdims=True)
    return cost, g


W_('wb_net_averaged_twice', 'net', three, None, net_in(dict(W1=(4, 3), b1=(4, 1), W2=(3, 4), b2=(3, 1), W3=(1, 3), b3=(1, 1)), 0.0), 'SCALE_INV_BATCH',
   'dZ3 already carries 1/m, the dW divide once more')
