"""Runs the worker for one submission under limits, and again without the function that hung or killed it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..workers import ENDED, STILL, steps


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
        worker, folder = f"{__package__}.worker", Path(submission).parent
        with contextlib.closing(steps(worker, request, folder, limits.timeout)) as told:
            answers, ended, running = _taken(told, answers)
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


def _taken(told: Iterator[dict[str, Any]], answers: Answers) -> tuple[Answers, str | None, str | None]:
    """`answers` with what one worker tells; how it ended, None for well; and the function that then ran."""
    names, points, rows, _ = answers
    running = None
    for step in told:
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
