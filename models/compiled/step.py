"""Writes a graph's training step as one plain Python function: gather, forwards, loss, backwards, guard, update.

It is meant to be read: `layergraph show RUN --source` prints it.
"""

from collections.abc import Mapping
from inspect import signature
from typing import NamedTuple

from ..propagation import MOMENTUM
from . import helpers, products
from .backwards import Backward
from .forwards import Forward
from .groups import PRODUCTS, group, has_form, seen_factors
from .losses import row_of, write_loss
from .options import Model, Options, Update
from .scalars import definition
from .text import Number, Text
from .updates import Updates

# A sum of `whole` products of two factors of this size is finite, and so is one of many such sums.
SMALL = "math.sqrt(LARGEST / (256.0 * np.max(starts[1:] - starts[:-1]) + 256.0))"
FIXED = (
    "blas",
    "noise",
    "X",
    "y",
    "rows",
    "starts",
    "numbers",
    "constants",
    "losses",
    "largest_input",
    "w",
    "g",
    "decaying",
)
AHEAD = 4  # rows whose memory is asked for before they are copied
HEADER = '''"""One training step of {name}, as layergraph has written it.

It is compiled as it stands. To change it, change the layers, the loss or the rule.
"""

import math

import numpy as np
from numba import njit

from models.compiled.products import by_address, prefetcher

T = np.{dtype}
LARGEST = np.finfo(T).max
LEAST = T(2.0**40 * float(np.finfo(T).tiny))  # below it, state is set to 0
compiled = njit(error_model="numpy")
summed = njit(error_model="numpy", fastmath={{"reassoc"}})  # sums whose order is the compiler's
prefetch = prefetcher()
'''
DRAWS = {
    "float32": ("noise.random(dtype=np.float32)", "noise.standard_normal(dtype=np.float32)"),
    "float64": ("noise.random()", "noise.standard_normal()"),
}
FETCH = '''

@compiled
def fetch(X, row):
    """Ask for the memory of a row before it is needed: rows of a large array are far from each other."""
    first = X.ctypes.data + row * X.shape[1] * X.itemsize
    for place in range(first, first + X.shape[1] * X.itemsize, 64):
        prefetch(place)
'''


class Step(NamedTuple):
    """The text of a step, the names of its arguments in order, and its numbers."""

    source: str
    arguments: tuple[str, ...]
    columns: tuple[str, ...]  # of `numbers`: what differs from step to step
    constants: Mapping[str, Number]


def reason_against(model: Model, options: Options) -> str | None:
    """What has no compiled form, in words; None where every part has one."""
    if model.dtype not in DRAWS:
        return f"dtype {model.dtype}"
    without = [node for node in model.nodes if not has_form(node.layer)]
    unknown = min(without, key=lambda node: not node.params, default=None)  # of several, the one with weights
    if unknown is not None:
        return f"layer {unknown.layer.name!r} (node {unknown.name!r}), which has no scalar form"
    if row_of(model, options) is None:
        return (
            f"loss {model.loss.name!r} of {'labels' if options.labels else 'rows of targets'}, which has no scalar form"
        )
    return None


def write(model: Model, update: Update, options: Options, numbers: Mapping[str, Number]) -> Step:
    """The step of `model` under an update rule; `numbers` are those of the run, by name. Raises NotPlainError."""
    return _Writer(model, update, options, numbers).write()


class _Writer:
    """Writes the parts in the order in which they run; what stands above them is put together at the end."""

    def __init__(self, model: Model, update: Update, options: Options, numbers: Mapping[str, Number]):
        self.model, self.update, self.options, self.numbers = model, update, options, numbers
        self.text, self.groups = Text(), group(model.nodes)
        self.text.value("x")
        for name in model.params:  # before the nodes: they keep their names
            self.text.parameter(name)
        self.width = self._widths()
        penalised = model.reg or model.l1
        self.factors = None if penalised else seen_factors(self.groups)  # their size tells, without a look at all of g
        self.updates = Updates(self.text, update, options, numbers)

    def _widths(self) -> dict[str, str]:
        """The expression of each value's row length."""
        width = {"x": "X.shape[1]"}
        for one in self.groups:
            weights = one.head.params[0] if one.head and one.head.layer.name in PRODUCTS else None
            here = f"{self.text.parameter(weights)}.shape[1]" if weights else width[one.inputs[0]]
            width |= {node.name: here for node in (*([one.head] if one.head else []), *one.chain)}
        return width

    def write(self) -> Step:
        text, params = self.text, list(self.model.params)
        with text.inside(2):
            self._gradient()
            self.updates.penalties(self.model.reg, self.model.l1)
            text("# guard: nothing moves where a number is not finite")
            text("losses[t] = loss")
            whole = "finite(g, LARGEST)" if self.factors is None else "(small or finite(g, LARGEST))"
            with text.block(f"if not (good and math.isfinite(loss) and {whole}):"):
                text("return t")
            self.updates.write(self.model.params)
        state = [f"{node.name}.{name}" for node in self.model.nodes for name in node.layer.state]
        arguments = {
            **{name: name for name in (*FIXED, *(["average"] if self.options.average else []))},
            **{f"slot {slot}": text.name("state_", slot) for slot in self.update.slots},
            **{f"param {name}": text.parameter(name) for name in params},
            **{f"gradient {name}": text.parameter_gradient(name) for name in params},
            **{f"running {name}": text.name("running_", name) for name in state},
        }
        function = [*self._opening(list(arguments.values())), *text.lines, "    return len(losses)"]
        source = "\n".join([*self._definitions(), *function]) + "\n"
        return Step(source, tuple(arguments), tuple(self.updates.columns), dict(text.constants))

    def _opening(self, arguments: list[str]) -> list[str]:
        """The lines of the function above the step itself: its arguments, the model's numbers, the arrays."""
        text = self.text
        arrays = {"x": "X.shape[1]", **text.arrays}
        batch = "np.max(starts[1:] - starts[:-1])"
        return [
            "",
            "",
            '@njit(error_model="numpy", cache=True)',
            f"def steps({', '.join(arguments)}):",
            '    """Steps until `losses` is full. Returns how many, or -1 - that number at a wrong label."""',
            *(f"    {name} = constants[{index}]" for index, name in enumerate(text.constants)),
            f"    batch = min(int({self.micro}), {batch})" if self.options.accumulate else f"    batch = {batch}",
            *(f"    {name} = np.empty((batch, {width}), T)" for name, width in arrays.items()),
            *(f"    {name} = np.empty({shape}, T)" for name, shape in text.scratch.items()),
            "    good = finite(w, LARGEST)",
            *(
                []
                if self.factors is None
                else [f"    SMALL = T({SMALL})", "    inputs_are_small = largest_input <= SMALL"]
            ),
            "    for t in range(len(losses)):",
        ]

    def _definitions(self) -> list[str]:
        """The text of the file above the function."""
        model, text = self.model, self.text
        uniform, normal = DRAWS[model.dtype]
        used = "\n".join(text.lines)
        by_address = products.library(model.dtype).address != 0
        parts = [HEADER.format(name=model.name, dtype=model.dtype) + FETCH]
        parts.append((products.BY_ADDRESS if by_address else products.BY_DOT).format(dtype=model.dtype))
        for name, draw in (("draw_uniform", uniform), ("draw_normal", normal)):
            if name in used:
                parts.append(f"\n@compiled\ndef {name}(noise):\n    return {draw}\n")
        for helper in HELPERS:
            if f"{helper.__name__}(" in used or helper is helpers.finite:
                decorator = "summed" if helper in (helpers.squares, helpers.absolutes) else "compiled"
                numbers = [
                    name for name in signature(helper).parameters if name in ("rate", "limit", "eps", "momentum")
                ]
                parts.append(f"\n@{decorator}\n{definition(helper, helper.__name__, numbers)}\n")
        for source in text.definitions.values():
            parts.append(f"\n@compiled\n{source}\n")
        return ["\n".join(parts).rstrip("\n")]

    def _gradient(self) -> None:
        """Loss and gradient of one step, of all its micro-batches."""
        text, accumulate = self.text, self.options.accumulate
        text("first, last, loss = starts[t], starts[t + 1], 0.0")
        text("whole = last - first")
        if self.factors is not None:
            text("small = inputs_are_small")
        for name, array in self.model.params.items():
            if array.ndim == 1:
                text(f"{text.parameter_gradient(name)}[:] = T(0)")
        if not accumulate:
            text("size = whole")
            self._piece("T(0)")
            return
        self.micro = text.constant("batch_size", self.numbers["accumulate"])
        text("more = T(0)")
        with text.block("while first < last:"):
            text("size = min(batch, last - first)")
            self._piece("more")
            text("first += size")
            text("more = T(1)")

    def _piece(self, more: str) -> None:
        """Loss and gradient of one batch."""
        text, model = self.text, self.model
        text("# gather")
        scale = f" / T({text.constant('input_scale', self.numbers['input_scale'])})" if model.scaled else ""
        with text.block("for n in range(size):"):
            text("row = rows[first + n]")
            text(f"fetch(X, rows[min(first + n + {AHEAD}, len(rows) - 1)])")
            with text.block("for j in range(X.shape[1]):"):
                text(f"x[n, j] = T(X[row, j]){scale}")
        forward = Forward(text, self.width, self.factors or ())
        for one in self.groups:
            forward.write(one)
        write_loss(text, model, self.options, self.width, self.factors is not None)
        backward = Backward(text, self.width, model.wanted, more, self.factors is not None)
        for one in reversed(self.groups):
            backward.write(one)
        for node in model.nodes:
            if node.layer.state:
                running = ", ".join(text.name("running_", f"{node.name}.{name}") for name in node.layer.state)
                text(f"track({running}, {text.name('', f'stats of {node.name}')}, size, {MOMENTUM})")


HELPERS = (
    helpers.finite, helpers.squares, helpers.absolutes, helpers.flush, helpers.move_average, helpers.limit_columns,
    helpers.normalise, helpers.normalise_backward, helpers.track,
)  # fmt: skip
