"""`gradcheck.instance` and `gradcheck.pointwise`: an object or a class as it is, and a function with its derivative."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..entry import run_check
from ..options import options_from
from ..report.report import Report
from ..subject.arguments import N_FIRST, Inputs, drawn
from ..subject.subject import function_label, numbered
from .construct import construct, with_object
from .draw import arguments_of, plan_for
from .forms import Form, forms, methods_of
from .object_subject import ObjectSubject
from .pointwise import say_diagonal

Function = Callable[..., Any]


def instance(
    thing: Any,
    *args: Any,
    form: Form | None = None,
    forward: str | None = None,
    backward: str | None = None,
    inputs: Inputs | None = None,
    wrt: Sequence[str] | str | None = None,
    **options: Any,
) -> Report:
    """Check an object, or a class, that keeps its weights and gradients in attributes.

    A pair of its methods is found by name: forward(x) and backward(dout); loss(X, y), which returns its gradients or
    has a gradient(X, y) beside it; a loss with a backward; backprop(x, y); f(z) with prime(z). `forward` and `backward`
    name others. Which attribute, key or returned value is the gradient of which parameter is found by name (dW,
    grads['W'], grads[0], W_grad, nabla_w), then by shape. `args` are the arguments of the forward; without them, and
    for a class, arguments are drawn from names and shapes. `inputs(rng, n)` returns (object, *args), or args alone.

    Works on copies: the object is left as it was. Options and errors as for `gradcheck.layer`; UndrawnError (a
    TypeError) says what cannot be drawn, and the line to write.
    """
    label, chosen = options.pop("label", None), options_from(options)
    cls = thing if isinstance(thing, type) else type(thing)
    form = form or _form(cls, forward, backward)
    names = [wrt] if isinstance(wrt, str) else wrt
    if inputs is not None:
        thing, args = with_object(cls, drawn(inputs, [chosen.seed, 0]), thing)
    elif isinstance(thing, type):
        thing = construct(cls, np.random.default_rng([chosen.seed, 0]))
    if inputs is None and not args:
        plan = plan_for(thing, form)
        first = plan.draw(np.random.default_rng([chosen.seed, 0]), N_FIRST)
        return _checked(_chosen(plan.subject, names), first, plan.draw, chosen, label)
    subject = ObjectSubject(thing, form, dict(zip(numbered(arguments_of(form, cls), len(args)), args, strict=True)))
    _chosen(subject, names)
    if inputs is None:
        return _checked(subject, subject.arguments(args), None, chosen, label)

    def draw(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
        other, more = with_object(cls, drawn(inputs, rng, n), thing)
        return subject.arguments(more, subject.parameters_of(other))

    return _checked(subject, subject.arguments(args), draw, chosen, label)


def pointwise(
    function: Function, derivative: Function, *z: Any, inputs: Inputs | None = None, **options: Any
) -> Report:
    """Check the derivative of an elementwise function: sigmoid and sigmoid_prime, tanh and dtanh.

    Without z an array is drawn. A derivative written in terms of the output, a (1 - a), is recognised by the name of
    its parameter, or because it is right there and nowhere else. Options and errors as for `layer`.
    """
    for f in (function, derivative):
        if not callable(f):
            raise TypeError(f"pointwise takes two functions; got {type(f).__name__}")
    name = function_label(function)
    pair = type(name, (), {"f": staticmethod(function), "prime": staticmethod(derivative)})
    return instance(pair(), *z, form=Form("pointwise", "f", "prime", title=name), inputs=inputs, **options)


def _checked(
    subject: ObjectSubject, args: tuple[Any, ...], draw: Inputs | None, options: Any, label: str | None
) -> Report:
    if not subject.wrt and subject.ran:
        raise TypeError(
            f"{subject.label}: no gradient was found. It is looked for in what the method returns and in attributes"
            " that are called dW, grads['W'], grads[0], W_grad or the like"
        )
    report = run_check(subject, args, draw, options, label)
    report.notes.extend(subject.roles.told)
    if subject.low:
        report.notes.append(
            "outputs are float32 whatever comes in: allocate them with the dtype of the input to check more"
        )
    say_diagonal(report, subject, dict(zip(subject.names, args, strict=True)))
    return report


def _form(cls: type, forward: str | None, backward: str | None) -> Form:
    found = forms(cls)
    if forward is not None:
        methods = methods_of(cls)
        for name in (forward, backward):
            if name is not None and name not in methods:
                raise TypeError(f"{cls.__name__} has no method {name!r}; it has {', '.join(methods) or 'none'}")
        same = [f for f in found if f.forward == forward and (backward is None or f.backward == backward)]
        return same[0] if same else Form("layer" if backward else "net", forward, backward, title=cls.__name__)
    if not found:
        raise TypeError(
            f"{cls.__name__} has no pair of methods to check (forward and backward, loss and gradient, f and prime):"
            " name them by forward= and backward="
        )
    return found[0]


def _chosen(subject: ObjectSubject, names: Sequence[str] | None) -> ObjectSubject:
    """The subject with these names alone differentiated, where some are given."""
    for name in names or ():
        if name not in (subject.wrt or ()):
            raise ValueError(f"wrt names {name!r}; there are gradients of {', '.join(subject.wrt or ()) or 'nothing'}")
    subject.wrt = subject.wrt if names is None else tuple(names)
    return subject
