"""Looking into a function: the plain one under partials and methods, its source, what it closes over, its defaults."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


def unwrapped(function: Any) -> Any:
    """The plain function under partials and methods."""
    while hasattr(function, "func") and hasattr(function, "keywords"):
        function = function.func
    return getattr(function, "__func__", function)


def tree_of(function: Any) -> ast.Module:
    """The source of a function, parsed; an empty module where there is none."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return ast.Module([], [])


def unpacked_from(tree: ast.AST, is_meant: Callable[[str], object], alone: bool = False) -> list[str]:
    """The names to which a value is unpacked, `x, w = ctx.saved_tensors`; is_meant: whether it is that, by its text.

    alone: also the one name to which it is assigned whole.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and is_meant(ast.unparse(node.value)):
            target = node.targets[0]
            parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target] if alone else [None]
            names = [part.id for part in parts if isinstance(part, ast.Name)]
            if len(names) == len(parts):
                return names
    return []


def closure_of(function: Any) -> dict[str, Any]:
    """name -> value of what a function closes over; cells that are still empty are left out."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


def defaults_of(function: Any) -> dict[str, Any]:
    """name -> default of the positional parameters that have one."""
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    return dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
