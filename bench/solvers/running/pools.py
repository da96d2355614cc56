"""Workers behind one face: `submit(tasks)` gives a future of how they ended. loky's processes, Ray, MPI."""

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from typing import Any, NamedTuple

from ..planning.task import Task
from .interrupts import without_loky_noise
from .run_one import Done

Run = Callable[[Sequence[Task]], list[Done]]
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMBA_NUM_THREADS")

# Seconds after which a worker without work ends. With loky's own ten, one does so while the other, on a busy machine,
# is still being started: loky warns of that, and where warnings are errors its thread dies and the sweep hangs.
_IDLE = 600


class LostWorkersError(RuntimeError):
    """Who makes the runs is gone: a scheduler, or one worker after the other. What is finished is kept."""


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
    joblib_loky = optional(
        "joblib.externals.loky", "running in parallel needs joblib: pip install joblib (or --backend sequential)"
    )
    with without_loky_noise():
        limits = dict.fromkeys(LIMITS, str(threads))
        executor = joblib_loky.get_reusable_executor(max_workers=jobs, timeout=_IDLE, env=limits)
        try:
            yield Pool(lambda tasks: executor.submit(run, tasks), lambda: jobs, most=16)
        except BaseException as error:
            executor.shutdown(wait=True, kill_workers=True)
            if isinstance(error, BrokenExecutor):
                why = "a worker process died (was it killed, or is there too little memory?)"
                raise LostWorkersError(why) from None
            raise


@contextlib.contextmanager
def ray_pool(run: Run, jobs: int | None, address: str | None) -> Iterator[Pool]:
    """Ray's workers: of the cluster that RAY_ADDRESS names, or of this machine."""
    ray = optional("ray", "--backend ray needs ray: pip install ray")
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
    """The other ranks of `mpiexec -n N python -m mpi4py.futures -m cli.main bench run ...`.

    ValueError where the command was not started so: each rank would be a sweep of its own, or wait for ever.
    """
    otherwise = "--backend mpi needs mpi4py: pip install mpi4py, and an MPI"
    ranks = optional("mpi4py.MPI", otherwise).COMM_WORLD.size
    futures = optional("mpi4py.futures", otherwise)
    if ranks == 1 or "mpi4py.futures" not in sys.orig_argv:
        raise ValueError(
            f"backend is 'mpi', but no other rank works for this one (of {ranks}). Start the command as"
            " 'mpiexec -n N python -m mpi4py.futures -m cli.main bench run ...', N at least 2"
        )
    with futures.MPIPoolExecutor(jobs) as executor:
        yield Pool(lambda tasks: executor.submit(run, tasks), lambda: max(1, int(executor.num_workers)), most=64)


def optional(module: str, otherwise: str) -> Any:
    """The module; ImportError with `otherwise` where it, or what it needs, is not there."""
    try:
        return importlib.import_module(module)
    except (ImportError, RuntimeError):  # mpi4py says so where it finds no MPI
        raise ImportError(otherwise) from None
