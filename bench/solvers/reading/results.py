"""The results of a sweep: reads a folder of result files and finds out which runs belong together.

Only what the manifest plans is read: no trials beyond it, no repetitions of settings that are no longer the choice.
"""

import math
from pathlib import Path

from ..planning.halving import planned_tuning
from ..planning.manifest import Manifest, read_manifest
from ..planning.plan import pairs, tuning
from ..planning.problem import Problem
from ..planning.spaces import Space
from ..storage.failures import noted, read_reason
from ..storage.record import Record
from ..storage.store import Store
from .choice import Choice, choose, known_tasks, report_of, tuned_so_far
from .entry import Draw, Entry
from .load import require_quiet

METRICS = {"steps": "step", "examples": "examples", "epochs": "epoch", "seconds": "seconds_train"}


class SweepResults:
    """All entries of a folder. `problems`: in the manifest's order; `entries(problem)`: its solvers that have runs.

    target: read the same runs against another target; the settings stay those that were chosen for their own.
    metric: what is counted until the target and along the curves, one of METRICS; `axis` is its column.
    problem: only this one. anyway: read seconds even where the runs say that the machine was busy. Raises ValueError
    for a folder without results and for what does not fit them.
    """

    def __init__(
        self,
        folder: str | Path,
        target: float | None = None,
        metric: str = "steps",
        problem: str | None = None,
        anyway: bool = False,
    ):
        if target is not None and not 0 < target < math.inf:
            raise ValueError(f"target is {target:g}; expected a positive number")
        if metric not in METRICS:
            raise ValueError(f"metric is {metric!r}; expected one of {', '.join(METRICS)}")
        self.folder, self.metric, self.axis = Path(folder), metric, METRICS[metric]
        self.manifest = self._planned = _narrowed(read_manifest(self.folder), problem, target)
        store = Store(self.folder)
        found = [_read(self.manifest, problem, space, store) for problem, space in pairs(self.manifest)]
        self.damaged, self._store = store.notes(), store
        self.all = [_retargeted(entry, target) for entry in found if entry is not None]
        if any(entry.problem not in self.manifest.problems for entry in self.all):
            shown = {entry.problem.name: entry.problem for entry in self.all}
            kept = tuple(shown.get(problem.name, problem) for problem in self.manifest.problems)
            self.manifest = self.manifest._replace(problems=kept)
        self.problems = [one for one in self.manifest.problems if any(e.problem == one for e in self.all)]
        if not self.all:
            why = [self.failures(*pair) for pair in pairs(self.manifest)]
            raise ValueError(
                f"{self.folder} holds no finished run yet: 'layergraph bench run' with --out {self.folder}"
                f"{next((f' ({text})' for text in why if text), '')}"
            )

        if metric == "seconds" and not anyway:
            require_quiet(self.all, str(self.folder))

    def entries(self, problem: Problem) -> list[Entry]:
        """The solvers with results on this problem."""
        return [entry for entry in self.all if entry.problem == problem]

    @property
    def solvers(self) -> list[str]:
        """Names of all solvers with results, in the manifest's order; a solver's colour follows its place here."""
        m = self.manifest
        names = dict.fromkeys(space.solver for space in (*m.spaces, *m.untuned.values()))
        return [name for name in names if any(entry.solver == name for entry in self.all)]

    @property
    def missing(self) -> int:
        """Runs that are planned and not there."""
        m = self.manifest
        planned = m.studies * sum(len(planned_tuning(m, *pair)) + m.seeds for pair in pairs(m))
        return planned - sum(len(entry.tuning) + len(entry.earlier) + len(entry.report) for entry in self.all)

    @property
    def absent(self) -> list[Problem]:
        """Problems of which no run has finished: they are in no table, and must be spoken of."""
        return [one for one in self.manifest.problems if one not in self.problems]

    def unread(self, problem: Problem) -> int:
        """Runs of the problem that belong to no planned run: another version's, or of a choice that changed."""
        runs = [run for entry in self.entries(problem) for run in [*entry.tuning, *entry.earlier, *entry.report]]
        return self._store.unplanned(problem.name, [run.task for run in runs])

    def failures(self, problem: Problem, space: Space) -> str:
        """How many of the planned runs of a solver on a problem failed, and why the first did; empty where none has.

        What another version of the user's code, or of the plan, has failed at is of the past.
        """
        chosen_for = next(one for one in self._planned.problems if one.name == problem.name)  # its own target
        known = [known_tasks(study, chosen_for, space, self._store) for study in self._planned.split()]
        tasks = [task for tuned, report in known for task in [*tuned, *(report or ())]]
        found = noted(self.folder, [task for task in tasks if not self._store.finished(task)])
        return f"{len(found)} failed, the first by {read_reason(found[0])}" if found else ""


def _narrowed(manifest: Manifest, problem: str | None, target: float | None) -> Manifest:
    """The manifest with one problem alone, if asked; ValueError for a target that would mean several things."""
    kept = tuple(one for one in manifest.problems if problem in (None, one.name))
    if not kept:
        known = ", ".join(one.name for one in manifest.problems)
        raise ValueError(f"there are no results of problem {problem!r}. There are: {known}.")
    if target is not None and len({one.target["measure"] for one in kept}) > 1:
        meant = ", ".join(f"{one.target['measure']} of {one.name}" for one in kept)
        raise ValueError(f"a target would be compared with different things ({meant}): choose one problem with it")
    return manifest._replace(problems=kept)


def _retargeted(entry: Entry, target: float | None) -> Entry:
    if target is None:
        return entry
    changed = {**entry.problem.target, "value": float(target), "source": "given when the runs were read"}
    return entry._replace(problem=entry.problem._replace(target=changed))


def _validated(problem: Problem, run: Record) -> Problem:
    """The problem, which now knows what its runs measured."""
    return problem._replace(validated=str(run.outcome.get("measure", problem.validated)))


def _read(manifest: Manifest, problem: Problem, space: Space, store: Store) -> Entry | None:
    """The entry of a solver, with the studies that have runs. None without any run.

    ValueError for a result that is damaged: nothing is shown as if it had never been there.
    """
    found = [_draw(study, number, problem, space, store) for number, study in enumerate(manifest.split())]
    draws = [draw for draw in found if draw is not None]
    if not draws:
        return None
    planned = manifest.studies * (len(planned_tuning(manifest, problem, space)) + manifest.seeds)
    missing = planned - sum(len(draw.tuning) + len(draw.earlier) + len(draw.report) for draw in draws)
    first = [*draws[0].tuning, *draws[0].report][0]
    return Entry(_validated(problem, first), space, draws, missing, manifest.studies)


def _draw(study: Manifest, number: int, problem: Problem, space: Space, store: Store) -> Draw | None:
    """One study of a solver; while its tuning is not complete there are no reporting runs."""
    if study.prune:
        known = tuned_so_far(study, problem, space, store)
        runs = store.records(known.tasks)
        furthest = {(run.task.trial, run.task.repetition): run for run in runs}  # later stages stand later
        tuned = list(furthest.values())
        earlier = [run for run in runs if furthest[run.task.trial, run.task.repetition] is not run]
        among, complete = [run for run in tuned if run.task.until is None] or tuned, known.complete
    else:
        tasks = tuning(study, problem, space)
        among = tuned = store.records(tasks)
        earlier, complete = [], len(tuned) == len(tasks)
    if not tuned and space.fixed is None:
        return None
    choice = choose(among, problem) if space.fixed is None else Choice(dict(space.fixed), -1)
    wanted = report_of(study, problem, space, choice) if complete else []
    reports = store.records(wanted)
    return Draw(number, study.root, tuned, choice, reports, earlier) if tuned or reports else None
