"""The entry points for other frameworks; each is imported only when it is called."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from ..report.report import Report
from ..subject.arguments import Inputs


def torch(
    function: Any,
    *inputs_given: Any,
    names: Sequence[str] | None = None,
    inputs: Inputs | None = None,
    wrt: Sequence[str] | str | None = None,
    double_backward: bool = False,
    **options: Any,
) -> Report:
    """Check a `torch.autograd.Function` (or a module whose backward is custom) against its forward in float64.

    torch(Function, x, w, 3): the arguments of `Function.apply`, tensors or arrays; `inputs(rng, n)` draws them
    afresh for every probe instead, and without both they are drawn from their names. What was saved for backward is
    the cache of the diagnosis, under the names with which it is unpacked. Beyond the numbers: a gradient for every
    argument, every choice of `needs_input_grad`, `mark_non_differentiable`, `mark_dirty`, `set_materialize_grads`,
    and the answer when autograd runs it. `double_backward=True` checks the derivative of backward as well. Other
    options and errors as for `layer`; TypeError for what is no Function, UsageError for tensors on another device
    than the CPU.
    """
    _require("torch")
    from .torch_front import check

    return check(function, inputs_given, names, inputs, wrt, double_backward, options)


def jax(
    function: Any,
    *args: Any,
    names: Sequence[str] | None = None,
    inputs: Inputs | None = None,
    wrt: Sequence[str] | str | None = None,
    **options: Any,
) -> Report:
    """Check a `jax.custom_vjp` or `jax.custom_jvp` against the numeric derivative of the function itself, in 64 bits.

    jax(f, x, w): arguments of f, arrays or trees of arrays (`params.w` is then a name); `inputs(rng, n)` draws them
    afresh for every probe instead, and without both they are drawn from their names. Of a custom_vjp fwd and bwd are
    called as JAX calls them; a custom_jvp's rule is applied to every unit tangent. Beyond the numbers: fwd's value,
    the structure of the gradients, linearity in the tangents, and the answer when JAX differentiates f, eagerly and
    compiled. Other options and errors as for `layer`; TypeError for a function without a rule of its own.
    """
    _require("jax")
    from .jax_front import check

    return check(function, args, names, inputs, wrt, options)


def check(kind: str, function: Any, *args: Any, **options: Any) -> Report:
    """Check a function of the framework of that name, torch or jax."""
    return (torch if kind == "torch" else jax)(function, *args, **options)


def _require(library: str) -> None:
    if find_spec(library) is None:
        raise ImportError(f"gradcheck.{library} needs {library}: pip install 'layergraph[{library}]'")
