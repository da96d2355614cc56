"""The gradient of one step: calls `model.loss`, checks its answer, sums micro-batches, clips, guards against NaN."""

import inspect
import math
from typing import Any

import numpy as np

from base.arrays import Array

from .inputs.model import loss_arguments
from .inputs.returns import check_gradients, check_pair, scalar
from .parameters import Parameters


class Gradient:
    """The gradient of a model's loss after `compute`: `vector`, laid out as the parameters, and its pieces by name.

    The memory is reused. Models that take `out=` write into it; the arrays that another returns are copied in.
    """

    def __init__(self, parameters: Parameters, noise: np.random.Generator):
        self.parameters, self.model = parameters, parameters.model
        takes = loss_arguments(self.model.loss)
        anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in takes.values())
        self._keywords: dict[str, Any] = {}
        self.out: Any = self.model.params.like() if parameters.native else None  # type: ignore[attr-defined]
        self.vector: Array = np.zeros_like(parameters.vector) if self.out is None else self.out.flat
        self.views = parameters.split(self.vector)
        if self.out is not None and (anything or "out" in takes):
            self._keywords["out"] = self.out
        if getattr(self.model, "noisy", False) and (anything or "rng" in takes):
            self._keywords["rng"] = noise
        self.takes_weights = anything or "sample_weight" in takes
        self._sum: Array | None = None
        self._checked = False
        self.norm = 0.0  # of the whole gradient, when it was last measured

    def compute(self, X: Array, y: Array, weights: Array | None = None) -> float:
        """Loss of the batch, its rows weighed by `weights`, before the update; the gradient is then in `vector`."""
        if weights is None:
            result = self.model.loss(X, y, **self._keywords)
        else:
            keywords = {**self._keywords, "sample_weight": weights}
            result = self.model.loss(X, y, **keywords)
        if not self._checked:
            check_pair(result)
        loss, grads = result
        if type(loss) is not float:
            loss = scalar(loss)
        if grads is not self.out or not self._checked:
            check_gradients(grads, self.parameters.layout)
            self._checked = True
        if grads is not self.out:
            for name, view in self.views.items():
                view[...] = grads[name]
            self.parameters.adopt()  # `loss` may have put other arrays in their place
        return float(loss)

    def compute_sum(self, pieces: list[tuple[Array, Array]], weights: list[Array] | None = None) -> float:
        """Mean loss and gradient over micro-batches, each weighted by its rows, or by their weights."""
        sizes: list[float] = [len(y) for _, y in pieces]
        if weights is not None and any(np.any(w) for w in weights):
            sizes = [float(np.sum(w)) for w in weights]
        whole, loss = sum(sizes), 0.0
        for index, (X, y) in enumerate(pieces):
            share = sizes[index] / whole
            loss += share * self.compute(X, y, None if weights is None else weights[index])
            if index == 0 or self._sum is None:
                self._sum = np.multiply(self.vector, share, out=self._sum)
            else:
                self._sum += share * self.vector
        self.vector[...] = self._sum
        return loss

    def require_weights(self) -> None:
        """ValueError unless `model.loss` takes the weights of rows."""
        inner = getattr(self.model, "model", self.model)  # of a wrapper, as for training over ranks
        takes = loss_arguments(inner.loss)
        anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in takes.values())
        if not (self.takes_weights and (anything or "sample_weight" in takes)):
            raise ValueError(
                f"{type(inner).__name__}.loss takes no sample_weight, so rows and classes cannot be weighed: write"
                " loss(X, y=None, sample_weight=None), its data loss the mean weighted by them."
            )

    def guard(self, loss: float) -> bool:
        """Whether loss, gradient and parameters are finite.

        One product w . dw tells: NaN or infinity in either makes it NaN or infinite. So may overflow: then look again.
        np.vdot, unlike np.dot, raises no floating-point warning that would have to be silenced in every step.
        """
        if not math.isfinite(loss):
            return False
        if math.isfinite(np.vdot(self.parameters.vector, self.vector)):
            return True
        return self.not_finite() is None and self.parameters.not_finite() is None

    def measure(self) -> float:
        """Euclidean norm of the whole gradient, kept in `norm`."""
        square = float(np.vdot(self.vector, self.vector))
        if not math.isfinite(square):  # squares overflow before the gradient does
            wide = self.vector.astype(np.float64)
            square = float(np.vdot(wide, wide))
        self.norm = math.sqrt(square)
        return self.norm

    def not_finite(self) -> str | None:
        """The name of the first parameter whose gradient holds NaN or infinity."""
        return next((name for name, view in self.views.items() if not np.isfinite(view).all()), None)

    def clip_norm(self, limit: float) -> None:
        """g <- g min(1, limit / ||g||), over all parameters together (Pascanu et al., 2013)."""
        norm = self.measure()
        if norm > limit:
            np.multiply(self.vector, limit / norm, out=self.vector)

    def clip_value(self, limit: float) -> None:
        """g <- min(max(g, -limit), limit), element by element."""
        np.clip(self.vector, -limit, limit, out=self.vector)
