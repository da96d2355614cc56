"""What methods and functions ask for, and which functions are named as derivatives of others."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

Function = Callable[..., Any]
_PRIME_ENDINGS = ("_prime", "_derivative", "_deriv", "_grad", "_gradient", "Prime", "_backward", "_diff", "_d", "_der")
_PRIME_STARTS = ("d_", "d", "grad_", "derivative_", "deriv_", "der_", "diff_", "prime_")


def plain(member: Any) -> Any:
    """The function of a method, whatever its kind."""
    return getattr(member, "__func__", member)


def parameters(member: Any) -> list[inspect.Parameter]:
    """The parameters that a caller gives: self left out, also *args and **kwargs."""
    known = list(inspect.signature(plain(member)).parameters.values())
    known = known if isinstance(member, staticmethod) else known[1:]
    return [p for p in known if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def needed(member: Any) -> list[str]:
    """The names of the parameters without a default."""
    return [p.name for p in parameters(member) if p.default is p.empty]


def primes_of(name: str) -> list[str]:
    """The names that the derivative of a function may have: sigmoid_prime, dsigmoid, d_sigmoid."""
    return [name + e for e in _PRIME_ENDINGS] + [s + name for s in _PRIME_STARTS]


def pointwise_pairs(names: Mapping[str, Any]) -> list[tuple[str, Function, Function]]:
    """(name, function, derivative) of the elementwise functions of a module: sigmoid with sigmoid_prime."""
    functions = {k: f for k, f in names.items() if inspect.isfunction(f)}
    return [
        (name, f, functions[other])
        for name, f in functions.items()
        for other in primes_of(name)
        if other in functions and len(_plainly(f)) == 1 == len(_plainly(functions[other]))
    ]


def _plainly(function: Function) -> list[str]:
    return needed(staticmethod(function))
