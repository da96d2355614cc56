"""Draws the arguments of a function from the names in its signature: candidate layouts, in order, until one runs.

A candidate is taken where the forward runs and the backward answers with gradients of the right shapes on two batch
sizes; where none does, the first on which the backward runs, then the first on which the forward does (the fault is
then in the function, and the check names it).
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..classes.sizes import NOTHING, number_of
from .scheme import ROLES, Scheme
from .schemes import ordered
from .specs import draw

Arguments = Callable[[np.random.Generator, int], tuple[Any, ...]]
BEST = 3.0


class Parameter(NamedTuple):
    """A parameter to fill: `default` is NOTHING where it has none."""

    name: str
    default: Any = NOTHING

    @classmethod
    def of(cls, one: inspect.Parameter) -> "Parameter":
        """What a signature says of it."""
        return cls(one.name, NOTHING if one.default is one.empty else one.default)


class Drawn(NamedTuple):
    """arguments(rng, n); words: what they are, 'x (5, 4), w (4, 3)'; score: how far a trial came, 0 to 3."""

    arguments: Arguments
    names: tuple[str, ...]
    words: str
    score: float


def _settings(**values: Any) -> Callable[[np.random.Generator, int], dict[str, Any]]:
    return lambda rng, n: dict(values)


_HYPER = {"stride": 2, "pad": 1, "f": 2}
_COMMON: list[tuple[str, list[Any]]] = [
    (r"dropout_?params?|drop_?param", [_settings(mode="train", p=0.6, seed=7)]),
    (r"(bn|ln|gn|in|sbn|norm|batchnorm)_?params?", [_settings(mode="train")]),
    (r"conv_?params?", [_settings(stride=2, pad=1), _settings(stride=1, pad=1)]),
    (r"pool_?params?", [_settings(pool_height=2, pool_width=2, stride=2)]),
    (r"h(yper)?_?param(eter)?s?", [_settings(**_HYPER), _settings(**{**_HYPER, "pad": 0})]),
    (r"g|num_?groups|groups?", [lambda rng, n: 2]),
    (r"strides?|s", [lambda rng, n: 2, lambda rng, n: 1]),
    (r"pad(ding)?", [lambda rng, n: 1]),
    (r"f|pool_?(size|h|w|height|width)|(kernel|filter)_?size|size|hh|ww", [lambda rng, n: 2]),
    (r"keep_?prob|keep", [lambda rng, n: 0.7]),
    (r"mode|phase", [lambda rng, n: "train", lambda rng, n: "max"]),
    (r"(is_?)?train(ing)?|train_?flg", [lambda rng, n: True]),
    (r"reg(_?(strength|lambda))?|lambd?a?_?|lmbda|l2(_?reg)?|weight_?decay|lamda|regularization", [lambda rng, n: 0.1]),
    (r"layers?_?dims|sizes|dimensions|layer_?sizes|dims", [lambda rng, n: [4, 6, 3], lambda rng, n: [4, 6, 1]]),
    (r"num_?classes|n_?classes|classes", [lambda rng, n: 3]),
    (r"vocab(_?size)?", [lambda rng, n: 9]),
    (r"n_?heads?|num_?heads?", [lambda rng, n: 2]),
    (r"ignore_?index|null_?idx", [lambda rng, n: -100]),
    (r"axis|dim", [lambda rng, n: 1, lambda rng, n: -1, lambda rng, n: 0]),
    (r"m|n|batch_?size", [lambda rng, n: n]),
]  # fmt: skip
_ASKED = re.compile(r"reg|lam|l2|decay|keep_?prob", re.IGNORECASE)  # defaults of 0 or 1 would hide a part


def _common(name: str) -> list[Any]:
    low = name.lower().strip("_")
    for pattern, values in _COMMON:
        if re.fullmatch(pattern, low):
            return values
    value = number_of(name)
    return [] if value is NOTHING else [lambda rng, n: value]


def wanted(parameters: Sequence[Parameter], fixed: Mapping[str, Any]) -> list[Parameter]:
    """The parameters that are handed over: those without a default, and up to the last that a check should set."""
    last = -1
    for k, one in enumerate(parameters):
        if one.default is NOTHING or one.name in fixed or (_ASKED.match(one.name) and not callable(one.default)):
            last = k
    return list(parameters[: last + 1])


def candidates(
    kind: str, function: str, parameters: Sequence[Parameter], fixed: Mapping[str, Any], own: Sequence[Scheme] = ()
) -> Iterator[tuple[tuple[str, ...], Arguments]]:
    """(names, arguments) in the order in which they are tried. fixed: values that some parameters have; own: schemes
    that the file itself gives, which come first."""
    chosen = wanted(parameters, fixed)
    names = tuple(p.name for p in chosen)
    seen = set()
    for scheme in [*own, *ordered(kind, function)]:
        for specs in _filled(scheme, chosen, fixed):
            key = repr([specs[n] for n in names])
            if key not in seen:
                seen.add(key)
                yield names, _arguments([specs[n] for n in names])


def _arguments(specs: list[Any]) -> Arguments:
    return lambda rng, n: tuple(draw(spec, rng, n) for spec in specs)


def _constant(value: Any) -> Callable[[np.random.Generator, int], Any]:
    return lambda rng, n: value


def _filled(scheme: Scheme, chosen: Sequence[Parameter], fixed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A spec for every parameter: the scheme's, else what courses mean by the name; nothing where one has none."""
    specs: dict[str, Any] = {}
    open_, several = [], []
    for one in chosen:
        if one.name in fixed:
            specs[one.name] = _constant(fixed[one.name])
        elif one.default is not NOTHING:
            specs[one.name] = _common(one.name)[0] if _ASKED.match(one.name) else _constant(one.default)
        elif not _keys(scheme, one.name) and (values := _common(one.name)):
            several.append((one.name, values))
        else:
            open_.append(one.name)
    matched = _match(open_, scheme)
    if matched is None or (scheme.table and open_ == []):
        return
    for k in range(max([len(values) for _, values in several], default=1)):
        yield {**specs, **matched, **{name: values[min(k, len(values) - 1)] for name, values in several}}


def _keys(scheme: Scheme, name: str) -> list[str]:
    """The entries of a scheme that a parameter may take: its own name first, then the roles that it may have."""
    low = name.lower().strip("_")
    exact = [low] if low in scheme.table else []
    roles = [role for role, pattern in ROLES.items() if role in scheme.table and re.fullmatch(pattern, low)]
    return exact + [role for role in roles if role not in exact]


def _match(names: Sequence[str], scheme: Scheme, taken: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """A different entry for each name, None where there is no such assignment."""
    if not names:
        return {}
    for key in _keys(scheme, names[0]):
        if key not in taken:
            rest = _match(names[1:], scheme, taken | {key})
            if rest is not None:
                return {names[0]: scheme.table[key], **rest}
    return None


def find_arguments(
    kind: str,
    function: str,
    parameters: Sequence[Parameter],
    fixed: Mapping[str, Any],
    trial: Callable[[tuple[str, ...], Arguments], float],
    own: Sequence[Scheme] = (),
) -> Drawn | None:
    """The first candidate that gets the best score in a trial; None where not even the function itself runs."""
    best: Drawn | None = None
    for names, arguments in candidates(kind, function, parameters, fixed, own):
        score = trial(names, arguments)
        if score > (best.score if best else 0):
            best = Drawn(arguments, names, in_words(names, arguments), score)
        if score == BEST:
            break
    return best


def in_words(names: Sequence[str], arguments: Arguments) -> str:
    """'x (5, 4), w (4, 3), activation relu': the arguments of a batch of 5."""
    values = arguments(np.random.default_rng(0), 5)
    return ", ".join(f"{name} {_word(value)}" for name, value in zip(names, values, strict=True))


def _word(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.shape}" + (f" {value.dtype}" if value.dtype != np.float64 else "")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_word(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_word(v) for v in value) + "]"
    return str(value)
