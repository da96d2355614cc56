"""Makes an object of a class whose constructor asks for sizes, rates, flags or weights, from the parameters' names."""

import inspect
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..subject.border import call
from .signatures import primes_of
from .sizes import CHANNELS, INPUT, NOTHING, SIDE, is_penalty, number_of, size_of, weights_for
from .undrawn import UndrawnError

_AMBIGUOUS = ("w", "b", "u", "bias", "filters", "kernel", "weights")


class Step:
    """An optimizer that takes a step of size 1 along the gradient: what a layer that updates itself is given."""

    lr = learning_rate = 1.0

    def update(self, w: Any, grad: Any) -> Any:
        """w - grad."""
        return w - grad


def construct(cls: type, rng: np.random.Generator) -> Any:
    """An object of the class; UndrawnError where a parameter is unknown or the constructor refuses what it got."""
    known = _parameters(cls)
    required = [p for p in known if p.default is p.empty]
    unknown = [p.name for p in required if _value(cls, p, rng) is NOTHING]
    example = f"{cls.__name__}({', '.join(p.name for p in required)}), x"
    if unknown:
        raise UndrawnError(cls.__name__, f"{cls.__name__} needs {', '.join(unknown)}, which cannot be drawn", example)
    optional = {p.name: v for p in known if p.default is not p.empty if (v := _better(p, rng)) is not NOTHING}
    first: Exception | None = None
    legacy: Any = np.random  # the stream from which such constructors draw their weights
    old = legacy.get_state()
    try:
        for attempt in range(3):
            given = {p.name: _value(cls, p, rng, attempt) for p in required}
            try:
                legacy.seed(0)
                return _initialized(call(partial(cls, **given, **(optional if attempt == 0 else {}))))
            except Exception as error:
                first = first or error
    finally:
        legacy.set_state(old)
    told = f"{cls.__name__}({', '.join(p.name for p in required)}) cannot be made of drawn arguments: {first}"
    raise UndrawnError(cls.__name__, told, example) from first


def with_object(cls: type, args: Sequence[Any], thing: Any = None) -> tuple[Any, tuple[Any, ...]]:
    """(object, arguments) of what `inputs` drew: where it left the object out, the given one, or a constructed one."""
    if args and isinstance(args[0], cls):
        return args[0], tuple(args[1:])
    return (thing if isinstance(thing, cls) else construct(cls, np.random.default_rng(0))), tuple(args)


BUILDERS = (
    "initialize",
    "init_weights",
    "initialize_weights",
    "init_params",
    "initialize_parameters",
    "setup",
    "build",
)


def _initialized(thing: Any) -> Any:
    """Layers that wait for an optimizer, or for a call that makes their weights, get it."""
    for method in (getattr(thing, name, None) for name in BUILDERS):
        if not callable(method) or _arrays(thing):
            continue
        wanted = [p.name for p in inspect.signature(method).parameters.values() if p.default is p.empty]
        drawn = {n: Step() if "optim" in n else (INPUT,) if n.endswith("shape") else size_of(n) for n in wanted}
        if NOTHING not in drawn.values():
            call(partial(method, **drawn))
    return thing


def _arrays(thing: Any) -> bool:
    held = [v for v in vars(thing).values() if isinstance(v, (np.ndarray, dict, list))]
    return any(v.size if isinstance(v, np.ndarray) else v for v in held)


def _parameters(cls: type) -> list[inspect.Parameter]:
    if inspect.getattr_static(cls, "__init__") is object.__init__:
        return []
    try:
        known = list(inspect.signature(cls).parameters.values())
    except (TypeError, ValueError):
        return []
    return [p for p in known if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _better(p: inspect.Parameter, rng: np.random.Generator) -> Any:
    """What replaces a default: seeds, generators, and sizes, whose defaults (784) are larger than a check needs."""
    if p.name in ("rng", "random_state", "generator") and p.default is None:
        return np.random.default_rng(0)
    if p.name == "seed":
        return 0
    if p.default is None and p.name in ("input_shape", "in_shape"):
        return (INPUT,)
    if p.default is None and p.name in ("input_dim", "input_size", "in_features", "n_inputs"):
        return INPUT
    small = size_of(p.name)
    if isinstance(p.default, int) and isinstance(small, int) and p.default > 20:
        return small
    if is_penalty(p.name, p.default):
        return 0.1
    if isinstance(p.default, float) and p.default < 0.1 and p.name in ("weight_scale", "weight_init_std", "std"):
        return 0.5
    return NOTHING


def _tanh_prime(z: Any) -> Any:
    return 1 - np.tanh(z) ** 2


def _functions(cls: type) -> dict[str, Any]:
    """name -> function for a constructor that takes an activation and its derivative."""
    names = list(inspect.signature(cls).parameters)
    for name in names:
        prime = next((p for p in primes_of(name) if p in names), None)
        if prime is not None:
            return {name: np.tanh, prime: _tanh_prime}
    return {}


def _value(cls: type, p: inspect.Parameter, rng: np.random.Generator, attempt: int = 0) -> Any:
    arrays = weights_for(cls.__name__)
    name, word = p.name.lower().strip("_"), cls.__name__.lower()
    number, size = number_of(p.name), size_of(p.name)
    if p.name in (pair := _functions(cls)):
        return pair[p.name]
    if name == "optimizer":
        return Step()
    if name in ("rng", "generator"):
        return np.random.default_rng(0)
    if name in ("input_shape", "input_size", "in_shape", "x_shape", "shape", "input_dim") and (
        "conv" in word or "shape" in name
    ):
        image = (CHANNELS, SIDE, SIDE)
        return ((image, image[::-1], image[1:]) if "conv" in word else ((INPUT,), image, image[1:]))[attempt]
    if name == "beta" and "gamma" not in inspect.signature(cls).parameters:
        return 0.3
    if p.name in ("W", "b", "weights") or (name in arrays and name not in _AMBIGUOUS):
        shape = arrays[name]
        shape = shape[::-1] if attempt == 1 else shape
        shape = (shape[0], 1) if attempt == 2 and len(shape) == 1 else shape
        return 0.5 * rng.standard_normal(shape)
    if p.annotation is bool or name.startswith(("is_", "use_")):
        return False
    if isinstance(size, list):
        return list(size)
    if size is not NOTHING and p.annotation is not float:
        return size
    if number is not NOTHING:
        return number
    if name in arrays:
        return 0.5 * rng.standard_normal(arrays[name])
    return NOTHING
