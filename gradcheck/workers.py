"""Processes that run a user's file: asked in JSON, they tell each step in a line of JSON, and end with who asked."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

from base.orphans import end_with

from .report.json_report import plain

STARTING = 30.0  # seconds more, for Python, NumPy and the file itself on a busy machine
LONGEST = 4_000_000  # characters of a line: what is longer is not ours
ENDED, STILL = "ended", "still running after"


def steps(
    module: str, request: Mapping[str, Any], folder: Path, timeout: float, starting: float = STARTING
) -> Generator[dict[str, Any], None, None]:
    """What one worker tells, and last how it ended: {"ended": words}; it is killed where nothing is told in time.

    module: run with `python -P -m`, with the request as JSON on standard input, in `folder`.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        errors="replace", start_new_session=True, cwd=folder, env=_environment(),
    )  # fmt: skip
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(process, json.dumps(request), lines), daemon=True).start()
    until = time.monotonic() + starting + timeout
    try:
        while True:
            try:
                line = lines.get(timeout=max(until - time.monotonic(), 0.0))
            except queue.Empty:
                yield {ENDED: f"{STILL} {timeout:g} s"}
                return
            if not line:
                yield {ENDED: _how(process)}
                return
            step = _parsed(line)
            if step:
                until = time.monotonic() + timeout
                yield step
    finally:
        _kill(process)


def _read(process: subprocess.Popen[str], request: str, lines: "queue.Queue[str]") -> None:
    """Hand over the request, then every line; an empty one at the end."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.write(request)
            process.stdin.close()
    if process.stdout is None:
        return
    with process.stdout as stream:  # closed here: a child of the submission may hold it open for ever
        line = "first"
        while line:
            line = stream.readline(LONGEST)
            lines.put(line)


def _parsed(line: str) -> dict[str, Any]:
    try:
        step = json.loads(line)
    except ValueError:
        return {}
    return step if isinstance(step, dict) and ENDED not in step else {}


def _environment() -> dict[str, str]:
    """One thread for products: submissions run side by side, and threads take address space."""
    single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **single, "MPLBACKEND": "agg"}


def _how(process: subprocess.Popen[str]) -> str:
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "it closed its output and ran on"
    if code < 0:
        name = signal.Signals(-code).name
        why = {
            "SIGSEGV": " (recursion without end, or broken memory)",
            "SIGKILL": " (the system's memory was used up?)",
        }
        return f"it ended the process by {name}{why.get(name, '')}"
    return f"it ended the process with exit code {code}"


def _kill(process: subprocess.Popen[str]) -> None:
    """End the worker and whatever it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def asked() -> tuple[dict[str, Any], Callable[..., None]]:
    """In a worker: the request, and a function that tells a step by keywords. It ends with the process that asked.

    Standard input, output and errors lead nowhere from here on.
    """
    end_with(os.getppid())
    request = json.load(sys.stdin)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)

    def tell(**step: Any) -> None:
        channel.write(json.dumps(plain(step)) + "\n")
        channel.flush()

    return request, tell
