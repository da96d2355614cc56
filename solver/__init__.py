"""The solver: update rules, schedules, stopping, and training that resumes bit for bit.

It knows a model only by `params` and `loss`; see `protocols`.
"""

from base.environment import environment

from .errors import CheckpointError, DivergedError
from .lr_range import RangeTest, lr_range_test
from .minimize import Minimum, minimize
from .monitoring.callbacks import ReduceOnPlateau, StopOnPlateau
from .monitoring.layer_record import LayerRecord
from .rules import (
    adadelta,
    adagrad,
    adam,
    adamw,
    lion,
    muon,
    nadam,
    nesterov,
    rmsprop,
    schedule_free_adamw,
    schedule_free_sgd,
    sgd,
    sgd_momentum,
)
from .solver import Solver
from .streams import streams

__all__ = [
    "CheckpointError",
    "DivergedError",
    "LayerRecord",
    "Minimum",
    "RangeTest",
    "ReduceOnPlateau",
    "Solver",
    "StopOnPlateau",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "environment",
    "lion",
    "lr_range_test",
    "minimize",
    "muon",
    "nadam",
    "nesterov",
    "rmsprop",
    "schedule_free_adamw",
    "schedule_free_sgd",
    "sgd",
    "sgd_momentum",
    "streams",
]
