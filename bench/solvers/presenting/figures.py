"""The plots of a sweep by name: reads the numbers out of the results and hands plain arrays to `plots.sweeps`.

Times to the target are those of the table, at the budget that all had; curves and ECDF show all that was run.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from base.arrays import Array
from base.words import did_you_mean
from plots import sweeps

from ..planning.problem import Problem
from ..reading.entry import Entry, seed_of
from ..reading.measures import best, column, diverged, measure, time_to
from ..reading.results import SweepResults
from ..reading.summary import at_one_budget, budget_curve, over_studies
from ..statistics import dolan_more, median_interval, share_reached, wins
from ..statistics.medians import LEVEL
from ..storage.record import Record
from .number_texts import counted
from .parallel_axes import lines_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TARGETS = 21  # of the ECDF, from EASIEST times the target down to it
EASIEST = 8.0


def curves(results: SweepResults, problem: Problem) -> "Figure":
    """Median training loss and measure against steps (or the results' metric) with the interval of the median."""
    readings = {"training loss": lambda run: column(run, "loss"), problem.measured: lambda run: measure(run, problem)}
    panels = {
        label: {entry.solver: sweeps.Band(*_band(entry, read, results.axis)) for entry in _reported(results, problem)}
        for label, read in readings.items()
    }
    goal = (problem.measured, problem.target["value"])
    title = f"{problem.name}, median over seeds{_pooled(results)}"
    return sweeps.bands(panels, results.solvers, xlabel=results.metric, target=goal, title=title)


def time_to_target(results: SweepResults, problem: Problem) -> "Figure":
    """Steps to the target of every seed, those of a study side by side, with the median and its interval."""
    entries = at_one_budget(_reported(results, problem))
    times = {entry.solver: _times(entry, results.axis) for entry in entries}
    groups = {entry.solver: [len(draw.report) for draw in entry.draws if draw.report] for entry in entries}
    intervals = {}
    for entry in entries:
        left = iter(times[entry.solver])
        by_study = [[next(left) for _ in range(size)] for size in groups[entry.solver]]
        intervals[entry.solver] = over_studies(by_study, entry.planned)[:3]
    goal = f"{problem.name}: {results.metric} until {problem.measured} <= {problem.target['value']:.3g}"
    return sweeps.time_to_target(
        times, intervals, results.solvers, xlabel=results.metric, groups=groups, title=goal + _pooled(results)
    )


def ecdf(results: SweepResults, problem: Problem) -> "Figure":
    """Share of seeds and targets reached, over 21 targets from eight times the target down to it."""
    goals = problem.target["value"] * np.geomspace(EASIEST, 1.0, TARGETS)
    reached = {}
    for entry in _reported(results, problem):
        reached[entry.solver] = share_reached(
            [[time_to(run, problem, goal, results.axis) for goal in goals] for run in entry.report]
        )
    which = f"{TARGETS} targets from {goals[0]:.3g} to {goals[-1]:.3g}"
    return sweeps.ecdf(
        reached,
        results.solvers,
        xlabel=results.metric,
        targets=which,
        title=f"{problem.name}: targets reached{_pooled(results)}",
    )


def profile(results: SweepResults) -> "Figure":
    """Performance profile over all problems and seeds; pairs of solver and problem without runs count as missed."""
    m = results.manifest
    seeds = [(study.root, repetition) for study in m.split() for repetition in range(m.seeds)]
    instances = [(problem, seed) for problem in results.problems for seed in seeds]
    known = {
        (entry.problem.name, entry.solver, seed_of(run)): max(time, 1e-9)
        for problem in results.problems
        for entry in at_one_budget(_reported(results, problem))
        for run, time in zip(entry.report, _times(entry, results.axis), strict=True)
    }
    names = [name for name in results.solvers if any(key[1] == name for key in known)]
    times = [[known.get((problem.name, name, seed), np.inf) for problem, seed in instances] for name in names]
    tau, shares, _ = dolan_more(times)
    label = f"seeds of {counted(len(results.problems), 'problem')}"
    title = f"Performance profile: solved within a factor of the fastest (area){_pooled(results)}"
    return sweeps.profile(tau, dict(zip(names, shares, strict=True)), results.solvers, instances=label, title=title)


def lr_sensitivity(results: SweepResults, problem: Problem) -> "Figure":
    """Best measure of every tuning run against its learning rate."""
    points, chosen = {}, {}
    for entry in results.entries(problem):
        if "learning_rate" in entry.space.ranges:
            rates = [run.task.settings["learning_rate"] for run in entry.tuning]
            points[entry.solver] = (rates, _best(entry), [diverged(run) for run in entry.tuning])
            chosen[entry.solver] = entry.choice.settings["learning_rate"]
    label, title = f"best {problem.measured}", f"{problem.name}: all tuning trials{_pooled(results)}{_halved(results)}"
    others = [entry.solver for entry in results.entries(problem) if entry.tuning and entry.solver not in points]
    title += f" ({', '.join(others)}: no learning_rate)" if others else ""
    return sweeps.lr_sensitivity(points, results.solvers, ylabel=label, chosen=chosen, title=title)


def budget(results: SweepResults, problem: Problem) -> "Figure":
    """Expected best measure against the number of tuning trials, exact from all trials."""
    curves = {entry.solver: budget_curve(entry) for entry in results.entries(problem)}
    found = {solver: curve for solver, curve in curves.items() if curve.size}
    label, title = f"expected best {problem.measured}", f"{problem.name}: what tuning buys"
    return sweeps.budget(found, results.solvers, ylabel=label, target=problem.target["value"], title=title)


def slices(results: SweepResults, problem: Problem) -> "Figure":
    """The tuning trials along every setting."""
    trials = {}
    for entry in (entry for entry in results.entries(problem) if entry.tuning):
        settings = {}
        for name, span in entry.space.ranges.items():
            drawn = [run.task.settings[name] for run in entry.tuning]
            if span.choices:
                label = f"{name} ({', '.join(f'{i} {one}' for i, one in enumerate(span.choices))})"
                settings[label] = (np.array([span.choices.index(one) for one in drawn], float), False)
                continue
            values = np.array(drawn, float)
            turned = span.scale == "one_minus_log"
            settings[f"1 - {name}" if turned else name] = (1 - values if turned else values, span.scale != "linear")
        draw = entry.median_draw()
        taken = draw.root, draw.choice.trial
        chosen = next(i for i, run in enumerate(entry.tuning) if (run.task.root, run.task.trial) == taken)
        trials[entry.solver] = sweeps.Trials(settings, _best(entry), chosen)
    title = f"{problem.name}: tuning{_halved(results)}"
    return sweeps.slices(trials, results.solvers, ylabel=f"best {problem.measured}", title=title)


def parallel(results: SweepResults, problem: Problem) -> "Figure":
    """The tuning trials of each solver as lines across its settings to the best measure."""
    trials = {
        entry.solver: lines_of(entry)
        for entry in results.entries(problem)
        if entry.tuning and len(entry.space.ranges) > 1
    }
    title = f"{problem.name}: all tuning trials{_pooled(results)}{_halved(results)}"
    others = [entry.solver for entry in results.entries(problem) if entry.tuning and entry.solver not in trials]
    title += f" (one setting, not shown: {', '.join(others)})" if others else ""
    return sweeps.parallel(
        trials, measure=f"best {problem.measured}\n(log)", target=problem.target["value"], title=title
    )


def pairs(results: SweepResults, problem: Problem) -> "Figure":
    """Who reaches the target first on the same seed."""
    entries = at_one_budget(_reported(results, problem))
    times = {
        entry.solver: {seed_of(run): time_to(run, problem, axis=results.axis) for run in entry.report}
        for entry in entries
    }
    names = list(times)
    table = np.full((3, len(names), len(names)), np.nan)
    cells = max(1, len(names) * (len(names) - 1) // 2)
    level = 1 - (1 - LEVEL) / cells  # all intervals together hold with 95 %: who looks at 21 cells finds something
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            both = sorted(times[a].keys() & times[b].keys())
            found = wins([times[a][r] for r in both], [times[b][r] for r in both], level)
            table[:, i, j] = (found.share if found.won + found.lost else np.nan), found.low, found.high
    title = f"{problem.name}:\nfirst to the target on the same seed{_pooled(results)}"
    return sweeps.pairs(names, *table, cells=cells, title=title)


def updates(results: SweepResults, problem: Problem) -> "Figure":
    """Update-to-weight ratio of each layer, median over seeds whose run did not diverge."""
    ratios: dict[str, Any] = {}
    for entry in _reported(results, problem):
        rows = [run.rows for run in entry.report if not diverged(run) and run.rows[-1].get("update_ratio")]
        if not rows:
            continue
        shortest = min(map(len, rows))
        layers = rows[0][-1]["update_ratio"]
        steps = [row["step"] for row in rows[0][1:shortest]]
        medians = {
            name: np.median([[row["update_ratio"][name] for row in one[1:shortest]] for one in rows], axis=0)
            for name in layers
        }
        ratios[entry.solver] = (steps, medians)
    return sweeps.updates(
        ratios, xlabel="steps", title=f"{problem.name}: size of a step per layer, median over seeds{_pooled(results)}"
    )


_OF_A_PROBLEM = (curves, time_to_target, ecdf, lr_sensitivity, budget, slices, parallel, pairs, updates)
PLOTS: dict[str, Callable[[SweepResults, Problem], "Figure"]] = {draw.__name__: draw for draw in _OF_A_PROBLEM}
OVERALL: dict[str, Callable[[SweepResults], "Figure"]] = {"profile": profile}  # over all problems at once
NAMES = (*PLOTS, *OVERALL)


def figures(results: SweepResults, names: Sequence[str] | None = None) -> dict[str, "Figure"]:
    """Figures by file name ("PROBLEM-NAME", or NAME for those over all problems); what has no data yet is left out."""
    for name in names or ():
        if name not in NAMES:
            raise ValueError(f"unknown plot {name!r}.{did_you_mean(name, NAMES)} Known: {', '.join(NAMES)}.")
    wanted, found = names or NAMES, {}
    for problem in results.problems:
        for name in wanted:
            if name in PLOTS and _has_data(name, results, problem):
                found[f"{problem.name}-{name}"] = PLOTS[name](results, problem)
    for name in wanted:
        if name in OVERALL and any(entry.report for entry in results.all):
            found[name] = OVERALL[name](results)
    return found


def draw(results: SweepResults, names: Sequence[str] | None, folder: Path, suffix: str = ".svg") -> list[Path]:
    """Write the figures into a folder; their paths."""
    from plots.saving import check_path, save
    from plots.style import house_style

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures(results, names).items():
        path = check_path(folder / f"{name}{suffix}")
        with house_style():
            save(figure, path)
        paths.append(folder / f"{name}{suffix}")
    return paths


def _has_data(name: str, results: SweepResults, problem: Problem) -> bool:
    entries = results.entries(problem)
    if name == "lr_sensitivity":
        return any("learning_rate" in entry.space.ranges for entry in entries)
    if name == "updates":
        reported = [run for entry in entries for run in entry.report if not diverged(run)]
        return any(run.rows[-1].get("update_ratio") for run in reported)
    if name == "parallel":
        return any(entry.tuning and len(entry.space.ranges) > 1 for entry in entries)
    if name == "budget":
        return any(entry.tuning and not entry.pruned for entry in entries)
    if name == "slices":
        return any(entry.tuning for entry in entries)
    return any(entry.report for entry in entries)


def _pooled(results: SweepResults) -> str:
    """What a title says where the runs of several studies stand together; nothing where there is one."""
    studies = results.manifest.studies
    return f", {studies} studies" if studies > 1 else ""


def _halved(results: SweepResults) -> str:
    """What a title says where trials were stopped before the end: they show what they had reached until then."""
    return ", pruned" if results.manifest.prune else ""


def _reported(results: SweepResults, problem: Problem) -> list[Entry]:
    return [entry for entry in results.entries(problem) if entry.report]


def _times(entry: Entry, axis: str) -> list[float]:
    return [time_to(run, entry.problem, axis=axis) for run in entry.report]


def _best(entry: Entry) -> list[float]:
    return [best(run, entry.problem) for run in entry.tuning]


def _band(entry: Entry, read: Callable[[Record], Array], axis: str) -> tuple[Array, ...]:
    """(x, median, low, high) of what `read` gives, point by point, as far as all go; diverged runs are infinite."""
    runs = [run for run in entry.report if not diverged(run)]
    if not runs:
        return (np.empty(0),) * 4
    shortest = min(len(run.rows) for run in runs)
    x = np.median([column(run, axis)[:shortest] for run in runs], axis=0)
    values = np.array([read(run)[:shortest] for run in runs])
    lost = np.full((len(entry.report) - len(runs), shortest), np.inf)
    points = [median_interval(point[~np.isnan(point)]) for point in np.vstack([values, lost]).T]
    median, low, high = (np.array([getattr(point, part) for point in points]) for part in ("median", "low", "high"))
    return x, median, low, high
