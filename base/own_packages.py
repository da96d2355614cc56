"""Packages that are imported: ours must be our own, and a library that may be missing says what to install."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

OWN = ("base", "layers", "models", "solver", "gradcheck", "mnist", "bench", "plots", "cli", "layergraph")


def require_own(package_file: str, *siblings: str) -> None:
    """ImportError, naming the other file, unless each of `siblings` lies beside the package with that `__file__`."""
    root = Path(package_file).resolve().parent.parent
    for name in siblings:
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found is None or found.parent.parent != root:
            raise ImportError(
                f"{Path(package_file).parent.name} needs layergraph's own package {name!r}, but {found or 'nothing'} "
                f"comes first on the path: rename that file, or run from another folder"
            )


def is_own(path: str | Path) -> bool:
    """Whether a file lies in one of our packages; the folder that holds them all does not."""
    house, path = Path(__file__).resolve().parent.parent, Path(path).resolve()
    return path.is_relative_to(house) and any(part in OWN for part in path.relative_to(house).parts[:1])


def optional(module: str, need: str) -> Any:
    """A module of a library that may be missing: then ImportError(need), as "this needs y: pip install y"."""
    try:
        importlib.import_module(module.partition(".")[0])
        return importlib.import_module(module)
    except ImportError:
        raise ImportError(need) from None
