"""Models of a user's own: a class or function that `file.py:name` names, called with those of our keywords it takes."""

import inspect
from collections.abc import Mapping
from typing import Any

from base.user_checks import call, line_of, require_callable
from base.user_code import UserCodeError, find

# How courses, theses and libraries call the columns of the data and the scores of the net.
INPUTS = (
    "input_dim", "input_size", "n_in", "n_inputs", "num_inputs", "in_dim", "in_features", "n_features", "num_features",
)  # fmt: skip
OUTPUTS = (
    "num_classes", "output_size", "n_out", "n_outputs", "num_outputs", "out_dim", "output_dim", "out_features",
    "n_classes",
)  # fmt: skip
WHAT = "a model: a class or function that gives an object with params and loss(X, y)"


def own_model(reference: str, input_dim: int, num_classes: int, rng: Any, **settings: Any) -> Any:
    """The model that `reference` gives.

    rng: a seed or generator, handed over as `rng` or `seed`. It is offered input_dim, num_classes (by any name of
    INPUTS, OUTPUTS) and `settings`, and given what it names; settings under "required" must be among them.
    Raises UserCodeError for what is no such class or function, or needs an argument that nobody has.
    """
    required: Mapping[str, Any] = settings.pop("required", {})
    sizes = dict.fromkeys(INPUTS, input_dim) | dict.fromkeys(OUTPUTS, num_classes)
    offered = {**sizes, "seed": rng, "rng": rng, **settings, **required}
    made = require_callable_with(reference, offered, required)
    takes = inspect.signature(made).parameters
    if "rng" in takes:  # which says the same as seed
        del offered["seed"]
    model = call(reference, made, **{key: offered[key] for key in takes if key in offered})
    for part in ("params", "loss"):
        if not hasattr(model, part):
            raise UserCodeError(f"{line_of(reference)}: {reference} has no {part!r}: a model has params and loss(X, y)")
    return model


def require_callable_with(reference: str, offered: Mapping[str, Any], required: Mapping[str, Any]) -> Any:
    """The class or function; UserCodeError unless it takes what is required and needs nothing that is not offered."""
    made = find(reference)
    if not callable(made):
        require_callable(reference, made, (), WHAT)
    takes = inspect.signature(made).parameters
    for key in required:
        if key not in takes:
            raise UserCodeError(f"{line_of(reference)}: {key} goes with an mlp; {reference} does not take it")
    named = [p for p in takes.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    needs = [p.name for p in named if p.default is p.empty and p.name not in offered]
    if needs:
        raise UserCodeError(
            f"{line_of(reference)}: {reference} needs {', '.join(needs)}, which nobody has: give a default, or take"
            f" some of {', '.join(o for o in offered if o not in (*INPUTS[1:], *OUTPUTS[1:]))}"
            f" (or {', '.join(INPUTS[1:5])}, ...; {', '.join(OUTPUTS[1:5])}, ...)"
        )
    return made
