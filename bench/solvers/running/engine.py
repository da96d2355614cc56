"""How to run tasks: one after the other here, or on many processes or machines.

Nothing depends on the engine: a task decides its result, so every way of running gives the same runs.
"""

import contextlib
import functools
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from .dask_pool import dask_pool
from .pools import Pool, loky_pool, mpi_pool, ray_pool
from .run_one import Done, run_batch

BACKENDS = ("sequential", "loky", "dask", "ray", "mpi")
_FAR = {"dask": dask_pool, "ray": ray_pool, "mpi": mpi_pool}  # workers that may stand on other machines


class Engine(NamedTuple):
    """How to run: processes at a time (-1: one per processor), the back-end, BLAS threads in each.

    jobs: None is one, and of a Dask cluster with an address, or of MPI, all its workers.
    address: of the scheduler of a running Dask cluster; without one a local cluster is started.
    places: where code of the user's own lies, by the hash of its source.
    """

    jobs: int | None = None
    backend: str = "loky"
    threads: int = 1
    address: str | None = None
    places: Mapping[str, str] = {}

    def checked(self) -> "Engine":
        """This engine with its number of jobs (None: all the workers there are), or ValueError."""
        if self.backend not in BACKENDS:
            raise ValueError(f"backend is {self.backend!r}; expected one of {', '.join(BACKENDS)}")
        if self.address is not None and self.backend != "dask":
            raise ValueError(f"a scheduler is Dask's, but backend is {self.backend!r}; take backend 'dask' with it")
        all_there = self.address is not None or self.backend == "mpi"
        jobs = self.jobs
        if jobs in (None, -1):
            jobs = None if all_there else 1 if jobs is None else os.cpu_count() or 1
        if (jobs is not None and jobs < 1) or self.threads < 1:
            raise ValueError(
                f"jobs is {jobs} and threads {self.threads}; expected at least 1 of each (or -1 jobs: all processors)"
            )
        return self._replace(jobs=jobs)

    @property
    def alone(self) -> bool:
        """Whether this process runs everything itself."""
        return self.backend == "sequential" or (self.backend == "loky" and self.jobs in (None, 1))


@contextlib.contextmanager
def started(engine: Engine, folder: Path) -> Iterator[Pool]:
    """The workers, who live as long as the context. Those on this machine write to logs in `folder` themselves; those
    that may stand on another give the lines back.

    ImportError, in one line, where the back-end needs a package that is not there.
    """
    engine = engine.checked()
    run = functools.partial(run_batch, threads=engine.threads, places=dict(engine.places))
    if engine.alone:
        yield Pool(lambda tasks: _at_once(functools.partial(run, tasks, None, owner=None)), lambda: 1, ahead=0)
        return
    if engine.backend == "loky":
        here = functools.partial(run, folder=folder.absolute(), owner=os.getpid())
        with loky_pool(here, engine.jobs or 1, engine.threads) as pool:
            yield pool
        return
    far = functools.partial(run, folder=None, owner=None)
    with _FAR[engine.backend](far, engine.jobs, engine.address) as pool:
        yield pool


def _at_once(call: functools.partial[list[Done]]) -> Future[list[Done]]:
    """What is done by the time it is handed out."""
    future: Future[list[Done]] = Future()
    future.set_result(call())
    return future
