"""Training curves: loss and accuracy over the epochs, with every batch's loss as a light trace behind its mean.

The validation set, the accuracies, all epochs but one may be missing; a loss that left the finite numbers is marked.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import style
from .history import Array, Series, read_history
from .lines import End, label_ends
from .saving import PathLike, check_path, save
from .smoothing import moving_mean, window_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 5.2, 3.6  # inches of one panel
_NAMES = {"train": ("training", style.BLUE), "val": ("validation", style.VERMILION)}
_TRACE = "#C3CCD3"
_BATCHES = "#5B6770"
_RASTERISE = 5000  # beyond so many steps the trace in an .svg is a bitmap: the file stays small
_DECADES = 1.3  # a mean loss that falls by more than 10 ** this is drawn on a logarithmic axis


def curves(history: Mapping[str, Any], path: PathLike | None = None) -> "Figure":
    """Draw loss and accuracy against the epoch, in two panels (one, where only one of the two is there).

    history, each key optional, None or empty:
      loss                  loss of each step's batch, (steps,)
      train_loss, val_loss  loss at each evaluation, (evaluations,)
      train_acc, val_acc    accuracy at each evaluation, fractions 0..1, (evaluations,)
      steps_per_epoch       makes epochs the horizontal axis; needed where loss and evaluations are both given
      epoch                 the epoch of each evaluation, fractions allowed; by default one evaluation before training
                            (if there are more evaluations than epochs) and one at the end of each epoch
    NaN and infinity leave gaps. The dark line is the mean of about a thirtieth of the steps, centred.
    Raises ValueError where nothing finite is there, accuracies are no fractions or lengths do not fit.
    """
    target = check_path(path)
    series, unit = read_history(history)
    panels = [draw for prefix, draw in (("loss", _loss_panel), ("acc", _accuracy_panel))
              if any(key.endswith(prefix) for key in series)]  # fmt: skip
    end = max(float(one.x[-1]) for one in series.values())
    with style.house_style():
        figure = style.new_figure(_WIDTH * len(panels) + 0.4, _HEIGHT)
        for axes, draw in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            axes.set_xlim(-0.015 * (end or 1), 1.015 * (end or 1))
            axes.set_xlabel(unit)
            axes.grid(axis="y")
            draw(axes, series, unit)
        save(figure, target)
    return figure


def _loss_panel(axes: "Axes", series: Mapping[str, Series], unit: str) -> None:
    ends = []
    if "loss" in series:
        x, y = series["loss"]
        mean = moving_mean(y, window_for(y.size))
        axes.plot(x, np.where(np.isfinite(y), y, np.nan), color=_TRACE, linewidth=0.5, zorder=1,
                  rasterized=y.size > _RASTERISE, label="loss", marker="." if y.size == 1 else "")  # fmt: skip
        axes.plot(x, mean, color=_BATCHES, zorder=2, label="mean loss")
        ends.append(End("batches", float(mean[-1]), _last(mean), _BATCHES))
        _mark_divergence(axes, series["loss"])
    ends += _evaluations(axes, series, "loss", 1.0)
    _loss_scale(axes, series)
    axes.set_ylabel("loss (log scale)" if axes.get_yscale() == "log" else "loss")
    axes.set_title(_loss_title(series))
    label_ends(axes, [end._replace(text=f"{end.text} {end.value:.2g}") for end in ends], _HEIGHT - 0.9)


def _accuracy_panel(axes: "Axes", series: Mapping[str, Series], unit: str) -> None:
    ends = _evaluations(axes, series, "acc", 100.0)
    shown = [one for key, one in series.items() if key.endswith("_acc")]
    later = np.concatenate([100 * one.y[one.x > 0] for one in shown])
    later = later[np.isfinite(later)]
    before = [100 * one.y[0] for one in shown if one.x[0] == 0 and np.isfinite(one.y[0])]
    if later.size > 2 and before and 3 * np.ptp(later) < later.min() - min(before):
        # The entry before training, near chance, would press all others against the upper edge.
        room = max(0.08 * np.ptp(later), 0.25)
        axes.set_ylim(later.min() - room, later.max() + room)
        left = 2 * shown[0].x[1] > shown[0].x[-1]  # the steep first line comes in on the right
        axes.annotate(f"from {min(before):.1f} % before training", (0.02 if left else 0.98, 0.03), color=style.MUTED,
                      xycoords="axes fraction", ha="left" if left else "right", fontsize=style.FONT - 1)  # fmt: skip
    axes.set_ylabel("accuracy (%)")
    axes.set_title(_accuracy_title(series, unit))
    label_ends(axes, [end._replace(text=f"{end.text} {style.percent(end.value / 100)}") for end in ends], _HEIGHT - 0.9)


def _evaluations(axes: "Axes", series: Mapping[str, Series], what: str, factor: float) -> list[End]:
    """Draw train_ and val_ `what`, times `factor`; the labels of what was drawn."""
    ends = []
    for prefix, (name, colour) in _NAMES.items():
        one = series.get(f"{prefix}_{what}")
        if one is not None:
            y = np.where(np.isfinite(one.y), factor * one.y, np.nan)
            axes.plot(one.x, y, color=colour, zorder=3, label=f"{prefix}_{what}",
                      marker="o" if y.size <= 40 else "", markersize=3.5)  # fmt: skip
            ends.append(End(name, float(y[-1]), _last(y), colour))
    return ends


def _last(values: Array) -> float:
    return float(values[np.isfinite(values)][-1])


def _loss_scale(axes: "Axes", series: Mapping[str, Series]) -> None:
    """A logarithmic axis where the loss falls far and stays positive; limits that hold all but the trace's spikes."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    trace = series["loss"].y if "loss" in series else np.empty(0)
    trace = trace[np.isfinite(trace)]
    firm = [moving_mean(trace, window_for(trace.size))] if trace.size else []
    firm += [one.y[np.isfinite(one.y)] for key, one in series.items() if key.endswith("_loss")]
    lines = np.concatenate(firm)
    low, high = lines.min(), lines.max()
    if trace.size:
        low, high = min(low, np.percentile(trace, 0.5)), max(high, np.percentile(trace, 99.5))
    if low > 0 and lines.min() > 0 and np.log10(lines.max()) - np.log10(lines.min()) > _DECADES:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.15, high * 1.15)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 1e4 * low else (1.0,)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        room = 0.05 * (high - low) or 0.5
        axes.set_ylim(max(low - room, 0) if low >= 0 else low - room, high + room)


def _mark_divergence(axes: "Axes", loss: Series) -> None:
    """A vertical line where the loss first was not finite; the title names the step."""
    bad = np.flatnonzero(~np.isfinite(loss.y))
    if bad.size:
        axes.axvline(loss.x[bad[0]], color=style.BLACK, linestyle=":", linewidth=1.0)


def _loss_title(series: Mapping[str, Series]) -> str:
    loss = series.get("loss")
    if loss is not None and not np.isfinite(loss.y).all():
        return f"Loss not finite from step {np.flatnonzero(~np.isfinite(loss.y))[0] + 1:,} on"
    for key, name in (("val_loss", "Validation loss"), ("train_loss", "Training loss")):
        if key in series:
            return f"{name} {series[key].y[-1]:.3g} at the end"
    y = series["loss"].y
    return f"Loss {moving_mean(y, window_for(y.size))[-1]:.3g} at the end"


def _accuracy_title(series: Mapping[str, Series], unit: str) -> str:
    for key, name in (("val_acc", "validation"), ("train_acc", "training")):
        if key in series:
            x, y = series[key]
            best = int(np.nanargmax(y))
            return f"Best {name} accuracy {style.percent(y[best])}, {unit} {round(float(x[best]), 2):g}"
    raise AssertionError("the accuracy panel is drawn only where there is an accuracy")
