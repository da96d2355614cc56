"""The loss of a net whose forward gives its output: by the method that computes it, or by the one of its derivative."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from .calling import arguments_for, invoke
from .forms import is_label


def objective(thing: Any, member: Any, outs: Sequence[Array], inputs: Mapping[str, Any], name: str) -> Any:
    """loss(output, y); for a `cost_derivative(a, y)` it is 0.5 sum (a - y)^2, whose derivative that method is to be."""
    labels = next((v for n, v in inputs.items() if is_label(n)), list(inputs.values())[-1])
    if name == "cost_derivative":
        return 0.5 * np.sum((outs[0] - labels) ** 2)
    if name == "cost.fn":
        return thing.cost.fn(outs[0], labels)
    chosen = arguments_for(member, [], inputs, outs)
    result = invoke(thing, member, (), chosen)
    return result[0] if isinstance(result, (tuple, list)) and result else result
