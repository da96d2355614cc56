"""The face of the packages: `import layergraph as lg`, then `lg.mlp(...)`, `lg.Solver(...)`.

Each name is looked up where it lives when it is first asked for, so that `import layergraph` costs nothing.
"""

import importlib
from typing import Any

_HOMES = {
    "Graph": "models", "TwoLayerNet": "models", "mlp": "models", "node": "models", "numeric": "models",
    "MLPClassifier": "layergraph.estimators", "MLPRegressor": "layergraph.estimators",
    "TwoLayerClassifier": "layergraph.estimators", "TwoLayerRegressor": "layergraph.estimators",
    "Solver": "solver", "lr_range_test": "solver", "minimize": "solver", "streams": "solver",
}  # fmt: skip
_PACKAGES = ("layers", "models", "solver", "gradcheck", "mnist", "bench", "plots")

__all__ = [*_HOMES, *_PACKAGES]


def __getattr__(name: str) -> Any:
    """The package or object of that name; AttributeError for any other name."""
    if name in _PACKAGES:
        return importlib.import_module(name)
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"layergraph has no {name!r}; it has {', '.join(__all__)}")
