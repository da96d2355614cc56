"""The engine that runs many steps at once, compiled: which runs it can take, and how it takes them.

What a step does is written by the model (`model.compiled`); this file hands it batches, the numbers of the rule and the
run's own arrays, and puts the counters where so many single steps would have left them.
"""

import time
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from base.arrays import Array

from .averaging import Average
from .errors import DivergedError
from .gradient import Gradient
from .inputs.data import Data
from .inputs.one_row import warn_of_last_row
from .inputs.settings import Settings
from .monitoring.callbacks import Callbacks
from .monitoring.history import History
from .parameters import Parameters, ratios
from .rules.elementwise import FLUSH_EVERY
from .rules.registry import Element
from .sampling import Gather, Sampler
from .update import WHOLE, Updater

WORTH_IT = 10_000  # steps: what they save is about what loading the step takes, and a fifth of compiling it
WORTH_SECONDS = 60  # of training, where they are limited
CHUNK_SECONDS = 0.2  # Ctrl-C, time limits and the progress bar wait no longer for the end of a chunk
MOST = 4096  # steps at once
MOST_ROWS = 2**20  # rows at once: their indices are all the memory that a chunk adds


class Parts(Protocol):
    """What is read of a Run."""

    model: Any
    data: Data
    settings: Settings
    sampler: Sampler
    parameters: Parameters
    gradient: Gradient
    updater: Updater
    average: Average | None
    callbacks: Callbacks
    weights: Array | None
    streams: Any
    gather: Any
    history: History
    batch: tuple[Array, Array]
    step: int
    update_ratio: dict[str, float]

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""

    def evaluates_after(self, step: int) -> bool:
        """Whether an evaluation is due after that step."""

    def diverged(self, loss: float) -> DivergedError:
        """The error of a step that has computed `loss` and the gradient and moved nothing."""


class Compiled:
    """Runs chunks of steps of a run by its model's compiled step."""

    def __init__(self, run: Parts, program: Any, element: Element):
        self.run, self.program, self.element = run, program, element
        X = run.data.X_train
        self._X, self._y = X.reshape(len(X), -1), program.targets
        self._noise = run.streams.noise if run.model.noisy else 0
        self._seconds = 0.01  # of one step, a guess before the first

    def advance(self, due: int) -> float:
        """Take steps, at most up to `due`; the loss of the last of them. The step before an evaluation is watched."""
        run = self.run
        most, watched = due - run.step, run.evaluates_after(due)
        before = run.parameters.copy() if watched and most == 1 else None
        losses, failed = self.chunk(most - 1 if watched and most > 1 else most)
        run.step += len(losses) - failed
        run.history.loss.extend(losses[: len(losses) - failed].tolist())
        if failed:
            raise run.diverged(float(losses[-1]))
        run.batch = run.gather(run.sampler.last())  # plain rows, whatever the step
        if before is not None:
            run.gradient.measure()
            run.update_ratio = ratios(before, run.parameters.views)
        return float(losses[-1])

    def compile(self) -> None:
        """Compile before the first step, while Ctrl-C still ends at once whatever is done."""
        self.element.prepare(self.run.parameters.vector, self.run.gradient.vector, self.run.updater.configs[WHOLE])
        self.program.measure(self._X)
        rows, numbers = np.zeros(0, np.int64), np.zeros((1, len(self.program.columns)))
        self._call(rows, np.zeros(2, np.int64), numbers, np.empty(0))

    def chunk(self, most: int) -> tuple[Array, bool]:
        """At most `most` steps, as many as fit into a fraction of a second.

        Returns the losses of the steps done, and whether they ended in one, the last, that is not finite: it has moved
        nothing. Raises ValueError, as a single step does, for a label that is none.
        """
        run, config = self.run, self.run.updater.configs[WHOLE]
        self.element.prepare(run.parameters.vector, run.gradient.vector, config)
        steps = max(1, min(most, MOST, MOST_ROWS // run.sampler.batch, int(CHUNK_SECONDS / self._seconds)))
        before = (run.sampler.state(), dict(run.streams.batches.bit_generator.state), _scalars(config), self._count())
        rows, starts = run.sampler.draw_many(steps)
        numbers, losses, begin = self._numbers(steps), np.empty(steps), time.perf_counter()
        done = self._call(rows, starts, numbers, losses)
        self._seconds = (time.perf_counter() - begin) / steps
        complete = done if done >= 0 else -1 - done
        if complete < steps:
            self._rewind(before, complete)
            run.batch = run.gather(run.sampler.draw())  # of the step that failed
            if done < 0:
                run.gradient.compute(*run.batch)  # which says what is wrong
        return losses[: complete + 1 if complete < steps else steps], complete < steps

    def _call(self, rows: Array, starts: Array, numbers: Array, losses: Array) -> int:
        run, config = self.run, self.run.updater.configs[WHOLE]
        arrays = {
            "X": self._X,
            "y": self._y,
            "rows": rows,
            "starts": starts,
            "numbers": numbers if numbers.size else np.zeros((len(losses), 1)),
            "losses": losses,
            "noise": self._noise,
            "average": None if run.average is None else run.average.vector,
        }
        slots = {name: config[name] for name in self.element.slots}
        return int(self.program.run(arrays, slots, run.gradient.out))

    def _numbers(self, steps: int) -> Array:
        """The numbers of the next steps, a row each; counts the steps."""
        config = self.run.updater.configs[WHOLE]
        if not self.element.settled or self.run.updater.schedules or self.run.average is not None:
            return np.array([self._step_numbers(self.run.step + k) for k in range(steps)], np.float64)
        numbers = np.repeat(np.array([self._step_numbers(self.run.step)], np.float64), steps, axis=0)
        if self.element.slots:
            config["t"] += steps - 1
            t = np.arange(config["t"] - steps + 1, config["t"] + 1)
            numbers[:, self.program.columns.index("flush")] = t % FLUSH_EVERY == 0
        return numbers

    def _step_numbers(self, step: int) -> list[float]:
        """The numbers of one step, in the program's order; counts it."""
        updater, config = self.run.updater, self.run.updater.configs[WHOLE]
        if updater.schedules:
            updater.set_step(step)
        numbers: dict[str, Any] = dict(self.element.advance(config))
        numbers["flush"] = float(bool(self.element.slots) and config["t"] % FLUSH_EVERY == 0)
        if self.run.average is not None:
            numbers["rate"] = self.run.average.advance()
        return [float(numbers[name]) for name in self.program.columns]

    def _count(self) -> int:
        return 0 if self.run.average is None else self.run.average.count

    def _rewind(self, before: tuple[Any, Any, Any, int], complete: int) -> None:
        """Put streams and counters where `complete` single steps would have left them."""
        run, (sampler, stream, numbers, count) = self.run, before
        run.streams.batches.bit_generator.state = stream
        run.sampler.restore(sampler)
        run.updater.configs[WHOLE].update(numbers)
        if run.average is not None:
            run.average.count = count
        for k in range(complete):
            run.sampler.draw()
            self._step_numbers(run.step + k)


def _scalars(config: Mapping[str, Any]) -> dict[str, Any]:
    """The counters and settings of a rule."""
    return {key: value for key, value in config.items() if isinstance(value, int | float)}


def engine(run: Parts, asked: str, always: bool) -> tuple[Compiled | None, str | None]:
    """The compiled engine, or None and, where that may surprise, why NumPy runs this run.

    Where "compiled" was asked for, ValueError says what has no compiled form, ImportError that numba is missing.
    """
    if asked == "numpy" or (asked == "auto" and not always and not _is_long(run)):
        return None, None
    try:
        return _compiled(run), None
    except ImportError:
        if asked == "compiled":
            raise
        return None, None
    except ValueError as error:
        if asked == "compiled":
            raise ValueError(f"engine='compiled': no compiled form for {error}") from None
        return None, str(error)


def _is_long(run: Parts) -> bool:
    """Whether what compiled steps save is more than the compilation takes."""
    limit = run.settings.max_seconds
    return run.total_steps >= WORTH_IT and (limit is None or limit >= WORTH_SECONDS)


def _compiled(run: Parts) -> Compiled:
    s, rule, model = run.settings, run.updater.rule, run.model
    if not hasattr(type(model), "compiled"):  # of its own: a wrapper may pass on another model's
        raise ValueError(f"a model of one's own, {type(model).__name__}: it takes a Graph, as mlp(...) makes")
    if run.weights is not None:
        raise ValueError("weights of rows or classes")
    if run.callbacks.hooks["on_step"]:
        raise ValueError("callbacks that are called at each step")
    if not isinstance(run.gather, Gather):
        raise ValueError("gather=, a function that is called at each step")
    if rule.element is None or not run.updater.registered:
        raise ValueError(f"update rule {rule.name!r}")
    X = run.data.X_train
    if not X.flags.c_contiguous or X.dtype.kind not in "fiub":
        raise ValueError(f"X_train of dtype {X.dtype}{'' if X.flags.c_contiguous else ', not contiguous'}")
    limits = {
        name: getattr(s, name) for name in ("clip_norm", "clip_value", "max_norm") if getattr(s, name) is not None
    }
    if s.accumulate > 1:
        limits["accumulate"] = s.batch_size
    warn_of_last_row(model, s.batch_size, len(X), s.sampling)
    element = rule.element(run.updater.configs[WHOLE])
    program = model.compiled(element, limits, X, run.data.y_train, average=run.average is not None)
    return Compiled(run, program, element)
