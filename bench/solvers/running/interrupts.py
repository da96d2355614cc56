"""Keeps an interrupt of a sweep to the one line that says how to go on: workers and their engines stay silent."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

_DASK_LOG = "DASK_LOGGING__DISTRIBUTED"


@contextlib.contextmanager
def quiet_children() -> Iterator[None]:
    """Dask's processes started within ignore a Ctrl-C, which a terminal sends to all: ours answers it, and ends them.

    What they would log of lost connections is of no use then; why a run failed is written down in any case.
    """
    if threading.current_thread() is not threading.main_thread():  # where no handler can be set
        yield
        return
    usual, level = signal.signal(signal.SIGINT, signal.SIG_IGN), os.environ.get(_DASK_LOG)
    os.environ.setdefault(_DASK_LOG, "critical")
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if level is None:
            del os.environ[_DASK_LOG]


@contextlib.contextmanager
def without_loky_noise() -> Iterator[None]:
    """An interrupt makes loky's own thread fail with a long traceback; the one line of ours is enough."""
    usual = threading.excepthook

    def hook(args: threading.ExceptHookArgs) -> None:
        if getattr(args.thread, "name", "") != "ExecutorManagerThread":
            usual(args)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = usual
