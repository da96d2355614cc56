"""A Dask cluster as people start it: `dask scheduler` and `dask worker`, each a process of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PATIENCE = 600.0  # where many others work, too, Dask's processes take minutes to start
# In a worker: its third run does not end, and says which process that is. Of those started again, none hangs.
HANGS = """
import os, time
from pathlib import Path

def dask_setup(worker):
    from bench.solvers.running import run_one
    usual, mark, count = run_one.perform, Path({mark!r}), [0]
    def perform(task):
        count[0] += 1
        if count[0] == 3 and not mark.exists():
            mark.with_suffix(".new").write_text(str(os.getpid()))
            mark.with_suffix(".new").rename(mark)
            time.sleep({patience})
        return usual(task)
    run_one.perform = perform
"""


class Cluster:
    """What has been started below a folder; `address` is the scheduler's."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack):
        self.folder, self.stack = folder, stack
        where = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", where)
        wait_for(where.exists)
        self.address = str(json.loads(where.read_text())["address"])

    def worker(self, *words: object) -> None:
        """Start one more worker of one thread."""
        self._start("worker", self.address, "--nworkers", "1", "--nthreads", "1", "--host", "127.0.0.1", *words)

    def hanging_worker(self) -> Path:
        """Start a worker that hangs in its third run; the file that then holds the number of its process."""
        mark, preload = self.folder / "hangs", self.folder / "hanging.py"
        preload.write_text(HANGS.format(mark=str(mark), patience=PATIENCE), encoding="utf-8")
        self.worker("--preload", preload)
        return mark

    def _start(self, *words: object) -> subprocess.Popen[bytes]:
        module = f"distributed.cli.dask_{words[0]}"  # what `dask scheduler` and `dask worker` run
        command = [sys.executable, "-m", module, *map(str, words[1:]), "--no-dashboard"]
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
        self.stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    """A scheduler, and what workers are asked for, until the end."""
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        yield Cluster(folder, stack)


def wait_for(come: Callable[[], object]) -> None:
    """Until it is so; an error after a long time, where something has died instead."""
    until = time.monotonic() + PATIENCE
    while not come():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {PATIENCE:g} s in vain")
        time.sleep(0.02)
