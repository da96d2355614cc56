"""What an edit is, and the small tools with which edits are written."""

import ast
import copy
from typing import Any, NamedTuple


class Edit(NamedTuple):
    """A changed tree; `code` is the finding that this edit suggests."""

    tree: ast.Module
    code: str
    text: str
    line: int


Option = tuple[str, str, ast.AST, ast.AST]  # code, description, a part of the node, what stands in its place


def replaced(tree: ast.Module, old: ast.AST, new: ast.AST) -> ast.Module:
    """A copy of the tree with another node in the place of one: a deep copy looks every node up in its memo first."""
    placed = ast.copy_location(copy.deepcopy(new), old)
    return ast.fix_missing_locations(copy.deepcopy(tree, {id(old): placed}))


def altered(node: Any, **fields: Any) -> Any:
    """The node with other fields; the parts that it keeps are shared with the original."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def transposed(node: Any) -> ast.Attribute:
    """`node.T`."""
    return ast.Attribute(node, "T", ast.Load())


def copied(node: Any) -> ast.Call:
    """`node.copy()`."""
    return ast.Call(ast.Attribute(node, "copy", ast.Load()), [], [])


def expression(text: str) -> ast.expr:
    """The tree of an expression."""
    return ast.parse(text, mode="eval").body


def parts_of(value: Any) -> list[ast.expr]:
    """The entries of a tuple or list that is returned or assigned; a single value alone."""
    return value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]


def spell(node: ast.AST) -> str:
    """The node as source, cut to a readable length."""
    text = ast.unparse(node)
    return text if len(text) < 50 else text[:47] + "..."
