"""Puts a run back exactly where a saved one stood; refuses with a reason what does not fit."""

import copy
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array
from base.environment import environment
from base.printable import printable
from base.user_code import is_reference, source, split

from ..errors import CheckpointError
from ..held_weights import Weights
from ..inputs.settings import OPTIONS
from ..inputs.weights import from_record
from ..run import Run
from ..update import WHOLE
from .file import Checkpoint
from .snapshot import snapshot

FIXED = ("batch_size", "sampling", "seed", "accumulate", "average", "class_weight")  # what makes it another run
BITS = ("numpy", "blas", "blas_version", "blas_kernel", "threads", "cpu")  # what the bits of a product depend on
GIVEN_AGAIN = {"update_rule": "update rule", "lr_schedule": "schedule", "gather": "gather", "task": "measure"}


class Parts(NamedTuple):
    """What a twin of a run is made from, with a model and data."""

    settings: dict[str, Any]
    arrays: dict[str, Array]
    meta: dict[str, Any]


def parts(run: Run) -> Parts:
    """Copies of all that a twin needs; it writes neither log nor checkpoint of the original."""
    arrays, meta = snapshot(run)
    settings = {**vars(run.settings), "log": None, "checkpoint_name": None}
    return Parts(settings, {name: array.copy() for name, array in arrays.items()}, copy.deepcopy(meta))


def restore_twin(run: Run, parts: Parts) -> None:
    """Put a new run of the settings from `parts` where the original stood."""
    _restore(run, Checkpoint(Path("copy"), _writable(parts), parts.meta), same_data=True)
    if parts.meta["horizon"] is not None:
        run.lay_out(parts.meta["horizon"])


def restore_on_other_data(run: Run, parts: Parts) -> None:
    """Put a new run where the original stood at the end of an epoch, to learn from other rows: all but the data.

    Passes over data count, whatever their length: schedules stretch, and losses of steps that there are no more go.
    """
    _restore(run, Checkpoint(Path("copy"), _writable(parts), parts.meta), same_data=False)
    steps, run.epoch = parts.meta["counters"]["step"], parts.meta["counters"]["epoch"]
    run.step = run.epoch * run.steps_per_epoch
    if run.history.rows:
        run.history.rows[-1] = {**run.history.rows[-1], "step": run.step}
    losses = run.history.loss
    losses[:] = [math.nan] * (run.step - len(losses)) + losses[len(losses) - min(run.step, len(losses)) :]
    if parts.meta["horizon"] is not None:
        run.lay_out(round(parts.meta["horizon"] * run.step / steps) if steps else run.total_steps)


def _writable(parts: Parts) -> dict[str, Array]:
    """The arrays to train on; joblib may map those of a pickle from its file, read-only."""
    return {name: np.require(array, requirements="W") for name, array in parts.arrays.items()}


def restore(run: Run, saved: Checkpoint, allow_new_data: bool, overrides: Mapping[str, Any]) -> None:
    """Put a new run of the settings from `options` where the saved one stood; see Solver.load."""
    if "streams" not in saved.meta:
        name = saved.path.name
        raise CheckpointError(f"{name} holds weights alone, as `layergraph import` writes: nothing to resume.")
    same_data = saved.meta["data"] == run.data_fingerprint()
    with _complete(saved):
        if not (same_data or allow_new_data):
            _refuse_data(saved, run.data_fingerprint())
        _warn_environment(saved)
        _restore(run, saved, same_data)
        if saved.meta["horizon"] is not None and not {"lr_schedule", "schedules"} & set(overrides):
            run.lay_out(saved.meta["horizon"])


@contextmanager
def _complete(saved: Checkpoint) -> Iterator[None]:
    """Whatever is not in the file becomes a CheckpointError."""
    try:
        yield
    except KeyError as error:
        raise CheckpointError(f"{saved.path.name} lacks {error}: it does not fit this model or program.") from error


def options(saved: Checkpoint, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The saved options with those given now; functions, which a file cannot hold, must be given again."""
    with _complete(saved):
        return _options(saved, overrides)


def _options(saved: Checkpoint, overrides: Mapping[str, Any]) -> dict[str, Any]:
    record, name = dict(saved.meta["settings"]), saved.path.name
    record["class_weight"] = from_record(record.get("class_weight"))
    record["log"] = [saved.path.parent / file for file in record.get("log", ())] or None
    for key in FIXED:
        if key in overrides and overrides[key] != record.get(key):
            values = f"{name} was saved with {record.get(key)!r}, got {overrides[key]!r}"
            raise ValueError(f"{key} cannot change on resume: {values}.")
    if "optim_config" in overrides:
        raise ValueError(f"optim_config cannot change on resume: {name} holds the rule's settings and state.")
    record["checkpoint_name"] = saved.path if record["checkpoint_name"] else None
    chosen: dict[str, Any] = {key: value for key, value in record.items() if key in OPTIONS}
    chosen |= {"metadata": saved.metadata, **overrides, "optim_config": _rule_settings(saved)}
    _check_rule(name, record["update_rule"], chosen["update_rule"])
    for key in ("lr_schedule", "gather", "task"):
        _check_given(name, key, chosen.get(key), f"{key}=...", record.get(key))
    for key, spec in dict(chosen["schedules"] or {}).items():
        before = dict(record.get("schedules") or {}).get(key)
        _check_given(name, "lr_schedule", spec, f"schedules={{{key!r}: ...}}", before)
    return chosen


def _check_given(name: str, what: str, value: Any, how: str, saved: Any = None) -> None:
    if isinstance(value, Mapping) and "function" in value:
        raise CheckpointError(
            f"{name} was trained with the {GIVEN_AGAIN[what]} {value['function']!r}, a function, which a file cannot"
            f" hold: pass {how}"
        )
    before = saved.get("source") if isinstance(saved, Mapping) else None
    reference = str(value.get("name") if isinstance(value, Mapping) else value)
    if before is not None and is_reference(reference) and source(reference).sha256 != before:
        raise CheckpointError(
            f"{reference} has changed since {name} was written: its source was {before[:8]}…, and is"
            f" {source(reference).sha256[:8]}… now. Put it back, or start another run."
        )


def _check_rule(name: str, saved: Any, now: Any) -> None:
    called = split(now)[1] if is_reference(now) else getattr(now, "__name__", type(now).__name__)
    if isinstance(saved, str):
        if saved not in (now, called):
            raise ValueError(f"update_rule cannot change on resume: {name} was saved with {saved!r}, got {now!r}.")
        return
    if not (callable(now) or is_reference(now)) or called != saved["function"]:
        _check_given(name, "update_rule", {"function": saved["function"]}, f"update_rule={saved['function']}")
    _check_given(name, "update_rule", now, "", saved)


def _rule_settings(saved: Checkpoint) -> dict[str, Any]:
    """Settings for the constructor: the base values, and what else the configs have in common."""
    rule = saved.meta["rule"]
    first = next(iter(rule["numbers"].values()))
    return {key: rule["base"].get(key, value) for key, value in first.items()}


def _refuse_data(saved: Checkpoint, now: Mapping[str, str]) -> None:
    for key in saved.meta["data"] | now:
        what = "validation" if key.endswith("val") else "training"
        before, here = saved.meta["data"].get(key, "none"), now.get(key, "none")
        if before != here:
            raise CheckpointError(
                f"{what} data differs from the checkpoint's ({key} {_short(before)}; now {_short(here)})."
                " Pass allow_new_data=True to continue anyway (not exact)."
            )


def _short(line: str) -> str:
    if line == "none":
        return line
    head, _, digest = line.rpartition(" ")
    return f"{head} {digest[:8]}…"


def _warn_environment(saved: Checkpoint) -> None:
    then, now = saved.meta["environment"], environment()
    known = [key for key in BITS if key in then]  # older files do not name the kernel
    changed = [f"{key} {printable(then[key])} (now {now[key]})" for key in known if then[key] != now[key]]
    if changed:
        warnings.warn(
            f"{saved.path.name} was written with {', '.join(changed)}:"
            " resume is exact only with the same BLAS and thread count.",
            UserWarning,
            stacklevel=4,
        )


def _restore(run: Run, saved: Checkpoint, same_data: bool) -> None:
    meta = saved.meta
    run.held.load(saved.group("param"), saved.state)
    run.best_weights = Weights(saved.best_params, saved.best_state)
    run.best.restore(meta["best"], meta["rows"])
    _restore_rule(run, saved)
    if run.average is not None and meta["average"]:
        run.average.restore(meta["average"], saved.group("avg"))
    run.step, run.epoch = meta["counters"]["step"], meta["counters"]["epoch"]
    run.seconds_train, run.seconds_eval = meta["seconds"]["train"], meta["seconds"]["eval"]
    run.streams.restore(meta["streams"])
    if same_data:
        run.sampler.restore(meta["sampler"])
    else:
        run.epoch = run.step // run.steps_per_epoch
    run.history.loss[:] = saved.arrays["hist/loss"].tolist()
    run.history.rows[:] = meta["rows"]
    run.gradient.norm, run.update_ratio = meta["gradient_norm"], meta["update_ratio"]
    run.stopped_reason = meta["stopped_reason"]
    run.callbacks.restore(meta["callbacks"])
    if meta["resting"]:
        run.rest()


def _restore_rule(run: Run, saved: Checkpoint) -> None:
    """Numbers and state into the configs; older files have those of each parameter where one config now has all."""
    numbers, arrays = saved.meta["rule"]["numbers"], saved.group("opt")
    run.updater.base = dict(saved.meta["rule"]["base"])
    for unit, config in run.updater.configs.items():
        of_unit = numbers[unit] if unit in numbers else next(iter(numbers.values()))
        config.update({key: tuple(value) if isinstance(value, list) else value for key, value in of_unit.items()})
        config.update(_under(unit, arrays))
    if WHOLE in run.updater.configs:
        for slot in _under(run.parameters.names[0], arrays):
            pieces = {name: arrays[f"{name}/{slot}"] for name in run.parameters.names}
            run.updater.configs[WHOLE][slot] = run.parameters.join(pieces)


def _under(unit: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays `unit/slot` by slot."""
    return {key.removeprefix(f"{unit}/"): a for key, a in arrays.items() if key.rpartition("/")[0] == unit}
