"""Makes the folder of a user's file importable without letting anything in it hide a package of ours or of Python.

Code is always compiled from the source as it is now: bytecode that Python keeps is judged by seconds and by size, and a
file that was changed within the second, digit for digit, would run as it was.
"""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

from .own_packages import OWN
from .users_own import complete, names_taken, set_aside


class Fresh(SourceFileLoader):
    """Loads from the source alone, never from bytecode, and remembers what it read."""

    read: bytes = b""

    def path_stats(self, path: Any) -> Any:
        """None to be had: so bytecode is neither read nor written."""
        raise OSError

    def get_data(self, path: Any) -> bytes:
        """The source."""
        self.read = super().get_data(path)
        return self.read

    @property
    def stale(self) -> bool:
        """Whether the file is no longer as it was read."""
        try:
            return Path(self.path).read_bytes() != self.read
        except OSError:
            return True


def fresh_spec(name: str, path: Path, **how: Any) -> ModuleSpec | None:
    """The spec of a module that `Fresh` loads from a file."""
    return spec_from_file_location(name, path, loader=Fresh(name, str(path)), **how)


def is_foreign(name: str, taken: Iterable[str] = ()) -> bool:
    """Whether a module of that name may be a user's: it is neither ours (unless it is `taken`) nor Python's."""
    top = name.partition(".")[0]
    return top in taken or (top not in OWN and top not in sys.stdlib_module_names)


class Beside(MetaPathFinder):
    """Finds the modules that lie in one folder, and those within packages there."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.taken: set[str] = set()  # names of ours that are this folder's while a file of it is loaded

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """The spec of a user's module, or None where the folder has none that it may give."""
        if not is_foreign(name, self.taken):
            return None
        last = name.rpartition(".")[2]
        folders = [self.folder] if path is None else [Path(one) for one in path]
        for folder in folders:
            if path is not None and not folder.is_relative_to(self.folder):
                continue
            whole, single = folder / last / "__init__.py", folder / f"{last}.py"
            if whole.is_file():
                return fresh_spec(name, whole, submodule_search_locations=[str(whole.parent)])
            if single.is_file():
                return fresh_spec(name, single)
            if any(whole.parent.glob("*.py")) and PathFinder.find_spec(name, path) is None:
                spec = ModuleSpec(name, None, is_package=True)
                spec.submodule_search_locations = [str(whole.parent)]
                return spec
        return None


@contextlib.contextmanager
def importable(folder: Path, working: Path | None = None) -> Iterator[None]:
    """Within it the modules of `folder` come first, afterwards last, for imports within functions that run later.

    Those of the `working` folder come last at any time. A name of ours that the folder has for a module of its own is
    the folder's within. Modules of other users' folders are forgotten at the start, for two folders may hold one name,
    and those of this one where a file has changed; what was loaded now and would hide an installed package is forgotten
    at the end.
    """
    folder = folder.resolve()
    folders = [folder] if working is None or working.resolve() == folder else [folder, working.resolve()]
    loaded = _fresh_modules()
    here = {name: loader for name, loader in loaded.items() if _is_of(folders, name, Path(loader.path).resolve())}
    if not any(loader.stale for loader in here.values()):
        loaded = {name: loader for name, loader in loaded.items() if name not in here}
    _forget(loaded)
    finders = [Beside(one) for one in folders]
    taken = set().union(*(names_taken(one) for one in folders))
    complete(taken)
    for finder in finders:
        finder.taken = names_taken(finder.folder)
    sys.meta_path[:] = [finders[0], *sys.meta_path, *finders[1:]]
    if taken:  # else Python would find ours first
        sys.meta_path[:] = [*finders, *(one for one in sys.meta_path if one not in finders)]
    try:
        with set_aside(taken):
            yield
    finally:
        others = [one for one in sys.meta_path if not (isinstance(one, Beside) and one.folder in folders)]
        sys.meta_path[:] = [*others, *finders]
        for finder in finders:
            finder.taken = set()
        tops = {name: name.partition(".")[0] for name in _fresh_modules()}
        hiding = {top for top in set(tops.values()) if _installed(top, folder)}
        _forget([name for name, top in tops.items() if top in hiding])


def _is_of(folders: list[Path], name: str, path: Path) -> bool:
    """Whether a module is the one of its name that would be found first in these folders."""
    root, top = path.parents[name.count(".") + (path.name == "__init__.py")], name.partition(".")[0]
    having = [folder for folder in folders if (folder / f"{top}.py").is_file() or (folder / top).is_dir()]
    return having[:1] == [root]


def _installed(top: str, folder: Path) -> bool:
    """Whether Python itself would find a module of that name in another folder."""
    spec = PathFinder.find_spec(top)
    return spec is not None and spec.origin is not None and not Path(spec.origin).resolve().is_relative_to(folder)


def user_files() -> set[str]:
    """The files of all users' modules that are loaded."""
    loaders = [getattr(getattr(module, "__spec__", None), "loader", None) for module in list(sys.modules.values())]
    return {str(loader.path) for loader in loaders if isinstance(loader, Fresh)}


def _fresh_modules() -> dict[str, Fresh]:
    """Name -> loader of the modules that came from a user's folder under names of their own."""
    found = {}
    for name, module in list(sys.modules.items()):
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        if isinstance(loader, Fresh) and not name.startswith("_layergraph"):
            found[name] = loader
    return found


def _forget(names: Iterable[str]) -> None:
    for name in list(names):
        sys.modules.pop(name, None)
