"""A sweep from beginning to end, study by study: tune every solver on every problem, choose, run with fresh seeds.

What is finished is never run again, so the same command continues an interrupted sweep.
"""

from pathlib import Path
from typing import NamedTuple

from solver import rules

from ..planning.manifest import Manifest, changed_code, write_manifest
from ..planning.own_code import located_rule
from ..planning.plan import cells, tuning
from ..planning.scheduled import rule_settings
from ..planning.task import Shard, Task, in_shard
from ..reading.choice import reporting
from ..reading.records import finished
from .engine import Engine, started
from .phase import Listener, run_missing
from .trial import try_out


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
    try_out(manifest, engine)
    for space in manifest.spaces:
        if space.rule is not None and space.code is not None:
            for text in rules.unread(
                located_rule(space.rule, space.code, manifest.places),
                rule_settings(space.ranges),
            ):
                listener.note(text)
    for label in changed_code(folder, manifest):
        listener.note(f"{label} has changed since the runs in {folder}: its runs are made again")
    manifest = write_manifest(folder, manifest)
    with started(engine._replace(places=manifest.places)) as execute:
        tune = [task for one in cells(manifest) for task in tuning(*one) if in_shard(task, shard)]
        failed = run_missing("tuning", tune, folder, execute, listener)
        found = [reporting(*one, folder) for one in cells(manifest)]
        report = [task for tasks in found for task in tasks or () if in_shard(task, shard)]
        failed += run_missing("reporting", report, folder, execute, listener)
    complete = None not in found and all(finished(folder, task) for task in [*tune, *report])
    return Swept(complete, failed)
