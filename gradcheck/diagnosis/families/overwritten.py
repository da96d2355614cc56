"""Contributions that overwrite each other: `=` for `+=` in a loop over windows or steps, `+=` with repeated indices."""

from collections.abc import Iterator, Sequence

import numpy as np

from base.arrays import Array

from ..view import Explanation, View

WINDOWS = "where several outputs use one entry, only one of them contributes: = for += in the loop over windows"
SMALL = 1e-6  # of the largest entry of a Jacobian: no contribution


def repeated(views: Sequence[View]) -> Explanation | None:
    """REPEATED_INDEX: wrong are the rows whose index occurs several times in an integer argument, and no other."""
    for name, _ in _indices(views[0]):
        found = [_rows_of(v, dict(_indices(v)).get(name)) for v in views]
        rows = found[0]
        if rows is None or any(other is None for other in found):
            continue
        if any(_tells(v, dict(_indices(v))[name]) for v in views) or all(_kept(v) is not None for v in views):
            target, by = views[0].name, name.lstrip("#")
            return Explanation(
                "REPEATED_INDEX",
                f"rows {', '.join(map(str, rows))} of {target}, whose index occurs several times in {by}, get one of "
                f"their contributions: d{target}[{by}] += ... adds once per index",
                {"rows": [int(row) for row in rows], "indices": by},
                f"np.add.at(d{target}, {by}, ...)",
            )
    return None


def _indices(v: View) -> Iterator[tuple[str, Array]]:
    """The integer arguments that may index the rows of x."""
    if v.subject.kind != "layer" and v.x.size == len(v.x):  # labels would index all of a bias
        return
    for name, value in v.run.values.items():
        whole = isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.size
        if whole and v.x.ndim and value.min() >= 0 and value.max() < len(v.x):
            yield name, value


def _rows_of(v: View, indices: Array | None) -> Array | None:
    """The wrong rows, if they are rows of repeated indices and at least half of those."""
    if indices is None or v.a.shape != v.x.shape:
        return None
    counts = np.bincount(indices.ravel(), minlength=len(v.x))
    wrong = np.any(v.off.reshape(len(v.x), -1), axis=1)
    if not wrong.any() or np.any(wrong & (counts < 2)) or 2 * wrong.sum() < np.sum(counts > 1):
        return None
    return np.flatnonzero(wrong)


def _tells(v: View, indices: Array) -> bool:
    """Whether some row that is asked for once is right and not zero: else every row is wrong, by any cause."""
    rows = np.any(v.off.reshape(len(v.x), -1), axis=1)
    once = np.bincount(indices.ravel(), minlength=len(v.x)) == 1
    return bool(np.any(np.abs(v.g.reshape(len(v.x), -1))[once & ~rows] > SMALL * v.size))


def windows(views: Sequence[View]) -> Explanation | None:
    """BATCH_SUBSET: of the outputs that an element reaches only the last (or first) ones contribute."""
    found = [_kept(v) for v in views]
    if any(text is None or (text == WINDOWS and not _several(v)) for text, v in zip(found, views, strict=True)):
        return None
    return Explanation("BATCH_SUBSET", str(found[0]), {}, "+= instead of = in the loop")


def _kept(v: View) -> str | None:
    """What is kept, in words; None unless the analytic Jacobian is the numeric one with contributions left out."""
    if v.jac is None or v.ours is None or v.out.ndim < 2:
        return None
    level = float(np.max(np.abs(v.jac), initial=0.0))
    there, kept = np.abs(v.jac) > SMALL * level, np.abs(v.ours) > SMALL * level
    if not level or np.any(kept & ~there) or not np.allclose(v.ours[kept], v.jac[kept], rtol=1e-5):
        return None
    lost = there & ~kept
    wrong = lost.any(axis=1)
    if not wrong.any() or not kept[wrong].any(axis=1).all():
        return None
    counts = kept[wrong].sum(axis=1)
    overwrites = np.ptp(counts) == 0 and np.array_equal(wrong, there.sum(axis=1) > counts[0])
    axis = _one_position(v, there, kept)
    if axis is not None:
        last = "last" if axis[1] else "first"
        return f"only the {last} position along axis {axis[0]} of the output contributes: = for += in a loop over it?"
    orders = [np.arange(v.out.size).reshape(v.out.shape)]
    orders += [np.moveaxis(orders[0], k, -1) for k in range(v.out.ndim - 1)]  # an axis that is done at once comes last
    if overwrites and any(_end_of(lost[wrong][:, o.ravel()], kept[wrong][:, o.ravel()]) for o in orders):
        return WINDOWS
    return None


def _several(v: View) -> bool:
    """Whether the loss has several patterns: a mask that drops outputs drops the same ones for a whole column."""
    if v.jac is None or v.ours is None:
        return False
    level = SMALL * float(np.max(np.abs(v.jac), initial=0.0))
    lost = (np.abs(v.jac) > level) & (np.abs(v.ours) <= level)
    return len(np.unique(lost[lost.any(axis=1)], axis=0)) > 1


def _one_position(v: View, there: Array, kept: Array) -> tuple[int, bool] | None:
    """(axis, whether it is the last) if the outputs that contribute are those at one end of one axis of the output."""
    reached = there.any(axis=0).reshape(v.out.shape)
    contributes = kept.any(axis=0).reshape(v.out.shape)
    for axis in range(v.out.ndim):
        for at in (-1, 0):
            only = np.zeros(v.out.shape, bool)
            np.moveaxis(only, axis, 0)[at] = True
            if v.out.shape[axis] > 1 and np.array_equal(contributes, reached & only):
                return axis, at == -1
    return None


def _end_of(lost: Array, kept: Array) -> bool:
    """Whether in every row all that is kept comes after all that is lost, or in every row before."""
    columns = np.arange(lost.shape[1])
    first_kept, last_kept = np.argmax(kept, axis=1), columns[-1] - np.argmax(kept[:, ::-1], axis=1)
    first_lost, last_lost = np.argmax(lost, axis=1), columns[-1] - np.argmax(lost[:, ::-1], axis=1)
    return bool(np.all(first_kept > last_lost) or np.all(last_kept < first_lost))
