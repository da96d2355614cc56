import numpy as np
from scipy.special import erf

CASES = []


def bad(name, kind, forward, inputs, expected, note, alternatives=(), backward=None):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs, expected=expected, alternatives=tuple(alternatives), note=note))


def sc(C, scale=2.0):
    return lambda rng, n: (scale * rng.standard_normal((n, C)), rng.integers(0, C, n))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(p, y):
    return -np.log(p[np.arange(len(y)), y]).mean()


# =============================================================== losses
def sm_no_mean(x, y):
    p = softmax(x)
    loss = nll(p, y)
    dx = p
    dx[np.arange(len(y)), y] -= 1
    return loss, dx


bad('wd_softmax_not_averaged', 'loss', sm_no_mean, sc(4), 'SCALE_BATCH', 'mean loss, gradient of the sum')


def sm_no_label(x, y):
    p = softmax(x)
    return nll(p, y), p / x.shape[0]


bad('wd_softmax_label_forgotten', 'loss', sm_no_label, sc(3), 'LABEL_TERM', 'the -1 at the right class is missing')


def sm_all_rows(x, y):
    p = softmax(x)
    loss = nll(p, y)
    dx = p.copy()
    dx[:, y] -= 1
    return loss, dx / len(y)


bad('wd_softmax_colon_y', 'loss', sm_all_rows, sc(5), 'LABEL_INDEX', 'dx[:, y] -= 1 subtracts one in every row for every class that occurs', ['LABEL_TERM'])


def sm_twice(x, y):
    n = len(y)
    probs = softmax(x)
    loss = nll(probs, y)
    dx = softmax(probs)
    dx[range(n), y] -= 1
    dx /= n
    return loss, dx


bad('wd_softmax_of_probs', 'loss', sm_twice, sc(4), 'DOUBLE_SOFTMAX', 'softmax is applied once more to the probabilities', ['WRONG_POINT', 'LABEL_TERM'])


def sm_inplace(x, y):
    x -= np.max(x, axis=1, keepdims=True)
    e = np.exp(x)
    p = e / e.sum(axis=1, keepdims=True)
    loss = nll(p, y)
    p[np.arange(len(y)), y] -= 1
    return loss, p / len(y)


bad('wd_softmax_shifts_input', 'loss', sm_inplace, sc(4), 'MUTATES_INPUT', 'x -= max(x) changes the scores of the caller')


def svm_one(x, y):
    n = x.shape[0]
    margins = np.maximum(0, x - x[np.arange(n), y][:, None] + 1.0)
    margins[np.arange(n), y] = 0
    dx = (margins > 0).astype(float)
    dx[np.arange(n), y] = -1
    return margins.sum() / n, dx / n


def svm_in(rng, n):
    x = 0.3 * rng.standard_normal((n, 4))         # nearly all margins active
    return x, rng.integers(0, 4, n)


bad('wd_svm_correct_class_once', 'loss', svm_one, svm_in, 'LABEL_TERM', 'the right class gets -1 and not minus the number of active margins', ['MISSING_TERM'])


def svm_no_delta(x, y):
    n = x.shape[0]
    diff = x - x[np.arange(n), y].reshape(-1, 1)
    m = np.maximum(0, diff + 1.0)
    m[np.arange(n), y] = 0
    active = (diff > 0).astype(float)
    active[np.arange(n), y] = -active.sum(axis=1)
    return m.sum() / n, active / n


bad('wd_svm_mask_without_delta', 'loss', svm_no_delta, sc(4, 0.4), 'MASK_WRONG', 'the mask is diff > 0, the margin 1 is forgotten', ['MASK_MISSING', 'BATCH_SUBSET', 'LABEL_TERM'])


def l2svm(x, y):
    n = x.shape[0]
    m = np.maximum(0, x - x[np.arange(n), y][:, None] + 1)
    m[np.arange(n), y] = 0
    d = (m > 0) * 1.0
    d[np.arange(n), y] = -d.sum(1)
    return np.sum(m ** 2) / n, d / n


bad('wd_l2svm_indicator', 'loss', l2svm, sc(3), 'ELEMENTWISE_FACTOR', 'gradient of the plain hinge for the squared hinge: the factor 2*margin is missing', ['MISSING_TERM'])


def logistic(x, y):
    return np.mean(np.log1p(np.exp(-y * x))), -y / (1 + np.exp(-y * x)) / len(x)


bad('wd_logistic_wrong_exponent', 'loss', logistic, lambda rng, n: (2 * rng.standard_normal(n), rng.choice([-1.0, 1.0], n)), 'ELEMENTWISE_FACTOR',
    'sigma(y x) in place of sigma(-y x)', ['WRONG_POINT', 'UNNAMED'])


def huber(x, y):
    r = x - y
    a = np.abs(r)
    return np.where(a < 0.5, 0.5 * r ** 2, 0.5 * (a - 0.25)).sum() / r.size, r / r.size


bad('wd_huber_never_linear', 'loss', huber, lambda rng, n: (rng.standard_normal((n, 3)), rng.standard_normal((n, 3))), 'MASK_MISSING', 'the gradient of the quadratic branch everywhere', ['ELEMENTWISE_FACTOR', 'MASK_WRONG'])


def mse(x, y):
    d = x - y
    return (d ** 2).mean(), d / d.size


bad('wd_mse_two_lost', 'loss', mse, lambda rng, n: (rng.standard_normal((n, 2)), rng.standard_normal((n, 2))), 'SCALE_HALF', 'the 2 of the square is missing')


def temporal(x, y, how):
    N, T, V = x.shape
    mask = (y >= 0).astype(float)
    p = softmax(x)
    yy = np.maximum(y, 0)
    i, t = np.ogrid[:N, :T]
    loss = -np.sum(mask * np.log(p[i, t, yy])) / N
    dx = p.copy()
    dx[i, t, yy] -= 1
    if how != 'no mask':
        dx *= mask[..., None]
    dx /= N * T if how == 'NT' else N
    return loss, dx


def padded(rng, n):
    y = rng.integers(0, 4, (n, 3))
    y[1:, 2] = -1
    y[0, 1:] = -1
    return rng.standard_normal((n, 3, 4)), y


bad('wd_temporal_mask_only_in_loss', 'loss', lambda x, y: temporal(x, y, 'no mask'), padded, 'MASK_MISSING', 'padding steps are masked in the loss and not in the gradient', ['MASK_LEAK'])
bad('wd_temporal_divided_by_NT', 'loss', lambda x, y: temporal(x, y, 'NT'), padded, 'SCALE_OTHER', 'loss is averaged over N, gradient over N*T', ['SCALE_INV_BATCH'])


# =============================================================== nets
def data(D, C, shapes, reg=0.3, scale=0.7):
    def inputs(rng, n):
        return {k: scale * rng.standard_normal(s) for k, s in shapes.items()}, rng.standard_normal((n, D)), rng.integers(0, C, n), reg
    return inputs


def sm_loss(s, y):
    p = softmax(s)
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    return nll(p, y), d / len(y)


def two_layer(params, X, y, reg):
    W1, b1, W2, b2 = params['W1'], params['b1'], params['W2'], params['b2']
    h = np.maximum(0, X @ W1 + b1)
    loss, ds = sm_loss(h @ W2 + b2, y)
    loss += 0.5 * reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    dh = ds @ W2.T
    dh[h == 0] = 0
    return loss, {'W1': X.T @ dh + reg * W1, 'b1': dh.sum(0), 'W2': h.T @ ds, 'b2': ds.sum(0)}


TL = dict(W1=(4, 5), b1=(5,), W2=(5, 3), b2=(3,))
bad('wd_net_W2_reg_forgotten', 'net', two_layer, data(4, 3, TL), 'MISSING_REG', 'dW2 lacks reg * W2')


def two_layer_twos(params, X, y, reg):
    W1, b1, W2, b2 = params['W1'], params['b1'], params['W2'], params['b2']
    a = X.dot(W1) + b1
    h = a * (a > 0)
    loss, dscores = sm_loss(h.dot(W2) + b2, y)
    loss += reg * np.sum(W1 * W1) + reg * np.sum(W2 * W2)
    grads = {}
    grads['W2'] = np.dot(h.T, dscores) + reg * W2
    grads['b2'] = np.sum(dscores, axis=0)
    dhidden = np.dot(dscores, W2.T)
    dhidden[a <= 0] = 0
    grads['W1'] = np.dot(X.T, dhidden) + reg * W1
    grads['b1'] = np.sum(dhidden, axis=0)
    return loss, grads


bad('wd_net_reg_without_two', 'net', two_layer_twos, data(4, 3, TL), 'MISSING_REG', 'loss has reg*W^2, gradient reg*W: half of the penalty is missing', ['SCALE_HALF'])


def bias_column(params, X, y, reg):
    W = params['W']
    Xb = np.c_[X, np.ones(len(X))]
    loss, ds = sm_loss(Xb @ W, y)
    loss += reg * np.sum(W[:-1] ** 2)
    return loss, {'W': Xb.T @ ds + 2 * reg * W}


bad('wd_linear_bias_row_penalised', 'net', bias_column, data(3, 3, dict(W=(4, 3))), 'EXTRA_REG', 'the bias row of W is penalised in the gradient, left out in the loss', ['ADDITIVE_TERM'])


def three_layer(params, X, y, reg):
    p = params
    h1 = np.maximum(X @ p['W1'] + p['b1'], 0)
    h2 = np.maximum(h1 @ p['W2'] + p['b2'], 0)
    loss, d = sm_loss(h2 @ p['W3'] + p['b3'], y)
    g = {'W3': h2.T @ d, 'b3': d.sum(0)}
    d = d @ p['W3'].T * (h2 > 0)
    g.update(W2=h1.T @ d, b2=d.sum(0))
    d = d @ p['W2'].T
    g.update(W1=X.T @ d, b1=d.sum(0))
    for k in ('W1', 'W2', 'W3'):
        loss += 0.5 * reg * np.sum(p[k] ** 2)
        g[k] += reg * p[k]
    return loss, g


bad('wd_three_layer_first_relu_skipped', 'net', three_layer, data(3, 3, dict(W1=(3, 5), b1=(5,), W2=(5, 4), b2=(4,), W3=(4, 3), b3=(3,)), reg=0.05), 'MASK_MISSING',
    'the relu of the first layer has no backward pass', ['ELEMENTWISE_FACTOR'])


def nielsen(params, X, y, reg):
    sg = lambda z: 1 / (1 + np.exp(-z))
    prime = lambda z: sg(z) * (1 - sg(z))
    w0, b0, w1, b1 = params['w0'], params['b0'], params['w1'], params['b1']
    nw0, nb0, nw1, nb1 = (np.zeros_like(v) for v in (w0, b0, w1, b1))
    C = 0.0
    for x, k in zip(X, y):
        x = x[:, None]
        t = np.eye(2)[:, [k]]
        z0 = w0 @ x + b0; a0 = sg(z0)
        z1 = w1 @ a0 + b1; a1 = sg(z1)
        C += 0.5 * np.sum((a1 - t) ** 2)
        delta = (a1 - t) * prime(z1)
        nb1 += delta
        nw1 += delta @ a0.T
        delta = (w1.T @ delta) * prime(a0)
        nb0 += delta
        nw0 += delta @ x.T
    n = len(X)
    return C / n, {'w0': nw0 / n, 'b0': nb0 / n, 'w1': nw1 / n, 'b1': nb1 / n}


bad('wd_nielsen_prime_of_activation', 'net', nielsen, data(3, 2, dict(w0=(4, 3), b0=(4, 1), w1=(2, 4), b1=(2, 1)), 0.0, 1.5), 'WRONG_POINT',
    'sigmoid_prime(a) for sigmoid_prime(z) in the hidden layer', ['ELEMENTWISE_FACTOR'])


def tied(params, X, y, reg):
    W, b, c = params['W'], params['b'], params['c']
    h = np.tanh(X @ W + b)
    e = (h @ W.T + c - X) / len(X)
    loss = 0.5 * len(X) * np.sum(e ** 2)
    da = (e @ W) * (1 - h ** 2)
    return loss, {'W': X.T @ da, 'b': da.sum(0), 'c': e.sum(0)}


bad('wd_tied_decoder_path_lost', 'net', tied, data(4, 2, dict(W=(4, 3), b=(3,), c=(4,)), 0.0), 'MISSING_TERM', 'W is used twice, only the encoder path counts')


def residual_net(params, X, y, reg):
    W1, W2 = params['W1'], params['W2']
    h1 = X + np.tanh(X @ W1)
    t2 = np.tanh(h1 @ W2)
    h2 = h1 + t2
    loss, d = sm_loss(h2, y)
    grads = {}
    grads['W1'] = grads['W2'] = np.zeros_like(W1)
    da2 = d * (1 - t2 ** 2)
    grads['W2'] += h1.T @ da2
    d = d + da2 @ W2.T
    da1 = d * (1 - (h1 - X) ** 2)
    grads['W1'] += X.T @ da1
    return loss, grads


bad('wd_net_shared_zero_buffer', 'net', residual_net, data(4, 4, dict(W1=(4, 4), W2=(4, 4)), 0.0), 'ALIASED', "grads['W1'] = grads['W2'] = zeros: both names are one array and add up", ['ADDITIVE_TERM'])


# =============================================================== odd layers
def per_row(x, M):
    return np.array([M @ v for v in x]), (x, M)


def per_row_back(d, cache):
    x, M = cache
    dx = np.zeros_like(x)
    dM = np.zeros_like(M)
    for k in range(len(x)):
        dx[k] = M @ d[k]
        dM += np.outer(d[k], x[k])
    return dx, dM


bad('wd_matvec_not_transposed', 'layer', per_row, lambda rng, n: (rng.standard_normal((n, 3)), rng.standard_normal((3, 3))), 'UNNAMED', 'M @ d for M.T @ d with vectors', ['TRANSPOSED', 'WRONG_POINT'], backward=per_row_back)


def gelu(x):
    return 0.5 * x * (1 + erf(x / np.sqrt(2))), x


def gelu_back(d, x):
    k = np.sqrt(2 / np.pi)
    t = np.tanh(k * (x + 0.044715 * x ** 3))
    return d * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * k * (1 + 3 * 0.044715 * x * x))


bad('wd_gelu_erf_forward_tanh_backward', 'layer', gelu, lambda rng, n: (2 * rng.standard_normal((n, 5)),), 'SMALL_ERROR', 'exact erf gelu forward, derivative of the tanh approximation backward', ['ELEMENTWISE_FACTOR'], backward=gelu_back)


def residual(x, W):
    f = np.tanh(x @ W)
    return x + f, (x, W, f)


def residual_back(d, cache):
    x, W, f = cache
    da = d * (1 - f ** 2)
    dx = da @ W.T + d
    dx += d
    return dx, x.T @ da


bad('wd_residual_skip_twice', 'layer', residual, lambda rng, n: (rng.standard_normal((n, 3)), rng.standard_normal((3, 3))), 'ADDITIVE_TERM', 'the skip path is added twice', ['SCALE_TWO'], backward=residual_back)


def attention(q, k, v):
    s = np.einsum('nid,njd->nij', q, k) / np.sqrt(q.shape[-1])
    a = softmax(s)
    return a @ v, (q, k, v, a)


def attention_back(d, cache):
    q, k, v, a = cache
    dv = a.transpose(0, 2, 1) @ d
    da = d @ v.transpose(0, 2, 1)
    ds = a * (da - (da * a).sum(-1, keepdims=True))
    return ds @ k / np.sqrt(q.shape[-1]), ds.transpose(0, 2, 1) @ q, dv


bad('wd_attention_dk_unscaled', 'layer', attention, lambda rng, n: tuple(rng.standard_normal((n, 3, 5)) for _ in range(3)), 'SCALE_OTHER', 'dk lacks 1/sqrt(d)', ['ELEMENTWISE_FACTOR'], backward=attention_back)


def relu_z(x):
    return np.maximum(0, x), x


def with_zeros(rng, n):
    x = rng.standard_normal((n, 5))
    x[:, 1] = 0.0                  # a column switched off by an earlier relu or by dropout
    x[0, 3] = 0.0
    return (x + 0.05 * np.sign(x),)


bad('wd_relu_greater_equal', 'layer', relu_z, with_zeros, 'KINK_CONVENTION', 'x >= 0: derivative 1 at exactly zero', ['MASK_WRONG', 'MASK_LEAK'], backward=lambda d, x: d * (x >= 0))
