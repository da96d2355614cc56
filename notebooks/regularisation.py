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
# # Regularisation
#
# *60 minutes. You have trained a net before.*
#
# A net that is right on all it has seen may be wrong on what it has not. We make one overfit on purpose, and then try
# the remedies: fewer steps, penalties on the weights, dropout, noise, and more data. Each gets the same net and the
# same seeds.

# %%
import matplotlib.pyplot as plt
import numpy as np

import layergraph as lg

whole = lg.load_data("digits")

# %% [markdown]
# ## Something to overfit
#
# Three hundred pictures of digits, and a careless assistant has labelled them: three in ten labels are drawn at
# random. The labels of the validation and test rows are right.

# %%
rng = np.random.default_rng(0)


def careless(rows):
    """The first rows of the training data, with three labels in ten drawn at random."""
    y = whole["y_train"][:rows].copy()
    careless_here = rng.random(rows) < 0.3
    y[careless_here] = rng.integers(0, 10, careless_here.sum())
    return {**whole, "X_train": whole["X_train"][:rows], "y_train": y}


few, many = careless(300), careless(1257)
print(f"labels that are wrong: {(few['y_train'] != whole['y_train'][:300]).mean():.0%}")


# %%
def run(data=few, epochs=30, seed=0, reg=0.0, l1=0.0, dropout=0.0, noise=0.0, hidden=64, **settings):
    """Train, and return the net and its solver."""
    net = lg.mlp([64, hidden, 10], reg=reg, l1=l1, dropout=dropout, noise=noise, seed=seed)
    solver = lg.Solver(
        net, data, update_rule="sgd_momentum", optim_config={"learning_rate": 0.05}, batch_size=30, num_epochs=epochs,
        seed=seed, verbose=False, restore_best=False, sampling="epoch", **settings,
    )  # fmt: skip
    solver.train()
    return net, solver


def test_error(net):
    return 1 - net.accuracy(whole["X_test"], whole["y_test"])


net, solver = run()
rows = solver.history.rows
figure, axes = plt.subplots(figsize=(6.5, 3.2))
axes.plot([row["train_loss"] for row in rows], label="training")
axes.plot([row["val_loss"] for row in rows], label="validation")
axes.set(xlabel="epoch", ylabel="loss")
axes.legend()
figure.tight_layout()
print(f"training accuracy {net.accuracy(few['X_train'], few['y_train']):.2f}   test error {test_error(net):.3f}")

# %% [markdown]
# The training loss falls and falls. The validation loss falls for a few epochs, while the net learns what the pictures
# have in common, then not at all, and in the end it rises, while the net learns the wrong labels by heart: it has 4,810
# numbers for 300 answers.

# %%
lowest = int(np.argmin([row["val_loss"] for row in rows]))
print(f"lowest validation loss after epoch {lowest} of {len(rows) - 1}")
assert lowest < len(rows) - 1

# %% [markdown]
# ## A penalty: L2
#
# Add $\frac r2 \sum w^2$ to the loss. Its gradient is $r w$, so each step also shrinks every weight by a little: only
# weights that earn their keep stay large. With a strength from nothing to too much:

# %%
strengths = [0, 1e-3, 1e-2, 3e-2, 1e-1]
l2 = {strength: run(reg=strength)[0] for strength in strengths}
for strength, net in l2.items():
    print(f"r = {strength:<6} training accuracy {net.accuracy(few['X_train'], few['y_train']):.2f}"
          f"   test error {test_error(net):.3f}   mean |W1| {np.abs(net.params['W1']).mean():.3f}")  # fmt: skip
assert test_error(l2[1e-2]) < test_error(l2[0])

# %% [markdown]
# Read the second column: with a penalty, the net gets *worse* on the rows it was trained with, about as much as there
# are wrong labels, and better on new ones. At the end the penalty is so strong that it learns nothing at all.
#
# ## L1: the same idea with corners
#
# $r \sum |w|$ pulls every weight with the same force, however small it is: so small ones arrive at 0 and stay there.

# %%
pair = {"no penalty": l2[0], "L2, 0.01": l2[1e-2], "L1, 0.003": run(l1=3e-3)[0]}
figure, axes = plt.subplots(1, 3, figsize=(9, 2.6))
share = {}
for ax, (name, net) in zip(axes, pair.items(), strict=True):
    W1 = np.array(net.params["W1"])
    share[name] = (np.abs(W1) < 1e-3).mean()
    ax.imshow(
        np.concatenate([W1[:, unit].reshape(8, 8) for unit in range(5)], axis=1), cmap="RdBu", vmin=-0.4, vmax=0.4
    )
    ax.set(title=f"{name}: {share[name]:.0%} below 0.001", xticks=[], yticks=[])
figure.tight_layout()
assert share["L1, 0.003"] > share["L2, 0.01"] > share["no penalty"]

# %% [markdown]
# ## Noise: dropout, and Gaussian
#
# *Dropout*: in each step half of the hidden units are switched off, at random. No unit can rely on another, and the
# net at test time is a mean over very many smaller ones. *Noise* on the inputs says it in another way: what is close
# shall be treated alike. *Early stopping* ends the run when the validation accuracy has not risen for five epochs.

# %%
remedies = {
    "nothing": {},
    "L2, 0.01": {"reg": 1e-2},
    "L1, 0.003": {"l1": 3e-3},
    "dropout, 0.5": {"dropout": 0.5},
    "noise, 0.3": {"noise": 0.3},
    "early stopping": {"patience": 5},
    "1257 rows": {"data": many, "epochs": 8},
}
errors = {name: [test_error(run(seed=seed, **settings)[0]) for seed in range(3)] for name, settings in remedies.items()}
figure, axes = plt.subplots(figsize=(7, 3))
for height, (name, values) in enumerate(errors.items()):
    axes.plot(values, [height] * len(values), "o", markersize=4, alpha=0.7)
    print(f"{name:15} test error {np.mean(values):.3f}   seeds {np.round(values, 3)}")
axes.set(yticks=range(len(errors)), yticklabels=list(errors), xlabel="test error")
axes.invert_yaxis()
figure.tight_layout()

# %% [markdown]
# The dots of one row are the same method with other seeds. Every remedy helps here; between some of them the
# difference is no larger than between seeds, so three runs each cannot order them. One row stands apart, and it has
# as many wrong labels in a hundred as the others:

# %%
print(f"nothing {np.mean(errors['nothing']):.3f}   four times the rows {np.mean(errors['1257 rows']):.3f}")
assert np.mean(errors["1257 rows"]) < np.mean(errors["nothing"])
assert np.mean(errors["dropout, 0.5"]) < np.mean(errors["nothing"])

# %% [markdown]
# **More data is the remedy that needs no tuning.** The others are what one does when there are no more.
#
# ## Exercises
#
# 1. Which of the remedies changes the gradient, which the data, which the number of steps? Is early stopping a
#    penalty?
# 2. Why are biases not penalised? Penalise them and see.
# 3. Texts write the penalty as $\frac{\lambda}{2n} \sum w^2$, with $n$ rows. Which $\lambda$ is $r = 0.01$ here, and
#    which $r$ would be the same $\lambda$ with 1,257 rows?
# 4. Make the net larger: `hidden=1000`. Does it overfit more? (Most people guess wrongly.)
# 5. Combine two remedies. Do their gains add up?
# 6. Was anything here chosen by the test rows? Find the place where a careless reader would do so.
#
# <details><summary>Answers</summary>
#
# 1. L2 and L1 the gradient; noise and dropout the data, in effect; early stopping the steps. For a quadratic loss it
#    is close to L2: few steps from small weights stay near small weights.
# 2. There are few of them, and a bias does not make the function steeper; penalised, it only prevents shifts that are
#    needed.
# 3. $\lambda = r n = 3$, and $r = 3 / 1257 = 0.0024$: the penalty weighs less where there are more data.
# 4. Look at several seeds. Counting parameters is a poor measure of what gradient descent finds.
# 5. Usually not: they remove the same excess. Each has to be weaker when it is not alone.
# 6. In the table of strengths, if one takes the $r$ with the smallest *test* error and reports that error. Choose by
#    validation rows, then look at the test rows once.
#
# </details>
