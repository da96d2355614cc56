"""How far the sweep of a folder is: per problem and solver what is done of what is planned, running, failed."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from base.files.claims import held

from ..planning.halving import planned_tuning
from ..planning.manifest import NAME, Manifest, read_manifest
from ..planning.plan import cells, tuning
from ..planning.task import Task
from ..reading.choice import known_tasks
from ..storage.failures import noted, read_reason
from ..storage.log import logs
from ..storage.store import Store

CLAIMS = ".claims"
REASONS = 3  # that are told of one solver, each once
SAMPLE = 20  # runs of a solver that tell how long one takes


class Part(NamedTuple):
    """One solver on one problem, all studies: (done, planned) of tuning and of reporting runs.

    running: runs that a process has claimed, None where the system cannot tell; seconds: of a run, on average, None
    while none has ended; failed: how many of the planned have no result but a reason; reasons: the first few.
    """

    problem: str
    solver: str
    tuning: tuple[int, int]
    reporting: tuple[int, int]
    running: list[str] | None
    failed: int
    reasons: list[str]
    seconds: float | None

    @property
    def left(self) -> int:
        """Runs that are planned and not there."""
        return sum(planned - done for done, planned in (self.tuning, self.reporting))

    @property
    def done(self) -> int:
        """Runs that are there."""
        return self.tuning[0] + self.reporting[0]


class State(NamedTuple):
    """What there is to see. waiting: why nothing can be shown, or "" ; notes: damaged lines."""

    waiting: str
    parts: list[Part]
    notes: list[str]

    @property
    def done(self) -> int:
        """Runs that are there."""
        return sum(part.done for part in self.parts)

    @property
    def left(self) -> int:
        """Runs that are planned and not there."""
        return sum(part.left for part in self.parts)

    @property
    def running(self) -> int | None:
        """Runs that are claimed; None where the system cannot tell."""
        known = [part.running for part in self.parts if part.running is not None]
        return sum(map(len, known)) if known or not self.parts else None


def look(folder: Path) -> State:
    """The state of the folder now; where it is absent or damaged that is said, and nothing is raised."""
    if not folder.is_dir():
        return State(f"there is no folder {folder} yet: waiting for 'layergraph bench run --out {folder}'", [], [])
    if not (folder / NAME).exists():
        return State(f"{folder} holds no sweep yet (there is no {NAME}): waiting for 'layergraph bench run'", [], [])
    try:
        manifest, store = read_manifest(folder), Store(folder)
        notes = store.notes()
        return State("", list(_parts(manifest, store)), notes)
    except (ValueError, OSError) as error:
        return State(str(error), [], [])


def signature(folder: Path) -> tuple[object, ...]:
    """Equal as long as nothing was written there: the names, sizes and times of what a sweep writes."""
    names = [folder / NAME, *logs(folder), *sorted(folder.glob("*/*/*.jsonl")), *_failures(folder)]
    found = []
    for path in names:
        try:
            about = path.stat()
        except OSError:
            continue
        found.append((path.name, about.st_size, about.st_mtime_ns))
    return tuple(found)


def last_written(folder: Path) -> float | None:
    """When the youngest of its results was written, in seconds since 1970; None where there is none."""
    times = []
    for path in [*logs(folder), *folder.glob("*/*/*.jsonl")]:
        try:
            times.append(path.stat().st_mtime)
        except OSError:
            continue
    return max(times, default=None)


def _failures(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*.failed.json"))


def _parts(manifest: Manifest, store: Store) -> Iterator[Part]:
    claimed = held(store.folder / CLAIMS)
    both: dict[tuple[str, str], list[tuple[list[Task], int, list[Task] | None, int]]] = {}
    for study, problem, space in cells(manifest):
        planned = len(planned_tuning(study, problem, space))
        try:
            tune, report = known_tasks(study, problem, space, store)
        except ValueError:  # an older file of it is damaged: what would follow is not known
            tune, report = tuning(study, problem, space), None
        both.setdefault((problem.name, space.solver), []).append((tune, planned, report, study.seeds))
    for (problem_name, solver), studies in both.items():
        tasks = [task for tune, _, report, _ in studies for task in [*tune, *(report or [])]]
        whole = {task.id for task in tasks if store.finished(task)}
        tuned = [task.id in whole for tune, *_ in studies for task in tune]
        reported = [task.id in whole for *_, report, _ in studies for task in report or []]
        running = None
        if claimed is not None:
            missing = [task for task in tasks if task.id not in whole]
            running = [_words(task, manifest) for task in missing if int(task.id, 16) in claimed]
        failures = noted(store.folder, [task for task in tasks if task.id not in whole])
        reasons = list(dict.fromkeys(map(read_reason, failures)))
        yield Part(
            problem_name, solver, (sum(tuned), sum(planned for _, planned, *_ in studies)),
            (sum(reported), sum(seeds for *_, seeds in studies)),
            running, len(failures), reasons[:REASONS], _seconds([task for task in tasks if task.id in whole], store),
        )  # fmt: skip


def _words(task: Task, manifest: Manifest) -> str:
    roots = [study.root for study in manifest.split()]
    which = f"study {roots.index(task.root)}, " if len(roots) > 1 and task.root in roots else ""
    return f"{which}trial {task.trial}" if task.purpose == "tune" else f"{which}seed {task.repetition}"


def _seconds(tasks: list[Task], store: Store) -> float | None:
    """How long a run took on average, of the last few; as older runs did not say it, by what their rows say."""
    found = []
    for task in tasks[-SAMPLE:]:
        try:
            run = store.record(task)
        except ValueError:
            continue
        last = run.rows[-1]
        found.append(float(run.machine["load"].get("seconds") or last["seconds_train"] + last["seconds_eval"]))
    return sum(found) / len(found) if found else None
