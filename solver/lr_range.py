"""The learning-rate range test: a short run with a growing rate, on a copy, shows where learning works and breaks."""

import copy
import math
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .errors import DivergedError
from .solver import Solver

SMOOTHING = 0.9
WORSE = 4.0  # times the best smoothed loss: the end


class RangeTest(NamedTuple):
    """Learning rates, the loss of each step, its running average, and the rate where the average falls fastest."""

    learning_rates: list[float]
    losses: list[float]
    smoothed: list[float]
    suggestion: float | None  # None where the loss never fell


def lr_range_test(
    model: Any,
    data: Mapping[str, Any],
    *,
    update_rule: Any = "sgd",
    optim_config: Mapping[str, Any] | None = None,
    lo: float = 1e-6,
    hi: float = 10.0,
    steps: int = 200,
    batch_size: int = 100,
    seed: int = 0,
    **settings: Any,
) -> RangeTest:
    """Train a copy of `model` for `steps` steps while the learning rate grows from lo to hi by a constant factor.

    model, data, update_rule, optim_config, batch_size: as Solver takes them.
    lo, hi: the first and the last learning rate.
    steps: how many.
    seed: of the batches, which come from a stream of their own.
    settings: other arguments of Solver.

    Ends early when the smoothed loss is 4 times its best, or no longer finite. The model, its running statistics and
    all random streams stay as they are. Smith, 2017, section 3.3. Raises ValueError unless 0 < lo < hi and steps >= 2,
    and DivergedError where the first loss is not finite already.
    """
    if not 0 < lo < hi < math.inf:
        raise ValueError(f"lo and hi must be learning rates with 0 < lo < hi; got lo={lo!r}, hi={hi!r}.")
    if steps < 2:
        raise ValueError(f"steps must be at least 2; got {steps!r}.")
    growth = (hi / lo) ** (1 / (steps - 1))
    own = np.random.SeedSequence([seed, zlib.crc32(b"lr_range_test")]).generate_state(1)[0]
    trial = Solver(
        copy.deepcopy(model),
        data,
        update_rule=update_rule,
        optim_config={**(optim_config or {}), "learning_rate": lo},
        lr_schedule=lambda step: growth**step,
        batch_size=batch_size,
        seed=int(own),
        verbose=False,
        **settings,
    )
    trial.run.check()
    rates, losses, smoothed = list[float](), list[float](), list[float]()
    average = 0.0
    for step in range(steps):
        try:
            loss = trial.run.train_step()
        except DivergedError:
            if not losses:  # no rate is to blame
                raise
            break
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        rates.append(lo * growth**step)
        losses.append(loss)
        smoothed.append(average / (1 - SMOOTHING ** (step + 1)))
        if smoothed[-1] > WORSE * min(smoothed):
            break
    return RangeTest(rates, losses, smoothed, _steepest(rates, smoothed))


def _steepest(rates: list[float], smoothed: list[float]) -> float | None:
    """The rate at which the smoothed loss falls fastest per factor of the rate, before its minimum."""
    end = int(np.argmin(smoothed)) + 1
    if end < 3 or smoothed[0] - smoothed[end - 1] <= 1e-6 * abs(smoothed[0]):
        return None
    slope = np.gradient(np.asarray(smoothed[:end]), np.log(rates[:end]))
    return float(rates[int(np.argmin(slope))])
