"""Where a function was written, so that the same cell or file, run again, may renew what it registered."""

from collections.abc import Callable
from typing import Any


def same_place(one: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Whether two functions have one name in one module, or in one file, whatever the module was called on loading."""
    return _name(one) == _name(other) and (one.__module__ == other.__module__ or _file(one) == _file(other) is not None)


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def _file(function: Callable[..., Any]) -> str | None:
    code = getattr(function, "__code__", None)
    return None if code is None else str(code.co_filename)
