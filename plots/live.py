"""The training curves in a notebook while a net is trained, in one place that is drawn anew."""

import io
from typing import Any, Protocol

from base.own_packages import optional
from base.tasks import name_of

from .curves import curves

SERIES = ("train_loss", "val_loss", "train_acc", "val_acc", "epoch")


class Watched(Protocol):
    """What the callback needs of the Solver."""

    loss_history: list[float]
    steps_per_epoch: int
    history: Any
    run: Any


def history_of(solver: Any) -> dict[str, Any]:
    """The history of a Solver as `curves` takes it."""
    columns = {name: solver.history.column(name) for name in SERIES}
    measure = name_of(solver.run.task.measure)
    return {"loss": solver.loss_history, "steps_per_epoch": solver.steps_per_epoch, "measure": measure, **columns}


class LiveCurves:
    """A callback of the Solver: `Solver(net, data, callbacks=[plots.LiveCurves()], progress="none")` in a notebook.

    At each evaluation `plots.curves` of the run so far takes the place of the picture before. It keeps no state and
    changes nothing of the run. ImportError without IPython or matplotlib says what to install.
    """

    def __init__(self) -> None:
        need = "live curves are for notebooks and need IPython: pip install ipython"
        self._display: Any = optional("IPython.display", need).display
        self._shown: Any = None  # the handle of the picture, once there is one

    def on_train_begin(self, solver: Watched) -> None:
        """Each run has a picture of its own."""
        self._shown = None

    def on_eval(self, solver: Watched, logs: dict[str, Any]) -> None:
        """Draw the run so far."""
        from IPython.display import Image

        stream = io.BytesIO()
        curves(history_of(solver)).savefig(stream, format="png")
        picture = Image(data=stream.getvalue(), format="png", alt=f"the run after {logs['step']} steps")
        if self._shown is None:
            self._shown = self._display(picture, display_id=True)
        else:
            self._shown.update(picture)
