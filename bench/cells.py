"""The cells of a table as texts: medians with their intervals, misses as "never", the reference marked."""

import math
from collections.abc import Sequence
from typing import Any

from .guards import Warned
from .problem import Problem
from .statistics import Comparison, Interval
from .summary import BUDGETS, Row
from .sweep_results import Results

Cells = list[str]


def headline(results: Results, problem: Problem) -> str:
    """What was asked: problem, target, seeds, trials."""
    target, m = problem.target, results.manifest
    what = "validation error" if target["measure"] == "val_error" else "distance to the optimum"
    goal = percent(target["value"]) if target["measure"] == "val_error" else f"{target['value']:g}"
    return (
        f"problem {problem.name} (id {problem.id[:8]})   target {what} <= {goal}   {m.seeds} seeds, paired   "
        f"{m.trials} trials each, Halton"
    )


def header(problem: Problem, reference: str, metric: str = "steps") -> Cells:
    """The names of the columns."""
    error = "final val error" if problem.target["measure"] == "val_error" else "final distance"
    budgets = "/".join(map(str, BUDGETS))
    return ["solver", "lr", f"{metric} to target [95 %]", "hit", "seconds", error, f"ratio to {reference} [95 %]",
            "p (Holm)", f"tuned with {budgets}", "test error", "failed"]  # fmt: skip


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
        " / ".join(map(show, row.budget)),
        interval(row.test, percent),
        str(sum(row.failures)),
    ]


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
    bounds = "" if math.isnan(found.low) else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"{found.ratio:.2f}{bounds}"


def sentence(warning: Warned) -> str:
    """A warning as a sentence."""
    return f"{warning.solver}: {warning.text}" if warning.solver else warning.text
