"""What is asked of a thing that a user named: that it can be called as it will be, with the line where it stands."""

import re
from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

from .user_code import UserCodeError, path_of, split, told
from .user_source import source_files, top_level_names
from .words import did_you_mean


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
    line = top_level_names(path).get(name.partition(",")[0])
    return path.name if line is None else f"{path.name}:{line}"


def call(reference: str, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """Call a user's function; what it raises becomes a UserCodeError with file and line."""
    where, _ = split(reference)
    with told(f"a call of {reference} failed", path_of(where)):
        return function(*args, **keywords)


def unnamed(reference: str, settings: Iterable[str], known: Iterable[str]) -> list[str]:
    """One sentence for each setting that the code of a reference never names, nor `known`: nobody may read it."""
    path = path_of(split(reference)[0])
    text = "\n".join(one.read_text(encoding="utf-8", errors="replace") for one in source_files(path, path.parent))
    words, ours = set(re.findall(r"\w+", text)), set(known)
    config = set(re.findall(r"""["'](\w+)["']""", text)) | ours
    return [
        f"{reference} nowhere names the setting {name!r}, so that nobody may read it.{did_you_mean(name, config)}"
        for name in settings
        if name not in words and name not in ours
    ]
