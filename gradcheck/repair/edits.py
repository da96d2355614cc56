"""All one-place edits of a backward that a slip of the pen could have caused, as changed copies of its syntax tree.

Each edit carries the code that it suggests (which names the fault if nothing else does), a description and its line.
"""

import ast
import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from . import (
    jax_words,
    slips_in_formulas as formulas,
    slips_in_methods as methods,
    slips_in_statements as statements,
    torch_words,
)
from .edit import Change, Edit, Option

Kind = Callable[[Any, list[str]], Iterable[Option]]
KINDS: tuple[Kind, ...] = (
    formulas.operators, formulas.calls, formulas.axes, formulas.transposes, statements.returns, formulas.constants,
    formulas.products, statements.copies, statements.statements, statements.substitutions,
)  # fmt: skip
METHODS: tuple[Kind, ...] = (
    formulas.operators, formulas.calls, formulas.axes, formulas.transposes, methods.wraps, statements.returns,
    methods.orders, formulas.constants, formulas.products, methods.penalties, statements.copies,
    statements.statements, statements.substitutions, methods.factors,
)  # fmt: skip


def edits(tree: ast.Module, dialect: str = "numpy", words: Sequence[str] = ()) -> Iterator[Edit]:
    """Every edit of the one function in `tree`, the likelier kinds first; `dialect`: numpy, torch, jax or method.

    words: what the object of a method keeps, as expressions.
    """
    if dialect == "torch":
        found = _edits(torch_words.to_numpy(tree), (torch_words.contracts, *KINDS), 1)  # 1: the context
        yield from map(torch_words.to_torch, found)
    elif dialect == "jax":
        yield from _edits(tree, (jax_words.updates, *KINDS), 0)
    elif dialect == "method":
        yield from _edits(tree, METHODS, 1, words)  # 1: self
    else:
        yield from _edits(tree, KINDS, 0)


def _edits(tree: ast.Module, all_kinds: tuple[Kind, ...], first: int, words: Sequence[str] = ()) -> Iterator[Edit]:
    function = next(n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    names = [*_local_names(function)[first:], *words]
    nodes = [n for n in ast.walk(function) if n is not function]
    for kinds in all_kinds:
        for index, node in enumerate(nodes):
            for code, text, change in kinds(node, names):
                yield Edit(_changed(tree, index, change), code, text, getattr(node, "lineno", function.lineno))


def _changed(tree: ast.Module, index: int, change: Change) -> ast.Module:
    new = copy.deepcopy(tree)
    function = next(n for n in new.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    node = [n for n in ast.walk(function) if n is not function][index]
    replacement = change(node)
    if replacement is not None:
        _replace(function, node, replacement)
    return ast.fix_missing_locations(new)


def _replace(root: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(root):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, ast.copy_location(new, old))
                return
            if isinstance(value, list) and any(v is old for v in value):
                value[next(i for i, v in enumerate(value) if v is old)] = ast.copy_location(new, old)
                return


def _local_names(function: Any) -> list[str]:
    args = [a.arg for a in function.args.args]
    stored = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys(args + stored))[:12]
