"""All one-place edits of a backward that a slip of the pen could have caused, as changed copies of its syntax tree.

Each edit carries the code that it suggests (which names the fault if nothing else does), a description and its line.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from . import (
    jax_words,
    slips_in_formulas as formulas,
    slips_in_methods as methods,
    slips_in_statements as statements,
    torch_words,
)
from .edit import Edit, Option, replaced

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
        for node in nodes:
            for code, text, old, new in kinds(node, names):
                yield Edit(replaced(tree, old, new), code, text, getattr(node, "lineno", function.lineno))


def _local_names(function: Any) -> list[str]:
    args = [a.arg for a in function.args.args]
    stored = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys(args + stored))[:12]
