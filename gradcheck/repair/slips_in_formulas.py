"""Slips inside a formula: an operator, a function, an axis, a transpose, a constant, a factor."""

import ast
from collections.abc import Iterator

from .edit import Option, bind, expression, spell

ORDER = (ast.Gt, ast.GtE, ast.Lt, ast.LtE)  # == and != choose between cases; they are no masks


def operators(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Comparisons, signs, and the four operations."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ORDER):
        for new, code in (
            (ast.Gt, "MASK_WRONG"),
            (ast.GtE, "MASK_WRONG"),
            (ast.Lt, "MASK_INVERTED"),
            (ast.LtE, "MASK_INVERTED"),
        ):
            if type(node.ops[0]) is not new:
                kind = "KINK_CONVENTION" if {type(node.ops[0]), new} in ({ast.Gt, ast.GtE}, {ast.Lt, ast.LtE}) else code
                yield (
                    kind,
                    f"{_sign(node.ops[0])} -> {_sign(new())}",
                    bind(lambda new, n: n.ops.__setitem__(0, new()), new),
                )
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        for old, other, code in (
            (ast.Add, ast.Sub, "SIGN"),
            (ast.Sub, ast.Add, "SIGN"),
            (ast.Mult, ast.Div, "ELEMENTWISE_FACTOR"),
            (ast.Div, ast.Mult, "ELEMENTWISE_FACTOR"),
            (ast.Pow, ast.Mult, "ELEMENTWISE_FACTOR"),
        ):
            if isinstance(node.op, old):
                yield (
                    code,
                    f"{_sign(node.op)} -> {_sign(other())} in {spell(node)}",
                    bind(lambda other, n: setattr(n, "op", other()), other),
                )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert, ast.Not)):
        code = "SIGN" if isinstance(node.op, ast.USub) else "MASK_INVERTED"
        if isinstance(node.operand, ast.Constant):
            code = "UNNAMED"  # an axis, an exponent, the step of a slice
        yield code, f"{spell(node)} -> {spell(node.operand)}", lambda n: n.operand


def _sign(op: ast.AST) -> str:
    signs = {
        "Gt": ">",
        "GtE": ">=",
        "Lt": "<",
        "LtE": "<=",
        "Eq": "==",
        "NotEq": "!=",
        "Add": "+",
        "Sub": "-",
        "Mult": "*",
        "Div": "/",
        "Pow": "**",
        "MatMult": "@",
    }
    return signs.get(type(op).__name__, type(op).__name__)


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
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RENAMES:
        new, code = RENAMES[node.func.attr]
        yield code, f"{node.func.attr} -> {new}", lambda n: setattr(n.func, "attr", new)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("sum", "mean", "max"):
        yield (
            "NOT_SUMMED",
            f"{spell(node)}: without the {node.func.attr}",
            lambda n: (
                n.args[0]
                if isinstance(n.func.value, ast.Name) and n.func.value.id in ("np", "numpy") and n.args
                else n.func.value
            ),
        )


def axes(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Another axis, no axis, keepdims."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    for k, word in enumerate(node.keywords):
        if word.arg == "axis":
            for axis in (0, 1, -1, (0, 1), None):
                if ast.unparse(word.value) != repr(axis):
                    code = "OVER_SUMMED" if ast.unparse(word.value) == "None" else "WRONG_AXIS"
                    yield (
                        code,
                        f"axis={ast.unparse(word.value)} -> axis={axis}",
                        bind(
                            lambda k, axis, n: setattr(n.keywords[k], "value", expression(repr(axis))),
                            k,
                            axis,
                        ),
                    )
        if word.arg == "keepdims":
            yield "KEEPDIMS", "without keepdims", bind(lambda k, n: n.keywords.pop(k) and None, k)
    if node.func.attr in ("sum", "mean", "max") and not any(w.arg == "axis" for w in node.keywords):
        for axis in (0, 1):
            yield (
                "OVER_SUMMED",
                f"{spell(node)}: axis={axis}",
                bind(lambda axis, n: n.keywords.append(ast.keyword("axis", ast.Constant(axis))), axis),
            )
        if (
            node.args
            and isinstance(node.args[-1], ast.Constant)
            and node.args[-1].value in (0, 1)
            and isinstance(node.args[-1].value, int)
        ):
            other = 1 - int(node.args[-1].value)
            yield "WRONG_AXIS", f"{spell(node)}: axis {other}", lambda n: n.args.__setitem__(-1, ast.Constant(other))
    if node.func.attr in ("sum", "mean") and not any(w.arg == "keepdims" for w in node.keywords):
        yield (
            "WRONG_AXIS",
            f"{spell(node)}: keepdims=True",
            lambda n: n.keywords.append(ast.keyword("keepdims", ast.Constant(True))),
        )


def transposes(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A transpose too many or too few, operands exchanged."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "TRANSPOSED", f"{spell(node)} -> {spell(node.value)}", lambda n: n.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        for side in ("left", "right"):
            yield (
                "TRANSPOSED",
                f"{spell(getattr(node, side))}.T in {spell(node)}",
                bind(lambda side, n: setattr(n, side, ast.Attribute(getattr(n, side), "T", ast.Load())), side),
            )
        yield "TRANSPOSED", f"{spell(node)}: operands exchanged", lambda n: ast.BinOp(n.right, n.op, n.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("dot", "matmul"):
        for k in range(len(node.args)):
            yield (
                "TRANSPOSED",
                f"{spell(node.args[k])}.T in {spell(node)}",
                bind(lambda k, n: n.args.__setitem__(k, ast.Attribute(n.args[k], "T", ast.Load())), k),
            )
        if len(node.args) == 1:
            yield (
                "TRANSPOSED",
                f"{spell(node.func.value)}.T in {spell(node)}",
                lambda n: setattr(n.func, "value", ast.Attribute(n.func.value, "T", ast.Load())),
            )


def constants(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Another number; in a comparison it is a mask's threshold."""
    if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Constant):
        old = node.comparators[0].value
        for value in (0, 1, 0.5, -1) if isinstance(old, (int, float)) and not isinstance(old, bool) else ():
            if value != old:
                yield (
                    "MASK_WRONG",
                    f"{spell(node)}: {old!r} -> {value}",
                    bind(lambda value, n: n.comparators.__setitem__(0, ast.Constant(value)), value),
                )
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        for side in ("left", "right"):
            factor = getattr(node, side)
            for value in (0, 1, 2, 3, 0.5, -1) if isinstance(factor, ast.Constant) else ():
                yield (
                    "SCALE_OTHER",
                    f"{spell(factor)} -> {value} in {spell(node)}",
                    bind(lambda side, value, n: setattr(n, side, ast.Constant(value)), side, value),
                )
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        for value in (0, 1, 2, 3, 0.5, -1, -0.5, -1.5, node.value + 1, node.value - 1, -node.value):
            if value != node.value:
                yield (
                    "UNNAMED",  # an index, an axis, an exponent: the edit is the explanation
                    f"{node.value} -> {value}",
                    bind(lambda value, n: setattr(n, "value", value), value),
                )


def products(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """A factor or a term left out, or put in."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        code = "ADDITIVE_TERM" if isinstance(node.op, (ast.Add, ast.Sub)) else "ELEMENTWISE_FACTOR"
        yield code, f"{spell(node)} -> {spell(node.left)}", lambda n: n.left
        if not isinstance(node.op, (ast.Div, ast.Pow, ast.Sub)):
            yield code, f"{spell(node)} -> {spell(node.right)}", lambda n: n.right
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        for name in names:
            yield (
                "ELEMENTWISE_FACTOR",
                f"{node.targets[0].id} = ({spell(node.value)}) * {name}",
                bind(
                    lambda name, n: setattr(n, "value", ast.BinOp(n.value, ast.Mult(), expression(name))),
                    name,
                ),
            )
            yield (
                "ELEMENTWISE_FACTOR",
                f"{node.targets[0].id} = ({spell(node.value)}) / {name}",
                bind(lambda name, n: setattr(n, "value", ast.BinOp(n.value, ast.Div(), expression(name))), name),
            )
