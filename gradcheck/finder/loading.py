"""Loads what a user points at, as far as it can be loaded: a file, a notebook, or what a broken script defines.

A file is imported as it is. Where that fails, modules that are missing are stubbed and named; where it fails for
another reason, its imports, functions, classes and plain assignments alone are taken. A notebook is always taken so.
"""

import ast
import contextlib
import importlib
import json
import linecache
import os
import re
import sys
import types
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from base.user_code import PRIVATE, UserCodeError, load, told
from base.user_imports import importable

MOST_STUBS = 20


class Loaded(NamedTuple):
    """The module, what to know about how it was loaded, and for a notebook the first line of every cell."""

    module: ModuleType
    notes: list[str]
    cells: list[int]


def load_file(path: Path, definitions_only: bool = False) -> Loaded:
    """A .py or .ipynb file as a module; UserCodeError of one line where nothing of it can be used."""
    if path.suffix == ".ipynb":
        source, cells = notebook_source(path)
        return Loaded(_definitions(path, source), [], cells)
    notes: list[str] = []
    if definitions_only:
        return Loaded(_definitions(path, path.read_text(encoding="utf-8")), notes, [])
    stubs, relative = list[str](), False
    with _stubbed(stubs):
        while True:
            try:
                module = _in_package(path) if relative else load(str(path), exits=True)
                break
            except UserCodeError as error:
                missing = _missing(error)
                if missing and missing not in stubs and len(stubs) < MOST_STUBS:
                    stubs.append(missing)
                    notes.append(f"{missing} is not installed: it is stood in for, and what needs it will fail")
                    continue
                if "attempted relative import" in str(error) and not relative:
                    relative = True
                    continue
                if isinstance(error.__context__, SyntaxError):
                    raise
                module = _definitions(path, path.read_text(encoding="utf-8"))
                if not any(isinstance(v, type | types.FunctionType) for v in vars(module).values()):
                    raise  # there is nothing in it besides what went wrong
                said = str(error).replace(f"{path.parent}{os.sep}", "").removesuffix(". Mend it and try again")
                notes.append(f"{said}; only its definitions are used")
                break
    return Loaded(module, notes, [])


def _in_package(path: Path) -> ModuleType:
    """The file under its name within the package that its folder is, for `from .layers import affine_forward`."""
    root = path.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    root = root.parent if root == path.parent else root
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    with importable(root, path.parent), told(f"{path.name} cannot be loaded", path):
        return importlib.import_module(name)


def _missing(error: UserCodeError) -> str | None:
    """The module that an import did not find."""
    cause = error.__context__
    return cause.name if isinstance(cause, ModuleNotFoundError) else None


class _Absent(ModuleType):
    """Stands for a module that is not there: it can be imported from, and says so where it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{self.__name__}.{name}")


def _absent(name: str) -> Any:
    def stand_in(*args: Any, **_: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], types.FunctionType):  # a decorator leaves the function as it is
            return args[0]
        raise ModuleNotFoundError(f"{name} was called, and {name.partition('.')[0]} is not installed")

    return stand_in


class _Stubs(MetaPathFinder):
    """Finds a stand-in for the names in `missing`, after everybody else has looked."""

    def __init__(self, missing: Sequence[str]):
        self.missing = missing

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of a stand-in, None for other names."""
        if not any(name == one or name.startswith(f"{one}.") for one in self.missing):
            return None
        loader: Any = self
        return ModuleSpec(name, loader, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module that has every name."""
        return _Absent(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run."""


@contextlib.contextmanager
def _stubbed(missing: Sequence[str]) -> Iterator[None]:
    finder: Any = _Stubs(missing)
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [n for n, m in sys.modules.items() if isinstance(m, _Absent)]:
            del sys.modules[name]


def notebook_source(path: Path) -> tuple[str, list[int]]:
    """The code cells in order as one text, and the line at which each begins; magics and shell lines are blank."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserCodeError(f"{path.name}: this is no notebook of format 4 ({type(error).__name__}: {error})") from None
    lines: list[str] = []
    starts = []
    for number, text in enumerate(texts, 1):
        starts.append(len(lines) + 1)
        cell = text.split("\n")
        cell = [""] * len(cell) if text.lstrip().startswith("%%") else cell
        cell = ["" if re.match(r"\s*[%!?]|\s*[\w.]+\?+\s*$", line) else line for line in cell]
        try:
            ast.parse("\n".join(cell))
        except SyntaxError as error:
            cell = [f"# cell {number}, line {error.lineno} is not Python: {error.msg}"] + [""] * (len(cell) - 1)
        lines += cell
    return "\n".join(lines) + "\n", starts


def _definitions(path: Path, source: str) -> ModuleType:
    """A module of the imports, functions, classes and plain assignments of a source, each on its own."""
    with told(f"{path.name} cannot be loaded", path):
        tree = ast.parse(source, str(path))
    kept = [_tolerant(node) for node in tree.body if _defines(node)]
    name = f"{PRIVATE}{''.join(c if c.isalnum() else '_' for c in path.stem)}_{abs(hash((str(path), source))):x}"
    loader = _Definitions(path, source, ast.Module(kept, []))
    spec = spec_from_loader(name, loader, origin=str(path))
    if spec is None:
        raise UserCodeError(f"{path.name} cannot be loaded")
    module = sys.modules[name] = module_from_spec(spec)
    module.__file__ = str(path)
    linecache.cache[str(path)] = (len(source), None, source.splitlines(keepends=True), str(path))
    with importable(path.parent, Path.cwd()), told(f"{path.name} cannot be loaded", path):
        loader.exec_module(module)
    return module


class _Definitions(SourceLoader):
    """Runs the kept statements of a source under its path."""

    def __init__(self, path: Path, source: str, tree: ast.Module):
        self._path, self._source, self._tree = path, source, tree

    def get_filename(self, fullname: str) -> str:
        """The path under which lines are told."""
        return str(self._path)

    def get_data(self, path: Any) -> bytes:
        """The whole source."""
        return self._source.encode()

    def get_code(self, fullname: str) -> Any:
        """The kept statements, compiled."""
        tree: Any = ast.fix_missing_locations(self._tree)  # as good as text for Python
        return self.source_to_code(tree, str(self._path))


def _defines(node: ast.stmt) -> bool:
    """Whether a statement only defines: no training, no reading of data, no plots at the top of a script."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Try):
        return all(map(_defines, [*node.body, *(s for h in node.handlers for s in h.body)]))
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
        return all(_plain_call(one) for one in calls) and node.value is not None
    return False


def _plain_call(node: ast.Call) -> bool:
    """np.array(...), namedtuple(...), float(...): no call that could take long."""
    function = node.func
    while isinstance(function, ast.Attribute):
        function = function.value
    names = {"np", "numpy", "float", "int", "dict", "list", "tuple", "range", "namedtuple", "partial", "lambda", "math"}
    return isinstance(function, ast.Name) and function.id in names


def _tolerant(node: ast.stmt) -> ast.stmt:
    """The statement within try: what it raises is left aside, and the names that it would define are not there."""
    nothing = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    wrapped = ast.Try([node], [nothing], [], [])
    return ast.copy_location(wrapped, node)


def cell_of(cells: Sequence[int], line: int) -> str:
    """'cell 3, line 2' for a line of a notebook's joined source."""
    number = max((k for k, start in enumerate(cells, 1) if start <= line), default=1)
    return f"cell {number}, line {line - cells[number - 1] + 1}"
