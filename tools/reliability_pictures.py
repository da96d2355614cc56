"""The pictures of docs/reliability.md, each from what one campaign left; what did not run has no picture."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plots import style
from plots.saving import save

OUTCOMES = {
    "exact": style.SKY, "refused": style.GREEN, "silently wrong": style.VERMILION, "crashed": style.BLACK,
    "other exception": style.PURPLE, "slow": style.ORANGE, "memory": style.MUTED,
}  # fmt: skip
SOURCES = {"files": "corrupt-files", "kills": "kill-resume", "mutants": "mutants", "gradients": "gradients"}


def draw(found: Mapping[str, Mapping[str, Any]], folder: Path, titles: Mapping[str, str]) -> list[str]:
    """Draw what there is; the names of the pictures."""
    made = []
    for name, source in SOURCES.items():
        if source in found:
            with style.house_style():
                figure = _DRAW[name](found[source]["figures"])
                style.headline(figure, titles[name])
                save(figure, folder / f"reliability-{name}.png")
            made.append(name)
    return made


def files(figures: Mapping[str, Any]) -> Any:
    """Two bars a format, ours above the usual loader's, of shares of the files."""
    figure = style.new_figure(8.2, 0.55 * len(figures) + 1.3)
    axes = figure.subplots()
    places, labels = [], []
    for at, (form, one) in enumerate(figures.items()):
        for shift, who in ((-0.19, "ours"), (0.19, "usual")):
            left, total = 0.0, sum(one[who].values())
            for outcome, colour in OUTCOMES.items():
                share = one[who].get(outcome, 0) / total
                if share:
                    axes.barh(at + shift, share, 0.34, left=left, color=colour)
                left += share
            places.append(at + shift)
            labels.append(f"{form}, ours" if who == "ours" else "usual loader")
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks(np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)])
    axes.tick_params(axis="y", length=0)
    counts = [one[who] for one in figures.values() for who in ("ours", "usual")]
    seen = [name for name in OUTCOMES if any(one.get(name) for one in counts)]
    handles = [axes.barh(0, 0, color=OUTCOMES[name]) for name in seen]
    figure.legend(handles, seen, loc="outside lower center", ncols=len(seen), frameon=False)
    return figure


def kills(figures: Mapping[str, Any]) -> Any:
    """A histogram of the times a panel, those within a save in another colour."""
    times = figures["times"]
    figure = style.new_figure(8.2, 2.8)
    panels = figure.subplots(1, len(times), squeeze=False, sharex=True)[0]
    for axes, (engine, all_kills) in zip(panels, times.items(), strict=True):
        seconds, within = np.array([at for at, _ in all_kills]), np.array([inside for _, inside in all_kills], bool)
        edges = np.linspace(0, max(0.35, float(seconds.max())), 15)
        axes.hist([seconds[within], seconds[~within]], edges, stacked=True, color=[style.VERMILION, style.SKY],
                  label=["within a save", "between saves"])  # fmt: skip
        axes.set_title(f"{engine} engine: {len(seconds)} kills, {int(within.sum())} within a save, 0 lost"
                       if not _lost(figures) else f"{engine} engine")  # fmt: skip
        axes.set_xlabel("seconds after the training began")
    panels[0].set_ylabel("kills")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return figure


def _lost(figures: Mapping[str, Any]) -> int:
    return sum(figures["counts"].get(name, 0) for name in ("unreadable", "differ", "crashed", "stray files"))


def mutants(figures: Mapping[str, Any]) -> Any:
    """Packages down, kinds of bugs across; killed of planted in each cell."""
    matrix = figures["matrix"]
    kinds = sorted({kind for row in matrix.values() for kind in row})
    figure = style.new_figure(max(6.5, 1.6 + 0.62 * len(kinds)), 1.6 + 0.3 * len(matrix))
    axes = figure.subplots()
    shares = np.full((len(matrix), len(kinds)), np.nan)
    for down, row in enumerate(matrix.values()):
        for across, kind in enumerate(kinds):
            killed, total = row.get(kind, (0, 0))
            if total:
                shares[down, across] = killed / total
                colour = "white" if killed / total > 0.7 else style.INK
                axes.text(across, down, f"{killed}/{total}", ha="center", va="center", fontsize=7, color=colour)
    axes.imshow(shares, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    axes.set_yticks(range(len(matrix)), list(matrix))
    axes.set_xticks(range(len(kinds)), kinds, rotation=40, ha="right")
    axes.tick_params(length=0)
    return figure


def gradients(figures: Mapping[str, Any]) -> Any:
    """A layer a line: from the smallest to the largest error, the middle half thick, the median a dot."""
    errors = {name: np.array(logs) for name, logs in figures["errors"].items() if logs}
    order = sorted(errors, key=lambda name: float(np.median(errors[name])))
    figure = style.new_figure(8.2, 0.26 * len(order) + 1.2)
    axes = figure.subplots()
    for at, name in enumerate(order):
        low, first, middle, third, high = np.quantile(errors[name], (0, 0.25, 0.5, 0.75, 1))
        axes.plot([low, high], [at, at], color=style.SKY, linewidth=1)
        axes.plot([first, third], [at, at], color=style.BLUE, linewidth=4)
        axes.plot(middle, at, "o", color=style.VERMILION, markersize=4)
    axes.axvline(-7, color=style.INK, linewidth=1, linestyle="--")
    axes.set_yticks(range(len(order)), order)
    axes.set_xlabel("log10 of the relative error; dashed: the promise, 1e-7; dots: medians; thick: the middle half")
    axes.grid(axis="x")
    return figure


_DRAW: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "files": files, "kills": kills, "mutants": mutants, "gradients": gradients,
}  # fmt: skip
