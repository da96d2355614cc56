"""The gradient of one step: calls `model.loss`, checks its answer, sums micro-batches, clips, guards against NaN."""

import inspect
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from .inputs.returns import check_pair, scalar
from .parameters import FLAT, Parameters


class Gradient:
    """The gradient of a model's loss: `arrays[unit]` after `compute`; one reused flat vector where there is one."""

    def __init__(self, parameters: Parameters, noise: np.random.Generator):
        self.parameters, self.model = parameters, parameters.model
        takes = _signature(self.model.loss)
        anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in takes.values())
        self._keywords: dict[str, Any] = {}
        self.arrays: dict[str, Array] = {}
        self._buffer: Any = None
        if parameters.flat:
            self._buffer = self.model.params.like()  # type: ignore[attr-defined]
            self.arrays = {FLAT: self._buffer.flat, **{name: self._buffer[name] for name in parameters.names}}
            if anything or "out" in takes:
                self._keywords["out"] = self._buffer
        if getattr(self.model, "noisy", False) and (anything or "rng" in takes):
            self._keywords["rng"] = noise
        self.main = [FLAT] if parameters.flat else parameters.names  # names that cover the gradient once
        self._total: dict[str, Array] = {}
        self._checked = False
        self.norm = 0.0  # of the whole gradient, when it was last measured

    def compute(self, X: Array, y: Array) -> float:
        """Loss of the batch, before the update; the gradient is then in `arrays`."""
        result = self.model.loss(X, y, **self._keywords)
        if not self._checked:
            check_pair(result)
        loss, grads = result
        if type(loss) is not float:
            loss = scalar(loss)
        if grads is not self._buffer:
            self._adopt(grads)
        elif not self._checked:
            _check_gradients(grads, self.parameters)
        self._checked = True
        return float(loss)

    def compute_sum(self, pieces: list[tuple[Array, Array]]) -> float:
        """Mean loss and gradient over micro-batches, each weighted by its rows."""
        rows, loss = sum(len(y) for _, y in pieces), 0.0
        for index, (X, y) in enumerate(pieces):
            share = len(y) / rows
            loss += share * self.compute(X, y)
            for name in self.main:
                if index == 0:
                    self._total[name] = np.multiply(self.arrays[name], share, out=self._total.get(name))
                else:
                    self._total[name] += share * self.arrays[name]
        for name in self.main:
            if self.parameters.flat:
                self.arrays[name][...] = self._total[name]
            else:
                self.arrays[name] = self._total[name]
        return loss

    def guard(self, loss: float) -> bool:
        """Whether loss, gradient and parameters are finite.

        One product w . dw tells: NaN or infinity in either makes it NaN or infinite. So may overflow: then look again.
        np.vdot, unlike np.dot, raises no floating-point warning that would have to be silenced in every step.
        """
        finite = math.isfinite(loss)
        for name in self.main:
            if not math.isfinite(np.vdot(self.parameters[name], self.arrays[name])):
                return finite and self.not_finite() is None and self.parameters.not_finite() is None
        return finite

    def measure(self) -> float:
        """Euclidean norm of the whole gradient, kept in `norm`."""
        parts = [self.arrays[name] for name in self.main]
        square = sum(float(np.vdot(part, part)) for part in parts)
        if not math.isfinite(square):  # squares overflow before the gradient does
            square = sum(float(np.vdot(part, part)) for part in (part.astype(np.float64) for part in parts))
        self.norm = math.sqrt(square)
        return self.norm

    def not_finite(self) -> str | None:
        """The name of the first parameter whose gradient holds NaN or infinity."""
        return next((name for name in self.parameters.names if not np.isfinite(self.arrays[name]).all()), None)

    def clip_norm(self, limit: float) -> None:
        """g <- g min(1, limit / ||g||), over all parameters together (Pascanu et al., 2013)."""
        norm = self.measure()
        if norm > limit:
            for name in self.main:
                self.arrays[name] = np.multiply(self.arrays[name], limit / norm, out=self._own(name))

    def clip_value(self, limit: float) -> None:
        """g <- min(max(g, -limit), limit), element by element."""
        for name in self.main:
            self.arrays[name] = np.clip(self.arrays[name], -limit, limit, out=self._own(name))

    def _own(self, name: str) -> Array | None:
        """Where a changed gradient may be written: our flat vector; a foreign model's arrays are replaced."""
        return self.arrays[name] if self.parameters.flat else None

    def _adopt(self, grads: Any) -> None:
        """Take over the gradients of a model that does not write into our buffer."""
        _check_gradients(grads, self.parameters)
        for name in self.parameters.names:
            if self.parameters.flat:
                self.arrays[name][...] = grads[name]
            else:
                self.arrays[name] = grads[name]


def _signature(loss: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters of `model.loss`; TypeError unless it can be called both as loss(X, y) and as loss(X)."""
    signature = inspect.signature(loss)
    for arguments in (("X", "y"), ("X",)):
        try:
            signature.bind(*arguments)
        except TypeError:
            raise TypeError(
                f"model.loss must take (X, y=None): loss(X, y) gives (loss, grads), loss(X) the scores; it takes"
                f" {signature}."
            ) from None
    return signature.parameters


def _check_gradients(grads: Any, parameters: Parameters) -> None:
    if not (isinstance(grads, Mapping) or hasattr(grads, "keys")):
        raise TypeError(f"loss() must return (scalar, grads) with grads a dict of arrays; got {type(grads).__name__}.")
    for slot in parameters.layout:
        try:
            shape = np.shape(grads[slot.name])
        except KeyError:
            raise ValueError(f"loss() returned no gradient for {slot.name!r}.") from None
        if shape != slot.shape:
            hint = ": transposed?" if shape == slot.shape[::-1] else "."
            raise ValueError(f"loss() gradient of {slot.name!r} has shape {shape}, parameter has {slot.shape}{hint}")
