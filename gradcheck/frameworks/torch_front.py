"""From what the user hands over to a checked subject: its kind, its arguments, and the precision in which it runs."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ..entry import run_check, wrt_of
from ..options import Options, UsageError, options_from
from ..report.report import Report
from ..subject.arguments import Inputs, drawn
from ..subject.arrays import is_float
from ..subject.probes import draw_dout, in_float64
from ..subject.subject import Subject, Values, argument_names, numbered
from .drawing import drawn_for, names_for
from .torch_arrays import given
from .torch_contracts import AutogradSubject
from .torch_function import BASE, backward_of
from .torch_module import ModuleSubject
from .torch_twice import TwiceSubject, in_words

Function = Callable[..., Any]


def check(
    function: Any,
    arguments: tuple[Any, ...],
    names: Sequence[str] | None,
    inputs: Inputs | None,
    wrt: Sequence[str] | str | None,
    double_backward: bool,
    options: dict[str, Any],
) -> Report:
    """The report of one Function or module; see `gradcheck.torch`."""
    label, chosen = options.pop("label", None), options_from(options)
    if isinstance(function, torch.nn.Module):
        return _module(function, arguments, names, inputs, wrt, chosen, label)
    cls = function_class(function)
    once = hasattr(backward_of(cls), "__wrapped__")
    if double_backward and once:
        raise UsageError(
            f"{cls.__name__}.backward is marked once_differentiable, which rules a second derivative out: take the"
            " mark off, or leave double_backward out"
        )
    if not arguments and inputs is None:
        found = drawn_for(cls.__name__, parameters_of(cls), lambda n, a: _subject_and_values(cls, n, a))
        inputs, names = found.arguments, names or found.names
    arguments = arguments if inputs is None else drawn(inputs, [chosen.seed, 0])
    names = parameter_names(cls, arguments, names)
    arrays = _arrays(arguments, names)
    subject = subject_for(cls, names, wrt_of(wrt, names), arrays)

    def draw(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
        return _arrays(drawn(inputs, rng, n), names)

    report = run_check(subject, arrays, None if inputs is None else draw, chosen, label)
    if subject.low:
        report.notes.append(f"{subject.label} runs in float32 only: its rounding is the measure of what can be judged")
    if double_backward:
        _twice(report, subject, arrays, chosen)
    return report


def _twice(report: Report, subject: AutogradSubject, arrays: tuple[Any, ...], options: Options) -> None:
    """Add what the check of the second derivative finds to the report of the first."""
    if subject.low or not report.ok:
        why = "it runs in float32 only" if subject.low else "the first derivative has to be right before"
        report.notes.append(f"the second derivative was not checked: {why}")
        return
    values = in_float64(dict(zip(subject.names, arrays, strict=True)))
    outs, _ = subject.forward(subject.fresh(values))
    upstream = draw_dout(outs, np.random.default_rng([options.seed, 61]))
    second = run_check(TwiceSubject(subject, upstream), (*values.values(), *upstream), None, options, None)
    report.findings += [in_words(f) for f in second.findings]
    report.tensors.update({f"second derivative by {n}": t for n, t in second.tensors.items()})
    report.notes += [f"second derivative: {note}" for note in second.notes]
    report.nfev, report.seconds = report.nfev + second.nfev, report.seconds + second.seconds
    report.compared = (report.compared or 0) + (second.compared or 0)


def _module(
    module: Any,
    arguments: tuple[Any, ...],
    names: Sequence[str] | None,
    inputs: Inputs | None,
    wrt: Sequence[str] | str | None,
    options: Options,
    label: str | None,
) -> Report:
    """The report of a module: its inputs and its parameters are differentiated."""
    if not arguments and inputs is None:
        wants = ", ".join(inspect.signature(module.forward).parameters)
        told = f"{type(module).__name__} is called with {wants or 'nothing'}, and a module's inputs are not drawn"
        raise TypeError(f"{told}: pass them, gradcheck.torch(module, {wants}), or inputs=lambda rng, n: (...)")
    arguments = arguments if inputs is None else drawn(inputs, [options.seed, 0])
    if names is None:
        known = inspect.signature(module.forward).parameters.values()
        names = numbered([p.name for p in known if p.kind <= p.POSITIONAL_OR_KEYWORD], len(arguments))
    names = argument_names(module.forward, arguments, names)
    parameters = {n: given(p, n).astype(np.float64) for n, p in module.named_parameters() if p.requires_grad}
    arrays = _arrays(arguments, names, tuple(parameters))
    subject = ModuleSubject(module, names, tuple(parameters), wrt_of(wrt, (*names, *parameters)))

    def draw(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
        return (*_arrays(drawn(inputs, rng, n), names, tuple(parameters)), *parameters.values())

    whole = (*in_float64(dict(zip(names, arrays, strict=True))).values(), *parameters.values())
    return run_check(subject, whole, None if inputs is None else draw, options, label)


def function_class(function: Any) -> Any:
    """The autograd Function behind a class, or behind its `apply`. TypeError for everything else."""
    owner: Any = getattr(function, "__self__", function)
    is_function = isinstance(owner, type) and issubclass(owner, BASE)
    if is_function:
        if owner is BASE or owner.forward is BASE.forward:
            raise TypeError(f"{owner.__name__} defines no forward: write one as a static method, forward(ctx, x)")
        for name, member in (("forward", owner.forward), ("backward", backward_of(owner))):
            if not isinstance(inspect.getattr_static(owner, name, staticmethod(member)), staticmethod):
                raise TypeError(f"{owner.__name__}.{name} is no static method: write @staticmethod above it")
        return owner
    what = f"an instance of {type(function).__name__}" if not isinstance(function, type) else function.__name__
    raise TypeError(
        f"gradcheck.torch takes a torch.autograd.Function (the class) or a torch.nn.Module; got {what}. A pair of"
        " NumPy functions goes to gradcheck.layer"
    )


def parameter_names(cls: Any, arguments: Sequence[Any], names: Sequence[str] | None) -> tuple[str, ...]:
    """Names for the arguments of forward, the context left out."""
    if names is not None:
        return argument_names(cls.forward, arguments, names)
    return names_for(f"{cls.__name__}.forward", parameters_of(cls), len(arguments))


def parameters_of(cls: Any) -> list[inspect.Parameter]:
    """The parameters of forward, the context left out."""
    known = list(inspect.signature(cls.forward).parameters.values())
    return known if cls.setup_context is not BASE.setup_context else known[1:]


def _subject_and_values(cls: Any, names: Sequence[str], args: tuple[Any, ...]) -> tuple[Subject, Values]:
    return AutogradSubject(cls, names, None), dict(zip(names, _arrays(args, names), strict=True))


def _arrays(arguments: Sequence[Any], names: Sequence[str], parameters: Sequence[str] = ()) -> tuple[Any, ...]:
    arrays = tuple(given(v, n) for n, v in zip(names, arguments, strict=True))
    if not any(is_float(a) for a in arrays) and not parameters:
        got = ", ".join(
            f"{n}: {a.dtype if isinstance(a, np.ndarray) else type(a).__name__}"
            for n, a in zip(names, arrays, strict=True)
        )
        raise TypeError(
            f"there is no tensor of floats to differentiate among the arguments ({got or 'none'}): pass the arguments"
            " of apply, e.g. torch.randn(5, 3), or inputs=lambda rng, n: (...)"
        )
    return arrays


def subject_for(cls: Any, names: Sequence[str], wrt: Sequence[str] | None, arrays: Sequence[Any]) -> AutogradSubject:
    """The subject in the precision in which its forward runs: float64, else float32."""
    subject = AutogradSubject(cls, names, wrt)
    values = dict(zip(names, arrays, strict=True))
    try:
        subject.forward(subject.fresh(in_float64(values)))
        return subject
    except Exception as error:
        first = error
    if needs_cuda(first):
        raise UsageError(
            f"{subject.label} needs a GPU ({_one_line(first)}): gradients are checked on the CPU; give it a branch for"
            " CPU tensors"
        ) from first
    low = AutogradSubject(cls, names, wrt, low=True)
    try:
        low.forward(low.fresh(in_float64(values)))
    except Exception:
        return subject  # the contracts tell what it raises
    finally:
        low.streams.restore()
        subject.streams.restore()
    return low


def needs_cuda(error: Exception) -> bool:
    """Whether what a forward raises is for want of a GPU."""
    told = str(error).lower()
    return any(word in told for word in ("cuda", "nvidia", "gpu", "triton"))


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 90 else text[:87] + "..."
