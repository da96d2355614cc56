"""Why initial weights are random: hidden units that start equal, in what they receive and what they send, stay equal.

Six starts of one net, several seeds each. Equal columns of W1 alone do no lasting harm: the outgoing weights differ, so
do the gradients that come back. Only where outgoing weights are equal too do the units never separate.
"""

import numpy as np
from support import fast, images, picture

from models import mlp
from plots import lines, saving, style
from solver import Solver

HIDDEN = 30


def starts(rng, W1, b1, W2):
    """Name -> (W1, b1, W2); the biases of the output are 0."""
    equal = np.repeat(W1[:, :1], HIDDEN, axis=1)
    return {
        "W random, b 0": (W1, 0 * b1, W2),
        "W 0, b random": (0 * W1, b1, 0 * W2),
        "W random, b random": (W1, b1, W2),
        "all 0": (0 * W1, 0 * b1, 0 * W2),
        "W1 equal columns, W2 random": (equal, 0 * b1, W2),
        "equal in and out": (equal, 0 * b1, np.repeat(W2[:1], HIDDEN, axis=0)),
    }


def train(data, name, seed, steps):
    """(steps, validation accuracies, the largest difference between two hidden units' incoming weights)."""
    rng = np.random.default_rng(seed)
    net = mlp([data["X_train"].shape[1], HIDDEN, 10], rng=rng)
    chosen = starts(rng, net.params["W1"].copy(), rng.standard_normal(HIDDEN), net.params["W2"].copy())[name]
    net.params.update(zip(("W1", "b1", "W2"), chosen, strict=True))
    epochs = max(1, steps * 100 // len(data["X_train"]))
    solver = Solver(net, data, optim_config={"learning_rate": 0.1}, num_epochs=epochs, eval_every=max(1, steps // 12),
                    seed=seed, verbose=False, restore_best=False)  # fmt: skip
    solver.train()
    apart = np.abs(net.params["W1"] - net.params["W1"][:, :1]).max()
    return solver.history.column("step"), solver.val_acc_history, apart


def main() -> None:
    data, steps, seeds = images(), 30 if fast() else 600, 1 if fast() else 3
    names = list(starts(np.random.default_rng(0), np.ones((1, HIDDEN)), np.ones(HIDDEN), np.ones((HIDDEN, 10))))
    with saving.drawn(picture("symmetry"), 7.6, style.PANEL) as figure:
        axes, ends = figure.subplots(), []
        for colour, name in zip(style.PALETTE, names, strict=False):
            runs = [train(data, name, seed, steps) for seed in range(seeds)]
            curve = 100 * np.mean([accuracies for _, accuracies, _ in runs], axis=0)
            final = ", ".join(f"{100 * accuracies[-1]:.0f} %" for _, accuracies, _ in runs)
            print(f"{name:28} validation {final:18} hidden units differ by up to {max(r[2] for r in runs):.2g}")
            axes.plot(runs[0][0], curve, color=colour)
            ends.append(lines.End(name, curve[-1], curve[-1], colour))
        axes.set(xlabel="step", ylabel="validation accuracy, %", ylim=(0, 100), title="Starts of 784-30-10 relu")
        axes.set_xlim(0, runs[0][0][-1])
        lines.label_ends(axes, ends)
    print(f"picture: {picture('symmetry')}")


if __name__ == "__main__":
    main()
