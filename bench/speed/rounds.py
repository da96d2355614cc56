"""Runs all contenders in turns, round by round, so that whatever else the machine does meets all of them alike."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from .problem import Problem
from .process import Process

Say = Callable[[str], None]
TOLERANCE = {"float32": 2e-4, "float64": 1e-7}  # relative, of the losses of the first steps


class UnequalWorkError(Exception):
    """A contender does not compute what the others compute."""


def measure(
    problems: Sequence[Problem], names: Sequence[str], *, rounds: int, seconds: float, threads: int | None, say: Say
) -> dict[str, Any]:
    """Seconds per step of every contender in every round, on every problem.

    names: contenders; "floor" and "ours" belong to them. rounds: of about `seconds` for each contender. threads: for
    everybody, None for as many as each runtime likes. Raises UnequalWorkError where losses differ.
    """
    result: dict[str, Any] = {"threads": threads, "load_before": _load(), "problems": []}
    with ExitStack() as stack:
        processes = {name: stack.enter_context(Process(name, threads)) for name in names}
        for problem in problems:
            say(f"{problem.hidden},{problem.batch} {problem.dtype} {problem.rule}: {', '.join(names)}")
            result["problems"].append(_one(problem, processes, rounds, seconds))
    result["load_after"], result["kernels"] = _load(), result["problems"][0]["kernels"]
    return result


def _one(problem: Problem, processes: dict[str, Process], rounds: int, seconds: float) -> dict[str, Any]:
    ready = {name: process.ask(problem=problem._asdict(), seconds=seconds) for name, process in processes.items()}
    missing = {name: answer["unavailable"] for name, answer in ready.items() if "unavailable" in answer}
    running = [name for name in processes if name not in missing]
    compare_losses({name: ready[name]["losses"] for name in running if name != "floor"}, TOLERANCE[problem.dtype])
    times: dict[str, list[float]] = {name: [] for name in running}
    for index in range(rounds):
        turn = index % len(running)
        for name in running[turn:] + running[:turn]:
            times[name].append(processes[name].ask()["seconds"] / ready[name]["steps"])
    losses = {name: ready[name]["losses"] for name in running}
    kernels = ready["ours"]["kernels"]
    return {**problem._asdict(), "seconds_per_step": times, "missing": missing, "losses": losses, "kernels": kernels}


def compare_losses(losses: dict[str, list[float]], tolerance: float) -> None:
    """UnequalWorkError unless all contenders have our losses, step by step."""
    expected = losses["ours"]
    for name, theirs in losses.items():
        if not np.allclose(theirs, expected, rtol=tolerance, atol=0):
            raise UnequalWorkError(
                f"{name} has the losses {np.round(theirs, 6).tolist()} from the common start on the common batches;"
                f" expected {np.round(expected, 6).tolist()}. It does other work: the times would compare nothing."
            )


def _load() -> float | None:
    """Processes that want a processor, averaged over the last minute; None where it cannot be known."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
