"""SweepResults for cocopp, COCO's post-processing: a folder of .info, .dat and .tdat files for each solver.

The format is that of COCO's single-objective suites, which knows 24 functions in a few dimensions. What it cannot say:

- the name of a problem: its number here is its place among the manifest's problems, and cocopp titles it with COCO's
  name for that function ("f1 Sphere"). README.txt in the folder tells which is which.
- the number of parameters: DIM is 20, which cocopp displays; what it calls evaluations / DIM is evaluations / 20.
- settings and studies: the settings stand in the comments; instance numbers go on through the studies.
- values beyond the target: cocopp counts 1e-8 above the optimum as success, so that what is written is the measure
  minus the problem's target, and 1e-8 from the target on. COCO's 51 targets from 100 to 1e-8 are that far from it.

An evaluation is a step; the untrained net is evaluation 1, so that a run meets the target at evaluation step + 1.
"""

from pathlib import Path

import numpy as np

from base.atomic import atomic_write

from ..planning.problem import Problem
from ..reading.entry import Entry
from ..reading.measures import column, measure
from ..reading.results import SweepResults
from ..reading.running_time import spent
from ..reading.summary import at_one_budget
from ..storage.record import Record
from .number_texts import setting

DIM, FUNCTIONS, SOLVED = 20, 24, 1e-8
SUITE = "sbox-cost"  # a suite of COCO's that cocopp compares with no algorithm of its own archive
HEAD = "% evaluation | measure - target | best of it | measure | best measure"
Line = tuple[int, float, float, float, float]


def write_coco(results: SweepResults, folder: Path) -> Path:
    """Write the reporting runs: `python -m cocopp FOLDER/SOLVER...` reads them. ValueError for over 24 problems."""
    problems = results.manifest.problems
    if len(problems) > FUNCTIONS:
        raise ValueError(f"there are {len(problems)} problems; COCO's format has {FUNCTIONS} functions: choose some")
    written: dict[str, list[str]] = {}
    for number, problem in enumerate(problems, 1):
        for entry in at_one_budget([entry for entry in results.entries(problem) if entry.report]):
            index = _write_entry(results, entry, number, folder / entry.solver)
            written.setdefault(entry.solver, []).append(index)
    for solver, parts in written.items():
        _write(folder / solver / "bbobexp.info", "".join(parts))
    _write(folder / "README.txt", _readme(results, list(written)))
    return folder


def _write_entry(results: SweepResults, entry: Entry, number: int, folder: Path) -> str:
    """Write the runs of one solver on one problem; their three lines of the index."""
    name = f"data_f{number}/bbobexp_f{number}_DIM{DIM}"
    runs = [(draw.study, run) for draw in entry.draws for run in draw.report]
    told, kept, ends = [], list[str](), list[str]()
    for (study, run), steps in zip(runs, spent(entry, "step"), strict=True):
        instance = study * results.manifest.seeds + run.task.repetition + 1
        lines = _lines(run, entry.problem, round(steps))
        head = f"{HEAD} | instance = {instance}"
        told.append("\n".join([head, *map(_text, lines)]))
        kept.append("\n".join([head, *map(_text, _improvements(lines))]))
        ends.append(f"{instance}:{lines[-1][0]}|{lines[-1][2]:.6e}")
    _write(folder / f"{name}.tdat", "\n".join(told) + "\n")
    _write(folder / f"{name}.dat", "\n".join(kept) + "\n")
    head = f"funcId = {number}, DIM = {DIM}, Precision = {SOLVED:.3e}, algId = '{entry.solver}', suite = '{SUITE}'"
    about = f"% {entry.problem.name}, {_settings(entry)}"
    return "\n".join([head, " ".join(about.split()), ", ".join([f"{name}.dat", *ends])]) + "\n"


def _lines(run: Record, problem: Problem, steps: int) -> list[Line]:
    """A line for each evaluation that measured something, and one for the end of the run."""
    goal, values = float(problem.target["value"]), measure(run, problem)
    found, best = list[Line](), np.inf
    for step, value in zip(column(run, "step"), values, strict=True):
        if np.isfinite(value):
            best = min(best, float(value))
            found.append((int(step) + 1, _above(value, goal), _above(best, goal), float(value), best))
    if not found or found[0][0] != 1:  # cocopp wants to see the first evaluation
        first = float(values[np.isfinite(values)][0]) if np.isfinite(values).any() else 1.0
        found.insert(0, (1, _above(first, goal), _above(first, goal), first, first))
    if steps + 1 > found[-1][0]:
        found.append((steps + 1, *found[-1][1:]))
    return found


def _above(value: float, goal: float) -> float:
    return SOLVED if value <= goal else max(float(value) - goal, 2 * SOLVED)


def _improvements(lines: list[Line]) -> list[Line]:
    """The first line and each that is better than all before."""
    return [line for i, line in enumerate(lines) if i == 0 or line[2] < lines[i - 1][2]]


def _text(line: Line) -> str:
    return " ".join([str(line[0]), *(f"{value:+.9e}" for value in line[1:])])


def _settings(entry: Entry) -> str:
    told = [f"{name} {setting(value, 6)}" for name, value in entry.choice.settings.items()]
    more = f" (of the median of {entry.studies} studies)" if entry.studies > 1 else ""
    return ", ".join(told) + more


def _readme(results: SweepResults, solvers: list[str]) -> str:
    lines = ["python -m cocopp " + " ".join(solvers), "", "The functions:"]
    for number, problem in enumerate(results.manifest.problems, 1):
        lines.append(f"f{number} is {problem.name}: {problem.measured} <= {problem.target['value']:g}, {problem.title}")
    lines += [
        "",
        "cocopp titles them with the names of COCO's own functions: disregard these. An evaluation is a step, the",
        f"untrained net is the first. DIM is {DIM} whatever the number of parameters: evaluations / DIM are to be",
        f"multiplied by {DIM}.",
        "Function values are the measure minus the target, and 1e-8, COCO's success, from the target on: its ERT for",
        "1e-8 is that of `layergraph bench table --ert` plus one for the untrained net, paid again at every restart.",
        "The runs are those of one tuning draw a study: what cocopp tells is conditional on it.",
    ]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda stream: stream.write(text.encode()))
