"""Callbacks of scikit-learn 1.9 in a run of the Solver: one task per epoch; nothing where scikit-learn is older."""

from collections.abc import Callable
from typing import Any

from base.arrays import Array

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupportMixin, with_callbacks as with_callbacks
except ImportError:  # before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing to support."""

    def with_callbacks(method: Any) -> Any:
        """The method itself."""
        return method


class Watch:
    """A callback of our Solver that tells those of scikit-learn of each epoch; True from one of them stops the run.

    fitted: attributes that make an estimator able to predict as of now, computed only where a callback asks.
    """

    def __init__(self, estimator: Any, X: Array, y: Any, epochs: int, fitted: Callable[[], dict[str, Any]]):
        self.estimator, self.fitted = estimator, fitted
        self.data = {"X": X, "y": y}
        self.context: Any = None
        self.task: Any = None
        if hasattr(estimator, "_init_callback_context"):
            self.context = estimator._init_callback_context(max_subtasks=epochs)
            self.context.call_on_fit_task_begin(estimator=estimator, **self.data)

    def on_train_begin(self, solver: Any) -> None:
        """The first epoch begins."""
        self._begin(solver)

    def on_epoch(self, solver: Any, logs: dict[str, Any]) -> bool:
        """An epoch ends, and the next begins if there is one."""
        if self.task is None:
            return False
        task, self.task = self.task, None
        ended = task.call_on_fit_task_end(
            estimator=self.estimator, **self.data, reconstruction_attributes=self.fitted, metadata=dict(logs)
        )
        if not ended:
            self._begin(solver)
        return bool(ended)

    def close(self) -> None:
        """The fit is over: tell it, and let go of estimator and data."""
        if self.context is not None:
            self.context.call_on_fit_task_end(
                estimator=self.estimator, **self.data, reconstruction_attributes=self.fitted
            )
        self.release()

    def release(self) -> None:
        """Let go of estimator and data; what the Solver still calls then does nothing."""
        self.context = self.task = self.estimator = None
        self.data = {}

    def _begin(self, solver: Any) -> None:
        if self.context is not None and solver.epoch < solver.settings.num_epochs:
            self.task = self.context.subcontext(task_name="epoch")
            self.task.call_on_fit_task_begin(estimator=self.estimator, **self.data)
