"""The runs of a sweep as one table for other tools: plain rows, a pandas DataFrame, a CSV or a Parquet file."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from base.atomic import atomic_write

from ..reading.records import Record
from ..reading.results import SweepResults

RUNS = ("report", "tune", "all")
FORMATS = ("csv", "parquet")


def run_rows(results: SweepResults, runs: str = "report", rows: bool = True) -> list[dict[str, Any]]:
    """One dict for each evaluation of each run (rows=True), or for each run with its outcome; see `to_frame`."""
    if runs not in RUNS:
        raise ValueError(f"runs is {runs!r}; expected one of {', '.join(RUNS)}")
    found: list[dict[str, Any]] = []
    for entry in results.all:
        kept = [*(entry.tuning if runs != "report" else ()), *(entry.report if runs != "tune" else ())]
        for run in kept:
            known = _about(run)
            found += [{**known, **_flat(row)} for row in run.rows] if rows else [{**known, **_flat(run.outcome)}]
    columns = dict.fromkeys(name for one in found for name in one)
    return [{name: one.get(name) for name in columns} for one in found]


def to_frame(results: SweepResults, runs: str = "report", rows: bool = True) -> Any:
    """`run_rows` as a pandas DataFrame; ImportError says how to install pandas where it is missing."""
    return _pandas("Results.to_frame").DataFrame(run_rows(results, runs, rows))


def write_rows(results: SweepResults, path: Path, form: str, runs: str = "report", rows: bool = True) -> Path:
    """Write the table as "csv" (nothing to install) or "parquet" (pandas and pyarrow)."""
    if form not in FORMATS:
        raise ValueError(f"format is {form!r}; expected one of {', '.join(FORMATS)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "parquet":
        frame, content = to_frame(results, runs, rows), io.BytesIO()
        try:
            frame.to_parquet(content, index=False)
        except ImportError:
            raise ImportError("--format parquet needs pyarrow: pip install pandas pyarrow") from None
        atomic_write(path, lambda stream: stream.write(content.getvalue()))
        return path
    table, text = run_rows(results, runs, rows), io.StringIO()
    writer = csv.DictWriter(text, list(table[0]) if table else ["problem", "solver"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    atomic_write(path, lambda stream: stream.write(text.getvalue().encode()))
    return path


def _about(run: Record) -> dict[str, Any]:
    """What a run is, its settings under their own names, or as setting_NAME where that says something else already."""
    task = run.task
    about = {
        "problem": task.problem, "solver": task.solver, "purpose": task.purpose, "trial": task.trial,
        "repetition": task.repetition, "seed": task.seed, "id": task.id,
    }  # fmt: skip
    taken = {*about, *run.outcome, *(name for row in run.rows[:1] for name in row)}
    return about | {f"setting_{name}" if name in taken else name: value for name, value in task.settings.items()}


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
