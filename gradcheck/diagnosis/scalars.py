"""The plain numbers that a backward could have used: arguments, keywords, defaults, cached, in closures."""

from typing import Any

import numpy as np

from ..probe_run import ProbeRun
from ..subject.functions import closure_of, defaults_of, unwrapped
from ..subject.subject import Subject


def scalars_of(subject: Subject, run: ProbeRun) -> dict[str, float]:
    """Name -> number, for naming constants such as a keep probability or a penalty's strength."""
    found: dict[str, float] = {}
    for name, value in run.values.items():
        _collect(name, value, found, 0)
    reg = getattr(subject, "reg", None)
    if reg:
        found["reg"] = float(reg)
    for function in subject.sources():
        _function(function, found)
    _collect("cache", run.cache, found, 0)
    return {k: v for k, v in found.items() if np.isfinite(v) and v not in (0.0, 1.0)}


def _collect(name: str, value: Any, found: dict[str, float], depth: int) -> None:
    if isinstance(value, (bool, np.bool_)) or depth > 3:
        return
    if isinstance(value, (int, float, np.integer, np.floating)) or (isinstance(value, np.ndarray) and value.ndim == 0):
        found.setdefault(name, float(value))
    elif isinstance(value, dict):
        for k, v in value.items():
            _collect(str(k), v, found, depth + 1)
    elif isinstance(value, (tuple, list)) and len(value) < 50:
        for k, v in enumerate(value):
            _collect(f"{name}[{k}]", v, found, depth + 1)


def _function(function: Any, found: dict[str, float]) -> None:
    while hasattr(function, "func") and hasattr(function, "keywords"):
        _collect("", dict(function.keywords), found, 0)
        _collect("partial", tuple(function.args), found, 0)
        function = function.func
    function = unwrapped(function)
    if not hasattr(function, "__code__"):
        return
    for held in (defaults_of(function), function.__kwdefaults__ or {}, closure_of(function)):
        for name, value in held.items():
            _collect(name, value, found, 0)
    for name in function.__code__.co_names:
        if name in function.__globals__ and isinstance(function.__globals__[name], (int, float)):
            _collect(name, function.__globals__[name], found, 0)
