"""Slips around the formulas: what is returned, copied, assigned, added, and under which name."""

import ast
from collections.abc import Iterator
from itertools import permutations

from .edit import Option, bind, expression, spell


def returns(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """The order of the gradients, and a last step on one of them."""
    if not isinstance(node, ast.Return) or node.value is None:
        return
    many = isinstance(node.value, (ast.Tuple, ast.List))
    elements = node.value.elts if isinstance(node.value, (ast.Tuple, ast.List)) else [node.value]
    if many and len(elements) <= 4:
        for order in permutations(range(len(elements))):
            if order != tuple(range(len(elements))):
                yield (
                    "SWAPPED",
                    "return " + ", ".join(spell(elements[k]) for k in order),
                    bind(lambda order, n: setattr(n.value, "elts", [n.value.elts[k] for k in order]), order),
                )
    for k, element in enumerate(elements):
        if isinstance(element, ast.Starred):
            continue
        e = ast.unparse(element)
        for code, text in (
            ("SIGN", f"-({e})"),
            ("ALIASED", f"({e}).copy()"),
            ("SCALE_TWO", f"({e}) / 2"),
            ("SCALE_HALF", f"2 * ({e})"),
            ("SCALE_BATCH", f"({e}) / len({names[0]})"),
            ("SCALE_INV_BATCH", f"({e}) * len({names[0]})"),
            ("TRANSPOSED", f"({e}).T"),
            ("NOT_SUMMED", f"({e}).sum(axis=0)"),
            ("KEEPDIMS", f"({e}).ravel()"),
        ):
            new = expression(text)
            if many:
                yield code, f"return {text}", bind(lambda k, new, n: n.value.elts.__setitem__(k, new), k, new)
            else:
                yield code, f"return {text}", bind(lambda new, n: setattr(n, "value", new), new)


def copies(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A copy that was forgotten."""
    if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Subscript, ast.Attribute)):
        yield (
            "ALIASED",
            f"{spell(node)}.copy()",
            lambda n: setattr(n, "value", ast.Call(ast.Attribute(n.value, "copy", ast.Load()), [], [])),
        )
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield (
            "MUTATES_DOUT",
            f"{spell(node)} as a new array",
            lambda n: ast.Assign([n.target], ast.BinOp(ast.Name(n.target.id, ast.Load()), n.op, n.value)),
        )


def statements(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A statement too many, = for +=."""
    if isinstance(node, (ast.AugAssign, ast.Expr)):
        yield "ADDITIVE_TERM", f"without: {spell(node)}", lambda n: ast.Pass()
    if (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], (ast.Name, ast.Subscript))
    ):
        yield (
            "BATCH_SUBSET",
            f"{spell(node.targets[0])} += {spell(node.value)}",
            lambda n: ast.AugAssign(n.targets[0], ast.Add(), n.value),
        )
        yield "UNNAMED", f"without: {spell(node)}", lambda n: ast.Pass()  # what it overwrote was right: no kind of bug
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript) and isinstance(node.op, ast.Add):
        parts = [ast.unparse(part) for part in (node.target.value, node.target.slice, node.value)]
        if not any(isinstance(part, ast.Slice) for part in ast.walk(node.target.slice)):
            call = f"np.add.at({', '.join(parts)})"
            yield (
                "REPEATED_INDEX",
                f"{spell(node)} -> {call}",
                bind(lambda call, n: ast.parse(call).body[0], call),
            )
    if isinstance(node, ast.AugAssign):
        yield "BATCH_SUBSET", f"{spell(node.target)} = {spell(node.value)}", lambda n: ast.Assign([n.target], n.value)
    if isinstance(node, ast.Break):
        yield "BATCH_SUBSET", "without the break", lambda n: ast.Pass()


def substitutions(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """One name for another."""
    if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
        old = ast.unparse(node)
        for name in names if old in names else ():
            if name != old:
                yield "WRONG_POINT", f"{old} -> {name}", bind(lambda name, n: expression(name), name)
