"""Hands tasks to workers as they become ready, in portions, and gives back how each ended; what ended may free others.

Several sweeps may work in one folder: a task that another process has claimed is waited for, and not done twice.
"""

import queue
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing
from itertools import zip_longest

from base.files.claims import Claims

from ..planning.task import Task
from ..storage.store import Store
from .pools import Pool
from .run_one import Done

CLAIMS = ".claims"
PORTION = 0.25  # seconds of work in a portion, once it is known how long a task takes
_WAIT = 0.1  # seconds between two looks at what others do


def flow(pool: Pool, tasks: Iterable[Task], store: Store, freed: Callable[[Task], Sequence[Task]]) -> Generator[Done]:
    """How each task ended, as they end, in any order; the runs are in `store` by then.

    freed: the tasks that can be run now that this one is finished.
    """
    with closing(Claims(store.folder / CLAIMS)) as claims:
        yield from _Flow(pool, tasks, store, claims).run(freed)


def in_turn(tasks: Sequence[Task]) -> list[Task]:
    """The tasks with solvers taking turns, so that a machine which slows down, or is busy for a while, meets all alike.

    The full batch begins each turn: its runs are the longest, and shall not end last and alone.
    """
    by_solver: dict[str, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.method is None):
        by_solver.setdefault(task.solver, []).append(task)
    return [task for turn in zip_longest(*by_solver.values()) for task in turn if task is not None]


class _Flow:
    def __init__(self, pool: Pool, tasks: Iterable[Task], store: Store, claims: Claims):
        self.pool, self.store, self.claims = pool, store, claims
        self.ready, self.elsewhere = deque(tasks), deque[Task]()
        self.ended: queue.SimpleQueue[Future[list[Done]]] = queue.SimpleQueue()
        self.out, self.count, self.seconds = 0, 0, 0.0

    def run(self, freed: Callable[[Task], Sequence[Task]]) -> Generator[Done]:
        while self.ready or self.elsewhere or self.out:
            for done in [*self._hand_out(), *self._await()]:
                self.claims.release(int(done.task.id, 16))
                yield done
                more = () if done.status == "failed" else freed(done.task)
                if more:
                    self.ready = deque(in_turn([*self.ready, *more]))

    def _hand_out(self) -> list[Done]:
        """Give the workers what they can take; what turned out to be finished already."""
        skipped: list[Done] = []
        while self.ready and self.out < self.pool.width() * (1 + self.pool.ahead):
            taken = self._claimed(self._size())
            self.store.refresh()  # only now: before, others might still have finished them
            portion = [task for task in taken if not self.store.finished(task)]
            skipped += [Done(task, "skipped", 0.0) for task in taken if task not in portion]
            if portion:
                self.out += 1
                self.pool.submit(portion).add_done_callback(self.ended.put)
        return skipped

    def _claimed(self, size: int) -> list[Task]:
        taken: list[Task] = []
        while self.ready and len(taken) < size:
            task = self.ready.popleft()
            (taken if self.claims.take(int(task.id, 16)) else self.elsewhere).append(task)
        return taken

    def _size(self) -> int:
        """Tasks in a portion: as many as take a moment, and not so many that others have nothing to do."""
        if not self.count or self.pool.most == 1:
            return 1
        fair = len(self.ready) // (4 * self.pool.width())
        worth = int(PORTION / max(self.seconds / self.count, 1e-6))
        return max(1, min(self.pool.most, fair, worth))

    def _await(self) -> list[Done]:
        """The next portion that ends, kept; where all that is left is done by others, a look at them after a while."""
        if not self.out:
            if self.elsewhere and not self.ready:
                time.sleep(_WAIT)
                self.ready, self.elsewhere = self.elsewhere, deque()
            return []
        found = self.ended.get().result()
        self.out -= 1
        for done in found:
            self._keep(done)
        return found

    def _keep(self, done: Done) -> None:
        self.count += 1
        self.seconds += done.seconds
        if done.status == "failed":
            self.store.fail(done.task, done.error)
            return
        if done.line:
            self.store.append(done.line)
        self.store.refresh()  # a worker here has written it down itself
        self.store.forgive(done.task)
