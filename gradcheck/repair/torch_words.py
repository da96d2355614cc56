"""PyTorch's words for NumPy's: the slips are looked for in NumPy's words, and each edit is said in PyTorch's again.

`dim` is `axis`, `keepdim` `keepdims`, `x.clone()` `x.copy()`, `x.t()` `x.T`, `x.mm(w)` `x.matmul(w)`.
"""

import ast
import copy
from collections.abc import Iterator

from .edit import Edit, Option, bind, expression, spell

KEYWORDS = {"dim": "axis", "keepdim": "keepdims"}
METHODS = {"clone": "copy", "mm": "matmul", "bmm": "matmul"}
BACK = {"axis": "dim", "keepdims": "keepdim"}


class _ToNumpy(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Method names, keywords, and x.t()."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "t" and not node.args and not node.keywords:
                return ast.copy_location(ast.Attribute(node.func.value, "T", ast.Load()), node)
            node.func.attr = METHODS.get(node.func.attr, node.func.attr)
        for word in node.keywords:
            word.arg = KEYWORDS.get(word.arg or "", word.arg)
        return node


class _ToTorch(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Method names, keywords, and np.add.at(array, index, values)."""
        self.generic_visit(node)
        if ast.unparse(node.func) == "np.add.at" and len(node.args) == 3:
            array, index, values = map(ast.unparse, node.args)
            return ast.copy_location(expression(_put(array, index, values)), node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
            node.func.attr = "clone"
        for word in node.keywords:
            word.arg = BACK.get(word.arg or "", word.arg)
        return node


def _put(array: str, index: str, values: str) -> str:
    return f"{array}.index_put_(({index},), {values}, accumulate=True)"


def to_numpy(tree: ast.Module) -> ast.Module:
    """The tree in NumPy's words."""
    new: ast.Module = _ToNumpy().visit(copy.deepcopy(tree))
    return ast.fix_missing_locations(new)


def to_torch(edit: Edit) -> Edit:
    """The edit in PyTorch's words."""
    text = edit.text.replace(".copy()", ".clone()").replace("keepdims", "keepdim").replace("axis=", "dim=")
    text = text.replace("np.add.at", "index_put_ with accumulate=True, as np.add.at")
    return Edit(ast.fix_missing_locations(_ToTorch().visit(edit.tree)), edit.code, text, edit.line)


def contracts(node: ast.AST, names: list[str]) -> Iterator[Option]:
    """Slips that only PyTorch knows: writing in place, a gradient too few or too many, the wrong None."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _in_place(node.func.attr):
        plain = node.func.attr[:-1]
        yield (
            "MUTATES_CACHE",
            f"{node.func.attr} -> {plain}",
            bind(lambda plain, n: setattr(n.func, "attr", plain), plain),
        )
        owner = ast.unparse(node.func.value)
        yield (
            "MUTATES_DOUT",
            f"{owner}.copy() in {spell(node)}",
            lambda n: setattr(n.func, "value", ast.Call(ast.Attribute(n.func.value, "copy", ast.Load()), [], [])),
        )
    if isinstance(node, (ast.Assign, ast.AugAssign)) and (written := _written(node)) in names:
        yield (
            "MUTATES_DOUT",
            f"{written} = {written}.copy() before it",
            bind(lambda written, n: _before(ast.parse(f"{written} = {written}.copy()").body[0], n), written),
        )
    if isinstance(node, ast.Return) and node.value is not None:
        parts = node.value.elts if isinstance(node.value, (ast.Tuple, ast.List)) else [node.value]
        for k in range(len(parts), -1, -1):
            yield "MISSING_GRAD", f"return None as gradient {k + 1} as well", bind(_insert, k)
        for k, part in enumerate(parts if len(parts) > 1 else []):
            yield "RAISES", f"without {spell(part)}", bind(_drop, k)
            if ast.unparse(part) != "None":
                yield (
                    "RAISES",
                    f"{spell(part)} -> None",
                    bind(lambda k, n: n.value.elts.__setitem__(k, ast.Constant(None)), k),
                )


def _in_place(name: str) -> bool:
    return name.endswith("_") and not name.startswith("_") and not name.endswith("__") and name != "requires_grad_"


def _written(node: ast.Assign | ast.AugAssign) -> str | None:
    """The array into which a statement writes."""
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    if isinstance(target, ast.Subscript):
        target = target.value
    elif isinstance(node, ast.Assign):
        return None
    return target.id if isinstance(target, ast.Name) else None


def _before(first: ast.stmt, node: ast.stmt) -> ast.stmt:
    """Two statements in the place of one."""
    return ast.If(ast.Constant(True), [first, copy.deepcopy(node)], [])


def _insert(k: int, node: ast.Return) -> None:
    parts = node.value.elts if isinstance(node.value, (ast.Tuple, ast.List)) else [node.value]
    node.value = ast.Tuple([*parts[:k], ast.Constant(None), *parts[k:]], ast.Load())


def _drop(k: int, node: ast.Return) -> None:
    parts = node.value.elts  # type: ignore[union-attr]
    node.value = ast.Tuple([*parts[:k], *parts[k + 1 :]], ast.Load())
