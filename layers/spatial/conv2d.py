"""Convolution over images: every window is compared with every filter, which are the same at all places."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import filled_first, handed_over, require_floating
from ..registry import Layer, register
from .draws import image_sizes
from .patches import Folded, Patches
from .window import CHANNELS_LAST, Pair, check_upstream, require_images, require_shape, window


def conv2d_forward(
    x: Array, w: Array, b: Array | None = None, *, stride: Pair = 1, padding: Pair = 0, out: Array | None = None
) -> tuple[Array, Any]:
    """out[n, f, i, j] = b[f] + sum over c, k, l of w[f, c, k, l] x[n, c, S i + k - P, S j + l - P], x = 0 outside.

    x (N, C, H, W), w (F, C, KH, KW), b (F,) or None -> out (N, F, H', W'), cache, H' = floor((H + 2 P - KH) / S) + 1
    and W' alike. stride S and padding P are numbers or pairs (along H, along W). As everywhere in this field it is a
    correlation: the filter is not flipped. What lies right of or below the last window is not seen.

    What the filter [[1, 2], [0, -1]] sees of an image, place by place, and the values that it gives (S = 1, P = 0):

        [1 2] 3      1 [2 3]      1  2  3      1  2  3
        [4 5] 6      4 [5 6]     [4  5] 6      4 [5  6]      out =  0  2
         7 8  9      7  8 9      [7  8] 9      7 [8  9]             6  8

    With S = 2 and P = 1 it starts in the margin of zeros and moves by two:

        [. .] . . .      . . [. .] .       .  . . . .       . .  .  . .
        [. 1] 2 3 .      . 1 [2 3] .       .  1 2 3 .       . 1  2  3 .
         . 4  5 6 .      . 4  5 6  .      [.  4] 5 6 .      . 4 [5  6] .      out = -1  -3
         . 7  8 9 .      . 7  8 9  .      [.  7] 8 9 .      . 7 [8  9] .             1   8
         . .  . . .      . .  . .  .       .  . . . .       . .  .  .  .

    Memory beside out: the patches of a block, 2 MiB at most (one row of windows of one image, where that is more), and
    the block's images and products; the cache holds x and w themselves and no patches.

    Raises TypeError for what is not floating, ValueError where shapes, stride or padding do not fit.
    Source: LeCun, Bottou, Bengio and Haffner (1998), section II; Dumoulin and Visin (2016) for strides and padding.
    """
    require_images(x, "conv2d")
    require_floating(w, "conv2d_forward", "w")
    if w.ndim != 4 or 0 in w.shape or w.shape[1] != x.shape[1] or (b is not None and b.shape != w.shape[:1]):
        raise ValueError(_explain(x, w, b))
    seen = window("conv2d", w.shape[2:], stride, padding, "the window (KH, KW)")
    places = seen.places(x, "conv2d")
    dtype = np.result_type(x, w)
    shape = (len(x), len(w), *places)
    require_shape(out, shape)
    kept = tuple(a.copy() if out is not None and np.may_share_memory(out, a) else a for a in (x, w))
    value = filled_first(out, shape, dtype, x, w, b)
    patches = Patches(x.shape, seen, places, dtype, b is not None)
    weights, room = _by_product(w, b, patches), np.empty(2 * len(w) * patches.columns, dtype)
    for block in patches.blocks():
        matrices, target = patches.unfold(x, block), block.part(value)
        straight = not block.inner and value.flags.c_contiguous and value.dtype == dtype  # the product lies as it does
        product = (target if straight else room[: target.size]).reshape(len(target), len(w), -1)
        more = room[len(room) // 2 :][: target.size].reshape(product.shape)
        for k, columns in enumerate(patches.product_columns(block)):
            part = matrices[:, : weights[k].shape[1], columns]
            np.matmul(weights[k], part, out=more if k else product)
            if k:
                product += more
        if not straight:
            target[...] = product.reshape(target.shape)
    return handed_over(value, out), (*kept, b is not None, seen, places)


def conv2d_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, ...]:
    """dw = sum over windows of dout times the patch, db = sum of dout; dx adds dout w where each window looked.

    dout (N, F, H', W') -> dx (N, C, H, W) (None with need_dx=False), dw (F, C, KH, KW), db (F,); without a bias only
    dx, dw. dx is zero where no window looked. `out=(dx, dw, db)` takes buffers, None where one is to be allocated.
    The patches are made again, block by block: kept, they would be up to KH KW times the input.
    """
    x, w, biased, seen, places = cache
    check_upstream(dout, (len(x), len(w), *places))
    dx, dw, db = (*out, None)[:3] if out else (None, None, None)
    dtype = np.result_type(x, w, dout)
    patches = Patches(x.shape, seen, places, dtype, biased)
    folded = Folded(patches, filled_first(dx, x.shape, dtype, x, w, dout)) if need_dx else None
    weights, room = _by_product(w, None, patches), np.empty(len(w) * patches.columns, dtype)
    sums = np.zeros((patches.products, patches.rows + biased, len(w)), dtype)  # this way round BLAS is faster
    for block in patches.blocks():
        matrices, given = patches.unfold(x, block), block.part(dout)
        upstream = room[: given.size].reshape(len(given), len(w), -1)
        upstream.reshape(given.shape)[...] = given
        for k, columns in enumerate(patches.product_columns(block)):
            for one, other in zip(upstream, matrices, strict=True):
                sums[k] += other[:, columns] @ one.T
        if folded is not None:
            folded.add(weights, upstream, block)
    totals, each = sums[0, patches.rows :].ravel(), sums[:, : patches.rows]
    shape = patches.products, x.shape[1], patches.tall, w.shape[3], len(w)
    sums = each.reshape(shape).transpose(4, 1, 0, 2, 3).reshape(w.shape)
    dw = np.positive(sums, out=dw)
    db = np.positive(totals, out=db) if biased else None
    gradients = (None if folded is None else handed_over(folded.dx, dx), dw, db)
    return gradients if biased else gradients[:2]


def _by_product(w: Array, b: Array | None, patches: Patches) -> list[Array]:
    """For each product the weights (F, C tall KW) that it takes, the bias as one more column of the first."""
    parts = np.split(w, patches.products, axis=2)
    weights = [np.ascontiguousarray(part).reshape(len(w), -1) for part in parts]
    if b is not None:
        weights[0] = np.concatenate([weights[0], b[:, None]], axis=1)
    return weights


KERNELS_LAST = " Is w of layout KH x KW x C x F? Use w.transpose(3, 2, 0, 1)."


def _explain(x: Array, w: Array, b: Array | None) -> str:
    told = f"conv2d takes x (N, C, H, W), w (F, C, KH, KW), b (F,); got x {x.shape}, w {w.shape}"
    if w.ndim != 4 or 0 in w.shape:
        return f"{told}{'.' if w.ndim != 4 else ', which holds nothing.'}"
    channels, took = x.shape[1], w.shape[1]
    if took == channels:
        last = b is not None and b.shape == w.shape[3:] and w.shape[2] == channels
        return f"{told}, b {None if b is None else b.shape}.{KERNELS_LAST if last else ''}"
    told = f"{told}: x has {channels} channels, w takes {took}."
    if x.shape[3] == took:
        return told + CHANNELS_LAST
    if w.shape[2] == channels:
        return told + KERNELS_LAST
    if w.shape[3] == channels:
        return f"{told} Is w of layout F x KH x KW x C? Use w.transpose(0, 3, 1, 2)."
    if w.shape[0] == channels:
        return f"{told} Is w of layout C x F x KH x KW? Use w.transpose(1, 0, 2, 3)."
    return told


def _draw(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
    channels, filters, height, width = image_sizes(rng, n)
    shape = (filters, channels, *rng.permutation([2, 3]))
    return (
        rng.standard_normal((n, channels, height, width)), rng.standard_normal(shape), rng.standard_normal(filters)
    )  # fmt: skip


def _draw_without_bias(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
    return _draw(rng, n)[:2]


SETTINGS: tuple[dict[str, Any], ...] = ({}, {"stride": 2, "padding": 1}, {"stride": (2, 1), "padding": (0, 1)})

conv2d = register(
    Layer(
        "conv2d", "linear", conv2d_forward, conv2d_backward, _draw, ("x", "w", "b"), ("w", "b"),
        structure="rows", settings=SETTINGS,
    )
)  # fmt: skip

conv2d_without_bias = register(
    Layer(
        "conv2d_without_bias", "linear", conv2d_forward, conv2d_backward, _draw_without_bias, ("x", "w"), ("w",),
        structure="rows", settings=SETTINGS,
    )
)  # fmt: skip
