"""Solver: trains any model that has `params` and `loss` by mini-batch steps, and keeps the history.

This file is the surface; `run` holds the parts and one step, `loop` what happens between steps.
"""

import copy
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array
from base.atomic import clean

from . import evaluation, plotting
from .checkpoint import file as checkpoint, resume
from .checkpoint.snapshot import existing, snapshot, with_suffix
from .errors import DivergedError
from .inputs.settings import ARGUMENTS, ScheduleSpec, Settings, refuse
from .loop import Loop
from .protocols import Config, UpdateRule
from .run import Run


class Solver(Run):
    """Mini-batch training of `model` on `data` (a dict with X_train, y_train, X_val, y_val).

    update_rule: a name (`solver.rules.known()`) or a function (w, dw, config) -> (next_w, config); optim_config: its
    settings. lr_decay: factor on the learning rate at each epoch's end. lr_schedule: a name, {"name": ..., settings} or
    f(step) -> factor (see `solver.schedules`); schedules: the same for other settings, {"momentum": ...}.
    batch_size, num_epochs (the total, resumed or not), seed, sampling: "with_replacement" (random masks),
    "without_replacement" (no row twice in a mask) or "epoch" (shuffled passes). accumulate: micro-batches per update.
    clip_norm, clip_value: of the gradient. max_norm: of each column of the matrices.
    average: decay of an EMA, or "polyak"; then the averaged weights are evaluated and kept.
    eval_every: steps between evaluations (None: each epoch's end); num_train_samples, num_val_samples: rows for it.
    patience (evaluations without a validation accuracy better by min_delta), target (a validation accuracy),
    max_seconds (of one `train()`), callbacks: what ends a run early. restore_best: end with the best weights.
    checkpoint_name: file saved at each epoch's end (or every checkpoint_every steps), when interrupted and at the end.
    log: CSV or JSONL files. verbose, print_every, progress ("auto", "bar", "lines", "none"): what is printed.
    metadata: a dict of plain values for the checkpoint. comm: an MPI communicator, for training over its ranks (see
    `solver.parallel`).

    Kept: `loss_history` (each step, before its update, penalty included), `train_acc_history`, `val_acc_history` (the
    first entry is before training), `history.rows`, `best_val_acc`, `best_params`, `stopped_reason`.
    Raises TypeError, ValueError or KeyError for arguments and data that do not fit.
    """

    def __init__(
        self,
        model: Any,
        data: Mapping[str, Any],
        *,
        update_rule: str | UpdateRule = "sgd",
        optim_config: Mapping[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        print_every: int = 100,
        verbose: bool = True,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        checkpoint_name: str | Path | None = None,
        checkpoint_every: int | None = None,
        seed: int = 0,
        sampling: str = "with_replacement",
        lr_schedule: ScheduleSpec | None = None,
        schedules: Mapping[str, ScheduleSpec] | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        accumulate: int = 1,
        max_norm: float | None = None,
        patience: int | None = None,
        min_delta: float = 0.0,
        target: float | None = None,
        max_seconds: float | None = None,
        callbacks: Sequence[Any] = (),
        log: str | Path | Sequence[str | Path] | None = None,
        progress: str = "auto",
        average: float | str | None = None,
        eval_every: int | None = None,
        restore_best: bool = True,
        metadata: Mapping[str, Any] | None = None,
        comm: Any = None,
        **unknown: Any,
    ):
        given = dict(locals())
        if unknown:
            refuse(unknown)
        if comm is not None:
            from .parallel import distribute

            model = distribute(model, comm, given)
        super().__init__(model, data, Settings(**{name: given[name] for name in ARGUMENTS}))
        if self.settings.checkpoint_name is not None:
            clean(self.checkpoint_path)

    def train(self, num_epochs: int | None = None) -> "Solver":
        """Train up to epoch `num_epochs` (default: Solver's argument) or until something stops the run; returns self.

        Continues from the last weights, not from the best. Raises DivergedError where a loss or gradient is not finite,
        and KeyboardInterrupt, when interrupted, after the step and the checkpoint are complete.
        """
        if num_epochs is not None:
            self.settings.set_epochs(num_epochs)
        self._warn_horizon()
        self.holder.wake()
        self.check_labels()
        self.history.start_files()
        loop = Loop(self)
        try:
            reason = loop.run()
        except DivergedError:
            self.stopped_reason = "diverged"
            self.callbacks.call("on_train_end", self, "diverged")
            raise
        self.callbacks.call("on_train_end", self, reason)
        if loop.interrupt.signal is not None:  # perhaps only while the end was being evaluated and saved
            saved = "; resume with --resume" if self.settings.checkpoint_name else ""
            loop.interrupt.throw(f"interrupted at step {self.step}{saved}")
        return self

    def _warn_horizon(self) -> None:
        if self.horizon is not None and self.total_steps > self.horizon:
            warnings.warn(
                f"the schedule was laid out for {self.horizon} steps and keeps its last value up to step"
                f" {self.total_steps}. Pass lr_schedule to Solver.load to lay out a new one.",
                UserWarning,
                stacklevel=3,
            )

    def rest(self) -> None:
        """Leave the best weights in the model (restore_best), or those that count at the last step."""
        self.holder.rest(self.best_weights if self.settings.restore_best else None)

    def check_accuracy(self, X: Any, y: Any, num_samples: int | None = None, batch_size: int = 100) -> float:
        """Accuracy of the model on X, y, or on `num_samples` random rows of them (drawn from the evaluation stream)."""
        return evaluation.accuracy(self.model, *self.sample(np.asarray(X), np.asarray(y), num_samples), batch_size)

    def save(self, path: str | Path, metadata: Mapping[str, Any] | None = None) -> None:
        """Write a checkpoint: everything from which the run continues bit for bit, atomically, without pickle.

        metadata: plain values to keep with it, added to Solver's. May be called from callbacks. Raises CheckpointError.
        """
        checkpoint.write(with_suffix(path), *snapshot(self, dict(metadata or {})))

    @classmethod
    def load(
        cls, path: str | Path, model: Any, data: Mapping[str, Any], *, allow_new_data: bool = False, **overrides: Any
    ) -> "Solver":
        """A Solver where the saved one stood; `train()` then goes on as if it had never stopped.

        model: of the same parameters, its weights are overwritten. data: the same (compared by SHA-256; allow_new_data
        takes other). overrides: arguments to change, e.g. num_epochs, verbose, log; functions and callbacks, which a
        file cannot hold, must be given again. Where the run kept a checkpoint, it goes on in this file.
        Raises CheckpointError for what does not fit; warns where BLAS or thread count differ, and so may the bits.
        """
        solver: Solver = resume.load(cls, existing(path), model, data, allow_new_data, overrides)
        return solver

    def __deepcopy__(self, memo: dict[int, Any]) -> "Solver":
        """A twin on a copy of the model that goes on with the same bits; the data are shared, files are not written."""
        settings, arrays, meta = resume.parts(self)
        model, settings["callbacks"] = copy.deepcopy((self.model, self.settings.callbacks), memo)
        twin: Solver = resume.rebuild(type(self), model, self.data._asdict(), settings, arrays, meta)
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        return resume.rebuild, (type(self), self.model, self.data._asdict(), *resume.parts(self))

    def plot(self, path: str | Path | None = None) -> Any:
        """Loss and accuracy against the step as a matplotlib figure, written to `path` (.png, .svg, .pdf) if given."""
        return plotting.plot(self.history, path)

    @property
    def checkpoint_path(self) -> Path:
        """`checkpoint_name` with the ending .npz."""
        return with_suffix(self.settings.checkpoint_name or "run.npz")

    @property
    def learning_rate(self) -> float:
        """The learning rate of the last update."""
        return self.updater.value()

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self.updater.set_base("learning_rate", value)

    @property
    def loss_history(self) -> list[float]:
        """Training loss of each step, before its update, penalties included."""
        return self.history.loss

    @property
    def train_acc_history(self) -> list[float]:
        """Training accuracy of each evaluation; the first is before training."""
        return self.history.column("train_acc")

    @property
    def val_acc_history(self) -> list[float]:
        """Validation accuracy of each evaluation; the first is before training."""
        return self.history.column("val_acc")

    @property
    def best_val_acc(self) -> float:
        """Validation accuracy of `best_params`; -inf before the first evaluation."""
        return self.best.accuracy

    @property
    def best_params(self) -> dict[str, Array]:
        """Name -> weights with the best validation accuracy (loss, where there is no accuracy)."""
        return self.best_weights.params

    @property
    def last_params(self) -> dict[str, Array]:
        """Name -> weights that count at the last step (the average, if averaging is on), whatever the model holds."""
        return self.holder.last().params

    @property
    def optim_configs(self) -> dict[str, Config]:
        """Name -> settings and state of the rule for that parameter, to read."""
        return self.updater.by_parameter()
