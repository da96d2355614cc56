"""One run: the parts that a Solver is made of, one training step, one evaluation.

Each part has a file of its own: `sampling` draws batches, `gradient` calls the model, `update` moves weights.
"""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from . import evaluation, schedules
from .averaging import Average
from .divergence import diverged
from .gradient import Gradient
from .held_weights import Holder, Weights
from .inputs.data import check_data, check_labels, fingerprint
from .inputs.returns import check_scores
from .inputs.settings import Settings
from .monitoring.callbacks import Callbacks
from .monitoring.history import History, Row, log_files
from .monitoring.stopping import Best
from .parameters import Parameters
from .sampling import Gather, Sampler
from .streams import streams
from .update import Updater


class Run:
    """Parts and counters of one training run; `Solver` adds the arguments and the surface."""

    def __init__(self, model: Any, data: Mapping[str, Any], settings: Settings):
        self.model, self.data, self.settings = model, check_data(data, model), settings
        self._build_batches()
        self._build_update()
        self.callbacks = Callbacks(settings.callbacks)
        self.history = History(self.parameters.names, log_files(settings.log))
        self.best, self.best_weights = Best(settings.min_delta), Weights({}, {})
        self.step = self.epoch = 0  # steps done, epochs closed
        self.seconds_train = self.seconds_eval = 0.0
        self.update_ratio: dict[str, float] = {}
        self.stopped_reason: str | None = None
        self._labels_checked = False
        self._fingerprint: dict[str, str] | None = None

    def _build_batches(self) -> None:
        s, train = self.settings, self.data.X_train
        rows = s.batch_size * s.accumulate
        if s.sampling == "without_replacement" and rows > len(train):
            raise ValueError(
                f"batch_size {rows} is larger than the {len(train)} training rows (sampling='without_replacement')."
            )
        self.streams = streams(s.seed)
        self.sampler = Sampler(len(train), rows, s.sampling, self.streams.batches)
        self.gather = Gather(train, self.data.y_train, rows)

    def _build_update(self) -> None:
        s = self.settings
        self.parameters = Parameters(self.model)
        self.gradient = Gradient(self.parameters, self.streams.noise)
        self.updater = Updater(self.parameters, s.update_rule, s.optim_config, s.max_norm)
        self.lay_out(self.total_steps)
        self.average = None if s.average is None else Average(self.parameters, s.average)
        self.holder = Holder(self.parameters, self.updater, self.average)

    def lay_out(self, total: int) -> None:
        """Make the schedules, those that have an end over `total` steps (`horizon`; None where none has an end)."""
        s, epoch = self.settings, self.steps_per_epoch
        specs = {**s.schedules, **({} if s.lr_schedule is None else {"learning_rate": s.lr_schedule})}
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

    def _step(self, due: bool = True) -> float:
        """One update of the weights; returns the loss before it. due: whether something may be due after it."""
        s, gradient = self.settings, self.gradient
        X, y = self.gather(self.sampler.draw())
        if s.accumulate == 1:
            loss = gradient.compute(X, y)
        else:
            cuts = [slice(i, i + s.batch_size) for i in range(0, len(y), s.batch_size)]
            loss = gradient.compute_sum([(X[cut], y[cut]) for cut in cuts])
        if not gradient.guard(loss):
            raise diverged(self, loss)
        before = None
        if due and self.evaluates_after(self.step + 1):
            before = self.parameters.copy()
            gradient.measure()
        if s.clip_norm is not None:
            gradient.clip_norm(s.clip_norm)
        if s.clip_value is not None:
            gradient.clip_value(s.clip_value)
        self.updater.apply(gradient.arrays, self.step)
        if self.average is not None:
            self.average.update()
        if before is not None:
            self.update_ratio = _ratios(before, self.parameters)
        self.step += 1
        self.history.loss.append(loss)
        return loss

    def evaluate(self) -> Row:
        """Measure the weights that count on training and validation data; keep the row, and the weights if best."""
        begin, s, d = time.perf_counter(), self.settings, self.data
        with self.holder.evaluation_point():
            parts = ((d.X_train, d.y_train, s.num_train_samples), (d.X_val, d.y_val, s.num_val_samples))
            train, val = (evaluation.evaluate(self.model, *self.sample(*part), s.batch_size) for part in parts)
            row = self._row(train, val)
            if self.best.update(row):
                self.best_weights = self.holder.copy()
        self.seconds_eval += time.perf_counter() - begin
        row["seconds_eval"] = self.seconds_eval
        self.history.add(row)
        return row

    def _row(self, train: tuple[float, float], val: tuple[float, float]) -> Row:
        recent = self.history.loss[max(self.evaluated_at, 0) :]
        values = {"train_loss": train[0], "train_acc": train[1], "val_loss": val[0], "val_acc": val[1]}
        return {
            "step": self.step,
            "epoch": self.step / self.steps_per_epoch,
            "examples": self.sampler.examples(self.step),
            "seconds_train": self.seconds_train,
            "seconds_eval": self.seconds_eval,
            "loss": float(np.mean(recent)) if recent else train[0],
            **values,
            "lr": self.updater.value(),
            "grad_norm": self.gradient.norm,
            "update_ratio": dict(self.update_ratio),
        }

    def sample(self, X: Array, y: Array, rows: int | None) -> tuple[Array, Array]:
        """All rows, or `rows` random ones of them, drawn from the evaluation stream."""
        if rows is None or rows >= len(X):
            return X, y
        mask = self.streams.evaluation.choice(len(X), rows, replace=False)
        return X[mask], y[mask]

    def data_fingerprint(self) -> dict[str, str]:
        """Shape, dtype and SHA-256 of each array of the data; computed once."""
        if self._fingerprint is None:
            self._fingerprint = fingerprint(self.data)
        return self._fingerprint

    def check_labels(self) -> None:
        """Once, before training: the scores, and labels against their number."""
        if self._labels_checked:
            return
        X = self.data.X_val[:2]  # of one row alone some models squeeze the scores
        if self.parameters.flat:
            scores = self.model.loss(X)
        else:
            with evaluation.undisturbed(self.model) as twin:
                scores = twin.loss(X)
        scores = check_scores(scores, len(X))
        if scores.ndim == 2:
            check_labels(self.data, scores.shape[1], getattr(getattr(self.model, "loss_layer", None), "targets", None))
        self._labels_checked = True


def _ratios(before: Mapping[str, Array], now: Parameters) -> dict[str, float]:
    """||dw|| / ||w|| per parameter; 0 where w was 0."""
    norms = {name: (float(np.linalg.norm(now[name] - w)), float(np.linalg.norm(w))) for name, w in before.items()}
    return {name: moved / size if size else 0.0 for name, (moved, size) in norms.items()}
