"""Models: a params dict and a graph of layers, with `loss(X, y) -> (loss, grads)` and `loss(X) -> scores`."""

from base.own_packages import require_own

require_own(__file__, "layers")

from .convnet import convnet as convnet  # noqa: E402
from .description import describe as describe  # noqa: E402
from .exporting import (  # noqa: E402
    Scaling as Scaling,
    export as export,
    read_safetensors as read_safetensors,
)
from .flat import FlatParams as FlatParams, Slot as Slot  # noqa: E402
from .graph import Graph as Graph  # noqa: E402
from .initialisers import he as he, lecun as lecun, normal as normal, xavier as xavier  # noqa: E402
from .inspection.input_gradient import input_gradient as input_gradient  # noqa: E402
from .metrics import (  # noqa: E402
    accuracy as accuracy,
    hamming_loss as hamming_loss,
    r2 as r2,
    rmse as rmse,
    subset_accuracy as subset_accuracy,
)
from .mlp import mlp as mlp  # noqa: E402
from .node import Node as Node, node as node  # noqa: E402
from .numeric import Numeric as Numeric, numeric as numeric  # noqa: E402
from .output_code import Coded as Coded, binary_code as binary_code  # noqa: E402
from .storage import from_config as from_config, load as load, save as save  # noqa: E402
from .two_layer import TwoLayerNet as TwoLayerNet  # noqa: E402
