"""What is asked of a thing that a user named: that it can be called as it will be, with the line where it stands."""

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

from .user_code import UserCodeError, path_of, split, told
from .user_source import top_level_names


def require_callable(reference: str, found: Any, arguments: Iterable[str], what: str) -> Callable[..., Any]:
    """The function that a reference named; UserCodeError unless it can be called with these arguments."""
    if not callable(found):
        raise UserCodeError(f"{line_of(reference)}: {reference} is {found!r:.60}; expected {what}")
    function: Callable[..., Any] = found
    try:
        takes = signature(function)
    except (TypeError, ValueError):  # of compiled code, say
        return function
    try:
        takes.bind(*arguments)
    except TypeError:
        raise UserCodeError(f"{line_of(reference)}: {reference} takes {takes}; expected {what}") from None
    return function


def line_of(reference: str) -> str:
    """`file.py:line` of the name, or the file alone."""
    where, name = split(reference)
    path = path_of(where)
    line = top_level_names(path).get(name)
    return path.name if line is None else f"{path.name}:{line}"


def call(reference: str, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """Call a user's function for a trial; what it raises becomes a UserCodeError with file and line."""
    where, _ = split(reference)
    with told(f"a trial call of {reference} failed", path_of(where)):
        return function(*args, **keywords)
