"""Looks for a one-place edit of the user's backward that passes every check, and reports it as a verified fix.

It compiles edited copies of that one function in memory and runs them; no file is written. `repair=False` turns it off.
"""

import ast
import copy
import inspect
import textwrap
import types
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np

from ..contracts.contracts import check_contracts
from ..probe_run import ProbeRun
from ..subject.functions import closure_of, unwrapped
from ..subject.subject import Subject
from .edit import Edit
from .edits import edits

Judge = Callable[[ProbeRun, dict[str, Any]], bool]  # whether gradients would pass on a run
Verify = Callable[[bool], str]  # the whole check of the edited function; told whether the edit puts in a size
VERIFIED, TRIED, REFUSED = "verified", "tried", "refused"
CANDIDATES = 1500  # edits that are run: a bound by number, so that the same input gives the same report
SKIP = frozenset({"open", "exec", "eval", "compile", "__import__", "system", "input", "remove", "unlink"})


class Located(NamedTuple):
    """A function with the source that was found for it."""

    function: Any
    tree: ast.Module
    file: str
    start: int
    lines: list[str]


class Fix(NamedTuple):
    """An edit that passed, with where it goes."""

    edit: Edit
    source: str
    text: str
    verified: bool


def locate(function: Any) -> Located | None:
    """The function under partials and methods with its parsed source, None for lambdas and where there is none."""
    function = unwrapped(function)
    try:
        lines, start = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        file = Path(inspect.getsourcefile(function) or "").name
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    if not tree.body or not isinstance(tree.body[0], ast.FunctionDef) or tree.body[0].name != function.__name__:
        return None
    tree.body[0].decorator_list = []
    return Located(function, tree, file, start, lines)


def find_fix(
    subject: Subject,
    runs: Sequence[ProbeRun],
    good: Judge,
    verify: Verify,
    notes: list[str],
    candidates: Callable[[ast.Module], Iterable[Edit]] | None = None,
    constants: Collection[float] = (),
) -> Fix | None:
    """The first edit that passes the whole check; else the first that passes on `runs`, as one tried there only.

    `candidates` makes the edits of a tree; without it they are all those of the subject's dialect.

    An edit that passes on the runs (outputs as before, gradients `good`, no contract broken) is handed to `verify`.
    What takes a size from another array, or a number that is one of the function's `constants` (or one over it), may
    only happen to fit.
    """
    found = locate(subject.sources()[0]) if subject.sources() else None
    if found is None or is_unsafe(found.tree):
        return None
    original, tried = subject.swap(None), None
    passes = partial(_passes, subject, good)
    strict = [_is_quiet(subject, run) for run in runs]
    try:
        for number, edit in enumerate(
            candidates(found.tree) if candidates else edits(found.tree, subject.dialect, subject.words())
        ):
            if number == CANDIDATES:
                notes.append(f"the search for an edit was cut after {CANDIDATES:,} edits")
                break
            candidate = compile_copy(found, edit.tree)
            if candidate is None:
                continue
            subject.swap(rebind(original, candidate))
            if all(map(passes, runs, strict)) and _clean(subject, runs[0]):
                grade = verify(_brings_a_size(edit, found.tree))
                if grade == VERIFIED and _may_happen_to_fit(edit, found.tree, constants):
                    grade = TRIED
                ones = _with_ones(edit, found.tree)
                if ones is not None and (without := compile_copy(found, ones)) is not None:
                    subject.swap(rebind(original, without))
                    if all(map(passes, runs, strict)):  # a size that is always 1
                        continue
                if grade == VERIFIED:
                    return _describe(found, edit, True)
                if grade == TRIED:
                    tried = tried or edit
    finally:
        subject.swap(original)
    return None if tried is None else _describe(found, tried, False)


def _brings_a_size(edit: Edit, original: ast.Module) -> bool:
    """Whether an edit puts in a number or a length that may only happen to fit these shapes."""
    return bool(_sizes(edit.tree) - _sizes(original))


def _may_happen_to_fit(edit: Edit, original: ast.Module, constants: Collection[float]) -> bool:
    """Whether a number came in that a keep probability (or one over it) is as well."""
    brought = _numbers(edit.tree) - _numbers(original)
    return any(np.isclose(n, c) or np.isclose(n * c, 1) for n in brought for c in constants)


def _with_ones(edit: Edit, original: ast.Module) -> ast.Module | None:
    """The edit with 1 for the sizes that it takes from another array; None where it takes none."""
    new = _owners(edit.tree) - _owners(original)
    return ast.fix_missing_locations(_Ones(set(new)).visit(copy.deepcopy(edit.tree))) if new else None


class _Ones(ast.NodeTransformer):
    def __init__(self, owners: set[str]):
        self.owners = owners

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """b.shape[1] -> 1."""
        return ast.Constant(1) if _owner(node.value) in self.owners else self.generic_visit(node)


def _owner(node: ast.AST) -> str | None:
    return ast.unparse(node.value) if isinstance(node, ast.Attribute) and node.attr == "shape" else None


def _owners(tree: ast.Module) -> Counter[str]:
    """What stands before every `.shape`."""
    return Counter(owner for n in ast.walk(tree) if (owner := _owner(n)) is not None)


def _numbers(tree: ast.Module) -> Counter[float]:
    values = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    return Counter(float(v) for v in values if isinstance(v, (int, float)) and v not in (0, 1))


def _sizes(tree: ast.Module) -> Counter[str]:
    """Numbers other than the plain ones, and every `.shape`, `.size` and `len(...)`, as often as they stand."""
    found: Counter[str] = Counter()
    for n in ast.walk(tree):
        if isinstance(n, ast.Constant) and isinstance(n.value, (int, float)) and n.value not in (0, 1, 2, 0.5):
            found[repr(n.value)] += 1
        elif isinstance(n, ast.Attribute) and n.attr in ("shape", "size"):
            found[n.attr] += 1
        elif isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "len":
            found["len"] += 1
    return found


def _is_quiet(subject: Subject, run: ProbeRun) -> bool:
    """Whether the function as it is divides by no 0 and makes no NaN on the way: then no edit of it may."""
    try:
        with np.errstate(divide="raise", invalid="raise"):
            subject.run(run.values, run.douts)
    except Exception:
        return False
    return True


def _passes(subject: Subject, good: Judge, run: ProbeRun, quiet: bool) -> bool:
    loud: Literal["raise", "ignore"] = "raise" if quiet else "ignore"
    try:
        with np.errstate(divide=loud, invalid=loud):
            outs, grads = subject.run(run.values, run.douts)
        same = all(np.allclose(a, b, rtol=1e-12, atol=0) for a, b in zip(outs, run.outs, strict=True))
        return same and good(run, grads)
    except Exception:  # most edits make no sense
        return False


def _clean(subject: Subject, run: ProbeRun) -> bool:
    protect, mark = subject.protect, subject.streams.marked
    try:
        contract = check_contracts(subject, run.values, lambda outs: [d.copy() for d in run.douts])
        return all(f.severity == "note" for f in contract.findings)
    except Exception:
        return False
    finally:
        subject.protect, subject.streams.marked = protect, mark


def is_unsafe(tree: ast.Module) -> bool:
    """Functions that touch files or the system, or loop without a bound, are not run in edited form."""
    own = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - own
    names |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)} - {"input"}  # self.input asks nobody
    return bool(names & SKIP) or any(isinstance(n, (ast.While, ast.Import, ast.ImportFrom)) for n in ast.walk(tree))


def compile_copy(found: Located, tree: ast.Module, names: Mapping[str, Any] = MappingProxyType({})) -> Any:
    """The function that a changed copy of its tree makes, in its own surroundings and with further names; or None."""
    function = found.function
    namespace = {**function.__globals__, **closure_of(function), **names}
    owner = function.__qualname__.rpartition(".")[0].rpartition(".")[2]
    if owner.isidentifier():  # a method: private names are those of its class
        around: Any = ast.parse(f"class {owner}: pass")
        around.body[0].body = tree.body
        tree = around
    try:
        exec(compile(tree, f"<edited {found.file}>", "exec"), namespace)  # the user's own function, one place changed
    except (SyntaxError, ValueError, TypeError, NameError):
        return None
    new = vars(namespace[owner])[function.__name__] if owner.isidentifier() else namespace[function.__name__]
    if "__class__" in new.__code__.co_freevars:  # super() means the class of the user
        cells = [
            c
            for n, c in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
            if n == "__class__"
        ]
        new = types.FunctionType(new.__code__, new.__globals__, new.__name__, None, tuple(cells)) if cells else new
    new.__defaults__, new.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return new


def rebind(original: Any, new: Any) -> Any:
    """`new` in the place that the function had: in a partial, as a method."""
    if hasattr(original, "func") and hasattr(original, "keywords"):
        return type(original)(rebind(original.func, new), *original.args, **original.keywords)
    if hasattr(original, "__func__"):
        return types.MethodType(new, original.__self__)
    return new


def _describe(found: Located, edit: Edit, verified: bool) -> Fix:
    line = found.start + edit.line - 1
    text = found.lines[edit.line - 1].strip() if edit.line - 1 < len(found.lines) else ""
    return Fix(edit, f"{found.file}:{line}  {text}", f"line {line}: {edit.text}", verified)
