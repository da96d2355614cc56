"""Sets the target of a problem: the median best measure of its reference solver over 20 seeds of their own, rounded.

A target that a known, untuned solver reaches half the time. AlgoPerf (Dahl et al., 2023) also takes a median over 20
seeds, but of the best setting of four algorithms that were tuned with 200 trials each. The reference
and its settings stand in the problem file; the seeds are disjoint from those of tuning and of reporting.
"""

import math
import re
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
from ..reading.measures import best
from ..storage.failures import read_failure
from ..storage.store import Store
from .building import build_model, load_data
from .engine import Engine, started
from .phase import Listener, run_missing

SEEDS = 20


def target_tasks(problem: Problem, root: int = 0, seeds: int = SEEDS) -> list[Task]:
    """The runs of the reference solver."""
    if "reference" not in problem.target:
        raise ValueError(f"problem {problem.name} has no target.reference = {{solver = ..., settings = {{...}}}}")
    reference = problem.target["reference"]
    return report_tasks(problem, load_space(reference["solver"]), reference["settings"], seeds, root, "target")


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
    """Put `name = value` into the [target] table of a problem file, in place of what stands there."""
    head, mark, table = path.read_text(encoding="utf-8").partition("[target]\n")
    if not mark:
        raise ValueError(f"{path} has no [target] table")
    for name, value in values.items():
        line = f"{name} = {toml_value(value)}"
        pattern = re.compile(rf"^{name} = .*$", re.MULTILINE)
        table = pattern.sub(lambda _, line=line: line, table) if pattern.search(table) else f"{table}{line}\n"  # type: ignore[misc]
    atomic_write(path, lambda stream: stream.write((head + mark + table).encode()))
    load_problem(path)
