import numpy as np

CASES = []


def case(**kw):
    kw.setdefault('backward', None)
    kw.update(expected=None, alternatives=())
    kw.setdefault('note', '')
    CASES.append(kw)


def scores_int(C):
    def inputs(rng, n):
        return 2 * rng.standard_normal((n, C)), rng.integers(0, C, n)
    return inputs


# =============================================================== losses
def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


case(name='rd_softmax_loss_huge_scores', kind='loss', forward=softmax_loss,
     inputs=lambda rng, n: (rng.standard_normal((n, 5)) + 1000.0, rng.integers(0, 5, n)))


def softmax_loss_loops(x, y):
    n, c = x.shape
    dx = np.zeros_like(x)
    loss = 0.0
    for i in range(n):
        f = x[i] - x[i].max()
        den = 0.0
        for j in range(c):
            den += np.exp(f[j])
        loss += -f[y[i]] + np.log(den)
        for j in range(c):
            dx[i, j] = np.exp(f[j]) / den - (j == y[i])
    return loss / n, dx / n


case(name='rd_softmax_loss_loops', kind='loss', forward=softmax_loss_loops, inputs=scores_int(4))


def onehot_ce(x, y):
    """y: one-hot rows, float. Sum over the batch, no mean."""
    lse = np.log(np.exp(x).sum(1, keepdims=True))
    return float(np.sum(y * (lse - x))), np.exp(x - lse) - y


case(name='rd_onehot_sum_ce', kind='loss', forward=onehot_ce,
     inputs=lambda rng, n: (rng.standard_normal((n, 3)), np.eye(3)[rng.integers(0, 3, n)]))


def smooth_ce(x, y):
    N, C = x.shape
    eps = 0.1
    t = np.full((N, C), eps / C)
    t[np.arange(N), y] += 1 - eps
    p = np.exp(x - x.max(1)[:, None]); p /= p.sum(1)[:, None]
    return -(t * np.log(p)).sum() / N, (p - t) / N


case(name='rd_label_smoothing', kind='loss', forward=smooth_ce, inputs=scores_int(6))


def svm_loss(x, y):
    N = x.shape[0]
    correct_class_scores = x[np.arange(N), y]
    margins = np.maximum(0, x - correct_class_scores[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx


case(name='rd_svm_loss', kind='loss', forward=svm_loss, inputs=scores_int(4))


def svm_naive(x, y):
    dS = np.zeros(x.shape)
    loss = 0.0
    num_train = len(x)
    for i in range(num_train):
        for j in range(x.shape[1]):
            if j == y[i]:
                continue
            margin = x[i, j] - x[i, y[i]] + 1
            if margin > 0:
                loss += margin
                dS[i, j] += 1.0 / num_train
                dS[i, y[i]] -= 1.0 / num_train
    return loss / num_train, dS


case(name='rd_svm_naive', kind='loss', forward=svm_naive,
     inputs=lambda rng, n: (np.vstack([[9.0, -3.0, 0.5], rng.standard_normal((n - 1, 3))]), np.r_[0, rng.integers(0, 3, n - 1)]),
     note='first sample has no active margin')


def sq_hinge_multi(x, y):
    i = np.arange(len(y))
    m = np.maximum(0, x - x[i, y][:, None] + 1)
    m[i, y] = 0
    d = 2 * m
    d[i, y] = -d.sum(axis=1)
    return (m ** 2).sum() / len(y), d / len(y)


case(name='rd_l2_svm', kind='loss', forward=sq_hinge_multi, inputs=scores_int(3))


def binary_hinge(x, y):
    # x (N,), y in {-1, +1}
    active = (y * x < 1)
    loss = np.mean(np.where(active, 1 - y * x, 0))
    return loss, np.where(active, -y, 0) / x.size


case(name='rd_binary_hinge', kind='loss', forward=binary_hinge,
     inputs=lambda rng, n: (2 * rng.standard_normal(n), rng.choice([-1, 1], n)))


def mse(x, y):
    diff = x - y
    return np.mean(diff ** 2), 2 * diff / diff.size


case(name='rd_mse_mean_all', kind='loss', forward=mse,
     inputs=lambda rng, n: (rng.standard_normal((n, 3)), rng.standard_normal((n, 3))))


def half_sse(x, y):
    e = y - x
    return 0.5 * np.vdot(e, e) / len(x), -e / len(x)


case(name='rd_half_sse_per_sample', kind='loss', forward=half_sse,
     inputs=lambda rng, n: (rng.standard_normal((n, 2, 2)), rng.standard_normal((n, 2, 2))))


def logistic_pm(x, y):
    z = -y * x
    loss = np.logaddexp(0, z).sum()
    g = -y / (1 + np.exp(y * x))
    return loss, g


case(name='rd_logistic_pm_one', kind='loss', forward=logistic_pm,
     inputs=lambda rng, n: (3 * rng.standard_normal((n, 1)), rng.choice([-1.0, 1.0], (n, 1))))


def bce_logits(x, y):
    loss = np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    p = np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), 1 - 1 / (1 + np.exp(-np.abs(x))))
    return loss, (p - y) / x.size


case(name='rd_bce_logits_saturated', kind='loss', forward=bce_logits,
     inputs=lambda rng, n: (np.r_[60.0, -90.0, 3 * rng.standard_normal(n - 2)], np.r_[0.0, 0.0, rng.integers(0, 2, n - 2).astype(float)]))


def huber(x, y):
    delta = 0.7
    r = x - y
    small = np.abs(r) <= delta
    loss = np.where(small, 0.5 * r * r, delta * (np.abs(r) - 0.5 * delta)).mean()
    grad = np.clip(r, -delta, delta) / r.size
    return loss, grad


case(name='rd_huber_clip', kind='loss', forward=huber,
     inputs=lambda rng, n: (rng.standard_normal((n, 4)), rng.standard_normal((n, 4))))


def temporal_softmax_loss(x, y):
    """y == -1 marks padding; average over the minibatch, sum over time (cs231n)"""
    N, T, V = x.shape
    mask = (y != -1).reshape(N * T)
    xf = x.reshape(N * T, V)
    yf = y.reshape(N * T)
    probs = np.exp(xf - np.max(xf, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(mask * np.log(probs[np.arange(N * T), yf])) / N
    dxf = probs.copy()
    dxf[np.arange(N * T), yf] -= 1
    dxf /= N
    dxf *= mask[:, None]
    return loss, dxf.reshape(N, T, V)


def padded(rng, n):
    y = rng.integers(0, 4, (n, 3))
    y[::2, 2] = -1
    y[1, 1:] = -1
    return rng.standard_normal((n, 3, 4)), y


case(name='rd_temporal_softmax_masked', kind='loss', forward=temporal_softmax_loss, inputs=padded)


def dlfs_ce(x, y):
    batch_size = y.shape[0]
    loss = -np.sum(np.log(x[np.arange(batch_size), y] + 1e-7)) / batch_size
    dx = np.zeros_like(x)
    dx[np.arange(batch_size), y] = -1 / (x[np.arange(batch_size), y] + 1e-7) / batch_size
    return loss, dx


def probs_inputs(rng, n):
    p = rng.random((n, 4)) + 0.1
    return p / p.sum(1, keepdims=True), rng.integers(0, 4, n)


case(name='rd_ce_on_probabilities', kind='loss', forward=dlfs_ce, inputs=probs_inputs)


# =============================================================== nets
def data(D, C, shapes, reg=0.1, scale=0.5):
    def inputs(rng, n):
        params = {k: scale * rng.standard_normal(s) for k, s in shapes.items()}
        return params, rng.standard_normal((n, D)), rng.integers(0, C, n), reg
    return inputs


def two_layer(params, X, y, reg):
    W1, b1 = params['W1'], params['b1']
    W2, b2 = params['W2'], params['b2']
    N, D = X.shape
    h = np.maximum(0, X.dot(W1) + b1)
    scores = h.dot(W2) + b2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[range(N), y]).mean() + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    grads = {}
    dscores = p
    dscores[range(N), y] -= 1
    dscores /= N
    grads['W2'] = h.T.dot(dscores) + 2 * reg * W2
    grads['b2'] = dscores.sum(axis=0)
    dh = dscores.dot(W2.T)
    dh[h <= 0] = 0
    grads['W1'] = X.T.dot(dh) + 2 * reg * W1
    grads['b1'] = dh.sum(axis=0)
    return loss, grads


case(name='rd_two_layer_reg_full', kind='net', forward=two_layer,
     inputs=data(4, 3, dict(W1=(4, 5), b1=(5,), W2=(5, 3), b2=(3,))))


def three_layer(params, X, y, reg):
    acts, a = [], X
    for l in (1, 2):
        z = a @ params['W%d' % l] + params['b%d' % l]
        acts.append((a, z))
        a = np.where(z > 0, z, 0.1 * z)
    s = a @ params['W3'] + params['b3']
    loss, ds = svm_loss(s, y)
    loss += 0.5 * reg * sum(np.sum(params['W%d' % l] ** 2) for l in (1, 2, 3))
    grads = {'W3': a.T @ ds + reg * params['W3'], 'b3': ds.sum(0)}
    g = ds @ params['W3'].T
    for l in (2, 1):
        inp, z = acts[l - 1]
        g = g * np.where(z > 0, 1, 0.1)
        grads['W%d' % l] = inp.T @ g + reg * params['W%d' % l]
        grads['b%d' % l] = g.sum(0)
        g = g @ params['W%d' % l].T
    return loss, grads


case(name='rd_three_layer_leaky_svm', kind='net', forward=three_layer,
     inputs=data(3, 4, dict(W1=(3, 4), b1=(4,), W2=(4, 3), b2=(3,), W3=(3, 4), b3=(4,)), reg=0.3, scale=0.8))


def bias_trick_svm(params, X, y, reg):
    W = params['W']                       # last row is the bias, and is penalised too
    Xb = np.hstack([X, np.ones((len(X), 1))])
    loss, dS = svm_naive(Xb @ W, y)
    return loss + reg * np.sum(W * W), {'W': Xb.T @ dS + 2 * reg * W}


case(name='rd_linear_svm_bias_trick', kind='net', forward=bias_trick_svm, inputs=data(4, 3, dict(W=(5, 3)), reg=0.05))


def logreg(params, X, y, reg):
    w, b = params['w'], params['b']
    m = X.shape[0]
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    cost = -(y @ np.log(a) + (1 - y) @ np.log(1 - a)) / m + reg / (2 * m) * (w @ w)
    return cost, {'w': X.T @ (a - y) / m + reg / m * w, 'b': np.mean(a - y, keepdims=True)}


case(name='rd_logistic_regression_ng', kind='net', forward=logreg, inputs=data(3, 2, dict(w=(3,), b=(1,)), reg=1.0))


def nielsen(params, X, y, reg):
    """sample by sample, column vectors, quadratic cost, lmbda/2n"""
    sig = lambda z: 1.0 / (1.0 + np.exp(-z))
    prime = lambda z: sig(z) * (1 - sig(z))
    weights = [params['w0'], params['w1']]
    biases = [params['b0'], params['b1']]
    n = len(X)
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    cost = 0.0
    for x, label in zip(X, y):
        t = np.zeros((2, 1)); t[label] = 1.0
        activation = x.reshape(-1, 1)
        activations, zs = [activation], []
        for b, w in zip(biases, weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sig(z)
            activations.append(activation)
        cost += 0.5 * np.linalg.norm(activation - t) ** 2
        delta = (activations[-1] - t) * prime(zs[-1])
        nabla_b[-1] += delta
        nabla_w[-1] += np.dot(delta, activations[-2].T)
        delta = np.dot(weights[1].T, delta) * prime(zs[0])
        nabla_b[0] += delta
        nabla_w[0] += np.dot(delta, activations[0].T)
    cost = cost / n + 0.5 * (reg / n) * sum(np.linalg.norm(w) ** 2 for w in weights)
    g = {}
    for k in (0, 1):
        g['w%d' % k] = nabla_w[k] / n + reg / n * weights[k]
        g['b%d' % k] = nabla_b[k] / n
    return cost, g


case(name='rd_nielsen_quadratic', kind='net', forward=nielsen,
     inputs=data(3, 2, dict(w0=(4, 3), b0=(4, 1), w1=(2, 4), b1=(2, 1)), reg=0.5, scale=1.0))


def bn_dropout_net(params, X, y, reg):
    N = X.shape[0]
    a = X @ params['W1']
    mu, sd = a.mean(0), np.sqrt(a.var(0) + 1e-5)
    xh = (a - mu) / sd
    bn = params['gamma'] * xh + params['beta']
    r = bn * (bn > 0)
    U = (np.random.RandomState(7).rand(*r.shape) < 0.8) / 0.8
    d = r * U
    loss, ds = softmax_loss(d @ params['W2'] + params['b2'], y)
    loss += 0.5 * reg * (np.sum(params['W1'] ** 2) + np.sum(params['W2'] ** 2))
    grads = {'W2': d.T @ ds + reg * params['W2'], 'b2': ds.sum(0)}
    dbn = (ds @ params['W2'].T) * U * (bn > 0)
    grads['gamma'] = np.einsum('nd,nd->d', dbn, xh)
    grads['beta'] = dbn.sum(0)
    dxh = dbn * params['gamma']
    da = (N * dxh - dxh.sum(0) - xh * (dxh * xh).sum(0)) / (N * sd)
    grads['W1'] = X.T @ da + reg * params['W1']
    return loss, grads


case(name='rd_bn_relu_dropout_net', kind='net', forward=bn_dropout_net,
     inputs=data(4, 3, dict(W1=(4, 5), gamma=(5,), beta=(5,), W2=(5, 3), b2=(3,)), scale=1.0))


def tied_autoencoder(params, X, y, reg):
    W, b, c = params['W'], params['b'], params['c']
    h = np.tanh(X @ W + b)
    r = h @ W.T + c
    n = len(X)
    e = r - X
    loss = 0.5 * np.sum(e ** 2) / n + reg * np.sum(W ** 2)
    dr = e / n
    dW = dr.T @ h
    da = (dr @ W) * (1 - h ** 2)
    dW += X.T @ da
    dW += 2 * reg * W
    return loss, {'W': dW, 'b': da.sum(axis=0), 'c': dr.sum(axis=0)}


case(name='rd_tied_autoencoder', kind='net', forward=tied_autoencoder, inputs=data(4, 2, dict(W=(4, 3), b=(3,), c=(4,))))


def elastic(params, X, y, reg):
    W, b = params['W'], params['b']
    loss, ds = smooth_ce(X @ W + b, y)
    loss += reg * np.abs(W).sum() + 0.5 * reg * (W ** 2).sum() + 0.5 * reg * (b ** 2).sum()
    return loss, dict(W=X.T @ ds + reg * (np.sign(W) + W), b=ds.sum(axis=0, keepdims=True) + reg * b)


case(name='rd_elastic_net_bias_penalised', kind='net', forward=elastic, inputs=data(3, 3, dict(W=(3, 3), b=(1, 3))))


class Net:
    """a class convention: self.params, self.loss(X, y)"""

    def __init__(self, params, reg):
        self.params, self.reg = params, reg
        self.layers = []

    def loss(self, X, y):
        p, tape, h = self.params, [], X
        for i in range(1, 4):
            W, b = p[f'W{i}'], p[f'b{i}']
            a = h @ W + b
            tape.append((h, W, a))
            h = a if i == 3 else 1 / (1 + np.exp(-a))
        loss, d = softmax_loss(h, y)
        grads = {}
        for i in (3, 2, 1):
            x, W, a = tape[i - 1]
            if i < 3:
                s = 1 / (1 + np.exp(-a))
                d = d * s * (1 - s)
            grads[f'W{i}'] = x.T @ d + self.reg * W
            grads[f'b{i}'] = d.sum(axis=0)
            loss += 0.5 * self.reg * np.sum(W * W)
            d = d @ W.T
        return loss, grads


case(name='rd_class_three_layer_sigmoid', kind='net', forward=lambda params, X, y, reg: Net(params, reg).loss(X, y),
     inputs=data(3, 3, dict(W1=(3, 4), b1=(4,), W2=(4, 4), b2=(4,), W3=(4, 3), b3=(3,)), reg=0.02, scale=1.0))


def linreg(params, X, y, reg):
    w = params['w']
    n = X.shape[0]
    r = X @ w - y[:, None]
    return (r ** 2).sum() / n + reg * (w ** 2).sum() / n, {'w': 2 * (X.T @ r + reg * w) / n}


case(name='rd_ridge_penalty_over_n', kind='net', forward=linreg, inputs=data(5, 4, dict(w=(5, 1)), reg=0.7))
