"""What `layergraph gradcheck TARGET` checks: a registered layer, functions of a module or file, a model class."""

import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from base.user_code import attribute, load

if TYPE_CHECKING:
    from gradcheck import Report

N = 5


def check(target: str, seeds: int, seed: int, options: Mapping[str, Any]) -> list["Report"]:
    """The reports of one target, one per seed (and per setting of a registered layer)."""
    import gradcheck

    if ":" not in target:
        return list(gradcheck.suite([target], seeds=seeds, seed=seed, **options))
    where, _, names = target.rpartition(":")
    module = load(where, exits=True)
    if "." in names:  # Class.forward,backward
        cls, _, methods = names.partition(".")
        owner = attribute(module, cls)
        return [_instance(module, owner, methods.replace(f"{cls}.", ""), seed + k, options) for k in range(seeds)]
    names = _pair_of(module, names)
    found = [attribute(module, name) for name in names.split(",")]
    return [_check_one(module, names, found, seed + k, options) for k in range(seeds)]


def _pair_of(module: ModuleType, names: str) -> str:
    """`my` and `my_forward` as `my_forward,my_backward` where the module has both: half a pair is never meant."""
    stem = names.removesuffix("_forward")
    pair = f"{stem}_forward", f"{stem}_backward"
    lone = "," not in names and (names != stem or not hasattr(module, names))
    return ",".join(pair) if lone and all(hasattr(module, name) for name in pair) else names


def _check_one(module: ModuleType, names: str, found: list[Any], seed: int, options: Mapping[str, Any]) -> "Report":
    import gradcheck

    if isinstance(found[0], type):
        if not _is_model(found[0]):
            return _instance(module, found[0], "", seed, options)
        model, X, y = _model(module, found[0], seed)
        return gradcheck.model(model, X, y, seed=seed, **options)
    inputs = _inputs(module, names)
    if inputs is None:
        return _on_drawn_arguments(names, found, seed, options)
    if len(found) == 1:
        return gradcheck.loss(found[0], inputs=inputs, seed=seed, **options)
    return gradcheck.layer(found[0], found[1], inputs=inputs, seed=seed, **options)


def _is_model(cls: type) -> bool:
    """Whether it has the course's loss(X, y) -> (loss, grads) and makes its params without being asked for sizes.

    One that takes a penalty's weight as well is none: at its default of 0 the penalty's gradient would not be checked.
    """
    from gradcheck.classes.draw import penalties_of

    try:
        needed = [p for p in inspect.signature(cls).parameters.values() if p.default is p.empty]
    except (TypeError, ValueError):
        return False
    return (
        callable(getattr(cls, "loss", None))
        and not penalties_of(inspect.getattr_static(cls, "loss"))
        and not any(hasattr(cls, n) for n in ("backward", "gradient"))
        and not [p for p in needed if p.kind <= p.POSITIONAL_OR_KEYWORD]
    )


def _instance(module: ModuleType, cls: type, methods: str, seed: int, options: Mapping[str, Any]) -> "Report":
    """The report of a class as it is, with its `<name>_inputs` where the module has them."""
    import gradcheck

    forward, _, backward = methods.partition(",")
    inputs = getattr(module, f"{cls.__name__}_inputs", None)
    try:
        return gradcheck.instance(
            cls, forward=forward or None, backward=backward or None, inputs=inputs, seed=seed, **options
        )
    except TypeError as error:
        raise LookupError(str(error)) from error


def _inputs(module: ModuleType, names: str) -> Any:
    """The function that draws arguments: `<name>_inputs` or `inputs`, in the module of the target; None without one."""
    first = names.split(",")[0]
    for name in (f"{first}_inputs", f"{first.removesuffix('_forward')}_inputs", "inputs"):
        if hasattr(module, name):
            return getattr(module, name)
    return None


def _on_drawn_arguments(names: str, found: list[Any], seed: int, options: Mapping[str, Any]) -> "Report":
    """The report on arguments drawn from the names of the parameters; LookupError where none fit."""
    from gradcheck.finder.find import subject_for

    subject = subject_for(*found) if len(found) <= 2 and all(map(inspect.isfunction, found)) else None
    if subject is None or subject.missing:
        raise LookupError(
            f"no arguments could be drawn for {names}: define inputs(rng, n) in that module, which returns the "
            f"arguments for a batch of n, for example\n"
            f"    def inputs(rng, n):\n"
            f"        x, w, b = rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)\n"
            f"        return x, w, b"
        )
    return subject.check(seed=seed, **options)


def _seeded(cls: type, seed: int) -> dict[str, Any]:
    """The keyword by which the class takes its randomness, if it does: two runs of one seed then check one net."""
    try:
        known = inspect.signature(cls).parameters
    except (TypeError, ValueError):
        return {}
    if "seed" in known:
        return {"seed": seed}
    return {"rng": np.random.default_rng(seed)} if "rng" in known else {}


def _model(module: ModuleType, cls: type, seed: int) -> tuple[Any, Any, Any]:
    """An instance made without arguments, and X, y from inputs(rng, n) or guessed from the shapes of its matrices."""
    try:
        model = cls(**_seeded(cls, seed))
    except TypeError as error:
        raise LookupError(f"{cls.__name__}() cannot be made without arguments ({error}): give them defaults") from error
    rng = np.random.default_rng(seed)
    if hasattr(module, "inputs"):
        X, y = module.inputs(rng, N)
        return model, X, y
    matrices = [np.asarray(p) for p in getattr(model, "params", {}).values() if np.ndim(p) == 2]
    if not matrices:
        raise LookupError(
            f"there are no inputs for {cls.__name__}: define inputs(rng, n) in that module, which returns X, y"
        )
    return model, rng.standard_normal((N, matrices[0].shape[0])), rng.integers(matrices[-1].shape[1], size=N)


def reference_models() -> dict[str, tuple[Any, Any, Any]]:
    """Small models of ours with data, for the suite: name -> (model, X, y)."""
    from models import TwoLayerNet, convnet, mlp

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((N, 7)), rng.integers(3, size=N)
    images = rng.standard_normal((N, 1, 4, 5))
    return {
        "TwoLayerNet": (TwoLayerNet(7, 4, 3, weight_scale=0.3, reg=0.1, seed=0), X, y),
        "mlp tanh svm": (mlp([7, 5, 4, 3], activation="tanh", loss="svm", reg=0.01, rng=rng), X, y),
        "mlp sigmoid squared": (mlp([7, 5, 3], activation="sigmoid", loss="squared", l1=0.01, rng=rng), X, y),
        "convnet": (convnet("2x2,pool,4", image=(4, 5), num_classes=3, activation="tanh", rng=rng), images, y),
    }
