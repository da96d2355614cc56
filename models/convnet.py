"""Convolutional nets: windows over images and pooling, then full layers, with a loss on the scores.

What one layer of weights takes along, its bias or normalisation and noise, is as in `mlp`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from base.arrays import Array
from base.seeds import one_of
from layers.registry import Layer, get

from .chain import Chain, check_disturbances, one_norm
from .graph import Graph
from .initialisers import Initialiser
from .layer_spec import Conv, Full, Part, Pool, Shape, fitted, image_shape, is_whole, read
from .node import Pair, as_layer, as_loss, check_loss_settings

POOLS = {"pool": "max_pool2d", "avgpool": "average_pool2d"}
RISING = ("relu", "leaky_relu", "tanh", "sigmoid", "softplus", "elu")


def convnet(
    layers: str | Sequence[str | int],
    *,
    image: Sequence[int] = (1, 28, 28),
    num_classes: int = 10,
    activation: str | Layer | Pair = "relu",
    output: str | Layer | Pair | None = None,
    loss: str | Layer = "softmax",
    reg: float = 0.0,
    l1: float = 0.0,
    init: str | Initialiser = "he",
    bias_init: str = "zero",
    use_bias: bool = True,
    batch_norm: bool = False,
    layer_norm: bool = False,
    dropout: float = 0.0,
    input_dropout: float = 0.0,
    noise: float = 0.0,
    dtype: DTypeLike = np.float64,
    input_scale: float = 1.0,
    rng: np.random.Generator | int | None = None,
    seed: int | None = None,
    **loss_settings: Any,
) -> Graph:
    """A net of windows over images, `convnet("32x5,pool,64x5,pool,512")`, whose last layer gives num_classes scores.

    layers: words with commas between, or a list of them. "32x5": 32 filters of 5 x 5, also "32x5p2s1" with padding 2
    and stride 1; "pool", "avgpool": the largest value or the mean of each window of 2 x 2, also "pool3s2" with size 3
    and stride 2; "512" or 512: a full layer. The activation stands behind each filter and full layer; behind a largest
    value where that follows and the activation never falls, which gives the same numbers with fewer of them to compute.
    image: (C, H, W) or (H, W). X may be rows (N, C H W), as the data sets here have, or images (N, C, H, W).
    Parameters W1, b1, ... as in `mlp`, filters (F, C, KH, KW). init draws a matrix (n_in, n_out) for them, too:
    n_in = C KH KW, n_out = F. batch_norm: of each map over batch and places, of each unit over the batch.
    layer_norm: of each image over maps and places (group_norm of one group), of the units of each row. dropout: of
    hidden full units. All else as in `mlp`.
    Raises ValueError for words that are no layers, windows that do not fit, and unknown names.
    Source: LeCun et al. (1998), "Gradient-based learning applied to document recognition".
    """
    check_loss_settings(as_loss(loss), loss_settings, convnet)
    check_disturbances(dropout, input_dropout, noise)
    if not is_whole(num_classes) or num_classes < 1:
        raise ValueError(f"num_classes is {num_classes!r}; expected a positive integer")
    parts, shape = read(layers), image_shape(image)
    parts.append(Full(int(num_classes)))
    chain = Chain(
        np.random.default_rng(one_of(rng, seed)),
        init=init, bias_init=bias_init, use_bias=use_bias, norm=one_norm(batch_norm, layer_norm), noise=noise,
    )  # fmt: skip
    chain.disturb(0, input_dropout, noise)
    chain.add("image", "image", shape=shape)
    last = None if output is None else as_layer(output, "activation")
    _build(chain, parts, shape, as_layer(activation, "activation"), last, dropout)
    return Graph(
        chain.nodes, chain.params, loss=loss, loss_settings=loss_settings, reg=reg, l1=l1, dtype=dtype,
        input_scale=input_scale,
    )  # fmt: skip


def _build(chain: Chain, parts: list[Part], shape: Shape, hidden: Layer, last: Layer | None, dropout: float) -> None:
    """The nodes of all parts."""
    i, pools, waiting = 0, 0, ""  # layers with weights, poolings; an activation that stands behind the next pooling
    for place, (part, before) in enumerate(zip(parts, [shape, *fitted(parts, shape)], strict=False)):
        if isinstance(part, Pool):
            pools += 1
            chain.add(f"pool{pools}", POOLS[part.kind], size=part.size, stride=part.stride)
            if waiting:
                chain.add(waiting, hidden)
            waiting = ""
            continue
        i, inner = i + 1, place < len(parts) - 1
        if isinstance(part, Conv):
            w = _filters(chain, part, before[0])
            chain.weigh("conv2d", i, w, inner=inner, stride=part.stride, padding=part.padding)
        else:
            if len(before) > 1:
                chain.add("flatten", "flatten")
            width = int(np.prod(before))
            chain.weigh("affine", i, chain.draw(chain.rng, width, part.units), inner=inner)
        layer = hidden if inner else last
        if inner and isinstance(part, Conv) and _may_wait(hidden, parts[place + 1]):
            waiting = f"{hidden.name}{i}"
        elif layer is not None:
            chain.add(f"{layer.name}{i}", layer)
        if inner and isinstance(part, Full):
            chain.disturb(i, dropout, 0.0)


def _filters(chain: Chain, part: Conv, channels: int) -> Array:
    """Filters (F, C, K, K) as the columns of the matrix that the initialiser draws."""
    fan_in = channels * part.window**2
    matrix = np.asarray(chain.draw(chain.rng, fan_in, part.filters))
    if matrix.shape != (fan_in, part.filters):
        raise ValueError(f"init gave {matrix.shape}; expected (n_in, n_out) = {(fan_in, part.filters)} for '{part}'")
    return np.ascontiguousarray(matrix.T.reshape(part.filters, channels, part.window, part.window))


def _may_wait(hidden: Layer, following: Part) -> bool:
    """Whether the largest of the activations is the activation of the largest, so that pooling may come first."""
    rises = hidden.name in RISING and hidden is get(hidden.name)
    return rises and isinstance(following, Pool) and following.kind == "pool"
