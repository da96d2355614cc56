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
# # Numeric differentiation
#
# *60 minutes. Taylor's formula is assumed; complex numbers appear once.*
#
# Can we do without backpropagation, and simply measure the slopes? We look at four ways to do it, at how many digits
# each gives, and at the price. At the end a net is trained without any backward pass.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

import layergraph as lg

# %% [markdown]
# ## Four formulas
#
# With Taylor's series $f(x \pm h) = f \pm h f' + \frac{h^2}{2} f'' \pm \frac{h^3}{6} f''' + \dots$
#
# | | formula | error of the formula |
# | --- | --- | --- |
# | one-sided | $\frac{f(x+h) - f(x)}{h}$ | $\frac h2 f''$ |
# | central | $\frac{f(x+h) - f(x-h)}{2h}$ | $\frac{h^2}{6} f'''$ |
# | Richardson | $\frac{4 D(h/2) - D(h)}{3}$, $D$ the central one | about $h^4$ |
# | complex step | $\operatorname{Im} f(x + ih) / h$ | $\frac{h^2}{6} f'''$ |
#
# The central one wins a power of $h$ because the even terms cancel. Richardson combines two steps such that the $h^2$
# terms cancel as well. The complex step is different: it subtracts nothing.


# %%
def one_sided(f, x, h):
    return (f(x + h) - f(x)) / h


def central(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def richardson(f, x, h):
    return (4 * central(f, x, h / 2) - central(f, x, h)) / 3


def complex_step(f, x, h):
    return f(x + 1j * h).imag / h


def f(x):
    return np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3)


x, exact = 1.5, 4.053427893898621  # the classical test of the complex step, to 16 digits
steps = 10.0 ** np.arange(-16, 0, 0.25)
ways = {"one-sided": one_sided, "central": central, "Richardson": richardson, "complex step": complex_step}
errors = {name: np.array([abs(way(f, x, h) - exact) / exact for h in steps]) for name, way in ways.items()}

figure, axes = plt.subplots(figsize=(7, 3.6))
for name, error in errors.items():
    axes.loglog(steps, np.maximum(error, 1e-17), label=name)
axes.set(xlabel="step h", ylabel="relative error", ylim=(1e-17, 10))
axes.legend()
figure.tight_layout()
for name, error in errors.items():
    print(f"{name:13} best step {steps[error.argmin()]:7.0e}   error {error.min():.0e}")

# %% [markdown]
# Read the picture from the right. Each curve falls with a slope that is the order of its formula, until rounding
# takes over: a difference of two nearly equal numbers keeps the digits in which they differ. The best step balances
# both, and can be computed: with $\varepsilon = 2^{-53} \approx 10^{-16}$, minimise $h + \varepsilon/h$ for the
# one-sided formula to get $h = \sqrt\varepsilon$, and $h^2 + \varepsilon/h$ for the central one to get $h \approx
# \sqrt[3]{\varepsilon}$.
#
# The complex step has no such limit: its step may be $10^{-100}$. But every operation of the program must know
# complex numbers, and `max` and `abs` do not.

# %%
assert errors["complex step"].min() < 1e-15
assert errors["one-sided"].min() > errors["central"].min() > errors["complex step"].min()
print("complex step with h = 1e-100:", complex_step(f, x, 1e-100) - exact)

# %% [markdown]
# ## A step of a power of two
#
# `x + h` is rounded, so the step really taken is not $h$. Using what was really taken, `(x + h) - x`, costs nothing:

# %%
h = 1e-5
taken = (x + h) - x
print(f"asked for {h:.20f}")
print(f"taken     {taken:.20f}")

# %% [markdown]
# ## The price
#
# A central difference takes two evaluations *for each parameter*. Backpropagation gives all derivatives for the price
# of about two more evaluations, however many there are:


# %%
def seconds(action, repeats=5):
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


data = lg.load_data("digits")
X, y = data["X_train"][:50].astype(float), data["y_train"][:50]
rows = []
for hidden in (2, 8, 32):
    net = lg.mlp([64, hidden, 10], seed=0)
    count = sum(param.size for param in net.params.values())
    forward, both = seconds(lambda net=net: net.loss(X)), seconds(lambda net=net: net.loss(X, y))
    rows.append((count, 2 * count * forward, both))
    print(f"{count:6,} parameters   measured one by one {2 * count * forward:8.4f} s   backpropagated {both:8.5f} s")

# %% [markdown]
# The ratio is about the number of parameters. For a net with ten million of them, each *step* of training would take
# hours instead of milliseconds.
#
# ## Training without a backward pass
#
# For a small net it works all the same. `lg.numeric` takes a model and replaces its gradients by measured ones:

# %%
small = {name: value[:200] if name.endswith("train") else value for name, value in data.items()}
net = lg.mlp([64, 4, 10], activation="tanh", seed=0)
solver = lg.Solver(
    lg.numeric(net), small, optim_config={"learning_rate": 0.5}, batch_size=50, num_epochs=6, seed=0, verbose=False
)
solver.train()
print(f"numeric gradients:  loss {solver.loss_history[0]:.3f} -> {solver.loss_history[-1]:.3f}")

assert solver.loss_history[-1] < solver.loss_history[0]

twin = lg.mlp([64, 4, 10], activation="tanh", seed=0)
exactly = lg.Solver(
    twin, small, optim_config={"learning_rate": 0.5}, batch_size=50, num_epochs=6, seed=0, verbose=False
)
exactly.train()
print(f"backpropagation:    loss {exactly.loss_history[0]:.3f} -> {exactly.loss_history[-1]:.3f}")
print(
    "largest difference of the losses on the way:", np.abs(np.subtract(solver.loss_history, exactly.loss_history)).max()
)

# %% [markdown]
# The same path: measured gradients are *right*, only slow. That is why they are the judge in every gradient check,
# and never the engine. (With a relu the paths would part after some steps: now and then a step of $h$ crosses a
# corner.)
#
# ## Exercises
#
# 1. Derive the constant: minimise $\frac{h^2}{6} |f'''| + \frac{\varepsilon |f|}{h}$ over $h$. For which functions is
#    $10^{-5}$ a bad step?
# 2. Let $f$ be computed in float32 (`np.float32(x)`), and draw the picture again. What is the best error of the
#    central formula?
# 3. Add a fourth-order formula with $f(x \pm 2h)$. Is it better than Richardson's? Why are they the same?
# 4. $f(x) = |x|$ at $x = 0$: what does each of the four formulas give?
# 5. A gradient along *one* random direction $v$ takes two evaluations, not $2P$: $(L(\theta + hv) - L(\theta - hv)) /
#    2h$. Multiplied by $v$ it is, on average, the gradient. Train with it. How much noisier is it with $P$
#    parameters?
#
# <details><summary>Answers</summary>
#
# 1. $h = \sqrt[3]{3 \varepsilon |f| / |f'''|}$. Bad where the function changes on a scale much smaller or larger than
#    1: for $\sin(1000x)$, or for an $x$ of a million, where the step should grow with $x$.
# 2. About $10^{-5}$, at $h$ near $10^{-2}$.
# 3. $\frac{8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))}{12 h}$ *is* Richardson's formula with the steps $h$ and $2h$.
# 4. 1; 0; 0; and an error or 0, because the modulus of a complex number has no derivative in this sense. There is no
#    right answer, which is why checkers have to look out for kinks.
# 5. Its variance is about $P$ times the squared length of the gradient: the learning rate has to fall with $P$, and
#    nothing is won.
#
# </details>
