"""One run: its parts, its counters, one training step and one evaluation.

Each part has a file of its own: `sampling` draws batches, `gradient` calls the model, `update` moves the weights. What
happens between the steps is `loop`.
"""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from base.arrays import Array
from base.tasks import Task

from . import evaluation, schedules
from .averaging import Average
from .compiled import Compiled, engine
from .errors import DivergedError
from .gradient import Gradient
from .held_weights import HeldWeights, Weights
from .inputs.data import check_data, fingerprint
from .inputs.one_row import check_batches
from .inputs.settings import Settings
from .inputs.weights import row_weights
from .monitoring.callbacks import Callbacks
from .monitoring.history import History, Row, log_files
from .monitoring.stopping import Best
from .parameters import Parameters, ratios
from .protocols import Gathering
from .sampling import Gather, Sampler
from .streams import streams
from .update import Updater


class Run:
    """The parts and counters of one training run; `Solver` is its surface, `Loop` drives it."""

    def __init__(self, model: Any, data: Mapping[str, Any], settings: Settings):
        self.model, self.data, self.settings = model, check_data(data, model), settings
        s, rows = settings, settings.batch_size * settings.accumulate
        X, y = self.data.X_train, self.data.y_train
        self.streams = streams(s.seed)
        self.sampler = Sampler(len(X), rows, s.sampling, self.streams.batches)
        self.gather: Gathering = s.gather or Gather(X, y, rows)
        self.parameters = Parameters(model)
        self.gradient = Gradient(self.parameters, self.streams.noise)
        self.weights = row_weights(self.data, s.class_weight)  # of the training rows, or None
        if self.weights is not None:
            self.gradient.require_weights()
        check_batches(model, s.batch_size, len(X))
        self.updater = Updater(self.parameters, s.update_rule, s.optim_config or {}, s.max_norm)
        self.lay_out(self.total_steps)
        self.average = None if s.average is None else Average(self.parameters, s.average)
        self.held = HeldWeights(self.parameters, self.updater, self.average)
        self.callbacks = Callbacks(s.callbacks)
        self.history = History(self.parameters.names, log_files(s.log))
        self.best, self.best_weights = Best(s.min_delta), Weights({}, {})
        self.batch = (X[:0], y[:0])  # of the last step
        self.step = self.epoch = 0  # steps done, epochs closed
        self.seconds_train = self.seconds_eval = 0.0
        self.update_ratio: dict[str, float] = {}
        self.stopped_reason: str | None = None
        # Takes steps, at most up to that one, as many as the engine takes at once; gives the loss of the last of them.
        self.advance: Callable[[int], float] = self._one_step
        self.compiled: Compiled | None = None
        if s.engine == "compiled":
            self.choose_engine()
        self._checked = False
        self._task: Task | None = None
        self._fingerprint: dict[str, str] | None = None

    def lay_out(self, total: int) -> None:
        """Make the schedules, those that have an end over `total` steps (`horizon`; None where none has an end)."""
        s, epoch = self.settings, self.steps_per_epoch
        specs = {**(s.schedules or {}), **({} if s.lr_schedule is None else {"learning_rate": s.lr_schedule})}
        self.horizon = total if any(map(schedules.has_horizon, specs.values())) else None
        self.updater.set_schedules({key: schedules.make(spec, total, epoch) for key, spec in specs.items()})

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch: max(N // batch, 1) with masks, ceil(N / batch) with shuffled epochs."""
        return self.sampler.steps_per_epoch

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""
        return self.settings.num_epochs * self.steps_per_epoch

    @property
    def evaluated_at(self) -> int:
        """The step of the last evaluation, -1 before the first."""
        return int(self.history.rows[-1]["step"]) if self.history.rows else -1

    def evaluates_after(self, step: int) -> bool:
        """Whether an evaluation is due after `step` steps."""
        every = self.settings.eval_every or self.steps_per_epoch
        return step % every == 0 or step == self.total_steps

    def choose_engine(self, always: bool = False) -> str | None:
        """Settle, once, which engine takes the steps; the reason why it is NumPy, where that may surprise.

        always: "auto" compiles short runs as well.
        """
        s = self.settings
        if self.compiled is not None or s.engine == "numpy":
            return None
        self.compiled, reason = engine(self, s.engine, always)
        s.engine = "numpy"  # settled: a resumed run goes on with the same
        if self.compiled is not None:
            s.engine, self.advance = "compiled", self.compiled.advance
        return reason

    def _one_step(self, due: int) -> float:
        return self.train_step(self.step + 1 >= due)

    def train_step(self, due: bool = True) -> float:
        """One update of the weights; returns the loss before it. due: whether something may be due after it."""
        s, gradient = self.settings, self.gradient
        rows = self.sampler.draw()
        self.batch = X, y = self.gather(rows, self.step)
        weights = None if self.weights is None else self.weights[rows]
        if s.accumulate == 1:
            loss = gradient.compute(X, y, weights)
        else:
            cuts = [slice(i, i + s.batch_size) for i in range(0, len(y), s.batch_size)]
            each = None if weights is None else [weights[cut] for cut in cuts]
            loss = gradient.compute_sum([(X[cut], y[cut]) for cut in cuts], each)
        if not gradient.guard(loss):
            raise self.diverged(loss)
        before = None
        if due and self.evaluates_after(self.step + 1):
            before = self.parameters.copy()
            gradient.measure()
        if s.clip_norm is not None:
            gradient.clip_norm(s.clip_norm)
        if s.clip_value is not None:
            gradient.clip_value(s.clip_value)
        self.updater.apply(gradient, self.step)
        if self.average is not None:
            self.average.update()
        if before is not None:
            self.update_ratio = ratios(before, self.parameters.views)
        self.step += 1
        self.history.loss.append(loss)
        return loss

    def diverged(self, loss: float) -> DivergedError:
        """The error of a step that has computed `loss` and the gradient and moved nothing: what, where, what to try."""
        weights, gradient = self.parameters.not_finite(), self.gradient.not_finite()
        what = f"parameter {weights!r} is not finite"
        if gradient or not math.isfinite(loss):
            parts = zip(("X_train", "y_train"), self.batch, strict=True)
            data = next((name for name, rows in parts if _not_finite(rows)), None)
            because = f" ({what})" if weights else f" ({data} holds what is not finite)" if data else ""
            what = f"gradient of {gradient!r} is not finite" if math.isfinite(loss) else f"loss is {loss}"
            what += because
        if self.step == 0:
            raised = f" Parameter {weights!r} is so from the start." if weights else ""
            return DivergedError(
                f"{what} at step 1 (epoch {1 / self.steps_per_epoch:.3g}), before any update: no learning rate is to"
                f" blame.{raised} Look at the data (largest |X_train| {np.abs(self.data.X_train).max():.3g}), at the"
                f" initialisation (largest parameter {np.abs(self.parameters.vector).max():.3g}) and at the loss (a log"
                " or a division of 0, an exp of a large score)."
            )
        finite = next((loss for loss in reversed(self.history.loss) if math.isfinite(loss)), math.nan)
        return DivergedError(
            f"{what} at step {self.step + 1} (epoch {(self.step + 1) / self.steps_per_epoch:.3g})."
            f" Last finite loss {finite:.3g}, gradient norm {self.gradient.measure():.3g}."
            f" Try a smaller learning_rate (now {self.updater.value():.3g}) or clip_norm."
        )

    def left_the_numbers(self, name: str) -> DivergedError:
        """The error of a state whose parameter `name` is not finite, before a next step could say so."""
        finite = next((loss for loss in reversed(self.history.loss) if math.isfinite(loss)), math.nan)
        kept = " The last checkpoint is of before." if self.settings.checkpoint_name else ""
        return DivergedError(
            f"parameter {name!r} is not finite after step {self.step} (epoch {self.step / self.steps_per_epoch:.3g})."
            f" Last finite loss {finite:.3g}. Try a smaller learning_rate (now {self.updater.value():.3g}) or"
            f" clip_norm.{kept}"
        )

    def evaluate(self) -> Row:
        """Measure the weights that count on training and validation data; keep the row, and the weights if best."""
        begin, s, d = time.perf_counter(), self.settings, self.data
        with self.held.evaluation_point():
            parts = ((d.X_train, d.y_train, s.num_train_samples), (d.X_val, d.y_val, s.num_val_samples))
            train, val = (
                evaluation.measures(self.model, *self.sample(*part), s.batch_size, self.task) for part in parts
            )
            row = self._row(train, val)
            if self.best.update(row):
                self.best_weights = self.held.copy()
        self.seconds_eval += time.perf_counter() - begin
        row["seconds_eval"] = self.seconds_eval
        self.history.add(row)
        return row

    def _row(self, train: Mapping[str, float], val: Mapping[str, float]) -> Row:
        (train_loss, train_acc, *_), (val_loss, val_acc, *_) = train.values(), val.values()
        beside = {f"{part}_{k}": v for part, m in (("train", train), ("val", val)) for k, v in list(m.items())[2:]}
        return {
            "step": self.step,
            "epoch": self.step / self.steps_per_epoch,
            "examples": int(self.sampler.examples(self.step)),
            "seconds_train": self.seconds_train,
            "seconds_eval": self.seconds_eval,
            "loss": self._mean_loss(train_loss),
            "train_loss": train_loss,
            "train_acc": train_acc,
            "val_loss": val_loss,
            "val_acc": val_acc,
            **beside,
            "lr": self.updater.value(),
            "grad_norm": self.gradient.norm,
            "update_ratio": dict(self.update_ratio),
        }

    def _mean_loss(self, otherwise: float) -> float:
        """The mean loss of the steps since the last evaluation, a short batch by its rows; without any, `otherwise`."""
        since = max(self.evaluated_at, 0)
        recent = self.history.loss[since:]
        if not recent:
            return otherwise
        rows = np.diff(self.sampler.examples(np.arange(since, self.step + 1)))
        return float(np.mean(recent) if np.all(rows == rows[0]) else np.average(recent, weights=rows))

    @property
    def task(self) -> Task:
        """What the targets ask of the model; found once."""
        if self._task is None:
            self._task = evaluation.task_of(self.model, self.data, self.settings.task)
        return self._task

    def sample(self, X: Array, y: Array, rows: int | None) -> tuple[Array, Array]:
        """All rows, or `rows` random ones of them, drawn from the evaluation stream."""
        if rows is None or rows >= len(X):
            return X, y
        mask = self.streams.evaluation.choice(len(X), rows, replace=False)
        return X[mask], y[mask]

    def rest(self) -> None:
        """Leave the best weights in the model (restore_best), or those that count at the last step."""
        self.held.rest(self.best_weights if self.settings.restore_best else None)

    def data_fingerprint(self) -> dict[str, str]:
        """Shape, dtype and SHA-256 of each array of the data; computed once."""
        if self._fingerprint is None:
            self._fingerprint = fingerprint(self.data)
        return self._fingerprint

    def check(self) -> None:
        """Once, before training: what the model answers, see `evaluation.check_before_training`."""
        if not self._checked:
            self.history.measure, self.history.beside = self.task.label, self.task.beside_names
            evaluation.check_before_training(self.parameters, self.data)
        self._checked = True


def _not_finite(rows: Array) -> bool:
    """Whether the rows of a batch hold NaN or infinity."""
    return rows.dtype.kind == "f" and not np.isfinite(rows).all()
