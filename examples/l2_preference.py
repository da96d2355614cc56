"""Which of two equally good weight vectors a penalty prefers: L2 the spread one, L1 neither.

For the input (1, 1, 1, 1) the weights (1, 0, 0, 0) and (1/4, 1/4, 1/4, 1/4) give the same score. Descent on the squared
error of that score plus a penalty shows where each penalty leads from a start in between.
"""

import numpy as np
from support import picture

from layers import l1_penalty, l2_penalty
from plots import saving, style

X = np.ones(4)
START = np.array([0.7, 0.3, 0.0, -0.1])
PENALTIES = {"none": None, "L2": l2_penalty, "L1": l1_penalty}


def descend(penalty, reg=0.05, rate=0.1, steps=4000):
    """Weights after descent on 0.5 (w.x - 1)^2 + penalty, from START."""
    w = START.copy()
    for _ in range(steps):
        gradient = (w @ X - 1) * X
        if penalty is not None:
            gradient = gradient + penalty(w, reg)[1]
        w = w - rate * gradient
    return w


def main() -> None:
    for w in (np.array([1.0, 0, 0, 0]), np.full(4, 0.25)):
        print(f"w = {w}: score {w @ X:.0f}, L2 {l2_penalty(w, 1.0)[0]:.3f}, L1 {l1_penalty(w, 1.0)[0]:.3f}")
    found = {name: descend(penalty) for name, penalty in PENALTIES.items()}
    for name, w in found.items():
        print(f"penalty {name:4}: w = {np.round(w, 3)}, score {w @ X:.3f}")
    with saving.drawn(picture("l2_preference"), 7.6, style.PANEL) as figure:
        axes = figure.subplots()
        shown = {"start": START, **found}
        for k, (name, w) in enumerate(shown.items()):
            colour = (style.MUTED, *style.PALETTE)[k]
            axes.bar(np.arange(4) + 0.2 * k - 0.3, w, 0.18, color=colour, label=f"penalty {name}" if k else name)
        axes.axhline(0, color=style.INK, linewidth=0.8)
        axes.set(title="Where descent ends: the score is 1 for all of them, nearly", ylabel="weight")
        axes.set_xticks(range(4), [f"w{i}" for i in range(4)])
        axes.legend(frameon=False)
    print(f"picture: {picture('l2_preference')}")


if __name__ == "__main__":
    main()
