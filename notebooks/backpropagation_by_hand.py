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
# # Backpropagation by hand
#
# *60 minutes. You need the chain rule for functions of one variable and products of matrices; no software is assumed
# but NumPy.*
#
# A net is a long formula, and training needs its derivative with respect to every number in it. We take a net that is
# so small that each of these can be computed on paper, do that, and find that nothing more is needed for a large one.

# %%
import matplotlib.pyplot as plt
import numpy as np

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## A net with nine numbers
#
# Two inputs, two hidden units with a relu, one output, and a squared error. In symbols, for one example $x$ with
# target $y$:
#
# $$
# z = x W_1 + b_1, \qquad h = \max(z, 0), \qquad s = h W_2 + b_2, \qquad L = \tfrac12 (s - y)^2 .
# $$

# %%
W1, b1 = np.array([[1.0, -1.0], [2.0, 0.5]]), np.array([0.0, 0.5])
W2, b2 = np.array([[2.0], [-1.0]]), np.array([0.5])
x, y = np.array([[1.0, -1.0]]), 1.0

z = x @ W1 + b1
h = np.maximum(z, 0)
s = h @ W2 + b2
L = 0.5 * (s - y) ** 2
print("z =", z, "  h =", h, "  s =", s, "  L =", L)

# %% [markdown]
# Both hidden units are off: $z = (-1, -1)$. The output is the bias alone. **Before you go on:** which of the nine
# numbers can change the loss at all, if moved a little?
#
# Only $b_2$. A relu that is off lets nothing through, so that neither the weights before it nor those behind it (they
# are multiplied by 0) matter. We take another example, for which both are on.

# %%
x, y = np.array([[1.0, 2.0]]), 1.0
z = x @ W1 + b1
h = np.maximum(z, 0)
s = h @ W2 + b2
L = (0.5 * (s - y) ** 2).item()
print("z =", z, "  h =", h, "  s =", s, "  L =", L)

# %% [markdown]
# ## Backwards, one step at a time
#
# We ask for each intermediate value: if it grew by a tiny amount, by how much would $L$ grow? Write $\mathrm{d}s$ for
# $\partial L / \partial s$. The last step first, because nothing lies behind it:
#
# $$
# \mathrm{d}s = s - y .
# $$
#
# Now $s = h_1 w_1 + h_2 w_2 + b_2$. If $h_1$ grows by $t$, then $s$ grows by $w_1 t$, and $L$ by $\mathrm{d}s \cdot
# w_1 t$. In the same way for the weights and the bias:
#
# $$
# \mathrm{d}h = \mathrm{d}s\, W_2^\top, \qquad \mathrm{d}W_2 = h^\top \mathrm{d}s, \qquad \mathrm{d}b_2 = \mathrm{d}s
# .
# $$

# %%
ds = s - y
dW2, db2 = h.T @ ds, ds[0]
dh = ds @ W2.T
print("ds =", ds, "  dh =", dh, "  dW2 =", dW2.ravel())

# %% [markdown]
# The relu lets the gradient through where it was on. The first layer has the form of the second, with other letters:

# %%
dz = dh * (z > 0)
dW1, db1 = x.T @ dz, dz[0]
print("dz =", dz)
print("dW1 =", dW1, sep="\n")

# %% [markdown]
# ## Is that right?
#
# A derivative is a promise about small changes, and promises can be tested. Move one number by a little in both
# directions, and compare:


# %%
def loss(W1, b1, W2, b2):
    """The whole net as one formula."""
    return (0.5 * (np.maximum(x @ W1 + b1, 0) @ W2 + b2 - y) ** 2).item()


params, grads = [W1, b1, W2, b2], [dW1, db1, dW2, db2]
for name, param, grad in zip(["W1", "b1", "W2", "b2"], params, grads, strict=True):
    for place in np.ndindex(param.shape):
        before = param[place]
        param[place] = before + 1e-6
        up = loss(*params)
        param[place] = before - 1e-6
        down = loss(*params)
        param[place] = before
        print(f"{name}{list(place)}   by hand {grad[place]:8.4f}   measured {(up - down) / 2e-6:8.4f}")
        assert abs(grad[place] - (up - down) / 2e-6) < 1e-6

# %% [markdown]
# All nine agree. Count the work: measuring took two evaluations of the net for *each* number. Going backwards gave
# all of them for about the price of two evaluations *in total*. With a million weights, that is the difference
# between a second and a fortnight, and the reason why neural networks can be trained.
#
# ## A batch, and ten classes
#
# With $N$ rows at once, `x` is $(N, D)$. The formulas stay, with one change in meaning: a bias is used in every row,
# so its gradient is the *sum* over rows (and `x.T @ dz` has that sum inside already). For classes the squared error
# gives way to the softmax loss, whose gradient is "probabilities minus truth", divided by $N$.


# %%
def forward_backward(params, X, y):
    """Loss and gradients of a two-layer net with softmax."""
    W1, b1, W2, b2 = params
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    scores = h @ W2 + b2
    scores -= scores.max(axis=1, keepdims=True)  # changes no probability, and no exponential overflows
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.log(p[rows, y]).mean()

    dscores = p.copy()
    dscores[rows, y] -= 1
    dscores /= len(y)
    dz = (dscores @ W2.T) * (z > 0)
    return loss, [X.T @ dz, dz.sum(axis=0), h.T @ dscores, dscores.sum(axis=0)]


# %% [markdown]
# Thirty lines, and it reads handwriting:

# %%
import mnist

data = mnist.load("digits")
rng = np.random.default_rng(0)
params = [
    rng.standard_normal((64, 50)) * (2 / 64) ** 0.5,
    np.zeros(50),
    rng.standard_normal((50, 10)) * 0.2,
    np.zeros(10),
]
history = []
for _ in range(600):
    rows = rng.choice(len(data["X_train"]), 100)
    loss_now, gradients = forward_backward(params, data["X_train"][rows], data["y_train"][rows])
    history.append(loss_now)
    params = [param - 0.3 * grad for param, grad in zip(params, gradients, strict=True)]

W1, b1, W2, b2 = params
right = (np.maximum(data["X_test"] @ W1 + b1, 0) @ W2 + b2).argmax(axis=1) == data["y_test"]
print(f"test accuracy {right.mean():.3f}")
assert right.mean() > 0.9

# %%
figure, (left, middle) = plt.subplots(1, 2, figsize=(9, 3))
left.plot(history, linewidth=0.8)
left.set(xlabel="step", ylabel="loss of the batch", title="It learns")
strip = np.concatenate([W1[:, unit].reshape(8, 8) for unit in range(8)], axis=1)
middle.imshow(strip, cmap="RdBu")
middle.set(xticks=[], yticks=[], title="What eight hidden units look for")
figure.tight_layout()

# %% [markdown]
# ## Exercises
#
# 1. For the first example, $x = (1, -1)$: write down all nine derivatives without computing anything but $s - y$.
# 2. Replace the relu by $\tanh$. Which two lines change? Measure again.
# 3. Start all weights at zero. What does the net learn, and why? Then set only $W_1$ to zero.
# 4. `dz.sum(axis=0)` is often written as `dz.mean(axis=0)`. Do it, and train. How would you have noticed?
# 5. Add a third layer. How many new ideas does it take?
#
# <details><summary>Answers</summary>
#
# 1. $\mathrm{d}b_2 = 0.5 - 1 = -0.5$ and eight zeros: what lies behind a unit that is off is multiplied by its 0, and
#    what lies before it is stopped by the relu.
# 2. `h = np.tanh(z)` and `dz = dh * (1 - h**2)`.
# 3. With all at zero every hidden unit is 0, so $\mathrm{d}W_2 = 0$; $W_2 = 0$ gives $\mathrm{d}h = 0$ and
#    $\mathrm{d}W_1 = 0$: only the last bias learns, the frequencies of the classes. With $W_1 = 0$ alone, $z = 0$
#    exactly, the relu counts it as off, and the same happens.
# 4. The bias learns a hundred times more slowly, and the accuracy hardly shows it. Training is a bad test of
#    gradients; the notebook on gradient checking is about good ones.
# 5. None: the middle layer's input gradient is handed on as the layer's before it was. That is the whole idea of
#    layers as pairs of functions.
#
# </details>
