"""Who imports whom, read from the source: each file's imports of ours, those of rooms, and circles between files."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, set[str]]


def packages(root: Path) -> list[str]:
    """The import packages at the top of the repository: the folders with an __init__.py and a py.typed."""
    return sorted(path.parent.name for path in root.glob("*/py.typed") if (path.parent / "__init__.py").exists())


def file_imports(root: Path) -> dict[str, set[str]]:
    """Path of each file of the packages, relative to `root`, and the files that it imports, wherever in it.

    Relative imports are resolved; `from package import name` leads to the file `name`, if there is one, or else to the
    package's own file; imports within functions and those for the type checker alone count as all others do.
    """
    files = {path.relative_to(root) for name in packages(root) for path in (root / name).rglob("*.py")}
    found = {}
    for path in sorted(files):
        targets = {_file(parts, files) for parts in _imported(ast.parse((root / path).read_text("utf-8")), path, files)}
        found[path.as_posix()] = {target.as_posix() for target in targets if target is not None} - {path.as_posix()}
    return found


def import_circles(root: Path) -> list[list[str]]:
    """Groups of files that import each other in a circle, each sorted; an empty list where there is none."""
    return [group for group in components(file_imports(root)) if len(group) > 1]


def room_imports(files: Graph, depth: int) -> dict[str, set[str]]:
    """The graph of folders, cut at `depth` names ("solver/rules" at 2), from that of files."""

    def room(path: str) -> str:
        return "/".join(Path(path).parent.parts[:depth])

    found: dict[str, set[str]] = {room(path): set() for path in files}
    for path, targets in files.items():
        found[room(path)] |= {room(target) for target in targets} - {room(path)}
    return found


def components(graph: Graph) -> list[list[str]]:
    """Strongly connected components, each sorted, those that are imported first.

    Tarjan, "Depth-first search and linear graph algorithms", 1972.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            at = stack.index(node)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def reduced(graph: Graph) -> dict[str, set[str]]:
    """The graph without the arrows that others imply: a -> c is left out where a -> b -> ... -> c."""
    below: dict[str, set[str]] = {}
    for group in components(graph):
        reach = {target for node in group for target in graph[node]} | set(group)
        for node in group:
            below[node] = reach.union(*(below[target] for target in reach if target in below))
    return {node: {t for t in to if not any(t in below[o] and t != o for o in to)} for node, to in graph.items()}


def _imported(module: ast.AST, path: Path, files: set[Path]) -> Iterator[tuple[str, ...]]:
    """The dotted name of everything that is imported, as parts."""
    for node in ast.iter_child_nodes(module):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            folder = path.parent.parts[: len(path.parent.parts) - node.level + 1] if node.level else ()
            base = (*folder, *(node.module.split(".") if node.module else ()))
            inner = [(*base, alias.name) for alias in node.names]
            files_within = [parts for parts in inner if _file(parts, files) is not None]
            yield from files_within
            if len(files_within) < len(inner):
                yield base
        yield from _imported(node, path, files)


def _file(parts: tuple[str, ...], files: set[Path]) -> Path | None:
    """The file of a module or of a package, if it is ours."""
    if not parts:
        return None
    return next((p for p in (Path(*parts).with_suffix(".py"), Path(*parts, "__init__.py")) if p in files), None)
