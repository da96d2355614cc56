"""Where the examples of given arrays stand: in columns, as in the deeplearning.ai courses, or behind a weight."""

from collections.abc import Sequence

import numpy as np

from base.arrays import Array

from .arguments import Source
from .subject import Subject, Values


def find_batch(subject: Subject, source: Source) -> None:
    """Tell the source of given arrays what their sizes say without a doubt; else the first array's rows count."""
    if source.given is not None:
        values = dict(zip(source.names, source.given, strict=True))
        source.columns = _columns(subject, source, values)
        source.carriers = behind_a_weight(values) if subject.kind == "loss" and not source.columns else ()


def behind_a_weight(values: Values) -> list[str]:
    """The arrays of loss(W, X, t) that carry the batch: they share a length that W does not have."""
    arrays = [(k, v) for k, v in values.items() if isinstance(v, np.ndarray) and v.ndim]
    if len(arrays) < 3:
        return []
    lead, others = arrays[0][1], arrays[1:]
    lengths = {len(v) for _, v in others}
    weight = any(v.ndim == 2 and v.shape[1] in lead.shape for _, v in others)
    shared = len(lengths) == 1 and not lengths & set(lead.shape)
    return [k for k, _ in others] if shared and weight else []


def _columns(subject: Subject, source: Source, values: Values) -> int | None:
    if subject.kind == "net":
        return examples_in_columns(values, source.params)
    if subject.kind == "loss":
        return loss_in_columns(values)
    try:
        (out, *_), _ = subject.forward(subject.fresh(values))
    except Exception:  # the contracts tell it
        return None
    return layer_in_columns(values, out)


def examples_in_columns(values: Values, params: Sequence[str]) -> int | None:
    """The batch size of a net whose data arrays share their last axis alone (X is features x examples), else None."""
    data = [v for k, v in values.items() if k not in params and isinstance(v, np.ndarray) and v.ndim]
    if len(data) < 2 or data[0].ndim != 2 or len({v.shape[-1] for v in data}) > 1:
        return None
    features, n = data[0].shape
    weights = [v for k, v in values.items() if k in params and np.ndim(v) == 2]
    if features == n or not any(w.shape[1] == features for w in weights):
        return None
    either = any(n in w.shape for w in weights) and any(len(v) == features for v in data[1:])
    return None if either else int(n)


def layer_in_columns(values: Values, out: Array) -> int | None:
    """The same of a layer W x + b: x (F, n), W (H, F) and an output (H, n) leave no doubt."""
    arrays = [v for v in values.values() if isinstance(v, np.ndarray) and v.ndim == 2]
    if not arrays or out.ndim != 2:
        return None
    features, n = arrays[0].shape
    hidden = len(out)
    weights = any(v.shape == (hidden, features) for v in arrays[1:])
    return int(n) if weights and out.shape[1] == n and n not in (features, hidden) and features != hidden else None


def loss_in_columns(values: Values) -> int | None:
    """The same of a loss: scores (C, n) with labels (n,), with a one-hot target (C, n), or (1, n) with (1, n)."""
    arrays = [v for v in values.values() if isinstance(v, np.ndarray) and v.ndim]
    if len(arrays) < 2 or arrays[0].ndim != 2 or arrays[0].shape[0] == arrays[0].shape[1]:
        return None
    classes, n = arrays[0].shape
    for other in arrays[1:]:
        if other.ndim == 1 and other.dtype.kind in "iu":
            return int(n) if len(other) == n else None
        if other.shape == (classes, n):
            hot = set(np.unique(other)) <= {0, 1} and np.all(other.sum(axis=0) == 1)
            return int(n) if classes == 1 or hot else None
    return None
