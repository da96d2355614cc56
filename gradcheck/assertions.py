"""`assert_gradients`: one call for a test, whatever it is that has gradients."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from layers.registry import Layer, registered

from . import api
from .classes.entry import instance
from .classes.forms import forms
from .finder.find import Subject, find_some
from .frameworks import entry as frameworks
from .frameworks.kind import kind_of
from .report.report import Report, Suite
from .subject.arguments import drawn


def assert_gradients(target: Any, *args: Any, **options: Any) -> Report | Suite:
    """Check a target and raise AssertionError, whose text is the report, unless it is ok; else return the report.

    The arguments are those of the entry point that fits the target:

    - (forward, backward, *args) as `gradcheck.layer`, or the name of a registered layer;
    - (function, params, X, y, reg=) with a dict of params, as `gradcheck.net`;
    - (function, x, *rest) as `gradcheck.loss`;
    - (model, X, y) as `gradcheck.model`; another object or a class, with its arguments or without, as
      `gradcheck.instance`;
    - a torch.autograd.Function or module as `gradcheck.torch`, a custom_vjp or custom_jvp as `gradcheck.jax`;
    - a file, a folder, a notebook, a module, or what `each_pair` hands to a test: everything found there is checked.

    With `inputs=` alone, what it draws decides between a loss and a net. Raises TypeError or ValueError where there
    is nothing to check.
    """
    __tracebackhide__ = True
    report = check(target, *args, **options)
    if not report.ok:
        raise AssertionError(f"gradients\n{report}")
    return report


def check(target: Any, *args: Any, **options: Any) -> Report | Suite:
    """The report of any target (see `assert_gradients`)."""
    if isinstance(target, Subject):
        return target.check(*args, **options)
    if isinstance(target, ModuleType | Path) or (isinstance(target, str) and target not in registered()):
        return _all_of(target, options)
    framework = kind_of(target)
    if framework is not None:
        return frameworks.check(framework, target, *args, **options)
    if isinstance(target, str | Layer) or (args and callable(args[0])):
        return api.layer(target, *args, **options)
    if isinstance(getattr(target, "params", None), Mapping) and callable(getattr(target, "loss", None)):
        return api.model(target, *args, **options)
    if isinstance(target, type) or forms(type(target)):
        return instance(target, *args, **options)
    if not callable(target):
        raise TypeError(f"the target is a {type(target).__name__}; expected two functions, a loss, a model or a file")
    return (api.net if _takes_params(args, options) else api.loss)(target, *args, **options)


def _takes_params(args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
    inputs: Callable[..., Any] | None = options.get("inputs")
    if not args and callable(inputs):
        args = drawn(inputs, [options.get("seed", 0), 0])
    return bool(args) and isinstance(args[0], Mapping)


def _all_of(target: Any, options: Mapping[str, Any]) -> Suite:
    return Suite([subject.check(**options) for subject in find_some(target)])
