"""The solver: update rules, schedules, stopping, and training that resumes bit for bit.

It knows a model only by `params` and `loss`; see `protocols`.
"""

from base.environment import environment as environment

from .errors import CheckpointError as CheckpointError, DivergedError as DivergedError
from .lr_range import RangeTest as RangeTest, lr_range_test as lr_range_test
from .minimize import Minimum as Minimum, minimize as minimize
from .monitoring.callbacks import ReduceOnPlateau as ReduceOnPlateau, StopOnPlateau as StopOnPlateau
from .monitoring.layer_record import LayerRecord as LayerRecord
from .rules.adadelta import adadelta as adadelta
from .rules.adagrad import adagrad as adagrad
from .rules.adam import adam as adam, adamw as adamw
from .rules.lion import lion as lion
from .rules.momentum import nesterov as nesterov, sgd_momentum as sgd_momentum
from .rules.muon import muon as muon
from .rules.nadam import nadam as nadam
from .rules.rmsprop import rmsprop as rmsprop
from .rules.schedule_free import schedule_free_adamw as schedule_free_adamw, schedule_free_sgd as schedule_free_sgd
from .rules.sgd import sgd as sgd
from .solver import Solver as Solver
from .streams import streams as streams
