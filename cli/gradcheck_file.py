"""`layergraph gradcheck FILE.py` (or a notebook, or a folder): everything in it, a row each, then what is wrong."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .flags_and_output import say

if TYPE_CHECKING:
    from gradcheck import Report
    from gradcheck.finder.checking import Row

TIMEOUT = 60.0
SUFFIXES = (".py", ".ipynb")
HEAD = ("what", "kind", "verdict", "finding", "where")


def add_file_flags(parser: argparse.ArgumentParser) -> None:
    """Add --watch."""
    parser.add_argument("--watch", action="store_true", help="check FILE.py again at each save, until Ctrl-C")


def is_path(target: str) -> bool:
    """Whether a target is a file, a notebook or a folder as a whole, and no name in it."""
    folder = Path(target).expanduser().is_dir() and (os.sep in target or "." in target or not _is_layer(target))
    return target.endswith(SUFFIXES) or folder


def _is_layer(name: str) -> bool:
    from layers import registered

    return name in registered()


def check_paths(args: argparse.Namespace, targets: Sequence[str], options: Mapping[str, Any]) -> list["Report"]:
    """Check all files and return all reports; as text, print the table and the reports of what fails.

    LookupError where a folder has nothing to check, UserCodeError where a file is not there, ValueError for --timeout.
    """
    files = _files(targets)
    rows = [row for path in files for row in _rows(args, path, options)]
    if rows and not args.json and args.format == "text":
        _print_rows(args, rows, several=len(files) > 1)
    return [row.report for row in rows]


def _print_rows(args: argparse.Namespace, rows: Sequence["Row"], several: bool) -> None:
    """The table, then what fails, under its place where there are several files, then what is not checked."""
    say(args, *_table(rows))
    for note in dict.fromkeys(note for row in rows for note in row.notes):
        say(args, f"note: {note}")
    for row in rows:
        if row.report.verdict == "fail":
            say(
                args,
                "",
                *([f"{_short(row.where)}:"] if several else []),
                *row.report.to_text(colour=sys.stdout.isatty()).split("\n"),
            )
    for row in rows:
        if row.report.unchecked:
            say(args, "", *f"{row.name} is not checked: {row.report.unchecked}".split("\n"))


def _files(targets: Sequence[str]) -> list[Path]:
    from gradcheck.finder.find import existing, files_of

    found: list[Path] = []
    for target in targets:
        path = Path(target).expanduser()
        if path.is_dir() and not (of_folder := files_of(path)):
            raise LookupError(f"the folder {target} has no .py file or notebook with something to check")
        found += of_folder if path.is_dir() else [existing(path)]
    return found


def _rows(args: argparse.Namespace, path: Path, options: Mapping[str, Any]) -> Iterator["Row"]:
    from gradcheck.finder.checking import check_file

    timeout = TIMEOUT if args.timeout is None else args.timeout
    if not timeout > 0:
        raise ValueError(f"--timeout is {timeout:g}; expected a number of seconds above 0")
    request = {"seed": args.seed or 0, "seeds": args.seeds, "options": dict(options), "sweeps": bool(args.html)}
    return check_file(path, request, timeout)


def _table(rows: Sequence["Row"]) -> list[str]:
    lines = [HEAD, *map(_line, rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEAD))]
    return ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _line(row: "Row") -> tuple[str, ...]:
    report = row.report
    first = next((f for f in report.findings if f.severity != "note"), None)
    found = f"{first.code} {first.where}" if first else ""
    verdict = "not checked" if report.unchecked else report.verdict
    where = _line_alone(first.source) if first and first.source else _short(row.where)
    return row.name, row.kind, verdict, found, where


def _line_alone(source: str) -> str:
    """'layers.py:42' of a source that may quote the line as well."""
    return source.partition("  ")[0]


def _short(where: str) -> str:
    """The place without its folders."""
    return where.rpartition("/")[2].rpartition(os.sep)[2]


def unusable(reports: Sequence["Report"]) -> bool:
    """Whether some report stands for a file of which nothing could be used."""
    return any(report.unchecked and report.label.endswith(SUFFIXES) for report in reports)


def watch(check: Callable[[], int], targets: Sequence[str], sleep: Callable[[float], None] = time.sleep) -> int:
    """Check at once and after each save of a file, until Ctrl-C; the exit code of the last check."""
    seen = _stamps(targets)  # before the check: what is saved while it runs is a save
    code = check()
    try:
        while True:
            sleep(0.3)
            now = _stamps(targets)
            if now != seen:
                changed = [path.name for path, stamp in now.items() if seen.get(path) != stamp]
                seen = now
                print(f"\n{', '.join(changed) or 'files'} saved at {time.strftime('%H:%M:%S')}", flush=True)
                code = check()
    except KeyboardInterrupt:
        return code


def _stamps(targets: Sequence[str]) -> dict[Path, tuple[int, int]]:
    """The time and size of every file, and of what lies beside it and may be imported."""
    found = {}
    for target in targets:
        path = Path(target).expanduser()
        folder = path if path.is_dir() else path.parent
        depth = "**/" if path.is_dir() else ""
        for one in [*folder.glob(f"{depth}*.py"), *folder.glob(f"{depth}*.ipynb")]:
            try:
                state = one.stat()
            except OSError:  # deleted, or being written by an editor
                continue
            found[one] = (state.st_mtime_ns, state.st_size)
    return found
