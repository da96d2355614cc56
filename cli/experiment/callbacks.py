"""Callbacks of classical runs: correct test images per epoch, the loss every so many steps, an end after some steps."""

import math
from typing import Any

from base.tasks import name_of
from base.words import SHARES, readable
from solver import Solver


class EpochLines:
    """`Epoch j: correct / n_test` every so many epochs, or `Epoch j complete` without test data; keeps the counts."""

    def __init__(self, X: Any, y: Any, every: int, printed: bool):
        self.X, self.y, self.every, self.printed = X, y, every, printed
        self.counts: list[list[int]] = []  # [epoch, correct]

    def on_epoch(self, solver: Solver, logs: dict[str, Any]) -> None:
        """Count and print."""
        epoch = solver.epoch
        if epoch % self.every:
            return
        with solver.evaluation_point():
            share = solver.check_accuracy(self.X, self.y, batch_size=1000) if len(self.X) else math.nan
        if math.isnan(share):  # there are no test data
            self._print(f"Epoch {epoch} complete")
            return
        measure = name_of(solver.run.task.measure)
        if measure not in SHARES:
            self._print(f"Epoch {epoch}: {readable(measure)} {share:.4f}")
            return
        correct = round(share * len(self.y))
        self.counts.append([epoch, correct])
        self._print(f"Epoch {epoch}: {correct} / {len(self.y)}")

    def _print(self, line: str) -> None:
        if self.printed:
            print(line, flush=True)

    def state(self) -> dict[str, Any]:
        """The counts so far."""
        return {"counts": self.counts}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from `state()`."""
        self.counts = [list(pair) for pair in state["counts"]]


class StepLines:
    """`step i: loss` on the batch of that step after the update, at steps 0, every, 2 every, ... as the texts count."""

    def __init__(self, every: int, printed: bool):
        self.every, self.printed = every, printed
        self.losses: list[list[float]] = []  # [step, loss after the update]

    def on_step(self, solver: Solver, logs: dict[str, Any]) -> None:
        """Measure and print where a line is due."""
        index = logs["step"] - 1
        if index % self.every == 0 or logs["step"] == solver.total_steps:
            loss = float(solver.model.evaluate(*solver.batch)[0])
            self.losses.append([index, loss])
            if self.printed:
                print(f"step {index}: loss {loss:.6f}", flush=True)

    def state(self) -> dict[str, Any]:
        """The losses so far."""
        return {"losses": self.losses}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from `state()`."""
        self.losses = [list(pair) for pair in state["losses"]]


class StopAt:
    """Ends the run after so many steps."""

    def __init__(self, steps: int):
        self.steps = steps

    def on_step(self, solver: Solver, logs: dict[str, Any]) -> bool:
        """True at the last step."""
        return bool(logs["step"] >= self.steps)
