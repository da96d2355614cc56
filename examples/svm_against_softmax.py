"""The SVM loss is satisfied once the margin is kept; softmax never is.

Scores 10 for the right class and 9 for all others sit exactly on the hinge's kink: loss 0 and gradient 0, while softmax
still sees a loss of log(1 + 2/e) = 0.551 with three classes, log(1 + 9/e) = 1.461 with ten, and keeps pulling.
"""

import numpy as np
from support import picture

import layers
from plots import saving, style


def losses(gap: float, classes: int):
    """(svm loss, softmax loss, largest |gradient| of each) of one example whose score leads all others by `gap`."""
    scores, label = np.zeros((1, classes)), np.array([0])
    scores[0, 0] = gap
    svm, dsvm = layers.svm_loss(scores, label)
    softmax, dsoftmax = layers.softmax_loss(scores, label)
    return float(svm), float(softmax), np.abs(dsvm).max(), np.abs(dsoftmax).max()


def main() -> None:
    for classes in (3, 10):
        svm, softmax, dsvm, dsoftmax = losses(1.0, classes)
        print(f"scores 10 / 9, {classes:2} classes: svm {svm:.3f} (gradient {dsvm:.3f}), softmax {softmax:.3f} "
              f"(gradient {dsoftmax:.3f})")  # fmt: skip
    gaps = np.linspace(-3, 8, 221)
    table = np.array([losses(gap, 10) for gap in gaps])
    with saving.drawn(picture("svm_against_softmax"), 9.6, style.PANEL) as figure:
        panels = zip(figure.subplots(1, 2), (0, 2), ("Loss", "Largest entry of the gradient"), strict=True)
        for axes, column, title in panels:
            for offset, name, colour in ((0, "SVM", style.BLUE), (1, "softmax", style.VERMILION)):
                axes.plot(gaps, table[:, column + offset], color=colour, label=name)
            axes.axvline(1, color=style.MUTED, linewidth=0.8, linestyle=":")
            axes.set(title=f"{title}, ten classes", xlabel="lead of the right class's score", yscale="symlog")
            axes.set_yscale("symlog", linthresh=0.1)
            axes.set_ylim(bottom=0)
            axes.set_ylabel("logarithmic above 0.1, linear below")
            axes.legend(frameon=False)
    print(f"picture: {picture('svm_against_softmax')}")


if __name__ == "__main__":
    main()
