"""The parameters of the estimators; scikit-learn reads them from these signatures."""

from collections.abc import Sequence
from typing import Any


class TwoLayer:
    """One hidden layer of `hidden_dim` units."""

    def __init__(
        self,
        hidden_dim: int = 100,
        activation: str = "relu",
        update_rule: str = "adam",
        learning_rate: float = 1e-3,
        lr_schedule: Any = "constant",
        batch_size: int = 100,
        num_epochs: int = 50,
        reg: float = 0.0,
        dropout: float = 0.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        tol: float = 1e-4,
        max_seconds: float | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_dim = hidden_dim
        self.activation = activation
        self.update_rule = update_rule
        self.learning_rate = learning_rate
        self.lr_schedule = lr_schedule
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.reg = reg
        self.dropout = dropout
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.tol = tol
        self.max_seconds = max_seconds
        self.random_state = random_state
        self.verbose = verbose

    def _hidden(self) -> tuple[int, ...]:
        """Units of the hidden layers."""
        return (self.hidden_dim,)


class MLP:
    """Hidden layers of `hidden_layer_sizes` units; () is a linear model."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: str = "relu",
        update_rule: str = "adam",
        learning_rate: float = 1e-3,
        lr_schedule: Any = "constant",
        batch_size: int = 100,
        num_epochs: int = 50,
        reg: float = 0.0,
        dropout: float = 0.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        tol: float = 1e-4,
        max_seconds: float | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.update_rule = update_rule
        self.learning_rate = learning_rate
        self.lr_schedule = lr_schedule
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.reg = reg
        self.dropout = dropout
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.tol = tol
        self.max_seconds = max_seconds
        self.random_state = random_state
        self.verbose = verbose

    def _hidden(self) -> tuple[int, ...]:
        """Units of the hidden layers; a single number is one layer."""
        sizes = self.hidden_layer_sizes
        return (sizes,) if isinstance(sizes, int) else tuple(sizes)
