"""Update rules, one family a file; `get(name)` finds one, `known()` lists them.

Each is `rule(w, dw, config, *, out=None, layout=None) -> (next_w, config)`: config (settings and state) is updated in
place, w and dw never are unless `out=w`. Settings that config lacks get the defaults of the rule's docstring. State is
kept clear of denormals, see `elementwise.flush_denormals`.
"""

from solver.rules.adadelta import adadelta
from solver.rules.adagrad import adagrad
from solver.rules.adam import adam, adamw
from solver.rules.lion import lion
from solver.rules.momentum import nesterov, sgd_momentum
from solver.rules.muon import muon
from solver.rules.nadam import nadam
from solver.rules.registry import Rule, check_settings, get, known
from solver.rules.rmsprop import rmsprop
from solver.rules.schedule_free import schedule_free_adamw, schedule_free_sgd
from solver.rules.sgd import sgd

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
]
