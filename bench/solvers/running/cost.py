"""What a sweep would cost: some steps of every solver on every problem are timed, missing runs counted."""

from pathlib import Path
from typing import Any, NamedTuple

from ..planning.halving import planned_tuning
from ..planning.manifest import Manifest, joined
from ..planning.plan import first_task, pairs
from ..planning.problem import Problem
from ..planning.spaces import Space
from ..planning.task import Shard, Task, in_shard, located_task
from ..reading.choice import known_tasks
from ..storage.store import Store
from .first_order import timing
from .full_batch import pass_seconds
from .progress import clock
from .trial import try_out


class Cost(NamedTuple):
    """One solver on one problem: missing and all runs, estimated seconds of one run."""

    problem: str
    solver: str
    missing: int
    total: int
    seconds: float


def estimate(manifest: Manifest, folder: Path, shard: Shard | None = None) -> list[Cost]:
    """The cost of every solver on every problem, what the folder holds included, as 'bench run' would.

    Reporting runs whose settings are not chosen yet are missing; ValueError where the folder holds another sweep.
    """
    try_out(manifest)
    manifest = joined(folder, manifest)
    store = Store(folder)
    return [_cost(manifest, problem, space, store, shard) for problem, space in pairs(manifest)]


def describe(
    manifest: Manifest, folder: Path, jobs: int, shard: Shard | None = None
) -> tuple[list[str], dict[str, Any]]:
    """The estimate as lines to print, and as plain values."""
    costs = estimate(manifest, folder, shard)
    total = sum(cost.missing * cost.seconds for cost in costs)
    lines = [f"{'problem':20}{'solver':20}{'runs':>12}{'a run':>10}{'in all':>11}"]
    for cost in costs:
        runs = f"{cost.missing} of {cost.total}"
        whole = clock(cost.missing * cost.seconds)
        lines.append(f"{cost.problem:20}{cost.solver:20}{runs:>12}{cost.seconds:>8.1f} s{whole:>11}")
    lines.append(
        f"about {clock(total / jobs)} with {jobs} at a time, from a few timed steps on this machine as it is now"
    )
    return lines, {"costs": [cost._asdict() for cost in costs], "seconds": total / jobs}


def _cost(manifest: Manifest, problem: Problem, space: Space, store: Store, shard: Shard | None) -> Cost:
    known, unknown, rungs = list[Task](), 0, list[float]()
    for study in manifest.split():
        tuned, later = known_tasks(study, problem, space, store)
        known += [task for task in [*tuned, *(later or ())] if in_shard(task, shard)]
        rungs += planned_tuning(study, problem, space)[len(tuned) :]  # which trials come to them is not known yet
        unknown += manifest.seeds * (later is None)
    shares, unknown = [*rungs, *[1.0] * unknown], unknown + len(rungs)
    # before they are chosen, the settings of reporting runs, and so their shards, are unknown: an even share is counted
    unknown = unknown if shard is None else round(unknown / shard[1])
    parts = [task.until or 1.0 for task in known if not store.finished(task)]
    missing = len(parts)
    probe = first_task(manifest, problem, space)
    seconds = _seconds(located_task(probe, manifest.places)) if missing + unknown else 0.0
    seconds *= sum(parts + shares) / max(len(parts + shares), 1)  # of a run as long as these are on average
    return Cost(problem.name, space.solver, missing + unknown, len(known) + unknown, seconds)


def _seconds(task: Task) -> float:
    return timing(task) if task.rule is not None else pass_seconds(task)
