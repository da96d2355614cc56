"""Workers of a Dask cluster: of one that runs, found by the address of its scheduler, or of one started here."""

import asyncio
import contextlib
import logging
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any

from .interrupts import quiet_children
from .pools import LostWorkersError, Pool, Run, optional

_LOOK = 1.0  # seconds between two looks at how many workers a cluster has
_CLIENT_LOGS = ("distributed.client", "distributed.core", "distributed.comm", "distributed.batched")
_LOST = (CancelledError, asyncio.CancelledError)  # of the results that were waited for, of a question to the scheduler


@contextlib.contextmanager
def dask_pool(run: Run, jobs: int | None, address: str | None) -> Iterator[Pool]:
    """The workers of a Dask cluster: of that with an address as many as it has, if `jobs` does not say less.

    LostWorkersError where there is no scheduler, it is lost, or a run takes one worker after the other down with it.
    """
    dask = optional("distributed", "--backend dask needs distributed: pip install distributed")
    with contextlib.ExitStack() as stack:
        stack.enter_context(_told_once())
        target: Any = address
        if address is None:
            port = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}  # any that is free: there may be others
            local = {"processes": True, "scheduler_kwargs": port, "silence_logs": logging.CRITICAL}
            with quiet_children():
                cluster = dask.LocalCluster(n_workers=jobs, threads_per_worker=1, **local)
                target = stack.enter_context(cluster)
        client = stack.enter_context(_connected(dask, target))
        executor = client.get_executor(pure=False)
        count = _Workers(client)
        width = count if jobs is None else lambda: jobs
        # where the cluster is asked for less than it has, what waits would be run at once
        ahead = 0 if jobs is not None and address is not None else 1
        try:
            count()
            yield Pool(lambda tasks: executor.submit(run, tasks), width, ahead, most=64)
        except dask.KilledWorker as error:
            raise LostWorkersError(str(error)) from None
        except (Exception, asyncio.CancelledError) as error:
            if client.status == "running" and not isinstance(error, _LOST):
                raise
            raise LostWorkersError(f"the Dask scheduler at {address or 'this machine'} was lost") from None


@contextlib.contextmanager
def _connected(dask: Any, target: Any) -> Iterator[Any]:
    try:
        client = dask.Client(target)
    except OSError:
        raise LostWorkersError(f"no Dask scheduler answers at {target}: is 'dask scheduler' running there?") from None
    with client:
        yield client


@contextlib.contextmanager
def _told_once() -> Iterator[None]:
    """Of a lost connection the client logs pages; the one line of ours is enough."""
    loggers = [logging.getLogger(name) for name in _CLIENT_LOGS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class _Workers:
    """How many workers the cluster has, asked for at most once a second; warns once of none, and of several threads.

    A worker counts once, whatever its threads: runs take turns within a process.
    """

    def __init__(self, client: Any):
        self.client, self.count, self.until = client, 0, 0.0
        self.told = {"none": False, "threads": False}

    def __call__(self) -> int:
        now = time.monotonic()
        if now >= self.until:
            threads = self.client.nthreads()
            self._look_at(threads)
            self.count, self.until = max(1, len(threads)), now + _LOOK
        return self.count

    def _look_at(self, threads: Mapping[str, int]) -> None:
        if not threads:
            start = f"dask worker {self.client.scheduler.address} --nthreads 1"
            self._once("none", f"the Dask cluster has no worker yet, and the runs wait for one: {start}")
        several = {worker: count for worker, count in threads.items() if count > 1}
        if several:
            worker, count = next(iter(several.items()))
            more = f" (and {len(several) - 1} more)" if len(several) > 1 else ""
            self._once(
                "threads",
                f"the Dask worker at {worker}{more} has {count} threads, but runs take turns within a process: start"
                f" it with --nworkers {count} --nthreads 1 for {count} runs at a time",
            )

    def _once(self, what: str, text: str) -> None:
        if not self.told[what]:
            self.told[what] = True
            warnings.warn(text, stacklevel=2)
