"""One run: a pure function from a task to a result file, the unit of every way to scale out."""

import functools
import importlib
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from base.environment import environment

from ..planning.task import Task, located_task
from ..reading.records import Record, finished, write_failure, write_record
from .first_order import train
from .full_batch import minimise
from .load_check import probe

# BLAS has one number of threads for the whole process, and its time is taken for the process: runs that share one, as
# the threads of a Dask worker do, take turns. Else the end of one would change the other's threads, and so its bits.
_ONE_AT_A_TIME = threading.Lock()


def run_one(task: Task, folder: str | Path, threads: int = 1, places: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run `task` and write its file below `folder`, unless it is there; "done", "skipped" or "failed".

    places: where code of the user's own lies, by its hash.
    BLAS is limited to `threads`. An error of the run is written down and the others go on; only an interrupt passes.
    """
    folder = Path(folder)
    if finished(folder, task):
        return "skipped"
    try:
        with _ONE_AT_A_TIME, _limited(threads):
            write_record(folder, perform(task, places) if places else perform(task))
    except Exception as error:
        write_failure(folder, task, error)
        return "failed"
    return "done"


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
