"""Loads the user's own code: a module by its name or a file by its path, and what it defines."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

PRIVATE = "_layergraph_target_"  # the name under which a file is loaded begins so: it hides no other module


def load(where: str) -> ModuleType:
    """The module of that name, or the file of that path under a private name; ImportError says what went wrong."""
    path = Path(where)
    try:
        if path.suffix == ".py":
            name = f"{PRIVATE}{path.stem}"
            spec = importlib.util.spec_from_file_location(name, path)
            if spec is None or spec.loader is None or not path.exists():
                raise ImportError(f"there is no file {where}")
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
            return module
        sys.path.insert(0, "")
        try:
            return importlib.import_module(where)
        finally:
            sys.path.remove("")
    except ImportError:
        raise
    except Exception as error:
        raise ImportError(f"{where} does not import: {type(error).__name__}: {error}") from error


def attribute(module: ModuleType, name: str) -> Any:
    """The attribute; AttributeError lists what the module has."""
    if not hasattr(module, name):
        known = ", ".join(sorted(k for k, v in vars(module).items() if callable(v) and not k.startswith("_")))
        where = module.__name__.removeprefix(PRIVATE)
        raise AttributeError(f"{where} has no {name!r}; it has {known or 'nothing'}")
    return getattr(module, name)
