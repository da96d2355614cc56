"""The training curves in a notebook while a net is trained, in one place that is drawn anew."""

import io
from typing import Any, Protocol

from base.tasks import name_of

from .curves import curves

SERIES = ("train_loss", "val_loss", "train_acc", "val_acc", "epoch")


class Watched(Protocol):
    """What the callback needs of the Solver."""

    loss_history: list[float]
    steps_per_epoch: int
    history: Any
    run: Any


class LiveCurves:
    """A callback of the Solver: `Solver(net, data, callbacks=[plots.LiveCurves()], progress="none")` in a notebook.

    At each evaluation `plots.curves` of the run so far takes the place of the picture before. It keeps no state and
    changes nothing of the run. ImportError without IPython or matplotlib says what to install.
    """

    def __init__(self) -> None:
        try:
            from IPython.display import display
        except ImportError:
            raise ImportError("live curves are for notebooks and need IPython: pip install ipython") from None
        self._display: Any = display
        self._shown: Any = None  # the handle of the picture, once there is one

    def on_train_begin(self, solver: Watched) -> None:
        """Each run has a picture of its own."""
        self._shown = None

    def on_eval(self, solver: Watched, logs: dict[str, Any]) -> None:
        """Draw the run so far."""
        from IPython.display import Image

        columns = {name: solver.history.column(name) for name in SERIES}
        measure = name_of(solver.run.task.measure)
        told = {"loss": solver.loss_history, "steps_per_epoch": solver.steps_per_epoch, "measure": measure, **columns}
        stream = io.BytesIO()
        curves(told).savefig(stream, format="png")
        picture = Image(data=stream.getvalue(), format="png", alt=f"the run after {logs['step']} steps")
        if self._shown is None:
            self._shown = self._display(picture, display_id=True)
        else:
            self._shown.update(picture)
