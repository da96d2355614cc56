"""Update rules, one family a file; `get(name)` finds one, `known()` lists them.

Each is `rule(w, dw, config, *, out=None, layout=None) -> (next_w, config)`: config (settings and state) is updated in
place, w and dw never are unless `out=w`. Settings that config lacks get the defaults of the rule's docstring. State is
kept clear of denormals, see `elementwise.flush_denormals`.
"""

from .adadelta import adadelta
from .adagrad import adagrad
from .adam import adam, adamw
from .lion import lion
from .momentum import nesterov, sgd_momentum
from .muon import muon
from .nadam import nadam
from .registry import Rule, check_settings, get, known, unread
from .rmsprop import rmsprop
from .schedule_free import schedule_free_adamw, schedule_free_sgd
from .sgd import sgd

__all__ = [
    "Rule",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "check_settings",
    "get",
    "known",
    "lion",
    "muon",
    "nadam",
    "nesterov",
    "rmsprop",
    "schedule_free_adamw",
    "schedule_free_sgd",
    "sgd",
    "sgd_momentum",
    "unread",
]
