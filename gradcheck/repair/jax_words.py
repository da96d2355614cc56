"""Slips that only JAX knows: `x.at[i].set(v)` where contributions of repeated indices add up."""

import ast
from collections.abc import Iterator

from .edit import Option, altered

OTHERS = {"set": ("add", "REPEATED_INDEX"), "add": ("set", "ADDITIVE_TERM"), "multiply": ("set", "ELEMENTWISE_FACTOR")}


def updates(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Another kind of update of the elements at an index."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    at = node.func.value
    is_update = isinstance(at, ast.Subscript) and isinstance(at.value, ast.Attribute) and at.value.attr == "at"
    if is_update and node.func.attr in OTHERS:
        new, code = OTHERS[node.func.attr]
        yield code, f"{node.func.attr} -> {new}", node.func, altered(node.func, attr=new)
