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
# # Gradient checking
#
# *45 minutes, after "Backpropagation by hand".*
#
# A backward pass with a bug rarely stops training. The loss goes down, more slowly; the accuracy is two points lower;
# and nobody knows that it could be better. So a backward pass has to be *checked*, against the definition of a
# derivative. This notebook is about doing that well: which number to compare, how small a step to take, and which
# bugs hide from a check.

# %%
import matplotlib.pyplot as plt
import numpy as np

import gradcheck
import layers as L
import mnist

rng = np.random.default_rng(0)

# %% [markdown]
# ## A bug that trains
#
# The backward of an affine layer with a mistake in the gradient of its bias, and the same without. Which curve is
# which?


# %%
def affine_backward_wrong(dout, cache):
    """The bug: a mean in place of a sum."""
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)


def train(backward, seed=0, steps=300):
    """Losses of a two-layer net on the digits, with a given backward for its affine layers."""
    data, rng = mnist.load("digits"), np.random.default_rng(seed)
    W1, b1 = rng.standard_normal((64, 30)) * 0.15, np.zeros(30)
    W2, b2 = rng.standard_normal((30, 10)) * 0.15, np.zeros(10)
    losses = []
    for _ in range(steps):
        rows = rng.choice(len(data["X_train"]), 50)
        hidden, cache1 = L.affine_forward(data["X_train"][rows].astype(float), W1, b1)
        active, cache2 = L.relu_forward(hidden)
        scores, cache3 = L.affine_forward(active, W2, b2)
        loss, dscores = L.softmax_loss(scores, data["y_train"][rows])
        dactive, dW2, db2 = backward(dscores, cache3)
        _, dW1, db1 = backward(L.relu_backward(dactive, cache2), cache1)
        for param, grad in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2)):
            param -= 0.2 * grad
        losses.append(loss)
    return losses


figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(train(L.affine_backward), linewidth=0.8, label="one of them")
axes.plot(train(affine_backward_wrong), linewidth=0.8, label="the other")
axes.set(xlabel="step", ylabel="loss")
axes.legend()
figure.tight_layout()

# %% [markdown]
# No eye can tell. A test must look at the gradient itself.
#
# ## The number to compare
#
# A layer gives an array, not a number. Choose a random array $\delta$ and take $\sum_i \delta_i\, \text{out}_i$: its
# gradient is what `backward(delta, cache)` promises. It can be measured, one entry at a time:


# %%
def measure(f, x, dout, h):
    """The gradient of sum(dout * f(x)) by central differences with step h."""
    dx = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        before = x[place]
        x[place] = before + h
        up = (dout * f(x)).sum()
        x[place] = before - h
        down = (dout * f(x)).sum()
        x[place] = before
        dx[place] = (up - down) / (2 * h)
    return dx


def relative_error(a, b):
    """The largest |a - b| / (|a| + |b|), the measure of most courses."""
    return (np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-12)).max()


x, w, b = rng.standard_normal((5, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)
dout = rng.standard_normal((5, 3))
cache = (x, w, b)
measured = measure(lambda b: L.affine_forward(x, w, b)[0], b, dout, 1e-5)
print("right:", relative_error(L.affine_backward(dout, cache)[2], measured))
print("wrong:", relative_error(affine_backward_wrong(dout, cache)[2], measured))

# %% [markdown]
# ## How small a step?
#
# "As small as possible" is wrong. The formula errs by about $h^2$; but the two values that are subtracted are
# rounded, each to 16 digits, and the difference divided by $h$ blows that up to $10^{-16} / h$. The sum of both has a
# valley:

# %%
z, dz_in = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
exact = L.tanh_backward(dz_in, L.tanh_forward(z)[1])
steps = 10.0 ** np.arange(-14, 0.1, 0.5)
errors = [np.abs(measure(lambda z: L.tanh_forward(z)[0], z, dz_in, h) - exact).max() for h in steps]

figure, axes = plt.subplots(figsize=(6, 3.2))
axes.loglog(steps, errors, "o-", markersize=3, label="measured")
axes.loglog(steps, steps**2, ":", label="h²")
axes.loglog(steps, 1e-16 / steps, ":", label="1e-16 / h")
axes.set(xlabel="step h", ylabel="largest error", ylim=(1e-13, 10))
axes.legend()
figure.tight_layout()
print(f"best step {steps[np.argmin(errors)]:.0e}, error {min(errors):.0e}")
assert min(errors) < 1e-9

# %% [markdown]
# In float64 a step of about $10^{-5}$ is best, with errors of $10^{-10}$. In float32 it would be $10^{-2}$ and
# $10^{-4}$: too coarse to tell a bug from rounding. **Check in float64, always,** and on few rows.
#
# ## Bugs that hide
#
# A check compares at one place. What is right there by accident passes. Three accidents that happen:


# %%
def mean_not_sum(dout, cache):
    """Wrong by a factor N, which is 1 on a batch of one row."""
    return affine_backward_wrong(dout, cache)


one = rng.standard_normal((1, 4))
d1 = rng.standard_normal((1, 3))
print("one row:  ", relative_error(mean_not_sum(d1, (one, w, b))[2], measure(lambda b: one @ w + b, b, d1, 1e-5)))

ones = np.ones((5, 4))
ignores_dout = np.ones((5, 4)) * (z > 0)  # the relu's mask, with the incoming gradient forgotten
print("dout of 1:", relative_error(ignores_dout, measure(lambda z: np.maximum(z, 0), z, ones, 1e-5)))

positive = np.abs(z) + 0.1
print("x > 0:    ", relative_error(dz_in, measure(lambda z: np.maximum(z, 0), positive, dz_in, 1e-5)))

# %% [markdown]
# All three "pass": on one row a mean is a sum, with a `dout` of ones nobody sees that it was forgotten, and where
# every input is positive a relu needs no mask. So: **several rows, a random dout, inputs on both sides of every
# kink**, and a second batch of another size.
#
# The opposite happens as well: a *right* gradient fails, if a step crosses a kink.

# %%
near = np.array([[2e-6, 1.0]])
d = np.ones((1, 2))
print(
    "analytic",
    L.relu_backward(d, L.relu_forward(near)[1]),
    " measured",
    measure(lambda z: np.maximum(z, 0), near, d, 1e-5),
)

# %% [markdown]
# ## From "differs" to "what is wrong"
#
# A number like 0.67 says that something is wrong. The pattern of the differences says what: a factor of exactly 1/5
# with five rows, and 1/7 with seven, can only be a mean. The checker of this package looks for such patterns:

# %%
report = gradcheck.layer(L.affine_forward, affine_backward_wrong, x, w, b)
print(report)
assert report.findings[0].code == "SCALE_INV_BATCH"


# %%
def relu_backward_masked_by_dout(dout, cache):
    """Another classic: the mask taken from the wrong array."""
    return dout * (dout > 0)


print(gradcheck.layer(L.relu_forward, relu_backward_masked_by_dout, z))

# %% [markdown]
# ## Exercises
#
# 1. Write `sigmoid_backward` with $x$ in place of $\sigma(x)$, that is `dout * x * (1 - x)`. Which of the three
#    accidents could hide it? What does `gradcheck.layer` call it?
# 2. Repeat the valley with one-sided differences, $(f(x + h) - f(x)) / h$. Where is the best step now, and how good
#    is it?
# 3. Repeat it in float32. At which relative error would you have to stop calling a gradient wrong?
# 4. Why compare $\sum_i \delta_i\,\text{out}_i$ and not simply the loss of a net that contains the layer? (There are
#    two reasons.)
# 5. Give a neighbour a backward pass with a bug of your own. Who finds it first, they or the checker?
#
# <details><summary>Answers</summary>
#
# 1. None of them: it is wrong nearly everywhere. The checker says that the derivative was taken at the wrong
#    variable, or which factor depends on x.
# 2. The formula's error is now proportional to $h$, the valley lies near $10^{-8}$, and its bottom at about
#    $10^{-8}$: half of the digits.
# 3. The bottom of the valley is near $10^{-4}$ relative to the gradient; below $10^{-3}$ nothing can be said.
# 4. In a net the gradient that comes in is whatever the net above makes of it, often tiny or of one sign; and an
#    error cannot be told from one in the layers above.
#
# </details>
