"""The files of written steps, and their compiled form beside them: found again by what they were made from.

The name of a file holds a hash of its text and of everything else that the machine code depends on, and the text is
compared before it is loaded: what another version wrote is never run. LAYERGRAPH_CACHE names another folder.
"""

import functools
import hashlib
import importlib.util
import os
import platform
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from . import products


def folder() -> Path:
    """Where compiled steps are kept: `steps` in LAYERGRAPH_CACHE, else in layergraph's folder of XDG_CACHE_HOME."""
    chosen = os.environ.get("LAYERGRAPH_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "layergraph"
    return (Path(chosen) if chosen else base) / "steps"


@functools.cache
def load(source: str) -> Callable[..., int]:
    """The compiled function `steps` of a written step; the same text is loaded once in a process.

    Two processes that compile the same step at once each write whole files. Where the folder cannot be written, a
    warning is given, once, and the step is compiled for this process alone.
    """
    name = f"step_{_digest(source)}"
    path = folder() / f"{name}.py"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (path.is_file() and path.read_text(encoding="utf-8") == source):
            _write(path, source)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(f"{path.parent} is read-only")
    except (OSError, UnicodeDecodeError) as error:
        _warn(folder(), str(error))
        path = Path(_private_folder()) / path.name
        _write(path, source)
    function: Callable[..., int] = _import(name, path).steps
    return function


def _write(path: Path, source: str) -> None:
    """Whole, under a name of its own first: two processes may write the same step at once."""
    handle, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".unfinished")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(source)
    Path(unfinished).replace(path)


def _digest(source: str) -> str:
    """Of the text, the functions that it imports, and the versions that shape its machine code."""
    import llvmlite
    import numba

    parts = (
        source, Path(products.__file__).read_text(encoding="utf-8"), platform.python_version(), np.__version__,
        numba.__version__, llvmlite.__version__, platform.machine(),
    )  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


@functools.cache
def _warn(place: Path, error: str) -> None:
    warnings.warn(
        f"compiled steps cannot be kept in {place} ({error}): this process compiles its own. Set LAYERGRAPH_CACHE to a"
        " folder that can be written.",
        UserWarning,
        stacklevel=2,
    )


@functools.cache
def _private_folder() -> str:
    place = tempfile.TemporaryDirectory(prefix="layergraph-")
    _KEPT.append(place)
    return place.name


_KEPT: list[Any] = []  # removed when the process ends


def _import(name: str, path: Path) -> ModuleType:
    """The module at `path`, under a private name."""
    spec = importlib.util.spec_from_file_location(f"_layergraph_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Numba looks its functions up there
    spec.loader.exec_module(module)
    return module
