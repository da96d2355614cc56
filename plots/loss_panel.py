"""The panel of the losses: each step's batch, its moving mean, and the evaluations on fixed rows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from base.arrays import Array

from . import style
from .history import Series, last_finite
from .lines import End, draw_evaluations, label_ends
from .smoothing import moving_mean, window_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TRACE, _MEAN = "#C3CCD3", "#5B6770"
_RASTERISE = 5000  # beyond so many steps the trace in an .svg is a bitmap: the file stays small
_DECADES = 1.3  # a line that falls by more than 10 ** this is drawn on a logarithmic axis
_LARGEST = 1e200  # margins and ticks of the axis stay below the end of float64


def draw_loss(axes: "Axes", series: Mapping[str, Series]) -> None:
    """Draw every series of losses, with labels at the line ends and a title that tells how it ended."""
    ends = _draw_batches(axes, series["loss"]) if "loss" in series else []
    ends += draw_evaluations(axes, series, "loss", 1.0)
    _scale(axes, series)
    axes.set_ylabel("loss (log scale)" if axes.get_yscale() == "log" else "loss")
    axes.set_title(_title(series))
    label_ends(axes, [end._replace(text=f"{end.text} {end.value:.2g}") for end in ends])


def _draw_batches(axes: "Axes", loss: Series) -> list[End]:
    """The trace of all steps, its mean, and a vertical line where the loss first was not finite."""
    x, y = loss
    finite = np.isfinite(y)
    mean = moving_mean(y, window_for(y.size))
    axes.plot(x, np.where(finite, y, np.nan), color=_TRACE, linewidth=0.5, zorder=1, label="loss",
              rasterized=y.size > _RASTERISE, marker="." if y.size == 1 else "")  # fmt: skip
    axes.plot(x, mean, color=_MEAN, zorder=2, label="mean loss")
    if not finite.all():
        axes.axvline(x[np.argmin(finite)], color=style.BLACK, linestyle=":", linewidth=1.0)
    return [End("batches", float(mean[-1]), last_finite(mean), _MEAN)]


def _scale(axes: "Axes", series: Mapping[str, Series]) -> None:
    """A logarithmic axis where a line falls far and stays positive; limits that hold all but the trace's spikes."""
    lines, trace = _finite_values(series)
    seen = np.concatenate([lines, np.percentile(trace, [0.5, 99.5])]) if trace.size else lines
    low, high = float(seen.min()), float(seen.max())
    if low > 0 and np.log10(lines.max()) - np.log10(lines.min()) > _DECADES:
        _logarithmic(axes, low, high)
    else:
        room = 0.05 * (high - low) or 0.5
        axes.set_ylim(max(low - room, 0) if low >= 0 else low - room, high + room)


def _finite_values(series: Mapping[str, Series]) -> tuple[Array, Array]:
    """The values of the mean and of the evaluations together, and those of the trace."""
    trace = series["loss"].y if "loss" in series else np.empty(0)
    firm = [one.y for key, one in series.items() if key.endswith("_loss")]
    if trace.size:
        firm.append(moving_mean(trace, window_for(trace.size)))
    lines = np.concatenate(firm)
    return (np.clip(lines[np.isfinite(lines)], -_LARGEST, _LARGEST),
            np.clip(trace[np.isfinite(trace)], -_LARGEST, _LARGEST))  # fmt: skip


def _logarithmic(axes: "Axes", low: float, high: float) -> None:
    """A logarithmic axis with plain numbers at 1, 2 and 5, or at powers of ten where there are many of them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_ylim(low / 1.15, high * 1.15)  # first, or the change of scale fits the limits to the largest spike
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 1e4 * low else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _title(series: Mapping[str, Series]) -> str:
    y = series["loss"].y if "loss" in series else np.empty(0)
    finite = np.isfinite(y)
    if not finite.all():
        return f"Loss not finite from step {np.argmin(finite) + 1:,} on"
    for key, name in (("val_loss", "Validation loss"), ("train_loss", "Training loss")):
        if key in series:
            return f"{name} {series[key].y[-1]:.3g} at the end"
    return f"Loss {moving_mean(y, window_for(y.size))[-1]:.3g} at the end"
