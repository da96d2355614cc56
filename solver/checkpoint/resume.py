"""Builds a Solver from a checkpoint, exactly where the saved one stood; refuses with a reason what does not fit."""

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from base.arrays import Array
from base.environment import environment

from ..errors import CheckpointError
from ..held_weights import Weights
from ..inputs.settings import ARGUMENTS
from ..parameters import FLAT, Parameters
from . import file
from .file import Checkpoint
from .same_model import check_model
from .snapshot import snapshot

FIXED = ("batch_size", "sampling", "seed", "accumulate", "average")  # what makes it another run
BITS = ("numpy", "blas", "blas_version", "threads", "cpu")  # what the bits of a product depend on


def load(make: Any, path: str | Path, model: Any, data: Any, allow_new_data: bool, overrides: dict[str, Any]) -> Any:
    """`make(model, data, **settings)` with the saved settings and `overrides`, then its state; see Solver.load."""
    saved = file.read(path)
    check_model(saved, Parameters(model))
    with _complete(saved):
        arguments = _arguments(saved, overrides)
    run = make(model, data, **arguments)
    same_data = saved.meta["data"] == run.data_fingerprint()
    with _complete(saved):
        if not (same_data or allow_new_data):
            _refuse_data(saved, run.data_fingerprint())
        _warn_environment(saved)
        _restore(run, saved, same_data)
        if saved.meta["horizon"] is not None and not {"lr_schedule", "schedules"} & set(overrides):
            run.lay_out(saved.meta["horizon"])
    return run


def rebuild(
    make: Any, model: Any, data: Any, settings: dict[str, Any], arrays: dict[str, Array], meta: dict[str, Any]
) -> Any:
    """A Solver from the parts of another: what copying and pickling a Solver come to."""
    run = make(model, data, **settings)
    _restore(run, Checkpoint(Path("copy"), arrays, meta), same_data=True)
    if meta["horizon"] is not None:
        run.lay_out(meta["horizon"])
    return run


def parts(run: Any) -> tuple[dict[str, Any], dict[str, Array], dict[str, Any]]:
    """(settings, arrays, meta) of a Solver for `rebuild`; a twin writes neither log nor checkpoint of the original."""
    arrays, meta = snapshot(run)
    settings = {**vars(run.settings), "log": None, "checkpoint_name": None}
    return settings, {name: array.copy() for name, array in arrays.items()}, copy.deepcopy(meta)


@contextmanager
def _complete(saved: Checkpoint) -> Iterator[None]:
    """Whatever is not in the file becomes a CheckpointError."""
    try:
        yield
    except KeyError as error:
        raise CheckpointError(f"{saved.path.name} lacks {error}: it does not fit this model or program.") from error


def _arguments(saved: Checkpoint, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The saved arguments with those given now; functions, which a file cannot hold, must be given again."""
    record, name = dict(saved.meta["settings"]), saved.path.name
    for key in FIXED:
        if key in overrides and overrides[key] != record[key]:
            values = f"{name} was saved with {record[key]!r}, got {overrides[key]!r}"
            raise ValueError(f"{key} cannot change on resume: {values}.")
    if "optim_config" in overrides:
        raise ValueError(f"optim_config cannot change on resume: {name} holds the rule's settings and state.")
    record["checkpoint_name"] = saved.path if record["checkpoint_name"] else None
    arguments: dict[str, Any] = {key: value for key, value in record.items() if key in ARGUMENTS}
    arguments |= {"metadata": saved.metadata, **overrides}
    arguments["optim_config"] = _rule_settings(saved)
    _check_rule(name, record["update_rule"], arguments["update_rule"])
    for key, spec in [("lr_schedule", arguments["lr_schedule"]), *dict(arguments["schedules"]).items()]:
        if isinstance(spec, Mapping) and set(spec) == {"function"}:
            how = "lr_schedule=..." if key == "lr_schedule" else f"schedules={{{key!r}: ...}}"
            raise CheckpointError(
                f"{name} was trained with the schedule {spec['function']!r}, a function, which a file cannot hold:"
                f" pass {how}"
            )
    return arguments


def _check_rule(name: str, saved: Any, now: Any) -> None:
    if isinstance(saved, str):
        if getattr(now, "__name__", now) != saved:
            raise ValueError(f"update_rule cannot change on resume: {name} was saved with {saved!r}, got {now!r}.")
    elif not callable(now) or getattr(now, "__name__", type(now).__name__) != saved["function"]:
        raise CheckpointError(
            f"{name} was trained with the update rule {saved['function']!r}, a function, which a file cannot hold:"
            f" pass update_rule={saved['function']}"
        )


def _rule_settings(saved: Checkpoint) -> dict[str, Any]:
    """Settings for the constructor: the base values, and what else the units have in common."""
    rule = saved.meta["rule"]
    first = next(iter(rule["numbers"].values()))
    return {key: rule["base"].get(key, value) for key, value in first.items()}


def _refuse_data(saved: Checkpoint, now: Mapping[str, str]) -> None:
    for key, before in saved.meta["data"].items():
        what = "training" if key.endswith("train") else "validation"
        if before != now[key]:
            raise CheckpointError(
                f"{what} data differs from the checkpoint's ({key} {_short(before)}; now {_short(now[key])})."
                " Pass allow_new_data=True to continue anyway (not exact)."
            )


def _short(line: str) -> str:
    head, _, digest = line.rpartition(" ")
    return f"{head} {digest[:8]}…"


def _warn_environment(saved: Checkpoint) -> None:
    then, now = saved.meta["environment"], environment()
    changed = [f"{key} {then[key]} (now {now[key]})" for key in BITS if then[key] != now[key]]
    if changed:
        warnings.warn(
            f"{saved.path.name} was written with {', '.join(changed)}:"
            " resume is exact only with the same BLAS and thread count.",
            UserWarning,
            stacklevel=4,
        )


def _restore(run: Any, saved: Checkpoint, same_data: bool) -> None:
    meta = saved.meta
    run.holder.load(saved.group("param"), saved.state)
    run.best_weights = Weights(saved.best_params, saved.best_state)
    run.best.restore(meta["best"])
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


def _restore_rule(run: Any, saved: Checkpoint) -> None:
    rule, arrays = saved.meta["rule"], saved.group("opt")
    run.updater.base = dict(rule["base"])
    for unit, numbers in rule["numbers"].items():
        config = run.updater.configs[unit]
        config.update({key: tuple(value) if isinstance(value, list) else value for key, value in numbers.items()})
        config.update({k.removeprefix(f"{unit}/"): a for k, a in arrays.items() if k.rpartition("/")[0] == unit})
        if unit == FLAT:
            for slot in {key.rpartition("/")[2] for key in arrays if key.rpartition("/")[0] == run.parameters.names[0]}:
                config[slot] = run.parameters.join({name: arrays[f"{name}/{slot}"] for name in run.parameters.names})
