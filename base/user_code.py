"""Names for things in a user's own file: `file.py:name`, or `package.module:name`.

A file is loaded by its path under a private name, so that it hides no module; its folder and the working folder are
importable. While it is loaded, its own `layers.py` comes before ours, and never afterwards. Every fault is a
UserCodeError of one line that says where, what, and what to do.
"""

import contextlib
import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator
from inspect import unwrap
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from .own_packages import is_own
from .user_imports import fresh_spec, importable, user_files
from .user_source import source_sha256, top_level_names
from .words import did_you_mean

PRIVATE = "_layergraph_user_"  # the name under which a file is loaded begins so
_REFERENCE = re.compile(r"(?P<where>.*\.py|[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<name>[^\W\d]\w*(,[^\W\d]\w*)?)")


class UserCodeError(ValueError, ImportError):
    """Something is wrong with code that a user named."""


class Source(NamedTuple):
    """What a reference names. label: without folders; sha256: of its source; place: file or module, for any process."""

    label: str
    sha256: str
    place: str


def is_reference(text: Any) -> bool:
    """Whether a text has the form `file.py:name` or `package.module:name`, or is a file's name alone."""
    return isinstance(text, str) and (bool(_REFERENCE.fullmatch(text)) or text.endswith(".py"))


def split(reference: str) -> tuple[str, str]:
    """(file or module, name); UserCodeError where the name is missing."""
    found = _REFERENCE.fullmatch(reference)
    if found:
        return found["where"], found["name"]
    path = Path(reference).expanduser()
    known = ", ".join(name for name in top_level_names(path) if not name.startswith("_")) if path.is_file() else ""
    raise UserCodeError(
        f"{reference!r} names a file: which of its names? Write {path.name}:NAME{f'; it has {known}' if known else ''}"
    )


def find(reference: str) -> Any:
    """The object that a reference names."""
    where, name = split(reference)
    return attribute(load(where), name)


def load(where: str, *, exits: bool = False) -> ModuleType:
    """The module of that name, or the file of that path; what was loaded is loaded again where its source changed.

    exits: take a script that ends in sys.exit(main()) by what it has defined; else that is a fault.
    """
    path = path_of(where)
    if where.endswith(".py"):
        name = f"{PRIVATE}{re.sub(r'[^A-Za-z0-9]', '_', path.stem)}_{source_sha256(path, path.parent)[:16]}"
        name += f"_{abs(hash(str(path))):x}"
        if name not in sys.modules:
            with importable(path.parent, Path.cwd()), told(f"{where} cannot be loaded", path):
                _run(name, path, exits)
        return sys.modules[name]
    with importable(Path.cwd()), told(f"{where} cannot be loaded", path):
        return importlib.import_module(where)


def _run(name: str, path: Path, exits: bool) -> None:
    spec = fresh_spec(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("Python cannot load it")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        whole = all(hasattr(module, known) for known in top_level_names(path))
        if not (exits and whole and isinstance(error, SystemExit)):
            del sys.modules[name]
            raise


@contextlib.contextmanager
def told(what: str, file: Path) -> Iterator[None]:
    """Whatever happens within, an exit from Python among it, becomes a UserCodeError with the user's file and line."""
    try:
        yield
    except (KeyboardInterrupt, UserCodeError):
        raise
    except BaseException as error:
        said = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":.")
        hint = " (what runs by itself belongs under if __name__ == '__main__':)" * isinstance(error, SystemExit)
        raise UserCodeError(f"{_line(error, file)}: {what}: {said}{hint}. Mend it and try again") from None


def users_line(error: BaseException) -> str | None:
    """`file.py:line` of the user's own code in which an error was raised, or from which it came; None without any."""
    own = [one for one in traceback.extract_tb(error.__traceback__) if one.filename in user_files()]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else None


def _line(error: BaseException, file: Path) -> str:
    """`file.py:line` where it happened, as deep as the user's own files go."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).is_relative_to(file.parent) and not _is_library(one.filename)]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else file.name


def _is_library(file: str) -> bool:
    return is_own(file) or bool({"site-packages", "dist-packages"} & set(Path(file).parts))


def attribute(module: ModuleType, name: str, suffix: str = "") -> Any:
    """The attribute; UserCodeError says what the module has. Names with `suffix` may have been meant without it."""
    if not hasattr(module, name):
        known = sorted(key for key, value in vars(module).items() if callable(value) and not key.startswith("_"))
        where = Path(module.__file__ or "").name if module.__name__.startswith(PRIVATE) else module.__name__
        listed = f"it has {', '.join(known) or 'nothing'}"
        meant = [one.removesuffix(suffix) for one in known]
        raise UserCodeError(f"{where!r} has no {name!r}.{did_you_mean(name, meant)} ({listed})")
    return getattr(module, name)


def source(reference: str) -> Source:
    """Label, hash and place of a reference; nothing is run."""
    where, name = split(reference)
    path = path_of(where)
    if where.endswith(".py"):
        return Source(f"{path.name}:{name}", source_sha256(path, path.parent), str(path))
    if not path.is_file():  # of compiled code that is part of Python
        return Source(reference, hashlib.sha256(where.encode()).hexdigest(), where)
    root = path.parents[where.count(".") + (path.name == "__init__.py")]
    top = None if root == Path.cwd() else where.partition(".")[0]
    return Source(reference, source_sha256(path, root, top), where)


def source_of(function: Any) -> str | None:
    """The hash of the file that a function or class comes from; None where that is ours, or no file."""
    module = sys.modules.get(getattr(unwrap(function), "__module__", None) or "")
    path = Path(getattr(module, "__file__", None) or "").absolute()
    if path.suffix != ".py" or not path.is_file() or is_own(path):
        return None
    return source_sha256(path.resolve(), path.resolve().parent)


def within(reference: str, folder: Path) -> str:
    """A reference that stands in a file of `folder`: a relative path is looked for there first, then as it is."""
    where, name = split(reference)
    beside = folder / where
    return f"{beside}:{name}" if where.endswith(".py") and beside.is_file() else reference


def path_of(where: str) -> Path:
    """The file of a module or path; UserCodeError where there is none."""
    if where.endswith(".py"):
        path = Path(where).expanduser().resolve()
        if not path.is_file():
            near = did_you_mean(path.name, [one.name for one in path.parent.glob("*.py")])
            raise UserCodeError(f"there is no file {where}.{near} (looked for in {path.parent})")
        return path
    with importable(Path.cwd()), told(f"{where} cannot be loaded", Path.cwd() / where):
        try:
            spec = importlib.util.find_spec(where)
        except ModuleNotFoundError as error:
            if not where.startswith(f"{error.name}"):
                raise
            spec = None
    if spec is None:
        raise UserCodeError(
            f"{where!r} cannot be imported: there is no such module in {Path.cwd()}, nor among what is installed"
        )
    return Path(spec.origin).resolve() if spec.origin and Path(spec.origin).is_file() else Path.cwd() / where
