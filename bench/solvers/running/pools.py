"""Workers behind one face: `submit(tasks)` gives a future of how they ended. loky's processes, Dask, Ray, MPI."""

import contextlib
import importlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

from ..planning.task import Task
from .interrupts import quiet_children, without_loky_noise
from .run_one import Done

Run = Callable[[Sequence[Task]], list[Done]]
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMBA_NUM_THREADS")
_LOOK = 1.0  # seconds between two looks at how many workers a cluster has


class Pool(NamedTuple):
    """submit: tasks, to be run one after the other -> a future of how they ended. width: how many run at a time now.

    ahead: portions that are handed out for each, beside the one that runs. most: tasks in a portion at most.
    """

    submit: Callable[[Sequence[Task]], Future[list[Done]]]
    width: Callable[[], int]
    ahead: int = 1
    most: int = 1


@contextlib.contextmanager
def loky_pool(run: Run, jobs: int, threads: int) -> Iterator[Pool]:
    """Processes on this machine; they are kept for the next sweep, and ended with an interrupted one."""
    joblib_loky = _optional(
        "joblib.externals.loky", "running in parallel needs joblib: pip install joblib (or --backend sequential)"
    )
    with without_loky_noise():
        executor = joblib_loky.get_reusable_executor(max_workers=jobs, env=dict.fromkeys(LIMITS, str(threads)))
        try:
            yield Pool(lambda tasks: executor.submit(run, tasks), lambda: jobs, most=16)
        except BaseException:
            executor.shutdown(wait=True, kill_workers=True)
            raise


@contextlib.contextmanager
def dask_pool(run: Run, jobs: int | None, address: str | None) -> Iterator[Pool]:
    """The workers of a Dask cluster: of that with an address as many as it has, if `jobs` does not say less."""
    dask = _optional("distributed", "--backend dask needs distributed: pip install distributed")
    with contextlib.ExitStack() as stack:
        target: Any = address
        if address is None:
            port = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}  # any that is free: there may be others
            local = {"processes": True, "scheduler_kwargs": port, "silence_logs": logging.CRITICAL}
            with quiet_children():
                cluster = dask.LocalCluster(n_workers=jobs, threads_per_worker=1, **local)
                target = stack.enter_context(cluster)
        client = stack.enter_context(dask.Client(target))
        executor = client.get_executor(pure=False)
        count = _Seldom(lambda: max(1, sum(client.nthreads().values())))
        width = count if jobs is None else lambda: jobs
        # where the cluster is asked for less than it has, what waits would be run at once
        ahead = 0 if jobs is not None and address is not None else 1
        yield Pool(lambda tasks: executor.submit(run, tasks), width, ahead, most=64)


@contextlib.contextmanager
def ray_pool(run: Run, jobs: int | None, address: str | None) -> Iterator[Pool]:
    """Ray's workers: of the cluster that RAY_ADDRESS names, or of this machine."""
    ray = _optional("ray", "--backend ray needs ray: pip install ray")
    begun = not ray.is_initialized()
    if begun:
        ray.init(log_to_driver=False)
    remote = ray.remote(run)
    try:
        yield Pool(lambda tasks: remote.remote(tasks).future(), lambda: jobs or 1, ahead=0, most=64)
    finally:
        if begun:
            ray.shutdown()


@contextlib.contextmanager
def mpi_pool(run: Run, jobs: int | None, address: str | None) -> Iterator[Pool]:
    """The other ranks of `mpiexec -n N python -m mpi4py.futures -m cli.main bench run ...`."""
    futures = _optional("mpi4py.futures", "--backend mpi needs mpi4py: pip install mpi4py, and an MPI")
    with futures.MPIPoolExecutor(jobs) as executor:
        yield Pool(lambda tasks: executor.submit(run, tasks), lambda: max(1, int(executor.num_workers)), most=64)


class _Seldom:
    """A number that is asked for at most once a second."""

    def __init__(self, ask: Callable[[], int]):
        self.ask, self.value, self.until = ask, 0, 0.0

    def __call__(self) -> int:
        now = time.monotonic()
        if now >= self.until:
            self.value, self.until = self.ask(), now + _LOOK
        return self.value


def _optional(module: str, otherwise: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ImportError(otherwise) from None
