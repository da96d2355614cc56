"""The forward with a switch at every use of a variable and at every function of one argument.

`instrumented` copies the syntax tree of a function and puts `_sites_.use(k, h)` for a variable `h`, and
`_sites_.unary(k, lambda _v_: f(_v_), u)` for `f(u)`, whatever `f` is: a call, a power, `1 / (1 + exp(-u))`. With all
switches off the copy computes what the original does.
"""

import ast
import copy
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...repair.edit import spell

SWITCHES, VALUE, LEFT, RIGHT = "_sites_", "_v_", "_a_", "_b_"
NUMBERS = (int, float)
FOREIGN = ("numpy", "scipy", "builtins", "torch", "jax", "jaxlib")
PRODUCTS = ("dot", "matmul", "multiply")
LONGEST = 90  # characters of a statement


class Site(NamedTuple):
    """One place of the forward: what stands there, in which statement and line, and what it is.

    The kind is "use" (of a variable), "unary" (a function of one argument), "*" or "@" (a product of two).
    """

    name: str
    statement: str
    file: str
    line: int
    kind: str
    function: str
    depth: int  # of the function: 0 for the one under test, 1 for what it calls


class Instrument(ast.NodeTransformer):
    """Puts the switches into one function; `known` are the names that it can see outside of itself."""

    def __init__(self, sites: list[Site], file: str, start: int, function: str, known: dict[str, Any], depth: int):
        self.sites, self.file, self.start, self.function, self.depth = sites, file, start, function, depth
        self.fixed = {k for k, v in known.items() if callable(v) or isinstance(v, (types.ModuleType, *NUMBERS))}
        self.modules = {k: v for k, v in known.items() if isinstance(v, types.ModuleType)}
        self.statement = ""

    def visit(self, node: ast.AST) -> Any:
        """Keeps the statement for the words of its sites."""
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            self.statement = _shown(node)
        return super().visit(node)

    def visit_Assign(self, node: Any) -> Any:
        """Targets and annotations stay as they are."""
        node.value = self.visit(node.value) if node.value is not None else None
        return node

    visit_AugAssign = visit_AnnAssign = visit_Assign  # noqa: N815

    def visit_Delete(self, node: ast.AST) -> ast.AST:
        """Nothing is read where something is deleted, nor in a text; defaults are set by who compiles the copy."""
        return node

    visit_JoinedStr = visit_arguments = visit_Delete  # noqa: N815

    def visit_Name(self, node: ast.Name) -> Any:
        """A variable that is read."""
        if isinstance(node.ctx, ast.Load) and node.id not in self.fixed:
            return self.use(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """`self.w` is a variable, other attributes are looked into."""
        if isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return self.use(node)
        node.value = self.visit(node.value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """`params["W"]` is a variable, other subscripts are looked into."""
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return self.use(node)
        node.value = self.visit(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A function of one argument, or a call whose arguments are looked into."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if called in PRODUCTS and not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args):
            owner: Any = node.func
            parts = [*([] if self._constant(owner.value) else [owner.value]), *node.args]
            if len(parts) == 2 and not any(map(self._constant, parts)):
                operation: ast.operator = ast.Mult() if called == "multiply" else ast.MatMult()
                return self._product(ast.copy_location(ast.BinOp(parts[0], operation, parts[1]), node))
        return self._unary(node) or self._call(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """A function of one argument, or an operation whose operands are looked into."""
        found = self._unary(node)
        if found is None and isinstance(node.op, (ast.Mult, ast.MatMult)):
            return self._product(node)
        return self.generic_visit(node) if found is None else found

    def _product(self, node: ast.BinOp) -> ast.AST:
        site = self._site(node, "*" if isinstance(node.op, ast.Mult) else "@")
        body = ast.BinOp(ast.Name(LEFT, ast.Load()), node.op, ast.Name(RIGHT, ast.Load()))
        parameters = ast.arguments([], [ast.arg(LEFT), ast.arg(RIGHT)], None, [], [], None, [])
        operands = self.visit(node.left), self.visit(node.right)
        return _switch("product", ast.Constant(site), ast.Lambda(parameters, body), *operands)

    def _call(self, node: ast.Call) -> ast.AST:
        node.args = [self.visit(a) for a in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        if isinstance(node.func, ast.Attribute) and self.looks_up(node.func.value):
            base = self.visit(node.func.value)
            node.func = _switch("method", base, ast.Constant(node.func.attr))
        return node

    def looks_up(self, base: ast.AST) -> bool:
        """Whether what is called may be written in Python: not where it comes from NumPy."""
        module = self.modules.get(base.id) if isinstance(base, ast.Name) else None
        return not self._constant(base) if module is None else module.__name__.split(".")[0] not in FOREIGN

    def use(self, node: Any) -> Any:
        """The switch for a variable that is read."""
        return _switch("use", ast.Constant(self._site(node, "use")), node)

    def _site(self, node: Any, kind: str) -> int:
        line = self.start + node.lineno - 1
        self.sites.append(Site(spell(node), self.statement, self.file, line, kind, self.function, self.depth))
        return len(self.sites) - 1

    def _unary(self, node: Any) -> ast.AST | None:
        """The node as a function of the one thing in it that varies; None where there is no such thing."""
        links, core = self._chain(node)
        if core is None:
            return None
        outer = self._site(node, "unary")
        inner = {id(n): self._site(n, "unary") for n in links[1:] if isinstance(n, ast.Call) or _is_power(n)}
        argument = self.visit(copy.deepcopy(core))
        return _unary(outer, _Replace(core, inner, self).visit(node), argument)

    def _chain(self, node: Any) -> tuple[list[Any], Any]:
        """The nodes from this one down to the first that has two parts that vary, and that one."""
        links: list[Any] = []
        while True:
            parts = self._varying(node)
            if parts is None or not parts:
                return links, node if links else None
            links.append(node)
            if len(parts) > 1:
                names = {n.id for p in parts for n in ast.walk(p) if isinstance(n, ast.Name) and n.id not in self.fixed}
                only = len(names) == 1 and not any(isinstance(n, ast.Lambda) for n in ast.walk(node))
                if only:
                    return links, ast.copy_location(ast.Name(names.pop(), ast.Load()), node)
                return links[:-1], node if links[:-1] else None
            node = parts[0]

    def _varying(self, node: Any) -> list[Any] | None:
        """The operands or arguments that are no constants; None where the node is no operation."""
        if isinstance(node, ast.UnaryOp):
            parts = [node.operand]
        elif isinstance(node, ast.BinOp):
            parts = [node.left, node.right]
        elif isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and not any(isinstance(a, ast.Starred) for a in node.args):
            if any(not self._constant(k.value) for k in node.keywords):
                return None
            owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            parts = [*node.args, *(o for o in owner if not (isinstance(o, ast.Name) and o.id == "self"))]
        else:
            return None
        return [p for p in parts if not self._constant(p)]

    def _constant(self, node: ast.AST) -> bool:
        return all(n.id in self.fixed for n in ast.walk(node) if isinstance(n, ast.Name))


class _Replace(ast.NodeTransformer):
    """The core becomes the lambda's variable; the inner functions of one argument become switches of their own."""

    def __init__(self, core: Any, inner: dict[int, int], instrument: Instrument):
        self.core, self.inner, self.instrument = core, inner, instrument
        self.name = core.id if isinstance(core, ast.Name) else None

    def visit(self, node: ast.AST) -> Any:
        """A variable that occurs several times has a switch at each of them."""
        if node is self.core:
            return ast.copy_location(ast.Name(VALUE, ast.Load()), node)
        if self.name and isinstance(node, ast.Name) and node.id == self.name:
            call = self.instrument.use(node)
            call.args[1] = ast.Name(VALUE, ast.Load())
            return ast.copy_location(call, node)
        site = self.inner.get(id(node))
        looked_up = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        looked_up = looked_up and self.instrument.looks_up(node.func.value)  # type: ignore[attr-defined]
        node = super().visit(node)
        if looked_up:
            function: Any = node
            function.func = _switch("method", function.func.value, ast.Constant(function.func.attr))
        return node if site is None else _unary(site, node, ast.Name(VALUE, ast.Load()))


def _shown(statement: ast.stmt) -> str:
    """The statement as one line without the parentheses that unparsing puts around a tuple."""
    if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
        text = "return " + ", ".join(map(ast.unparse, statement.value.elts))
    else:
        text = ast.unparse(statement)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _is_power(node: Any) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def _switch(method: str, *args: Any) -> ast.Call:
    name = ast.Name(SWITCHES, ast.Load())
    return ast.Call(ast.Attribute(name, method, ast.Load()), list(args), [])


def _unary(site: int, body: Any, argument: Any) -> ast.Call:
    parameters = ast.arguments([], [ast.arg(VALUE)], None, [], [], None, [])
    return _switch("unary", ast.Constant(site), ast.Lambda(parameters, body), argument)


def instrumented(tree: ast.Module, visitor: Instrument) -> ast.Module:
    """A copy of the tree of one function with switches in its body."""
    new = copy.deepcopy(tree)
    function: Any = new.body[0]
    function.returns = None
    function.body = [visitor.visit(s) for s in function.body]
    return ast.fix_missing_locations(new)


def names_called(tree: ast.AST) -> Iterator[str]:
    """The names that a function calls or hands on."""
    yield from dict.fromkeys(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
