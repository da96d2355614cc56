"""The trials of a tuning as lines across parallel axes: one for each setting, the last for what they reached.

One sees at once which combinations did well, where slices along one setting show each of them alone. Inselberg (1985).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

from .. import style
from ..saving import PathLike, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDED = ("ok", "diverged", "pruned")
_WIDTH, _HEIGHT = 1.45, 2.8  # inches of an axis and of a panel
_SHADES = "Blues", 0.28, 1.0  # of a colour map: its ends, so that the worst is still seen on white
_ROOM = 0.03  # above and below the ends of the axes


class Scale(NamedTuple):
    """One axis: its name, where each trial lies in 0..1 from below, and ticks as places with texts."""

    name: str
    places: ArrayLike
    ticks: Sequence[tuple[float, str]]


class Lines(NamedTuple):
    """One solver's trials. scales: one per setting; measure: (trials,), less is better; chosen: which were taken.

    ended: one of ENDED for each trial.
    """

    scales: Sequence[Scale]
    measure: ArrayLike
    chosen: Sequence[int]
    ended: Sequence[str]


def parallel(
    trials: Mapping[str, Lines], *, measure: str, target: float | None = None, title: str = "",
    path: PathLike | None = None,
) -> "Figure":  # fmt: skip
    """A panel for each solver; the darker a line, the smaller its measure among the solver's; orange ones were chosen.

    measure: the name of the last axis, which is logarithmic and the same in all panels; target: a mark on it. Lines of
    trials that diverged are dashed and end in a cross, those that were stopped early are dotted and end in a bar.
    Raises ValueError without a solver, or for lengths that do not fit.
    """
    if not trials:
        raise ValueError("trials is empty; expected at least one solver")
    last = _measured([_checked(name, one) for name, one in trials.items()], target)
    widest = max(len(one.scales) for one in trials.values()) + 1
    with drawn(path, _WIDTH * widest + 0.9, _HEIGHT * len(trials) + 0.75) as figure:
        panels = figure.subplots(len(trials), 1, squeeze=False)[:, 0]
        for axes, (name, one) in zip(panels, trials.items(), strict=True):
            scales = [*one.scales, Scale(measure, last.places(one.measure), last.ticks)]
            _panel(axes, scales, one)
            axes.set_xlim(-0.45, widest - 1 + 0.35)
            axes.set_title(name, pad=34)  # above the names of the axes
            if target is not None:
                _mark(axes, len(scales) - 1, float(last.places([target])[0]))
        _legend(figure, trials)
        if title:
            style.headline(figure, title)
    return figure


class _Measured(NamedTuple):
    low: float
    high: float
    ticks: list[tuple[float, str]]

    def places(self, values: ArrayLike) -> Array:
        inside = np.clip(np.asarray(values, float), self.low, self.high)
        return np.asarray(np.log(inside / self.low) / np.log(self.high / self.low))


def _checked(name: str, one: Lines) -> Array:
    values = np.asarray(one.measure, float)
    lengths = {values.size, len(one.ended), *(np.size(scale.places) for scale in one.scales)}
    if len(lengths) > 1 or not values.size:
        raise ValueError(f"trials[{name!r}] has lengths {sorted(lengths)}; expected the same, and at least one trial")
    return values


def _measured(values: Sequence[Array], target: float | None) -> _Measured:
    """The last axis, over all that is positive and finite; others stand at its ends."""
    known = np.concatenate([*values, [] if target is None else [target]])
    known = known[np.isfinite(known) & (known > 0)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.1, 1.0)
    if high < 1.2 * low:
        low, high = low / 1.1, high * 1.1
    axis = _Measured(low, high, [])
    return axis._replace(ticks=[(float(axis.places([value])[0]), text) for value, text in log_ticks(low, high)])


def log_ticks(low: float, high: float, most: int = 5) -> list[tuple[float, str]]:
    """(value, text) of round numbers within [low, high]: powers of ten, with 2 and 5 of each where these are few."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for parts in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        found = [float(f"{part}e{decade}") for decade in decades for part in parts]
        found = [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        if len(found) >= 3:
            break
    found = found or [low, high]
    step = -(-len(found) // most)
    return [(value, f"{value:.3g}") for value in found[::step]]


def _panel(axes: "Axes", scales: Sequence[Scale], one: Lines) -> None:
    from matplotlib import colormaps

    places = np.array([np.asarray(scale.places, float) for scale in scales])
    at, good = np.arange(len(scales)), _rank(np.asarray(one.measure, float))
    name, light, dark = _SHADES
    shade = colormaps[name]
    for trial in np.argsort(good, kind="stable"):  # the best on top
        if trial not in one.chosen:
            colour = shade(light + (dark - light) * float(good[trial]))
            _line(axes, at, places[:, trial], one.ended[trial], colour, 1.1)
    for trial in one.chosen:
        _line(axes, at, places[:, trial], one.ended[trial], style.VERMILION, 2.4, marker="o")
    for x, scale in enumerate(scales):
        axes.plot([x, x], [-_ROOM, 1 + _ROOM], color=style.INK, linewidth=0.9, zorder=4)
        axes.text(x, 1 + 2 * _ROOM, scale.name, ha="center", va="bottom", fontsize=style.FONT - 0.5)
        for y, text in scale.ticks:
            axes.plot([x - 0.03, x], [y, y], color=style.INK, linewidth=0.9, zorder=4)
            axes.text(
                x - 0.05, y, text, ha="right", va="center", fontsize=style.FONT - 1.5, zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
            )  # fmt: skip
    axes.set_ylim(-2 * _ROOM, 1 + 2 * _ROOM)
    axes.set_axis_off()


def _rank(measure: Array) -> Array:
    """1 for the smallest measure down to 0 for the largest; by rank, for most trials lie close together."""
    better = np.array([np.mean(measure > value) if np.isfinite(value) else 0.0 for value in measure])
    return better / max(float(better.max()), 1e-12)


def _line(axes: "Axes", x: Array, y: Array, ended: str, colour: object, width: float, marker: str = "") -> None:
    dash: object = {"diverged": (0, (4, 2)), "pruned": (0, (1, 1.5))}.get(ended, "-")
    colour = style.MUTED if ended == "diverged" and not marker else colour
    axes.plot(
        x, y, color=colour, linewidth=width, linestyle=dash, marker=marker, markersize=4.5, zorder=3 if marker else 2,
        solid_joinstyle="round",
    )  # fmt: skip
    end = {"diverged": "x", "pruned": "|"}.get(ended)
    if end:
        axes.plot(x[-1], y[-1], end, color=colour, markersize=7, markeredgewidth=1.6, zorder=6, clip_on=False)


def _mark(axes: "Axes", x: float, y: float) -> None:
    axes.plot(x + 0.05, y, "<", color=style.INK, markersize=5, zorder=6, clip_on=False)
    axes.text(x + 0.11, y, "target", ha="left", va="center", fontsize=style.FONT - 1.5)


def _legend(figure: "Figure", trials: Mapping[str, Lines]) -> None:
    from matplotlib import colormaps
    from matplotlib.lines import Line2D

    name, light, dark = _SHADES
    there = {ended for one in trials.values() for ended in one.ended}
    several = any(len(one.chosen) > 1 for one in trials.values())
    chosen = {"label": "chosen in a study" if several else "chosen", "color": style.VERMILION, "linewidth": 2.4}
    looks: list[dict[str, Any]] = [
        {"label": "good", "color": colormaps[name](dark)},
        {"label": "bad", "color": colormaps[name](light)},
        {**chosen, "marker": "o", "markersize": 4.5},
    ]
    if "diverged" in there:
        looks.append({"label": "diverged", "color": style.MUTED, "linestyle": (0, (4, 2)), "marker": "x"})
    if "pruned" in there:
        looks.append({"label": "stopped early", "color": style.INK, "linestyle": (0, (1, 1.5)), "marker": "|"})
    handles = [Line2D([], [], **look) for look in looks]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
