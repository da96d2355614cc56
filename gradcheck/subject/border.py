"""The border to the user's code: how it is called, and which arrays may be handed to it.

A function that ends the program (`sys.exit`, `quit`) would end the check as well, without a word and with exit code 0:
such an end is an error like any other, and becomes a finding. `os._exit` cannot be stopped from within a process.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..options import UsageError


class EndsTheProgramError(RuntimeError):
    """The code under test raised what is meant to end the program: SystemExit, GeneratorExit or one of its own."""


def call(function: Callable[..., Any], *args: Any) -> Any:
    """function(*args); whatever it raises is an Exception, but for the KeyboardInterrupt of somebody at the keys."""
    try:
        return function(*args)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        code = f"({error.code!r})" if isinstance(error, SystemExit) else f"({error})"
        told = f"{type(error).__name__}{code}, which would end the program and this check with it"
        raise EndsTheProgramError(told).with_traceback(error.__traceback__) from None


def require_checkable(arguments: Iterable[tuple[str, Any]], *, everything: bool) -> None:
    """UsageError for arrays without a single element, and TypeError for those that are more than an array.

    everything: also arrays of integers must hold something, since they are the rows of a net.
    """
    for name, value in arguments:
        name = name.lstrip("#")
        if isinstance(value, np.matrix):
            raise TypeError(
                f"{name} is a np.matrix of shape {value.shape}: its products are not those of arrays, nor are its"
                f" shapes. Pass np.asarray({name})"
            )
        if isinstance(value, np.ma.MaskedArray):
            hidden = int(np.ma.getmaskarray(value).sum())
            raise TypeError(
                f"{name} is a masked array with {hidden} masked values, which have no derivative."
                f" Pass {name}.filled(0), or only the rows without them"
            )
        if isinstance(value, np.ndarray) and not value.size and (everything or value.dtype.kind in "fc"):
            raise UsageError(
                f"{name} is empty, its shape is {value.shape}: there is nothing to compare. Pass at least one row"
                " (three or more show more)"
            )
