"""From the result of a run to the figures that a results page shows: last epoch, best epoch, loss, seconds."""

from collections.abc import Mapping
from typing import Any

from base.words import SHARES, readable

KEPT = (
    "test_accuracy", "test_accuracy_best", "best_val_accuracy", "val_accuracy", "test_loss", "loss", "losses",
    "train_losses", "train_losses_low", "train_losses_high", "test_correct", "stopped", "target_reached", "step",
    "epoch", "seconds", "cpu_seconds", "environment",
)  # fmt: skip


def compact(result: Mapping[str, Any]) -> dict[str, Any]:
    """The measured figures of a run as plain numbers: what recipes keep of it."""
    settings, data = result["settings"], result["data"]
    measure = result.get("measure", "accuracy")
    names = ["measure"] * (measure != "accuracy") + [name.replace("accuracy", measure) for name in KEPT]
    kept = {name: result[name] for name in names if result.get(name) not in (None, [])}
    return {"seed": settings.get("seed", 0), "data": data["name"], "verified": data["verified"], **kept}


def best_epoch(result: Mapping[str, Any]) -> tuple[int, int] | None:
    """(epoch, correct test images) of the epoch with the most, where they were counted."""
    counts = result.get("test_correct") or []
    return max(((int(e), int(c)) for e, c in counts), key=lambda pair: pair[1]) if counts else None


def sentence(result: Mapping[str, Any]) -> str:
    """The run's own figures, as they stand beside a published one."""
    measure = result.get("measure", "accuracy")
    value = result.get(f"test_{measure}")
    shown = "" if value is None else f"{100 * value:.2f} %" if measure in SHARES else f"{value:.4f}"
    parts = [] if value is None or value != value else [f"test {readable(measure)} {shown} (last epoch)"]
    best = best_epoch(result)
    if best is not None:
        parts.append(f"{best[1]} correct at best, in epoch {best[0]}")
    if result.get("losses"):
        parts.append(f"loss {result['losses'][0][1]:.3g} -> {result['losses'][-1][1]:.3g}")
    elif not parts:
        parts.append(f"test loss {result['test_loss']:.4g}")
    return ", ".join([*parts, f"{result['seconds']:.1f} s"])
