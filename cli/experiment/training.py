"""The run itself: the Solver that the settings describe, the lines at its start, and what is written at its end."""

import argparse
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import mnist
from base.atomic import atomic_write
from base.files import json_text
from base.tasks import name_of
from plots.live import history_of
from solver import LayerRecord, Solver, checkpoint, environment, rules

from ..flags_and_output import plain
from . import batches, data_and_model, own_code, run_folder
from .callbacks import EpochLines, StepLines, StopAt
from .measured import BATCH, measured
from .settings import TrainSettings

FEW = 200  # steps of a run
FAR = 20.0  # of real targets; a fresh net gives values of about 1
UNTIL = {"epochs", "patience", "target", "max_seconds", "threads"}  # what a resumed run may change


def make_solver(settings: TrainSettings, data: mnist.Dataset, folder: Path, args: argparse.Namespace) -> Solver:
    """A fresh Solver that saves to `folder`, or with args.resume the one that the folder's checkpoint holds."""
    seeds = np.random.SeedSequence(settings.seed).spawn(4)  # initialisation, batches, noise, evaluation; as Solver does
    sizes = data_and_model.sizes(data)
    model = data_and_model.build_model(settings, *sizes, seeds[0], tuple(data.info.shape))
    keywords = _keywords(settings, data, folder, args)
    keywords["metadata"] |= {"sizes": list(sizes), "code": own_code.sources(settings)}
    path = folder / run_folder.CHECKPOINT
    with warnings.catch_warnings():
        if settings.scale == "raw":  # pixels as they are stored were asked for
            warnings.filterwarnings("ignore", message="X_train (is uint8|holds values from .*: pixels 0)")
        solver = _solver(args, settings, path, model, data, keywords)
    for note in rules.unread(settings.rule, list(settings.settings)):
        print(f"note: {note}", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)  # only now: wrong settings leave nothing behind
    text = settings.to_toml().encode()
    atomic_write(folder / "config.toml", lambda stream: stream.write(text))
    return solver


def _solver(
    args: argparse.Namespace,
    settings: TrainSettings,
    path: Path,
    model: Any,
    data: mnist.Dataset,
    keywords: dict[str, Any],
) -> Solver:
    if args.resume:
        _refuse_another_run(path, settings)
        if settings.engine == "auto":  # a run goes on with the engine that began it
            del keywords["engine"]
        return Solver.load(path, model, data, **keywords)
    return Solver(model, data, optim_config=settings.settings, checkpoint_name=path, **keywords)


def _refuse_another_run(path: Path, settings: TrainSettings) -> None:
    """ValueError where the settings differ from the saved ones in more than when the run ends."""
    saved = checkpoint.read(path).metadata
    before, now = plain(saved.get("settings", {})), plain(settings.as_dict())
    for key in sorted({*before, *now} - UNTIL):
        if before.get(key) != now.get(key):
            raise ValueError(
                f"--resume: {key} was {before.get(key)!r} in this run and is {now.get(key)!r} now; only "
                f"{', '.join(sorted(UNTIL))} may change. Start another run with --out"
            )
    own_code.refuse_changed(saved.get("code", {}), own_code.references(settings), "--resume")


def _keywords(settings: TrainSettings, data: mnist.Dataset, folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """What Solver and Solver.load both take; a change that would make it another run is refused by the latter."""
    whole = settings.full_batch
    return {
        "update_rule": settings.rule,
        "lr_decay": settings.lr_decay,
        "lr_schedule": _schedule(settings),
        "batch_size": len(data["X_train"]) if whole else settings.batch,
        "num_epochs": settings.epochs,
        "sampling": "epoch" if whole else settings.sampling,
        "clip_norm": settings.clip,
        "max_norm": settings.max_norm,
        "average": settings.average,
        "callbacks": _callbacks(settings, data, args),
        "gather": batches.gather(settings, data, data.info.shape),
        "patience": settings.patience,
        "target": settings.target,
        "max_seconds": settings.max_seconds,
        "seed": settings.seed,
        "log": [folder / "history.csv", folder / "history.jsonl"],
        "progress": args.progress,
        "verbose": not args.quiet,
        "engine": settings.engine,
        "print_every": 10**9,
        "restore_best": False,
        "metadata": {"settings": plain(settings.as_dict()), "data": data.info.as_dict()},
    }


def _schedule(settings: TrainSettings) -> Any:
    if not settings.schedule_settings:
        return settings.schedule
    return {"name": settings.schedule, **settings.schedule_settings}


def _callbacks(settings: TrainSettings, data: mnist.Dataset, args: argparse.Namespace) -> list[Any]:
    """The lines that classical texts print, where the settings ask for them."""
    callbacks: list[Any] = []
    printed = not args.quiet
    if settings.test_every:
        callbacks.append(EpochLines(data["X_test"], data["y_test"], settings.test_every, printed))
    if settings.loss_every:
        callbacks.append(StepLines(settings.loss_every, printed))
    if settings.watch_layers:
        callbacks.append(LayerRecord())
    if settings.steps:
        callbacks.append(StopAt(settings.steps))
    return callbacks


def headlines(settings: TrainSettings, data: mnist.Dataset, solver: Solver) -> list[str]:
    """The data, the model, the rule and what makes the run repeatable, a line each; and code of the user's own."""
    rows = {part: len(data[f"X_{part}"]) for part in ("train", "val", "test")}
    rows["val"] *= settings.val != 0
    counts = " / ".join(f"{count} {part}" for part, count in rows.items())
    config = " ".join(f"{key}={value:g}" for key, value in solver.run.updater.base.items())
    where = environment()
    threads = "?" if where["threads"] is None else where["threads"]
    return [
        f"data    {data.info.name}   {counts}   {data['X_train'].dtype}   {data.state}",
        f"model   {data_and_model.describe_model(solver.model, settings)}",
        f"rule    {settings.rule} {config}   {_batches(settings, solver)}   "
        f"seed {settings.seed}   BLAS {where['blas']} x{threads}",
        *own_code.lines(settings),
        *(f"note    {note}" for note in [*data.info.notes, *_far_targets(data), *_few_steps(settings, data, solver)]),
    ]


def _far_targets(data: mnist.Dataset) -> list[str]:
    """What real targets ask for that lie far from the outputs of a fresh net: its first steps would throw it off."""
    if not data_and_model.is_real(data):
        return []
    mean, std = float(np.mean(data["y_train"])), float(np.std(data["y_train"]))
    size = max(abs(mean), std)
    if size <= FAR:
        return []
    unit = 10.0 ** np.floor(np.log10(size))
    return [f"the targets (mean {mean:.3g}, deviation {std:.3g}) lie far from what a fresh net gives: training may"
            f" diverge or take long; give them in a larger unit, divided by {unit:g}, say"]  # fmt: skip


def _few_steps(settings: TrainSettings, data: mnist.Dataset, solver: Solver) -> list[str]:
    """What a small data set of one's own asks for: an epoch of it is a step or two."""
    rows, steps = len(solver.data.X_train), solver.total_steps
    if data.info.own is None or steps >= FEW or settings.full_batch or settings.batch <= 16:
        return []
    more = max(50, 2 * settings.epochs)
    return [f"{steps} steps in all on {rows} training rows are few: try --batch 16 --epochs {more}"]


def _batches(settings: TrainSettings, solver: Solver) -> str:
    if settings.full_batch:
        return f"all {solver.settings.batch_size} rows in each step"
    return f"batch {settings.batch}, {settings.sampling.replace('_', ' ')}"


def finish(
    settings: TrainSettings, data: mnist.Dataset, folder: Path, solver: Solver, *, pictures: bool,
    cpu_seconds: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Measure on the test set, at the last step and at the best validation; write result.json and the pictures."""
    measure, last = name_of(solver.run.task.measure), _test(solver, data)
    with solver.run.held.holding(solver.run.best_weights):
        best = _test(solver, data)
    rows, held_out = solver.history.rows, settings.val != 0
    result = {
        "measure": measure,
        f"test_{measure}": last[measure],
        f"test_{measure}_best": best[measure] if held_out else None,
        f"best_val_{measure}": solver.best_val_acc if held_out else None,
        "test_loss": last["loss"],
        f"val_{measure}": rows[-1]["val_acc"] if held_out else None,
        **{f"test_{name}": value for name, value in last.items() if name not in ("loss", measure)},
        "loss": rows[-1]["loss"],
        "stopped": solver.stopped_reason,
        "target_reached": solver.stopped_reason == "target" if settings.target is not None else None,
        "engine": solver.settings.engine,
        "step": solver.step,
        "epoch": rows[-1]["epoch"],
        "seconds": rows[-1]["seconds_train"] + rows[-1]["seconds_eval"],
        "cpu_seconds": cpu_seconds,
        "train_losses": _thinned(solver.loss_history, np.mean),
        "train_losses_low": _thinned(solver.loss_history, lambda losses: np.quantile(losses, 0.05)),
        "train_losses_high": _thinned(solver.loss_history, lambda losses: np.quantile(losses, 0.95)),
        **_printed(solver),
        "settings": settings.as_dict(),
        "data": data.info.as_dict(),
        "environment": environment(),
        **({"code": code} if (code := own_code.sources(settings)) else {}),
        "pictures": [],
    }
    if settings.watch_layers:
        run_folder.write_layers(folder, layer_rows(solver))
    _write(folder, result)  # before the pictures: what was trained is not lost where they cannot be drawn
    if pictures:
        try:
            drawn = run_folder.draw(folder, history_of(solver), solver.model, data)
            drawn += run_folder.draw_layers(folder, layer_rows(solver))
            result["pictures"] = [str(path) for path in drawn]
            _write(folder, result)
        except (ImportError, ValueError) as error:
            print(f"note: no pictures: {error}", file=sys.stderr)
    return result


def layer_rows(solver: Solver) -> list[dict[str, Any]]:
    """What was kept of the layers, a dict an evaluation; nothing where that was not asked for."""
    return [row for callback in solver.settings.callbacks if isinstance(callback, LayerRecord) for row in callback.rows]


def _write(folder: Path, result: Mapping[str, Any]) -> None:
    atomic_write(folder / "result.json", lambda stream: stream.write(json_text.sealed(plain(result)).encode()))


def _thinned(losses: Sequence[float], measure: Callable[[Sequence[float]], Any]) -> list[float]:
    """One measure of up to 40 stretches of equal length (the last may be shorter), to four digits, for a curve."""
    length = max(1, -(-len(losses) // 40))
    return [float(f"{measure(losses[at : at + length]):.4g}") for at in range(0, len(losses), length)]


def _printed(solver: Solver) -> dict[str, Any]:
    """What the lines of the run said: [epoch, correct test images] and [step, loss after the update]."""
    found: dict[str, Any] = {}
    for callback in solver.settings.callbacks:
        if isinstance(callback, EpochLines):
            found["test_correct"] = callback.counts
        if isinstance(callback, StepLines):
            found["losses"] = callback.losses
    return found


def _test(solver: Solver, data: mnist.Dataset) -> dict[str, Any]:
    """The loss and measures on the test set; models of others, whose `loss` may do anything, give no loss."""
    task, X, y = solver.run.task, data["X_test"], data["y_test"]
    if not len(X):
        return {name_of(task.measure): float("nan"), "loss": None}
    if hasattr(solver.model, "evaluate"):
        return dict(measured(solver.model, X, y, task))
    return {name_of(task.measure): solver.check_accuracy(X, y, batch_size=BATCH), "loss": None}
