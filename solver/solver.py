"""Solver: trains any model that has `params` and `loss` by mini-batch steps, and keeps the history.

This file is the surface; `run` holds the parts and one step, `loop` what happens between steps.
"""

import copy
import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array
from base.atomic import clean
from base.tasks import name_of
from base.words import readable

from . import checkpoint, evaluation, plotting
from .checkpoint import resume
from .checkpoint.file import existing
from .checkpoint.same_model import check_model
from .checkpoint.snapshot import checkpoint_path, save
from .inputs.settings import Arguments, Settings, refuse_unknown, takes
from .loop import Loop, nothing_left
from .parameters import Parameters
from .protocols import Config
from .run import Run


class Solver:
    """Mini-batch training of `model` on `data`.

    model: anything with `params`, a dict of floating arrays of one dtype, `loss(X, y) -> (loss, grads)` and
      `loss(X) -> scores`. Its arrays are copied into one vector, and views of that take their places in `params`.
    data: a dict with X_train, y_train, X_val, y_val, and perhaps sample_weight, one number for each training row: the
      data loss is then a mean weighted by them, the penalties are not. X_test and y_test may lie beside.
    update_rule: a name (`solver.rules.known()`) or a function (w, dw, config) -> (next_w, config).
    optim_config: settings of the rule.
    lr_decay: factor on the learning rate at each epoch's end.
    lr_schedule: a name, {"name": ..., settings} or f(step) -> factor, see `solver.schedules`.
    schedules: the same for other settings, {"momentum": ...}.
    batch_size: rows of a batch.
    num_epochs: the total, resumed or not.
    seed: of the four random streams, see `solver.streams`.
    sampling: "with_replacement" (random masks), "without_replacement" (no row twice in a mask) or "epoch" (shuffled
      passes).
    gather: f(rows, step) -> (X, y), what a step trains on in place of these rows of the data; distorted images, say.
      It should depend on rows and step alone, so that a resumed run sees the same.
    engine: "compiled" takes many steps at once in code compiled by numba (extra `fast`), "numpy" one after the other;
      "auto" compiles long runs (10,000 steps or more) where numba is there and everything has a compiled form.
    task: "classes", "binary", "multilabel", "real", or a measure (scores, y) -> float of one's own, larger is better;
      by default what the loss and the targets say.
    class_weight: "balanced" or a dict, class -> weight, 1 for those that it leaves out; times sample_weight.
    accumulate: micro-batches per update.
    clip_norm, clip_value: of the gradient.
    max_norm: of each column of the matrices.
    average: decay of an EMA, or "polyak"; then the averaged weights are evaluated and kept.
    eval_every: steps between evaluations (None: each epoch's end).
    num_train_samples, num_val_samples: rows for it.
    patience: ends the run after so many evaluations without a validation measure better by min_delta.
    target: ends the run at a validation measure.
    max_seconds: ends the run, of one `train()`.
    callbacks: see `solver.monitoring.callbacks`; they too may end the run.
    restore_best: end with the best weights.
    checkpoint_name: file saved at each epoch's end, when interrupted and at the end.
    checkpoint_every: steps between saves, in place of epochs.
    log: CSV or JSONL files.
    verbose, print_every, progress: what is printed; progress is "auto", "bar", "line", "lines" or "none".
    metadata: a dict of plain values for the checkpoint.
    comm: an MPI communicator, for training over its ranks, see `solver.parallel`.

    Kept: `loss_history` (each step, before its update, penalty included), `train_acc_history`, `val_acc_history` (the
    first entry is before training; they hold the measure of the task: accuracy of classes, by the sign of one score for
    two classes, subset accuracy of several labels a row, R2 of real targets), `history.rows`, `best_val_acc`,
    `best_params` (of equal measures, those with the smaller validation loss), `stopped_reason`. `run` is what it is
    made of. Raises TypeError, ValueError or KeyError for arguments and data that do not fit.
    """

    @takes(Arguments)
    def __init__(self, model: Any, data: Mapping[str, Any], *, comm: Any = None, **options: Any):
        refuse_unknown(options)
        if comm is not None:
            from .parallel import distribute

            model, options = distribute(model, comm, options)
        self.run = Run(model, data, Settings(**options))
        self.model, self.data, self.settings = model, self.run.data, self.run.settings
        self.history, self.streams = self.run.history, self.run.streams
        if self.settings.checkpoint_name is not None:
            clean(self.checkpoint_path)

    def train(self, num_epochs: int | None = None) -> "Solver":
        """Train up to epoch `num_epochs` (default: Solver's argument) or until something stops the run; returns self.

        Continues from the last weights, not from the best. A run that patience has ended goes on, with patience counted
        anew, where num_epochs is given; where no step is left to make, a UserWarning says why. Raises DivergedError
        where a loss or gradient is not finite, and KeyboardInterrupt, when interrupted, after the step and the
        checkpoint are complete.
        """
        if num_epochs is not None:
            self.settings.set_epochs(num_epochs)
        self._warn_horizon()
        self.run.held.wake()
        self.run.check()
        self._go_on(num_epochs is not None)
        self._choose_engine()
        self.history.start_files()
        Loop(self.run, self).train()
        return self

    def _go_on(self, asked: bool) -> None:
        """Where a run is over, let it go on if more epochs were asked for, or say why it makes no step."""
        if asked and self.stopped_reason == "patience" and self.step < self.total_steps:
            self.run.best.since = 0
        reason = nothing_left(self.run)
        if reason:
            warnings.warn(f"train() made no step: {reason}", UserWarning, stacklevel=3)

    def _choose_engine(self) -> None:
        reason = self.run.choose_engine()
        if self.run.compiled is not None:
            self.run.compiled.compile()
        if reason and self.settings.verbose and self.settings.progress != "none":
            print(f"engine: numpy; no compiled form for {reason}")

    def _warn_horizon(self) -> None:
        horizon = self.run.horizon
        if horizon is not None and self.total_steps > horizon:
            warnings.warn(
                f"the schedule was laid out for {horizon} steps and keeps its last value up to step"
                f" {self.total_steps}. Pass lr_schedule to Solver.load to lay out a new one.",
                UserWarning,
                stacklevel=3,
            )

    def check_accuracy(self, X: Any, y: Any, num_samples: int | None = None, batch_size: int = 100) -> float:
        """The task's measure (accuracy, say) of the model on X, y, or on `num_samples` random rows of them.

        Those are drawn from the evaluation stream.
        """
        return evaluation.measure(
            self.model, *self.run.sample(np.asarray(X), np.asarray(y), num_samples), batch_size, self.run.task
        )

    def evaluation_point(self) -> AbstractContextManager[None]:
        """Within it the model holds the weights that count (an average, say), afterwards those of training again."""
        return self.run.held.evaluation_point()

    def reduce_learning_rate(self, factor: float, lowest: float = 0.0) -> None:
        """Multiply the learning rate, before its schedule, by `factor`, but let it not fall below `lowest`."""
        base = self.run.updater.base_value()
        self.run.updater.scale(max(factor, min(1.0, lowest / base)) if base else 1.0)

    def save(self, path: str | Path, metadata: Mapping[str, Any] | None = None) -> None:
        """Write a checkpoint: everything from which the run continues bit for bit, atomically, without pickle.

        metadata: plain values to keep with it, added to Solver's. May be called from callbacks. Raises CheckpointError.
        """
        save(self.run, path, metadata)

    @classmethod
    def load(
        cls, path: str | Path, model: Any, data: Mapping[str, Any], *, allow_new_data: bool = False, **overrides: Any
    ) -> "Solver":
        """A Solver where the saved one stood; `train()` then goes on as if it had never stopped.

        model: of the same parameters; its weights are overwritten.
        data: the same, compared by SHA-256; allow_new_data takes other.
        overrides: arguments to change, e.g. num_epochs, verbose, log; functions and callbacks, which a file cannot
          hold, must be given again.

        Where the run kept a checkpoint, it goes on in this file. Raises CheckpointError for what does not fit; warns
        where BLAS or thread count differ, and so may the bits.
        """
        saved = checkpoint.read(existing(path))
        check_model(saved, Parameters(model))
        solver = cls(model, data, **resume.options(saved, overrides))
        resume.restore(solver.run, saved, allow_new_data, overrides)
        return solver

    def __repr__(self) -> str:
        ended = f", {self.stopped_reason}" if self.stopped_reason else ""
        where = f"epoch {self.epoch} of {self.settings.num_epochs}, step {self.step}{ended}"
        what = f"{type(self.model).__name__}, {self.run.updater.rule.name}"
        return f"Solver({what}, {where}, best {self.best_val_acc:.4g})"

    def __deepcopy__(self, memo: dict[int, Any]) -> "Solver":
        """A twin on a copy of the model that goes on with the same bits; the data are shared, files are not written."""
        parts = resume.parts(self.run)
        model, parts.settings["callbacks"] = copy.deepcopy((self.model, self.settings.callbacks), memo)
        return _twin(type(self), model, self.data._asdict(), parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return _twin, (type(self), self.model, self.data._asdict(), resume.parts(self.run))

    def plot(self, path: str | Path | None = None) -> Any:
        """Loss and measure against the step as a matplotlib figure, written to `path` (.png, .svg, .pdf) if given."""
        return plotting.plot(self.history, path, readable(name_of(self.run.task.measure)))

    @property
    def checkpoint_path(self) -> Path:
        """`checkpoint_name` with the ending .npz."""
        return checkpoint_path(self.settings)

    @property
    def step(self) -> int:
        """Steps done."""
        return self.run.step

    @property
    def epoch(self) -> int:
        """Epochs closed."""
        return self.run.epoch

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch: max(N // batch, 1) with masks, ceil(N / batch) with shuffled epochs."""
        return self.run.steps_per_epoch

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""
        return self.run.total_steps

    @property
    def stopped_reason(self) -> str | None:
        """What ended the run: finished, interrupted, callback, max_seconds, target, patience or diverged."""
        return self.run.stopped_reason

    @property
    def batch(self) -> tuple[Array, Array]:
        """X and y of the last step (empty before the first), to look at: the next step reuses their memory."""
        return self.run.batch

    @property
    def learning_rate(self) -> float:
        """The learning rate of the last update."""
        return self.run.updater.value()

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self.run.updater.set_base("learning_rate", value)

    @property
    def loss_history(self) -> list[float]:
        """Training loss of each step, before its update, penalties included."""
        return self.history.loss

    @property
    def train_acc_history(self) -> list[float]:
        """Training accuracy (or the measure of the task) of each evaluation; the first is before training."""
        return self.history.column("train_acc")

    @property
    def val_acc_history(self) -> list[float]:
        """Validation accuracy (or the measure of the task) of each evaluation; the first is before training."""
        return self.history.column("val_acc")

    @property
    def best_val_acc(self) -> float:
        """Validation accuracy (or the measure of the task) of `best_params`; -inf before the first evaluation."""
        return self.run.best.accuracy

    @property
    def best_params(self) -> dict[str, Array]:
        """Name -> weights with the best validation accuracy (loss, where there is no accuracy)."""
        return self.run.best_weights.params

    @property
    def last_params(self) -> dict[str, Array]:
        """Name -> weights that count at the last step (the average, if averaging is on), whatever the model holds."""
        return self.run.held.last().params

    @property
    def optim_configs(self) -> dict[str, Config]:
        """Name -> settings and state of the rule for that parameter, to read."""
        return self.run.updater.by_parameter()


def _twin(make: type[Solver], model: Any, data: dict[str, Array], parts: resume.Parts) -> Solver:
    """A Solver from the parts of another: what copying and pickling a Solver come to."""
    twin = make(model, data, **parts.settings)
    resume.restore_twin(twin.run, parts)
    return twin
