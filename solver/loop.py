"""The training loop: steps, and between them evaluations, ends of epochs, checkpoints and the decision to stop."""

import time
from typing import TYPE_CHECKING

import numpy as np

from .monitoring.progress import Reporter
from .monitoring.stopping import Interrupt

if TYPE_CHECKING:
    from .solver import Solver


class Loop:
    """Drives a Solver until something ends the run.

    What is due after a step depends on the counters alone, so a run resumed from a state saved anywhere (also in
    `on_step`) does what was still to be done, and repeats nothing.
    """

    def __init__(self, solver: "Solver"):
        self.solver, self.settings = solver, solver.settings
        self.interrupt = Interrupt()
        self.report = Reporter(self.settings.progress, self.settings.verbose, self.settings.print_every)
        self.asked_to_stop, self.started = False, time.perf_counter()

    def run(self) -> str:
        """Train; returns why it ended: finished, interrupted, callback, max_seconds, target or patience."""
        reason = "failed"
        try:
            self.report.begin(self.solver.step, self.solver.total_steps)
            self.solver.callbacks.call("on_train_begin", self.solver)
            # A number that overflows ends in the guard of the step, which says what happened and what to do.
            with self.interrupt.watching(), np.errstate(over="ignore", invalid="ignore"):
                reason = self._steps()
                self._close(reason)
        finally:
            self.report.end(reason)
        return reason

    def _steps(self) -> str:
        solver, report, clock = self.solver, self.report, time.perf_counter
        hooked, timed, due = bool(solver.callbacks.hooks["on_step"]), self.settings.max_seconds is not None, solver.step
        while True:
            if solver.step >= due or timed or self.asked_to_stop or self.interrupt.signal is not None:
                self._between()
                reason = self._reason()
                if reason:
                    return reason
                due = self._next_due()
            begin = clock()
            loss = solver._step(solver.step + 1 >= due)
            solver.seconds_train += clock() - begin
            if report.every and (solver.step % report.every == 0 or solver.step == 1):
                report.step(solver.step, loss)
            if hooked and solver.callbacks.call("on_step", solver, {"step": solver.step, "loss": loss}):
                self.asked_to_stop = True

    def _next_due(self) -> int:
        """The next step after which an evaluation, the end of an epoch, a checkpoint or the end of the run is due."""
        step, epoch = self.solver.step, self.solver.steps_per_epoch
        cadences = (epoch, self.settings.eval_every or epoch, self.settings.checkpoint_every or epoch)
        return min(*(step - step % every + every for every in cadences), self.solver.total_steps)

    def _between(self) -> None:
        """Evaluation, end of the epoch, checkpoint, where they are due and not done."""
        solver, every = self.solver, self.settings.checkpoint_every
        if solver.evaluates_after(solver.step) and solver.evaluated_at != solver.step:
            self._evaluate()
        closing = solver.step // solver.steps_per_epoch > solver.epoch
        if closing:
            solver.epoch += 1
            if self.settings.lr_decay != 1.0:
                solver.updater.scale(self.settings.lr_decay)
            if solver.callbacks.call("on_epoch", solver, {**solver.history.rows[-1], "epoch": solver.epoch}):
                self.asked_to_stop = True
        if self.settings.checkpoint_name and (solver.step % every == 0 if every else closing):
            solver.save(solver.checkpoint_path)

    def _evaluate(self) -> None:
        row = self.solver.evaluate()
        self.report.evaluated(row, self.settings.num_epochs)
        if self.solver.callbacks.call("on_eval", self.solver, row):
            self.asked_to_stop = True

    def _reason(self) -> str | None:
        solver, s = self.solver, self.settings
        if self.interrupt.signal is not None:
            return "interrupted"
        if solver.evaluated_at == solver.step:
            if s.target is not None and solver.history.rows[-1]["val_acc"] >= s.target:
                return "target"
            if s.patience is not None and solver.best.since >= s.patience:
                return "patience"
        if solver.step >= solver.total_steps:
            return "finished"
        if self.asked_to_stop:
            return "callback"
        if s.max_seconds is not None and time.perf_counter() - self.started >= s.max_seconds:
            return "max_seconds"
        return None

    def _close(self, reason: str) -> None:
        """Save, and leave the weights that count in the model.

        Off the cadence the state is saved before the closing evaluation, so that resuming it equals an undisturbed run.
        """
        solver = self.solver
        solver.stopped_reason = reason
        complete = solver.evaluated_at == solver.step
        if self.settings.checkpoint_name and (not complete or reason == "interrupted"):
            solver.save(solver.checkpoint_path)
        if reason == "interrupted":
            return
        if not complete:
            self._evaluate()
        solver.rest()
        if self.settings.checkpoint_name and complete:
            solver.save(solver.checkpoint_path)
