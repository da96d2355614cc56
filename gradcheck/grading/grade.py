"""Points for a submission: for each function of the reference half for its values, half for its gradients."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from base.words import did_you_mean

from ..codes import MEANINGS
from ..findings import Finding
from .process import Answers, Limits, ask
from .values import NOT_COMPARED, RIGHT

EACH = 2.0  # points of a function that POINTS of the reference does not name
SEVERITIES = ("error", "warning", "note")


@dataclass
class Row:
    """One function of a submission: its points, what was said of its values, its verdict and findings."""

    name: str
    of: float
    points: float = 0.0
    values: str = NOT_COMPARED
    words: str = ""
    numbers: str = ""
    verdict: str = "not checked"
    findings: list[Finding] = field(default_factory=list)
    place: str | None = None
    source_text: str | None = None
    source_start: int = 1


@dataclass
class Graded:
    """A submission: its label, its rows, and in one line why there is nothing to say of it."""

    label: str
    rows: list[Row]
    unloadable: str | None = None

    @property
    def points(self) -> float:
        """The sum over its rows."""
        return sum(row.points for row in self.rows)

    @property
    def of(self) -> float:
        """What could be had."""
        return sum(row.of for row in self.rows)


@dataclass
class Reference:
    """A reference that was checked itself: points of its functions, those whose values count, whose gradients count.

    left_out: what cannot be graded, with the reason.
    """

    path: str
    points: dict[str, float]
    values: set[str]
    gradients: set[str]
    left_out: dict[str, str]


def read_reference(path: str | Path, limits: Limits, seed: int = 0) -> Reference:
    """Check the reference against itself: only what is right there is graded. ValueError where nothing is left."""
    where = str(Path(path).resolve())
    answers = ask(where, where, limits, seed, repair=False)
    if answers.unloadable is not None:
        raise ValueError(f"the reference {path} cannot be graded against: {answers.unloadable}")
    rows = {name: _row(name, 0.0, answers.rows.get(name, {})) for name in answers.reference}
    points = _points(answers, path)
    values = {name for name, row in rows.items() if row.values == RIGHT}
    gradients = {name for name, row in rows.items() if row.verdict == "pass"}
    failing = {name for name, row in rows.items() if row.verdict == "fail"}
    kept = (values | gradients) - failing
    left_out = {name: describe(rows[name], hints_only=False) for name in rows if name not in kept}
    if not kept:
        reasons = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise ValueError(
            f"the reference {path} has nothing that passes its own check{': ' + reasons if reasons else ''}"
        )
    return Reference(
        where, {name: points.get(name, EACH) for name in rows if name in kept}, values, gradients, left_out
    )


def _points(answers: Answers, path: str | Path) -> dict[str, float]:
    given = answers.points or {}
    if not isinstance(given, Mapping):
        raise ValueError(f"POINTS of {path} is {given!r}; expected a dict of names and numbers")
    for name, value in given.items():
        if name not in answers.reference:
            raise ValueError(f"POINTS of {path} names {name!r}.{did_you_mean(name, answers.reference)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"POINTS[{name!r}] of {path} is {value!r}; expected a number, 0 or more")
    return {name: float(value) for name, value in given.items()}


def grade(submission: str | Path, label: str, reference: Reference, limits: Limits, seed: int, repair: bool) -> Graded:
    """The rows of one submission; whatever it does, there is a row for every function of the reference."""
    path = Path(submission).resolve()
    answers = ask(str(path), reference.path, limits, seed, repair)
    unloadable = answers.unloadable
    if unloadable is not None:  # a student's page says nothing of the teacher's folders
        unloadable = unloadable.replace(f"{path.parent}{os.sep}", "")
    rows = [_row(name, of, answers.rows.get(name, {"absent": unloadable})) for name, of in reference.points.items()]
    for row in rows:
        row.points = _earned(row, reference)
    return Graded(label, rows, unloadable)


def grade_all(
    submissions: Mapping[str, str | Path],
    reference: Reference,
    limits: Limits,
    *,
    seed: int = 0,
    repair: bool = True,
    jobs: int = 1,
) -> Iterator[Graded]:
    """Label -> file, graded in their order, `jobs` at a time (by joblib; each runs in a process of its own anyway)."""
    fixed = (reference, limits, seed, repair)
    if jobs == 1 or len(submissions) == 1:
        yield from (grade(path, label, *fixed) for label, path in submissions.items())
        return
    try:
        import joblib
    except ImportError:
        raise ImportError("grading several files at a time needs joblib: pip install joblib (or --jobs 1)") from None
    calls = [joblib.delayed(grade)(path, label, *fixed) for label, path in submissions.items()]
    yield from joblib.Parallel(n_jobs=jobs, prefer="threads", return_as="generator")(calls)


def _earned(row: Row, reference: Reference) -> float:
    """Half for values, half for gradients; all for the one where the other cannot be had of the reference."""
    values, gradients = row.name in reference.values, row.name in reference.gradients
    share = row.of / (values + gradients)
    return share * ((values and row.values == RIGHT) + (gradients and row.verdict == "pass"))


def _row(name: str, of: float, told: Mapping[str, Any]) -> Row:
    """A row from what the worker told; nothing of it is taken as it is: another's code ran in that process."""
    row = Row(name, of)
    for key, verdict in (("absent", "missing"), ("died", "ended"), ("unchecked", "not checked")):
        if told.get(key):
            row.verdict, row.words = verdict, str(told[key])
    values = told.get("values")
    if isinstance(values, Mapping):
        row.values, row.numbers = str(values.get("verdict")), str(values.get("numbers", ""))
        row.words = "; ".join(filter(None, (str(values.get("words", "")), row.words)))
    row.verdict = str(told.get("verdict", row.verdict))
    row.findings = [_finding(one) for one in told.get("findings") or [] if isinstance(one, Mapping)]
    row.findings = [one for one in row.findings if one.code in MEANINGS and one.severity in SEVERITIES]
    if told.get("constant") is True and row.values != RIGHT and row.verdict in ("pass", "inconclusive"):
        row.verdict, row.words = "fail", f"{row.words}; the output does not depend on the arguments"
    row.place, row.source_text = _text(told.get("place")), _text(told.get("source_text"))
    row.source_start = told["source_start"] if isinstance(told.get("source_start"), int) else 1
    return row


def _finding(told: Mapping[str, Any]) -> Finding:
    words = {key: str(told.get(key, "")) for key in ("code", "severity", "where", "message")}
    more = {"source": _text(told.get("source")), "fix": _text(told.get("fix"))}
    tried = {key: told.get(key) is True for key in ("fix_verified", "fix_tried")}
    return Finding(**words, **more, **tried)  # type: ignore[arg-type]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def describe(row: Row, hints_only: bool) -> str:
    """A row in words: what is wrong with its values, then the codes of its gradients."""
    wrong: Sequence[Finding] = [f for f in row.findings if f.severity != "note"]
    parts = [row.words, "" if hints_only else row.numbers, ", ".join(f"{f.code} {f.where}" for f in wrong)]
    if row.verdict in ("ended", "inconclusive", "not checked") and row.words == "":
        parts.append(row.verdict)
    return "; ".join(part for part in parts if part)
