"""All one-token bugs that cosmic-ray's operators can plant in a source, and a seeded sample of them.

A sample draws places in the source, each equally likely, and then one of the bugs possible there: else an arithmetic
operator, which can be replaced in many ways, would crowd out a condition, which can be negated in one.
"""

import ast
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ARITHMETIC = {"Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow"}
BITWISE = {"BitAnd", "BitOr", "BitXor"}
OTHERS = {
    "AddNot", "ExceptionReplacer", "NumberReplacer", "RemoveDecorator", "ReplaceAndWithOr", "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak", "ReplaceFalseWithTrue", "ReplaceOrWithAnd", "ReplaceTrueWithFalse",
    "ZeroIterationForLoop", "ReplaceUnaryOperator_USub_UAdd", "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_Invert",
}  # fmt: skip
KINDS = {
    "arithmetic": ("ReplaceBinaryOperator", "ReplaceUnaryOperator_USub", "ReplaceUnaryOperator_Delete_Invert"),
    "comparison": ("ReplaceComparisonOperator",),
    "condition": ("AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceUnaryOperator_Delete_Not", "ReplaceFalse",
                  "ReplaceTrue"),
    "number": ("NumberReplacer",),
    "flow": ("ExceptionReplacer", "RemoveDecorator", "ReplaceBreak", "ReplaceContinue", "ZeroIteration"),
}  # fmt: skip
OPERATORS = (
    "arithmetic operators (+ - * / // % **) and bitwise ones (& | ^) exchanged within their kind, comparisons "
    "exchanged, conditions negated, and/or, True/False, a sign or a `not` taken away, numbers (among them the defaults "
    "of keywords) one more and one less, break/continue, a loop never entered, an exception not caught, a decorator "
    "removed; left alone are annotations and zip's strict=, an assertion"
)


@dataclass(frozen=True)
class Mutant:
    """One planted bug. `span` is the statement's lines, `at_import` whether they run when the module is loaded."""

    package: str
    file: str
    line: int
    span: tuple[int, int]
    at_import: bool
    function: str
    before: str
    after: str
    source: str
    kind: str = ""  # of the bug, one of KINDS, or by hand

    @property
    def name(self) -> tuple[str, str, str]:
        """What it is called in the list of survivors: robust against moved lines and moved files."""
        return self.function, self.before, self.after


@cache
def operators() -> dict[str, object]:
    """The operators used, by name."""
    found = {}
    for full in operator_names():
        name = full.rpartition("/")[2]
        pair = set(name.split("_")[1:])
        arithmetic = name.startswith("ReplaceBinaryOperator") and (pair <= ARITHMETIC or pair <= BITWISE)
        compared = name.startswith("ReplaceComparisonOperator") and ("Is" in name) <= (pair == {"Is", "IsNot"})
        if name in OTHERS or arithmetic or compared:
            found[name] = get_operator(full)()
    if not found.keys() >= OTHERS:
        raise RuntimeError(f"this cosmic-ray has no operators {sorted(OTHERS - found.keys())}: mend the list")
    return found


def places(source: str) -> dict[tuple, list[tuple[str, int]]]:
    """Position -> the operators that apply there, each with the number of its occurrence in the source."""
    found = defaultdict(list)
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in operators().items():
        positions = (position for node in nodes for position in operator.mutation_positions(node))
        for occurrence, position in enumerate(positions):
            found[position].append((name, occurrence))
    return found


def sample(package: str, files: Iterable[Path], root: Path, amount: int, seed: int) -> list[Mutant]:
    """`amount` mutants of a package, or all of its places where it has fewer; the same ones for the same seed."""
    rng = random.Random(f"{seed} {package}")
    drawn = []
    sources = {file: file.read_text(encoding="utf-8") for file in files}
    everywhere = [(file, place, how) for file in sources for place, how in sorted(places(sources[file]).items())]
    rng.shuffle(everywhere)
    for file, (start, _), how in everywhere:
        operator, occurrence = rng.choice(how)
        if len(drawn) == amount:
            break
        text = planted(sources[file], operator, occurrence)
        if text and means_something_else(sources[file], text):
            name = file.relative_to(root).as_posix()
            drawn.append(
                Mutant(package, name, *where(sources[file], start), *changed(sources[file], text), text, kind(operator))
            )
    return drawn


def planted(source: str, operator: str, occurrence: int) -> str | None:
    """The source with the bug; None where cosmic-ray stumbles: over a dotted name among the exceptions of a handler."""
    try:
        return mutate_code(source, operators()[operator], occurrence)
    except AttributeError:
        return None


def kind(operator: str) -> str:
    """Which of KINDS an operator of cosmic-ray plants."""
    return next(name for name, starts in KINDS.items() if operator.startswith(starts))


def means_something_else(source: str, mutated: str) -> bool:
    """Whether it is Python and differs in more than annotations, what is for type checkers alone, and assertions."""
    try:
        return ast.dump(_Bare().visit(ast.parse(source))) != ast.dump(_Bare().visit(ast.parse(mutated)))
    except SyntaxError:
        return False


class _Bare(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        """The `*` or `/` between arguments is no operator."""
        self.generic_visit(node)
        node.args, node.posonlyargs, node.kwonlyargs = [*node.posonlyargs, *node.args, *node.kwonlyargs], [], []
        node.defaults, node.kw_defaults = [*node.defaults, *filter(None, node.kw_defaults)], []
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list):
            return None
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        """zip's `strict=True` is an assertion: it fails where code is wrong elsewhere."""
        return None if node.arg == "strict" else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if "TYPE_CHECKING" in ast.dump(node.test) else self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """An alias such as `Option = str | None` is an annotation by another name."""
        alias = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr)
        typed = alias and isinstance(node.value.right, ast.Constant) and node.value.right.value is None
        return None if typed else self.generic_visit(node)


def where(source: str, start: tuple[int, int]) -> tuple[int, tuple[int, int], bool, str]:
    """Of a position: line, first and last line of its statement, whether that runs at import, the function's name."""
    line, functions, span, at_import = start[0], [], (start[0], start[0]), True
    for node, first, head, last in _blocks(ast.parse(source)):
        if not first <= line <= last:
            continue
        in_head = line <= head
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            functions.append(node.name)
        if isinstance(node, ast.FunctionDef) and not in_head:
            at_import = False
        span = (first, head) if in_head else (line, line)
    return line, span, at_import, ".".join(functions)


def _blocks(tree: ast.AST) -> Iterator[tuple[ast.AST, int, int, int]]:
    """Each statement, outer before inner: its first line, the last line of its head, its last line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            body = getattr(node, "body", None)
            head = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
            yield node, first, head, node.end_lineno


def changed(source: str, mutated: str) -> tuple[str, str]:
    """The one line before and after, stripped."""
    old, new = source.splitlines(), mutated.splitlines()
    first = next(i for i, (a, b) in enumerate(zip([*old, ""], [*new, ""], strict=False)) if a != b)
    if len(new) < len(old):
        return old[first].strip(), "(removed)"
    return old[first].strip(), new[first].strip()
