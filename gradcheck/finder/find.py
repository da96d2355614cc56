"""Finds what can be checked in a file, a folder, a notebook or a module, each as a Subject that checks itself."""

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from base.user_code import UserCodeError, path_of

from ..entry import place_of
from ..subject.functions import unwrapped
from .loading import Loaded, cell_of, load_file, notebook_source
from .names import Found, found_in, stem
from .subject import Subject as Subject

NOTHING_FOUND = (
    "nothing to check: no NAME_forward with NAME_backward, no loss that returns its gradient, no class with "
    "forward and backward"
)
_LEFT_OUT = {"__pycache__", "site-packages", "node_modules", "build", "dist", "venv", "env"}
_WORDS = re.compile(r"forward|backward|loss|cost|grad|prime|prop|deriv|fwd|bwd", re.IGNORECASE)


def find(target: str | Path | ModuleType) -> list[Subject]:
    """What can be checked there, in the order in which it is defined; the files of a folder in the order of names.

    Pairs NAME_forward and NAME_backward, losses that return their gradients, nets in three functions (forward, cost,
    backward), classes, elementwise functions with their derivatives, functions of PyTorch and JAX. UserCodeError (a
    ValueError) of one line where the file cannot be used; files of a folder that cannot be used are left out.
    """
    if isinstance(target, ModuleType):
        return subjects_of(Loaded(target, [], []))
    path = Path(target).expanduser()
    if path.is_dir():
        return [subject for file in files_of(path) for subject in _of_file(file)]
    return subjects_of(load_file(existing(path)))


def find_some(target: str | Path | ModuleType) -> list[Subject]:
    """As `find`, but a ValueError where there is nothing to check."""
    subjects = find(target)
    if not subjects:
        raise ValueError(f"{target} has {NOTHING_FOUND}")
    return subjects


def existing(path: Path) -> Path:
    """The file itself; UserCodeError names the nearest where there is none."""
    if path.suffix == ".py":
        return path_of(str(path))
    if not path.is_file():
        raise UserCodeError(f"there is no file {path} (looked for in {path.absolute().parent})")
    if path.suffix != ".ipynb":
        raise UserCodeError(f"{path.name} is neither a .py file nor a notebook (.ipynb)")
    return path.resolve()


def _of_file(path: Path) -> list[Subject]:
    try:
        return subjects_of(load_file(path))
    except UserCodeError:
        return []


def files_of(folder: Path) -> list[Path]:
    """The .py files and notebooks of a folder that hold a word of what is looked for; the others are not run."""
    found = []
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.ipynb")]):
        parts = path.relative_to(folder).parts
        hidden = any(p.startswith(".") or p in _LEFT_OUT for p in parts)
        if not hidden and not re.match(r"(test_|conftest|setup\.py)", path.name) and _speaks(path):
            found.append(path.resolve())
    return found


def _speaks(path: Path) -> bool:
    """Whether some function or class of a file is called as something that can be checked."""
    try:
        text = notebook_source(path)[0] if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
        nodes = list(ast.walk(ast.parse(text)))
    except (UserCodeError, SyntaxError, ValueError, OSError, RecursionError):
        return _WORDS.search(path.name) is not None or path.suffix == ".py"
    return any(isinstance(n, (ast.FunctionDef, ast.ClassDef)) and _WORDS.search(n.name) for n in nodes)


def subjects_of(loaded: Loaded) -> list[Subject]:
    """The subjects of what was loaded."""
    names = vars(loaded.module)
    return [
        Subject(found, _where(found, loaded), _inputs(found, names), loaded.cells) for found in found_in(loaded.module)
    ]


def subject_for(*functions: Callable[..., Any]) -> Subject:
    """A pair (forward, backward) or a loss, whatever they are called, as a subject that draws its own arguments."""
    kind = "layer" if len(functions) == 2 else "loss"
    found = Found(stem(functions[0].__name__), kind, functions)
    return Subject(found, place_of(unwrapped(functions[-1])) or "")


def _inputs(found: Found, names: Mapping[str, Any]) -> Callable[..., Any] | None:
    """NAME_inputs(rng, n) of the file, under the name of the subject, its function or its class; else `inputs`."""
    plain = found.name.partition("[")[0]
    first = getattr(found.functions[0], "__name__", plain)
    known = [f"{one}_inputs" for one in (plain, plain.replace(".", "_"), first, stem(first))]
    return next((names[k] for k in [*known, "inputs"] if callable(names.get(k))), None)


def _where(found: Found, loaded: Loaded) -> str:
    """'path:line' of the backward, or of the class; 'path, cell 3, line 2' within a notebook."""
    function = found.functions[-1]
    place = _class_place(function) if isinstance(function, type) else place_of(unwrapped(function)) or ""
    path, _, line = place.rpartition(":")
    return f"{path}, {cell_of(loaded.cells, int(line))}" if loaded.cells and line.isdigit() else place


def _class_place(cls: type) -> str:
    firsts = [getattr(unwrapped(m), "__code__", None) for m in vars(cls).values()]
    lines = [c.co_firstlineno for c in firsts if c is not None]
    file = next((c.co_filename for c in firsts if c is not None), "")
    line = getattr(cls, "__firstlineno__", min(lines, default=0))
    return f"{file}:{line}" if file else ""
