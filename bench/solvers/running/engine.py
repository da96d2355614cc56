"""Runs tasks one after the other or, through joblib, on many processes or machines; results arrive as files.

Nothing depends on the engine: a task decides its result, so every way of running gives the same files.
"""

import contextlib
import functools
import importlib
import logging
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from base.orphans import end_with

from ..planning.task import Task
from .interrupts import quiet_children, without_loky_noise
from .run_one import run_one

BACKENDS = ("sequential", "loky", "dask", "ray")
_ROUND = 8  # runs per process in one portion, where a back-end gives back whole portions only


class Engine(NamedTuple):
    """How to run: processes at a time (-1: one per processor), joblib's back-end, BLAS threads in each.

    address: of the scheduler of a running Dask cluster; without one a local cluster is started.
    places: where code of the user's own lies, by the hash of its source.
    """

    jobs: int = 1
    backend: str = "loky"
    threads: int = 1
    address: str | None = None
    places: Mapping[str, str] = {}

    def checked(self) -> "Engine":
        """This engine with its number of jobs, or ValueError."""
        if self.backend not in BACKENDS:
            raise ValueError(f"backend is {self.backend!r}; expected one of {', '.join(BACKENDS)}")
        if self.address is not None and self.backend != "dask":
            raise ValueError(f"a scheduler is Dask's, but backend is {self.backend!r}; take backend 'dask' with it")
        jobs = os.cpu_count() or 1 if self.jobs == -1 else self.jobs
        if jobs < 1 or self.threads < 1:
            raise ValueError(
                f"jobs is {jobs} and threads {self.threads}; expected at least 1 of each (or -1 jobs: all processors)"
            )
        return self._replace(jobs=jobs)


class Done(NamedTuple):
    """A task that ended: how ("done", "skipped", "failed"), after how many seconds."""

    task: Task
    status: str
    seconds: float


Results = Generator[Done, None, None]
Execute = Callable[[Sequence[Task], Path], Results]


@contextlib.contextmanager
def started(engine: Engine) -> Iterator[Execute]:
    """A function (tasks, folder) -> results as they end, in any order; a cluster lives as long as the context.

    ImportError, in one line, where the back-end needs a package that is not there.
    """
    engine = engine.checked()
    if engine.backend == "sequential" or (engine.backend == "loky" and engine.jobs == 1):
        yield lambda tasks, folder: (_timed(task, folder, engine.threads, engine.places) for task in tasks)
        return
    try:
        import joblib
    except ImportError:
        raise ImportError("running in parallel needs joblib: pip install joblib (or --backend sequential)") from None
    with contextlib.ExitStack() as stack:
        stack.enter_context(_configured(joblib, engine, stack))

        def execute(tasks: Sequence[Task], folder: Path) -> Results:
            folder = folder.absolute()  # a process that is used again may stand in another folder
            owner = os.getpid() if engine.backend == "loky" else None  # the others see to their workers themselves
            calls = [joblib.delayed(_timed)(task, folder, engine.threads, dict(engine.places), owner) for task in tasks]
            how = {"n_jobs": engine.jobs, "batch_size": 1, "pre_dispatch": "all"}
            if engine.backend == "ray":  # which cannot hand over results one by one
                size = _ROUND * engine.jobs
                for begin in range(0, len(calls), size):
                    yield from joblib.Parallel(**how)(calls[begin : begin + size])
                return
            with contextlib.closing(joblib.Parallel(return_as="generator_unordered", **how)(calls)) as ended:
                yield from ended

        yield execute


def _timed(task: Task, folder: Path, threads: int, places: Mapping[str, str], owner: int | None = None) -> Done:
    """Run one task; owner: the process that this one works for, and ends with."""
    if owner is not None:
        _bound(owner)
    begin = time.perf_counter()
    status = run_one(task, folder, threads, places)
    return Done(task, status, time.perf_counter() - begin)


@functools.lru_cache(maxsize=1)
def _bound(owner: int) -> None:
    """Once in each worker: a sweep that is killed takes its workers along."""
    end_with(owner)


def _configured(joblib: Any, engine: Engine, stack: contextlib.ExitStack) -> Any:
    """joblib's settings for the back-end; starts a local Dask cluster where no address is given."""
    if engine.backend == "loky":
        stack.enter_context(without_loky_noise())
        return joblib.parallel_config(backend="loky", inner_max_num_threads=engine.threads)
    if engine.backend == "ray":
        _optional("ray", "ray.util.joblib", "ray").register_ray()
        return joblib.parallel_config(backend="ray")
    dask = _optional("dask", "distributed", "distributed")
    address: Any = engine.address
    if address is None:
        port = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}  # any that is free: there may be other sweeps
        local = {"processes": True, "scheduler_kwargs": port, "silence_logs": logging.CRITICAL}
        with quiet_children():
            cluster = dask.LocalCluster(n_workers=engine.jobs, threads_per_worker=1, **local)
            address = stack.enter_context(cluster)
    stack.enter_context(dask.Client(address))
    return joblib.parallel_config(backend="dask")


def _optional(backend: str, module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ImportError(f"--backend {backend} needs {package}: pip install {package}") from None
