"""A sweep from beginning to end: tune every solver on every problem, choose, run the choice with fresh seeds.

What is finished is never run again, so the same command continues an interrupted sweep.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..planning.manifest import Manifest, write_manifest
from ..planning.plan import pairs, tuning
from ..planning.task import Shard, Task, in_shard
from ..reading.choice import reporting
from ..reading.records import finished
from .building import build_model
from .engine import Engine, started
from .phase import Listener, run_missing


class Swept(NamedTuple):
    """Whether everything of this shard is there now, and the runs that failed."""

    complete: bool
    failed: list[Task]


def run_sweep(
    manifest: Manifest, folder: Path, engine: Engine, shard: Shard | None = None, listener: Listener | None = None
) -> Swept:
    """Run what is missing, and tell the listener.

    What keeps every run of a problem from starting (no data, a loss that does not exist) is raised here, before the
    first of them.
    """
    listener = listener or Listener()
    for problem in manifest.problems:
        build_model(problem.setup, np.random.default_rng(0))
    manifest = write_manifest(folder, manifest)
    with started(engine) as execute:
        tune = [task for one in pairs(manifest) for task in tuning(manifest, *one) if in_shard(task, shard)]
        failed = run_missing("tuning", tune, folder, execute, listener)
        found = [reporting(manifest, *one, folder) for one in pairs(manifest)]
        report = [task for tasks in found for task in tasks or () if in_shard(task, shard)]
        failed += run_missing("reporting", report, folder, execute, listener)
    complete = None not in found and all(finished(folder, task) for task in [*tune, *report])
    return Swept(complete, failed)
