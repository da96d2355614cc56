"""L1 against L2: a constant pull leaves most weights at zero, a proportional pull makes all of them small.

The net of system 1 (784-30-10 sigmoid, cross-entropy) is trained twice with one strength lambda / n. The histograms
show its first layer, the contours the classical picture: where the penalty's level line first touches the loss's.
"""

import numpy as np
from support import fast, images, picture

from models import mlp
from plots import saving, style
from solver import Solver

STRENGTH = 1e-4  # lambda / n of the text's lambda 5 at 50,000 images


def first_layer(data, epochs, **penalty):
    """W1 after training."""
    net = mlp([data["X_train"].shape[1], 30, 10], activation="sigmoid", loss="logistic", init="lecun",
              bias_init="normal", rng=0, dtype=np.float32, **penalty)  # fmt: skip
    Solver(net, data, optim_config={"learning_rate": 0.5}, batch_size=10, num_epochs=epochs, sampling="epoch",
           verbose=False, restore_best=False).train()  # fmt: skip
    return net.params["W1"]


def contours(axes, power: int, colour: str) -> None:
    """Level lines of a quadratic loss and of |w1|^p + |w2|^p, and where the penalised minimum lies."""
    w1, w2 = np.meshgrid(np.linspace(-1, 2.5, 351), np.linspace(-1, 3, 401))
    loss = (w1 - 0.8) ** 2 + 2 * (w2 - 1.7) ** 2 - 0.6 * (w1 - 0.8) * (w2 - 1.7)
    size = np.abs(w1) ** power + np.abs(w2) ** power
    inside = np.where(size <= 0.64, loss, np.inf)
    best = np.unravel_index(np.argmin(inside), loss.shape)
    levels = sorted({float(inside[best]), float(inside[best]) / 3, float(inside[best]) * 2})
    axes.contour(w1, w2, loss, levels=levels, colors=style.MUTED, linewidths=0.9)
    axes.contourf(w1, w2, size, levels=[0, 0.64], colors=[colour], alpha=0.25)
    axes.plot(w1[best], w2[best], "o", color=colour)
    axes.axhline(0, color=style.INK, linewidth=0.6)
    axes.axvline(0, color=style.INK, linewidth=0.6)
    axes.set(title=f"L{power}: minimum at ({w1[best]:.2f}, {w2[best]:.2f})", xlabel="w1", ylabel="w2", aspect="equal")


def main() -> None:
    data = images(2000 if fast() else 50_000, **({} if fast() else {"val": 10_000}))
    epochs = 1 if fast() else 10
    found = {"L1": first_layer(data, epochs, l1=STRENGTH), "L2": first_layer(data, epochs, reg=STRENGTH)}
    with saving.drawn(picture("l1_against_l2"), 9.6, 7.0) as figure:
        panels = figure.subplots(2, 2)
        for axes, (name, w), colour in zip(panels[0], found.items(), (style.BLUE, style.VERMILION), strict=True):
            size = np.abs(w)
            small = f"{name}: {100 * np.mean(size < 1e-3):.0f} % of W1 below 0.001"
            print(f"{small} in size, sum |W| {size.sum():.0f}, largest {size.max():.2f}")
            axes.hist(w.ravel(), bins=np.linspace(-0.5, 0.5, 101), color=colour)
            axes.set(title=small, xlabel="weight", ylabel="count", yscale="log")
        contours(panels[1][0], 1, style.BLUE)
        contours(panels[1][1], 2, style.VERMILION)
    print(f"picture: {picture('l1_against_l2')}")


if __name__ == "__main__":
    main()
