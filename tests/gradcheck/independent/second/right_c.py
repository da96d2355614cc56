"""recurrent and convolutional"""
import numpy as np

CASES = []


def add(name, forward, backward, inputs, kind='layer', note=''):
    CASES.append(dict(name=name, kind=kind, forward=forward, backward=backward, inputs=inputs, expected=None, alternatives=(), note=note))


def N(*shapes, s=0.7):
    """draws; 'n' in a shape stands for the batch"""
    def inputs(rng, n):
        return tuple(s * rng.standard_normal([n if k == 'n' else k for k in sh]) for sh in shapes)
    return inputs


sig = lambda v: 1 / (1 + np.exp(-v))


# =================================================================== RNN
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


add('rc_rnn_step', rnn_step_forward, rnn_step_backward, N(('n', 3), ('n', 4), (3, 4), (4, 4), (4,)))


def rnn_forward(x, h0, Wx, Wh, b):
    n, T, D = x.shape
    h = np.zeros((n, T, h0.shape[1]))
    cache = []
    prev = h0
    for t in range(T):
        prev, c = rnn_step_forward(x[:, t], prev, Wx, Wh, b)
        h[:, t] = prev
        cache.append(c)
    return h, cache


def rnn_backward(dh, cache):
    n, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((n, T, D))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    dprev_h = np.zeros((n, H))
    for t in reversed(range(T)):
        dx[:, t], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db


add('rc_rnn_sequence', rnn_forward, rnn_backward, N(('n', 3, 2), ('n', 3), (2, 3), (3, 3), (3,)))


def elman_last(x, Wx, Wh, b):
    """only the last state goes out; time-major, h starts at zero"""
    T = x.shape[0]
    hs = {-1: np.zeros((x.shape[1], b.shape[1]))}
    for t in range(T):
        hs[t] = np.tanh(x[t] @ Wx + hs[t - 1] @ Wh + b)
    return hs[T - 1], {'x': x, 'hs': hs, 'Wx': Wx, 'Wh': Wh}


def elman_last_back(d, cache):
    x, hs, Wx, Wh = cache['x'], cache['hs'], cache['Wx'], cache['Wh']
    g = {'x': np.zeros_like(x), 'Wx': np.zeros_like(Wx), 'Wh': np.zeros_like(Wh), 'b': np.zeros((1, Wh.shape[0]))}
    dh = d
    for t in range(x.shape[0] - 1, -1, -1):
        raw = (1 - hs[t] * hs[t]) * dh
        g['b'] += raw.sum(0, keepdims=True)
        g['Wx'] += x[t].T @ raw
        g['Wh'] += hs[t - 1].T @ raw
        g['x'][t] = raw @ Wx.T
        dh = raw @ Wh.T
    return g


add('rc_elman_last_state_dict', elman_last, elman_last_back, N((4, 'n', 2), (2, 3), (3, 3), (1, 3)))


def char_rnn(params, X, y, reg):
    """karpathy's min-char-rnn lossFun, one sequence, X (n,) indices, y (n,) targets"""
    Wxh, Whh, Why, bh, by = (params[k] for k in ('Wxh', 'Whh', 'Why', 'bh', 'by'))
    V = Wxh.shape[1]
    xs, hs, ps = {}, {}, {}
    hs[-1] = np.zeros((Whh.shape[0], 1))
    loss = 0
    for t in range(len(X)):
        xs[t] = np.zeros((V, 1))
        xs[t][X[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        ys = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys) / np.sum(np.exp(ys))
        loss += -np.log(ps[t][y[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(X))):
        dy = np.copy(ps[t])
        dy[y[t]] -= 1
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    return loss, {'Wxh': dWxh, 'Whh': dWhh, 'Why': dWhy, 'bh': dbh, 'by': dby}


add('rc_min_char_rnn', char_rnn, None, kind='net',
    inputs=lambda rng, n: ({k: 0.5 * rng.standard_normal(s) for k, s in dict(Wxh=(4, 5), Whh=(4, 4), Why=(5, 4), bh=(4, 1), by=(5, 1)).items()},
                           rng.integers(0, 5, n), rng.integers(0, 5, n), 0.0))


# deeplearning.ai: columns
def rnn_cell(xt, a_prev, Wax, Waa, ba):
    a_next = np.tanh(Wax @ xt + Waa @ a_prev + ba)
    return a_next, (a_next, a_prev, xt, Wax, Waa)


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, Wax, Waa = cache
    dtanh = (1 - a_next ** 2) * da_next
    return {'xt': np.dot(Wax.T, dtanh), 'Wax': np.dot(dtanh, xt.T), 'a_prev': np.dot(Waa.T, dtanh),
            'Waa': np.dot(dtanh, a_prev.T), 'ba': np.sum(dtanh, axis=1, keepdims=True)}


add('rc_rnn_cell_columns', rnn_cell, rnn_cell_backward, N((3, 'n'), (4, 'n'), (4, 3), (4, 4), (4, 1)))


def rnn_cols(x, a0, Wax, Waa, ba):
    a_next, caches = a0, []
    a = np.zeros(a0.shape + (x.shape[2],))
    for t in range(x.shape[2]):
        a_next, c = rnn_cell(x[:, :, t], a_next, Wax, Waa, ba)
        a[:, :, t] = a_next
        caches.append(c)
    return a, (caches, x.shape)


def rnn_cols_back(da, cache):
    caches, xs = cache
    dx, da_prevt = np.zeros(xs), 0.0
    acc = dict(Wax=0, Waa=0, ba=0)
    for t in reversed(range(xs[2])):
        g = rnn_cell_backward(da[:, :, t] + da_prevt, caches[t])
        dx[:, :, t] = g['xt']
        da_prevt = g['a_prev']
        for k in acc:
            acc[k] = acc[k] + g[k]
    return dx, da_prevt, acc['Wax'], acc['Waa'], acc['ba']


add('rc_rnn_columns_sequence', rnn_cols, rnn_cols_back, N((2, 'n', 3), (3, 'n'), (3, 2), (3, 3), (3, 1)))


# =================================================================== LSTM
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i, f, o, g = sig(a[:, :H]), sig(a[:, H:2 * H]), sig(a[:, 2 * H:3 * H]), np.tanh(a[:, 3 * H:])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return (next_h, next_c), (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_backward(dout, cache):
    dnext_h, dnext_c = dout
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc ** 2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * tc, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
    return da.dot(Wx.T), da.dot(Wh.T), dc * f, x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


LS = (('n', 3), ('n', 2), ('n', 2), (3, 8), (2, 8), (8,))
add('rc_lstm_step', lstm_step_forward, lstm_step_backward, N(*LS))


def lstm_forward(x, h0, Wx, Wh, b):
    h, c = h0, np.zeros_like(h0)
    out, cache = [], []
    for t in range(x.shape[1]):
        (h, c), k = lstm_step_forward(x[:, t, :], h, c, Wx, Wh, b)
        out.append(h)
        cache.append(k)
    return np.stack(out, axis=1), cache


def lstm_backward(dh, cache):
    T = len(cache)
    dprev_h = np.zeros_like(dh[:, 0]); dprev_c = np.zeros_like(dprev_h)
    dxs, total = [None] * T, None
    for t in range(T - 1, -1, -1):
        dx, dprev_h, dprev_c, *par = lstm_step_backward((dh[:, t] + dprev_h, dprev_c), cache[t])
        dxs[t] = dx
        total = par if total is None else [p + q for p, q in zip(total, par)]
    return (np.stack(dxs, 1), dprev_h, *total)


add('rc_lstm_sequence', lstm_forward, lstm_backward, N(('n', 3, 2), ('n', 2), (2, 8), (2, 8), (8,)))


def lstm_cell_cols(xt, a_prev, c_prev, Wf, bf, Wi, bi, Wc, bc, Wo, bo):
    concat = np.concatenate((a_prev, xt), axis=0)
    ft, it = sig(Wf @ concat + bf), sig(Wi @ concat + bi)
    cct, ot = np.tanh(Wc @ concat + bc), sig(Wo @ concat + bo)
    c_next = ft * c_prev + it * cct
    a_next = ot * np.tanh(c_next)
    return (a_next, c_next), dict(concat=concat, c_prev=c_prev, ft=ft, it=it, cct=cct, ot=ot, c_next=c_next, W=(Wf, Wi, Wc, Wo))


def lstm_cell_cols_back(dout, k):
    da_next, dc_next = dout
    Wf, Wi, Wc, Wo = k['W']
    tc = np.tanh(k['c_next'])
    n_a = tc.shape[0]
    common = dc_next + k['ot'] * (1 - np.square(tc)) * da_next
    dot = da_next * tc * k['ot'] * (1 - k['ot'])
    dcct = common * k['it'] * (1 - np.square(k['cct']))
    dit = common * k['cct'] * k['it'] * (1 - k['it'])
    dft = common * k['c_prev'] * k['ft'] * (1 - k['ft'])
    dconcat = Wf.T @ dft + Wi.T @ dit + Wc.T @ dcct + Wo.T @ dot
    g = {'a_prev': dconcat[:n_a], 'xt': dconcat[n_a:], 'c_prev': common * k['ft']}
    for nm, d in (('f', dft), ('i', dit), ('c', dcct), ('o', dot)):
        g['W' + nm] = d @ k['concat'].T
        g['b' + nm] = d.sum(axis=1, keepdims=True)
    return g


add('rc_lstm_cell_columns', lstm_cell_cols, lstm_cell_cols_back,
    N((2, 'n'), (3, 'n'), (3, 'n'), (3, 5), (3, 1), (3, 5), (3, 1), (3, 5), (3, 1), (3, 5), (3, 1)))


# =================================================================== GRU
def gru_step(x, h, W, U, b):
    H = h.shape[1]
    ax, ah = x @ W + b, h @ U
    z = sig(ax[:, :H] + ah[:, :H])
    r = sig(ax[:, H:2 * H] + ah[:, H:2 * H])
    c = np.tanh(ax[:, 2 * H:] + (r * h) @ U[:, 2 * H:])
    return z * h + (1 - z) * c, (x, h, W, U, z, r, c)


def gru_step_back(d, cache):
    x, h, W, U, z, r, c = cache
    H = h.shape[1]
    dz = d * (h - c) * z * (1 - z)
    dc = d * (1 - z) * (1 - c * c)
    drh = dc @ U[:, 2 * H:].T
    dr = drh * h * r * (1 - r)
    da = np.concatenate((dz, dr, dc), axis=1)
    dh = d * z + drh * r + dz @ U[:, :H].T + dr @ U[:, H:2 * H].T
    dU = np.empty_like(U)
    dU[:, :2 * H] = h.T @ da[:, :2 * H]
    dU[:, 2 * H:] = (r * h).T @ dc
    return da @ W.T, dh, x.T @ da, dU, da.sum(0)


add('rc_gru_step', gru_step, gru_step_back, N(('n', 3), ('n', 2), (3, 6), (2, 6), (6,)))


def gru_seq(x, h0, W, U, b):
    caches, h = [], h0
    for t in range(x.shape[0]):
        h, c = gru_step(x[t], h, W, U, b)
        caches.append(c)
    return h, caches


def gru_seq_back(d, caches):
    dW = dU = db = 0
    dx = []
    for c in caches[::-1]:
        gx, d, gW, gU, gb = gru_step_back(d, c)
        dW, dU, db = dW + gW, dU + gU, db + gb
        dx.insert(0, gx)
    return np.array(dx), d, dW, dU, db


add('rc_gru_sequence_last', gru_seq, gru_seq_back, N((3, 'n', 2), ('n', 2), (2, 6), (2, 6), (6,)))


def rnn_masked(x, lengths, Wx, Wh):
    """variable lengths: finished rows keep their state"""
    n, T, _ = x.shape
    h = np.zeros((n, Wh.shape[0]))
    tape = []
    for t in range(T):
        live = (t < lengths)[:, None]
        new = np.tanh(x[:, t] @ Wx + h @ Wh)
        tape.append((h, new, live))
        h = np.where(live, new, h)
    return h, (x, Wx, Wh, tape)


def rnn_masked_back(dh, cache):
    x, Wx, Wh, tape = cache
    dx, dWx, dWh = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh)
    for t in range(len(tape) - 1, -1, -1):
        h, new, live = tape[t]
        da = np.where(live, dh * (1 - new ** 2), 0)
        dx[:, t] = da @ Wx.T
        dWx += x[:, t].T @ da
        dWh += h.T @ da
        dh = np.where(live, da @ Wh.T, dh)
    return dx, dWx, dWh


add('rc_rnn_variable_lengths', rnn_masked, rnn_masked_back,
    lambda rng, n: (rng.standard_normal((n, 4, 2)), rng.integers(1, 5, n), rng.standard_normal((2, 3)), 0.5 * rng.standard_normal((3, 3))))


def relu_rnn(x, h0, Whh):
    """IRNN with relu, all states out, input added directly"""
    hs = [h0]
    for t in range(x.shape[1]):
        hs.append(np.maximum(x[:, t] + hs[-1] @ Whh, 0))
    return np.stack(hs[1:], 1), (hs, Whh)


def relu_rnn_back(dH, cache):
    hs, Whh = cache
    dx = np.zeros_like(dH)
    dWhh = np.zeros_like(Whh)
    carry = 0
    for t in range(dH.shape[1] - 1, -1, -1):
        g = (dH[:, t] + carry) * (hs[t + 1] > 0)
        dx[:, t] = g
        dWhh += hs[t].T @ g
        carry = g @ Whh.T
    return dx, carry, dWhh


add('rc_irnn_relu', relu_rnn, relu_rnn_back, N(('n', 3, 3), ('n', 3), (3, 3)))


# =================================================================== convolution
def conv_forward_naive(x, w, b):
    stride, pad = 2, 1
    n, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho, Wo = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    out = np.zeros((n, F, Ho, Wo))
    for i in range(n):
        for f in range(F):
            for r in range(Ho):
                for c in range(Wo):
                    win = xp[i, :, r * stride:r * stride + HH, c * stride:c * stride + WW]
                    out[i, f, r, c] = np.sum(win * w[f]) + b[f]
    return out, (x, w, b, dict(stride=stride, pad=pad))


def conv_backward_naive(dout, cache):
    x, w, b, p = cache
    s, pad = p['stride'], p['pad']
    F, _, HH, WW = w.shape
    n, _, Ho, Wo = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for i in range(n):
        for f in range(F):
            db[f] += dout[i, f].sum()
            for r in range(Ho):
                for c in range(Wo):
                    dw[f] += xp[i, :, r * s:r * s + HH, c * s:c * s + WW] * dout[i, f, r, c]
                    dxp[i, :, r * s:r * s + HH, c * s:c * s + WW] += w[f] * dout[i, f, r, c]
    return dxp[:, :, pad:-pad, pad:-pad], dw, db


add('rc_conv_naive_stride2', conv_forward_naive, conv_backward_naive, N(('n', 2, 5, 5), (2, 2, 3, 3), (2,)))


def im2col(x, k):
    n, C, H, W = x.shape
    Ho, Wo = H - k + 1, W - k + 1
    cols = np.empty((n, C, k, k, Ho, Wo), dtype=x.dtype)
    for i in range(k):
        for j in range(k):
            cols[:, :, i, j] = x[:, :, i:i + Ho, j:j + Wo]
    return cols.transpose(0, 4, 5, 1, 2, 3).reshape(n * Ho * Wo, -1)


def col2im(col, shape, k):
    n, C, H, W = shape
    Ho, Wo = H - k + 1, W - k + 1
    col = col.reshape(n, Ho, Wo, C, k, k).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros(shape, dtype=col.dtype)
    for i in range(k):
        for j in range(k):
            img[:, :, i:i + Ho, j:j + Wo] += col[:, :, i, j]
    return img


def conv_im2col(x, W, b):
    FN, C, k, _ = W.shape
    n, _, H, Wd = x.shape
    col = im2col(x, k)
    col_W = W.reshape(FN, -1).T
    out = np.dot(col, col_W) + b
    return out.reshape(n, H - k + 1, Wd - k + 1, FN).transpose(0, 3, 1, 2), (x, W, col, col_W)


def conv_im2col_back(dout, cache):
    x, W, col, col_W = cache
    d = dout.transpose(0, 2, 3, 1).reshape(-1, W.shape[0])
    db = np.sum(d, axis=0)
    dW = np.dot(col.T, d).transpose(1, 0).reshape(W.shape)
    dx = col2im(np.dot(d, col_W.T), x.shape, W.shape[2])
    return dx, dW, db


add('rc_conv_im2col_dlfs', conv_im2col, conv_im2col_back, N(('n', 2, 4, 4), (3, 2, 2, 2), (3,)))


def conv1d(x, w):
    # x (N, C, L), w (F, C, K); "same" padding with odd K
    K = w.shape[2]
    P = K // 2
    xp = np.pad(x, ((0, 0), (0, 0), (P, P)))
    win = np.lib.stride_tricks.sliding_window_view(xp, K, axis=2)     # N C L K
    return np.einsum('nclk,fck->nfl', win, w), (win, w)


def conv1d_back(dout, cache):
    win, w = cache
    K = w.shape[2]; P = K // 2
    dw = np.einsum('nfl,nclk->fck', dout, win)
    dp = np.pad(dout, ((0, 0), (0, 0), (P, P)))
    dwin = np.lib.stride_tricks.sliding_window_view(dp, K, axis=2)
    dx = np.einsum('nflk,fck->ncl', dwin, w[:, :, ::-1])
    return dx, dw


add('rc_conv1d_same_flip', conv1d, conv1d_back, N(('n', 2, 6), (3, 2, 3)))


# NHWC as in the deeplearning.ai course, b of shape (1, 1, 1, n_C)
def conv_nhwc(A_prev, W, b):
    f = W.shape[0]
    m, nH, nW, _ = A_prev.shape
    h, w = nH - f + 1, nW - f + 1
    Z = np.zeros((m, h, w, W.shape[3]))
    for i in range(m):
        for r in range(h):
            for c in range(w):
                for ch in range(W.shape[3]):
                    Z[i, r, c, ch] = np.sum(A_prev[i, r:r + f, c:c + f, :] * W[..., ch]) + b[0, 0, 0, ch]
    return Z, (A_prev, W, b)


def conv_nhwc_back(dZ, cache):
    A_prev, W, b = cache
    f = W.shape[0]
    dA, dW, db = np.zeros(A_prev.shape), np.zeros(W.shape), np.zeros(b.shape)
    m, h, w, nC = dZ.shape
    for i in range(m):
        a_prev, da = A_prev[i], dA[i]
        for r in range(h):
            for c in range(w):
                for ch in range(nC):
                    da[r:r + f, c:c + f, :] += W[:, :, :, ch] * dZ[i, r, c, ch]
                    dW[:, :, :, ch] += a_prev[r:r + f, c:c + f, :] * dZ[i, r, c, ch]
                    db[:, :, :, ch] += dZ[i, r, c, ch]
    return dA, dW, db


add('rc_conv_nhwc_course', conv_nhwc, conv_nhwc_back, N(('n', 3, 4, 2), (2, 2, 2, 3), (1, 1, 1, 3)))


# =================================================================== pooling
def maxpool_naive(x):
    n, C, H, W = x.shape
    out = np.zeros((n, C, H // 2, W // 2))
    for r in range(H // 2):
        for c in range(W // 2):
            out[:, :, r, c] = x[:, :, 2 * r:2 * r + 2, 2 * c:2 * c + 2].max(axis=(2, 3))
    return out, x


def maxpool_naive_back(dout, x):
    dx = np.zeros_like(x)
    for i, ch, r, c in np.ndindex(dout.shape):
        win = x[i, ch, 2 * r:2 * r + 2, 2 * c:2 * c + 2]
        a, b = np.unravel_index(np.argmax(win), win.shape)
        dx[i, ch, 2 * r + a, 2 * c + b] += dout[i, ch, r, c]
    return dx


add('rc_maxpool_argmax', maxpool_naive, maxpool_naive_back, N(('n', 2, 4, 5)), note='odd width, last column unused')


def maxpool_reshape(x):
    n, C, H, W = x.shape
    xr = x.reshape(n, C, H // 2, 2, W // 2, 2)
    out = xr.max(axis=3).max(axis=4)
    return out, (x, xr, out)


def maxpool_reshape_back(dout, cache):
    x, xr, out = cache
    mask = (xr == out[:, :, :, None, :, None])
    dxr = mask * dout[:, :, :, None, :, None]
    dxr /= mask.sum(axis=(3, 5), keepdims=True)
    return dxr.reshape(x.shape)


add('rc_maxpool_reshape_mask', maxpool_reshape, maxpool_reshape_back, N(('n', 1, 4, 4)))


def maxpool_overlap(x):
    w = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
    flat = w.reshape(*w.shape[:4], 9)
    arg = flat.argmax(-1)
    return flat.max(-1), (x.shape, arg)


def maxpool_overlap_back(dout, cache):
    shape, arg = cache
    dx = np.zeros(shape)
    i, c, r, s = np.indices(arg.shape)
    np.add.at(dx, (i, c, 2 * r + arg // 3, 2 * s + arg % 3), dout)
    return dx


add('rc_maxpool_overlapping_add_at', maxpool_overlap, maxpool_overlap_back, N(('n', 1, 5, 5)))


def avgpool(x):
    n, C, H, W = x.shape
    return x.reshape(n, C, H // 2, 2, W // 2, 2).mean((3, 5)), x.shape


add('rc_avgpool_repeat', avgpool, lambda dout, shp: np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) / 4, N(('n', 2, 4, 2)))


def gap(x):
    return x.mean(axis=(1, 2)), x.shape


def gap_back(dout, shp):
    m, h, w, c = shp
    return np.ones(shp) * dout[:, None, None, :] / (h * w)


add('rc_global_avg_nhwc', gap, gap_back, N(('n', 3, 2, 4)))


def spatial_bn(x, gamma, beta):
    n, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    mu, var = flat.mean(0), flat.var(0)
    xh = (flat - mu) / np.sqrt(var + 1e-5)
    out = (gamma * xh + beta).reshape(n, H, W, C).transpose(0, 3, 1, 2)
    return out, (xh, gamma, var)


def spatial_bn_back(dout, cache):
    xh, gamma, var = cache
    n, C, H, W = dout.shape
    d = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    M = d.shape[0]
    dgamma, dbeta = (d * xh).sum(0), d.sum(0)
    dx = gamma / np.sqrt(var + 1e-5) / M * (M * d - dbeta - xh * dgamma)
    return dx.reshape(n, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


add('rc_spatial_batchnorm', spatial_bn, spatial_bn_back,
    lambda rng, n: (3 * rng.standard_normal((n, 2, 2, 3)) - 4, rng.standard_normal(2), rng.standard_normal(2)))


def depthwise(x, w):
    n, C, H, W = x.shape
    k = w.shape[1]
    out = sum(x[:, :, i:H - k + 1 + i, j:W - k + 1 + j] * w[:, i, j][:, None, None] for i in range(k) for j in range(k))
    return out, (x, w)


def depthwise_back(d, cache):
    x, w = cache
    k = w.shape[1]
    h, v = d.shape[2:]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(k):
        for j in range(k):
            dx[:, :, i:i + h, j:j + v] += d * w[:, i, j].reshape(1, -1, 1, 1)
            dw[:, i, j] = np.tensordot(d, x[:, :, i:i + h, j:j + v], axes=([0, 2, 3], [0, 2, 3])).diagonal()
    return dx, dw


add('rc_depthwise_shifts', depthwise, depthwise_back, N(('n', 2, 4, 3), (2, 2, 2)))


def conv_relu_pool_forward(x, W, b):
    a, c1 = conv_im2col(x, W, b)
    r = np.maximum(a, 0)
    p, c2 = maxpool_naive(r)
    return p, (c1, a, c2)


def conv_relu_pool_backward(dout, cache):
    c1, a, c2 = cache
    dr = maxpool_naive_back(dout, c2)
    return conv_im2col_back(dr * (a > 0), c1)


add('rc_conv_relu_pool_sandwich', conv_relu_pool_forward, conv_relu_pool_backward, N(('n', 1, 5, 5), (2, 1, 2, 2), (2,)))
