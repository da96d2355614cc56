"""recurrent and convolutional, each with one mistake"""
import numpy as np

CASES = []


def wrong(name, forward, backward, inputs, expected, note, alt=(), kind='layer'):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs, expected=expected, alternatives=tuple(alt), note=note))


def N(*shapes, s=0.7):
    def inputs(rng, n):
        return tuple(s * rng.standard_normal([n if k == 'n' else k for k in sh]) for sh in shapes)
    return inputs


def sig(v):
    return 1 / (1 + np.exp(-v))


# =================================================================== RNN
def step(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


STEP = N(('n', 3), ('n', 4), (3, 4), (4, 4), (4,))


def step_back_core(da, cache):
    x, prev_h, Wx, Wh, _ = cache
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def step_no_tanh(dnext_h, cache):
    return step_back_core(dnext_h, cache)


wrong('wc_rnn_step_no_tanh', step, step_no_tanh, STEP, 'ELEMENTWISE_FACTOR', '1 - next_h^2 is left out', ['MISSING_TERM'])


def step_b_unsummed(dnext_h, cache):
    x, prev_h, Wx, Wh, h = cache
    da = (1 - h ** 2) * dnext_h
    return da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), prev_h.T.dot(da), da


wrong('wc_rnn_step_bias_not_summed', step, step_b_unsummed, STEP, 'NOT_SUMMED', 'db = da', ['WRONG_SHAPE'])


def step_clip(dnext_h, cache):
    d = np.clip(dnext_h, -0.5, 0.5)
    return step_back_core(d * (1 - cache[-1] ** 2), cache)


wrong('wc_rnn_step_clips_dout', step, step_clip, STEP, 'NONLINEAR_DOUT', 'gradient clipping moved inside the layer')


def step_unpack(dnext_h, cache):
    x, prev_h, Wx, Wh, b, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(0)


wrong('wc_rnn_step_cache_unpack', step, step_unpack, STEP, 'RAISES', 'six names for a cache of five values')


def seq(x, h0, Wx, Wh, b):
    hs, h = [], h0
    cache = []
    for t in range(x.shape[1]):
        h, c = step(x[:, t], h, Wx, Wh, b)
        hs.append(h); cache.append(c)
    return np.stack(hs, axis=1), cache


SEQ = N(('n', 3, 2), ('n', 3), (2, 3), (3, 3), (3,))


def good_step(d, c):
    return step_back_core(d * (1 - c[-1] ** 2), c)


def seq_no_path(dh, cache):
    n, T, H = dh.shape
    dx = np.zeros((n, T, 2))
    dWx, dWh, db = np.zeros((2, H)), np.zeros((H, H)), np.zeros(H)
    for t in reversed(range(T)):
        dx[:, t], dh0, a, b, c = good_step(dh[:, t], cache[t])
        dWx += a; dWh += b; db += c
    return dx, dh0, dWx, dWh, db


wrong('wc_rnn_seq_state_path_lost', seq, seq_no_path, SEQ, 'MISSING_TERM', 'dprev_h is not added to dh[:, t-1]: nothing flows back through time', ['BATCH_SUBSET'])


def seq_assign(dh, cache):
    n, T, H = dh.shape
    dx = np.zeros((n, T, 2))
    dprev = 0
    for t in reversed(range(T)):
        dx[:, t], dprev, dWx, dWh, db = good_step(dh[:, t] + dprev, cache[t])
    return dx, dprev, dWx, dWh, db


wrong('wc_rnn_seq_params_assigned', seq, seq_assign, SEQ, 'BATCH_SUBSET', 'dWx, dWh, db are overwritten in each step: only t = 0 counts', ['MISSING_TERM'])


def seq_zero_h0(dh, cache):
    n, T, H = dh.shape
    out = {'x': np.zeros((n, T, 2)), 'h0': np.zeros((n, H)), 'Wx': 0, 'Wh': 0, 'b': 0}
    carry = np.zeros((n, H))
    for t in range(T - 1, -1, -1):
        out['x'][:, t], carry, a, b, c = good_step(dh[:, t] + carry, cache[t])
        out['Wx'] = out['Wx'] + a
        out['Wh'] = out['Wh'] + b
        out['b'] = out['b'] + c
    return out


wrong('wc_rnn_seq_dh0_zero', seq, seq_zero_h0, SEQ, 'ZERO', 'dh0 stays at the zeros it was initialised with', ['MISSING_TERM', 'MISSING_GRAD'])


def seq_next_h(dh, cache):
    n, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros((n, T, 2)), np.zeros((2, H)), np.zeros((H, H)), np.zeros(H)
    carry = np.zeros((n, H))
    for t in reversed(range(T)):
        x, h_prev, Wx, Wh, h = cache[t]
        da = (dh[:, t] + carry) * (1 - h * h)
        dx[:, t] = da @ Wx.T
        dWx += x.T @ da
        dWh += h.T @ da
        db += da.sum(0)
        carry = da @ Wh.T
    return dx, carry, dWx, dWh, db


wrong('wc_rnn_seq_dWh_with_h_t', seq, seq_next_h, SEQ, 'WRONG_POINT', 'dWh uses h_t, the state after the step, in place of h_{t-1}', ['UNNAMED', 'SWAPPED'])

_acc = {}


def seq_kept_buffers(dh, cache):
    n, T, H = dh.shape
    if not _acc or _acc['Wh'].shape != (H, H):
        _acc.update(Wx=np.zeros((2, H)), Wh=np.zeros((H, H)), b=np.zeros(H))
    dx, carry = np.zeros((n, T, 2)), 0
    for t in reversed(range(T)):
        dx[:, t], carry, a, b, c = good_step(dh[:, t] + carry, cache[t])
        _acc['Wx'] += a; _acc['Wh'] += b; _acc['b'] += c
    return dx, carry, _acc['Wx'].copy(), _acc['Wh'].copy(), _acc['b'].copy()


wrong('wc_rnn_seq_accumulates_over_calls', seq, seq_kept_buffers, SEQ, 'NOT_REENTRANT', 'gradients pile up in buffers which are never zeroed between calls',
      ['NONDETERMINISTIC', 'ALIASED', 'NONLINEAR_DOUT', 'IGNORES_DOUT', 'ADDITIVE_TERM'])


def char_rnn(params, X, y, reg):
    Wxh, Whh, Why, bh, by = (params[k] for k in ('Wxh', 'Whh', 'Why', 'bh', 'by'))
    hs, ps, loss = {-1: np.zeros((Whh.shape[0], 1))}, {}, 0.0
    for t in range(len(X)):
        hs[t] = np.tanh(Wxh[:, [X[t]]] + Whh @ hs[t - 1] + bh)
        e = np.exp(Why @ hs[t] + by)
        ps[t] = e / e.sum()
        loss -= np.log(ps[t][y[t], 0])
    g = {k: np.zeros_like(v) for k, v in params.items()}
    dhnext = np.zeros_like(bh)
    for t in reversed(range(len(X))):
        dy = ps[t].copy(); dy[y[t]] -= 1
        g['Why'] += dy @ hs[t].T
        g['by'] = dy
        raw = (1 - hs[t] ** 2) * (Why.T @ dy + dhnext)
        g['bh'] += raw
        g['Wxh'][:, X[t]] += raw[:, 0]
        g['Whh'] += raw @ hs[t - 1].T
        dhnext = Whh.T @ raw
    return loss, g


wrong('wc_char_rnn_by_assigned', char_rnn, None,
      lambda rng, n: ({k: 0.5 * rng.standard_normal(s) for k, s in dict(Wxh=(4, 5), Whh=(4, 4), Why=(5, 4), bh=(4, 1), by=(5, 1)).items()},
                      rng.integers(0, 5, n), rng.integers(0, 5, n), 0.0),
      'BATCH_SUBSET', "g['by'] = dy for +=, one time step only", ['MISSING_TERM'], kind='net')


def cell_cols(xt, a_prev, Wax, Waa, ba):
    a = np.tanh(Wax @ xt + Waa @ a_prev + ba)
    return a, (a, xt, a_prev, Wax, Waa)


def cell_cols_swapped(da, cache):
    a, xt, a_prev, Wax, Waa = cache
    dz = (1 - a ** 2) * da
    return {'xt': Waa.T @ dz, 'a_prev': Wax.T @ dz, 'Wax': dz @ xt.T, 'Waa': dz @ a_prev.T, 'ba': dz.sum(1, keepdims=True)}


wrong('wc_rnn_cell_columns_inputs_swapped', cell_cols, cell_cols_swapped, N((3, 'n'), (3, 'n'), (3, 3), (3, 3), (3, 1)), 'SWAPPED', 'Wax and Waa exchanged in the gradients of xt and a_prev')


# =================================================================== LSTM, GRU
def lstm(x, prev_h, prev_c, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    ai, af, ao, ag = np.split(a, 4, axis=1)
    i, f, o, g = sig(ai), sig(af), sig(ao), np.tanh(ag)
    c = f * prev_c + i * g
    tc = np.tanh(c)
    return (o * tc, c), (x, prev_h, prev_c, Wx, Wh, i, f, o, g, c, tc)


LSTM = N(('n', 3), ('n', 2), ('n', 2), (3, 8), (2, 8), (8,))


def lstm_back(dout, cache, how=''):
    dh, dc_next = dout
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, c, tc = cache
    if how == 'c at wrong point':
        dc = dc_next + dh * o * (1 - c ** 2)
    elif how == 'no dnext_c':
        dc = dh * o * (1 - tc ** 2)
    else:
        dc = dc_next + dh * o * (1 - tc ** 2)
    dai = dc * g * i * (1 - i)
    daf = dc * prev_c * (1 if how == 'f gate' else f * (1 - f))
    dao = dh * tc * o * (1 - o)
    dag = dc * i * (1 - g ** 2)
    order = (dai, dao, daf, dag) if how == 'order' else (dai, daf, dao, dag)
    da = np.hstack(order)
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(0)


def lv(how):
    return lambda dout, cache: lstm_back(dout, cache, how)


wrong('wc_lstm_forget_gate_derivative', lstm, lv('f gate'), LSTM, 'ELEMENTWISE_FACTOR', 'f(1-f) is missing in the gradient of the forget gate', ['MISSING_TERM'])
wrong('wc_lstm_dnext_c_ignored', lstm, lv('no dnext_c'), LSTM, 'MISSING_TERM', 'the incoming gradient of the cell state is not added', ['IGNORES_DOUT'])
wrong('wc_lstm_one_minus_c_squared', lstm, lv('c at wrong point'), LSTM, 'WRONG_POINT', '1 - c^2 where 1 - tanh(c)^2 belongs', ['ELEMENTWISE_FACTOR'])
wrong('wc_lstm_gate_order', lstm, lv('order'), LSTM, 'UNNAMED', 'the gates are stacked i,o,f,g in the backward pass and i,f,o,g in the forward', ['SWAPPED', 'WRONG_AXIS'])


def gru(x, h, W, U, b):
    H = h.shape[1]
    ax, ah = x @ W + b, h @ U[:, :2 * H]
    z, r = sig(ax[:, :H] + ah[:, :H]), sig(ax[:, H:2 * H] + ah[:, H:])
    c = np.tanh(ax[:, 2 * H:] + (r * h) @ U[:, 2 * H:])
    return (1 - z) * h + z * c, (x, h, W, U, z, r, c)


def gru_lost(d, cache):
    x, h, W, U, z, r, c = cache
    H = h.shape[1]
    dz = d * (c - h) * z * (1 - z)
    dc = d * z * (1 - c ** 2)
    drh = dc @ U[:, 2 * H:].T
    dr = drh * h * r * (1 - r)
    da = np.hstack([dz, dr, dc])
    dh = d * (1 - z) + dz @ U[:, :H].T + dr @ U[:, H:2 * H].T      # + drh * r
    dU = np.hstack([h.T @ dz, h.T @ dr, (r * h).T @ dc])
    return da @ W.T, dh, x.T @ da, dU, da.sum(0)


wrong('wc_gru_reset_path_lost', gru, gru_lost, N(('n', 3), ('n', 2), (3, 6), (2, 6), (6,)), 'MISSING_TERM', 'dh lacks the path through r*h')


# =================================================================== convolution
def conv(x, w, b):
    n, C, H, W = x.shape
    F, _, k, _ = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    Ho, Wo = H + 3 - k, W + 3 - k
    out = np.zeros((n, F, Ho, Wo))
    for r in range(Ho):
        for c in range(Wo):
            out[:, :, r, c] = np.tensordot(xp[:, :, r:r + k, c:c + k], w, axes=((1, 2, 3), (1, 2, 3))) + b
    return out, (xp, w, b)


CONV = N(('n', 2, 3, 3), (2, 2, 3, 3), (2,))


def conv_back(dout, cache, how=''):
    xp, w, b = cache
    k = w.shape[2]
    n, F, Ho, Wo = dout.shape
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    if how == 'float32':
        dw = np.zeros(w.shape, dtype=np.float32)
    for i in range(n):
        for f in range(F):
            for r in range(Ho):
                for c in range(Wo):
                    dw[f] += xp[i, :, r:r + k, c:c + k] * dout[i, f, r, c]
                    if how == 'overwrite':
                        dxp[i, :, r:r + k, c:c + k] = w[f] * dout[i, f, r, c]
                    else:
                        dxp[i, :, r:r + k, c:c + k] += w[f] * dout[i, f, r, c]
    db = dout.sum(axis=(0, 2, 3))
    dx = dxp if how == 'pad' else dxp[:, :, 1:-1, 1:-1]
    return dx, dw, db


def cv(how):
    return lambda dout, cache: conv_back(dout, cache, how)


wrong('wc_conv_padding_kept', conv, cv('pad'), CONV, 'WRONG_SHAPE', 'dx keeps the padding')
wrong('wc_conv_windows_overwritten', conv, cv('overwrite'), CONV, 'REPEATED_INDEX', 'dxp[window] = for +=, overlapping windows and filters overwrite each other', ['BATCH_SUBSET', 'MISSING_TERM'])
wrong('wc_conv_dw_float32', conv, cv('float32'), CONV, 'DTYPE', 'dw accumulated in float32 for float64 weights', ['SMALL_ERROR'])


def conv1d(x, w):
    K = w.shape[2]
    win = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1))), K, axis=2)
    return np.einsum('nclk,fck->nfl', win, w), (win, w)


def conv1d_noflip(d, cache):
    win, w = cache
    dwin = np.lib.stride_tricks.sliding_window_view(np.pad(d, ((0, 0), (0, 0), (1, 1))), w.shape[2], axis=2)
    return np.einsum('nflk,fck->ncl', dwin, w), np.einsum('nfl,nclk->fck', d, win)


wrong('wc_conv1d_kernel_not_rotated', conv1d, conv1d_noflip, N(('n', 2, 5), (3, 2, 3)), 'UNNAMED', 'full convolution with the kernel not flipped', ['TRANSPOSED', 'WRONG_AXIS'])


# =================================================================== pooling, spatial batch norm
def maxpool(x):
    n, C, H, W = x.shape
    xr = x.reshape(n, C, H // 2, 2, W // 2, 2)
    return xr.max(axis=(3, 5)), (x, xr)


POOL = N(('n', 2, 4, 4))


def maxpool_min(d, cache):
    x, xr = cache
    m = xr == xr.min(axis=(3, 5), keepdims=True)
    return (m * d[:, :, :, None, :, None]).reshape(x.shape)


wrong('wc_maxpool_min_mask', maxpool, maxpool_min, POOL, 'MASK_WRONG', 'the gradient goes to the minimum of each window', ['MASK_INVERTED', 'LABEL_INDEX', 'UNNAMED'])


def maxpool_avg(d, cache):
    return np.repeat(np.repeat(d, 2, 2), 2, 3) / 4


wrong('wc_maxpool_spread_evenly', maxpool, maxpool_avg, POOL, 'MASK_MISSING', 'average pooling backward for max pooling', ['MASK_WRONG', 'MASK_LEAK', 'ELEMENTWISE_FACTOR'])


def avg23(x):
    n, C, H, W = x.shape
    return x.reshape(n, C, H // 2, 2, W // 3, 3).mean(axis=(3, 5)), None


wrong('wc_avgpool_not_divided', avg23, lambda d, _: np.kron(d, np.ones((1, 1, 2, 3))), N(('n', 1, 4, 6)), 'SCALE_OTHER', 'the 1/6 of the window is missing', ['ELEMENTWISE_FACTOR'])


def maxpool_ov(x):
    w = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    flat = w.reshape(*w.shape[:4], 9)
    return flat.max(-1), (x.shape, flat.argmax(-1))


def maxpool_ov_assign(d, cache):
    shape, arg = cache
    dx = np.zeros(shape)
    i, c, r, s = np.indices(arg.shape)
    dx[i, c, r + arg // 3, s + arg % 3] = d
    return dx


wrong('wc_maxpool_overlap_assigned', maxpool_ov, maxpool_ov_assign, N(('n', 1, 5, 5)), 'REPEATED_INDEX', 'a maximum shared by several windows keeps one contribution', ['BATCH_SUBSET', 'MISSING_TERM'])


def sbn(x, gamma, beta):
    mu = x.mean((0, 2, 3), keepdims=True)
    sd = np.sqrt(x.var((0, 2, 3), keepdims=True) + 1e-5)
    xh = (x - mu) / sd
    return gamma[None, :, None, None] * xh + beta[None, :, None, None], (xh, sd, gamma)


def sbn_N(d, cache):
    xh, sd, gamma = cache
    N_ = d.shape[0]
    dg, db = (d * xh).sum((0, 2, 3)), d.sum((0, 2, 3))
    s = lambda v: v[None, :, None, None]
    return s(gamma) / (N_ * sd) * (N_ * d - s(db) - xh * s(dg)), dg, db


wrong('wc_spatial_bn_N_for_NHW', sbn, sbn_N, lambda rng, n: (rng.standard_normal((n, 2, 3, 2)), 1 + rng.random(2), rng.standard_normal(2)),
      'UNNAMED', 'N in the formula where N*H*W samples were normalised: both correction terms are H*W times too large', ['BN_MEAN_TERM', 'BN_VAR_TERM', 'SCALE_OTHER'])
