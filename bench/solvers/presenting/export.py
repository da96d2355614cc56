"""SweepResults for other tools: one CSV row per evaluation of every reporting run, in the columns that benchopt reads.

`benchopt plot` takes the file; "data_name" is the name that both its old and its new versions know.
"""

import csv
import io
from pathlib import Path
from typing import Any

from base.atomic import atomic_write
from base.words import SHARES

from ..reading.measures import measure
from ..reading.results import SweepResults
from .number_texts import setting

FORMATS = ("benchopt",)
COLUMNS = (
    "objective_name", "obj_description", "data_name", "solver_name", "idx_rep", "sampling_strategy", "stop_val", "time",
    "objective_value", "objective_train_loss", "objective_val_loss", "objective_val_error", "version-numpy",
    "version-scipy", "platform",
)  # fmt: skip


def export(results: SweepResults, path: Path, form: str = "benchopt") -> Path:
    """Write the file; ValueError for an unknown format."""
    if form not in FORMATS:
        raise ValueError(f"format is {form!r}; expected one of {', '.join(FORMATS)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(benchopt_rows(results))
    atomic_write(path, lambda stream: stream.write(text.getvalue().encode()))
    return path


def benchopt_rows(results: SweepResults) -> list[dict[str, Any]]:
    """stop_val: steps; time: seconds of training without evaluations; objective_value: the problem's measure.

    idx_rep counts on through the studies, whose settings differ: with several of them solver_name has none.
    """
    rows = []
    for entry in results.all:
        settings = ",".join(f"{name}={setting(value, 6)}" for name, value in entry.choice.settings.items())
        name = f"{entry.solver}[{settings}]" if results.manifest.studies == 1 else entry.solver
        seeds = results.manifest.seeds
        for study, run in ((draw.study, run) for draw in entry.draws for run in draw.report):
            fixed = {
                "objective_name": entry.problem.name, "obj_description": entry.problem.title,
                "data_name": entry.problem.data["name"], "solver_name": name,
                "idx_rep": study * seeds + run.task.repetition, "sampling_strategy": "Callback",
                "platform": run.machine["cpu"],
                "version-numpy": run.machine["numpy"], "version-scipy": run.machine["scipy"],
            }  # fmt: skip
            for row, value in zip(run.rows, measure(run, entry.problem), strict=True):
                accuracy = row["val_acc"] if entry.problem.validated in SHARES else None
                rows.append({
                    **fixed, "stop_val": row["step"], "time": row["seconds_train"], "objective_value": float(value),
                    "objective_train_loss": row["loss"], "objective_val_loss": row["val_loss"],
                    "objective_val_error": None if accuracy is None else round(1 - accuracy, 12),
                })  # fmt: skip
    return rows
