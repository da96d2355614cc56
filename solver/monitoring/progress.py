"""What a run prints: the course's lines, or on a terminal a tqdm bar, or a line that writes itself over."""

import math
import sys
from typing import Any

from base.own_packages import optional
from base.printable import underlying
from base.progress_line import ProgressLine

from .history import Row


class Reporter:
    """Prints nothing ("none"), lines, a bar by tqdm or one line that writes itself over ("line", needs nothing).

    "auto" takes the bar on a terminal, or the line where tqdm is not installed, and lines elsewhere.
    """

    def __init__(self, progress: str, verbose: bool, print_every: int):
        self.kind = _resolve(progress) if verbose else "none"
        self.every = {"lines": print_every, "bar": 1, "line": 1}.get(self.kind, 0)  # steps between calls of `step`
        self._bar: Any = None

    def begin(self, step: int, total: int) -> None:
        """Start at `step` of `total`."""
        self.total = total
        if self.kind == "bar":
            tqdm = optional("tqdm.auto", "a progress bar needs tqdm: pip install tqdm").tqdm
            where = {"file": underlying(sys.stderr), "dynamic_ncols": True, "leave": True}
            self._bar = tqdm(total=total, initial=step, unit="step", **where)
        elif self.kind == "line":
            self._bar = ProgressLine(total, sys.stderr, step, "steps")

    def limit(self, step: int, due: int) -> int:
        """How far a run at `step` may go at once towards `due`: each step with a line of its own is waited for."""
        if self.kind != "lines":
            return due
        return min(due, step - step % self.every + self.every, 1 if step == 0 else due)

    def step(self, step: int, loss: float) -> None:
        """After a step (called every `every` steps, and after the first)."""
        if self._bar is not None:
            self._bar.update(step - self._bar.n)
        else:
            print(f"(Iteration {step} / {self.total}) loss: {loss:.6f}", flush=True)

    def evaluated(self, row: Row, epochs: int, label: str = "acc") -> None:
        """After an evaluation; label: of the measure."""
        what, label = ("loss", "loss") if math.isnan(row["val_acc"]) else ("acc", label)
        values = f"train {label}: {row[f'train_{what}']:.6f}; val_{label}: {row[f'val_{what}']:.6f}"
        if self._bar is not None:
            self._bar.set_description(f"epoch {row['epoch']:.3g}/{epochs}", refresh=False)
            self._bar.set_postfix_str(f"loss {row['loss']:.4g}, val {row[f'val_{what}']:.4f}, lr {row['lr']:.3g}")
        elif self.kind == "lines":
            print(f"(Epoch {row['epoch']:g} / {epochs}) {values}", flush=True)

    def end(self, reason: str) -> None:
        """Close the bar; say why the run stopped where it was not simply done."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        if self.kind == "lines" and reason != "finished":
            print(f"stopped: {reason}", flush=True)


def _resolve(progress: str) -> str:
    if progress != "auto":
        return progress
    if not (hasattr(sys.stderr, "isatty") and sys.stderr.isatty()):
        return "lines"
    try:
        import tqdm  # noqa: F401
    except ImportError:
        return "line"
    return "bar"
