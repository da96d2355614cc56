# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Solvers compared
#
# *60 minutes. You know what a gradient is; gradient descent is explained.*
#
# Which update rule is best? Papers with tables answer that every year, and every year differently. We look at what
# the rules do, on a function that can be drawn; then at how easily a comparison goes wrong; then at one that is fair.

# %%
import matplotlib.pyplot as plt
import numpy as np

import layergraph as lg
from solver import adam, rmsprop, sgd, sgd_momentum

# %% [markdown]
# ## A ravine
#
# $f(u, v) = \frac12 (u^2 + 25 v^2)$ is 25 times steeper across than along. Gradient descent must take steps short
# enough for the steep direction, and then crawls along the flat one. A step with rate $\eta$ multiplies $u$ by $1 -
# \eta$ and $v$ by $1 - 25\eta$: for $\eta > 2/25$ the second grows.


# %%
def slope(w):
    return w * np.array([1.0, 25.0])


def path(rule, steps=60, **settings):
    """Where the rule goes from (10, 1)."""
    w, config, places = np.array([10.0, 1.0]), dict(settings), [np.array([10.0, 1.0])]
    for _ in range(steps):
        w, config = rule(w, slope(w), config)
        places.append(w)
    return np.array(places)


paths = {
    "sgd, 0.07": path(sgd, learning_rate=0.07),
    "momentum, 0.03": path(sgd_momentum, learning_rate=0.03, momentum=0.8),
    "rmsprop, 0.3": path(rmsprop, learning_rate=0.3),
    "adam, 0.5": path(adam, learning_rate=0.5),
}
U, V = np.meshgrid(np.linspace(-3, 11, 100), np.linspace(-1.5, 1.5, 100))
figure, axes = plt.subplots(2, 2, figsize=(9, 5), sharex=True, sharey=True)
for ax, (name, places) in zip(axes.flat, paths.items(), strict=True):
    ax.contour(U, V, 0.5 * (U**2 + 25 * V**2), levels=12, colors="0.85")
    ax.plot(*places.T, "o-", markersize=2, linewidth=0.8)
    ax.set(title=f"{name}: {0.5 * places[-1] @ slope(places[-1]):.1e} after 60 steps", xlim=(-3, 11), ylim=(-1.5, 1.5))
figure.tight_layout()

# %% [markdown]
# *Momentum* adds up what points the same way in every step and cancels what changes its sign. *RMSprop* and *Adam*
# divide each coordinate by the size of its own gradients, so that the ravine becomes round; with a constant rate,
# they never come to rest.
#
# ## The learning rate is half of a solver
#
# The same four on real digits, a net with 32 hidden units, five epochs. Each with seven learning rates:

# %%
data = lg.load_data("digits")


def final_loss(rule, rate, seed=0, epochs=5):
    """The validation loss and error after some epochs; infinite where training broke down."""
    net = lg.mlp([64, 32, 10], seed=seed)
    solver = lg.Solver(
        net, data, update_rule=rule, optim_config={"learning_rate": rate}, num_epochs=epochs, batch_size=50, seed=seed,
        verbose=False, restore_best=False,
    )  # fmt: skip
    try:
        solver.train()
    except lg.DivergedError:
        return np.inf, 1.0
    return net.evaluate(data["X_val"], data["y_val"])[0], 1 - net.accuracy(data["X_val"], data["y_val"])


rates = 10.0 ** np.arange(-3.0, 0.1, 0.5)
curves = {rule: [final_loss(rule, rate)[0] for rate in rates] for rule in ("sgd", "sgd_momentum", "rmsprop", "adam")}

figure, axes = plt.subplots(figsize=(7, 3.4))
for rule, losses in curves.items():
    axes.loglog(rates, np.minimum(losses, 20), "o-", markersize=3, label=rule)
axes.set(xlabel="learning rate", ylabel="validation loss", ylim=(0.08, 20))
axes.legend()
figure.tight_layout()

# %% [markdown]
# Two things to see. At *their best* rates the four are close to one another. And at *one and the same* rate each of
# them can be made the winner: at 0.003 RMSprop, with Adam behind it and the others far off; at 1, plain sgd. "Both
# were run with the default learning rate" is how a comparison is lost or won before it begins.

# %%
at = {rule: dict(zip(np.round(np.log10(rates), 1), losses, strict=True)) for rule, losses in curves.items()}
for exponent in (-2.5, 0.0):
    print(f"rate 10^{exponent}: ", {rule: round(float(losses[exponent]), 2) for rule, losses in at.items()})
print("at its best: ", {rule: round(float(min(losses)), 3) for rule, losses in curves.items()})
assert at["adam"][-2.5] < at["sgd"][-2.5]
assert at["sgd"][0.0] < at["adam"][0.0]

# %% [markdown]
# ## Luck
#
# A run depends on its seed: initial weights, order of the rows. *One* rule, at its best rate, with eight seeds:

# %%
errors = {
    rule: np.array([final_loss(rule, rate, seed, epochs=4)[1] for seed in range(8)])
    for rule, rate in (("sgd_momentum", 0.1), ("adam", 0.01))
}
for rule, values in errors.items():
    print(f"{rule:13} median {np.median(values):.3f}   from {values.min():.3f} to {values.max():.3f}")

wins = sum(a < b for a in errors["adam"] for b in errors["sgd_momentum"])
print(f"adam beats momentum in {wins} of {8 * 8} pairs of single runs")

# %% [markdown]
# With one run each, *either* may be published as the better one. It takes several seeds, and the same seeds for both:
# then the differences are taken seed by seed, and what a seed does to all rules alike cancels.

# %%
difference = errors["adam"] - errors["sgd_momentum"]
resampled = np.random.default_rng(0).choice(difference, (10_000, 8)).mean(axis=1)
low, high = np.quantile(resampled, [0.025, 0.975])
print(f"adam - momentum: {difference.mean():+.4f}, 95 % interval from {low:+.4f} to {high:+.4f}")

# %% [markdown]
# If the interval contains 0, the honest sentence is: "we saw no difference". The benchmark of this package does all
# of this by one command: equal effort of tuning, fresh seeds for the report, pairs, intervals, a correction for many
# comparisons.
#
# ```
# layergraph bench run digits-mlp32 --solvers sgd_momentum,adam --budget quick
# layergraph bench table runs/bench
# ```
#
# ## Exercises
#
# 1. In the ravine, compute the best constant rate of gradient descent, and how many steps it needs for a factor of
#    1000. (Both factors, $1 - \eta$ and $1 - 25\eta$, shall be equally large.)
# 2. Turn the ravine by 45 degrees: $w \mapsto Rw$. Which of the four rules do not care? Why?
# 3. Write a rule of your own, as a function `(w, dw, config) -> (w, config)`, and add it to the first two pictures.
# 4. "We tuned our method with 100 trials and took the baseline's settings from the literature." What is wrong, and in
#    which direction? And what if both are tuned, but on the seeds that are then reported?
# 5. How many seeds does it take to see a difference of half a percentage point here? Estimate it from the spread
#    above.
#
# <details><summary>Answers</summary>
#
# 1. $\eta = 2/26$, factors $\pm 24/26$; $\ln 1000 / \ln(26/24) \approx 86$ steps.
# 2. sgd and momentum: their steps are sums of gradients, and turn with them. RMSprop and Adam treat each coordinate
#    by itself, and the turned ravine looks equally steep in both.
# 4. The best of 100 draws is better than a typical one for any method, so the comparison favours what was tuned. On
#    the seeds of tuning the best setting is partly the luckiest one: the report is too good for both, more so for the
#    one with more noise.
# 5. The standard error of the mean difference is the standard deviation of the differences over $\sqrt{n}$; about
#    twice that must be below 0.005. With a standard deviation of 0.01 it takes some 16 seeds.
#
# </details>
