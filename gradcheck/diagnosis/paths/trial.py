"""One wrong tensor on its probes, against experiments with the forward."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from ..view import View
from .directions import Along, along, derivative, rough
from .switches import Experiment, Switches

MOST = 1000  # experiments: a bound by number, so that the same input gives the same report
CHECKS = 3  # further directions that have to agree


class Trial:
    """One wrong tensor on its probes: whether an experiment with the forward gives the analytic gradient."""

    def __init__(self, switches: Switches, views: Sequence[View]):
        self.switches, self.views, self.subject = switches, views[:2], views[0].subject
        self.on = -1
        self.main = self._directions(0, 0)
        self.left, self.base = MOST, np.zeros(0)

    def _directions(self, which: int, seed: int) -> Along:
        v = self.views[which]
        return along(v.name, v.a, v.g, ~v.kink, seed)

    def start(self) -> bool:
        """Record the first probe; False where the instrumented forward does not do what the forward does."""
        self._record(0)
        plain = self._derivative(0, Experiment(()), self.main)
        return abs(plain - self.main.numeric) <= 1e-5 * abs(self.main.analytic - self.main.numeric)

    def _record(self, which: int) -> None:
        if self.on != which:
            base = self.switches.record(self.subject, self.views[which].run.values)
            self.base = base if which == 0 else self.base
            self.on = which

    def _derivative(self, which: int, experiment: Experiment, direction: Along) -> float:
        run = self.views[which].run
        evaluate = partial(self.switches.evaluate, self.subject, experiment)
        return derivative(evaluate, run.values, direction, run.dout)

    def first(self, experiment: Experiment) -> float:
        """The derivative along the first direction on the first probe, roughly."""
        self.left -= 1
        self._record(0)
        run = self.views[0].run
        evaluate = partial(self.switches.evaluate, self.subject, experiment)
        return rough(evaluate, run.values, self.main, run.dout, self.base)

    def confirmed(self, experiment: Experiment, checks: int = CHECKS) -> bool:
        """Whether it holds along further directions, and on the second probe."""
        for which in range(len(self.views)):
            self._record(which)
            for seed in range(1 - which, checks + 1):
                direction = self._directions(which, seed)
                if not direction.explains(self._derivative(which, experiment, direction)):
                    return False
        return True
