"""All one-place edits of a backward that a slip of the pen could have caused, as changed copies of its syntax tree.

Each edit carries its kind (which names the fault if nothing else does), a short description and its line.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any, NamedTuple


class Edit(NamedTuple):
    """A changed tree; `code` is the finding that this edit suggests."""

    tree: ast.Module
    code: str
    text: str
    line: int


Change = Callable[[Any], Any]  # receives the node of the copy, changes it in place or returns its replacement
Option = tuple[str, str, Change]  # code, description, change


def bind(function: Callable[..., Any], *bound: Any) -> Change:
    """`function` with its first arguments fixed now, as a loop variable has to be."""
    return lambda node: function(*bound, node)


def edits(tree: ast.Module) -> Iterator[Edit]:
    """Every edit of the one function in `tree`, the likelier kinds first."""
    function = next(n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    names = _local_names(function)
    nodes = [n for n in ast.walk(function) if n is not function]
    for kinds in (
        _operators,
        _calls,
        _axes,
        _transposes,
        _returns,
        _constants,
        _products,
        _copies,
        _statements,
        _substitutions,
    ):
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


def spell(node: ast.AST) -> str:
    """The node as source, cut to a readable length."""
    text = ast.unparse(node)
    return text if len(text) < 50 else text[:47] + "..."


def _operators(node: ast.AST, names: list[str]) -> Iterator[Option]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
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


def _calls(node: ast.AST, names: list[str]) -> Iterator[Option]:
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


def _axes(node: ast.AST, names: list[str]) -> Iterator[Option]:
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
                            lambda k, axis, n: setattr(n.keywords[k], "value", ast.parse(repr(axis), mode="eval").body),
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


def _transposes(node: ast.AST, names: list[str]) -> Iterator[Option]:
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


def _returns(node: ast.AST, names: list[str]) -> Iterator[Option]:
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
            new = ast.parse(text, mode="eval").body
            if many:
                yield code, f"return {text}", bind(lambda k, new, n: n.value.elts.__setitem__(k, new), k, new)
            else:
                yield code, f"return {text}", bind(lambda new, n: setattr(n, "value", new), new)


def _constants(node: ast.AST, names: list[str]) -> Iterator[Option]:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        for value in (0, 1, 2, 3, 0.5, -1, -0.5, -1.5, node.value + 1, node.value - 1, -node.value):
            if value != node.value:
                yield (
                    "SCALE_OTHER",
                    f"{node.value} -> {value}",
                    bind(lambda value, n: setattr(n, "value", value), value),
                )


def _products(node: ast.AST, names: list[str]) -> Iterator[Option]:
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
                    lambda name, n: setattr(n, "value", ast.BinOp(n.value, ast.Mult(), ast.Name(name, ast.Load()))),
                    name,
                ),
            )
            yield (
                "ELEMENTWISE_FACTOR",
                f"{node.targets[0].id} = ({spell(node.value)}) / {name}",
                bind(
                    lambda name, n: setattr(n, "value", ast.BinOp(n.value, ast.Div(), ast.Name(name, ast.Load()))), name
                ),
            )


def _copies(node: ast.AST, names: list[str]) -> Iterator[Option]:
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


def _statements(node: ast.AST, names: list[str]) -> Iterator[Option]:
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
        yield "ADDITIVE_TERM", f"without: {spell(node)}", lambda n: ast.Pass()
    if isinstance(node, ast.AugAssign):
        yield "BATCH_SUBSET", f"{spell(node.target)} = {spell(node.value)}", lambda n: ast.Assign([n.target], n.value)
    if isinstance(node, ast.Break):
        yield "BATCH_SUBSET", "without the break", lambda n: ast.Pass()


def _substitutions(node: ast.AST, names: list[str]) -> Iterator[Option]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        for name in names:
            if name != node.id:
                yield "WRONG_POINT", f"{node.id} -> {name}", bind(lambda name, n: setattr(n, "id", name), name)
