"""Full-batch minimisation through SciPy: L-BFGS, nonlinear conjugate gradients and Newton-CG on the flat vector."""

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array
from base.class_weights import ClassWeight, check_class_weight
from base.tasks import Measure, Task
from base.words import did_you_mean

from . import evaluation
from .errors import DivergedError
from .gradient import Gradient
from .inputs.data import Data, check_data
from .inputs.weights import row_weights
from .parameters import Parameters

METHODS = ("L-BFGS-B", "CG", "Newton-CG")
ROWS = 5000  # rows per block of the full batch: activations stay bounded
_TOLERANCE = {"L-BFGS-B": ("gtol", 1e-6), "CG": ("gtol", 1e-6), "Newton-CG": ("xtol", 1e-5)}


class Minimum(NamedTuple):
    """Where the minimiser ended; rows: a dict per iteration (step, loss, val_loss, val_acc, seconds, evaluations)."""

    loss: float
    gradient_norm: float
    steps: int
    evaluations: int
    converged: bool
    message: str
    rows: list[dict[str, Any]]


def minimize(
    model: Any,
    data: Mapping[str, Any],
    method: str = "L-BFGS-B",
    *,
    max_iter: int = 200,
    tolerance: float | None = None,
    eval_every: int = 1,
    callback: Callable[[dict[str, Any]], Any] | None = None,
    task: str | Task | Measure | None = None,
    class_weight: ClassWeight = None,
    **options: Any,
) -> Minimum:
    """Minimise the training loss, penalty included, over all training rows; the model ends at the last iterate.

    model, data: as Solver takes them; the parameters must be float64.
    method: "L-BFGS-B" (no bounds are set: it is L-BFGS), "CG" (Polak-Ribiere) or "Newton-CG" (Hessian products by
      differences of gradients).
    max_iter: iterations at most.
    tolerance: on the largest gradient element, 1e-6, or on the mean change of the weights for Newton-CG, 1e-5.
    eval_every: iterations between evaluations on the validation data.
    callback: called with the row of each iteration; True stops.
    task, class_weight: as Solver takes them; rows hold the measure of the task as val_acc.
    options: go to scipy.optimize.minimize.

    Call again to go on from where it ended. Raises ValueError for a model that is not float64, or whose loss is no
    function: with noise or running statistics; DivergedError where the first loss or gradient is not finite.
    """
    from scipy.optimize import minimize as scipy_minimize

    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}.{did_you_mean(str(method), METHODS)} Known: {', '.join(METHODS)}.")
    check_class_weight(class_weight)
    objective = _Objective(model, check_data(data, model), task, class_weight)
    objective.eval_every, objective.callback = eval_every, callback
    # Iterations alone are counted: SciPy's own limit of 15,000 evaluations would end a long run before max_iter.
    extra = {"ftol": 0.0, "maxfun": sys.maxsize} if method == "L-BFGS-B" else {}
    name, default = _TOLERANCE[method]
    options = {"maxiter": max_iter, name: default if tolerance is None else tolerance, **extra, **options}
    try:
        result = scipy_minimize(
            objective, objective.accepted, jac=True, method=method, callback=objective.after_iteration, options=options
        )
        objective.accepted = result.x
    finally:
        objective.place(objective.accepted)  # not at the trial point of an unfinished line search
    loss, gradient = objective(result.x)
    norm, calls = float(np.linalg.norm(gradient)), objective.count - 1
    return Minimum(loss, norm, int(result.nit), calls, bool(result.success), str(result.message), objective.rows)


class _Objective:
    """Loss and gradient of all training rows as a function of one vector, and the record of the iterations."""

    eval_every = 1
    callback: Callable[[dict[str, Any]], Any] | None = None

    def __init__(self, model: Any, data: Data, task: Any = None, class_weight: ClassWeight = None):
        self.model, self.parameters = model, Parameters(model)
        _check_model(model, self.parameters)
        X, y = np.asarray(data.X_train, np.float64), data.y_train
        self.pieces = [(X[i : i + ROWS], y[i : i + ROWS]) for i in range(0, len(X), ROWS)]
        w = row_weights(data, class_weight)
        self.weights = None if w is None else [w[i : i + ROWS] for i in range(0, len(X), ROWS)]
        self.data, self.count, self.begin = data, 0, time.perf_counter()
        self.rows: list[dict[str, Any]] = []
        self.gradient = Gradient(self.parameters, np.random.default_rng(0))
        if w is not None:
            self.gradient.require_weights()
        self.task = evaluation.task_of(model, data, task)
        evaluation.check_before_training(self.parameters, data)
        self.accepted = self.parameters.vector.copy()

    def __call__(self, vector: Array) -> tuple[float, Array]:
        self.place(vector)
        self.count += 1
        loss = self.gradient.compute_sum(self.pieces, self.weights)
        if self.count == 1 and not self.gradient.guard(loss):
            raise DivergedError(
                f"loss {loss} or its gradient is not finite before any step: look at the data, the initialisation and"
                " the loss (a log or a division of 0, an exp of a large score)."
            )
        return loss, self.gradient.vector.copy()

    def place(self, vector: Array) -> None:
        """Let the model hold `vector`."""
        self.parameters.load(self.parameters.split(vector))

    def after_iteration(self, intermediate_result: Any) -> None:
        """SciPy's hook: keep the iterate, record it, ask the callback."""
        self.accepted = np.array(intermediate_result.x, copy=True)
        step = len(self.rows) + 1
        row = {"step": step, "loss": float(intermediate_result.fun), "val_loss": None, "val_acc": None}
        row |= {"seconds": time.perf_counter() - self.begin, "evaluations": self.count}
        if step % self.eval_every == 0:
            self.place(self.accepted)
            X, y = self.data.X_val, self.data.y_val
            row["val_loss"], row["val_acc"] = evaluation.evaluate(self.model, X, y, task=self.task)
        self.rows.append(row)
        if self.callback is not None and self.callback(row) is True:
            raise StopIteration


def _check_model(model: Any, parameters: Parameters) -> None:
    dtype = parameters.vector.dtype
    if dtype != np.float64:
        raise ValueError(
            f"minimize works in float64; parameter {parameters.names[0]!r} is {dtype}: build the model in float64."
        )
    if getattr(model, "noisy", False) or getattr(model, "state", None):
        raise ValueError("minimize needs a loss without noise and running statistics; this model has some.")
