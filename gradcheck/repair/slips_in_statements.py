"""Slips around the formulas: what is returned, copied, assigned, added, and under which name."""

import ast
from collections.abc import Iterator
from itertools import permutations

from .edit import Option, altered, copied, expression, parts_of, spell


def returns(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """The order of the gradients, and a last step on one of them."""
    if not isinstance(node, ast.Return) or node.value is None:
        return
    elements = parts_of(node.value)
    if isinstance(node.value, (ast.Tuple, ast.List)) and len(elements) <= 4:
        for order in list(permutations(elements))[1:]:
            text = "return " + ", ".join(map(spell, order))
            yield "SWAPPED", text, node.value, altered(node.value, elts=list(order))
    for element in elements:
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
            yield code, f"return {text}", element, expression(text)


def copies(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A copy that was forgotten."""
    if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Subscript, ast.Attribute)):
        yield "ALIASED", f"{spell(node)}.copy()", node.value, copied(node.value)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        whole = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        yield "MUTATES_DOUT", f"{spell(node)} as a new array", node, ast.Assign([node.target], whole)


def statements(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A statement too many, = for +=."""
    if isinstance(node, (ast.AugAssign, ast.Expr)):
        yield "ADDITIVE_TERM", f"without: {spell(node)}", node, ast.Pass()
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, (ast.Name, ast.Subscript)):
            added = ast.AugAssign(target, ast.Add(), node.value)
            yield "BATCH_SUBSET", f"{spell(target)} += {spell(node.value)}", node, added
            yield "UNNAMED", f"without: {spell(node)}", node, ast.Pass()  # what it overwrote was right: no kind of bug
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript) and isinstance(node.op, ast.Add):
        parts = [ast.unparse(part) for part in (node.target.value, node.target.slice, node.value)]
        if not any(isinstance(part, ast.Slice) for part in ast.walk(node.target.slice)):
            call = f"np.add.at({', '.join(parts)})"
            yield "REPEATED_INDEX", f"{spell(node)} -> {call}", node, ast.parse(call).body[0]
    if isinstance(node, ast.AugAssign):
        set_only = ast.Assign([node.target], node.value)
        yield "BATCH_SUBSET", f"{spell(node.target)} = {spell(node.value)}", node, set_only
    if isinstance(node, ast.Break):
        yield "BATCH_SUBSET", "without the break", node, ast.Pass()


def substitutions(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """One name for another."""
    if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
        old = ast.unparse(node)
        for name in names if old in names else ():
            if name != old:
                yield "WRONG_POINT", f"{old} -> {name}", node, expression(name)
