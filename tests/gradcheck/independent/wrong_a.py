import numpy as np

CASES = []


def case(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=expected, alternatives=tuple(alternatives), note=note))


# ---- affine, rows as samples (cs231n)
def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def aff_in(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)


def aff_in4(rng, n):
    return rng.standard_normal((n, 2, 3, 2)), rng.standard_normal((12, 5)), rng.standard_normal(5)


def aff_sq(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 4)), rng.standard_normal(4)


def a1(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.mean(axis=0)
    return dx, dw, db
case('affine db mean', 'layer', affine_forward, a1, aff_in, 'SCALE_INV_BATCH', ('SCALE_OTHER',))


def a2(dout, cache):
    x, w, b = cache
    m = x.shape[0]
    dx = np.dot(dout, w.T)
    dw = np.dot(x.T, dout) / m
    db = np.sum(dout, axis=0) / m
    return dx, dw, db
case('affine dw and db over m', 'layer', affine_forward, a2, aff_in, 'SCALE_INV_BATCH', ('SCALE_OTHER',))


def a3(dout, cache):
    x, w, b = cache
    return dout @ w.T, dout.T @ x, dout.sum(0)
case('affine dw transposed', 'layer', affine_forward, a3, aff_in, 'TRANSPOSED', ('WRONG_SHAPE',))


def a4(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w)
    return dx, np.dot(x.T, dout), np.sum(dout, axis=0)
case('affine square w not transposed', 'layer', affine_forward, a4, aff_sq, 'TRANSPOSED')


def a4b(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w)
    return dx, np.dot(x.T, dout), np.sum(dout, axis=0)
case('affine w not transposed raises', 'layer', affine_forward, a4b, aff_in, 'RAISES', ('TRANSPOSED',))


def a5(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.copy()
case('affine db not summed', 'layer', affine_forward, a5, aff_in, 'NOT_SUMMED', ('WRONG_SHAPE',))


def a6(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, np.sum(dout, axis=0, keepdims=True)
case('affine db keepdims', 'layer', affine_forward, a6, aff_in, 'KEEPDIMS', ('WRONG_SHAPE',))


def a7(dout, cache):
    x, w, b = cache
    xr = x.reshape(x.shape[0], -1)
    return dout @ w.T, xr.T @ dout, np.sum(dout, axis=0)
case('affine 4-D dx left flat', 'layer', affine_forward, a7, aff_in4, 'FLATTENED', ('WRONG_SHAPE',))


def a8(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, np.sum(dout, axis=1)
case('affine db axis 1', 'layer', affine_forward, a8, aff_in, 'WRONG_AXIS', ('WRONG_SHAPE',))


def a9(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(0)
    return dw, dx, db
case('affine returns dw dx db', 'layer', affine_forward, a9, aff_in, 'SWAPPED', ('WRONG_SHAPE',))


def a10(dout, cache):
    x, w, b = cache
    db = np.ones_like(b) * np.sum(dout)
    return dout @ w.T, x.T @ dout, db
case('affine db total sum', 'layer', affine_forward, a10, aff_in, 'OVER_SUMMED', ('WRONG_AXIS',))


def a11(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout[0].copy()
case('affine db first row', 'layer', affine_forward, a11, aff_in, 'BATCH_SUBSET', ('NOT_SUMMED',))


def a12(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for i in range(N):
        dx[i] = w.dot(dout[i])
        dw = np.outer(x[i], dout[i])
        db += dout[i]
    return dx, dw, db
case('affine loop dw overwritten', 'layer', affine_forward, a12, aff_in, 'BATCH_SUBSET')


def a13(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for i in range(1, N):
        dx[i] = w.dot(dout[i])
        dw += np.outer(x[i], dout[i])
        db += dout[i]
    return dx, dw, db
case('affine loop from 1', 'layer', affine_forward, a13, aff_in, 'BATCH_SUBSET')


def a14(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dw = x.T @ dout
    return dx, dw
case('affine two of three grads', 'layer', affine_forward, a14, aff_in, 'MISSING_GRAD', ('ZERO', 'RAISES'))


def a15(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, None
case('affine db None', 'layer', affine_forward, a15, aff_in, 'ZERO', ('MISSING_GRAD',))


def a16(dout, cache):
    x, w, b = cache
    dw = np.zeros_like(w)
    dw_ = x.T @ dout
    db = dout.sum(axis=0)
    return dout @ w.T, dw, db
case('affine dw stays zero', 'layer', affine_forward, a16, aff_in, 'ZERO')


def a17(dout, cache):
    x, w, b = cache
    dx = -(dout @ w.T)
    return dx, x.T @ dout, dout.sum(0)
case('affine dx minus', 'layer', affine_forward, a17, aff_in, 'SIGN', ('SCALE_OTHER',))


def a18(dout, cache):
    x, w, b = cache
    return dout @ w.T, (x.T @ dout).astype(np.float32), dout.sum(0)
case('affine dw float32', 'layer', affine_forward, a18, aff_in, 'DTYPE', ('SMALL_ERROR',))


def a19(dout, cache):
    x, w, b = cache
    xr = x.reshape(x.shape[0], -1)
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = np.dot(xr.T, dout)
    db = np.sum(dout, axis=0)
    return dx, dw, np.clip(db, -0.5, 0.5)
case('affine db clipped', 'layer', affine_forward, a19, aff_in4, 'NONLINEAR_DOUT', ('MASK_WRONG',))


def a20(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dw = x.T @ np.ones_like(dout)
    db = dout.sum(0)
    return dx, dw, db
case('affine dw without dout', 'layer', affine_forward, a20, aff_in, 'IGNORES_DOUT')


class Affine:                                   # deep learning from scratch
    def __init__(self, W, b):
        self.W = W
        self.b = b
        self.x = None
        self.dW = np.zeros_like(W)
        self.db = np.zeros_like(b)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW += np.dot(self.x.T, dout)
        self.db += np.sum(dout, axis=0)
        return dx


def cls_f(x, W, b):
    layer = Affine(W, b)
    return layer.forward(x), layer


def cls_b(dout, layer):
    dx = layer.backward(dout)
    return dx, layer.dW.copy(), layer.db.copy()
case('class accumulates dW', 'layer', cls_f, cls_b, aff_in, 'NOT_REENTRANT', ('MUTATES_CACHE', 'ALIASED'))


class Stack:
    def __init__(self):
        self.saved = []


def st_f(x, W, b):
    s = Stack()
    s.saved.append((x, W))
    return x @ W + b, s


def st_b(dout, s):
    x, W = s.saved.pop()
    return dout @ W.T, x.T @ dout, dout.sum(0)
case('stack popped in backward', 'layer', st_f, st_b, aff_in, 'NOT_REENTRANT', ('RAISES', 'MUTATES_CACHE'))


def nm_b(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = np.sum(dout, axis=0)
    return dx, dw, dbias
case('affine name error', 'layer', affine_forward, nm_b, aff_in, 'RAISES')


# ---- columns as samples (deeplearning.ai, Nielsen)
def lin_f(A, W, b):
    Z = np.dot(W, A) + b
    return Z, (A, W, b)


def col_in(rng, n):
    return rng.standard_normal((4, n)), rng.standard_normal((3, 4)), rng.standard_normal((3, 1))


def col_sq(rng, n):
    return rng.standard_normal((4, n)), rng.standard_normal((4, 4)), rng.standard_normal((4, 1))


def c1(dZ, cache):
    A, W, b = cache
    return np.dot(W.T, dZ), np.dot(dZ, A.T), np.sum(dZ, axis=1)
case('columns db one-dimensional', 'layer', lin_f, c1, col_in, 'WRONG_SHAPE', ('KEEPDIMS', 'FLATTENED'))


def c2(dZ, cache):
    A, W, b = cache
    return np.dot(W.T, dZ), np.dot(dZ, A.T), dZ.copy()
case('columns db not summed', 'layer', lin_f, c2, col_in, 'NOT_SUMMED', ('WRONG_SHAPE',))


def c3(dZ, cache):
    A, W, b = cache
    return np.dot(W, dZ), np.dot(dZ, A.T), np.sum(dZ, axis=1, keepdims=True)
case('columns square W not transposed', 'layer', lin_f, c3, col_sq, 'TRANSPOSED')


def c4(dZ, cache):
    A, W, b = cache
    dW = np.dot(A, dZ.T)
    return np.dot(W.T, dZ), dW, np.sum(dZ, axis=1, keepdims=True)
case('columns dW transposed', 'layer', lin_f, c4, col_in, 'TRANSPOSED', ('WRONG_SHAPE',))


def c4b(dZ, cache):
    A, W, b = cache
    dW = np.dot(A, dZ.T)
    return np.dot(W.T, dZ), dW, np.sum(dZ, axis=1, keepdims=True)
case('columns square dW transposed', 'layer', lin_f, c4b, col_sq, 'TRANSPOSED')


def c5(dZ, cache):
    A, W, b = cache
    db = np.sum(dZ, keepdims=True) * np.ones(b.shape)
    return np.dot(W.T, dZ), np.dot(dZ, A.T), db
case('columns db over-summed', 'layer', lin_f, c5, col_in, 'OVER_SUMMED', ('WRONG_AXIS',))


# ---- two-operand layers
def mul_f(x, y):
    return x * y, (x, y)


def two(rng, n):
    return rng.standard_normal((n, 3)), rng.standard_normal((n, 3))


def m1(dout, cache):
    x, y = cache
    return dout * x, dout * y
case('mul layer swapped', 'layer', mul_f, m1, two, 'SWAPPED', ('WRONG_POINT', 'ELEMENTWISE_FACTOR'))


def sub_f(x, y):
    return x - y, None


def s1(dout, cache):
    return dout.copy(), dout.copy()
case('sub layer sign', 'layer', sub_f, s1, two, 'SIGN')


def add_f(x, y):
    return x + y, None


def ad1(dout, cache):
    return dout, dout
case('add layer returns dout twice', 'layer', add_f, ad1, two, 'ALIASED')


def ad2(dout, cache):
    dx = dout.copy()
    dy = dx
    return dx, dy
case('add layer one array twice', 'layer', add_f, ad2, two, 'ALIASED')


def cat_f(x, y):
    return np.concatenate([x, y], axis=1), x.shape[1]


def cat_b(dout, k):
    return dout[:, k:].copy(), dout[:, :k].copy()
case('concat swapped', 'layer', cat_f, cat_b, two, 'SWAPPED', ('UNNAMED',))


def mm_f(A, B):
    return A @ B, (A, B)


def mm_in(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 4))


def mm_b(dout, cache):
    A, B = cache
    return dout @ B.T, dout.T @ A
case('matmul dB transposed square', 'layer', mm_f, mm_b, mm_in, 'TRANSPOSED')


# ---- activations
def xin(rng, n):
    return (rng.standard_normal((n, 5)),)


def x0(rng, n):
    x = rng.standard_normal((n, 5))
    x[0, :3] = 0.0
    return (x,)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def sig_f(x):
    out = sigmoid(x)
    return out, (x, out)


def sg1(dout, cache):
    x, out = cache
    return dout * x * (1 - x)
case('sigmoid at x', 'layer', sig_f, sg1, xin, 'WRONG_POINT', ('ELEMENTWISE_FACTOR',))


def sg2(dout, cache):
    x, out = cache
    return dout * out
case('sigmoid factor 1-out missing', 'layer', sig_f, sg2, xin, 'ELEMENTWISE_FACTOR')


def sg3(dout, cache):
    x, out = cache
    s = sigmoid(out)
    return dout * s * (1 - s)
case('sigmoid twice', 'layer', sig_f, sg3, xin, 'WRONG_POINT', ('ELEMENTWISE_FACTOR',))


def sg4(dout, cache):
    x, out = cache
    out *= (1.0 - out)
    return dout * out
case('sigmoid out in place', 'layer', sig_f, sg4, xin, 'MUTATES_CACHE', ('NOT_REENTRANT',))


def sg5(dout, cache):
    x, out = cache
    return out * (1 - out)
case('sigmoid without dout', 'layer', sig_f, sg5, xin, 'IGNORES_DOUT')


def sg_big(rng, n):
    x = rng.standard_normal((n, 5))
    x[0, 0] = -800.0
    x[-1, 2] = -750.0
    return (x,)


def sg6(dout, cache):
    x, out = cache
    e = np.exp(-x)
    return dout * e / (1 + e) ** 2
case('sigmoid derivative overflows', 'layer', sig_f, sg6, sg_big, 'NONFINITE')


def sg7(dout, cache):
    x, out = cache
    return dout * out * (out - 1)
case('sigmoid out-1', 'layer', sig_f, sg7, xin, 'SIGN')


def tanh_f(x):
    out = np.tanh(x)
    return out, (x, out)


def t1(dout, cache):
    x, out = cache
    return dout * (1 - x ** 2)
case('tanh at x', 'layer', tanh_f, t1, xin, 'WRONG_POINT', ('ELEMENTWISE_FACTOR',))


def t2(dout, cache):
    x, out = cache
    return dout * (1 - np.tanh(out) ** 2)
case('tanh at tanh', 'layer', tanh_f, t2, xin, 'WRONG_POINT', ('ELEMENTWISE_FACTOR',))


def t3(dout, cache):
    x, out = cache
    return dout ** 2 * (1 - out ** 2)
case('tanh dout squared', 'layer', tanh_f, t3, xin, 'NONLINEAR_DOUT')


def t4(dout, cache):
    x, out = cache
    return dout * (1 - np.abs(out))
case('tanh without square', 'layer', tanh_f, t4, xin, 'ELEMENTWISE_FACTOR', ('UNNAMED', 'WRONG_POINT'))


def t5(dout, cache):
    x, out = cache
    dout *= 1 - out * out
    return dout.copy()
case('tanh dout in place', 'layer', tanh_f, t5, xin, 'MUTATES_DOUT', ('NOT_REENTRANT',))


def relu_f(x):
    return np.maximum(0, x), x


def r1(dout, cache):
    x = cache
    return (x > 0).astype(float)
case('relu without dout', 'layer', relu_f, r1, xin, 'IGNORES_DOUT')


def r2(dout, cache):
    dx = dout.copy()
    dx[dout <= 0] = 0
    return dx
case('relu mask from dout', 'layer', relu_f, r2, xin, 'MASK_FROM_DOUT', ('NONLINEAR_DOUT',))


def r3(dout, cache):
    x = cache
    dx = np.array(dout, copy=True)
    dx[x > 0] = 0
    return dx
case('relu inverted', 'layer', relu_f, r3, xin, 'MASK_INVERTED')


def r4(dout, cache):
    return dout * 1.0
case('relu no mask', 'layer', relu_f, r4, xin, 'MASK_MISSING')


def r5(dout, cache):
    x = cache
    return np.where(x > 0, dout, 0.1 * dout)
case('relu leaky backward', 'layer', relu_f, r5, xin, 'MASK_LEAK')


def r6(dout, cache):
    return dout * (cache >= 0)
case('relu at zero one', 'layer', relu_f, r6, x0, 'KINK_CONVENTION')


def r7(dout, cache):
    x = cache
    dout[x <= 0] = 0
    dx = dout
    return dx
case('relu dls style on dout', 'layer', relu_f, r7, xin, 'MUTATES_DOUT', ('ALIASED',))


def r8(dout, cache):
    x = cache
    return dout * (x > 0.5)
case('relu threshold half', 'layer', relu_f, r8, xin, 'MASK_WRONG')


def r9(dout, cache):
    x = cache
    return dout * np.maximum(0, x)
case('relu times relu', 'layer', relu_f, r9, xin, 'ELEMENTWISE_FACTOR', ('WRONG_POINT',))


def r10(dout, cache):
    cache[cache <= 0] = 0
    cache[cache > 0] = 1
    return dout * cache


def r10f(x):
    return np.maximum(0, x), x.copy()
case('relu cache turned into mask', 'layer', r10f, r10, xin, 'MUTATES_CACHE', ('NOT_REENTRANT',))


def relu_inplace(x):
    mask = x <= 0
    x[mask] = 0
    return x * 1.0, mask


def r11(dout, mask):
    dx = dout.copy()
    dx[mask] = 0
    return dx
case('relu forward in place', 'layer', relu_inplace, r11, xin, 'MUTATES_INPUT')


def relu6_f(x):
    return np.clip(x, 0, 1), x


def r12(dout, x):
    return dout * (x > 0)
case('clip upper bound ignored', 'layer', relu6_f, r12, xin, 'MASK_WRONG', ('MASK_MISSING', 'MASK_LEAK'))


def leaky_f(x, alpha=0.2):
    return np.where(x > 0, x, alpha * x), x


def l1(dout, x):
    return dout * (x > 0)
case('leaky slope 0 in backward', 'layer', leaky_f, l1, xin, 'MASK_WRONG', ('MASK_LEAK', 'ELEMENTWISE_FACTOR', 'MASK_MISSING'))


def elu_f(x):
    out = np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)
    return out, (x, out)


def e1(dout, cache):
    x, out = cache
    return dout * (out + 1)
case('elu derivative everywhere exp-like', 'layer', elu_f, e1, xin, 'MASK_WRONG', ('MASK_MISSING', 'ELEMENTWISE_FACTOR', 'UNNAMED'))


def softplus_f(x):
    out = np.logaddexp(0, x)
    return out, (x, out)


def sp1(dout, cache):
    x, out = cache
    return dout * sigmoid(out)
case('softplus sigmoid of out', 'layer', softplus_f, sp1, xin, 'WRONG_POINT', ('ELEMENTWISE_FACTOR',))


def sp2(dout, cache):
    x, out = cache
    return dout * sigmoid(-x)
case('softplus sigmoid of -x', 'layer', softplus_f, sp2, xin, 'UNNAMED', ('WRONG_POINT', 'ELEMENTWISE_FACTOR', 'MASK_INVERTED'))


def sq_f(x):
    return x ** 2, x


def q1(dout, x):
    return dout * x
case('square half', 'layer', sq_f, q1, xin, 'SCALE_HALF')


def q2(dout, x):
    out = x ** 2
    return dout * 2 * out / x
case('square 0/0', 'layer', sq_f, q2, x0, 'NONFINITE')


def hsq_f(x):
    return 0.5 * np.sum(x * x, axis=1), x


def q3(dout, x):
    return 2 * dout[:, None] * x
case('half square twice', 'layer', hsq_f, q3, xin, 'SCALE_TWO')


def mean_f(x):
    return x.mean(axis=1), x.shape


def mn1(dout, shape):
    return np.repeat(dout[:, None], shape[1], axis=1)
case('row mean without 1/D', 'layer', mean_f, mn1, xin, 'SCALE_OTHER')


def mean0_f(x):
    return x.mean(axis=0), x.shape


def mn2(dout, shape):
    return np.tile(dout, (shape[0], 1))
case('batch mean without 1/N', 'layer', mean0_f, mn2, xin, 'SCALE_BATCH', ('SCALE_OTHER',))


# ---- softmax
def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sm_f(x):
    p = softmax(x)
    return p, p


def sm1(dout, p):
    return p * (dout - np.sum(dout * p, axis=0))
case('softmax layer axis 0', 'layer', sm_f, sm1, xin, 'WRONG_AXIS', ('UNNAMED',))


def sm2(dout, p):
    return dout * p * (1 - p)
case('softmax diagonal only', 'layer', sm_f, sm2, xin, 'UNNAMED', ('ADDITIVE_TERM', 'ELEMENTWISE_FACTOR'))


def sm3(dout, p):
    return dout - np.sum(dout * p, axis=1, keepdims=True)
case('softmax factor p missing', 'layer', sm_f, sm3, xin, 'ELEMENTWISE_FACTOR')


# ---- dropout (seeded)
def drop_f(x, p, seed):
    mask = (np.random.RandomState(seed).rand(*x.shape) < p) / p
    return x * mask, (mask, p)


def d_in(p):
    def inputs(rng, n):
        return rng.standard_normal((n, 8)), p, 5
    return inputs


def d1(dout, cache):
    mask, p = cache
    return dout * (mask > 0)
case('dropout p missing', 'layer', drop_f, d1, d_in(0.7), 'SCALE_OTHER')
case('dropout p missing half', 'layer', drop_f, d1, d_in(0.5), 'SCALE_HALF', ('SCALE_OTHER',))


def d2(dout, cache):
    mask, p = cache
    return dout * mask / p
case('dropout p twice', 'layer', drop_f, d2, d_in(0.8), 'SCALE_OTHER')


def d3(dout, cache):
    mask, p = cache
    return dout / p
case('dropout mask missing', 'layer', drop_f, d3, d_in(0.6), 'MASK_MISSING', ('MASK_LEAK', 'MASK_WRONG'))


def d4(dout, cache):
    mask, p = cache
    return dout * (mask == 0) / p
case('dropout mask inverted', 'layer', drop_f, d4, d_in(0.6), 'MASK_INVERTED')


def d5(dout, cache):
    mask, p = cache
    return dout * (np.random.rand(*dout.shape) < p) / p
case('dropout new mask in backward', 'layer', drop_f, d5, d_in(0.6), 'NONDETERMINISTIC', ('NOT_REENTRANT',))


def drop_g(x, p, seed):
    mask = (np.random.rand(*x.shape) < p) / p
    return x * mask, mask


def d6(dout, mask):
    return dout * mask
case('dropout unseeded forward', 'layer', drop_g, d6, d_in(0.5), 'NONDETERMINISTIC')


def d7(dout, cache):
    mask, p = cache
    mask *= dout
    return mask.copy()
case('dropout mask multiplied in place', 'layer', drop_f, d7, d_in(0.6), 'MUTATES_CACHE', ('NOT_REENTRANT',))
