"""The cells of a table as texts: medians with their intervals, misses as "never", the reference marked."""

import math
from collections.abc import Sequence
from typing import Any

from ..planning.problem import Problem
from ..reading.results import Results
from ..reading.summary import Row, budgets
from ..statistics import Comparison, Interval
from .guards import Warned

Cells = list[str]


def headline(results: Results, problem: Problem, gap: str = "   ") -> str:
    """What was asked: problem, target, seeds, trials, with `gap` in between."""
    target, m = problem.target, results.manifest
    goal = percent(target["value"]) if target["measure"] == "val_error" else f"{target['value']:g}"
    fewer = ", ".join(
        f"{entry.solver} {entry.space.trials}"
        for entry in results.entries(problem)
        if entry.space.trials and entry.space.trials < m.trials
    )
    return gap.join([
        f"problem {problem.name} (id {problem.id[:8]})", f"target {problem.measured} <= {goal}",
        f"{_counted(m.seeds, 'seed')}, paired", f"{_counted(m.trials, 'trial')} each{fewer and f' ({fewer})'}, Halton",
    ])  # fmt: skip


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def header(results: Results, problem: Problem, reference: str) -> Cells:
    """The names of the columns."""
    error = "final val error" if problem.target["measure"] == "val_error" else "final distance"
    tuned = "/".join(map(str, budgets(results.manifest.trials)))
    return ["solver", "lr", f"{results.metric} to target [95 %]", "hit", "seconds", error,
            f"ratio to {reference} [95 %]", "p (Holm)", f"tuned with {tuned}", "test error", "failed"]  # fmt: skip


def cells(row: Row, problem: Problem, reference: str, warnings: Sequence[Warned]) -> Cells:
    """One row as texts."""
    show = percent if problem.target["measure"] == "val_error" else number
    lr = row.settings.get("learning_rate")
    edge = "!" if any(w.guard == "edge" and w.solver == row.solver for w in warnings) else ""
    return [
        row.solver,
        "-" if lr is None else f"{lr:.2g}{edge}",
        interval(row.steps, count),
        f"{row.hits}/{row.seeds}",
        "never" if math.isinf(row.seconds.median) else f"{row.seconds.median:.2f}",
        interval(row.final, show),
        "reference" if row.solver == reference else versus(row.versus),
        "-" if math.isnan(row.p) else f"{row.p:.2g}",
        " / ".join(map(show, row.budget.values())),
        interval(row.test, percent),
        str(sum(row.failures)),
    ]


def chosen(row: Row) -> str:
    """The settings that tuning chose, all of them, as in `learning_rate 0.1, momentum 0.9`."""
    return ", ".join(f"{name} {value:.7g}" for name, value in row.settings.items())


def percent(value: float) -> str:
    """A share as a percentage with two digits behind the point."""
    return f"{100 * value:.2f} %"


def number(value: float) -> str:
    """A number to three digits."""
    return f"{value:.3g}"


def count(value: float) -> str:
    """A number of steps, or of epochs or seconds, which may be fractions; infinity is never."""
    if math.isinf(value):
        return "never"
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.3g}"


def interval(value: Interval, show: Any) -> str:
    """Median and bounds, as in `1,200 [900, never]`."""
    if math.isnan(value.low) or value.low == value.high:
        return str(show(value.median))
    return f"{show(value.median)} [{show(value.low)}, {show(value.high)}]"


def versus(found: Comparison | None) -> str:
    """The ratio with its interval, as in `0.93 [0.88, 0.97]`."""
    if found is None:
        return "-"
    bounds = "" if math.isnan(found.low) else f" [{_ratio(found.low)}, {_ratio(found.high)}]"
    return f"{_ratio(found.ratio)}{bounds}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def sentence(warning: Warned) -> str:
    """A warning as a sentence."""
    return f"{warning.solver}: {warning.text}" if warning.solver else warning.text
