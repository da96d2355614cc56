"""The pictures of the experiment: reversals against trials, halves of studies, the studies one by one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from analysis import Problem, signs
from design import SOLVERS, TARGETS
from rates import agreement, reversal

COLOURS = ("#0072b2", "#e69f00", "#009e73")


def draw(problems: Sequence[Problem], folder: Path) -> list[str]:
    """Draw them into `folder`; the Markdown that shows them."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    texts = []
    shown = [(problem, target) for target in TARGETS for problem in problems]
    for stem, title, how in (
        ("studies", "Every study: the median of its fresh seeds for what it chose", _studies),
        ("trials", "Chance that two studies order a pair oppositely, against trials", _trials),
        ("halves", "Two disjoint sets of studies: how often they agree", _halves),
    ):
        size = (4.6 * len(problems), 3.6 * len(TARGETS))
        figure, axes = plt.subplots(len(TARGETS), len(problems), figsize=size, squeeze=False)
        for axis, (problem, target) in zip(axes.flat, shown, strict=True):
            how(axis, problem, target)
            axis.set_title(f"{problem.name}{', easier target' if target == 'easier' else ''}", fontsize=10)
            axis.spines[["top", "right"]].set_visible(False)
        figure.tight_layout()
        figure.savefig(folder / f"reversals-{stem}.png", dpi=120)
        plt.close(figure)
        texts.append(f"![{title}](figures/reversals-{stem}.png)")
    return texts


def _studies(axis, problem: Problem, target: str) -> None:
    d = problem.design
    runs = problem.all_runs(d.trials, d.tuning_seeds, target)
    rng = np.random.default_rng(0)
    steps = {name: np.array([study[name].score(d.seeds)[0] for study in runs]) for name in SOLVERS}
    finite = np.concatenate([values[np.isfinite(values)] for values in steps.values()])
    most = finite.max() if finite.size else 1.0
    top = 1.12 * most
    for place, values in enumerate(steps.values()):
        shown = np.where(np.isfinite(values), values, top) + rng.uniform(-0.01, 0.01, len(values)) * top
        axis.plot(place + rng.uniform(-0.16, 0.16, len(values)), shown, "o", ms=4, alpha=0.55, color=COLOURS[0])
        axis.plot([place - 0.3, place + 0.3], [min(np.median(values), top)] * 2, color="black", lw=1.6)
    axis.axhline(1.06 * most, color="0.7", lw=0.8, ls=":")
    axis.text(len(SOLVERS) - 0.5, top, "never", ha="left", va="center", fontsize=8, color="0.35")
    axis.set_xticks(range(len(SOLVERS)), SOLVERS, rotation=35, ha="right")
    axis.set_ylabel("median steps to the target")
    axis.set_ylim(bottom=0)


def _trials(axis, problem: Problem, target: str) -> None:
    d = problem.design
    shares = np.array([
        [reversal(order).share for order in signs(problem.all_runs(k, d.tuning_seeds, target), d.seeds).values()]
        for k in d.budgets
    ])  # fmt: skip
    axis.plot(d.budgets, shares, color="0.75", lw=0.9)
    axis.plot(d.budgets, np.median(shares, axis=1), color=COLOURS[0], lw=2.4, marker="o", ms=4)
    axis.axhline(0.05, color="#d55e00", lw=1, ls="--")
    axis.axhline(0.5, color="0.5", lw=0.8, ls=":")
    axis.set_xlabel("trials of each solver")
    axis.set_ylabel("reversal: each pair (grey), median")
    axis.set_ylim(0, 0.56)
    axis.set_xticks([k for k in (1, 5, 10, 15, 20) if k in d.budgets])


def _halves(axis, problem: Problem, target: str) -> None:
    d = problem.design
    from matplotlib.ticker import MaxNLocator

    for k, colour in zip((1, 5, 20), COLOURS, strict=True):
        found = agreement(signs(problem.all_runs(k, d.tuning_seeds, target), d.seeds))
        m = [one.studies for one in found]
        label = f"{k} trial{'s' if k > 1 else ''}"
        axis.plot(m, [one.winner for one in found], color=colour, lw=2, marker="o", ms=3, label=f"{label}: one winner")
        axis.plot(m, [one.pairs for one in found], color=colour, lw=1.2, ls="--", label=f"{label}: pairs alike")
    axis.axhline(0.95, color="#d55e00", lw=1, ls="--")
    axis.set_xlabel("studies in each of the two sets")
    axis.set_ylabel("share that agrees")
    axis.set_ylim(0, 1.02)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend(fontsize=6.5, frameon=False, ncol=3, loc="upper center", bbox_to_anchor=(0.5, -0.16))
