"""From what the user hands over to a checked subject of JAX: its kind, its arguments, and their names."""

import inspect
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from ..entry import run_check, wrt_of
from ..options import options_from
from ..report.report import Report
from ..subject.arguments import Inputs, drawn
from ..subject.arrays import is_float
from ..subject.subject import Subject, Values
from .drawing import drawn_for, names_for
from .jax_contracts import JaxJvp, JaxVjp
from .jax_function import JaxSubject
from .jax_tree import Arguments


def check(
    function: Any,
    arguments: tuple[Any, ...],
    names: Sequence[str] | None,
    inputs: Inputs | None,
    wrt: Sequence[str] | str | None,
    options: dict[str, Any],
) -> Report:
    """The report of one custom_vjp or custom_jvp; see `gradcheck.jax`."""
    label, chosen = options.pop("label", None), options_from(options)
    require_rule(function)
    kind = JaxVjp if isinstance(function, jax.custom_vjp) else JaxJvp
    if not arguments and inputs is None:

        def make(names: Sequence[str], args: tuple[Any, ...]) -> tuple[Subject, Values]:
            tree = Arguments(names, args)
            return kind(function, tree, None), dict(zip(tree.leaf_names, tree.leaves(args), strict=True))

        parameters = list(inspect.signature(function.fun).parameters.values())
        found = drawn_for(function.__name__, parameters, make)
        inputs, names = found.arguments, names or found.names
    arguments = arguments if inputs is None else drawn(inputs, [chosen.seed, 0])
    tree = Arguments(parameter_names(function, arguments, names), arguments)
    leaves = tree.leaves(arguments)
    _require_floats(tree, leaves)
    subject: JaxSubject = kind(function, tree, wrt_of(wrt, tree.leaf_names))

    def draw(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
        return tree.leaves(drawn(inputs, rng, n))

    return run_check(subject, leaves, None if inputs is None else draw, chosen, label)


def require_rule(function: Any) -> None:
    """TypeError for what has no custom rule, or only half of one."""
    if isinstance(function, jax.custom_vjp):
        if function.fwd is None or function.bwd is None:
            raise TypeError(f"{function.__name__} has no rule yet: {function.__name__}.defvjp(fwd, bwd)")
    elif isinstance(function, jax.custom_jvp):
        if function.jvp is None:
            raise TypeError(f"{function.__name__} has no rule yet: {function.__name__}.defjvp(rule)")
    else:
        name = getattr(function, "__name__", type(function).__name__)
        raise TypeError(
            f"gradcheck.jax takes a jax.custom_vjp or jax.custom_jvp; got {name} ({type(function).__name__}). What jax"
            " differentiates by itself has no backward to check; a pair of NumPy functions goes to gradcheck.layer"
        )
    if getattr(function, "symbolic_zeros", False):
        raise TypeError(f"{function.__name__} asks for symbolic zeros, which are not checked: define it without them")


def parameter_names(function: Any, arguments: Sequence[Any], names: Sequence[str] | None) -> tuple[str, ...]:
    """Names for the arguments: given, or those of the function."""
    if names is not None:
        if isinstance(names, str) or len(names) != len(arguments) or len(set(names)) != len(names):
            raise ValueError(f"names is {names!r}; expected {len(arguments)} distinct names, one for each argument")
        return tuple(names)
    return names_for(function.__name__, list(inspect.signature(function.fun).parameters.values()), len(arguments))


def _require_floats(tree: Arguments, leaves: Sequence[Any]) -> None:
    named = list(zip(tree.leaf_names, leaves, strict=True))
    for name, leaf in named:
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "c":
            raise TypeError(
                f"{name} is complex ({leaf.dtype}); gradients are checked for real arrays: pass its real and imaginary"
                " parts, and take them together in the function"
            )
    if not any(is_float(leaf) for _, leaf in named):
        got = ", ".join(f"{n}: {v.dtype if isinstance(v, np.ndarray) else type(v).__name__}" for n, v in named)
        raise TypeError(
            f"there is no array of floats to differentiate among the arguments ({got or 'none'}): pass arrays, e.g."
            " np.ones((5, 3)), or inputs=lambda rng, n: (...)"
        )
