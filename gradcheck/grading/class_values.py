"""The outputs of a student's class and of the reference's, with the same weights and the same arguments."""

from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from base.arrays import Array

from ..classes.construct import construct, with_object
from ..classes.draw import arguments_of, plan_for
from ..classes.forms import Form, forms
from ..classes.object_subject import ObjectSubject
from ..classes.state import at
from ..finder.find import Subject
from ..subject.arguments import Inputs, drawn
from ..subject.randomness import Streams


class NotComparableError(Exception):
    """The student's object cannot be given the reference's weights or arguments; its text says why."""


def rebound(inputs: Inputs | None, classes: Mapping[str, type]) -> Inputs | None:
    """The reference's `inputs` making objects of the student's classes: `return Affine(W, b), x` with their Affine."""
    if not isinstance(inputs, FunctionType):
        return inputs
    names = {**inputs.__globals__, **classes}
    return FunctionType(inputs.__code__, names, inputs.__name__, inputs.__defaults__, inputs.__closure__)


def class_outputs(mine: Subject, reference: Subject, inputs: Inputs | None, draw: Sequence[int], n: int) -> Any:
    """(outputs of mine, outputs of the reference, those once more) for one draw; `inputs`: the reference's, rebound."""
    wanted_form, given_form = form_of(reference), form_of(mine)
    right, args, weights = _reference(reference, wanted_form, draw, n)
    thing = _drawn(mine, inputs, draw, n)
    for name, path in right.roles.paths.items():
        _set(thing, path, weights[name])
    (cls,) = mine.functions
    names = arguments_of(given_form, cls)
    if len(names) < len(args):
        raise NotComparableError(f"{given_form.forward} takes {', '.join(names)}; the reference takes {len(args)}")
    student = ObjectSubject(thing, given_form, dict(zip(names, args, strict=False)))
    held = student.arguments(list(args))
    with_weights = right.arguments(list(args), weights)
    return _forward(student, held), _forward(right, with_weights), _forward(right, with_weights)


def form_of(subject: Subject) -> Form:
    """The pair of methods that a subject stands for."""
    (cls,) = subject.functions
    known = forms(cls)
    return next((form for form in known if form.title == subject.name), known[0])


def _reference(reference: Subject, form: Form, draw: Sequence[int], n: int) -> tuple[ObjectSubject, Sequence[Any], Any]:
    """The reference as a subject, the arguments of its forward, and its weights by their names."""
    (cls,), rng = reference.functions, np.random.default_rng(draw)
    if reference.inputs is None:
        plan = plan_for(construct(cls, np.random.default_rng(0)), form)
        values = dict(zip(plan.subject.names, plan.draw(rng, n), strict=True))
        args: Sequence[Any] = [values.get(name, values.get(f"#{name}")) for name in plan.subject.inputs]
        return plan.subject, args, {name: values[name] for name in plan.subject.roles.parameters}
    thing, args = with_object(cls, drawn(reference.inputs, rng, n))
    subject = ObjectSubject(thing, form, dict(zip(arguments_of(form, cls), args, strict=False)))
    return subject, args, subject.parameters_of(thing)


def _drawn(mine: Subject, inputs: Inputs | None, draw: Sequence[int], n: int) -> Any:
    """An object of the student's class, made as the reference's was."""
    (cls,) = mine.functions
    if inputs is None:
        return construct(cls, np.random.default_rng(0))
    return with_object(cls, drawn(inputs, draw, n))[0]


def _set(thing: Any, path: str, value: Array) -> None:
    try:
        held = at(thing, path)
    except KeyError:
        raise NotComparableError(f"the object has no {path}, which the reference keeps its weights in") from None
    if np.shape(held) != value.shape or not isinstance(held, np.ndarray):
        raise NotComparableError(f"{path} has the shape {np.shape(held)}; the reference's has {value.shape}")
    held[...] = value


def _forward(subject: ObjectSubject, args: Sequence[Any]) -> list[Array]:
    values = dict(zip(subject.names, args, strict=True))
    streams = Streams(subject.thing)
    try:
        return subject.forward(subject.fresh(values))[0]
    finally:
        streams.restore()
