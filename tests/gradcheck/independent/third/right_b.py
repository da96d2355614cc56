"""Recurrent, attention, embedding, convolution, pooling, picture normalisation.  All correct."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import expit, softmax as sp_softmax
from scipy.signal import correlate2d, convolve2d

CASES = []


def case(name, kind, forward, backward, inputs):
    CASES.append({'name': name, 'kind': kind, 'forward': forward, 'backward': backward, 'inputs': inputs,
                  'expected': None, 'alternatives': (), 'note': 'correct'})


def r(rng, *shape, s=1.0):
    return s * rng.normal(size=shape)


# 1 cs231n rnn_step
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h * next_h)
    return da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


case('rb_rnn_step', 'layer', rnn_step_forward, rnn_step_backward,
     lambda g, n: (r(g, n, 3), r(g, n, 4), r(g, 3, 4), r(g, 4, 4), r(g, 4)))


# 2 rnn over time
def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    caches = []
    prev = h0
    for t in range(T):
        prev, c = rnn_step_forward(x[:, t, :], prev, Wx, Wh, b)
        h[:, t, :] = prev
        caches.append(c)
    return h, caches


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dprev = np.zeros((N, H))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    for t in reversed(range(T)):
        dx[:, t, :], dprev, a, c, d = rnn_step_backward(dh[:, t, :] + dprev, cache[t])
        dWx += a
        dWh += c
        db += d
    return dx, dprev, dWx, dWh, db


case('rb_rnn', 'layer', rnn_forward, rnn_backward,
     lambda g, n: (r(g, n, 4, 3), r(g, n, 5), r(g, 3, 5, s=.6), r(g, 5, 5, s=.6), r(g, 5)))


# 3 lstm step over sequence (cs231n gate order i f o g)
def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    hs, cache = np.zeros((N, T, H)), []
    h, c = h0, np.zeros_like(h0)
    for t in range(T):
        A = x[:, t].dot(Wx) + h.dot(Wh) + b
        i, f, o = expit(A[:, :H]), expit(A[:, H:2 * H]), expit(A[:, 2 * H:3 * H])
        g = np.tanh(A[:, 3 * H:])
        cn = f * c + i * g
        tc = np.tanh(cn)
        hn = o * tc
        cache.append((x[:, t], h, c, i, f, o, g, tc))
        h, c = hn, cn
        hs[:, t] = h
    return hs, (cache, Wx, Wh, x.shape)


def lstm_backward(dh, cache):
    steps, Wx, Wh, shp = cache
    N, T, H = dh.shape
    dx = np.zeros(shp)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(4 * H)
    dhn, dcn = 0, 0
    for t in range(T - 1, -1, -1):
        xt, hp, cp, i, f, o, g, tc = steps[t]
        dht = dh[:, t] + dhn
        do = dht * tc
        dc = dcn + dht * o * (1 - tc ** 2)
        di, dg, df = dc * g, dc * i, dc * cp
        dA = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
        dx[:, t] = dA @ Wx.T
        dhn = dA @ Wh.T
        dcn = dc * f
        dWx += xt.T @ dA
        dWh += hp.T @ dA
        db += dA.sum(0)
    return dict(dx=dx, dh0=dhn, dWx=dWx, dWh=dWh, db=db)


case('rb_lstm', 'layer', lstm_forward, lstm_backward,
     lambda g, n: (r(g, n, 3, 2), r(g, n, 3), r(g, 2, 12), r(g, 3, 12), r(g, 12)))


# 4 GRU step
def gru_forward(x, h, Wz, Wr, Wh):
    xh = np.concatenate([x, h], axis=1)
    z = expit(xh @ Wz)
    rr = expit(xh @ Wr)
    xrh = np.concatenate([x, rr * h], axis=1)
    ht = np.tanh(xrh @ Wh)
    return (1 - z) * h + z * ht, (x, h, xh, z, rr, xrh, ht, Wz, Wr, Wh)


def gru_backward(dout, cache):
    x, h, xh, z, rr, xrh, ht, Wz, Wr, Wh = cache
    D = x.shape[1]
    dht = dout * z
    dz = dout * (ht - h)
    dh = dout * (1 - z)
    da = dht * (1 - ht ** 2)
    dWh = xrh.T @ da
    dxrh = da @ Wh.T
    dx = dxrh[:, :D].copy()
    drh = dxrh[:, D:]
    dr = drh * h
    dh = dh + drh * rr
    dar = dr * rr * (1 - rr)
    daz = dz * z * (1 - z)
    dWr = xh.T @ dar
    dWz = xh.T @ daz
    dxh = dar @ Wr.T + daz @ Wz.T
    dx += dxh[:, :D]
    dh = dh + dxh[:, D:]
    return dx, dh, dWz, dWr, dWh


case('rb_gru', 'layer', gru_forward, gru_backward,
     lambda g, n: (r(g, n, 2), r(g, n, 3), r(g, 5, 3), r(g, 5, 3), r(g, 5, 3)))


# 5 scaled dot product attention
def attention(Q, K, V):
    d = Q.shape[-1]
    S = np.einsum('bqd,bkd->bqk', Q, K) / np.sqrt(d)
    P = sp_softmax(S, axis=-1)
    return np.einsum('bqk,bkv->bqv', P, V), dict(Q=Q, K=K, V=V, P=P, d=d)


def attention_grad(dO, cache):
    P = cache['P']
    dV = np.einsum('bqk,bqv->bkv', P, dO)
    dP = np.einsum('bqv,bkv->bqk', dO, cache['V'])
    dS = P * (dP - np.sum(dP * P, axis=-1, keepdims=True))
    dS = dS / np.sqrt(cache['d'])
    return np.einsum('bqk,bkd->bqd', dS, cache['K']), np.einsum('bqk,bqd->bkd', dS, cache['Q']), dV


case('rb_attention', 'layer', attention, attention_grad,
     lambda g, n: (r(g, n, 3, 4), r(g, n, 5, 4), r(g, n, 5, 2)))


# 6 causal self attention, single head with projections
def causal(x, Wq, Wk, Wv):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    T = x.shape[1]
    sc = q @ k.transpose(0, 2, 1) / Wq.shape[1] ** .5
    m = np.triu(np.ones((T, T), bool), 1)
    sc = np.where(m, -1e30, sc)
    e = np.exp(sc - sc.max(-1, keepdims=True))
    a = e / e.sum(-1, keepdims=True)
    return a @ v, (x, Wq, Wk, Wv, q, k, v, a)


def causal_b(dout, cache):
    x, Wq, Wk, Wv, q, k, v, a = cache
    da = dout @ v.transpose(0, 2, 1)
    dv = a.transpose(0, 2, 1) @ dout
    ds = a * (da - (da * a).sum(-1, keepdims=True)) / Wq.shape[1] ** .5
    dq, dk = ds @ k, ds.transpose(0, 2, 1) @ q
    dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
    D = x.shape[-1]
    X2 = x.reshape(-1, D)
    return (dx,) + tuple(X2.T @ t.reshape(-1, t.shape[-1]) for t in (dq, dk, dv))


case('rb_causal_self_attention', 'layer', causal, causal_b,
     lambda g, n: (r(g, n, 4, 3), r(g, 3, 2), r(g, 3, 2), r(g, 3, 2)))


# 7 embedding
def word_embedding_forward(x, W):
    return W[x], (x, W.shape)


def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return (dW,)


case('rb_embedding', 'layer', word_embedding_forward, word_embedding_backward,
     lambda g, n: (g.integers(0, 5, (n, 3)), r(g, 5, 4)))


# 8 temporal affine
def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    M = b.shape[0]
    out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
    return out, (x, w, b, out)


def temporal_affine_backward(dout, cache):
    x, w, b, out = cache
    N, T, D = x.shape
    M = b.shape[0]
    dx = dout.reshape(N * T, M).dot(w.T).reshape(N, T, D)
    dw = dout.reshape(N * T, M).T.dot(x.reshape(N * T, D)).T
    db = dout.sum(axis=(0, 1))
    return dx, dw, db


case('rb_temporal_affine', 'layer', temporal_affine_forward, temporal_affine_backward,
     lambda g, n: (r(g, n, 3, 4), r(g, 4, 2), r(g, 2)))


# 9 temporal softmax loss
def temporal_softmax_loss(x, y):
    y, mask = y[..., 0], y[..., 1]
    N, T, V = x.shape
    xf, yf, mf = x.reshape(N * T, V), y.reshape(N * T), mask.reshape(N * T)
    probs = np.exp(xf - np.max(xf, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(mf * np.log(probs[np.arange(N * T), yf])) / N
    dxf = probs.copy()
    dxf[np.arange(N * T), yf] -= 1
    dxf /= N
    dxf *= mf[:, None]
    return loss, dxf.reshape(N, T, V)


case('rb_temporal_softmax', 'loss', temporal_softmax_loss, None,
     lambda g, n: (r(g, n, 3, 4), np.stack([g.integers(0, 4, (n, 3)), np.tile([1, 0, 1], (n, 1))], -1)))


# 10 naive conv
def conv_forward_naive(x, w, b, pad, stride):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho = 1 + (H + 2 * pad - HH) // stride
    Wo = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    out[n, f, i, j] = np.sum(xp[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW] * w[f]) + b[f]
    return out, (x, w, b, pad, stride)


def conv_backward_naive(dout, cache):
    x, w, b, pad, stride = cache
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    HH, WW = w.shape[2:]
    N, F, Ho, Wo = dout.shape
    for n in range(N):
        for f in range(F):
            db[f] += dout[n, f].sum()
            for i in range(Ho):
                for j in range(Wo):
                    sl = np.s_[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    dw[f] += dout[n, f, i, j] * xp[sl]
                    dxp[sl] += dout[n, f, i, j] * w[f]
    return dxp[:, :, pad:-pad, pad:-pad], dw, db


case('rb_conv_naive', 'layer', conv_forward_naive, conv_backward_naive,
     lambda g, n: (r(g, n, 2, 4, 5), r(g, 3, 2, 3, 3), r(g, 3), 1, 1))


# 11 conv im2col (DLFS)
def im2col(x, fh, fw, stride=1, pad=0):
    N, C, H, W = x.shape
    oh, ow = (H + 2 * pad - fh) // stride + 1, (W + 2 * pad - fw) // stride + 1
    img = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], 'constant')
    col = np.zeros((N, C, fh, fw, oh, ow))
    for y in range(fh):
        for xx in range(fw):
            col[:, :, y, xx] = img[:, :, y:y + stride * oh:stride, xx:xx + stride * ow:stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * oh * ow, -1)


def col2im(col, shape, fh, fw, stride=1, pad=0):
    N, C, H, W = shape
    oh, ow = (H + 2 * pad - fh) // stride + 1, (W + 2 * pad - fw) // stride + 1
    col = col.reshape(N, oh, ow, C, fh, fw).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros((N, C, H + 2 * pad + stride - 1, W + 2 * pad + stride - 1))
    for y in range(fh):
        for xx in range(fw):
            img[:, :, y:y + stride * oh:stride, xx:xx + stride * ow:stride] += col[:, :, y, xx]
    return img[:, :, pad:H + pad, pad:W + pad]


def conv_col(x, W, b, stride, pad):
    FN, C, FH, FW = W.shape
    N, C, H, Wd = x.shape
    oh, ow = 1 + (H + 2 * pad - FH) // stride, 1 + (Wd + 2 * pad - FW) // stride
    col = im2col(x, FH, FW, stride, pad)
    col_W = W.reshape(FN, -1).T
    out = np.dot(col, col_W) + b
    return out.reshape(N, oh, ow, -1).transpose(0, 3, 1, 2), (x.shape, W, col, col_W, stride, pad)


def conv_col_back(dout, cache):
    xshape, W, col, col_W, stride, pad = cache
    FN, C, FH, FW = W.shape
    dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
    db = np.sum(dout, axis=0)
    dW = np.dot(col.T, dout).transpose(1, 0).reshape(FN, C, FH, FW)
    dcol = np.dot(dout, col_W.T)
    return col2im(dcol, xshape, FH, FW, stride, pad), dW, db


case('rb_conv_im2col', 'layer', conv_col, conv_col_back,
     lambda g, n: (r(g, n, 2, 5, 5), r(g, 2, 2, 3, 3), r(g, 2), 2, 1))


# 12 max pool naive
def max_pool(x, size, stride):
    N, C, H, W = x.shape
    Ho, Wo = (H - size) // stride + 1, (W - size) // stride + 1
    out = np.empty((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i * stride:i * stride + size, j * stride:j * stride + size].max(axis=(2, 3))
    return out, (x, size, stride)


def max_pool_b(dout, cache):
    x, size, stride = cache
    dx = np.zeros_like(x)
    N, C, Ho, Wo = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    p = x[n, c, i * stride:i * stride + size, j * stride:j * stride + size]
                    a, b = np.unravel_index(np.argmax(p), p.shape)
                    dx[n, c, i * stride + a, j * stride + b] += dout[n, c, i, j]
    return (dx,)


case('rb_maxpool_overlap', 'layer', max_pool, max_pool_b, lambda g, n: (r(g, n, 2, 5, 5), 3, 2))


# 13 avg pool by reshape
def avg_pool(x):
    N, C, H, W = x.shape
    return x.reshape(N, C, H // 2, 2, W // 2, 2).mean(axis=(3, 5)), x.shape


def avg_pool_b(dout, shape):
    return (np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) / 4.0,)


case('rb_avgpool', 'layer', avg_pool, avg_pool_b, lambda g, n: (r(g, n, 3, 4, 6),))


# 14 spatial batchnorm
def spatial_bn(x, gamma, beta):
    N, C, H, W = x.shape
    xt = x.transpose(0, 2, 3, 1).reshape(-1, C)
    mu, var = xt.mean(0), xt.var(0)
    ivar = 1 / np.sqrt(var + 1e-5)
    xhat = (xt - mu) * ivar
    out = (gamma * xhat + beta).reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return out, (xhat, ivar, gamma, x.shape)


def spatial_bn_b(dout, cache):
    xhat, ivar, gamma, (N, C, H, W) = cache
    d = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    M = d.shape[0]
    dgamma, dbeta = (d * xhat).sum(0), d.sum(0)
    dx = gamma * ivar / M * (M * d - dbeta - xhat * dgamma)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


case('rb_spatial_bn', 'layer', spatial_bn, spatial_bn_b, lambda g, n: (r(g, n, 3, 2, 2), r(g, 3), r(g, 3)))


# 15 group norm
def groupnorm(x, gamma, beta, G):
    N, C, H, W = x.shape
    xg = x.reshape(N, G, -1)
    mu = xg.mean(-1, keepdims=True)
    sd = np.sqrt(xg.var(-1, keepdims=True) + 1e-5)
    xn = ((xg - mu) / sd).reshape(x.shape)
    return xn * gamma + beta, (G, xn, sd, gamma)


def groupnorm_b(dout, cache):
    G, xn, sd, gamma = cache
    dgamma = (dout * xn).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    N = dout.shape[0]
    dxn = (dout * gamma).reshape(N, G, -1)
    xg = xn.reshape(N, G, -1)
    dx = (dxn - dxn.mean(-1, keepdims=True) - xg * (dxn * xg).mean(-1, keepdims=True)) / sd
    return dx.reshape(dout.shape), dgamma, dbeta


case('rb_groupnorm', 'layer', groupnorm, groupnorm_b,
     lambda g, n: (r(g, n, 4, 2, 3), r(g, 1, 4, 1, 1), r(g, 1, 4, 1, 1), 2))


# 16 d2l-ish sliding windows with tensordot
def conv_valid(X, K):
    win = sliding_window_view(X, K.shape[2:], axis=(2, 3))
    return np.einsum('nchwij,fcij->nfhw', win, K), (X.shape, win, K)


def conv_valid_b(dY, cache):
    shape, win, K = cache
    dK = np.tensordot(dY, win, axes=([0, 2, 3], [0, 2, 3]))
    kh, kw = K.shape[2:]
    pad = np.pad(dY, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    dX = np.einsum('nfhwij,fcij->nchw', sliding_window_view(pad, (kh, kw), axis=(2, 3)), K[:, :, ::-1, ::-1])
    return dX, dK


case('rb_conv_window', 'layer', conv_valid, conv_valid_b, lambda g, n: (r(g, n, 2, 4, 4), r(g, 3, 2, 2, 3)))


# 17 scipy single channel
def conv_scipy(imgs, ker):
    return np.array([correlate2d(im, ker, mode='valid') for im in imgs]), (imgs, ker)


def conv_scipy_b(dout, cache):
    imgs, ker = cache
    dimgs = np.stack([convolve2d(d, ker, mode='full') for d in dout])
    dker = sum(correlate2d(im, d, mode='valid') for im, d in zip(imgs, dout))
    return dimgs, dker


case('rb_conv_scipy', 'layer', conv_scipy, conv_scipy_b, lambda g, n: (r(g, n, 5, 5), r(g, 3, 2)))


# 18 conv1d along time
def conv1d(x, w, b):
    N, T, D = x.shape
    K = w.shape[0]
    out = np.zeros((N, T - K + 1, w.shape[2])) + b
    for k in range(K):
        out += x[:, k:T - K + 1 + k] @ w[k]
    return out, (x, w)


def conv1d_b(dout, cache):
    x, w = cache
    K = w.shape[0]
    L = dout.shape[1]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for k in range(K):
        dx[:, k:k + L] += dout @ w[k].T
        dw[k] = np.einsum('ntd,nte->de', x[:, k:k + L], dout)
    return dx, dw, dout.sum((0, 1))


case('rb_conv1d', 'layer', conv1d, conv1d_b, lambda g, n: (r(g, n, 6, 3), r(g, 3, 3, 2), r(g, 2)))


# 19 min-char-rnn (Karpathy) as net
def char_rnn(params, X, y):
    Wxh, Whh, Why, bh, by = (params[k] for k in ('Wxh', 'Whh', 'Why', 'bh', 'by'))
    xs, hs, ps = {}, {-1: np.zeros((Whh.shape[0], 1))}, {}
    loss = 0
    V = Wxh.shape[1]
    for t in range(len(X)):
        xs[t] = np.zeros((V, 1))
        xs[t][X[t]] = 1
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
        s = Why @ hs[t] + by
        ps[t] = np.exp(s) / np.sum(np.exp(s))
        loss += -np.log(ps[t][y[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(X))):
        dy = np.copy(ps[t])
        dy[y[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        dh = Why.T @ dy + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += dhraw @ xs[t].T
        dWhh += dhraw @ hs[t - 1].T
        dhnext = Whh.T @ dhraw
    return loss, dict(Wxh=dWxh, Whh=dWhh, Why=dWhy, bh=dbh, by=dby)


case('rb_char_rnn', 'net', char_rnn, None,
     lambda g, n: (dict(Wxh=r(g, 4, 5), Whh=r(g, 4, 4, s=.5), Why=r(g, 5, 4), bh=r(g, 4, 1), by=r(g, 5, 1)),
                   g.integers(0, 5, n), g.integers(0, 5, n)))


# 20 CBOW
def cbow(params, ctx, target):
    Win, Wout = params['W_in'], params['W_out']
    B, C = ctx.shape
    h = Win[ctx].mean(axis=1)
    s = h @ Wout
    p = sp_softmax(s, axis=1)
    loss = -np.log(p[np.arange(B), target]).sum() / B
    ds = p.copy()
    ds[np.arange(B), target] -= 1
    ds /= B
    dh = ds @ Wout.T
    dWin = np.zeros_like(Win)
    for c in range(C):
        np.add.at(dWin, ctx[:, c], dh / C)
    return loss, {'W_in': dWin, 'W_out': h.T @ ds}


case('rb_cbow', 'net', cbow, None,
     lambda g, n: (dict(W_in=r(g, 6, 3), W_out=r(g, 3, 6)), g.integers(0, 6, (n, 4)), g.integers(0, 6, n)))


# 21 negative sampling (CS224n)
def neg_sampling(params, idx, negs):
    Vc, U = params['V'], params['U']
    center, outside = idx
    v = Vc[center]
    loss = -np.log(expit(U[outside] @ v))
    gV, gU = np.zeros_like(Vc), np.zeros_like(U)
    t = expit(U[outside] @ v) - 1
    gV[center] += t * U[outside]
    gU[outside] += t * v
    for k in negs:
        s = expit(-(U[k] @ v))
        loss -= np.log(s)
        gV[center] += (1 - s) * U[k]
        gU[k] += (1 - s) * v
    return loss, {'V': gV, 'U': gU}


case('rb_neg_sampling', 'net', neg_sampling, None,
     lambda g, n: (dict(V=r(g, 5, 3), U=r(g, 5, 3)), (1, 2), g.integers(0, 5, n + 3)))


# 22 additive (Bahdanau) attention pooling
def bahdanau(h, s, Wh, Ws, v):
    u = np.tanh(h @ Wh + (s @ Ws)[:, None, :])
    e = u @ v
    a = sp_softmax(e, axis=1)
    return (a[:, :, None] * h).sum(axis=1), (h, s, Wh, Ws, v, u, a)


def bahdanau_b(dc, cache):
    h, s, Wh, Ws, v, u, a = cache
    da = np.einsum('nd,ntd->nt', dc, h)
    dh = a[..., None] * dc[:, None, :]
    de = a * (da - (a * da).sum(1, keepdims=True))
    dv = np.einsum('nt,ntk->k', de, u)
    dpre = de[..., None] * v * (1 - u ** 2)
    dh = dh + dpre @ Wh.T
    ds_in = dpre.sum(axis=1)
    return dh, ds_in @ Ws.T, np.einsum('ntd,ntk->dk', h, dpre), s.T @ ds_in, dv


case('rb_bahdanau', 'layer', bahdanau, bahdanau_b,
     lambda g, n: (r(g, n, 4, 3), r(g, n, 2), r(g, 3, 5), r(g, 2, 5), r(g, 5)))


# 23 conv-relu-pool sandwich net
def convnet(params, X, y, reg):
    W1, W2, b2 = params['W1'], params['W2'], params['b2']
    a, c1 = conv_valid(X, W1)
    z = np.maximum(a, 0)
    p, c2 = max_pool(z, 2, 2)
    N = X.shape[0]
    flat = p.reshape(N, -1)
    s = flat @ W2 + b2
    P = sp_softmax(s, axis=1)
    loss = -np.log(P[range(N), y]).mean() + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    ds = P.copy()
    ds[range(N), y] -= 1
    ds /= N
    g = {'W2': flat.T @ ds + reg * W2, 'b2': ds.sum(0)}
    dz, = max_pool_b((ds @ W2.T).reshape(p.shape), c2)
    _, dW1 = conv_valid_b(dz * (a > 0), c1)
    g['W1'] = dW1 + reg * W1
    return loss, g


case('rb_convnet', 'net', convnet, None,
     lambda g, n: (dict(W1=r(g, 2, 1, 2, 2), W2=r(g, 8, 3), b2=r(g, 3)), r(g, n, 1, 5, 5), g.integers(0, 3, n), 0.1))


# 24 depthwise conv channel last + global average pool
def depthwise(x, w):
    N, H, W, C = x.shape
    k = w.shape[0]
    out = np.zeros((N, H - k + 1, W - k + 1, C))
    for i in range(k):
        for j in range(k):
            out += x[:, i:i + H - k + 1, j:j + W - k + 1, :] * w[i, j]
    return out.mean(axis=(1, 2)), (x, w)


def depthwise_b(dout, cache):
    x, w = cache
    N, H, W, C = x.shape
    k = len(w)
    oh, ow = H - k + 1, W - k + 1
    d = np.broadcast_to(dout[:, None, None, :] / (oh * ow), (N, oh, ow, C))
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    for i in range(k):
        for j in range(k):
            dx[:, i:i + oh, j:j + ow] += d * w[i, j]
            dw[i, j] = (d * x[:, i:i + oh, j:j + ow]).sum(axis=(0, 1, 2))
    return dx, dw


case('rb_depthwise_gap', 'layer', depthwise, depthwise_b, lambda g, n: (r(g, n, 4, 4, 3), r(g, 2, 2, 3)))


# 25 instance norm + last-state RNN many-to-one
def last_state(x, U, W):
    h = np.zeros((x.shape[0], W.shape[0]))
    hs = [h]
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ U + h @ W)
        hs.append(h)
    return h, (x, U, W, hs)


def last_state_b(dh, cache):
    x, U, W, hs = cache
    dx, dU, dW = np.zeros_like(x), 0, 0
    for t in range(x.shape[1] - 1, -1, -1):
        dz = dh * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ U.T
        dU = dU + x[:, t].T @ dz
        dW = dW + hs[t].T @ dz
        dh = dz @ W.T
    return dx, dU, dW


case('rb_last_state', 'layer', last_state, last_state_b,
     lambda g, n: (r(g, n, 4, 2), r(g, 2, 3), r(g, 3, 3, s=.7)))
