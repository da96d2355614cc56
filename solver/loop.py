"""The training loop: steps, and between them evaluations, ends of epochs, checkpoints and the decision to stop."""

import time

import numpy as np

from .checkpoint.snapshot import checkpoint_path, save
from .errors import DivergedError
from .monitoring.progress import Reporter
from .monitoring.stopping import Interrupt
from .run import Run


def end_of(run: Run) -> str | None:
    """Why the state of a run ends it: target, patience or finished; None where it goes on."""
    s = run.settings
    if run.evaluated_at == run.step:
        if s.target is not None and run.history.rows[-1]["val_acc"] >= s.target:
            return "target"
        if s.patience is not None and run.best.since >= s.patience:
            return "patience"
    return "finished" if run.step >= run.total_steps else None


def nothing_left(run: Run) -> str | None:
    """For a run that was over before: why it makes no further step, and how it would; else None."""
    ended = end_of(run) if run.stopped_reason in ("target", "patience", "finished") else None
    if ended == "target":
        reached = run.history.rows[-1]["val_acc"]
        how = "Set solver.settings.target to a higher one, or to None, to go on."
        return f"the target {run.settings.target} is reached ({reached:.6g}). {how}"
    if ended == "patience":
        return (
            f"patience={run.settings.patience} ended the run at epoch {run.epoch}."
            f" train(num_epochs={run.epoch + 10}) goes on to that epoch, with patience counted anew."
        )
    if ended == "finished":
        return (
            f"all {run.settings.num_epochs} epochs are done. train(num_epochs={run.epoch + 10}) goes on to that epoch."
        )
    return None


class Loop:
    """Drives a run until something ends it; `solver` is the surface that callbacks are handed.

    What is due after a step depends on the counters alone, so a run resumed from a state saved anywhere (also in
    `on_step`) does what was still to be done, and repeats nothing.
    """

    def __init__(self, run: Run, solver: object):
        self.run, self.solver, self.settings = run, solver, run.settings
        self.interrupt = Interrupt()
        self.report = Reporter(self.settings.progress, self.settings.verbose, self.settings.print_every)
        self.asked_to_stop, self.started = False, time.perf_counter()

    def train(self) -> None:
        """Train until the run is finished, interrupted, at its target, ...; `run.stopped_reason` then says which."""
        try:
            reason = self._whole()
        except DivergedError:
            self.run.stopped_reason = "diverged"
            self._call("on_train_end", "diverged")
            raise
        self._call("on_train_end", reason)
        if self.interrupt.signal is not None:  # perhaps only while the end was being evaluated and saved
            saved = "; resume with --resume" if self.settings.checkpoint_name else ""
            self.interrupt.throw(f"interrupted at step {self.run.step}{saved}")

    def _whole(self) -> str:
        reason = "failed"
        try:
            self.report.begin(self.run.step, self.run.total_steps)
            self._call("on_train_begin")
            # A number that overflows ends in the guard of the step, which says what happened and what to do.
            with self.interrupt.watching(), np.errstate(over="ignore", invalid="ignore"):
                reason = self._steps()
                self._close(reason)
        finally:
            self.report.end(reason)
        return reason

    def _call(self, hook: str, *arguments: object) -> bool:
        return self.run.callbacks.call(hook, self.solver, *arguments)

    def _steps(self) -> str:
        """Step until there is a reason to end: finished, interrupted, callback, max_seconds, target or patience."""
        run, report, clock = self.run, self.report, time.perf_counter
        hooked, timed, due = bool(run.callbacks.hooks["on_step"]), self.settings.max_seconds is not None, run.step
        while True:
            if run.step >= due or timed or self.asked_to_stop or self.interrupt.signal is not None:
                self._between()
                reason = self._reason()
                if reason:
                    return reason
                due = self._next_due()
            begin = clock()
            try:
                loss = run.advance(report.limit(run.step, due))
            except DivergedError as error:
                raise DivergedError(f"{error} State before the step: {self._save_diverged()}") from None
            run.seconds_train += clock() - begin
            if report.every and (run.step % report.every == 0 or run.step == 1):
                report.step(run.step, loss)
            if hooked and self._call("on_step", {"step": run.step, "loss": loss}):
                self.asked_to_stop = True

    def _save_diverged(self) -> str:
        if not self.settings.checkpoint_name:
            return "not saved (no checkpoint_name)"
        path = checkpoint_path(self.settings).with_name("diverged.npz")
        save(self.run, path)
        return str(path)

    def _next_due(self) -> int:
        """The next step after which an evaluation, the end of an epoch, a checkpoint or the end of the run is due."""
        step, epoch = self.run.step, self.run.steps_per_epoch
        cadences = (epoch, self.settings.eval_every or epoch, self.settings.checkpoint_every or epoch)
        return min(*(step - step % every + every for every in cadences), self.run.total_steps)

    def _between(self) -> None:
        """Evaluation, end of the epoch, checkpoint, where they are due and not done."""
        run, every = self.run, self.settings.checkpoint_every
        if run.evaluates_after(run.step) and run.evaluated_at != run.step:
            self._evaluate()
        closing = run.step // run.steps_per_epoch > run.epoch
        if closing:
            run.epoch += 1
            if self.settings.lr_decay != 1.0:
                run.updater.scale(self.settings.lr_decay)
            if self._call("on_epoch", {**run.history.rows[-1], "epoch": run.epoch}):
                self.asked_to_stop = True
        if run.step % every == 0 if every else closing:
            self._save()

    def _save(self) -> None:
        if self.settings.checkpoint_name and self._finite():
            save(self.run, checkpoint_path(self.settings))

    def _finite(self) -> bool:
        """Whether all parameters are. After a step the error that ends the run: the last good checkpoint stays."""
        name = self.run.parameters.not_finite()
        if name and self.run.step:
            raise self.run.left_the_numbers(name)
        return name is None  # before any step the first one will say it, in other words

    def _evaluate(self) -> None:
        self._finite()
        row = self.run.evaluate()
        self.report.evaluated(row, self.settings.num_epochs, self.run.task.label)
        if self._call("on_eval", row):
            self.asked_to_stop = True

    def _reason(self) -> str | None:
        s = self.settings
        if self.interrupt.signal is not None:
            return "interrupted"
        ended = end_of(self.run)
        if ended:
            return ended
        if self.asked_to_stop:
            return "callback"
        if s.max_seconds is not None and time.perf_counter() - self.started >= s.max_seconds:
            return "max_seconds"
        return None

    def _close(self, reason: str) -> None:
        """Save, and leave the weights that count in the model.

        Off the cadence the state is saved before the closing evaluation, so that resuming it equals an undisturbed run.
        """
        run = self.run
        run.stopped_reason = reason
        complete = run.evaluated_at == run.step
        if not complete or reason == "interrupted":
            self._save()
        if reason == "interrupted":
            return
        if not complete:
            self._evaluate()
        run.rest()
        if complete:
            self._save()
