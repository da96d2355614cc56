"""JAX: the whole training loop compiled, `jit` around a `lax.scan` over batches, with donated parameters."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..problem import BETA1, BETA2, EPSILON, MOMENTUM, Problem, UnavailableError


class Jax:
    """A round is one compiled call; the indices of its batches are drawn by NumPy outside of it."""

    def __init__(self, problem: Problem, X: Array, y: Array, threads: int | None):
        try:
            import jax
        except ImportError:
            raise UnavailableError("jax is not installed") from None
        jax.config.update("jax_enable_x64", problem.dtype == "float64")
        self.jax, self.problem = jax, problem
        self.X, self.y = jax.numpy.asarray(X), jax.numpy.asarray(y.astype(np.int32))
        self.run = jax.jit(self._scan, donate_argnums=0)
        self.reset()

    def reset(self) -> None:
        """The common start: parameters, both moments, the step."""
        weights = {name: self.jax.numpy.asarray(w) for name, w in self.problem.weights().items()}
        zeros = [{name: self.jax.numpy.zeros_like(w) for name, w in weights.items()} for _ in range(2)]
        self.carry: Any = (weights, *zeros, self.jax.numpy.zeros((), self.problem.dtype))

    def _loss(self, p: Any, x: Any, y: Any) -> Any:
        jax, jnp = self.jax, self.jax.numpy
        scores = jax.nn.relu(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(scores), y[:, None], axis=1))

    def _update(self, w: Any, m: Any, v: Any, g: Any, t: Any) -> tuple[Any, Any, Any]:
        rate = self.problem.rate
        if self.problem.rule == "sgd":
            return w - rate * g, m, v
        if self.problem.rule == "momentum":
            m = MOMENTUM * m - rate * g
            return w + m, m, v
        m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
        step = rate * (m / (1 - BETA1**t)) / (self.jax.numpy.sqrt(v / (1 - BETA2**t)) + EPSILON)
        return w - step, m, v

    def _scan(self, carry: Any, X: Any, y: Any, masks: Any) -> tuple[Any, Any]:
        def step(carry: Any, mask: Any) -> tuple[Any, Any]:
            p, m, v, t = carry
            loss, g = self.jax.value_and_grad(self._loss)(p, X[mask], y[mask])
            t = t + 1
            moved = {name: self._update(p[name], m[name], v[name], g[name], t) for name in p}
            p, m, v = ({name: triple[i] for name, triple in moved.items()} for i in range(3))
            return (p, m, v, t), loss

        return self.jax.lax.scan(step, carry, masks)  # type: ignore[no-any-return]

    def losses(self, masks: Array) -> list[float]:
        """From the common start."""
        self.reset()
        self.carry, losses = self.run(self.carry, self.X, self.y, masks.astype(np.int32))
        return [float(loss) for loss in losses]

    def prepare(self, steps: int) -> int:
        """Compile for `steps` batches."""
        self.shape, self.rng = (steps, self.problem.batch), np.random.default_rng(3)
        self.round()
        return steps

    def round(self) -> None:
        """Draw the indices and run the compiled loop to its end."""
        masks = self.rng.integers(0, len(self.X), self.shape, dtype=np.int32)
        self.carry, losses = self.run(self.carry, self.X, self.y, masks)
        losses.block_until_ready()


start = Jax
