"""Arrays for tensors and tensors for arrays, over the same memory: what is written into one is seen in the other.

And the tape of autograd as a cache, in which there is no array of the user's.
"""

from typing import Any

import numpy as np
import torch

from ..options import UsageError


class Tape:
    """Outputs with their graph, and the leaves that it begins at: copied with a cache, it stays the one it is."""

    __slots__ = ("leaves", "outs")

    def __init__(self, outs: list[Any], leaves: list[Any]):
        self.outs, self.leaves = outs, leaves

    def __deepcopy__(self, memo: Any) -> "Tape":
        return self


def to_tensor(value: Any) -> Any:
    """The array as a tensor that shares its memory; everything else as it is."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        return value
    if any(stride < 0 for stride in value.strides):  # torch has no negative strides
        value = value.copy()
    return torch.from_numpy(value)


def to_array(value: Any) -> Any:
    """The tensor as an array that shares its memory, where NumPy has its dtype; everything else as it is."""
    if not isinstance(value, torch.Tensor):
        return value
    value = value.detach()
    if value.layout is not torch.strided:
        value = value.to_dense()
    if value.dtype is torch.bfloat16:
        value = value.float()
    return value.resolve_conj().resolve_neg().numpy()


def given(value: Any, name: str) -> Any:
    """What the user passed, as an array of its own. TypeError or UsageError for tensors that cannot be checked."""
    if isinstance(value, torch.nn.Parameter):
        value = value.detach()
    if not isinstance(value, torch.Tensor):
        return np.array(value, order="K") if type(value) is np.ndarray else value
    if value.device.type != "cpu":
        raise UsageError(f"{name} is on {value.device}; gradients are checked on the CPU: pass {name}.cpu()")
    if value.is_complex():
        raise TypeError(
            f"{name} is complex ({value.dtype}); gradients are checked for real tensors: pass its parts"
            f" as torch.view_as_real({name}), and take them together in the function"
        )
    if value.layout is not torch.strided:
        raise TypeError(f"{name} is {value.layout}; gradients are checked for dense tensors: pass {name}.to_dense()")
    return np.array(to_array(value), order="K")


def reduced(gradient: Any, shape: tuple[int, ...]) -> Any:
    """What autograd makes of a gradient of another shape: summed over the axes along which it is broadcast, if it is.

    >>> reduced(np.ones((5, 3)), (3,)).shape
    (3,)
    """
    if not isinstance(gradient, np.ndarray) or gradient.shape == shape or gradient.ndim < len(shape):
        return gradient
    lead = gradient.ndim - len(shape)
    ends = zip(gradient.shape[lead:], shape, strict=True)
    if any(have != want and want != 1 for have, want in ends):
        return gradient
    axes = (*range(lead), *(lead + k for k, want in enumerate(shape) if want == 1))
    return np.asarray(gradient.sum(axis=axes, keepdims=True)).reshape(shape)
