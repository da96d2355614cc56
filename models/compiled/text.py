"""The text of a step while it is written: lines with their indentation, and names for values, gradients and numbers."""

import keyword
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

TAKEN = {  # the words of the step itself
    "T", "blas", "noise", "X", "y", "rows", "starts", "numbers", "constants", "losses", "w", "g", "average",
    "t", "n", "j", "i", "c", "d", "v", "first", "last", "size", "whole", "batch", "loss", "total", "share",
    "more", "label", "scale", "norm", "norms", "math", "np", "row", "decaying", "good", "rate", "finite",
    "squares", "absolutes", "flush", "prefetch", "move_average", "limit_columns", "normalise",
    "normalise_backward", "track", "multiply", "multiply_transposed_by", "fetch", "steps",
    "multiply_by_transposed", "draw_uniform", "draw_normal", "compiled", "summed", "gemm", "by_address",
    "prefetcher", "njit", "LARGEST", "LEAST", "SMALL", "small", "largest_input", "inputs_are_small", "range",
    "min", "max", "abs", "float", "int", "len",
}  # fmt: skip
DEFINED = ("_value", "_slope", "_row", "_element")  # how the names of definitions end
Number = Callable[[], float]


class Text:
    """Lines of code, and what they name.

    constants: number of the model, by its name in the step, and where its present value is found. definitions: text of
    functions by their name. arrays: name -> length of its rows, of arrays with one row for each example, made at the
    start. inputs: names of the arrays that are handed in, in order.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Number] = {}
        self.definitions: dict[str, str] = {}
        self.arrays: dict[str, str] = {}
        self.scratch: dict[str, str] = {}
        self._names: dict[tuple[str, str, str], str] = {}
        self._depth = 0

    def __call__(self, line: str) -> None:
        """Add a line."""
        self.lines.append("    " * self._depth + line if line else "")

    @contextmanager
    def block(self, line: str) -> Iterator[None]:
        """A line that ends in a colon, and what stands below it."""
        self(line)
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def inside(self, depth: int) -> Iterator[None]:
        """Lines that stand so deep."""
        self._depth += depth
        yield
        self._depth -= depth

    @contextmanager
    def each(self, rows: str, width: str) -> Iterator[None]:
        """A loop over the elements [n, j] of an array."""
        with self.block(f"for n in range({rows}):"), self.block(f"for j in range({width}):"):
            yield

    def name(self, kind: str, name: str, of: str = "value") -> str:
        """An identifier for `name` of a value, a parameter or a number: always the same one, and of no two of them."""
        key = (of, kind, name)
        if key not in self._names:
            plain = re.sub(r"\W", "_", kind + name, flags=re.ASCII)
            plain = f"_{plain}" if plain[:1].isdigit() or keyword.iskeyword(plain) else plain
            plain = f"{plain}_" if plain.endswith(DEFINED) else plain
            taken, number = {*self._names.values(), *TAKEN}, 2
            chosen = plain
            while chosen in taken:
                chosen, number = f"{plain}_{number}", number + 1
            self._names[key] = chosen
        return self._names[key]

    def value(self, name: str) -> str:
        """The array of a node's output."""
        return self.name("", name)

    def parameter(self, name: str) -> str:
        """The array of a parameter; a node may have its name."""
        return self.name("", name, "parameter")

    def gradient(self, name: str) -> str:
        """The array of the gradient with respect to a node's output."""
        return self.name("d_", name)

    def parameter_gradient(self, name: str) -> str:
        """The array of the gradient with respect to a parameter."""
        return self.name("d_", name, "parameter")

    def define(self, name: str, source: Callable[[str], str]) -> str:
        """Keep the definition `source(name)`; the name it has, another where one of that name says something else."""
        for number in count(1):
            chosen = name if number == 1 else f"{name}_{number}"
            text = source(chosen)
            if self.definitions.setdefault(chosen, text) == text:
                break
        return chosen

    def constant(self, name: str, value: Number) -> str:
        """A number of the model, which may change between steps and needs no new compilation."""
        identifier = self.name("", name, "number")
        self.constants[identifier] = value
        return identifier
