"""`models.export`: a net in a file for others, in the format that the file's ending names."""

import os
from collections.abc import Mapping
from pathlib import Path

from ..graph import Graph
from .onnx_file import Scaling, write_onnx
from .safetensors_file import write_safetensors

ENDINGS = (".onnx", ".safetensors")


def export(
    model: Graph,
    path: str | os.PathLike[str],
    *,
    scaling: Scaling | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write `model` as ONNX (`net.onnx`) or safetensors (`net.safetensors`), atomically, in its own dtype.

    ONNX is the net in evaluation, `scores` = loss(X) for rows `x` (N, D): dropout and noise are gone, batch
    normalisation takes the running statistics, `input_scale` is in it, and with `scaling` that of raw inputs, too;
    `probabilities` stand beside the scores of a softmax or logistic loss. safetensors are the arrays under their names
    and the description, from which `models.load` builds the same net. metadata: texts that the file keeps.
    Raises ValueError for another ending, and, naming it, for a layer without a translation; TypeError for a model that
    is no Graph; ImportError that says what to install.
    """
    if not isinstance(model, Graph):
        raise TypeError(f"model is a {type(model).__name__}: only a Graph, as mlp(...) builds, can be exported")
    ending = Path(path).suffix
    if ending not in ENDINGS:
        raise ValueError(f"path is {str(path)!r}; expected a name that ends in {' or '.join(ENDINGS)}")
    if ending == ".onnx":
        write_onnx(model, path, scaling=scaling, metadata=metadata)
    elif scaling is not None:
        raise ValueError("scaling: safetensors hold arrays alone and cannot scale raw inputs; ONNX can")
    else:
        write_safetensors(model, path, metadata)
