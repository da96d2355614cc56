"""Whether a student's function gives the values of the reference on the same arguments."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from ..finder.find import Subject
from ..subject.adapters import LayerSubject, LossSubject
from ..subject.arguments import Inputs, drawn
from ..subject.arrays import clone
from ..subject.border import call
from ..subject.randomness import Streams
from ..subject.subject import argument_names
from .class_values import NotComparableError, class_outputs

SIZES = (5, 3, 7)  # rows of the draws on which values are compared
TOLERANCE = {8: 1e-6, 4: 1e-3, 2: 1e-1}  # by the bytes of a float; relative to the largest expected value
RIGHT, WRONG, NOT_COMPARED = "right", "wrong", "not compared"


class Values(NamedTuple):
    """The verdict on values, and what to tell: `words` without expected numbers, `numbers` with them."""

    verdict: str
    words: str = ""
    numbers: str = ""


def compare(mine: Subject, reference: Subject, inputs: Inputs | None, seed: int) -> Values:
    """Compare the outputs of `mine` with those of `reference` on the arguments that the reference's inputs draw.

    inputs: those of the reference, making objects of the student's classes. Not compared: functions of other
    frameworks, and a reference that gives another answer each time.
    """
    functions = reference.kind in ("layer", "loss", "net") and reference.inputs is not None
    if not functions and reference.kind not in ("class", "pointwise"):
        return Values(NOT_COMPARED, f"values of a {reference.kind} are not compared")
    if mine.kind != reference.kind:
        return Values(WRONG, f"it is a {mine.kind}; expected a {reference.kind}")
    for draw, n in enumerate(SIZES):
        try:
            if functions or reference.kind == "pointwise":
                given, wanted, again = _function_outputs(mine, reference, [seed, draw], n)
            else:
                given, wanted, again = class_outputs(mine, reference, inputs, [seed, draw], n)
        except NotComparableError as error:
            return Values(NOT_COMPARED, f"values are not compared: {error}")
        except Exception as error:
            return Values(WRONG, f"the forward raises {type(error).__name__}: {error}")
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(wanted, again, strict=True)):
            return Values(NOT_COMPARED, "the reference draws at random: values are not compared")
        found = _difference(given, wanted)
        if found is not None:
            return found
    return Values(RIGHT)


def _function_outputs(mine: Subject, reference: Subject, draw: Sequence[int], n: int) -> Any:
    """(outputs of mine, outputs of the reference, those once more) for one draw of the reference's arguments."""
    args = drawn(reference.inputs or _array, draw, n)
    return outputs(mine, args), outputs(reference, args), outputs(reference, args)


def _array(rng: np.random.Generator, n: int) -> tuple[Array]:
    """The argument of an elementwise function."""
    return (rng.standard_normal((n, 3)),)


def outputs(subject: Subject, args: Sequence[Any]) -> list[Array]:
    """All outputs of one forward on copies of the arguments, with the random streams held for it."""
    functions = subject.functions
    streams = Streams(*functions)
    copies = [clone(value) for value in args]
    try:
        return _forward(subject.kind, functions, copies)
    finally:
        streams.restore()


def _forward(kind: str, functions: Sequence[Callable[..., Any]], args: list[Any]) -> list[Array]:
    if kind == "net":  # the loss is the one number among what it returns
        result = call(functions[0], *args)
        parts = result if isinstance(result, tuple | list) else (result,)
        return [np.asarray(part) for part in parts if np.ndim(part) == 0 and not isinstance(part, dict)][:1]
    if kind == "pointwise":
        return [np.asarray(call(functions[0], *args))]
    names = argument_names(functions[0], args, None)
    values = dict(zip(names, args, strict=True))
    if kind == "loss":
        return LossSubject(functions[0], names, None).forward(values)[0]
    return LayerSubject(functions[0], functions[1], names, None).forward(values)[0]


def _difference(given: Sequence[Array], wanted: Sequence[Array]) -> Values | None:
    if len(given) != len(wanted):
        return Values(WRONG, f"{len(given)} outputs; expected {len(wanted)}")
    for k, (mine, right) in enumerate(zip(given, wanted, strict=True)):
        name = "the output" if len(wanted) == 1 else f"output {k + 1}"
        if mine.shape != right.shape:
            return Values(WRONG, f"{name} has the shape {mine.shape}; expected {right.shape}")
        if mine.dtype.kind not in "fiub":
            return Values(WRONG, f"{name} is {mine.dtype}; expected {right.dtype}")
        if not mine.size:
            continue
        width = min(one.dtype.itemsize if one.dtype.kind == "f" else 8 for one in (mine, right))
        allowed = TOLERANCE.get(width, 1e-6) * float(np.max(np.abs(right), initial=0.0, where=np.isfinite(right)))
        near = np.isclose(mine, right, rtol=0, atol=max(allowed, 1e-12), equal_nan=True)
        if not near.all():
            return _told(name, mine, right, ~near)
    return None


def _told(name: str, mine: Array, right: Array, wrong: Array) -> Values:
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    at = f"[{', '.join(map(str, index))}]" if index else ""
    words = f"{name} differs from the reference in {int(wrong.sum())} of {wrong.size} elements"
    if not np.isfinite(mine[wrong]).all():
        words += ", and is not finite there"
    return Values(WRONG, words, f"{name}{at} is {float(mine[index]):.6g}; expected {float(right[index]):.6g}")
