"""What of two folders' runs is equal to the last digit that is kept, and what differs in plans, settings, versions."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..planning.manifest import COUNTS
from ..storage.record import Record, line, rounded
from .results import SweepResults

Difference = tuple[str, str, str]  # what, in A, in B


class Sameness(NamedTuple):
    """Of runs by seed: how many have the same settings, how many the same task, how many of those came out the same
    but for their times.
    """

    settings: int
    tasks: int
    equal: int


def sameness(pairs: Sequence[tuple[Record, Record]]) -> Sameness:
    """Of (run of A, run of B)."""
    alike = [(x, y) for x, y in pairs if x.task.id == y.task.id]
    settings = sum(x.task.settings == y.task.settings for x, y in pairs)
    return Sameness(settings, len(alike), sum(_numbers(x) == _numbers(y) for x, y in alike))


def _numbers(run: Record) -> str:
    """The outcome and the rows of a run as text, without times."""
    rows = [{key: one for key, one in row.items() if not key.startswith("seconds")} for row in run.rows]
    return "".join(map(line, [rounded(run.outcome), *map(rounded, rows)]))


def differences(a: SweepResults, b: SweepResults) -> list[Difference]:
    """In plan, search spaces and machine; settings are the pairs' own."""
    return [*_plan(a, b), *_spaces(a, b), *_machines(a, b)]


def _plan(a: SweepResults, b: SweepResults) -> list[Difference]:
    names = {"root": "root seed", "tuning_seeds": "tuning seeds"}
    told = [(names.get(key, key), getattr(a.manifest, key), getattr(b.manifest, key)) for key in ("root", *COUNTS)]
    pruned = {True: "yes", False: "no"}
    told.append(("pruned trials", pruned[a.manifest.prune], pruned[b.manifest.prune]))
    told.append(("engine", a.manifest.engine or "numpy", b.manifest.engine or "numpy"))
    return [(name, str(x), str(y)) for name, x, y in told if x != y]


def _spaces(a: SweepResults, b: SweepResults) -> list[Difference]:
    """What a search space of one solver says otherwise, its ranges and the hash of its code included."""
    others = {one.solver: one.as_dict() for one in b.manifest.spaces}
    found: list[Difference] = []
    for space in a.manifest.spaces:
        if space.solver not in others:
            continue
        ours, theirs = ({**one, **one["space"]} for one in (space.as_dict(), others[space.solver]))
        keys = [key for key in {**ours, **theirs} if key not in ("space", "contains")]
        found += [
            (f"{space.solver}: {key}", _space_words(ours.get(key)), _space_words(theirs.get(key)))
            for key in keys
            if ours.get(key) != theirs.get(key)
        ]
    return found


def _space_words(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = value.get("choices") or [value.get("low"), value.get("high")]
        return f"{value['scale']} {' '.join(map(str, inner))}"
    return "-" if value is None else str(value)[:12]


def _machines(a: SweepResults, b: SweepResults) -> list[Difference]:
    """Versions, processor, commit of the reporting runs, as far as they differ; several of one folder as they come."""
    ours, theirs = (_facts(one) for one in (a, b))
    names = {**ours, **theirs}
    return [(name, x, y) for name in names if (x := _words(ours.get(name, {}))) != (y := _words(theirs.get(name, {})))]


def _facts(results: SweepResults) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = {}
    for run in (run for entry in results.all for run in entry.report):
        for name, value in run.machine.items():
            if name != "load":
                found.setdefault(name, {})[str(value)[:12] if name == "commit" else str(value)] = None
    return found


def _words(values: Mapping[str, None]) -> str:
    return ", ".join(sorted(values)) or "-"
