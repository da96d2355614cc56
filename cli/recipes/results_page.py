"""The results page: what each recipe gave, beside the published figure, with the command that repeats it.

Every number comes from the result files; a row whose runs have not finished says so. What is said between the tables
stands in `results_page.toml`, a text for each of the systems 1, 2, ...
"""

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from base.words import readable

from ..experiment import result_summary
from . import result_files
from .result_files import Row

Runs = list[dict[str, Any]]
AT_1900 = 37  # of the stretches of 50 steps: steps 1,850 to 1,899
_TEXTS = tomllib.loads(Path(__file__).with_name("results_page.toml").read_text(encoding="utf-8"))
SYSTEMS = dict(enumerate(_TEXTS["systems"], start=1))
OF_ERRORS = (7, 8)  # whose figures are test errors


def page(rows: Sequence[Row]) -> str:
    """The whole page as Markdown."""
    parts = [f"{_TEXTS['head']}\n"]
    missing: list[str] = []
    for system, text in SYSTEMS.items():
        chosen = [row for row in rows if row.settings.recipe.get("system") == system]
        if not chosen:
            continue
        parts += [f"\n{text}\n", _table(chosen, missing)]
    if missing:
        parts.append("\n## Not finished\n\n" + "\n".join(f"- {line}" for line in missing) + "\n")
    parts.append(_environment(rows))
    return "\n".join(parts)


def _table(rows: Sequence[Row], missing: list[str]) -> str:
    lines = [
        "| what | command | seeds | here: last | here: best | seconds | engine | published | |",
        "|" + " --- |" * 9,
    ]
    for row in rows:
        runs = result_files.read(row)
        if len(runs) < row.seeds:
            missing.append(f"`{row.label}`: {len(runs)} of {row.seeds} seeds")
        reference = row.settings.reference
        published = ", ".join(reference[key] for key in ("text", "source") if key in reference)
        cells = [row.settings.recipe.get("title", row.label), f"`{row.command}`", str(len(runs)) if runs else "not run"]
        engines = sorted({run.get("engine", "numpy") for run in runs})
        cells += [*_figures(row, runs), ", ".join(engines), published, reference.get("note", "")]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _figures(row: Row, runs: Runs) -> tuple[str, str, str]:
    """Last epoch, best epoch, seconds."""
    if not runs:
        return "", "", ""
    seconds = f"{mean(run['seconds'] for run in runs):.0f}"
    processor = [run["cpu_seconds"] for run in runs if "cpu_seconds" in run]
    seconds += f" (CPU {mean(processor):.3g})" if len(processor) == len(runs) else ""
    if row.settings.recipe.get("measure") == "loss_at_1900":
        ends = (f"{mean(run[f'train_losses_{end}'][AT_1900] for run in runs):.3f}" for end in ("low", "high"))
        last = _spread("loss {}", "{:.3f}", [run["train_losses"][AT_1900] for run in runs])
        return f"{last}; single batches {' to '.join(ends)}", "", seconds
    if row.settings.recipe.get("choice"):
        return _spread("validation {} %", "{:.2f}", [_error(run["val_accuracy"]) for run in runs]), "", seconds
    if (measure := runs[0].get("measure")) is not None:
        return _spread(f"{readable(measure)} {{}}", "{:.3f}", [run[f"test_{measure}"] for run in runs]), "", seconds
    if runs[0].get("test_accuracy") is None:
        return _spread("test loss {}", "{:.3f}", [run["test_loss"] for run in runs]), "", seconds
    value: Callable[[float], float] = _error if row.settings.recipe.get("system") in OF_ERRORS else _percent
    last = _spread("{} %", "{:.2f}", [value(run["test_accuracy"]) for run in runs])
    if runs[0].get("losses"):
        first, end = ([run["losses"][at][1] for run in runs] for at in (0, -1))
        accuracies = [100 * run["test_accuracy"] for run in runs]
        between = f" ({min(accuracies):.0f} to {max(accuracies):.0f} %)" if len(runs) > 1 else ""
        return f"{last}{between}; loss {_between(first)} -> {_between(end)}", "", seconds
    found = [best for run in runs if (best := result_summary.best_epoch(run))]
    return last, f"{mean(100 * count / 10000 for _, count in found):.2f} %" if found else "", seconds


def _percent(accuracy: float) -> float:
    return 100 * accuracy


def _error(accuracy: float) -> float:
    return 100 * (1 - accuracy)


def _spread(text: str, digits: str, values: Sequence[float]) -> str:
    """Mean and, from two values on, standard deviation."""
    shown = digits.format(mean(values))
    return text.format(shown if len(values) < 2 else f"{shown} ± {digits.format(stdev(values))}")


def _between(values: Sequence[float]) -> str:
    """The smallest and the largest, or the only one."""
    low, high = f"{min(values):.2g}", f"{max(values):.2g}"
    return low if low == high else f"{low}..{high}"


def _environment(rows: Sequence[Row]) -> str:
    """Versions and processors of the runs, each once."""
    seen: dict[str, None] = {}
    for row in rows:
        for run in result_files.read(row):
            known = {key: value for key, value in run.get("environment", {}).items() if value is not None}
            seen[", ".join(f"{key} {value}" for key, value in known.items())] = None
    return "\n## Environment\n\n" + "\n".join(f"- {line}" for line in seen) + "\n" if seen else ""
