"""Shows how far a sweep is, with a remaining time that comes from the runs done so far, each kind on its own."""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from base.printable import underlying
from base.progress_line import ProgressLine

from ..planning.task import Task
from .phase import Kind, Listener, kind
from .run_one import Done

EVERY = 10.0  # seconds between lines where there is no terminal


class Remaining:
    """Expected seconds of what is left: per problem and solver the mean of finished runs, else of all, over jobs."""

    def __init__(self, tasks: Sequence[Task], jobs: int, later: Mapping[Kind, int] | None = None):
        self.left, self.jobs = Counter(map(kind, tasks)) + Counter(later), jobs
        self.seconds: dict[Kind, list[float]] = {}

    def add(self, done: Done) -> None:
        """Count a finished run."""
        self.left[kind(done.task)] -= 1
        if done.status == "done":
            self.seconds.setdefault(kind(done.task), []).append(done.seconds)

    def settle(self, tasks: Sequence[Task], promised: Mapping[Kind, int]) -> None:
        """Count `tasks` in place of so many that were promised, and were counted."""
        self.left = self.left - Counter(promised) + Counter(map(kind, tasks))

    def estimate(self) -> float | None:
        """Seconds until the end; None while nothing is known."""
        times = [second for seconds in self.seconds.values() for second in seconds]
        if not times:
            return None
        overall = sum(times) / len(times)
        means = {one: sum(seconds) / len(seconds) for one, seconds in self.seconds.items()}
        return sum(count * means.get(one, overall) for one, count in self.left.items()) / self.jobs


class Progress(Listener):
    """On a terminal a bar (with tqdm) or a line that writes itself over; elsewhere a line every ten seconds."""

    def __init__(self, jobs: int, stream: TextIO | None = None, quiet: bool = False):
        self.jobs, self.stream, self.quiet = jobs, stream or sys.stderr, quiet

    def note(self, text: str) -> None:
        """Say it."""
        if not self.quiet:
            print(f"note: {text}", file=self.stream, flush=True)

    def begin(self, phase: str, tasks: Sequence[Task], later: Mapping[Kind, int]) -> None:
        """Start the phase's bar."""
        self.phase, self.count, self.last = phase, 0, time.monotonic()
        self.total = len(tasks) + sum(later.values())
        self.remaining, self.bar = Remaining(tasks, self.jobs, later), self._bar(phase, self.total)

    def found(self, tasks: Sequence[Task], promised: Mapping[Kind, int]) -> None:
        """Count what is known now in place of what was promised."""
        before = self.remaining.left.total()
        self.remaining.settle(tasks, promised)
        self.total += self.remaining.left.total() - before
        if self.bar is not None:
            self.bar.total = self.total

    def ended(self, done: Done) -> None:
        """Show that one more has ended, and how long the others will take."""
        self.count += 1
        self.remaining.add(done)
        text = f"{_label(done)}{_left(self.remaining.estimate())}"
        if self.bar is not None:
            self.bar.set_postfix_str(text, refresh=False)
            self.bar.update()
        elif not self.quiet and (time.monotonic() - self.last >= EVERY or self.count in (1, self.total)):
            self.last = time.monotonic()
            print(f"{self.phase} {self.count}/{self.total}  {text}", file=self.stream, flush=True)

    def end(self) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()

    def _bar(self, phase: str, total: int) -> Any:
        if self.quiet or not self.stream.isatty():
            return None
        try:
            from tqdm import tqdm
        except ImportError:
            line = ProgressLine(total, self.stream)
            line.set_description(phase)
            return line
        # tqdm's own estimate takes all runs for equal: ours replaces it
        form = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{postfix}"
        return tqdm(total=total, desc=phase, file=underlying(self.stream), bar_format=form, dynamic_ncols=True)


def clock(seconds: float) -> str:
    """h:mm:ss, rounded."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _label(done: Done) -> str:
    trouble = "  FAILED" if done.status == "failed" else ""
    return f"{done.task.problem} {done.task.solver} {done.seconds:.1f} s{trouble}"


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"  about {clock(seconds)} left"
