"""Losses over classes: wrong at the label entries, labels indexed wrongly, softmax twice or over the wrong axis."""

from collections.abc import Callable, Sequence

import numpy as np

from base.arrays import Array

from ..view import Explanation, View, labels_of

Rows = tuple[Array, Array, Array, Array]  # scores, analytic, numeric, labels


def explain(views: Sequence[View]) -> Explanation | None:
    """LABEL_TERM, LABEL_INDEX, DOUBLE_SOFTMAX, WRONG_AXIS and the margin mask of a hinge (MASK_WRONG)."""
    binary, rows = [_binary(v) for v in views], [_rows(v) for v in views]
    if all(binary):
        return binary[0]
    pairs = [(v, r) for v, r in zip(views, rows, strict=True) if r is not None]
    for family in (double_softmax, batch_axis, _label_term, _margin, _label_index) if all(rows) else ():
        found = [family(v, r) for v, r in pairs]
        if all(found):
            return found[0]
    return None


def _rows(v: View) -> Rows | None:
    """Scores, analytic, numeric as (rows, classes), and the labels; both gradients for an upstream gradient of 1."""
    y = labels_of(v.run, v.x.shape)
    if y is None or v.x.shape[-1] < 2:  # of one class every entry is the label's
        return None
    shape = len(y), v.x.shape[-1]
    unit = v.run.dout.item() if v.run.dout.size == 1 else 1.0  # a loss that is one layer of several
    return v.x.reshape(shape), v.a.reshape(shape) / unit, v.g.reshape(shape) / unit, y


def _units(v: View, rows: int) -> tuple[float, ...]:
    """What the loss may be averaged over."""
    return tuple(dict.fromkeys((float(rows), float(v.n), 1.0)))


def _label_term(v: View, rows: Rows) -> Explanation | None:
    _, a, g, y = rows
    r, at = a - g, (np.arange(len(y)), y)
    rest = r.copy()
    rest[at] = 0
    if np.max(np.abs(rest)) > 1e-6 * v.size or not np.any(np.abs(r[at]) > 1e-6 * v.size):
        return None
    times = r[at] * len(y)
    fits = "" if np.ptp(times) > 1e-6 else f": analytic - numeric = {times[0]:+.6g} / N there"
    text = f"wrong only at the label entries (i, y_i){fits}"
    return Explanation("LABEL_TERM", text, {"N*residual": times[:5].tolist()})


def _label_index(v: View, rows: Rows) -> Explanation | None:
    _, a, g, y = rows
    for unit in _units(v, len(y)):
        r = (a - g) * unit
        whole = np.abs(r - np.round(r)) <= 1e-5 * max(1.0, unit * v.size)
        entries = np.abs(r) > 1e-5
        if np.all(whole) and entries.any():
            entries[np.arange(len(y)), y] = False
            if entries.any():
                return Explanation(
                    "LABEL_INDEX",
                    "whole multiples of 1/N are added at entries other than (i, y_i): the labels are "
                    "indexed wrongly; use dx[np.arange(N), y]",
                    {"entries": np.argwhere(entries)[:5].tolist()},
                    "dx[np.arange(N), y] -= 1",
                )
    return None


def _margin(v: View, rows: Rows) -> Explanation | None:
    """A hinge whose mask has another margin: the wrong entries fill an interval of s_j - s_y."""
    s, a, g, y = rows
    at = (np.arange(len(y)), y)
    for unit in _units(v, len(y)):
        whole = np.abs(g * unit - np.round(g * unit)) <= 1e-5
        if not whole.all():
            continue
        r = np.round((a - g) * unit, 4)
        others = np.ones(r.shape, bool)
        others[at] = False
        wrong = others & (r != 0)
        margin = s - s[at][:, None]
        bad, good = margin[wrong], margin[others & ~wrong]
        if (
            wrong.any()
            and np.all(np.abs(r[wrong]) == np.abs(r[wrong][0]))
            and not np.any((good >= bad.min()) & (good <= bad.max()))
        ):
            return Explanation(
                "MASK_WRONG",
                f"all {int(wrong.sum())} wrong entries have {bad.min():.3g} <= s_j - s_y <= "
                f"{bad.max():.3g}: the margin of the mask is not that of the loss",
                {"margin": [bad.min(), bad.max()]},
            )
    return None


def double_softmax(v: View, rows: Rows) -> Explanation | None:
    """N a + onehot = softmax(N g + onehot): the probabilities were normalised twice."""

    def twice(p: Array, q: Array) -> bool:
        return bool(np.allclose(p, _softmax(q), atol=1e-6))

    return _probabilities(v, rows, twice, "DOUBLE_SOFTMAX", "the probabilities went through softmax twice")


def batch_axis(v: View, rows: Rows) -> Explanation | None:
    """N a + onehot has columns that sum to 1: normalised over the batch."""

    def columns(p: Array, q: Array) -> bool:
        return bool(len(p) > 1 and np.allclose(p.sum(0), 1, atol=1e-6) and not np.allclose(p.sum(1), 1, atol=1e-4))

    text = "softmax is taken over the batch (axis 0) instead of the classes"
    return _probabilities(v, rows, columns, "WRONG_AXIS", text)


def _probabilities(
    v: View, rows: Rows, test: Callable[[Array, Array], bool], code: str, message: str
) -> Explanation | None:
    _, a, g, y = rows
    onehot = np.zeros(a.shape)
    onehot[np.arange(len(y)), y] = 1
    for unit in _units(v, len(y)):
        q = unit * g + onehot
        if np.allclose(q.sum(1), 1, atol=1e-6) and np.all(q > -1e-9):
            for ours in _units(v, len(y)):
                if test(ours * a + onehot, q):
                    return Explanation(code, message, {}, None)
    return None


def _softmax(s: Array) -> Array:
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def _binary(v: View) -> Explanation | None:
    """Labels 0 and 1 in the shape of the scores: wrong only where the label is 1, by one constant."""
    for name, t in v.atoms():
        if t.shape == v.x.shape and name not in (v.name, "dout") and set(np.unique(t)) <= {0.0, 1.0}:
            on = t == 1
            if not on.any():
                continue
            hit, small = v.r[on], 1e-6 * v.size
            right_elsewhere = np.max(np.abs(v.r[~on]), initial=0) <= small
            if right_elsewhere and np.all(np.abs(hit) > small) and np.ptp(hit) < small:
                text = f"wrong only where {name} is 1, by {hit[0]:.6g} = {hit[0] * v.n:.6g} / N"
                return Explanation("LABEL_TERM", text, {})
    return None
