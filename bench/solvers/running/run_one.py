"""One run: a pure function from a task to its record, the unit of every way to scale out."""

import functools
import importlib
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from base.environment import environment
from base.orphans import end_with

from ..planning.task import Task, located_task
from ..storage.log import Log
from ..storage.log_line import written
from ..storage.record import Record
from .first_order import train
from .full_batch import minimise
from .load_check import probe

# BLAS has one number of threads for the whole process, and its time is taken for the process: runs that share one, as
# the threads of a Dask worker do, take turns. Else the end of one would change the other's threads, and so its bits.
_ONE_AT_A_TIME = threading.Lock()


class Done(NamedTuple):
    """A task that ended: how ("done", "skipped", "failed"), after how many seconds.

    line: the run, where the process that did it has not written it down itself. error: why it failed.
    """

    task: Task
    status: str
    seconds: float
    line: bytes = b""
    error: str = ""


def run_batch(
    tasks: Sequence[Task], folder: Path | None, threads: int, places: Mapping[str, str], owner: int | None
) -> list[Done]:
    """Run some tasks in this process, a worker's. folder: where its log lies; None gives the lines back.

    owner: the process that this one works for, and ends with.
    """
    if owner is not None:
        _bound(owner)
    found = (run_one(task, threads, places) for task in tasks)
    return list(found) if folder is None else [_kept(done, _log(folder)) for done in found]


def _kept(done: Done, log: Log) -> Done:
    """Its line is on the disk before the next run begins."""
    if done.line:
        log.append(done.line)
    return done._replace(line=b"")


def run_one(task: Task, threads: int = 1, places: Mapping[str, str] = MappingProxyType({})) -> Done:
    """Run `task`; its line, or why there is none.

    places: where code of the user's own lies, by its hash.
    BLAS is limited to `threads`. An error of the run is told and the others go on; only an interrupt passes.
    """
    with _ONE_AT_A_TIME:
        begin = time.perf_counter()
        try:
            with _limited(threads):
                line = written(perform(task, places) if places else perform(task))
        except Exception as error:
            return Done(task, "failed", time.perf_counter() - begin, error=f"{type(error).__name__}: {error}")
        return Done(task, "done", time.perf_counter() - begin, line)


@functools.lru_cache(maxsize=1)
def _bound(owner: int) -> None:
    """Once in each worker: a sweep that is killed takes its workers along."""
    end_with(owner)


@functools.lru_cache(maxsize=1)
def _log(folder: Path) -> Log:
    """The log of this worker in the folder."""
    return Log(folder)


def perform(task: Task, places: Mapping[str, str] = MappingProxyType({})) -> Record:
    """Run `task` in this process; nothing is written."""
    work = located_task(task, places)
    before = probe()
    begin, busy = time.perf_counter(), time.process_time()
    with np.errstate(all="ignore"):  # a rate that is too large is part of the search space
        outcome, rows = train(work) if task.rule is not None else minimise(work)
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    load = {"before": before, "after": probe(), "seconds": seconds, "cpu_share": busy / seconds}
    machine = {**environment(), "commit": _commit(), "load": load}
    return Record(task, outcome, machine, rows)


def _limited(threads: int) -> AbstractContextManager[Any]:
    """joblib limits BLAS for one of its back-ends only, so the worker does it itself.

    Only what is loaded can be limited, and SciPy brings a BLAS of its own: it is loaded first.
    """
    importlib.import_module("scipy.linalg.blas")
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(threads, user_api="blas")
    return limits


@functools.lru_cache(maxsize=1)
def _commit() -> str | None:
    """The commit of the checkout that this file belongs to, or None."""
    command, here = ["git", "rev-parse", "HEAD"], Path(__file__).parent
    try:
        found = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
