"""PyTorch's words for NumPy's: the slips are looked for in NumPy's words, and each edit is said in PyTorch's again.

`dim` is `axis`, `keepdim` `keepdims`, `x.clone()` `x.copy()`, `x.t()` `x.T`, `x.mm(w)` `x.matmul(w)`.
"""

import ast
import copy
from collections.abc import Iterator

from .edit import Edit, Option, altered, copied, expression, parts_of, spell

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
        plain, owner = node.func.attr[:-1], node.func.value
        yield "MUTATES_CACHE", f"{node.func.attr} -> {plain}", node.func, altered(node.func, attr=plain)
        yield "MUTATES_DOUT", f"{ast.unparse(owner)}.copy() in {spell(node)}", owner, copied(owner)
    if isinstance(node, (ast.Assign, ast.AugAssign)) and (written := _written(node)) in names:
        first = ast.parse(f"{written} = {written}.copy()").body[0]
        both = ast.If(ast.Constant(True), [first, node], [])  # two statements in the place of one
        yield "MUTATES_DOUT", f"{written} = {written}.copy() before it", node, both
    if isinstance(node, ast.Return) and node.value is not None:
        parts, none = parts_of(node.value), ast.Constant(None)
        for k in range(len(parts), -1, -1):
            more = ast.Tuple([*parts[:k], none, *parts[k:]], ast.Load())
            yield "MISSING_GRAD", f"return None as gradient {k + 1} as well", node.value, more
        for k, part in enumerate(parts if len(parts) > 1 else []):
            yield "RAISES", f"without {spell(part)}", node.value, ast.Tuple([*parts[:k], *parts[k + 1 :]], ast.Load())
            if ast.unparse(part) != "None":
                yield "RAISES", f"{spell(part)} -> None", part, none


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
