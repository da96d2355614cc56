"""Ranks of a communicator as threads of this process: what MPI does for training, without MPI."""

import copy
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

IN_PLACE = object()  # stands for MPI.IN_PLACE
PATIENCE = 60.0  # seconds: a rank that fails must not leave the others waiting for ever


class Comm:
    """One rank's view, with the few methods that data-parallel training asks for."""

    def __init__(self, rank: int, size: int, slots: list[Any], barrier: threading.Barrier):
        self.rank, self.size, self._slots, self._barrier = rank, size, slots, barrier

    def barrier(self) -> None:
        self._barrier.wait()

    def allgather(self, value: Any) -> list[Any]:
        self._slots[self.rank] = value
        self._barrier.wait()
        found = copy.deepcopy(self._slots)
        self._barrier.wait()
        return found

    def bcast(self, value: Any) -> Any:
        return self.allgather(value)[0]

    def Allreduce(self, in_place: object, vector: np.ndarray) -> None:  # noqa: N802
        assert in_place is IN_PLACE
        vector[:] = np.sum(self.allgather(vector.copy()), axis=0)


def on_ranks(size: int, work: Callable[[Comm], Any]) -> list[Any]:
    """What `work(comm)` returns on each rank; an exception in its place where it raises."""
    slots, barrier, results = [None] * size, threading.Barrier(size, timeout=PATIENCE), [None] * size

    def run(rank: int) -> None:
        try:
            results[rank] = work(Comm(rank, size, slots, barrier))
        except Exception as error:
            results[rank] = error
            barrier.abort()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
