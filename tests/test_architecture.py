"""The rules of the house, read from the source: who imports whom, what nobody may call, sizes, docstrings, links."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import running_code

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from imports import import_circles  # noqa: E402  the tool that draws the picture of the house

SOLVERS_AND_DATA = {"layers", "models", "solver", "mnist"}
ALLOWED = {
    "base": {"numpy"},
    "layers": {"numpy", "scipy", "base"},
    "models": {"numpy", "base", "layers"},
    "gradcheck": {"numpy", "scipy", "base", "layers"},
    "solver": {"numpy", "scipy", "base"},
    "mnist": {"numpy", "scipy", "base"},
    "bench": {"numpy", "scipy", "base", "plots"} | SOLVERS_AND_DATA,
    "plots": {"numpy", "base"},
    "layergraph": {"numpy", "scipy", "base", "gradcheck", "bench", "plots"} | SOLVERS_AND_DATA,
    "cli": {"numpy", "scipy", "base", "gradcheck", "bench", "plots"} | SOLVERS_AND_DATA,
}
OPTIONAL = {
    "matplotlib", "mpl_toolkits", "tqdm", "joblib", "sklearn", "pooch", "threadpoolctl", "scipy", "PIL",
    "torch", "jax", "dask", "distributed", "ray", "mpi4py", "onnx", "safetensors", "hypothesis", "pytest",
    "numba", "llvmlite", "pandas", "pyarrow", "IPython", "shtab",
}  # fmt: skip
PACKAGES = [name for name in ALLOWED if (ROOT / name).is_dir()]
FILES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
FORBIDDEN = {*running_code.UNPICKLERS, "random"}
RUNS_CODE = "gradcheck/repair"  # it tries edited copies of the user's own function
HOLDS_STREAMS = "gradcheck/subject/randomness.py"  # it puts the user's global streams back, and draws nothing
INDEPENDENT = ROOT / "tests" / "gradcheck" / "independent"  # another author's files, kept as they came
SKIPPED_FOLDERS = {"runs", "build", "dist", "__pycache__", "node_modules"}


def ours(*suffixes: str) -> list[Path]:
    """Every file of the repository with such a suffix, hidden folders and products left out."""
    found = (path for suffix in suffixes for path in ROOT.rglob(f"*{suffix}"))
    parts = ((path, path.relative_to(ROOT).parts) for path in found)
    return sorted(p for p, names in parts if not any(n.startswith(".") or n in SKIPPED_FOLDERS for n in names))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(node: ast.AST, inside: bool = False):
    """(top-level name, line, whether it stands inside a function) of every absolute import below `node`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name.split(".")[0], child.lineno, inside) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.level == 0:
            yield child.module.split(".")[0], child.lineno, inside
        yield from imports(child, inside or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def import_faults(path: Path) -> list[str]:
    package = path.relative_to(ROOT).parts[0]
    faults = []
    for name, line, inside in imports(tree(path)):
        allowed = ALLOWED[package] | {package} | (OPTIONAL if inside else set())
        if name == package and path.name != "main.py":
            faults.append(f"{named(path)}:{line} imports its own package by name: from .x import y")
        if name == "pytest" and path.name == "plugin.py":  # a plugin of pytest is loaded by pytest
            continue
        if name == "sklearn" and path.parent.name == "estimators":  # loaded when one of its classes is asked for
            continue
        if name in ("torch", "jax") and path.parent.name == "frameworks":  # loaded when such a function is checked
            continue
        if name not in sys.stdlib_module_names and name not in allowed:
            where = "in a function" if inside else "at the top"
            faults.append(f"{named(path)}:{line} imports {name} {where}: {package} -> {', '.join(sorted(allowed))}")
    return faults


def calls(module: ast.Module):
    """(dotted name of what is called, the call) of every call in the module."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def call_faults(path: Path) -> list[str]:
    """Calls and imports that run code from data, statements that vanish under -O, and global random streams."""
    module = tree(path)
    edits = re.match(RUNS_CODE, named(path))
    faults = [fault for fault in running_code.faults(module) if not (edits and ": names " in fault)]
    for name, call in calls(module):
        if re.fullmatch(r"(np|numpy)\.random\.(?!default_rng|get_state|set_state)[a-z]\w*", name):
            faults.append(f"{call.lineno}: draws from the global stream: {name}")
    for name, line, _ in imports(module):
        if name in FORBIDDEN and (name, named(path)) != ("random", HOLDS_STREAMS):
            faults.append(f"{line}: imports {name}")
    faults += [f"{node.lineno}: assert" for node in ast.walk(module) if isinstance(node, ast.Assert)]
    return [f"{named(path)}:{fault}" for fault in faults]


def size_faults(path: Path) -> list[str]:
    """Over 300 lines a file, over 60 a function of the packages, those defined inside it counted by themselves."""
    lines = path.read_text(encoding="utf-8").count("\n")
    faults = [f"{named(path)} has {lines} lines: split it"] if lines > 300 else []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef) and path in FILES and own_lines(node) > 60:
            faults.append(f"{named(path)}:{node.lineno} {node.name} has {own_lines(node)} lines: split it")
    return faults


def own_lines(function: ast.FunctionDef) -> int:
    inner = [child for child in ast.walk(function) if isinstance(child, ast.FunctionDef) and child is not function]
    spans = {line for child in inner for line in range(child.lineno, child.end_lineno + 1)}
    return function.end_lineno - function.lineno + 1 - len(spans)


def docstring_faults(path: Path) -> list[str]:
    """A module, a public class or a public function without a docstring."""
    module = tree(path)
    public = [node for node in module.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for owner in [node for node in public if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]:
        public += [m for m in owner.body if isinstance(m, ast.FunctionDef) and not _explained_elsewhere(m)]
    missing = [node.name for node in public if not node.name.startswith("_") and not ast.get_docstring(node)]
    return [f"{named(path)}: no docstring: {name}" for name in missing] + (
        [] if ast.get_docstring(module) else [f"{named(path)}: the module has no docstring"]
    )


def _explained_elsewhere(method: ast.FunctionDef) -> bool:
    """The setter of a property, a variant for the type checker, or a method whose base class documents it."""
    return any(ast.unparse(d).endswith((".setter", "overload", "override")) for d in method.decorator_list)


@pytest.mark.parametrize("check", [import_faults, call_faults, docstring_faults])
def test_packages(check):
    faults = [fault for path in FILES for fault in check(path)]
    assert not faults, "\n".join(faults)


def test_no_file_imports_itself_through_others():
    """No circle between files, those within functions and for the type checker counted: arrows point down."""
    assert import_circles(ROOT) == []


def test_the_top_of_every_room_can_be_taken_in_at_a_glance():
    """At most 20 files in a folder of a package, its __init__.py included."""
    rooms = {path.parent for path in FILES}
    crowded = {named(room): len(list(room.glob("*.py"))) for room in rooms}
    assert {room: count for room, count in crowded.items() if count > 20} == {}


def test_sizes():
    paths = [path for path in ours(".py") if INDEPENDENT not in path.parents]
    faults = [fault for path in paths for fault in size_faults(path)]
    assert not faults, "\n".join(faults)


PLANTED = {
    "import scipy\nimport matplotlib\n": import_faults,
    "import solver\n": import_faults,
    "def f():\n    from models.graph import Graph\n": import_faults,
    "from scipy import stats\n": None,
    "import os.path\nfrom .flat import FlatParams\n\ndef f():\n    import matplotlib.figure\n": None,
    "eval('1')\n": call_faults,
    "import numpy as np\nnp.load('f')\n": call_faults,
    "np.load('f', allow_pickle=True)\n": call_faults,
    "import numpy as xp\n\ndef f(x):\n    return xp.load(x)\n": call_faults,
    "from numpy import load\n": call_faults,
    "np.lib.format.read_array(f, allow_pickle=flag)\n": call_faults,
    "run = {'x': exec}\n": call_faults,
    "import builtins\n\nbuiltins.eval('1')\n": call_faults,
    "from builtins import exec as run\n": call_faults,
    "import importlib\n\nimportlib.import_module('pickle')\n": call_faults,
    "import torch\n\ntorch.load('f')\n": call_faults,
    "np.random.shuffle(x)\n": call_faults,
    "from pickle import loads\n": call_faults,
    "def f(x):\n    assert x\n": call_faults,
    "import random\n": call_faults,
    "rng = np.random.default_rng(np.random.SeedSequence(0))\nnp.load(f, allow_pickle=False)\n": None,
    "def f(): ...\n": docstring_faults,
    "'''Doc.'''\nclass A:\n    '''Doc.'''\n    def b(self): ...\n": docstring_faults,
    "#\n" * 301: size_faults,
}


@pytest.mark.parametrize(("source", "check"), PLANTED.items(), ids=[s[:30] for s in PLANTED])
def test_the_checks_see_what_is_planted(source, check, tmp_path, monkeypatch):
    """Each fault in a file of its own is found by its check, and what is allowed by none of the first two."""
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "layers" / "planted.py"
    path.parent.mkdir()
    path.write_text(source, encoding="utf-8")
    if check is None:
        assert import_faults(path) + call_faults(path) == []
    else:
        assert check(path) != []


def test_a_planted_circle_is_seen(tmp_path):
    package = tmp_path / "layers"
    package.mkdir()
    sources = {
        "__init__.py": "", "py.typed": "", "a.py": "from .b import x\n",
        "b.py": "def f():\n    from . import c\n", "c.py": "from layers.a import y\n", "d.py": "from .a import x\n",
    }  # fmt: skip
    for name, source in sources.items():
        (package / name).write_text(source, encoding="utf-8")
    assert import_circles(tmp_path) == [["layers/a.py", "layers/b.py", "layers/c.py"]]


def test_nothing_is_left_to_do():
    """No marker of unfinished work or of an unresolved merge in any file."""
    marker = re.compile("TO" + "DO|FIX" + "ME|XX" + "X|" + "<" * 7 + "|" + ">" * 7)
    texts = ours(".py", ".md", ".toml", ".html", "Makefile")
    assert [named(path) for path in texts if marker.search(path.read_text(encoding="utf-8"))] == []


def test_links_between_pages_resolve():
    """Relative links and pictures of every page, with code blocks left out, point to files that exist."""
    broken = []
    for page in ours(".md"):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", text):
            path = target.partition("#")[0]
            if path and not re.match(r"[a-z]+:", target) and not (page.parent / path).exists():
                broken.append(f"{named(page)}: {target}")
    assert broken == []


def python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter in `folder`, which comes first on its path, then the repository, as for a learner's clone."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_importing_loads_numpy_alone(tmp_path):
    heavy = ["scipy", "matplotlib", "sklearn", "pytest", "hypothesis", "tqdm", "joblib", "pooch", "threadpoolctl"]
    code = f"import sys, layers, models, solver, gradcheck, layergraph; print([m for m in {heavy} if m in sys.modules])"
    run = python("-c", code, folder=tmp_path)
    assert run.stdout.strip() == "[]", run.stderr


@pytest.mark.parametrize("package", ["models", "gradcheck"])
@pytest.mark.parametrize("content", ["def affine_forward(x, w, b): ...\n", "from numpy import *\n"])
def test_a_file_that_hides_a_package_is_named(package, content, tmp_path):
    """A learner's own layers.py in the working folder."""
    (tmp_path / "layers.py").write_text(content, encoding="utf-8")
    run = python("-c", f"import {package}", folder=tmp_path)
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert str((tmp_path / "layers.py").resolve()) in last
    assert "rename that file" in last


def test_a_package_of_the_same_name_is_named_too(tmp_path):
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "__init__.py").write_text("", encoding="utf-8")
    run = python("-c", "import models", folder=tmp_path)
    assert run.returncode == 1
    assert str((tmp_path / "layers" / "__init__.py").resolve()) in run.stderr.splitlines()[-1]


def test_the_page_on_architecture_names_files_that_exist():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    names = re.findall(r"`([\w/]+(?:\.py|/))`", page)
    held = [named(path) for path in ours(".py")]
    assert len(names) > 30
    assert [name for name in names if not any(f"/{path}".find(f"/{name}") >= 0 for path in held)] == []


def test_no_two_files_of_tests_have_one_name():
    """pytest takes a second one for the first, and nothing runs."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
