"""What a run leaves behind: the loss of every step, a row per evaluation, and CSV or JSONL files of the rows.

The files survive a resume: they are written afresh from the rows that the checkpoint holds, then appended to.
"""

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from base.atomic import atomic_write

Row = dict[str, Any]
COUNTED = ("step", "epoch", "examples", "seconds_train", "seconds_eval")
COLUMNS = (*COUNTED, "loss", "train_loss", "train_acc", "val_loss", "val_acc", "lr", "grad_norm")


class History:
    """`loss` (one number a step) and `rows` (one dict an evaluation, keys as in COLUMNS and "update_ratio").

    loss in a row: the mean over the steps since the row before; update_ratio: name -> ||dw|| / ||w|| of the last step.
    """

    def __init__(self, parameters: Sequence[str], files: Sequence[Path] = ()):
        self.loss: list[float] = []
        self.rows: list[Row] = []
        self.files = list(files)
        self.measure = "acc"  # the label of the task's measure: what train_acc and val_acc hold
        self.beside: Sequence[str] = ()  # measures that are shown beside the task's own
        self._parameters = parameters

    @property
    def _names(self) -> list[str]:
        more = [f"{part}_{name}" for part in ("train", "val") for name in self.beside]
        own = [self._own_name(name) for name in COLUMNS]
        return [*own, *more, *(f"update_ratio/{name}" for name in self._parameters)]

    def _own_name(self, column: str) -> str:
        """A column's name in the files: train_r2 where train_acc holds the R2 of real targets."""
        part, _, what = column.rpartition("_")
        return f"{part}_{self.measure}" if what == "acc" else column

    def __repr__(self) -> str:
        last = f", last loss {self.loss[-1]:.4g}" if self.loss else ""
        return f"History({len(self.loss)} steps, {len(self.rows)} evaluations{last})"

    def column(self, name: str) -> list[Any]:
        """One column of the rows; the measure of the task as val_acc, or by its own label as val_r2."""
        part, _, what = name.partition("_")
        name = f"{part}_acc" if what == self.measure and part in ("train", "val") else name
        return [row[name] for row in self.rows]

    def start_files(self) -> None:
        """Write the files with the rows so far."""
        for file in self.files:
            file.parent.mkdir(parents=True, exist_ok=True)
            text = "".join([self._header(file), *(self._line(file, row) for row in self.rows)])
            atomic_write(file, lambda stream, text=text: stream.write(text.encode()))  # type: ignore[misc]

    def add(self, row: Row) -> None:
        """Keep a row and append it to the files."""
        self.rows.append(row)
        for file in self.files:
            with file.open("a", encoding="utf-8", newline="") as stream:
                stream.write(self._line(file, row))

    def _header(self, file: Path) -> str:
        return "" if file.suffix == ".jsonl" else _csv_line(self._names)

    def _line(self, file: Path, row: Row) -> str:
        if self.measure != "acc":
            row = {self._own_name(name): value for name, value in row.items()}
        if file.suffix == ".jsonl":
            return json.dumps(_finite(row), allow_nan=False) + "\n"
        ratios = row["update_ratio"]
        return _csv_line([row[n] if n in row else ratios.get(n.removeprefix("update_ratio/")) for n in self._names])


def log_files(log: Any) -> list[Path]:
    """The paths of `log=`: one, or several, ending in .csv or .jsonl."""
    if not (log is None or isinstance(log, str | Path | list | tuple)):
        raise TypeError(f"log must be a path or a list of paths, ending in .csv or .jsonl; got {log!r}.")
    paths = [Path(p) for p in ([log] if isinstance(log, str | Path) else log or ())]
    for path in paths:
        if path.suffix not in (".csv", ".jsonl"):
            raise ValueError(f"log must end in .csv or .jsonl; got {str(path)!r}.")
    return paths


def _csv_line(values: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def _finite(value: Any) -> Any:
    """JSON has no NaN: null instead."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
