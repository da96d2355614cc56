"""What may end a run: evaluations without a better one, and interrupts that let the running step finish first.

Both are only counted here; `Loop` in `loop.py` compares the count with `patience` and decides.
"""

import math
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from .history import Row


class Best:
    """The best evaluation so far by the measure of the task (or loss, where there is none), and how long ago.

    Of two with the same measure the one with the smaller validation loss is the best.
    """

    def __init__(self, min_delta: float = 0.0):
        self.min_delta = min_delta
        self.score, self.accuracy, self.step, self.since = -math.inf, -math.inf, 0, 0
        self.loss = math.inf

    def update(self, row: Row) -> bool:
        """Whether this row is the best; any improvement counts for that, only one above `min_delta` resets `since`."""
        accuracy, loss = row["val_acc"], row["val_loss"]
        score = accuracy if math.isfinite(accuracy) else -loss
        if not math.isfinite(score):
            score = -math.inf
        first = self.step == 0 and self.score == -math.inf
        better = first or score > self.score or (score == self.score > -math.inf and _less(loss, self.loss))
        self.since = 0 if first or score > self.score + self.min_delta else self.since + 1
        if better:
            self.score, self.accuracy, self.loss, self.step = score, accuracy, loss, row["step"]
        return better

    def state(self) -> dict[str, Any]:
        """The counters as plain numbers."""
        kept = ("score", "accuracy", "loss", "step", "since")
        return {name: getattr(self, name) for name in kept}

    def restore(self, state: dict[str, Any], rows: Sequence[Row]) -> None:
        """Continue from `state()`; older states lack the loss, which the rows of the history hold."""
        self.score, self.accuracy, self.step, self.since = (state[k] for k in ("score", "accuracy", "step", "since"))
        at_best = (float(row["val_loss"]) for row in rows if row["step"] == self.step)
        self.loss = state.get("loss", next(at_best, math.inf))


def _less(loss: float, than: float) -> bool:
    """Whether a loss is the smaller one; any number is less than nan."""
    return loss < than or (math.isnan(than) and not math.isnan(loss))


class Interrupt:
    """Notes SIGINT and SIGTERM while training, so that the running step ends and the state can be saved.

    A second signal acts at once. Outside the main thread, or where somebody else handles it, nothing is changed.
    """

    def __init__(self) -> None:
        self.signal: int | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Install the handlers, and put the old ones back."""
        self.signal = None
        old = {}
        if threading.current_thread() is threading.main_thread():
            for number, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
                if signal.getsignal(number) is default:
                    old[number] = signal.signal(number, self._note)
        try:
            yield
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        again, self.signal = self.signal is not None, number
        if again:
            self.throw("interrupted twice")

    def throw(self, message: str) -> NoReturn:
        """KeyboardInterrupt for SIGINT, SystemExit(128 + number) for another signal."""
        if self.signal is None or self.signal == signal.SIGINT:
            raise KeyboardInterrupt(message)
        raise SystemExit(128 + self.signal)
