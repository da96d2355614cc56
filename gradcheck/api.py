"""The entry points: check a layer, a loss, a net, a model, or the whole suite of registered layers.

Usage errors are clear exceptions; whatever the functions under test do ends in a Report.
"""

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from layers.registry import Layer, get, registered

from .entry import OBSERVERS as OBSERVERS, arguments_of, run_check, wrt_of
from .options import options_from
from .report.report import Report, Suite
from .subject.adapters import LayerSubject, LossSubject, ModelSubject, NetSubject, accepts_reg
from .subject.arguments import drawn
from .subject.arrays import is_float
from .subject.border import call, require_checkable
from .subject.gradients import flatten
from .subject.probes import Inputs

Function = Callable[..., Any]


def layer(
    forward: Function | str | Layer,
    backward: Function | None = None,
    *args: Any,
    names: Sequence[str] | None = None,
    inputs: Inputs | None = None,
    wrt: Sequence[str] | str | None = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Report:
    """Check `backward` against the numeric derivative of `forward`, and name what is wrong.

    forward(*args) -> (out, cache), backward(dout, cache) -> gradients in the order of the inputs (tuple, list, dict or
    one array). Every float array among `args` is differentiated (or those named in `wrt`), all else is passed through.
    `inputs(rng, n)` draws arguments afresh for every probe instead. `forward` may be a registered name or a Layer,
    which brings its own backward, inputs and names; `settings` are keywords for its forward.

    Options: probes=2, mode='auto'|'full'|'fast', dout=None|'random'|array, kinks='convention'|'interval'|'skip',
    structure=None|'elementwise'|'rows'|'affine', second_opinion='complex'|None, dtype_tol=None, repair=True, seed=0.
    Raises TypeError or ValueError for arguments that make no check; faults of the functions become findings.
    """
    structure = options.pop("structure", None)
    if isinstance(forward, (str, Layer)):
        entry = get(forward) if isinstance(forward, str) else forward
        if entry.kind == "loss":
            return loss(
                partial(entry.forward, **(settings or {})),
                *args,
                names=names,
                inputs=inputs or (None if args else entry.inputs),
                wrt=wrt,
                **{"label": entry.name, **options},
            )
        settings = {**entry.needed, **(settings or {})}
        names, structure = names or entry.args, structure or entry.structure
        inputs = inputs or (None if args or backward is not None else entry.inputs)
        args = (backward, *args) if backward is not None else args
        forward, backward, options = (
            partial(entry.forward, **settings),
            entry.backward,
            {"label": entry.name, **options},
        )
    elif settings:
        forward = partial(forward, **settings)
    if not callable(forward) or not (backward is None or callable(backward)):
        raise TypeError(
            f"layer takes two functions; got forward={type(forward).__name__}, backward={type(backward).__name__}"
        )
    label = options.pop("label", None)
    chosen = options_from(options, structure=structure)
    args, names = arguments_of(forward, args, inputs, names, chosen.seed)
    subject = LayerSubject(forward, backward, names, wrt_of(wrt, names))
    return run_check(subject, args, inputs, chosen, label)


def loss(
    function: Function | str | Layer,
    *args: Any,
    names: Sequence[str] | None = None,
    inputs: Inputs | None = None,
    wrt: Sequence[str] | str | None = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Report:
    """Check a loss: function(x, *rest) -> (loss, dx). Further gradients may follow dx, in the order of the arguments.

    Only x is differentiated, and those arguments for which a gradient is returned. Options and errors as for `layer`.
    """
    if isinstance(function, (str, Layer)):
        entry = get(function) if isinstance(function, str) else function
        return layer(entry, None, *args, names=names, inputs=inputs, wrt=wrt, settings=settings, **options)
    if not callable(function):
        raise TypeError(f"loss takes a function; got {type(function).__name__}")
    function = partial(function, **settings) if settings else function
    label = options.pop("label", None)
    chosen = options_from(options)
    args, names = arguments_of(function, args, inputs, names, chosen.seed)
    return run_check(LossSubject(function, names, wrt_of(wrt, names)), args, inputs, chosen, label)


def net(
    loss_fn: Function,
    params: Mapping[str, Any] | None = None,
    *rest: Any,
    reg: float | None = None,
    inputs: Inputs | None = None,
    **options: Any,
) -> Report:
    """Check loss_fn(params, X, y, reg) -> (loss, grads), a dict in and a dict out; data and penalty are checked apart.

    `reg` is passed on where loss_fn takes it. params may be nested (dicts and lists of arrays). `inputs(rng, n)` draws
    (params, X, y) or (params, X, y, reg) afresh for every probe. Options and errors as for `layer`.
    """
    if not callable(loss_fn):
        raise TypeError(f"net takes a function loss_fn(params, X, y, reg); got {type(loss_fn).__name__}")
    label = options.pop("label", None)
    chosen = options_from(options)
    args: tuple[Any, ...] = (params, *rest)
    if params is None:
        if inputs is None:
            raise TypeError("net needs params, X and y, or inputs=")
        args = drawn(inputs, [chosen.seed, 0])
    if reg is None and len(args) == 4 and isinstance(args[-1], (int, float)):
        reg, args = float(args[-1]), args[:-1]
    tree, data = args[0], args[1:]
    if not any(is_float(v) for v in flatten(tree).values()):
        raise TypeError(f"params holds no float array; it is {type(tree).__name__} with {list(flatten(tree))[:5]}")
    takes_reg = reg is not None and accepts_reg(loss_fn, len(data))
    subject = NetSubject(loss_fn, tree, data, reg, takes_reg)

    def flat(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
        tree, *data = drawn(inputs, rng, n)
        return (*flatten(tree).values(), *data[: len(subject.data_names)])

    return run_check(subject, (*flatten(tree).values(), *data), None if params is not None else flat, chosen, label)


def model(model: Any, X: Any, y: Any, **options: Any) -> Report:
    """Check an object with `params` (a dict of arrays) and loss(X, y) -> (loss, grads). Works on a copy."""
    if not isinstance(getattr(model, "params", None), Mapping) or not callable(getattr(model, "loss", None)):
        raise TypeError(f"model needs params (a dict of arrays) and loss(X, y); {type(model).__name__} lacks them")
    if not any(is_float(np.asarray(v)) for v in model.params.values()):
        raise TypeError(
            f"params of {type(model).__name__} holds no float array; it has {list(model.params) or 'nothing'}"
        )
    try:
        work = call(copy.deepcopy, model)
    except Exception as error:
        raise TypeError(
            f"{type(model).__name__} cannot be copied ({error}); the check must not touch the original"
        ) from error
    require_checkable([*work.params.items(), ("X", X), ("y", y)], everything=True)  # before np.array makes them plain
    label = options.pop("label", None)
    subject = ModelSubject(work, np.array(X), np.array(y))
    values = tuple(np.array(v) for v in work.params.values())
    return run_check(subject, (*values, np.array(X), np.array(y)), None, options_from(options), label)


def suite(
    layers: Sequence[str] | None = None,
    seeds: int = 3,
    *,
    models: Mapping[str, tuple[Any, Any, Any]] | None = None,
    seed: int = 0,
    **options: Any,
) -> Suite:
    """Check every registered layer and loss (or those named) with all its settings; `models`: name -> (model, X, y)."""
    if seeds < 1:
        raise ValueError(f"seeds is {seeds}; expected 1 or more: with none, nothing would be checked")
    start, reports = time.perf_counter(), []
    entries = registered() if layers is None else {name: get(name) for name in layers}
    for name, entry in entries.items():
        for settings in entry.settings:
            for k in range(seeds):
                label = name + "".join(f" {key}={value}" for key, value in settings.items())
                reports.append(layer(entry, settings=settings, seed=seed + k, label=label, **options))
    for name, (net_, X, y) in (models or {}).items():
        reports.append(model(net_, X, y, label=name, seed=seed, **options))
    return Suite(reports, time.perf_counter() - start)
