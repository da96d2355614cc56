"""One probe, played: what the function was given, what it returned, what the numbers say, and how they were judged."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from base.arrays import Array

from .numeric.central_differences import Derivative
from .numeric.judgement import Judgement
from .subject.probes import Probe
from .subject.subject import Values


@dataclass
class Scene:
    """One probe, played: arguments, outputs, upstream gradient, analytic and numeric gradients, judgements."""

    probe: Probe
    values: Values
    outs: list[Array]
    douts: list[Array]
    cache: Any
    analytic: dict[str, Any]
    numeric: dict[str, Derivative]
    judged: dict[str, Judgement] = field(default_factory=dict)
    misshapen: dict[str, Array] = field(default_factory=dict)
    absent: dict[str, Any] = field(default_factory=dict)

    @property
    def dout(self) -> Array:
        """All upstream gradients as one vector."""
        return np.concatenate([d.ravel() for d in self.douts])

    @property
    def n(self) -> int:
        """The batch size."""
        return self.probe.n

    def bad(self) -> list[str]:
        """Arguments whose gradient is wrong in any way, the convention at kinks left out."""
        wrong = [n for n, j in self.judged.items() if j.bad.any()]
        return [n for n in self.analytic if n in wrong or n in self.misshapen or n in self.absent]
