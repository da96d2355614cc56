"""Slips in a method: gradients assigned to attributes, keys and entries, and what the object keeps as a factor.

`names` holds the local names and, as expressions, what the object keeps: self.out, self.mask, self.params['W'].
"""

import ast
import re
from collections.abc import Iterator
from itertools import permutations

from .edit import Option, altered, expression, parts_of, spell

_STRENGTH = re.compile(r"(.*\.)?_*(reg\w*|lam\w*|lmbda|l2\w*|weight_?decay\w*|decay|alpha|wd)$", re.IGNORECASE)
_KEPT = (ast.Attribute, ast.Subscript)


def wraps(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A last step on what is assigned: a sign, a factor, a transpose, a sum."""
    for value in _stored(node):
        e = ast.unparse(value)
        means = ("SCALE_BATCH", f"({e}) / len({names[0]})"), ("SCALE_INV_BATCH", f"({e}) * len({names[0]})")
        for code, text in (
            ("SIGN", f"-({e})"),
            ("TRANSPOSED", f"({e}).T"),
            ("NOT_SUMMED", f"({e}).sum(axis=0)"),
            ("NOT_SUMMED", f"({e}).sum(axis=1, keepdims=True)"),
            ("SCALE_TWO", f"({e}) / 2"),
            ("SCALE_HALF", f"2 * ({e})"),
            *means,
            ("KEEPDIMS", f"({e}).ravel()"),
            ("ALIASED", f"({e}).copy()"),
        ):
            yield code, f"{e} -> {text}", value, expression(text)


def orders(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Signs of what a name is given, the order of a list of gradients, one example for the sum of all."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        e = ast.unparse(node.value)
        yield "SIGN", f"{spell(node)} -> -({e})", node.value, expression(f"-({e})")
    if isinstance(node, ast.Assign) and isinstance(node.value, (ast.List, ast.Tuple)) and len(node.value.elts) <= 4:
        for order in list(permutations(node.value.elts))[1:]:
            yield "SWAPPED", ", ".join(map(spell, order)), node.value, altered(node.value, elts=list(order))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.ctx, ast.Load):
        e = ast.unparse(node.value)
        yield "BATCH_SUBSET", f"{spell(node)} -> {e}.sum(axis=0)", node, expression(f"({e}).sum(axis=0)")
    if isinstance(node, ast.Compare):
        for name in names:
            yield "MASK_FROM_DOUT", f"{spell(node)} -> {name}", node, expression(name)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and names:
        for side in (node.left, node.right):
            e = ast.unparse(side)
            text = f"({e}) / len({names[0]})"
            yield "SCALE_BATCH", f"{e} -> {text}", side, expression(text)


def factors(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A factor forgotten on what is assigned or returned: something that is kept, or one less it."""
    for value in (*_stored(node), *_returned(node)):
        e = ast.unparse(value)
        for name in names:
            for text in (f"({e}) * {name}", f"({e}) * (1 - {name})", f"({e}) * (1 + {name})", f"({e}) / {name}"):
                yield "ELEMENTWISE_FACTOR", f"{spell(value)} -> {text}", value, expression(text)


def penalties(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """The gradient of a penalty forgotten: + reg * W, + 2 * reg * W."""
    strengths = [n for n in names if _STRENGTH.match(n)]
    weights = [n for n in names if n not in strengths]
    for value in (*_stored(node), *_returned(node)):
        e = ast.unparse(value)
        for strength in strengths:
            for weight in weights:
                for text in (f"{e} + {strength} * {weight}", f"{e} + 2 * {strength} * {weight}"):
                    yield "MISSING_REG", f"{spell(value)} -> {text}", value, expression(text)


def _stored(node: ast.AST) -> Iterator[ast.expr]:
    """The values of what is stored: self.dW = ..., grads['W'] = ..., {'W': ...}."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], _KEPT) and not isinstance(node.value, ast.Dict):
        yield from parts_of(node.value)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
        yield from node.value.elts
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield node.value
    if isinstance(node, ast.Dict):
        yield from node.values


def _returned(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Return) and node.value is not None:
        yield from (value for value in parts_of(node.value) if not isinstance(value, ast.Starred))
