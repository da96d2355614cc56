"""What an edit is, and the small tools with which edits are written."""

import ast
from collections.abc import Callable
from typing import Any, NamedTuple


class Edit(NamedTuple):
    """A changed tree; `code` is the finding that this edit suggests."""

    tree: ast.Module
    code: str
    text: str
    line: int


Change = Callable[[Any], Any]  # receives the node of the copy, changes it in place or returns its replacement
Option = tuple[str, str, Change]  # code, description, change


def bind(function: Callable[..., Any], *bound: Any) -> Change:
    """`function` with its first arguments fixed now, as a loop variable has to be."""
    return lambda node: function(*bound, node)


def expression(text: str) -> ast.expr:
    """The tree of an expression."""
    return ast.parse(text, mode="eval").body


def spell(node: ast.AST) -> str:
    """The node as source, cut to a readable length."""
    text = ast.unparse(node)
    return text if len(text) < 50 else text[:47] + "..."
