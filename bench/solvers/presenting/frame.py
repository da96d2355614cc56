"""The runs of a sweep as one table for other tools: plain rows, a pandas DataFrame, a CSV or a Parquet file."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from base.atomic import atomic_write

from ..reading.results import SweepResults
from ..storage.record import Record

RUNS = ("report", "tune", "all")
FORMATS = ("csv", "parquet")
EMPTY = ("problem", "solver")  # columns where there is no row


def run_rows(results: SweepResults, runs: str = "report", rows: bool = True) -> list[dict[str, Any]]:
    """One dict for each evaluation of each run (rows=True), or for each run with its outcome; see `to_frame`."""
    if runs not in RUNS:
        raise ValueError(f"runs is {runs!r}; expected one of {', '.join(RUNS)}")
    found: list[dict[str, Any]] = []
    for draw in (draw for entry in results.all for draw in entry.draws):
        kept = [*(draw.tuning if runs != "report" else ()), *(draw.report if runs != "tune" else ())]
        for run in kept:
            known = _about(run, draw.study)
            told = run.rows if rows else [run.outcome]
            found += [{**known, **_flat(_by_own_name(one, run.outcome.get("measure")))} for one in told]
    columns = dict.fromkeys(name for one in found for name in one)
    return [{name: one.get(name) for name in columns} for one in found]


def to_frame(results: SweepResults, runs: str = "report", rows: bool = True) -> Any:
    """`run_rows` as a pandas DataFrame; ImportError says how to install pandas where it is missing."""
    return _pandas("Results.to_frame").DataFrame(run_rows(results, runs, rows))


def write_rows(results: SweepResults, path: Path, form: str, runs: str = "report", rows: bool = True) -> Path:
    """Write the table as "csv" (nothing to install) or "parquet" (pyarrow)."""
    if form not in FORMATS:
        raise ValueError(f"format is {form!r}; expected one of {', '.join(FORMATS)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    table = run_rows(results, runs, rows)
    content = as_parquet(table) if form == "parquet" else as_csv(table, list(table[0]) if table else EMPTY)
    atomic_write(path, lambda stream: stream.write(content))
    return path


def as_csv(table: list[dict[str, Any]], columns: Sequence[str]) -> bytes:
    """The rows as CSV, under a line of the columns' names."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode()


def as_parquet(table: list[dict[str, Any]]) -> bytes:
    """The rows as Parquet; ImportError says what to install where pyarrow is missing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ImportError("a file of Parquet needs pyarrow: pip install pyarrow, or the extra `tables`") from None
    columns = {name: [row[name] for row in table] for name in (table[0] if table else ())}
    content = io.BytesIO()
    about = {"writer": "layergraph bench export"}  # benchopt adds to the metadata, and stumbles where there are none
    parquet.write_table(
        pyarrow.table({name: _of_one_kind(values) for name, values in columns.items()}, metadata=about), content
    )
    return content.getvalue()


def _of_one_kind(values: list[Any]) -> list[Any]:
    """A column of Parquet has one type: whole numbers among fractions become fractions, numbers among words words."""
    kinds = {type(value) for value in values if value is not None}
    one = float if kinds == {int, float} else str
    return values if len(kinds) < 2 else [value if value is None else one(value) for value in values]


def _about(run: Record, study: int) -> dict[str, Any]:
    """What a run is, its settings under their own names, or as setting_NAME where that says something else already."""
    task = run.task
    about = {
        "problem": task.problem, "solver": task.solver, "purpose": task.purpose, "trial": task.trial,
        "study": study, "repetition": task.repetition, "seed": task.seed, "id": task.id,
    }  # fmt: skip
    taken = {*about, *run.outcome, *(name for row in run.rows[:1] for name in row)}
    return about | {f"setting_{name}" if name in taken else name: value for name, value in task.settings.items()}


def _by_own_name(values: Mapping[str, Any], measure: str | None) -> Mapping[str, Any]:
    """val_acc and test_acc as val_r2 and test_r2 where that is what they hold."""
    return values if measure is None else {re.sub("_acc$", f"_{measure}", name): one for name, one in values.items()}


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Dicts within as NAME.KEY, so that each column holds plain values."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= {f"{name}.{key}": one for key, one in value.items()} if isinstance(value, Mapping) else {name: value}
    return flat


def _pandas(who: str) -> Any:
    try:
        import pandas
    except ImportError:
        raise ImportError(f"{who} needs pandas: pip install pandas (bench export --format csv does not)") from None
    return pandas
