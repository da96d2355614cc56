"""Recurrent, attention, embedding, convolution, pooling, picture normalisation.  One bug each."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import expit, softmax as sp_softmax

CASES = []


def case(name, kind, forward, backward, inputs, expected, alternatives=(), note=''):
    CASES.append({'name': name, 'kind': kind, 'forward': forward, 'backward': backward, 'inputs': inputs,
                  'expected': expected, 'alternatives': tuple(alternatives), 'note': note})


def r(rng, *shape, s=1.0):
    return s * rng.normal(size=shape)


# ---------------- RNN ----------------
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    pre = x.dot(Wx) + prev_h.dot(Wh) + b
    next_h = np.tanh(pre)
    return next_h, (x, prev_h, Wx, Wh, pre, next_h)


def step_in(g, n):
    return r(g, n, 3), r(g, n, 4), r(g, 3, 4), r(g, 4, 4), r(g, 4)


# 1
def rnn_step_at_pre(dnext_h, cache):
    x, prev_h, Wx, Wh, pre, next_h = cache
    da = dnext_h * (1 - pre ** 2)
    return da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


case('wb_rnn_step_at_pre', 'layer', rnn_step_forward, rnn_step_at_pre, step_in, 'WRONG_POINT', ('ELEMENTWISE_FACTOR',),
     '1 - z**2 with the pre-activation instead of the tanh')


# 2
def rnn_step_wh(dnext_h, cache):
    x, prev_h, Wx, Wh, pre, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    return da.dot(Wx.T), da.dot(Wh), x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


case('wb_rnn_step_Wh', 'layer', rnn_step_forward, rnn_step_wh, step_in, 'TRANSPOSED', (),
     'dprev_h uses Wh instead of Wh.T (square, so shapes agree)')


# 3
def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    caches, prev = [], h0
    for t in range(T):
        prev, c = rnn_step_forward(x[:, t, :], prev, Wx, Wh, b)
        h[:, t, :] = prev
        caches.append(c)
    return h, caches


def step_b(dnext_h, cache):
    x, prev_h, Wx, Wh, pre, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    return da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


def seq_in(g, n):
    return r(g, n, 4, 3), r(g, n, 5), r(g, 3, 5, s=.6), r(g, 5, 5, s=.6), r(g, 5)


def rnn_backward_nocarry(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    for t in reversed(range(T)):
        dx[:, t, :], dprev, a, c, d = step_b(dh[:, t, :], cache[t])
        dWx += a
        dWh += c
        db += d
    return dx, dprev, dWx, dWh, db


case('wb_rnn_no_carry', 'layer', rnn_forward, rnn_backward_nocarry, seq_in, 'MISSING_TERM', (),
     'the gradient is not carried back from step t+1 to step t')


# 4
def rnn_backward_assign(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dprev = np.zeros((N, H))
    db = np.zeros(H)
    for t in reversed(range(T)):
        dx[:, t, :], dprev, dWx, dWh, d = step_b(dh[:, t, :] + dprev, cache[t])
        db += d
    return dx, dprev, dWx, dWh, db


case('wb_rnn_dW_last_step', 'layer', rnn_forward, rnn_backward_assign, seq_in, 'BATCH_SUBSET', ('MISSING_TERM',),
     'dWx and dWh are overwritten each step, only t=0 counts')


# 5
def rnn_backward_dh_inplace(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dprev = 0
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    for t in reversed(range(T)):
        d_t = dh[:, t, :]
        d_t += dprev
        dx[:, t, :], dprev, a, c, d = step_b(d_t, cache[t])
        dWx += a
        dWh += c
        db += d
    return dx, dprev, dWx, dWh, db


case('wb_rnn_dh_inplace', 'layer', rnn_forward, rnn_backward_dh_inplace, seq_in, 'MUTATES_DOUT', (),
     'd_t is a view of dh and is added to in place')


# 6
def rnn_backward_pop(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dprev = np.zeros((N, H))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    for t in reversed(range(T)):
        dx[:, t, :], dprev, a, c, d = step_b(dh[:, t, :] + dprev, cache.pop())
        dWx += a
        dWh += c
        db += d
    return dx, dprev, dWx, dWh, db


case('wb_rnn_cache_pop', 'layer', rnn_forward, rnn_backward_pop, seq_in, 'MUTATES_CACHE', ('NOT_REENTRANT', 'RAISES'),
     'steps are popped from the cache: a second backward has none')


# ---------------- LSTM ----------------
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


def make_lstm_backward(bug):
    def lstm_backward(dh, cache):
        steps, Wx, Wh, shp = cache
        N, T, H = dh.shape
        dx = np.zeros(shp)
        dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(4 * H)
        dhn, dcn = 0, 0
        for t in range(T - 1, -1, -1):
            xt, hp, cp, i, f, o, g, tc = steps[t]
            dht = dh[:, t] + dhn
            do = dht * tc
            if bug == 'cell':
                dc = dht * o * (1 - tc ** 2)
            else:
                dc = dcn + dht * o * (1 - tc ** 2)
            di, dg, df = dc * g, dc * i, dc * cp
            dai, daf, dao = di * i * (1 - i), df * f * (1 - f), do * o * (1 - o)
            dag = dg * g * (1 - g) if bug == 'gate' else dg * (1 - g ** 2)
            dA = np.hstack([dai, dao, daf, dag] if bug == 'order' else [dai, daf, dao, dag])
            dx[:, t] = dA @ Wx.T
            dhn = dA @ Wh.T
            dcn = dc * f
            dWx += xt.T @ dA
            dWh += hp.T @ dA
            db += dA.sum(0)
        return dict(dx=dx, dh0=dhn, dWx=dWx, dWh=dWh, db=db)
    return lstm_backward


def lstm_in(g, n):
    return r(g, n, 3, 2), r(g, n, 3), r(g, 2, 12), r(g, 3, 12), r(g, 12)


# 7, 8, 9
case('wb_lstm_no_cell_carry', 'layer', lstm_forward, make_lstm_backward('cell'), lstm_in, 'MISSING_TERM', ('UNNAMED',),
     'the cell gradient of step t+1 (dnext_c) is not added')
case('wb_lstm_g_sigmoid', 'layer', lstm_forward, make_lstm_backward('gate'), lstm_in, 'ELEMENTWISE_FACTOR', ('UNNAMED', 'WRONG_POINT'),
     'tanh gate differentiated as a sigmoid')
case('wb_lstm_gate_order', 'layer', lstm_forward, make_lstm_backward('order'), lstm_in, 'SWAPPED', ('UNNAMED',),
     'f and o blocks stacked in the wrong order')


# ---------------- GRU ----------------
# 10
def gru_forward(x, h, Wz, Wh):
    xh = np.concatenate([x, h], axis=1)
    z = expit(xh @ Wz)
    ht = np.tanh(xh @ Wh)
    return (1 - z) * h + z * ht, (x, h, xh, z, ht, Wz, Wh)


def gru_backward(dout, cache):
    x, h, xh, z, ht, Wz, Wh = cache
    D = x.shape[1]
    da = dout * z * (1 - ht ** 2)
    daz = dout * (ht - h) * z * (1 - z)
    dxh = da @ Wh.T + daz @ Wz.T
    return dxh[:, :D], dxh[:, D:], xh.T @ daz, xh.T @ da


case('wb_gru_no_leak', 'layer', gru_forward, gru_backward,
     lambda g, n: (r(g, n, 2), r(g, n, 3), r(g, 5, 3), r(g, 5, 3)), 'MISSING_TERM', ('ADDITIVE_TERM',),
     'dh lacks the direct path dout*(1-z)')


# ---------------- attention ----------------
def attention(Q, K, V):
    d = Q.shape[-1]
    S = np.einsum('bqd,bkd->bqk', Q, K) / np.sqrt(d)
    P = sp_softmax(S, axis=-1)
    return np.einsum('bqk,bkv->bqv', P, V), dict(Q=Q, K=K, V=V, P=P, d=d)


def att_in(g, n):
    return r(g, n, 3, 3), r(g, n, 5, 3), r(g, n, 5, 2)


# 11
def attention_noscale(dO, c):
    P = c['P']
    dV = np.einsum('bqk,bqv->bkv', P, dO)
    dP = np.einsum('bqv,bkv->bqk', dO, c['V'])
    dS = P * (dP - np.sum(dP * P, axis=-1, keepdims=True))
    return np.einsum('bqk,bkd->bqd', dS, c['K']), np.einsum('bqk,bqd->bkd', dS, c['Q']), dV


case('wb_att_no_sqrt_d', 'layer', attention, attention_noscale, att_in, 'SCALE_OTHER', (),
     'the 1/sqrt(d) (d=3) is missing in the backward pass')


# 12
def attention_axis(dO, c):
    P = c['P']
    dV = np.einsum('bqk,bqv->bkv', P, dO)
    dP = np.einsum('bqv,bkv->bqk', dO, c['V'])
    dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True)) / np.sqrt(c['d'])
    return dS @ c['K'], dS.transpose(0, 2, 1) @ c['Q'], dV


case('wb_att_softmax_axis', 'layer', attention, attention_axis, att_in, 'WRONG_AXIS', ('UNNAMED', 'ADDITIVE_TERM'),
     'softmax backward sums over the queries instead of the keys')


# 13
def causal(q, k, v):
    T = q.shape[1]
    sc = q @ k.transpose(0, 2, 1)
    keep = np.tril(np.ones((T, T)))
    w = np.maximum(sc, 0) * keep / T
    return w @ v, (q, k, v, sc, w, keep)


def causal_b(dout, cache):
    q, k, v, sc, w, keep = cache
    T = q.shape[1]
    dv = w.transpose(0, 2, 1) @ dout
    ds = dout @ v.transpose(0, 2, 1) * (sc > 0) / T
    return ds @ k, ds.transpose(0, 2, 1) @ q, dv


case('wb_relu_attention_no_causal_mask', 'layer', causal, causal_b, lambda g, n: (r(g, n, 4, 3), r(g, n, 4, 3), r(g, n, 4, 2)),
     'MASK_MISSING', ('MASK_LEAK',), 'the causal mask is not applied to the gradient of the scores')


# ---------------- embedding ----------------
# 14
def emb_forward(x, W):
    return W[x], (x, W)


def emb_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return (dW,)


case('wb_embedding_plus_eq', 'layer', emb_forward, emb_backward,
     lambda g, n: (g.integers(0, 3, (n, 3)), r(g, 3, 4)), 'REPEATED_INDEX', ('BATCH_SUBSET',),
     'dW[x] += dout counts a repeated token once; np.add.at is needed')


# 15
def cbow(params, ctx, target):
    Win, Wout = params['W_in'], params['W_out']
    B, C = ctx.shape
    h = Win[ctx].mean(axis=1)
    p = sp_softmax(h @ Wout, axis=1)
    loss = -np.log(p[np.arange(B), target]).sum() / B
    ds = p.copy()
    ds[np.arange(B), target] -= 1
    ds /= B
    dh = ds @ Wout.T
    dWin = np.zeros_like(Win)
    for c in range(C):
        np.add.at(dWin, ctx[:, c], dh)
    return loss, {'W_in': dWin, 'W_out': h.T @ ds}


case('wb_cbow_no_mean', 'net', cbow, None,
     lambda g, n: (dict(W_in=r(g, 6, 3), W_out=r(g, 3, 6)), g.integers(0, 6, (n, 3)), g.integers(0, 6, n)),
     'SCALE_OTHER', (), 'h is the mean of 3 context vectors, dh is not divided by 3')


# ---------------- conv ----------------
def conv_forward(x, w, b, pad):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    win = sliding_window_view(xp, w.shape[2:], axis=(2, 3))
    return np.einsum('nchwij,fcij->nfhw', win, w) + b[:, None, None], (x, xp, w, b, pad)


def conv_in(g, n):
    return r(g, n, 2, 4, 4), r(g, 3, 2, 3, 3), r(g, 3), 1


# 16
def conv_backward_assign(dout, cache):
    x, xp, w, b, pad = cache
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), dout.sum(axis=(0, 2, 3))
    HH, WW = w.shape[2:]
    N, F, Ho, Wo = dout.shape
    for i in range(Ho):
        for j in range(Wo):
            d = dout[:, :, i, j]
            dw += np.einsum('nf,ncij->fcij', d, xp[:, :, i:i + HH, j:j + WW])
            dxp[:, :, i:i + HH, j:j + WW] = np.einsum('nf,fcij->ncij', d, w)
    return dxp[:, :, pad:-pad, pad:-pad], dw, db


case('wb_conv_dx_assign', 'layer', conv_forward, conv_backward_assign, conv_in, 'BATCH_SUBSET', ('MISSING_TERM', 'UNNAMED'),
     'overlapping windows overwrite dx (= instead of +=)')


# 17
def conv_backward_noflip(dout, cache):
    x, xp, w, b, pad = cache
    win = sliding_window_view(xp, w.shape[2:], axis=(2, 3))
    dw = np.einsum('nfhw,nchwij->fcij', dout, win)
    dp = np.pad(dout, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dx = np.einsum('nfhwij,fcij->nchw', sliding_window_view(dp, (3, 3), axis=(2, 3)), w)
    return dx, dw, dout.sum((0, 2, 3))


case('wb_conv_no_flip', 'layer', conv_forward, conv_backward_noflip, conv_in, 'TRANSPOSED', ('UNNAMED',),
     'the kernel is not rotated by 180 degrees in the full convolution for dx')


# 18
def conv_backward_db(dout, cache):
    x, xp, w, b, pad = cache
    win = sliding_window_view(xp, w.shape[2:], axis=(2, 3))
    dw = np.einsum('nfhw,nchwij->fcij', dout, win)
    dp = np.pad(dout, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dx = np.einsum('nfhwij,fcij->nchw', sliding_window_view(dp, (3, 3), axis=(2, 3)), w[:, :, ::-1, ::-1])
    return dx, dw, dout.sum(axis=0)


case('wb_conv_db_not_summed', 'layer', conv_forward, conv_backward_db, conv_in, 'NOT_SUMMED', ('WRONG_SHAPE',),
     'db summed over the batch only, not over the positions')


# 19
def conv_backward_padded(dout, cache):
    x, xp, w, b, pad = cache
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), dout.sum(axis=(0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            d = dout[:, :, i, j]
            dw += np.einsum('nf,ncij->fcij', d, xp[:, :, i:i + 3, j:j + 3])
            dxp[:, :, i:i + 3, j:j + 3] += np.einsum('nf,fcij->ncij', d, w)
    return dxp, dw, db


case('wb_conv_dx_padded', 'layer', conv_forward, conv_backward_padded, conv_in, 'WRONG_SHAPE', (),
     'dx still has the padding')


# ---------------- pooling ----------------
def max_pool(x):
    N, C, H, W = x.shape
    v = x.reshape(N, C, H // 2, 2, W // 2, 2)
    out = v.max(axis=(3, 5))
    return out, (x, v, out)


# 20
def max_pool_all(dout, cache):
    x, v, out = cache
    return (np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3),)


case('wb_maxpool_everyone', 'layer', max_pool, max_pool_all, lambda g, n: (r(g, n, 2, 4, 4),), 'MASK_MISSING', ('MASK_LEAK',),
     'every cell of the window gets the gradient, not only the maximum')


# 21
def avg_pool(x):
    N, C, H, W = x.shape
    return x.reshape(N, C, H // 2, 2, W // 2, 2).mean(axis=(3, 5)), x.shape


def avg_pool_b(dout, shape):
    return (np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) / 2,)


case('wb_avgpool_half', 'layer', avg_pool, avg_pool_b, lambda g, n: (r(g, n, 3, 4, 6),), 'SCALE_TWO', ('SCALE_OTHER',),
     'divided by the window side 2, not by the area 4')


# ---------------- normalisation ----------------
# 22
def spatial_bn(x, gamma, beta):
    mu = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    inv = 1 / np.sqrt(var + 1e-5)
    xh = (x - mu) * inv
    return gamma[None, :, None, None] * xh + beta[None, :, None, None], (x, mu, inv, xh, gamma)


def spatial_bn_b(dout, cache):
    x, mu, inv, xh, gamma = cache
    M = x.size // x.shape[1]
    dxh = dout * gamma[None, :, None, None]
    s = dxh.sum(axis=(0, 2, 3), keepdims=True)
    dx = inv * (dxh - s / M)
    return dx, (dout * xh).sum((0, 2, 3)), dout.sum((0, 2, 3))


case('wb_spatial_bn_no_var', 'layer', spatial_bn, spatial_bn_b, lambda g, n: (r(g, n, 3, 2, 2), r(g, 3), r(g, 3)),
     'BN_VAR_TERM', ('MISSING_TERM', 'ADDITIVE_TERM'), 'the path through the variance is missing')


# 23
def spatial_bn_b_N(dout, cache):
    x, mu, inv, xh, gamma = cache
    M = x.shape[0]
    dxh = dout * gamma[None, :, None, None]
    s = dxh.sum(axis=(0, 2, 3), keepdims=True)
    q = (dxh * xh).sum(axis=(0, 2, 3), keepdims=True)
    dx = inv * (dxh - s / M - xh * q / M)
    return dx, (dout * xh).sum((0, 2, 3)), dout.sum((0, 2, 3))


case('wb_spatial_bn_N_not_NHW', 'layer', spatial_bn, spatial_bn_b_N, lambda g, n: (r(g, n, 3, 2, 2), r(g, 3), r(g, 3)),
     'UNNAMED', ('BN_MEAN_TERM', 'BN_VAR_TERM', 'ADDITIVE_TERM'), 'means divided by N instead of N*H*W in both correction terms')


# 24
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
    return loss, dxf.reshape(N, T, V)


case('wb_temporal_softmax_no_mask', 'loss', temporal_softmax_loss, None,
     lambda g, n: (r(g, n, 3, 4), np.stack([g.integers(0, 4, (n, 3)), np.tile([1, 0, 1], (n, 1))], -1)),
     'MASK_MISSING', ('MASK_LEAK',), 'masked (padding) steps of the loss still get a gradient')


# 25
def char_rnn(params, X, y):
    Wxh, Whh, Why, bh, by = (params[k] for k in ('Wxh', 'Whh', 'Why', 'bh', 'by'))
    xs, hs, ps = {}, {-1: np.zeros((Whh.shape[0], 1))}, {}
    loss = 0
    for t in range(len(X)):
        xs[t] = np.zeros((Wxh.shape[1], 1))
        xs[t][X[t]] = 1
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
        s = Why @ hs[t] + by
        ps[t] = np.exp(s) / np.sum(np.exp(s))
        loss += -np.log(ps[t][y[t], 0])
    g = {k: np.zeros_like(v) for k, v in params.items()}
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(X))):
        dy = np.copy(ps[t])
        dy[y[t]] -= 1
        g['Why'] += dy @ hs[t].T
        g['by'] += dy
        dh = Why.T @ dy + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        g['bh'] += dhraw
        g['Wxh'] += dhraw @ xs[t].T
        g['Whh'] += dhraw @ hs[t].T
        dhnext = Whh.T @ dhraw
    return loss, g


case('wb_char_rnn_hs_t', 'net', char_rnn, None,
     lambda g, n: (dict(Wxh=r(g, 4, 5), Whh=r(g, 4, 4, s=.5), Why=r(g, 5, 4), bh=r(g, 4, 1), by=r(g, 5, 1)),
                   g.integers(0, 5, n), g.integers(0, 5, n)), 'WRONG_POINT', ('UNNAMED',),
     'dWhh uses hs[t] where hs[t-1] belongs')
