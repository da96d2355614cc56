"""Pictures of a benchmark of solvers, from plain arrays: each function returns a Figure and, given `path=`, writes it.

A solver keeps its colour and dash over all pictures, by its place in `names` (see `looks`).
"""

from .bands import Band as Band, bands as bands
from .budget import budget as budget
from .ecdf import ecdf as ecdf
from .lr_sensitivity import lr_sensitivity as lr_sensitivity
from .pairs import pairs as pairs
from .parallel import Lines as Lines, Scale as Scale, log_ticks as log_ticks, parallel as parallel
from .profile import profile as profile
from .slices import Trials as Trials, slices as slices
from .time_to_target import time_to_target as time_to_target
from .updates import updates as updates
