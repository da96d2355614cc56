"""SweepResults for benchopt: one row per evaluation of every reporting run, in the columns that `benchopt run` writes.

`benchopt plot` and `publish` take the file, CSV or Parquet by its suffix; "data_name" is the name that both old and new
versions know. Parameters stand in columns of their own: p_solver_ the settings, p_dataset_ the data, p_obj_ the rest of
the problem.
"""

import json
from pathlib import Path
from typing import Any

from base.atomic import atomic_write
from base.words import SHARES

from ..planning.problem import Problem
from ..reading.measures import measure
from ..reading.results import SweepResults
from .frame import as_csv, as_parquet
from .number_texts import setting

FORMATS = ("benchopt",)
COLUMNS = (
    "objective_name", "obj_description", "data_name", "solver_name", "idx_rep", "sampling_strategy", "stop_val", "time",
    "objective_value", "objective_train_loss", "objective_val_loss", "objective_val_error", "version-numpy",
    "version-scipy", "platform", "platform-release", "platform-architecture", "system-processor",
    "env-OMP_NUM_THREADS",
)  # fmt: skip
# benchopt reads both of these where it finds a platform; runs keep no record of them
UNKNOWN = {"platform-release": "unknown", "platform-architecture": "unknown"}


def export(results: SweepResults, path: Path, form: str = "benchopt") -> Path:
    """Write the file; ValueError for an unknown format, ImportError for .parquet without pyarrow."""
    if form not in FORMATS:
        raise ValueError(f"format is {form!r}; expected one of {', '.join(FORMATS)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = benchopt_rows(results)
    columns = [*COLUMNS, *dict.fromkeys(name for row in rows for name in row if name not in COLUMNS)]
    table = [{name: row.get(name) for name in columns} for row in rows]
    content = as_parquet(table) if path.suffix == ".parquet" else as_csv(table, columns)
    atomic_write(path, lambda stream: stream.write(content))
    return path


def benchopt_rows(results: SweepResults) -> list[dict[str, Any]]:
    """stop_val: steps; time: seconds of training without evaluations; objective_value: the problem's measure.

    idx_rep counts on through the studies, whose settings differ: with several of them solver_name has none.
    """
    rows = []
    for entry in results.all:
        settings = ",".join(f"{name}={setting(value, 6)}" for name, value in entry.choice.settings.items())
        name = f"{entry.solver}[{settings}]" if results.manifest.studies == 1 else entry.solver
        seeds, parameters = results.manifest.seeds, _parameters(entry.problem)
        for study, run in ((draw.study, run) for draw in entry.draws for run in draw.report):
            fixed = {
                "objective_name": entry.problem.name, "obj_description": entry.problem.title,
                "data_name": entry.problem.data["name"], "solver_name": name,
                "idx_rep": study * seeds + run.task.repetition, "sampling_strategy": "Callback",
                "platform": run.machine["cpu"], "system-processor": run.machine["cpu"], **UNKNOWN,
                "env-OMP_NUM_THREADS": run.machine.get("threads"),
                "version-numpy": run.machine["numpy"], "version-scipy": run.machine["scipy"],
                **{f"p_solver_{name}": value for name, value in run.task.settings.items()}, **parameters,
            }  # fmt: skip
            for row, value in zip(run.rows, measure(run, entry.problem), strict=True):
                accuracy = row["val_acc"] if entry.problem.validated in SHARES else None
                rows.append({
                    **fixed, "stop_val": row["step"], "time": row["seconds_train"], "objective_value": float(value),
                    "objective_train_loss": row["loss"], "objective_val_loss": row["val_loss"],
                    "objective_val_error": None if accuracy is None else round(1 - accuracy, 12),
                })  # fmt: skip
    return rows


def _parameters(problem: Problem) -> dict[str, Any]:
    """p_dataset_ and p_obj_: each a text, a number or a truth value; what is a list is written with commas."""
    told = {f"p_dataset_{name}": value for name, value in problem.data.items()}
    asked = {name: problem.target[name] for name in ("measure", "value", "optimum") if name in problem.target}
    told |= {f"p_obj_{name}": value for name, value in {**problem.model, **problem.training}.items()}
    told |= {f"p_obj_target_{name}": value for name, value in asked.items()}
    return {name: _plain(value) for name, value in told.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else value
