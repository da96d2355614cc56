"""The source of a user's code as one SHA-256: his file, and all files beside it that it imports, in their turn."""

import ast
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from .user_imports import is_foreign
from .users_own import names_taken


def source_sha256(path: Path, root: Path, top: str | None = None) -> str:
    """SHA-256 over a file and the files below the folder `root` that it imports; line ends do not matter.

    top: follow imports of this package alone, where `root` holds those of others too.
    """
    total = hashlib.sha256()
    for one in source_files(path, root, top):
        name = "." if one == path else os.path.relpath(one, root).replace(os.sep, "/")
        total.update(f"{name}\0".encode())
        total.update(hashlib.sha256(one.read_bytes().replace(b"\r\n", b"\n")).digest())
    return total.hexdigest()


def source_files(path: Path, root: Path, top: str | None = None) -> list[Path]:
    """The file itself, then what it imports from below `root`, each once, sorted by path."""
    found, waiting = {path}, [path]
    while waiting:
        new = set(_imported(waiting.pop(), root, top)) - found
        found |= new
        waiting += new
    return [path, *sorted(found - {path})]


def _imported(path: Path, root: Path, top: str | None) -> Iterator[Path]:
    """Files that a file's import statements name, wherever in it they stand."""
    try:
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
    except (SyntaxError, ValueError, RecursionError, OSError):  # who loads the file will say so
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _absolute(root, alias.name.split("."), top)
        elif isinstance(node, ast.ImportFrom):
            names = node.module.split(".") if node.module else []
            for alias in node.names:
                if node.level:
                    yield from _chain(path.parents[node.level - 1], [*names, alias.name])
                else:
                    yield from _absolute(root, [*names, alias.name], top)


def _absolute(root: Path, names: list[str], top: str | None) -> Iterator[Path]:
    if is_foreign(names[0], names_taken(root)) and top in (None, names[0]):
        yield from _chain(root, names)


def _chain(base: Path, names: list[str]) -> Iterator[Path]:
    """The files of base.names[0], base.names[0].names[1], ..., as far as there are any."""
    for name in names:
        whole, single = base / name / "__init__.py", base / f"{name}.py"
        if whole.is_file():
            yield whole.resolve()
        elif single.is_file():
            yield single.resolve()
            return
        elif not (base / name).is_dir():
            return
        base = base / name


def top_level_names(path: Path) -> dict[str, int]:
    """Name -> line of what a file defines at its top: functions, classes, assignments. Nothing is run."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (SyntaxError, ValueError, RecursionError, OSError):
        return {}
    found: dict[str, int] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node.lineno
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: node.lineno for target in targets if isinstance(target, ast.Name)}
    return found
