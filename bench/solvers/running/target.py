"""Sets the target of a problem: the median best measure of its reference solver over 20 seeds of their own, rounded.

A target that a known, untuned solver reaches half the time. AlgoPerf (Dahl et al., 2023) also takes a median over 20
seeds, but of the best setting of four algorithms that were tuned with 200 trials each. The reference
and its settings stand in the problem file; the seeds are disjoint from those of tuning and of reporting.
"""

import math
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from base.atomic import atomic_write
from base.files.toml_text import value as toml_value
from solver import minimize, streams

from ..planning.own_code import located
from ..planning.problem import Problem, load_problem
from ..planning.seeds import run_seed
from ..planning.spaces import load_space
from ..planning.task import Task, report_tasks
from ..planning.untuned import reference
from ..reading.measures import best
from ..storage.failures import read_failure
from ..storage.store import Store
from .building import build_model, load_data
from .engine import Engine, started
from .phase import Listener, run_missing

SEEDS = 20


def target_tasks(problem: Problem, root: int = 0, seeds: int = SEEDS) -> list[Task]:
    """The runs of the reference solver."""
    found = reference(problem)
    if found is None:
        raise ValueError(f"problem {problem.name} has no target.reference = {{solver = ..., settings = {{...}}}}")
    solver, settings = found
    return report_tasks(problem, load_space(solver), settings, seeds, root, "target")


def measure_target(problem: Problem, folder: Path, engine: Engine, listener: Listener, seeds: int = SEEDS) -> float:
    """Run the reference where results are missing; the median of the best measures, to two digits."""
    tasks, places = target_tasks(problem, seeds=seeds), dict(problem.places)
    build_model(located(problem.setup, places), streams(0).initialisation)  # no data, no such loss: said at once
    places |= load_space(problem.target["reference"]["solver"]).places
    store = Store(folder)
    with started(engine._replace(places=places), folder) as pool:
        failed = run_missing("target", tasks, store, pool, listener).failed
    if failed:
        raise ValueError(
            f"{len(failed)} of {len(tasks)} runs of the reference failed, first by {read_failure(folder, failed[0])}"
        )
    store.refresh()
    value = rounded_median([best(store.record(task), problem) for task in tasks])
    if not value > 0:
        raise ValueError(
            f"the reference of {problem.name} reaches {value:g} on half of its seeds: no target is harder. Give"
            " the problem more validation rows, less training, or a reference that leaves room"
        )
    return value


def rounded_median(values: Sequence[float]) -> float:
    """The median to two significant digits."""
    return float(f"{np.median(values):.2g}")


def find_optimum(problem: Problem) -> float:
    """The smallest training objective of a convex problem, by L-BFGS in float64 until its gradient is below 1e-9."""
    setup = located({**problem.setup, "model": {**problem.model, "dtype": "float64"}}, problem.places)
    model = build_model(setup, streams(run_seed(0, problem.name, "target", 0)).initialisation)
    for _ in range(20):
        found = minimize(model, load_data(setup), max_iter=5000, tolerance=1e-10, eval_every=10**9, maxfun=50000)
        if found.gradient_norm < 1e-9:
            break
    if not math.isfinite(found.loss) or found.gradient_norm > 1e-6:
        raise ValueError(f"no optimum found: the gradient is still {found.gradient_norm:.2g} ({found.message})")
    return found.loss


def write_values(path: Path, values: dict[str, Any]) -> None:
    """Put `name = value` into the [target] table of a problem file, in place of what stands there.

    ValueError, and the file stays as it is, where that would not be the problem with these values.
    """
    before, head, rest = _around(path.read_text(encoding="utf-8"), path)
    following = re.search(r"^[ \t]*\[", rest, re.MULTILINE)  # the head of another table
    table, after = (rest, "") if following is None else (rest[: following.start()], rest[following.start() :])
    for name, value in values.items():
        line = f"{name} = {toml_value(value)}"
        table, count = re.subn(rf"^[ \t]*{name}[ \t]*=.*$", lambda _, line=line: line, table, flags=re.MULTILINE)  # type: ignore[misc]
        body = table.rstrip()
        table = table if count else "".join((body, "\n", line, table[len(body) :] or "\n"))
    text = before + head + table + after
    try:
        written = tomllib.loads(text)["target"]
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not written as expected ({error}): put {values} into its [target] table") from None
    if any(written.get(name) != value for name, value in values.items()):
        raise ValueError(f"{path} is not written as expected: put {values} into its [target] table by hand")
    atomic_write(path, lambda stream: stream.write(text.encode()))
    load_problem(path)


def _around(text: str, path: Path) -> tuple[str, str, str]:
    """What stands before the line [target], that line, and what stands behind it."""
    found = re.search(r"^[ \t]*\[[ \t]*target[ \t]*\][ \t]*(#.*)?(\n|$)", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"{path} has no line [target]: write that table so, and give the command again")
    return text[: found.start()], found.group().rstrip("\n") + "\n", text[found.end() :]
