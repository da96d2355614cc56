"""A contender's process seen from the parent: how it is started, with which number of threads, and asked."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from .problem import UnavailableError

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# Each holds one library to an older processor's instructions, and the others not.
HANDICAPS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "MKL_ENABLE_INSTRUCTIONS", "ATEN_CPU_CAPABILITY",
             "DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA")  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A worker that answers one request at a time; a context manager that ends it."""

    def __init__(self, name: str, threads: int | None, module: str = "bench.speed.worker"):
        self.name = name
        command = [sys.executable, "-m", module, name, str(threads or "all")]
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=worker_environment(threads)
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer; RuntimeError where the process died."""
        try:
            print(json.dumps(request), file=self._child.stdin, flush=True)
            line = self._child.stdout.readline() if self._child.stdout else ""
        except BrokenPipeError:
            line = ""
        if not line:
            code = self._child.wait()
            raise RuntimeError(f"the process of {self.name!r} ended with code {code}; see its output above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.communicate()


def threads_asked_for() -> int | None:
    """The worker's side: the second argument of its command line, None for as many as a library likes."""
    return int(sys.argv[2]) if sys.argv[2] != "all" else None


def served(answer: Callable[[dict[str, Any]], dict[str, Any]], threads: int | None) -> None:
    """The worker's side: answer each request, a JSON line on stdin, by one on stdout, until stdin ends.

    With one thread the process keeps to one processor: XLA starts as many threads as it sees, whatever it is told.
    """
    if threads == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except UnavailableError as reason:
            reply = {"unavailable": str(reason)}
        print(json.dumps(reply), file=answers, flush=True)


def worker_environment(threads: int | None) -> dict[str, str]:
    """Ours, with as many threads as asked for everywhere (None: as each runtime likes), and without handicaps."""
    env = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES + HANDICAPS}
    env |= {"PYTHONPATH": os.pathsep.join([str(ROOT), env.get("PYTHONPATH", "")]).rstrip(os.pathsep)}
    env |= {"OMP_WAIT_POLICY": "passive", "JAX_PLATFORMS": "cpu"}
    if threads is not None:
        env |= dict.fromkeys(THREAD_VARIABLES, str(threads))
    if threads == 1:
        env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return env
