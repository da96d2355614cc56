"""Takes down the whole state of a run as plain arrays and plain values, ready for a checkpoint."""

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array
from base.environment import environment
from base.tasks import TASKS, Task
from base.user_code import is_reference, source, split

from ..errors import CheckpointError
from ..inputs.settings import Settings
from ..inputs.weights import as_record
from ..run import Run
from ..update import WHOLE
from .file import with_suffix, write

NOT_STORED = ("callbacks", "log", "metadata", "optim_config")  # objects; what is stored elsewhere or otherwise
PLAIN = (bool, int, float, str, type(None), tuple, list)


def save(run: Run, path: str | Path, metadata: Mapping[str, Any] | None = None) -> None:
    """Write the state of a run into a checkpoint, with `metadata` added to its own. Raises CheckpointError."""
    path = with_suffix(path)
    arrays, meta = snapshot(run, metadata)
    meta["settings"]["log"] = [_from(path.parent, file) for file in run.history.files]
    write(path, arrays, meta)


def checkpoint_path(settings: Settings) -> Path:
    """Where a run of these settings saves: `checkpoint_name` with the ending .npz."""
    return with_suffix(settings.checkpoint_name or "run.npz")


def snapshot(run: Run, metadata: Mapping[str, Any] | None = None) -> tuple[dict[str, Array], dict[str, Any]]:
    """(arrays, meta) of a run: all that training goes on from, and all that says what it was."""
    resting = run.held.training is not None
    training = run.held.training or run.held.copy()
    arrays = _named("param", training.params) | _named("state", training.state)
    arrays |= _named("best", run.best_weights.params) | _named("best_state", run.best_weights.state)
    slots, numbers = _rule_state(run)
    arrays |= slots
    if run.average is not None and run.average.count:
        arrays |= _named("avg", run.average.weights() or {})
    arrays["hist/loss"] = np.asarray(run.history.loss, np.float64)
    meta = {
        "settings": settings_record(run.settings, run.updater.rule.name if run.updater.registered else None),
        "metadata": {**(run.settings.metadata or {}), **(metadata or {})},
        "model": {"class": type(run.model).__name__, "config": model_config(run.model)},
        "environment": environment(),
        "data": run.data_fingerprint(),
        "counters": {"step": run.step, "epoch": run.epoch},
        "seconds": {"train": run.seconds_train, "eval": run.seconds_eval},
        "streams": run.streams.state(),
        "sampler": run.sampler.state(),
        "rule": {"name": run.updater.rule.name, "base": run.updater.base, "numbers": numbers},
        "average": run.average.count if run.average is not None else 0,
        "evaluates_at": _evaluates_at(run),
        "horizon": run.horizon,
        "best": run.best.state(),
        "gradient_norm": run.gradient.norm,
        "update_ratio": run.update_ratio,
        "callbacks": run.callbacks.state(),
        "rows": run.history.rows,
        "stopped_reason": run.stopped_reason,
        "resting": resting,
    }
    return arrays, meta


def settings_record(settings: Settings, rule: str | None) -> dict[str, Any]:
    """The arguments as plain values; a function leaves its name, in {"function": name}, and is never loaded by it."""
    record = {entry.name: getattr(settings, entry.name) for entry in fields(settings) if entry.name not in NOT_STORED}
    record["update_rule"] = rule or _function(settings.update_rule)  # rule: of a registered one, its name
    record["lr_schedule"], record["gather"] = _function(settings.lr_schedule), _function(settings.gather)
    record["task"] = _task(settings.task)
    record["class_weight"] = as_record(settings.class_weight)
    record["schedules"] = {name: _function(spec) for name, spec in (settings.schedules or {}).items()}
    record["checkpoint_name"] = settings.checkpoint_name is not None  # a place, not a property of the run
    return record


def _task(task: Any) -> Any:
    """A task by its name; one of the user's own as the function that measures it."""
    if isinstance(task, Task):
        return task.name if TASKS.get(task.name) == task else {"function": task.name}
    return _function(task)


def _from(folder: Path, file: Path) -> str:
    """The way to a file from the checkpoint's folder, so that both can be moved, and no user's path is kept."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        return file.name


def _function(value: Any) -> Any:
    """A spec as plain values: of a function its name, of a user's `file.py:name` that and the hash of its source."""
    spec = value["name"] if isinstance(value, Mapping) and "name" in value else value
    if is_reference(spec):
        return {"function": split(spec)[1], "source": source(spec).sha256}
    if callable(value):
        return {"function": getattr(value, "__name__", type(value).__name__)}
    return dict(value) if hasattr(value, "keys") else value


def _named(group: str, arrays: dict[str, Array]) -> dict[str, Array]:
    return {f"{group}/{name}": array for name, array in arrays.items()}


def _rule_state(run: Run) -> tuple[dict[str, Array], dict[str, dict[str, Any]]]:
    """`opt/<parameter>/<slot>` -> array, and the numbers of each unit; keys that begin with _ are scratch memory."""
    arrays: dict[str, Array] = {}
    numbers: dict[str, dict[str, Any]] = {}
    for unit, config in run.updater.configs.items():
        numbers[unit] = {}
        for key, value in config.items():
            if key.startswith("_"):
                continue
            if isinstance(value, np.generic):
                value = value.item()
            if not isinstance(value, np.ndarray):
                if not isinstance(value, PLAIN):
                    kind = type(value).__name__
                    raise CheckpointError(f"config[{key!r}] of the update rule is a {kind}, which a file cannot hold.")
                numbers[unit][key] = value
            elif unit == WHOLE and value.shape == run.parameters.vector.shape:
                arrays |= {f"opt/{name}/{key}": part for name, part in run.parameters.split(value).items()}
            else:
                arrays[f"opt/{unit}/{key}"] = value
    return arrays, numbers


def _evaluates_at(run: Run) -> str | None:
    if run.average is not None and run.average.count:
        return "average"
    slot: str | None = run.updater.rule.evaluates_at
    return slot if run.updater.evaluation_weights() is not None else None


def model_config(model: Any) -> Any:
    """`model.config()`, or None where a model has none, or has layers that cannot be described."""
    if not hasattr(model, "config"):
        return None
    try:
        return model.config()
    except TypeError:
        return None
