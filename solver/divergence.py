"""What to say, and to save, when a loss or a gradient is no longer finite."""

import math
from typing import Any

from .errors import DivergedError


def diverged(run: Any, loss: float) -> DivergedError:
    """The error for this step: names the tensor, the step and what to try; saves the state before the step.

    `run` is a Solver whose step has computed `loss` and the gradient but moved nothing.
    """
    return DivergedError(
        f"{_what(run, loss)} at step {run.step + 1} (epoch {(run.step + 1) / run.steps_per_epoch:.3g})."
        f" Last finite loss {_last_finite(run):.3g}, gradient norm {run.gradient.measure():.3g}."
        f" Try a smaller learning_rate (now {run.updater.value():.3g}) or clip_norm."
        f" State before the step: {_saved(run)}"
    )


def _what(run: Any, loss: float) -> str:
    weights, gradient = run.parameters.not_finite(), run.gradient.not_finite()
    because = f" (parameter {weights!r} is not finite)" if weights else ""
    if not math.isfinite(loss):
        return f"loss is {loss}{because}"
    return f"gradient of {gradient!r} is not finite{because}" if gradient else f"parameter {weights!r} is not finite"


def _last_finite(run: Any) -> float:
    return next((loss for loss in reversed(run.history.loss) if math.isfinite(loss)), math.nan)


def _saved(run: Any) -> str:
    if not run.settings.checkpoint_name:
        return "not saved (no checkpoint_name)"
    path = run.checkpoint_path.with_name("diverged.npz")
    run.save(path)
    return str(path)
