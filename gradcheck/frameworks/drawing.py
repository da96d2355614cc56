"""The names of a framework's arguments; draws them from these, as the finder draws those of a NumPy function."""

import inspect
from collections.abc import Sequence
from functools import partial

from ..classes.undrawn import UndrawnError
from ..finder.arguments import Drawn, Parameter, find_arguments
from ..finder.trial import Make, trial
from ..subject.subject import numbered


def names_for(title: str, known: Sequence[inspect.Parameter], count: int) -> tuple[str, ...]:
    """Names for so many arguments of a function with these parameters; TypeError where it does not take as many."""
    plain = [p.name for p in known if p.kind <= p.POSITIONAL_OR_KEYWORD]
    if count > len(plain) and not any(p.kind == p.VAR_POSITIONAL for p in known):
        raise TypeError(f"{title} takes {len(plain)} arguments ({', '.join(plain)}); got {count}")
    return numbered(plain, count)


def drawn_for(name: str, parameters: Sequence[inspect.Parameter], make: Make) -> Drawn:
    """Arguments with which forward and backward run at two batch sizes; UndrawnError where none are found."""
    known = [Parameter.of(p) for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
    found = [find_arguments(kind, name, known, {}, partial(trial, make)) for kind in ("layer", "loss")]
    best = max((d for d in found if d is not None), key=lambda d: d.score, default=None)
    if best is None:
        names = ", ".join(p.name for p in known)
        raise UndrawnError(name, f"no arguments for {name}({names}) are found by their names", names)
    return best
