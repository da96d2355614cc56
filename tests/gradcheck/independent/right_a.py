import numpy as np

CASES = []


def case(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs,
                      expected=expected, alternatives=tuple(alternatives), note=note))


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db


def mk(sx=1.0, sw=1.0, fix=lambda a: a, dt=float, one=False, shape=(4,), M=3):
    D = int(np.prod(shape))

    def inputs(rng, n):
        n = 1 if one else n
        arrs = (sx * rng.standard_normal((n,) + shape), sw * rng.standard_normal((D, M)), rng.standard_normal(M))
        return tuple(fix(a.astype(dt)) for a in arrs)
    return inputs


def readonly(a):
    a.flags.writeable = False
    return a


def strided(a):
    big = np.zeros(tuple(2 * s for s in a.shape), a.dtype)
    v = big[tuple(slice(None, None, 2) for _ in a.shape)]
    v[...] = a
    return v


def reverse(a):
    return a[::-1]


L = 'layer'
case('affine plain', L, affine_forward, affine_backward, mk(), None)
case('affine x 1e8', L, affine_forward, affine_backward, mk(sx=1e8), None)
case('affine x 1e-8', L, affine_forward, affine_backward, mk(sx=1e-8), None)
case('affine w 1e3', L, affine_forward, affine_backward, mk(sw=1e3), None)
case('affine w 1e-8 x 1e8', L, affine_forward, affine_backward, mk(sw=1e-8, sx=1e8), None)
case('affine readonly', L, affine_forward, affine_backward, mk(fix=readonly), None)
case('affine fortran', L, affine_forward, affine_backward, mk(fix=np.asfortranarray), None)
case('affine strided', L, affine_forward, affine_backward, mk(fix=strided), None)
case('affine reversed', L, affine_forward, affine_backward, mk(fix=reverse), None)
case('affine float32', L, affine_forward, affine_backward, mk(dt=np.float32), None)
case('affine one sample', L, affine_forward, affine_backward, mk(one=True), None)
case('affine 4-D', L, affine_forward, affine_backward, mk(shape=(2, 2, 3)), None)
case('affine one feature', L, affine_forward, affine_backward, mk(shape=(1,), M=1), None)
case('affine zeros', L, affine_forward, affine_backward, mk(sx=0.0, sw=0.0), None)


def list_b(dout, cache):
    return list(affine_backward(dout, cache))
case('affine grads in a list', L, affine_forward, list_b, mk(), None)


class Holder:
    pass


def obj_f(x, w, b):
    c = Holder()
    c.x, c.w = x, w
    return x @ w + b, c


def obj_b(dout, c):
    return dout @ c.w.T, c.x.T @ dout, np.einsum('nm->m', dout)
case('affine object cache', L, obj_f, obj_b, mk(), None)


def dic_f(x, w, b):
    return np.einsum('nd,dm->nm', x, w) + b, {'x': x, 'w': w, 'unused': None}


def dic_b(dout, c):
    N = dout.shape[0]
    dx = np.zeros(c['x'].shape)
    dw = np.zeros(c['w'].shape)
    db = 0.0
    for i in range(N):
        dx[i] = c['w'] @ dout[i]
        dw += np.outer(c['x'][i], dout[i])
        db = db + dout[i]
    return dx, dw, db
case('affine loop dict cache', L, dic_f, dic_b, mk(), None)


def none_f(x, w, b=None, act=0):
    out = x @ w
    if b is not None:
        out = out + b
    return out, (x, w)


def none_b(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def none_in(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), None, 2
case('affine b None, integer extra', L, none_f, none_b, none_in, None)


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x_shape = None

    def forward(self, x):
        self.x_shape = x.shape
        self.x = x.reshape(x.shape[0], -1)
        return np.dot(self.x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx.reshape(*self.x_shape)


def cls_f(x, W, b):
    layer = Affine(W, b)
    return layer.forward(x), layer


def cls_b(dout, layer):
    dx = layer.backward(dout)
    return dx, layer.dW, layer.db
case('affine class with state', L, cls_f, cls_b, mk(shape=(2, 3)), None)


def col_f(A, W, b):
    return W @ A + b, (A, W)


def col_b(dZ, cache):
    A, W = cache
    return W.T @ dZ, dZ @ A.T, np.sum(dZ, axis=1, keepdims=True)


def col_in(rng, n):
    return rng.standard_normal((4, n)), rng.standard_normal((3, 4)), rng.standard_normal((3, 1))
case('affine columns', L, col_f, col_b, col_in, None)


def colsq_in(rng, n):
    return rng.standard_normal((3, 3)), rng.standard_normal((3, 3)), rng.standard_normal((3, 1))
case('affine columns all square', L, col_f, col_b, colsq_in, None)


# ---- activations
def xs(scale=1.0, shift=0.0, zeros=0, dt=float, fix=lambda a: a):
    def inputs(rng, n):
        x = shift + scale * rng.standard_normal((n, 5))
        if zeros:
            x[:, :zeros] = 0.0
        return (fix(x.astype(dt)),)
    return inputs


def relu_f(x):
    return np.maximum(x, 0), x


def relu_b(dout, x):
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx
case('relu zeros', L, relu_f, relu_b, xs(zeros=2), None)
case('relu all zero', L, relu_f, relu_b, xs(zeros=5), None)
case('relu 1e-8', L, relu_f, relu_b, xs(1e-8), None)
case('relu 1e8', L, relu_f, relu_b, xs(1e8), None)
case('relu dead', L, relu_f, relu_b, xs(1.0, -50.0), None)
case('relu float32', L, relu_f, relu_b, xs(dt=np.float32), None)
case('relu strided view', L, relu_f, relu_b, xs(fix=strided), None)


def leaky_f(x, a=0.01):
    return np.where(x > 0, x, a * x), (x, a)


def leaky_b(dout, cache):
    x, a = cache
    return dout * np.where(x > 0, 1.0, a)
case('leaky relu', L, leaky_f, leaky_b, xs(), None)
case('leaky relu zero slope off zero', L, leaky_f, leaky_b, xs(1e4), None)


def elu_f(x):
    neg = np.exp(np.minimum(x, 0)) - 1
    return np.where(x > 0, x, neg), (x, neg)


def elu_b(dout, cache):
    x, neg = cache
    return np.where(x > 0, dout, dout * (neg + 1))
case('elu at zero', L, elu_f, elu_b, xs(zeros=1), None, note='differentiable once at 0, second derivative jumps')
case('elu far left', L, elu_f, elu_b, xs(20.0, -30.0), None)


def sp_f(x):
    return np.logaddexp(0, x), x


def sp_b(dout, x):
    return dout * 0.5 * (1 + np.tanh(x / 2))
case('softplus', L, sp_f, sp_b, xs(5.0), None)
case('softplus 1e8', L, sp_f, sp_b, xs(1e8), None)


def sig_f(x):
    out = np.empty_like(x)
    pos = x >= 0
    out[pos] = 1 / (1 + np.exp(-x[pos]))
    e = np.exp(x[~pos])
    out[~pos] = e / (1 + e)
    return out, out


def sig_b(dout, out):
    return dout * out * (1 - out)
case('sigmoid', L, sig_f, sig_b, xs(), None)
case('sigmoid saturated', L, sig_f, sig_b, xs(100.0), None)
case('sigmoid x 1e8', L, sig_f, sig_b, xs(1e8), None)
case('sigmoid float32', L, sig_f, sig_b, xs(dt=np.float32), None)


def tanh_f(x):
    t = np.tanh(x)
    return t, t


def tanh_b(dout, t):
    g = t.copy()
    g *= g
    np.subtract(1, g, out=g)
    g *= dout
    return g
case('tanh in place on own copy', L, tanh_f, tanh_b, xs(), None)
case('tanh saturated', L, tanh_f, tanh_b, xs(30.0), None)
case('tanh 1e-8', L, tanh_f, tanh_b, xs(1e-8), None)
case('tanh readonly', L, tanh_f, tanh_b, xs(fix=readonly), None)


def abs_f(x):
    return np.abs(x), x


def abs_b(dout, x):
    return dout * np.sign(x)
case('abs with zeros', L, abs_f, abs_b, xs(zeros=1), None)


def cube_f(x):
    return x ** 3, x


def cube_b(dout, x):
    return 3 * dout * x ** 2
case('cube with zeros', L, cube_f, cube_b, xs(zeros=1), None)
case('cube 1e-8', L, cube_f, cube_b, xs(1e-8), None)


def clip_f(x):
    return np.clip(x, -1, 1), x


def clip_b(dout, x):
    return np.where(np.abs(x) < 1, dout, 0.0)
case('clip', L, clip_f, clip_b, xs(2.0), None)


def softmax_f(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p


def softmax_b(dout, p):
    return p * (dout - (dout * p).sum(axis=-1, keepdims=True))
case('softmax layer', L, softmax_f, softmax_b, xs(), None)
case('softmax layer saturated', L, softmax_f, softmax_b, xs(200.0), None)


def softmax_jac(dout, p):
    dx = np.empty_like(p)
    for i in range(len(p)):
        J = np.diag(p[i]) - np.outer(p[i], p[i])
        dx[i] = J @ dout[i]
    return dx
case('softmax layer by jacobian, equal scores', L, softmax_f, softmax_jac, xs(zeros=5), None)


# ---- two operands
def add_f(x, y):
    return x + y, None


def add_b(dout, cache):
    return dout.copy(), dout.copy()


def two(rng, n):
    return rng.standard_normal((n, 3)), rng.standard_normal((n, 3))
case('add with copies', L, add_f, add_b, two, None)


def max2_f(x, y):
    return np.maximum(x, y), x >= y


def max2_b(dout, m):
    return dout * m, dout * ~m
case('elementwise maximum', L, max2_f, max2_b, two, None)


def bc_f(x, s):
    return x * s, (x, s)


def bc_b(dout, cache):
    x, s = cache
    return dout * s, np.array(np.sum(dout * x)).reshape(s.shape)


def bc_in(rng, n):
    return rng.standard_normal((n, 3)), rng.standard_normal((1, 1))
case('scalar scale', L, bc_f, bc_b, bc_in, None)


def bmm_f(A, B):
    return A @ B, (A, B)


def bmm_b(dout, cache):
    A, B = cache
    return dout @ B.transpose(0, 2, 1), A.transpose(0, 2, 1) @ dout


def bmm_in(rng, n):
    return rng.standard_normal((n, 2, 3)), rng.standard_normal((n, 3, 3))
case('batched matmul', L, bmm_f, bmm_b, bmm_in, None)
