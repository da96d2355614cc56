"""Finds in a module's source what could run code from data: eval and its kin, pickle and its kin, np.load with pickles.

Names count as well as calls: what is handed on can be called elsewhere.
"""

import ast
from collections.abc import Iterator

RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
UNPICKLERS = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
LOADERS = {f"{owner}.load" for owner in ("joblib", "torch")} | {"pd.read_pickle", "pandas.read_pickle"}


def names_of_numpy(module: ast.Module) -> set[str]:
    """Under which names NumPy is known, imports within functions counted."""
    found = [alias for node in ast.walk(module) if isinstance(node, ast.Import) for alias in node.names]
    return {alias.asname or alias.name for alias in found if alias.name == "numpy"}


def faults(module: ast.Module) -> Iterator[str]:
    """`LINE: what` of everything that is found."""
    numpys = names_of_numpy(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and node.id in RUNS_TEXT and isinstance(node.ctx, ast.Load):
            yield f"{node.lineno}: names {node.id}"
        if isinstance(node, ast.Attribute) and node.attr in RUNS_TEXT and ast.unparse(node.value).endswith("builtins"):
            yield f"{node.lineno}: names {ast.unparse(node)}"
        if isinstance(node, ast.ImportFrom) and not node.level:
            bad = {"numpy": {"load"}, "builtins": RUNS_TEXT}.get(node.module or "", set())
            yield from (f"{node.lineno}: imports {alias.name} by itself" for alias in node.names if alias.name in bad)
        if isinstance(node, ast.Call):
            yield from (f"{node.lineno}: {what}" for what in _of_call(node, numpys))


def _of_call(call: ast.Call, numpys: set[str]) -> Iterator[str]:
    name, flags = ast.unparse(call.func), [k.value for k in call.keywords if k.arg == "allow_pickle"]
    owner, _, function = name.rpartition(".")
    if owner in numpys and function == "load" and not flags:
        yield f"{name} without allow_pickle=False"
    if any(ast.unparse(value) != "False" for value in flags):
        yield f"{name}: allow_pickle is not False"
    if name in LOADERS:
        yield f"calls {name}"
    if function == "import_module":
        given = [str(one.value).split(".")[0] for one in call.args if isinstance(one, ast.Constant)]
        yield from (f"imports {one}" for one in given if one in UNPICKLERS)
