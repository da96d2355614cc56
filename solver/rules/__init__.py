"""Update rules, one family a file; `get(name)` finds one, `known()` lists them."""

from solver.rules.momentum import nesterov, sgd_momentum
from solver.rules.registry import Rule, check_settings, get, known
from solver.rules.sgd import sgd

__all__ = ["Rule", "check_settings", "get", "known", "nesterov", "sgd", "sgd_momentum"]
