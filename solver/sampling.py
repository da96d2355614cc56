"""Which rows make the next batch: random masks (with or without replacement) or shuffled epochs."""

from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

AHEAD = 8192  # rows: random masks are drawn so many at a time, for the same bits in a third of the time
SAMPLINGS = ("with_replacement", "without_replacement", "epoch")


class Sampler:
    """Hands out the rows of one step at a time; what is drawn ahead is drawn again by a resumed run.

    with_replacement: N // batch masks make an epoch, each `batch` independent rows: not a pass over the data.
    without_replacement: the same, no row twice within a mask. epoch: a fresh shuffle per epoch, every row once, the
    last batch may be short.
    """

    def __init__(self, rows: int, batch: int, sampling: str, rng: np.random.Generator):
        if sampling == "without_replacement" and batch > rows:
            raise ValueError(f"batch_size {batch} is larger than the {rows} training rows (sampling={sampling!r}).")
        self.rows, self.batch, self.rng, self.sampling = rows, batch, rng, sampling
        self.steps_per_epoch = -(-rows // batch) if sampling == "epoch" else max(rows // batch, 1)
        self.position = 0  # rows of the running order (a shuffle, or masks drawn ahead) that are used up
        self._order: Array = np.empty(0, np.int64)
        self._last: Array = self._order
        self._before: dict[str, Any] | None = None  # the stream's state before the running order

    def draw(self) -> Array:
        """The rows of the next step, shape (batch,) or less at the end of a shuffle."""
        if self.sampling == "without_replacement":
            self._last = self.rng.choice(self.rows, self.batch, replace=False)
            return self._last
        if self.position >= len(self._order):
            self._draw_order()
        self._last = mask = self._order[self.position : self.position + self.batch]
        self.position += len(mask)
        return mask

    def draw_many(self, steps: int) -> tuple[Array, Array]:
        """As so many calls of `draw`: all rows one after the other, and where those of each step begin, and the end."""
        if self.sampling == "without_replacement":
            masks = [self.draw() for _ in range(steps)]
            return np.concatenate(masks), np.arange(steps + 1) * self.batch
        pieces, starts, done = [], [0], 0
        while done < steps:
            if self.position >= len(self._order):
                self._draw_order()
            piece = self._order[self.position : self.position + (steps - done) * self.batch]
            self.position += len(piece)
            pieces.append(piece)
            ends = np.minimum(np.arange(self.batch, len(piece) + self.batch, self.batch), len(piece)) + starts[-1]
            starts.extend(ends.tolist())
            done += len(ends)
        rows = np.concatenate(pieces)
        self._last = rows[starts[-2] :]
        return rows, np.array(starts)

    def last(self) -> Array:
        """The rows that were drawn last."""
        return self._last

    def _draw_order(self, length: int | None = None) -> None:
        self._before = dict(self.rng.bit_generator.state)
        if self.sampling == "epoch":
            self._order = self.rng.permutation(self.rows)
        else:
            self._order = self.rng.integers(0, self.rows, length or max(AHEAD // self.batch, 1) * self.batch)
        self.position = 0

    def examples(self, step: Any) -> Any:
        """Rows drawn in the first `step` steps, a number or an array of them."""
        if self.sampling != "epoch":
            return step * self.batch
        epochs, steps = divmod(step, self.steps_per_epoch)
        return epochs * self.rows + steps * self.batch

    def state(self) -> dict[str, Any]:
        """The position in the running order, its length, and the stream's state from which it was drawn."""
        return {"position": self.position, "length": len(self._order), "before_shuffle": self._before}

    def restore(self, state: dict[str, Any]) -> None:
        """Draw the running order again and continue at its position; the stream must be restored first."""
        self._order, self._before = self._order[:0], None
        if state["before_shuffle"] is not None:
            now = self.rng.bit_generator.state
            self.rng.bit_generator.state = state["before_shuffle"]
            self._draw_order(state.get("length"))
            self.rng.bit_generator.state = now
        self.position = int(state["position"])


class Batch(NamedTuple):
    """Rows gathered for one pass."""

    X: Array
    y: Array


class Gather:
    """Copies rows into buffers that are reused: no allocation after the first batch."""

    def __init__(self, X: Array, y: Array, size: int):
        self.X, self.y = X, y
        try:
            self._buffers = [np.empty((size, *a.shape[1:]), a.dtype) if a.flags.c_contiguous else None for a in (X, y)]
        except (MemoryError, ValueError):  # NumPy's ValueError: the size passes what an address can hold
            raise ValueError(
                f"batch_size is {size}: a batch of so many rows does not fit into memory; there are {len(X)} rows."
            ) from None

    def __call__(self, mask: Array, step: int = 0) -> Batch:
        """The rows `mask` of X and y, at any step; the arrays belong to this object and hold until the next call."""
        return Batch(self._take(self.X, mask, self._buffers[0]), self._take(self.y, mask, self._buffers[1]))

    @staticmethod
    def _take(array: Array, mask: Array, out: Array | None) -> Array:
        if out is None:  # take would copy the whole of an array that is not contiguous
            return array[mask]
        out = out if len(mask) == len(out) else out[: len(mask)]
        return array.take(mask, axis=0, out=out, mode="clip")  # "clip" alone writes without a copy
