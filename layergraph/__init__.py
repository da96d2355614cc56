"""The face of the packages: `import layergraph as lg`, then `lg.mlp(...)`, `lg.Solver(...)`, `lg.load_data("digits")`.

    lg.mlp, lg.convnet, lg.TwoLayerNet, lg.Graph                    nets     models
    lg.save, lg.load                        a net in a file, also what `layergraph train` wrote
    lg.export                               the net as ONNX or safetensors (extra `export`)
    lg.load_data, lg.read_picture, lg.prepare, lg.Distortion    data and pictures        mnist
    lg.Solver, lg.minimize, lg.lr_range_test                    training                 solver
    lg.gradcheck                            checks of a backward: lg.gradcheck.layer(...)
    lg.MLPClassifier, ...                   scikit-learn's estimators (extra `sklearn`)
    lg.layers, lg.models, lg.solver, lg.mnist, lg.bench, lg.plots                        the packages

Each name is looked up where it lives when it is first asked for, so that `import layergraph` costs nothing.
"""

import importlib
from typing import Any

_HOMES = {
    "Graph": "models", "TwoLayerNet": "models", "convnet": "models", "mlp": "models", "node": "models",
    "numeric": "models",
    "accuracy": "models", "export": "models", "load": "models", "save": "models",
    "DivergedError": "solver", "LayerRecord": "solver", "ReduceOnPlateau": "solver", "Solver": "solver",
    "StopOnPlateau": "solver",
    "lr_range_test": "solver", "minimize": "solver", "streams": "solver",
    "DataError": "mnist", "Distortion": "mnist", "load_data": "mnist:load", "prepare": "mnist", "read_picture": "mnist",
    "Layer": "layers", "class_weights": "layers", "register": "layers", "softmax": "layers",
    "Results": "bench",
}  # fmt: skip
_ESTIMATORS = ("MLPClassifier", "MLPRegressor", "TwoLayerClassifier", "TwoLayerRegressor")
_PACKAGES = ("layers", "models", "solver", "gradcheck", "mnist", "bench", "plots")

__all__ = [*_HOMES, *_PACKAGES]  # `from layergraph import *` needs no extra


def __getattr__(name: str) -> Any:
    """The package or object of that name; AttributeError for any other name."""
    if name in _PACKAGES:
        return importlib.import_module(name)
    if name in _ESTIMATORS:
        return getattr(importlib.import_module("layergraph.estimators"), name)
    if name in _HOMES:
        home, _, own = _HOMES[name].partition(":")
        return getattr(importlib.import_module(home), own or name)
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("layergraph")
    raise AttributeError(f"layergraph has no {name!r}; it has {', '.join(__dir__())}")


def __dir__() -> list[str]:
    """What there is to be asked for."""
    return sorted([*__all__, *_ESTIMATORS])
