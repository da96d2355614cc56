"""Training curves: loss and measure over the epochs, with every batch's loss as a light trace behind its mean.

The validation set, the accuracies, all epochs but one may be missing; a loss that left the finite numbers is marked.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import style
from .history import Series, measure_of, read_history
from .loss_panel import draw_loss
from .measure_panel import draw_measure
from .saving import PathLike, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 5.2  # inches of one panel


def curves(history: Mapping[str, Any], path: PathLike | None = None) -> "Figure":
    """Draw loss and accuracy against the epoch, in two panels (one, where only one of the two is there).

    history, each key optional, None or empty:
      loss                  loss of each step's batch, (steps,)
      train_loss, val_loss  loss at each evaluation, (evaluations,)
      train_acc, val_acc    accuracy at each evaluation, fractions 0..1, (evaluations,), or another measure
      measure               its name, "accuracy" by default; of others, as "r2", any values are drawn
      steps_per_epoch       makes epochs the horizontal axis; needed where loss and evaluations are both given
      epoch                 the epoch of each evaluation, fractions allowed; by default one evaluation before training
                            (if there are more evaluations than epochs) and one at the end of each epoch
    NaN and infinity leave gaps. The dark line is the mean of about a thirtieth of the steps, centred.
    Raises ValueError where nothing finite is there, accuracies are no fractions or lengths do not fit.
    """
    series, unit = read_history(history)
    measure = measure_of(history)

    def draw_acc(axes: "Axes", series: Mapping[str, Series]) -> None:
        draw_measure(axes, series, measure)

    panels = [draw for suffix, draw in (("loss", draw_loss), ("acc", draw_acc))
              if any(key.endswith(suffix) for key in series)]  # fmt: skip
    end = max(float(one.x[-1]) for one in series.values()) or 1.0
    with drawn(path, _WIDTH * len(panels) + 0.4, style.PANEL) as figure:
        for axes, draw in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            axes.set_xlim(-0.015 * end, 1.015 * end)
            axes.set_xlabel(unit)
            axes.grid(axis="y")
            draw(axes, series)
    return figure
