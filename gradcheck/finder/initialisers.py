"""The parameters of a net as the file itself makes them: init_params(n_x, n_h, n_y), make_net(sizes), init().

What the initialiser gives says the names and the layout; the values are drawn anew, for biases of zero and weights of
0.01 would hide what a gradient does to them.
"""

import ast
import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..repair.repair import is_unsafe
from ..subject.arrays import is_float
from ..subject.functions import tree_of
from ..subject.gradients import flatten
from .scheme import Scheme
from .trial import quiet

_HELD = r"(params?|parameters?|weights?|net|network|model|theta)"
_NAME = re.compile(
    rf"init(iali[sz]e)?$|init(iali[sz]e)?_?\w*{_HELD}(_\w+)?$"
    rf"|(make|create|build|new|get|random|he|xavier)_(\w+_)?{_HELD}$|{_HELD}_?init(iali[sz]e)?$",
    re.IGNORECASE,
)
_NO_SIZE = re.compile(r"[xy](_?(train|batch|data)\w*)?|\w*(epoch|iter|pass|rate|path|file|data)\w*|lr", re.IGNORECASE)
_FEATURES, _HIDDEN, _CLASSES = 4, 6, 3
_LARGEST = 5_000  # numbers in a net whose sizes the file does not let us choose


def schemes(names: Mapping[str, Any]) -> list[Scheme]:
    """Layouts of X and y beside the parameters that the initialisers among a file's names give."""
    found: list[Scheme] = []
    for name, function in names.items():
        if inspect.isfunction(function) and _NAME.match(name.strip("_")) and _is_harmless(function):
            for parameters, features, classes in _made(function):
                found += _around(parameters, features, classes)
    return found


def _is_harmless(function: Callable[..., Any]) -> bool:
    """Whether a function that nobody asked to be run gives something, and neither trains nor touches files."""
    if any(_NO_SIZE.fullmatch(name) for name in inspect.signature(function).parameters):
        return False
    tree = tree_of(function)
    gives = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(tree))
    return gives and not is_unsafe(tree)


def _around(parameters: Any, features: int, classes: int) -> Iterator[Scheme]:
    def tree(rng: np.random.Generator, n: int) -> Any:
        return _drawn(parameters, rng)

    rows, columns = f"N {features}", f"{features} N"
    pairs: list[tuple[str, Any]]
    if classes == 1:
        pairs = [(rows, "bits N 1"), (columns, "whole_bits 1 N"), (rows, "bits N"), (rows, "N 1"), (columns, "1 N")]
    else:
        pairs = [
            (rows, lambda rng, n: rng.integers(classes, size=n)),
            (rows, f"one_hot N {classes}"),
            (columns, f"one_hot_columns {classes} N"),
            (columns, lambda rng, n: rng.integers(classes, size=n)),
            (columns, lambda rng, n: rng.integers(classes, size=(1, n))),
        ]
    return (Scheme(r"", {"parameters": tree, "x": x, "y": y}) for x, y in pairs)


def _made(function: Callable[..., Any]) -> Iterator[tuple[Any, int, int]]:
    """(parameters, features, classes) of several classes, then of one output."""
    for classes in (_CLASSES, 1):
        for args, kwargs in _calls(function, classes):
            with quiet():
                try:
                    parameters = function(*args, **kwargs)
                except Exception:
                    continue
            arrays = [one for one in flatten(parameters).values() if is_float(one)]
            if len(arrays) < 2 or sum(a.size for a in arrays) > _LARGEST:
                continue
            if args or kwargs:
                yield parameters, _FEATURES, classes
            else:
                yield from ((parameters, *ends) for ends in _ends(arrays))
                return
            break


def _calls(function: Callable[..., Any], classes: int) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Ways to call an initialiser: the sizes one by one, as a list, by the keywords that are numbers."""
    takes = [p for p in inspect.signature(function).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    needed = [p for p in takes if p.default is p.empty]
    numbers = [p.name for p in takes if type(p.default) is int and not re.search(r"seed|random|state", p.name)]
    sizes = {1: (_FEATURES,), 2: (_FEATURES, classes), 3: (_FEATURES, _HIDDEN, classes)}
    sizes[4] = (_FEATURES, _HIDDEN, _HIDDEN - 1, classes)
    if len(needed) == 1:
        yield ([_FEATURES, _HIDDEN, classes],), {}
    elif len(needed) in sizes:
        yield sizes[len(needed)], {}
    elif not needed and len(numbers) in (2, 3, 4):
        yield (), dict(zip(numbers, sizes[len(numbers)], strict=True))
    if not needed:
        yield (), {}


def _ends(arrays: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """(features, classes) of matrices whose sizes are the file's own, each on either side of what it multiplies."""
    matrices = [a for a in arrays if a.ndim == 2 and min(a.shape) > 1] or [a for a in arrays if a.ndim == 2]
    if matrices:
        yield from itertools.product(matrices[0].shape, reversed(matrices[-1].shape))


def _drawn(tree: Any, rng: np.random.Generator) -> Any:
    """The same tree with other numbers in its arrays."""
    if isinstance(tree, Mapping):
        return {name: _drawn(one, rng) for name, one in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)([_drawn(one, rng) for one in tree])
    if is_float(tree):
        return 0.5 * rng.standard_normal(tree.shape)
    return tree
