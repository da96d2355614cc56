"""Averaging gradients over a batch or summing them: only another learning rate, until it is not.

Run A averages with rate r, run B sums with rate r / B. With plain SGD, batches of one size and no penalty they walk the
same path up to rounding. A short last batch, a penalty of fixed strength and Adam each end that, for reasons that the
printed lines name.
"""

import numpy as np
from support import fast, images, picture

from models import mlp
from plots import lines, saving, style
from solver import Solver

BATCH, RATE = 50, 0.1


class Summed:
    """A model whose data loss is the sum over the batch; its penalty keeps its strength."""

    def __init__(self, model, reg):
        self.model, self.params, self.reg = model, model.params, reg

    def loss(self, X, y=None):
        if y is None:
            return self.model.loss(X)
        loss, grads = self.model.loss(X, y)
        grads.flat *= len(y)
        grads.decaying += self.reg * self.params.decaying
        return len(y) * loss + 0.5 * self.reg * float(self.params.decaying @ self.params.decaying), grads


def path(data, summed, steps, *, reg=0.0, rule="sgd", sampling="without_replacement", rows=None):
    """The flat parameters after each step."""
    rate = {"sgd": RATE, "adam": 1e-3}[rule]
    model = mlp([data["X_train"].shape[1], 30, 10], rng=0, reg=0.0 if summed else reg)
    net = Summed(model, reg) if summed else model
    walked = []

    class Watch:
        def on_step(self, solver, logs):
            walked.append(model.params.flat.copy())
            return len(walked) >= steps

    part = {**data, "X_train": data["X_train"][:rows], "y_train": data["y_train"][:rows]}
    Solver(net, part, update_rule=rule, optim_config={"learning_rate": rate / BATCH if summed else rate},
           batch_size=BATCH, num_epochs=1000, sampling=sampling, eval_every=10**9, seed=1, verbose=False,
           restore_best=False, callbacks=[Watch()]).train()  # fmt: skip
    return np.array(walked)


def main() -> None:
    data, steps = images(2000), 20 if fast() else 200
    cases = {
        "same path: SGD, equal batches": {},
        "short last batch of 30": {"sampling": "epoch", "rows": 3 * BATCH + 30},
        "L2 penalty, same strength": {"reg": 0.01},
        "Adam": {"rule": "adam"},
    }
    reasons = (
        "only rounding", "the sum over a short batch weighs less than its mean would",
        "the small rate weakens the penalty", "Adam divides by the size of the gradient: r / B is too slow",
    )  # fmt: skip
    with saving.drawn(picture("averaged_or_summed"), 8.2, style.PANEL) as figure:
        axes, ends = figure.subplots(), []
        for colour, (name, settings), reason in zip(style.PALETTE, cases.items(), reasons, strict=False):
            averaged, added = (path(data, summed, steps, **settings) for summed in (False, True))
            apart = np.linalg.norm(averaged - added, axis=1) / np.linalg.norm(averaged, axis=1)
            print(f"{name:30} relative distance after {steps} steps: {apart[-1]:.1e}   ({reason})")
            axes.plot(np.arange(1, steps + 1), np.maximum(apart, 1e-18), color=colour)
            ends.append(lines.End(name, apart[-1], max(apart[-1], 1e-18), colour))
        axes.set(yscale="log", xlabel="step", ylabel="||averaged - summed|| / ||averaged||",
                 title="Mean with rate r against sum with rate r / B")  # fmt: skip
        axes.set_xlim(1, steps)
        lines.label_ends(axes, ends)
    print(f"picture: {picture('averaged_or_summed')}")


if __name__ == "__main__":
    main()
