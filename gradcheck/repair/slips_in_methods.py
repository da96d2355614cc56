"""Slips in a method: gradients assigned to attributes, keys and entries, and what the object keeps as a factor.

`names` holds the local names and, as expressions, what the object keeps: self.out, self.mask, self.params['W'].
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations
from typing import Any

from .edit import Option, bind, expression, spell

_STRENGTH = re.compile(r"(.*\.)?_*(reg\w*|lam\w*|lmbda|l2\w*|weight_?decay\w*|decay|alpha|wd)$", re.IGNORECASE)
Slot = tuple[ast.expr, Callable[[Any, ast.expr], Any]]


def wraps(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A last step on what is assigned: a sign, a factor, a transpose, a sum."""
    for value, put in _slots(node):
        e, start = ast.unparse(value), len(names) > 0
        for code, text in (
            ("SIGN", f"-({e})"),
            ("TRANSPOSED", f"({e}).T"),
            ("NOT_SUMMED", f"({e}).sum(axis=0)"),
            ("NOT_SUMMED", f"({e}).sum(axis=1, keepdims=True)"),
            ("SCALE_TWO", f"({e}) / 2"),
            ("SCALE_HALF", f"2 * ({e})"),
            *((("SCALE_BATCH", f"({e}) / len({names[0]})"), ("SCALE_INV_BATCH", f"({e}) * len({names[0]})")) * start),
            ("KEEPDIMS", f"({e}).ravel()"),
            ("ALIASED", f"({e}).copy()"),
        ):
            yield code, f"{e} -> {text}", bind(lambda put, text, n: put(n, expression(text)), put, text)


def orders(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Signs of what a name is given, the order of a list of gradients, one example for the sum of all."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        e = ast.unparse(node.value)
        yield "SIGN", f"{spell(node)} -> -({e})", lambda n: setattr(n, "value", expression(f"-({e})"))
    if isinstance(node, ast.Assign) and isinstance(node.value, (ast.List, ast.Tuple)) and len(node.value.elts) <= 4:
        elements = node.value.elts
        for order in list(permutations(range(len(elements))))[1:]:
            text = ", ".join(spell(elements[k]) for k in order)
            yield (
                "SWAPPED",
                text,
                bind(lambda order, n: setattr(n.value, "elts", [n.value.elts[k] for k in order]), order),
            )
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.ctx, ast.Load):
        e = ast.unparse(node.value)
        yield "BATCH_SUBSET", f"{spell(node)} -> {e}.sum(axis=0)", lambda n: expression(f"({e}).sum(axis=0)")
    if isinstance(node, ast.Compare):
        for name in names:
            yield "MASK_FROM_DOUT", f"{spell(node)} -> {name}", bind(lambda name, n: expression(name), name)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and names:
        for side in ("left", "right"):
            e = ast.unparse(getattr(node, side))
            text = f"({e}) / len({names[0]})"
            yield "SCALE_BATCH", f"{e} -> {text}", bind(lambda s, t, n: setattr(n, s, expression(t)), side, text)


def factors(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A factor forgotten on what is assigned or returned: something that is kept, or one less it."""
    for value, put in (*_slots(node), *_returned(node)):
        e = ast.unparse(value)
        for name in names:
            for text in (f"({e}) * {name}", f"({e}) * (1 - {name})", f"({e}) * (1 + {name})", f"({e}) / {name}"):
                yield (
                    "ELEMENTWISE_FACTOR",
                    f"{spell(value)} -> {text}",
                    bind(lambda put, text, n: put(n, expression(text)), put, text),
                )


def penalties(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """The gradient of a penalty forgotten: + reg * W, + 2 * reg * W."""
    strengths = [n for n in names if _STRENGTH.match(n)]
    weights = [n for n in names if n not in strengths]
    for value, put in (*_slots(node), *_returned(node)):
        e = ast.unparse(value)
        for strength in strengths:
            for weight in weights:
                for text in (f"{e} + {strength} * {weight}", f"{e} + 2 * {strength} * {weight}"):
                    yield (
                        "MISSING_REG",
                        f"{spell(value)} -> {text}",
                        bind(lambda put, text, n: put(n, expression(text)), put, text),
                    )


def _whole(node: Any, new: ast.expr) -> None:
    node.value = new


def _in_value(k: int, node: Any, new: ast.expr) -> None:
    node.value.elts[k] = new


def _in_values(k: int, node: Any, new: ast.expr) -> None:
    node.values[k] = new


def _slots(node: ast.AST) -> Iterator[Slot]:
    """(value, how to put another in its place) of what is stored: self.dW = ..., grads['W'] = ..., {'W': ...}."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Attribute, ast.Subscript)):
        if isinstance(node.value, (ast.List, ast.Tuple)):
            for k, value in enumerate(node.value.elts):
                yield value, partial(_in_value, k)
        elif not isinstance(node.value, ast.Dict):
            yield node.value, _whole
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
        for k, value in enumerate(node.value.elts):
            yield value, partial(_in_value, k)
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield node.value, _whole
    if isinstance(node, ast.Dict):
        for k, value in enumerate(node.values):
            yield value, partial(_in_values, k)


def _returned(node: ast.AST) -> Iterator[Slot]:
    if not isinstance(node, ast.Return) or node.value is None:
        return
    if not isinstance(node.value, (ast.Tuple, ast.List)):
        yield node.value, _whole
        return
    for k, value in enumerate(node.value.elts):
        if not isinstance(value, ast.Starred):
            yield value, partial(_in_value, k)
