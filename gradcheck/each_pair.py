"""`@each_pair(FILE)`: a pytest test for every pair, loss and class of a file, each under its own name."""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from .finder.find import find_some

Test = TypeVar("Test", bound=Callable[..., Any])


def each_pair(target: str | Path | ModuleType) -> Callable[[Test], Test]:
    """Parametrise a test over what is found in a file, folder, notebook or module; ids are the names found.

        @gradcheck.each_pair("my_layers.py")
        def test_gradients(pair):
            gradcheck.assert_gradients(pair)

    A relative path is looked for beside the test's own file, then in the working folder. The first parameter of the
    test, of whatever name, gets the pair (`.name`, `.where`, `.check(**options)`); fixtures may follow. In a class all
    tests take `pair`. A pair whose arguments cannot be drawn fails with the line to write. Raises ValueError where
    nothing is found, and what loading the file raises: pytest shows both as errors of collection.
    """

    def decorate(test: Test) -> Test:
        try:
            import pytest
        except ImportError:
            raise ImportError("each_pair makes pytest tests: pip install pytest") from None
        where = _beside(target, test) if isinstance(target, str | Path) else target
        pairs = [pytest.param(subject, id=subject.name) for subject in find_some(where)]
        decorated: Test = pytest.mark.parametrize(_first_parameter(test), pairs)(test)
        return decorated

    return decorate


def _beside(target: str | Path, test: Callable[..., Any]) -> Path:
    """The path beside the test's file, if there is one, else as it is given."""
    path = Path(target).expanduser()
    own = getattr(sys.modules.get(test.__module__), "__file__", None)
    beside = Path(own).parent / path if own else path
    return beside if beside.exists() else path


def _first_parameter(test: Callable[..., Any]) -> str:
    if isinstance(test, type):
        return "pair"
    names = [name for name in inspect.signature(test).parameters if name not in ("self", "cls")]
    if not names:
        raise TypeError(f"{getattr(test, '__name__', 'the test')} takes no parameter; expected one for the pair")
    return names[0]
