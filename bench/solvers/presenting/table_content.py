"""What stands in the table of a problem, whatever its format: headline, columns, chosen settings, warnings."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from base.words import SHARES

from ..planning.manifest import Manifest
from ..planning.problem import Problem
from ..reading.by_study import spans
from ..reading.results import SweepResults
from ..reading.summary import Row, budgets, reference_of, summarise
from .guards import at_edge, warnings_of
from .number_texts import count, counted, interval, number, percent, setting, versus
from .running_time_table import running_time_table
from .study_tables import SmallTable, study_tables


class Column(NamedTuple):
    """One column: its head, a row's text in it, and what rows are sorted by (None and NaN come last)."""

    head: str
    text: Callable[[Row], str]
    key: Callable[[Row], str | float | None]


class TableContent(NamedTuple):
    """The texts of one table. headline: problem, target, seeds, trials; settings: what tuning chose, by solver; more:
    the tables that several studies have beside this one.
    """

    headline: list[str]
    columns: list[Column]
    rows: list[Row]
    settings: dict[str, str]
    warnings: list[str]
    more: list[SmallTable]

    @property
    def head(self) -> list[str]:
        """The names of the columns."""
        return [column.head for column in self.columns]

    def texts(self, row: Row) -> list[str]:
        """One row as texts."""
        return [column.text(row) for column in self.columns]


def table_content(
    results: SweepResults, problem: Problem, reference: str | None = None, ert: bool = False
) -> TableContent:
    """The content of the table of one problem; `reference` as in `summarise`. ert: with expected running times."""
    base = reference_of(results, problem, reference)
    rows = summarise(results, problem, base)
    warnings = warnings_of(results, problem, rows)
    edges = {entry.solver for entry in results.entries(problem) if "learning_rate" in at_edge(entry)}
    spread = {entry.solver: spans(entry) for entry in results.entries(problem)}
    settings = {row.solver: settings_words(row.settings, spread[row.solver]) for row in rows if row.seeds}
    for entry in results.entries(problem):
        if entry.space.code and entry.solver in settings:
            settings[entry.solver] += f"; rule {source_words(str(entry.space.rule), entry.space.code)}"
    more = study_tables(results, problem) + ([running_time_table(results, problem)] if ert else [])
    said = [f"{warning.solver}: {warning.text}" if warning.solver else warning.text for warning in warnings]
    return TableContent(headline(results, problem), _columns(results, problem, base, edges), rows, settings, said, more)


def headline(results: SweepResults, problem: Problem) -> list[str]:
    """What was asked: problem, target, seeds, trials."""
    target, m = problem.target, results.manifest
    goal = percent(target["value"]) if problem.counts_rows else f"{target['value']:g}"
    spaces = [entry.space for entry in results.entries(problem)]
    fewer = ", ".join(f"{one.solver} {one.trials}" for one in spaces if one.trials and one.trials < m.trials)
    return [
        f"problem {problem.name} (id {problem.id[:8]})",
        f"target {problem.measured} <= {goal}",
        f"{studies_words(m.studies)}{counted(m.seeds, 'seed')}, paired",
        f"{counted(m.trials, 'trial')} each{fewer and f' ({fewer})'}, Halton{pruned_words(m)}",
        *(source_words(label, sha) for label, sha in problem.code.items()),
    ]


def settings_words(settings: Mapping[str, Any], spread: Mapping[str, list[Any]]) -> str:
    """The settings, with what other studies chose where that differs."""
    told = []
    for name, value in settings.items():
        others = spread.get(name, [value])
        among = f" [{', '.join(setting(one, 4) for one in others)}]" if len(others) > 1 else ""
        told.append(f"{name} {setting(value)}{among}")
    return ", ".join(told)


def pruned_words(manifest: Manifest) -> str:
    """What stands behind the number of trials where they are pruned."""
    return ", pruned by successive halving" if manifest.prune else ""


def studies_words(studies: int) -> str:
    """What stands before the number of seeds: nothing where everything was tuned once."""
    return f"{studies} studies of " if studies > 1 else ""


def source_words(label: str, sha: str) -> str:
    """Code of the user's own by its name and the hash of its source."""
    return f"{label} (sha256 {sha[:8]})"


def code_of(results: SweepResults, problem: Problem) -> dict[str, dict[str, str]]:
    """{"code": label -> hash} of all code of the user's own in the table of a problem; empty where there is none."""
    rules = {str(entry.space.rule): entry.space.code for entry in results.entries(problem) if entry.space.code}
    return {"code": {**problem.code, **rules}} if problem.code or rules else {}


def _columns(results: SweepResults, problem: Problem, reference: str, edges: set[str]) -> list[Column]:
    """edges: the solvers whose learning rate lies at the edge of its range; it is marked."""
    error = problem.target["measure"] == "val_error"
    show = percent if problem.counts_rows else number
    of_test = percent if problem.validated in SHARES else number

    def rate(row: Row) -> str:
        lr = row.settings.get("learning_rate")
        return "-" if lr is None else f"{lr:.2g}{'!' * (row.solver in edges)}"

    def compared(row: Row) -> str:
        return "reference" if row.solver == reference else versus(row.versus)

    return [
        Column("solver", lambda row: row.solver, lambda row: row.solver),
        Column("lr", rate, lambda row: row.settings.get("learning_rate")),
        Column(
            f"{results.metric} to target [95 %]", lambda row: interval(row.steps, count), lambda row: row.steps.median
        ),
        Column("hit", lambda row: f"{row.hits}/{row.seeds}" if row.seeds else "no run", lambda row: row.hits),
        Column("seconds", lambda row: _seconds(row.seconds.median), lambda row: row.seconds.median),
        Column(
            f"final {problem.error_on('val')}" if error else "final distance",
            lambda row: interval(row.final, show),
            lambda row: row.final.median,
        ),
        Column(
            f"{results.metric} / {reference}'s [95 %]",
            compared,
            lambda row: 1.0 if row.versus is None else row.versus.ratio,
        ),
        Column("p (Holm)", lambda row: "-" if math.isnan(row.p) else f"{row.p:.2g}", lambda row: row.p),
        Column(
            f"tuned with {'/'.join(map(str, budgets(results.manifest.trials)))}",
            lambda row: " / ".join(map(show, row.budget.values())) or "-",
            lambda row: next(iter(row.budget.values()), None),
        ),
        Column(problem.error_on("test"), lambda row: interval(row.test, of_test), lambda row: row.test.median),
        Column("failed", lambda row: str(sum(row.failures)), lambda row: sum(row.failures)),
    ]


def _seconds(value: float) -> str:
    return "-" if math.isnan(value) else "never" if math.isinf(value) else f"{value:.2f}"
