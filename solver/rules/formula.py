"""A rule's formula for one number, run on arrays: each operation is a ufunc that writes into memory that is there.

`v = v * beta2 + dw * dw * (1 - beta2)` is multiply(v, beta2, out=v), multiply(dw, dw, out=t), multiply(t, 1 - beta2,
out=t), add(v, t, out=v): the operations of the formula in its order, so that a rule is written once and both engines
compute the same bits.
"""

import ast
import inspect
import math
import operator
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Operation = Callable[..., Any]
ON_ARRAYS: dict[str, Operation] = {
    "Add": np.add, "Sub": np.subtract, "Mult": np.multiply, "Div": np.divide,
    "max": lambda one, other, out: np.maximum(one, other, out=out), "sqrt": np.sqrt, "sign": np.sign,
}  # fmt: skip
SIGN = "{0} if {0} == 0 else math.copysign(1.0, {0})"  # which is not in math
ON_NUMBERS: dict[str, Operation] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv, "sqrt": math.sqrt,
}  # fmt: skip


class Call(NamedTuple):
    """One operation: what is called, the names of what it takes, and the name of what it gives."""

    function: Operation
    takes: tuple[str, ...]
    gives: str


class Formula:
    """`function(w, dw, *state, *numbers) -> (new w, *state)` as calls on arrays: the new w goes to "out", state stays.

    function: assignments and a return of an expression and the names of the state, of + - * /, max, math.sqrt and
    SIGN. "out" may be w: it is written only where w is not read any more.
    """

    def __init__(self, function: Callable[..., Any], slots: Sequence[str]):
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
        if not isinstance(tree, ast.FunctionDef):
            raise TypeError(f"{function!r} is not defined by `def`")
        self.numbers: list[Call] = []  # what follows from the numbers, once a step
        self.calls: list[Call] = []  # for each block
        self.constants: dict[str, Any] = {}
        self.scratch: list[str] = []  # names of the arrays that it needs besides
        self._arrays, self._free, self._place = {"w", "dw", *slots}, list[str](), dict[str, str]()
        *body, last = (part for part in tree.body if not isinstance(part, ast.Expr))
        for part in body:
            self._assign(part)
        returned = last.value if isinstance(last, ast.Return) else None
        self._value(returned.elts[0] if isinstance(returned, ast.Tuple) else returned, "out")
        self.bound = [(call.function, operator.itemgetter(*call.takes, call.gives)) for call in self.calls]

    def _assign(self, part: ast.stmt) -> None:
        match part:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name not in self._arrays | set(self._place):
                    self._place[name] = self._take()
                self._value(value, self._place.get(name, name))
            case _:
                raise TypeError(f"a formula assigns to one name at a time; got {ast.unparse(part)!r}")

    def _value(self, node: Any, into: str) -> str:
        """The name of the value of `node`; what is computed on arrays is written `into` the array of that name."""
        if isinstance(node, ast.Name):
            return self._place.get(node.id, node.id)
        if isinstance(node, ast.Constant):
            self.constants[repr(node.value)] = node.value
            return repr(node.value)
        name, parts = _operation(node)
        text = ast.unparse(node)
        if not self._has_arrays(node):
            self.numbers.append(Call(ON_NUMBERS[name], tuple(self._value(part, "") for part in parts), text))
            return text
        takes, taken = list[str](), list[str]()
        for k, part in enumerate(parts):
            needed = {*takes, *set().union(*map(self._read, parts[k + 1 :]))}
            place = into
            if not isinstance(part, ast.Name) and self._has_arrays(part) and needed & _same(into):
                place = self._take()
                taken.append(place)
            takes.append(self._value(part, place))
        self.calls.append(Call(ON_ARRAYS[name], tuple(takes), into))
        self._free += taken
        return into

    def _read(self, node: ast.AST) -> set[str]:
        return {self._place.get(part.id, part.id) for part in ast.walk(node) if isinstance(part, ast.Name)}

    def _has_arrays(self, node: ast.AST) -> bool:
        return bool(self._read(node) & {*self._arrays, *self.scratch})

    def _take(self) -> str:
        if not self._free:
            self.scratch.append(f"scratch {len(self.scratch)}")
            return self.scratch[-1]
        return self._free.pop()


def _same(name: str) -> set[str]:
    """The names of the arrays that may share their memory with this one."""
    return {"w", "out"} if name == "out" else {name}


def _operation(node: Any) -> tuple[str, list[ast.expr]]:
    """The name of what an expression does, and its parts."""
    if isinstance(node, ast.BinOp):
        return type(node.op).__name__, [node.left, node.right]
    if isinstance(node, ast.IfExp) and ast.unparse(node) == SIGN.format(ast.unparse(node.body)):
        return "sign", [node.body]
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).removeprefix("math."), node.args
    return type(node).__name__, []
