"""Lets a user's own `layers.py` be what the files beside it import, though a package of ours has that name.

Only while a user's file is loaded: ours are set aside meanwhile, complete, and put back afterwards.
"""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from .own_packages import OWN, is_own

FIRST = ("layers", "models", "solver", "gradcheck", "mnist")  # what of ours may be asked for before it is complete
NEVER = ("base", "cli", "layergraph")  # these do the loading


def names_taken(folder: Path) -> set[str]:
    """The names of our packages that a folder has for modules or packages of its own."""
    here = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    return set() if any(is_own(folder / name) for name in OWN) else here & set(OWN) - set(NEVER)


def complete(names: set[str]) -> None:
    """Load ours while the names are still ours, if any of them is to be set aside."""
    for name in FIRST if names else ():
        importlib.import_module(name)


@contextlib.contextmanager
def set_aside(names: set[str]) -> Iterator[None]:
    """Within it `names` are nowhere loaded; afterwards ours are what they were. What the user's files hold stays."""
    if not names:
        yield
        return
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in names}
    for name in ours:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in names]:
            del sys.modules[name]
        sys.modules.update(ours)
