"""The work that every contender does: a net 784-H-10, MNIST-shaped rows, random batches, one update rule."""

from typing import NamedTuple

import numpy as np

from base.arrays import Array

SIZES = ((30, 10), (50, 100), (128, 100), (512, 128), (1000, 500))
RULES = ("sgd", "momentum", "adam")
RATES = {"sgd": 0.01, "momentum": 0.001, "adam": 0.0003}  # small: nothing may diverge in a long run
OTHER_RATE = 0.0001
MOMENTUM, BETA1, BETA2 = 0.9, 0.9, 0.999
EPSILON = 1e-12  # so small that it does not matter on which side of the bias correction a library adds it
INPUTS, CLASSES, ROWS = 784, 10, 60_000
INK = 0.19  # share of MNIST's pixels that are not zero


class Problem(NamedTuple):
    """One row of the table: H hidden units, batches of B rows, the dtype and the rule.

    rule: "sgd", "momentum" or "adam", which all contenders have; another one, also "FILE.py:NAME", ours alone.
    """

    hidden: int
    batch: int
    dtype: str = "float32"
    rule: str = "momentum"
    rows: int = ROWS

    @property
    def rate(self) -> float:
        """The learning rate."""
        return RATES.get(self.rule, OTHER_RATE)

    def data(self) -> tuple[Array, Array]:
        """Rows (rows, 784) of which 19 % are ink in 1/255 .. 1, the rest zero; labels (rows,) that can be learnt."""
        rng = np.random.default_rng(0)
        X = np.zeros((self.rows, INPUTS), self.dtype)
        for start in range(0, self.rows, 1000):
            block = X[start : start + 1000]
            ink = rng.random(block.shape, np.float32) < INK
            block[ink] = rng.integers(1, 256, np.count_nonzero(ink)) / 255
        teacher = rng.standard_normal((INPUTS, CLASSES)).astype(self.dtype)
        return X, np.argmax(X @ (teacher - teacher.mean(axis=0)), axis=1)

    def weights(self) -> dict[str, Array]:
        """W1 (784, H), b1 (H,), W2 (H, 10), b2 (10,): the same start for everybody."""
        rng = np.random.default_rng(1)
        shapes = {"W1": (INPUTS, self.hidden), "W2": (self.hidden, CLASSES)}
        drawn = {name: rng.standard_normal(shape) * np.sqrt(2 / shape[0]) for name, shape in shapes.items()}
        drawn |= {"b1": np.zeros(self.hidden), "b2": np.zeros(CLASSES)}
        return {name: drawn[name].astype(self.dtype) for name in ("W1", "b1", "W2", "b2")}

    def masks(self, steps: int) -> Array:
        """Rows (steps, B) of the first batches that our Solver draws with seed 0, from its stream of batches."""
        rng = np.random.default_rng(np.random.SeedSequence(0).spawn(4)[1])
        return np.stack([rng.integers(0, self.rows, self.batch) for _ in range(steps)])


class UnavailableError(Exception):
    """A contender that cannot run here; the text is the reason."""
