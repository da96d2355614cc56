"""`%%gradcheck`: runs a notebook's cell and checks the pairs that it has just defined.

`%load_ext gradcheck` registers it. Pairs whose other half stands in an earlier cell are checked as well.
"""

import argparse
import ast
import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from .finder.find import NOTHING_FOUND, Subject, find
from .report.places import place_from
from .report.report import Report, Suite


class _Line(argparse.ArgumentParser):
    """The flags of the magic's line; a mistake is a UsageError of one line, where argparse would end the kernel."""

    def error(self, message: str) -> NoReturn:
        from IPython.core.error import UsageError

        raise UsageError(f"%%gradcheck: {message}")


def load_ipython_extension(shell: Any) -> None:
    """Give an IPython shell the cell magic `%%gradcheck`: what `%load_ext gradcheck` calls."""
    shell.register_magic_function(lambda line, cell: _checked(shell, line, cell), "cell", "gradcheck")


def _checked(shell: Any, line: str, cell: str) -> None:
    """Run the cell, then show one report for each pair of which it defines a half."""
    from IPython.display import display

    flags = _flags(line)
    if not shell.run_cell(f"# {line}\n{cell}").success:  # lines count as one sees them; errors the shell has shown
        return
    names = set(flags.names) or _defined(shell, cell)
    subjects = [one for one in _subjects(shell) if _matches(one, names)]
    if not subjects:
        print(f"gradcheck: this cell defines {NOTHING_FOUND}")
        return
    reports = [one.check(seed=flags.seed, repair=not flags.no_repair) for one in subjects]
    for report in reports:
        _name_cells(shell, report)
    display(reports[0] if len(reports) == 1 else Suite(reports))


def _flags(line: str) -> argparse.Namespace:
    parser = _Line("%%gradcheck", add_help=False)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-repair", action="store_true")
    return parser.parse_args(shlex.split(line))


def _defined(shell: Any, cell: str) -> set[str]:
    """Names of the functions and classes that stand at the top of the cell."""
    tree = ast.parse(shell.transform_cell(cell))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


def _subjects(shell: Any) -> list[Subject]:
    """What can be checked in the notebook's namespace."""
    module = ModuleType("notebook")
    vars(module).update({name: value for name, value in shell.user_ns.items() if not name.startswith("_")})
    return find(module)


def _matches(subject: Subject, names: set[str]) -> bool:
    own = {getattr(function, "__name__", "") for function in subject.functions}
    return bool(names & {subject.name, subject.name.partition(".")[0], *own})


def _name_cells(shell: Any, report: Report) -> None:
    """`In[3]:4` for the temporary file under which the shell keeps a cell's lines."""
    place = place_from(report.place)
    name = shell.compile.format_code_name(place.file) if place else None
    if place is None or name is None:
        return
    for finding in report.findings:
        if finding.source:
            finding.source = re.sub(rf"^{re.escape(Path(place.file).name)}(?=:)", name[1], finding.source)
