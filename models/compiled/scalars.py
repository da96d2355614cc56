"""Definitions for one number as text for the compiled step, with their constants in its dtype.

In NumPy a Python number takes the dtype of the array that it meets; in compiled code float32 and a Python number make
float64, which is slower and other than the array form. So every part that is made of numbers alone, `1 - beta1`, is
computed as Python does it and then converted: `T(1 - beta1)`.
"""

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable, Collection
from typing import Any

KNOWN = {*dir(builtins), "math"}  # what a definition may use besides its arguments
KEPT = ("range", "len", "float")


class NotPlainError(ValueError):
    """A function that is no plain definition on numbers, and why."""


def definition(function: Callable[..., Any], name: str, numbers: Collection[str] = ()) -> str:
    """The source of `function` under `name`; `numbers` are those of its arguments that are settings, not data.

    Raises NotPlainError where there is no source, or where it uses more than its arguments, builtins and `math`.
    """
    tree = _tree(function)
    given = {argument.arg for argument in tree.args.args + tree.args.kwonlyargs}
    _check_names(function, tree, given)
    for argument in tree.args.args:
        argument.annotation = None
    tree.returns, tree.name, tree.decorator_list = None, name, []
    typed = _Typed(set(numbers)).visit(tree)
    return ast.unparse(ast.fix_missing_locations(typed))


def arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the arguments of a definition."""
    return tuple(inspect.signature(function).parameters)


def _tree(function: Callable[..., Any]) -> ast.FunctionDef:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        raise NotPlainError(f"{_name(function)} has no source to read") from None
    if not isinstance(tree, ast.FunctionDef):
        raise NotPlainError(f"{_name(function)} is not defined by `def`")
    return tree


def _check_names(function: Callable[..., Any], tree: ast.FunctionDef, given: set[str]) -> None:
    names = [node for part in tree.body for node in ast.walk(part) if isinstance(node, ast.Name)]
    assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    annotations = {id(name) for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)
                   for name in ast.walk(node.annotation)}  # fmt: skip
    for node in names:
        if id(node) not in annotations and node.id not in given | assigned | KNOWN:
            raise NotPlainError(f"{_name(function)} uses {node.id!r}, which is neither an argument nor part of `math`")


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", repr(function))


class _Typed(ast.NodeTransformer):
    """Puts T(...) around the largest parts that are numbers alone, where they meet data."""

    def __init__(self, numbers: set[str]):
        self.numbers = numbers

    def _is_number(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, int | float) and not isinstance(node.value, bool)
        if isinstance(node, ast.Name):
            return node.id in self.numbers
        if isinstance(node, ast.BinOp):
            return self._is_number(node.left) and self._is_number(node.right)
        if isinstance(node, ast.UnaryOp):
            return self._is_number(node.operand)
        return isinstance(node, ast.Call) and not self._keeps(node) and all(map(self._is_number, node.args))

    @staticmethod
    def _keeps(call: ast.Call) -> bool:
        """range and len give indices, and float says that double precision is meant."""
        return isinstance(call.func, ast.Name) and call.func.id in KEPT

    def _typed(self, node: ast.expr) -> ast.expr:
        if self._is_number(node):
            return ast.Call(ast.Name("T", ast.Load()), [node], [])
        typed: ast.expr = self.visit(node)
        return typed

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node.left, node.right = self._typed(node.left), self._typed(node.right)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if not isinstance(node.op, ast.Not):
            node.operand = self._typed(node.operand)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        node.left, node.comparators = self._typed(node.left), [self._typed(part) for part in node.comparators]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        node.test = self.visit(node.test)
        node.body, node.orelse = self._typed(node.body), self._typed(node.orelse)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not self._keeps(node):
            node.args = [self._typed(argument) for argument in node.args]
        return node

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            node.elts = [self._typed(element) for element in node.elts]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return node  # an index is no data

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        node.value = self._typed(node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is None:
            return ast.Pass()
        return ast.Assign([node.target], self._typed(node.value))

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        node.value = self._typed(node.value)
        return node

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        if node.value is not None:
            node.value = self._typed(node.value)
        return node
