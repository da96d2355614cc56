"""`layergraph gradcheck --grade FILE.py ... --against REFERENCE.py`: points for a class's files, and a page for each.

Exit codes: 0 every submission has all points, 1 not so, 2 usage or a reference that is not right,
3 a file that is not there.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .flags_and_output import dump, say

if TYPE_CHECKING:
    from gradcheck.grading.grade import Graded, Reference

OK, LOST = 0, 1
IN_FULL = 3  # so many submissions are printed function by function; of more, a line each
SUFFIXES = (".py", ".ipynb")


def add_grade_flags(parser: argparse.ArgumentParser) -> None:
    """Add --grade and what belongs to it."""
    group = parser.add_argument_group("grading", "points for files of students; see docs/teaching.md. No sandbox: the "
                                      "files run with your rights, under limits of time and memory alone")  # fmt: skip
    group.add_argument("--grade", action="store_true", help="grade the files (or all files of the folders) TARGET ...")
    group.add_argument("--against", metavar="REFERENCE.py", help="the right functions; POINTS = {name: number} in it")
    group.add_argument("--hints-only", action="store_true", help="name the bug, and do not say how to mend it")
    group.add_argument("--csv", type=Path, metavar="FILE", help="write the points, a row a submission")
    group.add_argument("--pages", type=Path, metavar="FOLDER", help="write a page for each student")
    group.add_argument("--memory", type=int, metavar="MB", help="of each submission's process (default 4096; 0: any)")
    group.add_argument("--jobs", type=int, metavar="N", help="submissions at a time (default: one per processor)")


def require_no_grading(args: argparse.Namespace) -> None:
    """ValueError for a flag that means something with --grade alone."""
    for flag in ("against", "hints_only", "csv", "pages", "memory", "jobs"):
        if getattr(args, flag) is not None and getattr(args, flag) is not False:
            raise ValueError(f"--{flag.replace('_', '-')} belongs to --grade, which is not given")


def grade(args: argparse.Namespace) -> int:
    """Grade, print, write the files, and return the exit code."""
    from gradcheck.grading.grade import grade_all, read_reference
    from gradcheck.grading.process import Limits

    for flag in ("html", "junit", "sarif"):
        if getattr(args, flag) is not None:
            raise ValueError(f"--{flag} does not go with --grade, which writes --csv FILE and --pages FOLDER")
    submissions = _submissions(args)
    limits = Limits(_positive(args.timeout, "--timeout", 30.0), _memory(args.memory))
    reference = read_reference(_existing(args.against, "--against"), limits, args.seed or 0)
    for name, why in reference.left_out.items():
        say(args, f"not graded: {name} of the reference ({why})")
    repair = not args.no_repair  # with hints alone as well: the edit tells the line of the bug
    seed, jobs, grades = args.seed or 0, _jobs(args.jobs), []
    for graded in grade_all(submissions, reference, limits, seed=seed, repair=repair, jobs=jobs):
        grades.append(graded)
        _tell(args, graded, len(submissions))
    _write(args, grades)
    if args.json:
        print(dump([_plain(graded, args.hints_only) for graded in grades]))
    full = sum(graded.points == graded.of for graded in grades)
    say(args, f"{full} of {len(grades)} submissions have all {_total(reference):g} points")
    return OK if full == len(grades) else LOST


def _total(reference: "Reference") -> float:
    return sum(reference.points.values())


def _submissions(args: argparse.Namespace) -> dict[str, Path]:
    """Label -> file, in the order given; a folder stands for its files. Labels are the shortest that differ."""
    if args.against is None:
        raise ValueError("--grade needs --against REFERENCE.py, the file with the right functions")
    files: list[Path] = []
    for target in args.targets:
        path = _existing(target, "a submission")
        files += (
            sorted(p for p in path.iterdir() if p.suffix in SUFFIXES and not p.name.startswith("."))
            if path.is_dir()
            else [path]
        )
    reference = Path(args.against).resolve()
    files = [path for path in dict.fromkeys(files) if path.resolve() != reference]
    if not files:
        raise ValueError("--grade was given no submission: name files (.py, .ipynb) or folders of them")
    resolved = [path.resolve() for path in files]
    if len({path.name for path in resolved}) == len(resolved):
        return dict(zip((path.name for path in resolved), files, strict=True))
    common = Path(os.path.commonpath([str(path.parent) for path in resolved]))
    return {path.relative_to(common).as_posix(): file for path, file in zip(resolved, files, strict=True)}


def _existing(path: str, what: str) -> Path:
    found = Path(path).expanduser()
    if not found.exists():
        raise FileNotFoundError(f"{what} is {path}, and there is no such file")
    return found


def _positive(value: float | None, flag: str, default: float) -> float:
    if value is not None and not 0 < value < float("inf"):
        raise ValueError(f"{flag} is {value:g}; expected seconds, more than 0")
    return default if value is None else value


def _memory(megabytes: int | None) -> int | None:
    if megabytes is not None and megabytes and megabytes < 1024:
        raise ValueError(f"--memory is {megabytes}; expected 1024 or more (NumPy and SciPy take some hundred), or 0")
    return 4096 if megabytes is None else megabytes or None


def _jobs(jobs: int | None) -> int:
    if jobs is not None and jobs < 1:
        raise ValueError(f"--jobs is {jobs}; expected 1 or more")
    return jobs or os.cpu_count() or 1


def _tell(args: argparse.Namespace, graded: "Graded", count: int) -> None:
    from gradcheck.grading.tables import line_of, rows_of

    say(args, *(rows_of(graded, args.hints_only) if count <= IN_FULL else [line_of(graded)]))


def _write(args: argparse.Namespace, grades: Sequence["Graded"]) -> None:
    from gradcheck.grading.page import page
    from gradcheck.grading.tables import csv_of

    if args.csv:
        args.csv.write_text(csv_of(grades), encoding="utf-8")
        say(args, f"points: {args.csv}")
    if args.pages:
        args.pages.mkdir(parents=True, exist_ok=True)
        for graded in grades:
            name = graded.label.replace("/", "-").replace("\\", "-")
            (args.pages / f"{name}.html").write_text(page(graded, args.hints_only), encoding="utf-8")
        say(args, f"pages: {args.pages}, one for each submission")


def _plain(graded: "Graded", hints_only: bool) -> Mapping[str, object]:
    from gradcheck.grading.grade import describe
    from gradcheck.grading.page import hint

    rows = [
        {
            "function": row.name,
            "points": row.points,
            "of": row.of,
            "values": row.values,
            "gradients": row.verdict,
            "words": describe(row, hints_only),
            "findings": [vars(hint(finding) if hints_only else finding) for finding in row.findings],
        }
        for row in graded.rows
    ]
    total = {"points": graded.points, "of": graded.of, "unloadable": graded.unloadable}
    return {"submission": graded.label, **total, "functions": rows}
