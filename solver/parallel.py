"""Data-parallel training over MPI: every rank draws the same batch, computes its slice, and one all-reduce sums up.

The sum over slices is the gradient of the whole batch, so the number of ranks changes rounding and nothing else.
"""

import hashlib
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from base.arrays import Array

from .inputs.data import Data
from .inputs.settings import Settings
from .parameters import Parameters

CHECK_EVERY = 100  # steps between comparisons of the parameters over all ranks
_TAIL = 2  # behind the gradient in the vector that travels: the loss, and whether some rank wants to stop


class DataParallel:
    """A model whose `loss(X, y)` is that of the whole batch while each rank of `comm` computes a slice of it.

    comm: an mpi4py communicator (anything with rank, size, Allreduce, allgather). Ranks start from rank 0's weights.
    All else (`evaluate`, `loss(X)`, `params`) is the model's own: every rank measures the same weights itself.
    Raises ValueError for models with noise or running statistics, whose slices would not add up to the batch, and
    RuntimeError where the ranks' parameters ever differ.
    """

    noisy = False

    def __init__(self, model: Any, comm: Any):
        if getattr(model, "noisy", False) or getattr(model, "state", None):
            raise ValueError("comm: a model with noise or running statistics cannot be sliced; train it on one rank.")
        self.model, self.comm = model, comm
        parameters = Parameters(model)
        parameters.load(comm.bcast(parameters.copy() if comm.rank == 0 else None))
        self.vector = np.zeros(parameters.vector.size + _TAIL, parameters.vector.dtype)
        self.views = parameters.split(self.vector)
        self.asked_to_stop, self.stopped, self.calls = False, False, 0

    def __getattr__(self, name: str) -> Any:
        if name == "model":  # not there yet: a copy or a pickle is being made
            raise AttributeError(name)
        return getattr(self.model, name)

    def loss(self, X: Array, y: Array | None = None, sample_weight: Array | None = None) -> Any:
        """`loss(X)` -> scores of all rows; `loss(X, y)` -> (loss, grads) of the whole batch, the same on all ranks."""
        if y is None:
            return self.model.loss(X)
        self._compare()
        self.compute_slice(X, y, sample_weight)
        self.vector[-1] = self.asked_to_stop
        self.reduce()
        self.stopped = bool(self.vector[-1])
        return float(self.vector[-2]), self.views

    def compute_slice(self, X: Array, y: Array, weights: Array | None = None) -> None:
        """Put this rank's share of loss and gradient into the vector."""
        begin, end = (len(y) * part // self.comm.size for part in (self.comm.rank, self.comm.rank + 1))
        self.vector[:] = 0
        if begin == end:  # more ranks than rows
            return
        share, more = (end - begin) / len(y), {}
        if weights is not None:
            more = {"sample_weight": weights[begin:end]}
            share = float(np.sum(weights[begin:end]) / np.sum(weights)) if np.any(weights) else share
        loss, grads = self.model.loss(X[begin:end], y[begin:end], **more)
        for name, view in self.views.items():
            np.multiply(grads[name], share, out=view, casting="same_kind")
        self.vector[-2] = share * float(loss)

    def reduce(self) -> None:
        """Sum the vector over all ranks, in place."""
        from mpi4py import MPI

        self.comm.Allreduce(MPI.IN_PLACE, self.vector)

    def digest(self) -> str:
        """SHA-256 of the parameters."""
        return hashlib.sha256(b"".join(self.model.params[name].tobytes() for name in self.views)).hexdigest()

    def _compare(self) -> None:
        self.calls += 1
        if self.calls % CHECK_EVERY == 0 and len(set(self.comm.allgather(self.digest()))) > 1:
            raise RuntimeError(
                f"the parameters differ between ranks after {self.calls} steps: are NumPy, BLAS and its threads alike?"
            )


class _Trained(Protocol):
    """What `_Ranks` looks at of the Solver."""

    data: Data
    settings: Settings


class _Ranks:
    """Callback: says at the start what the ranks bring, and lets all of them stop after the same step.

    A rank whose time is up says so in the next all-reduce.
    """

    def __init__(self, model: DataParallel, max_seconds: float | None):
        self.model, self.max_seconds = model, max_seconds

    def on_train_begin(self, solver: _Trained) -> None:
        batch, data = solver.settings.batch_size, solver.data
        found = estimate(self.model, data.X_train[:batch], data.y_train[:batch])
        if solver.settings.verbose:
            print(found, flush=True)
        self.begin = time.perf_counter()

    def on_step(self, solver: object, logs: dict[str, Any]) -> bool:
        late = self.max_seconds is not None and time.perf_counter() - self.begin >= self.max_seconds
        self.model.asked_to_stop = self.model.asked_to_stop or late
        return self.model.stopped


def distribute(model: Any, comm: Any, options: Mapping[str, Any]) -> tuple[DataParallel, dict[str, Any]]:
    """(model, options) for Solver(comm=): rank 0 alone prints, logs and saves, and all ranks stop together."""
    parallel, given = DataParallel(model, comm), Settings(**options)
    shared = {**options, "callbacks": [*given.callbacks, _Ranks(parallel, given.max_seconds)], "max_seconds": None}
    if comm.rank != 0:
        shared |= {"verbose": False, "progress": "none", "checkpoint_name": None, "log": None}
    return parallel, shared


class Estimate(NamedTuple):
    """Measured seconds of one gradient: alone (one rank, whole batch), of a slice, and of the all-reduce."""

    ranks: int
    alone: float
    slice: float
    reduce: float

    @property
    def speedup(self) -> float:
        """How many times as fast as one rank a step's gradient is."""
        return self.alone / (self.slice + self.reduce)

    def __str__(self) -> str:
        advice = "" if self.speedup > 1 else ": SLOWER than one rank; take larger batches or layers, or one rank"
        return (
            f"data parallel over {self.ranks} ranks: gradient of the batch {1e3 * self.alone:.2f} ms on one rank;"
            f" slice {1e3 * self.slice:.2f} ms + all-reduce {1e3 * self.reduce:.2f} ms = {self.speedup:.2f} times as"
            f" fast{advice}"
        )


def estimate(model: DataParallel, X: Array, y: Array, repeats: int = 5) -> Estimate:
    """Measure on every rank at once what a step on the batch X, y costs; the slowest rank counts."""
    timed = []
    for work in (lambda: model.model.loss(X, y), lambda: model.compute_slice(X, y), model.reduce):
        times = []
        for _ in range(repeats + 1):
            model.comm.barrier()
            begin = time.perf_counter()
            work()
            times.append(time.perf_counter() - begin)
        timed.append(max(model.comm.allgather(float(np.median(times[1:])))))
    return Estimate(model.comm.size, *timed)
