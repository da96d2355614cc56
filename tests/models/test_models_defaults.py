"""What a model is that nobody has told otherwise: the defaults of every public call, and the parts of a convnet."""

import numpy as np
from defaults import defaults

import models
from models import layer_spec

NET = {
    "activation": "relu", "loss": "softmax", "reg": 0.0, "l1": 0.0, "init": "he", "bias_init": "zero", "use_bias": True,
    "batch_norm": False, "layer_norm": False, "dropout": 0.0, "input_dropout": 0.0, "noise": 0.0, "dtype": np.float64,
    "input_scale": 1.0,
}  # fmt: skip
CALLS = {
    "FlatParams": {"order": ()},
    "Graph": {"loss": "softmax", "reg": 0.0, "l1": 0.0, "input_scale": 1.0},
    "Graph.compiled": {"average": False},
    "Graph.step_source": {"labels": True, "average": False},
    "Node": {"params": (), "settings": {}},
    "Scaling": {"divisor": 1.0},
    "TwoLayerNet": {"input_dim": 3072, "hidden_dim": 100, "num_classes": 10, "weight_scale": 1e-3, "reg": 0.0,
                    "l1": 0.0, "dtype": np.float64},
    "convnet": {"image": (1, 28, 28), "num_classes": 10, **NET},
    "mlp": NET,
    "load": {"weights": "best"},
    "node": {"params": ()},
    "normal": {"std": 1.0},
    "numeric": {"h": 1e-4},
}  # fmt: skip


def test_of_every_call():
    assert defaults(models) == CALLS


def test_of_the_parts_of_a_convnet():
    assert layer_spec.Conv(32, 5) == (32, 5, 0, 1)
    assert layer_spec.Pool("pool") == ("pool", 2, 2)
    assert layer_spec.read("32x5,pool,100") == [(32, 5, 0, 1), ("pool", 2, 2), (100,)]
