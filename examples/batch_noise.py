"""Mini-batch size against noise: the gradient of B random rows errs by 1 / sqrt(B), while its cost grows with B.

So four times the work buys half the noise, and small steps on small batches are the better bargain until the noise of
the last digits is what is left.
"""

import numpy as np
from support import fast, images, picture

from models import mlp
from plots import saving, style
from solver import Solver


def relative_noise(net, data, batch, draws, rng):
    """Root mean square of ||g_batch - g|| / ||g|| over random batches, g the gradient of all rows."""
    X, y = data["X_train"], data["y_train"]
    whole = net.loss(X, y)[1].flat
    errors = []
    for _ in range(draws):
        rows = rng.integers(0, len(X), batch)
        errors.append(np.sum((net.loss(X[rows], y[rows])[1].flat - whole) ** 2))
    return np.sqrt(np.mean(errors) / np.sum(whole**2))


def accuracy_by_budget(data, batch, budget):
    """Validation accuracy after `budget` examples in batches of one size (rate 0.4 B / (B + 16))."""
    net = mlp([data["X_train"].shape[1], 30, 10], rng=0)
    epochs = max(1, round(budget / len(data["X_train"])))
    solver = Solver(net, data, optim_config={"learning_rate": 0.4 * batch / (batch + 16)}, batch_size=batch,
                    num_epochs=epochs, sampling="epoch", verbose=False, restore_best=False)  # fmt: skip
    return solver.train().val_acc_history[-1]


def main() -> None:
    data, rng = images(), np.random.default_rng(0)
    batches = (1, 4, 16, 64) if fast() else (1, 4, 16, 64, 256, 1024)
    net = mlp([data["X_train"].shape[1], 30, 10], rng=0)
    noise = [relative_noise(net, data, batch, 20 if fast() else 200, rng) for batch in batches]
    reached = [accuracy_by_budget(data, batch, 2000 if fast() else 25_000) for batch in batches]
    for row in zip(batches, noise, reached, strict=True):
        print("batch {:5}: noise {:6.3f} of the gradient   validation accuracy at equal work {:.3f}".format(*row))
    slope = np.polyfit(np.log(batches), np.log(noise), 1)[0]
    print(f"noise falls as B^{slope:.2f} (theory: B^-0.5)")
    with saving.drawn(picture("batch_noise"), 9.6, style.PANEL) as figure:
        left, right = figure.subplots(1, 2)
        left.loglog(batches, noise, "o-", color=style.BLUE)
        left.loglog(batches, noise[0] / np.sqrt(batches), ":", color=style.MUTED)
        left.set(title="Noise of a batch's gradient (dotted: B^-0.5)", xlabel="batch size B", ylabel="relative error")
        right.semilogx(batches, 100 * np.array(reached), "o-", color=style.VERMILION)
        right.set(title="After equal numbers of examples", xlabel="batch size B", ylabel="validation accuracy, %")
    print(f"picture: {picture('batch_noise')}")


if __name__ == "__main__":
    main()
