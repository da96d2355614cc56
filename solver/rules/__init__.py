"""Update rules, one family a file; `get(name)` finds one, `known()` lists them.

Each is `rule(w, dw, config, *, out=None, layout=None) -> (next_w, config)`: config (settings and state) is updated in
place, w and dw never are unless `out=w`. Settings that config lacks get the defaults of the rule's docstring. State is
kept clear of denormals, see `elementwise.flush_denormals`.
"""

from .adadelta import adadelta as adadelta
from .adagrad import adagrad as adagrad
from .adam import adam as adam, adamw as adamw
from .lion import lion as lion
from .momentum import nesterov as nesterov, sgd_momentum as sgd_momentum
from .muon import muon as muon
from .nadam import nadam as nadam
from .registry import Rule as Rule, check_settings as check_settings, get as get, known as known, unread as unread
from .rmsprop import rmsprop as rmsprop
from .schedule_free import schedule_free_adamw as schedule_free_adamw, schedule_free_sgd as schedule_free_sgd
from .sgd import sgd as sgd
