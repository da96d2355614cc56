"""Runs the worker for one submission under limits, and again without the function that hung or killed it."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

STARTING = 30.0  # seconds more, for Python, NumPy and the reference on a busy machine
LONGEST = 4_000_000  # characters of a line: what is longer is not ours
ENDED, STILL = "ended", "still running after"


class Limits(NamedTuple):
    """timeout: seconds for each function; memory: megabytes of the process, None for no limit."""

    timeout: float = 30.0
    memory: int | None = 4096


class Answers(NamedTuple):
    """What the workers told of a submission: rows by function; why it could not be loaded, if it could not."""

    reference: list[str]
    points: Any
    rows: dict[str, dict[str, Any]]
    unloadable: str | None


def ask(submission: str, reference: str, limits: Limits, seed: int = 0, repair: bool = True) -> Answers:
    """Rows for every function of the reference, whatever the submission does.

    What was not back in time is asked once more: a machine that was busy elsewhere must not cost points.
    """
    answers, late = Answers([], {}, {}, None), set[str | None]()
    attempts = 0
    while attempts <= 2 * len(answers.reference) + 2:
        attempts += 1
        request = {"submission": submission, "reference": reference, "seed": seed, "repair": repair}
        request |= {"skip": list(answers.rows), "memory": limits.memory}
        with contextlib.closing(_steps(request, limits)) as steps:
            answers, ended, running = _taken(steps, answers)
        if ended is None or answers.unloadable is not None:
            return answers
        if ended.startswith(STILL) and running not in late:
            late.add(running)
        elif running is not None:
            answers.rows[running] = {"died": ended}
        else:
            where = "as the file was loaded" if answers.reference else "as the reference was loaded"
            return answers._replace(unloadable=f"{ended}, {where}")
    return answers._replace(unloadable="it does not come to an end")


def _taken(steps: Iterator[dict[str, Any]], answers: Answers) -> tuple[Answers, str | None, str | None]:
    """`answers` with what one worker tells; how it ended, None for well; and the function that then ran."""
    names, points, rows, _ = answers
    running = None
    for step in steps:
        if "reference" in step:
            names, points = [str(name) for name in step["reference"]], step.get("points")
        elif "unloadable" in step:
            return Answers(names, points, rows, str(step["unloadable"])), None, None
        elif "begin" in step:
            running = str(step["begin"])
        elif "row" in step and running is not None:
            rows[running], running = dict(step["row"]), None
        elif "end" in step:
            break
        elif ENDED in step:
            return Answers(names, points, rows, None), step[ENDED], running
    return Answers(names, points, rows, None), None, None


def _steps(request: dict[str, Any], limits: Limits) -> Generator[dict[str, Any], None, None]:
    """What one worker tells, and last how it ended: {"ended": words}; it is killed where nothing is told in time."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", f"{__package__}.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        errors="replace", start_new_session=True, cwd=Path(request["submission"]).parent, env=_environment(),
    )  # fmt: skip
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(process, json.dumps(request), lines), daemon=True).start()
    until = time.monotonic() + STARTING + limits.timeout
    try:
        while True:
            try:
                line = lines.get(timeout=max(until - time.monotonic(), 0.0))
            except queue.Empty:
                yield {ENDED: f"{STILL} {limits.timeout:g} s"}
                return
            if not line:
                yield {ENDED: _how(process)}
                return
            step = _parsed(line)
            if step:
                until = time.monotonic() + limits.timeout
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
