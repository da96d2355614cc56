import numpy as np

CASES = []


def case(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=expected, alternatives=tuple(alternatives), note=note))


def softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def ce(p, y):
    return -np.mean(np.log(p[np.arange(len(y)), y]))


def cls_in(rng, n):
    return rng.standard_normal((n, 5)), rng.integers(0, 5, n)


def s1(x, y):
    N = x.shape[0]
    p = softmax(x)
    loss = ce(p, y)
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx
case('softmax no 1/N', 'loss', s1, None, cls_in, 'SCALE_BATCH')


def s2(x, y):
    N = x.shape[0]
    p = softmax(x)
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return ce(p, y), dx / N
case('softmax 1/N twice', 'loss', s2, None, cls_in, 'SCALE_INV_BATCH')


def s3(x, y):
    N = x.shape[0]
    p = softmax(x)
    loss = -np.log(p[np.arange(N), y]).sum() / N
    return loss, p / N
case('softmax label term missing', 'loss', s3, None, cls_in, 'LABEL_TERM')


def s4(x, y):
    N = x.shape[0]
    p = softmax(x)
    dx = p / N
    dx[range(N), y] -= 1
    return ce(p, y), dx
case('softmax minus one after division', 'loss', s4, None, cls_in, 'LABEL_TERM')


def s5(x, y):
    N = x.shape[0]
    p = softmax(x)
    dx = p.copy()
    dx[range(N), y] += 1
    return ce(p, y), dx / N
case('softmax plus one', 'loss', s5, None, cls_in, 'LABEL_TERM')


def s6(x, y):
    N = x.shape[0]
    p = softmax(x)
    dx = p.copy()
    dx[:, y] -= 1
    return ce(p, y), dx / N
case('softmax dx[:, y]', 'loss', s6, None, cls_in, 'LABEL_INDEX')


def s7(x, y):
    N = x.shape[0]
    p = softmax(x)
    dx = p.copy()
    dx[np.arange(N), y - 1] -= 1
    return ce(p, y), dx / N
case('softmax labels from one', 'loss', s7, None, cls_in, 'LABEL_INDEX')


def s8(x, y):
    N = x.shape[0]
    p = softmax(x)
    t = np.eye(x.shape[1])[y]
    return -np.sum(t * np.log(p)) / N, (t - p) / N
case('softmax target minus p', 'loss', s8, None, cls_in, 'SIGN')


def s9(x, y):
    N = x.shape[0]
    p = softmax(x)
    t = np.eye(x.shape[1])[y]
    return -np.sum(t * np.log(p)) / N, (softmax(p) - t) / N
case('softmax applied twice', 'loss', s9, None, cls_in, 'DOUBLE_SOFTMAX')


def s10(x, y):
    N = x.shape[0]
    p = softmax(x)
    e = np.exp(x - x.max())
    dx = e / e.sum(axis=0)
    dx[np.arange(N), y] -= 1
    return ce(p, y), dx / N
case('softmax gradient over axis 0', 'loss', s10, None, cls_in, 'WRONG_AXIS', ('UNNAMED',))


def s11(x, y):
    N = x.shape[0]
    p = softmax(x)
    loss = -np.log(p[np.arange(N), y]).sum()
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N
case('softmax sum loss, mean gradient', 'loss', s11, None, cls_in, 'SCALE_INV_BATCH')


def s12(x, y):
    N = x.shape[0]
    p = softmax(x)
    loss = 0.0
    dx = np.zeros_like(x)
    for i in range(N):
        loss -= np.log(p[i, y[i]]) / N
    for i in range(N - 1):
        dx[i] = p[i] / N
        dx[i, y[i]] -= 1.0 / N
    return loss, dx
case('softmax loop N-1', 'loss', s12, None, cls_in, 'BATCH_SUBSET')


def s13(x, y):
    N = x.shape[0]
    x -= x.max(axis=1, keepdims=True)
    p = softmax(x)
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return ce(p, y), dx / N
case('softmax shifts scores in place', 'loss', s13, None, cls_in, 'MUTATES_INPUT', ('ALIASED',))


def s14(x, y):
    N = x.shape[0]
    p = softmax(x)
    dx = p.astype(np.float32)
    dx[np.arange(N), y] -= 1
    return ce(p, y), dx / np.float32(N)
case('softmax gradient float32', 'loss', s14, None, cls_in, 'DTYPE', ('SMALL_ERROR',))


def big_in(rng, n):
    x = rng.standard_normal((n, 5))
    x[:, 0] += 1000.0
    return x, rng.integers(0, 5, n)


def s15(x, y):
    N = x.shape[0]
    e = np.exp(x)
    p = e / e.sum(axis=1, keepdims=True)
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return -np.mean(np.log(p[np.arange(N), y])), dx / N
case('softmax unshifted, scores 1000', 'loss', s15, None, big_in, 'NONFINITE')


def s16(x, y):
    T = 3.0
    N = x.shape[0]
    p = softmax(x / T)
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return ce(p, y), dx / N
case('softmax temperature', 'loss', s16, None, cls_in, 'SCALE_OTHER')


def s17(x, y):
    N, C = x.shape
    p = softmax(x)
    t = np.eye(C)[y] * 0.8 + 0.2 / C
    dx = (p - np.eye(C)[y]) / N
    return -np.sum(t * np.log(p)) / N, dx
case('label smoothing ignored', 'loss', s17, None, cls_in, 'UNNAMED', ('ADDITIVE_TERM', 'LABEL_TERM', 'SMALL_ERROR'))


def s18(x, y):
    N, C = x.shape
    p = softmax(x)
    cw = np.linspace(0.5, 2.5, C)[y]
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return -np.mean(cw * np.log(p[np.arange(N), y])), dx / N
case('class weights ignored', 'loss', s18, None, cls_in, 'ELEMENTWISE_FACTOR', ('UNNAMED',))


def s19(x, y):
    p = softmax(x)
    dx = np.zeros_like(x)
    return ce(p, y), dx
case('softmax dx zeros', 'loss', s19, None, cls_in, 'ZERO')


def s20(x, y):
    N = x.shape[0]
    p = softmax(x)
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return ce(p, y), (dx / N).ravel()
case('softmax dx flat', 'loss', s20, None, cls_in, 'FLATTENED', ('WRONG_SHAPE',))


# ---- svm
def margins(x, y):
    m = np.maximum(0, x - x[np.arange(len(y)), y][:, None] + 1.0)
    m[np.arange(len(y)), y] = 0
    return m


def v1(x, y):
    N = x.shape[0]
    m = margins(x, y)
    dx = (m > 0).astype(float)
    return m.sum() / N, dx / N
case('svm label entries forgotten', 'loss', v1, None, cls_in, 'LABEL_TERM')


def v2(x, y):
    N = x.shape[0]
    m = margins(x, y)
    dx = (m > 0).astype(float)
    dx[np.arange(N), y] = -1
    return m.sum() / N, dx / N
case('svm label minus one', 'loss', v2, None, cls_in, 'LABEL_TERM')


def v3(x, y):
    N = x.shape[0]
    m = margins(x, y)
    dx = (m > 0).astype(float)
    dx[np.arange(N), y] -= dx.sum(axis=1)
    return m.sum() / N, dx
case('svm no 1/N', 'loss', v3, None, cls_in, 'SCALE_BATCH')


def v4(x, y):
    N = x.shape[0]
    m = margins(x, y)
    dx = m.copy()
    dx[np.arange(N), y] -= dx.sum(axis=1)
    return np.sum(m ** 2) / N, dx / N
case('squared hinge half', 'loss', v4, None, cls_in, 'SCALE_HALF')


def v5(x, y):
    N = x.shape[0]
    m = margins(x, y)
    dx = (m > 1.0).astype(float)
    dx[np.arange(N), y] = -dx.sum(axis=1)
    return m.sum() / N, dx / N
case('svm mask without the margin', 'loss', v5, None, cls_in, 'MASK_WRONG', ('UNNAMED',))


def v6(x, y):
    N = x.shape[0]
    m = margins(x, y)
    dx = np.zeros_like(x)
    for i in range(N):
        for j in range(x.shape[1]):
            if j == y[i]:
                continue
            if m[i, j] > 0:
                dx[i, j] += 1
                dx[i, y[i]] += 1
    return m.sum() / N, dx / N
case('svm label sign in loop', 'loss', v6, None, cls_in, 'LABEL_TERM')


# ---- regression
def reg_in(rng, n):
    return rng.standard_normal((n, 3)), rng.standard_normal((n, 3))


def m1(x, t):
    N = x.shape[0]
    return np.sum((x - t) ** 2) / N, (x - t) / N
case('mse half', 'loss', m1, None, reg_in, 'SCALE_HALF')


def m2(x, t):
    N = x.shape[0]
    return 0.5 * np.sum((x - t) ** 2) / N, 2 * (x - t) / N
case('half mse twice', 'loss', m2, None, reg_in, 'SCALE_TWO')


def m3(x, t):
    return 0.5 * np.sum((t - x) ** 2), t - x
case('mse sign', 'loss', m3, None, reg_in, 'SIGN')


def m4(x, t):
    return np.mean((x - t) ** 2), 2 * (x - t) / len(x)
case('mse mean over entries', 'loss', m4, None, reg_in, 'SCALE_OTHER')


def huber_in(rng, n):
    return 2 * rng.standard_normal((n, 3)), rng.standard_normal((n, 3))


def m5(x, t):
    d = x - t
    a = np.abs(d)
    loss = np.where(a <= 1, 0.5 * d * d, a - 0.5).sum() / len(x)
    return loss, d / len(x)
case('huber not clipped', 'loss', m5, None, huber_in, 'MASK_WRONG', ('ELEMENTWISE_FACTOR', 'UNNAMED'))


def bce_in(rng, n):
    return rng.standard_normal((n, 1)), rng.integers(0, 2, (n, 1))


def l1(z, y):
    p = 0.5 * (1 + np.tanh(z / 2))
    loss = np.mean(np.logaddexp(0, z) - y * z)
    return loss, p - y
case('bce no 1/m', 'loss', l1, None, bce_in, 'SCALE_BATCH')


def l2(z, y):
    p = 0.5 * (1 + np.tanh(z / 2))
    loss = np.mean(np.logaddexp(0, z) - y * z)
    return loss, (p - y) * p * (1 - p) / len(z)
case('bce times sigmoid prime', 'loss', l2, None, bce_in, 'ELEMENTWISE_FACTOR')


def l3(z, y):
    loss = np.mean(np.logaddexp(0, z) - y * z)
    return loss, (z - y) / len(z)
case('bce z for p', 'loss', l3, None, bce_in, 'UNNAMED', ('WRONG_POINT', 'ELEMENTWISE_FACTOR', 'ADDITIVE_TERM'))


# ---- linear classifiers with a penalty (x is W)
def lin_in(rng, n):
    return rng.standard_normal((4, 3)), rng.standard_normal((n, 4)), rng.integers(0, 3, n), 0.3


def data(W, X, y):
    N = X.shape[0]
    p = softmax(X.dot(W))
    d = p.copy()
    d[np.arange(N), y] -= 1
    return ce(p, y), X.T.dot(d) / N


def w1(W, X, y, reg):
    loss, dW = data(W, X, y)
    loss += 0.5 * reg * np.sum(W * W)
    return loss, dW
case('linear reg gradient missing', 'loss', w1, None, lin_in, 'MISSING_REG', ('ADDITIVE_TERM',))


def w2(W, X, y, reg):
    loss, dW = data(W, X, y)
    loss += 0.5 * reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
case('linear 2 reg W for half', 'loss', w2, None, lin_in, 'EXTRA_REG', ('ADDITIVE_TERM',))


def w3(W, X, y, reg):
    loss, dW = data(W, X, y)
    loss += reg * np.sum(W * W)
    dW -= 2 * reg * W
    return loss, dW
case('linear reg sign', 'loss', w3, None, lin_in, 'ADDITIVE_TERM', ('MISSING_REG', 'SIGN'))


def w4(W, X, y, reg):
    loss, dW = data(W, X, y)
    dW += reg * W
    return loss, dW
case('linear reg only in gradient', 'loss', w4, None, lin_in, 'EXTRA_REG', ('ADDITIVE_TERM',))


def w5(W, X, y, reg):
    loss, dW = data(W, X, y)
    loss += reg * np.sum(np.abs(W))
    dW += reg * W
    return loss, dW
case('l1 penalty with l2 gradient', 'loss', w5, None, lin_in, 'UNNAMED', ('ADDITIVE_TERM', 'MISSING_REG', 'EXTRA_REG'))


def w6(W, X, y, reg):
    loss, dW = data(W, X, y)
    return loss, X.T.dot(softmax(X.dot(W)) - np.eye(3)[y])
case('linear dW no 1/N', 'loss', w6, None, lin_in, 'SCALE_BATCH')


def w7(W, X, y, reg):
    loss, dW = data(W, X, y)
    return loss, dW.T
case('linear dW transposed', 'loss', w7, None, lin_in, 'TRANSPOSED', ('WRONG_SHAPE',))


def pen_in(rng, n):
    return rng.standard_normal((4, 3)), 0.1


def w8(W, lam):
    return 0.5 * lam * np.sum(W ** 2), 2 * lam * W
case('l2 penalty twice', 'loss', w8, None, pen_in, 'SCALE_TWO', ('EXTRA_REG',))


def w9(W, lam):
    return 0.5 * lam * np.sum(W ** 2), W.copy()
case('l2 penalty lambda missing', 'loss', w9, None, pen_in, 'SCALE_OTHER')
