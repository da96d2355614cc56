"""Runs the studies of the experiment and appends them to results/reversals/PROBLEM.jsonl, a line a study and solver.

    python tools/reversals/collect.py digits-mlp32 [mnist-mlp100 ...] [--jobs 2] [--studies N] [--out FOLDER]

What is there is not run again: the same command goes on after an interruption, which loses the lines in progress. A
line of its own tells where another machine has gone on. Steps are taken by the compiled engine (extra `fast`), one
thread of BLAS each.
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from design import DESIGNS, FIRST_ROOT, ONE_SEED, SOLVERS, TARGETS, Design

from base.environment import environment
from bench.solvers.planning.problem import Problem, load_problem
from bench.solvers.planning.spaces import load_space
from bench.solvers.planning.task import Task, report_tasks, tuning_tasks
from bench.solvers.reading.choice import best_trial
from bench.solvers.reading.measures import best, final, time_to
from bench.solvers.running.first_order import train
from bench.solvers.storage.record import Record

OUT = Path(__file__).resolve().parents[2] / "results" / "reversals"
Values = dict[str, list[Any]]


def unit(name: str, solver: str, study: int) -> dict[str, Any]:
    """One solver in one study: its trials, and the fresh runs of every choice that some budget would have made."""
    design, problem, space = DESIGNS[name], load_problem(name), load_space(solver)
    root = FIRST_ROOT + study
    tasks = tuning_tasks(problem, space, design.trials, root, design.tuning_seeds, "compiled")
    runs = [measured(problem, task, design) for task in tasks]
    table = [runs[begin : begin + design.tuning_seeds] for begin in range(0, len(runs), design.tuning_seeds)]
    settings = [task.settings for task in tasks[:: design.tuning_seeds]]
    report = {}
    for trial in sorted({trial for target in TARGETS for trial in choices(table, design, target).values()}):
        fresh = report_tasks(problem, space, settings[trial], design.seeds, root, engine="compiled")
        report[trial] = columns([measured(problem, task, design) for task in fresh])
    return {"study": study, "solver": solver, "settings": settings, "tune": [columns(row) for row in table],
            "report": report}  # fmt: skip


def choices(table: list[list[dict[str, float]]], design: Design, target: str) -> dict[tuple[int, int], int]:
    """(trials, tuning seeds) -> the trial that would be chosen, by the rule of the benchmark."""
    asked = [(budget, design.tuning_seeds) for budget in design.budgets]
    asked += [(budget, 1) for budget in ONE_SEED]
    medians = {
        (seeds, key): [float(np.median([run[key] for run in row[:seeds]])) for row in table]
        for seeds in {seeds for _, seeds in asked}
        for key in (target, "best")
    }
    return {
        (budget, seeds): best_trial(*(dict(enumerate(medians[seeds, key][:budget])) for key in (target, "best")))
        for budget, seeds in asked
    }


def measured(problem: Problem, task: Task, design: Design) -> dict[str, float]:
    """What one run achieved."""
    outcome, rows = train(task)
    run = Record(task, outcome, {}, rows)
    test = outcome.get("test_acc")
    return {
        "steps": time_to(run, problem),
        "easier": time_to(run, problem, design.easier), "best": best(run, problem), "final": final(run, problem),
        "test": math.nan if test is None else round(1 - test, 7),
    }  # fmt: skip


def columns(runs: list[dict[str, float]]) -> Values:
    """Measure -> its values, one a seed; a miss, and a measure that is not there, as null."""
    found = {key: [run[key] if math.isfinite(run[key]) else None for run in runs] for key in runs[0]}
    return {key: values for key, values in found.items() if key != "test" or any(v is not None for v in values)}


def main() -> int:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="+", choices=list(DESIGNS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--studies", type=int, help="fewer than the design has, for a trial of the command")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    import joblib

    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.problems:
        path = args.out / f"{name}.jsonl"
        there = lines(path)
        done = {(line["study"], line["solver"]) for line in there if "study" in line}
        studies = DESIGNS[name].studies if args.studies is None else args.studies
        missing = [(s, solver) for s in range(studies) for solver in SOLVERS if (s, solver) not in done]
        print(f"{name}: {len(done)} lines there, {len(missing)} to run", flush=True)
        with path.open("a", encoding="utf-8") as stream:
            for line in begun(path, there, name) if missing else ():
                write(stream, line)
            how = {"n_jobs": args.jobs, "return_as": "generator_unordered", "batch_size": 1, "pre_dispatch": "all"}
            for found in joblib.Parallel(**how)(joblib.delayed(unit)(name, solver, s) for s, solver in missing):
                write(stream, found)
    return 0


def begun(path: Path, there: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """What is to be written before the next study: the head of a new file; where another machine goes on, which one.

    ValueError where the file holds another problem or design.
    """
    machine = environment()
    head = {"problem": load_problem(name).id, "design": DESIGNS[name]._asdict(), "machine": machine}
    if not there:
        return [head]
    for key in ("problem", "design"):
        if there[0].get(key) != json.loads(json.dumps(head[key])):
            raise ValueError(f"{path} holds studies of another {key} of {name}: {there[0].get(key)}; move it away")
    last = next(line["machine"] for line in reversed(there) if "machine" in line)
    return [] if last == machine else [{"machine": machine}]


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines that a file holds; one that was cut does not count, and is removed from the file."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole, cut = text.rpartition("\n")[:2], text.rpartition("\n")[2]
    if cut:
        path.write_text("".join(whole), encoding="utf-8")
    return [json.loads(line) for line in "".join(whole).splitlines()]


def write(stream: Any, content: dict[str, Any]) -> None:
    """A line, out of this process's hands."""
    stream.write(json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
