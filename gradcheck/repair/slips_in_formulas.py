"""Slips inside a formula: an operator, a function, an axis, a transpose, a constant, a factor."""

import ast
from collections.abc import Iterator
from typing import Any

from .edit import Option, altered, expression, spell, transposed

ORDER: dict[type[ast.cmpop], tuple[str, str]] = {  # == and != choose between cases; they are no masks
    ast.Gt: (">", "MASK_WRONG"),
    ast.GtE: (">=", "MASK_WRONG"),
    ast.Lt: ("<", "MASK_INVERTED"),
    ast.LtE: ("<=", "MASK_INVERTED"),
}
SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
OTHERS: dict[type[ast.operator], tuple[type[ast.operator], str]] = {
    ast.Add: (ast.Sub, "SIGN"),
    ast.Sub: (ast.Add, "SIGN"),
    ast.Mult: (ast.Div, "ELEMENTWISE_FACTOR"),
    ast.Div: (ast.Mult, "ELEMENTWISE_FACTOR"),
    ast.Pow: (ast.Mult, "ELEMENTWISE_FACTOR"),
}


def operators(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Comparisons, signs, and the four operations."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and (old := type(node.ops[0])) in ORDER:
        for new, (sign, code) in ORDER.items():
            if old is not new:
                kink = {old, new} in ({ast.Gt, ast.GtE}, {ast.Lt, ast.LtE})
                text = f"{ORDER[old][0]} -> {sign}"
                yield "KINK_CONVENTION" if kink else code, text, node, altered(node, ops=[new()])
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in OTHERS:
        other, code = OTHERS[type(node.op)]
        text = f"{SIGNS[type(node.op)]} -> {SIGNS[other]} in {spell(node)}"
        yield code, text, node, altered(node, op=other())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert, ast.Not)):
        code = "SIGN" if isinstance(node.op, ast.USub) else "MASK_INVERTED"
        if isinstance(node.operand, ast.Constant):
            code = "UNNAMED"  # an axis, an exponent, the step of a slice
        yield code, f"{spell(node)} -> {spell(node.operand)}", node, node.operand


RENAMES = {
    "mean": ("sum", "SCALE_INV_BATCH"),
    "sum": ("mean", "SCALE_BATCH"),
    "argmin": ("argmax", "MASK_WRONG"),
    "max": ("sum", "UNNAMED"),
    "std": ("var", "ELEMENTWISE_FACTOR"),
    "var": ("std", "ELEMENTWISE_FACTOR"),
    "sin": ("cos", "WRONG_POINT"),
    "cos": ("sin", "WRONG_POINT"),
}


def calls(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """mean for sum and the like."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    called, owner = node.func.attr, node.func.value
    if called in RENAMES:
        new, code = RENAMES[called]
        yield code, f"{called} -> {new}", node.func, altered(node.func, attr=new)
    if called in ("sum", "mean", "max"):
        of_module = isinstance(owner, ast.Name) and owner.id in ("np", "numpy") and node.args
        yield "NOT_SUMMED", f"{spell(node)}: without the {called}", node, node.args[0] if of_module else owner


def axes(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Another axis, no axis, keepdims."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    given = {word.arg for word in node.keywords}
    for word in node.keywords:
        if word.arg == "axis":
            old = ast.unparse(word.value)
            for axis in (0, 1, -1, (0, 1), None):
                if old != repr(axis):
                    code = "OVER_SUMMED" if old == "None" else "WRONG_AXIS"
                    yield code, f"axis={old} -> axis={axis}", word.value, expression(repr(axis))
        if word.arg == "keepdims":
            others = [one for one in node.keywords if one is not word]
            yield "KEEPDIMS", "without keepdims", node, altered(node, keywords=others)
    if node.func.attr in ("sum", "mean", "max") and "axis" not in given:
        for axis in (0, 1):
            yield "OVER_SUMMED", f"{spell(node)}: axis={axis}", node, _with_word(node, "axis", axis)
        last = node.args[-1] if node.args else None
        if isinstance(last, ast.Constant) and isinstance(last.value, int) and last.value in (0, 1):
            other = 1 - int(last.value)
            yield "WRONG_AXIS", f"{spell(node)}: axis {other}", last, ast.Constant(other)
    if node.func.attr in ("sum", "mean") and "keepdims" not in given:
        yield "WRONG_AXIS", f"{spell(node)}: keepdims=True", node, _with_word(node, "keepdims", True)


def _with_word(node: ast.Call, word: str, value: Any) -> Any:
    return altered(node, keywords=[*node.keywords, ast.keyword(word, ast.Constant(value))])


def transposes(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A transpose too many or too few, operands exchanged."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "TRANSPOSED", f"{spell(node)} -> {spell(node.value)}", node, node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        for side in ("left", "right"):
            operand = getattr(node, side)
            yield "TRANSPOSED", f"{spell(operand)}.T in {spell(node)}", operand, transposed(operand)
        exchanged = ast.BinOp(node.right, node.op, node.left)
        yield "TRANSPOSED", f"{spell(node)}: operands exchanged", node, exchanged
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("dot", "matmul"):
        for part in [*node.args, node.func.value] if len(node.args) == 1 else node.args:
            yield "TRANSPOSED", f"{spell(part)}.T in {spell(node)}", part, transposed(part)


def constants(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Another number; in a comparison it is a mask's threshold."""
    if isinstance(node, ast.Compare) and (old := _number(threshold := node.comparators[0])) is not None:
        for value in (0, 1, 0.5, -1):
            if value != old:
                yield "MASK_WRONG", f"{spell(node)}: {old!r} -> {value}", threshold, ast.Constant(value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        for side in ("left", "right"):
            factor = getattr(node, side)
            for value in (0, 1, 2, 3, 0.5, -1) if isinstance(factor, ast.Constant) else ():
                yield "SCALE_OTHER", f"{spell(factor)} -> {value} in {spell(node)}", factor, ast.Constant(value)
    if (old := _number(node)) is not None:
        for value in (0, 1, 2, 3, 0.5, -1, -0.5, -1.5, old + 1, old - 1, -old):
            if value != old:  # an index, an axis, an exponent: the edit is the explanation
                yield "UNNAMED", f"{old} -> {value}", node, altered(node, value=value)


def _number(node: ast.AST) -> int | float | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def products(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A factor or a term left out, or put in."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        code = "ADDITIVE_TERM" if isinstance(node.op, (ast.Add, ast.Sub)) else "ELEMENTWISE_FACTOR"
        yield code, f"{spell(node)} -> {spell(node.left)}", node, node.left
        if not isinstance(node.op, (ast.Div, ast.Pow, ast.Sub)):
            yield code, f"{spell(node)} -> {spell(node.right)}", node, node.right
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        for name in names:
            for sign, op in (("*", ast.Mult()), ("/", ast.Div())):
                text = f"{node.targets[0].id} = ({spell(node.value)}) {sign} {name}"
                yield "ELEMENTWISE_FACTOR", text, node.value, ast.BinOp(node.value, op, expression(name))
