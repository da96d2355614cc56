"""Backward passes by authors who had not seen the catalogue of diagnoses: caught, named, and correct code left alone.

They are the honest measure of naming. Each author's files were scored once when they came (docs/gradcheck.md has those
figures); from then on they are regression tests, of which the default run takes every third and `make thorough` all.
Every report is the one in its book of `golden/`, word for word. `expected` is a fair judge's name, `alternatives` are
others that are fair as well, None is correct code.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from reports import book_of, check, independent, named, said_as_written, written

FOLDER = Path(__file__).parent / "independent"


class Author(NamedTuple):
    """One author's folder, how many passes it holds, and what is known to be missed, accused or named unfairly."""

    folder: Path
    wrong: int
    right: int
    missed: tuple[str, ...]
    accused: tuple[str, ...]
    unfair: int


AUTHORS = [
    Author(FOLDER, 184, 118, (), (), 1),  # a forward that draws from the global stream is a note, which counts here
    Author(FOLDER / "second", 100, 100, (), (), 0),
    # the focal loss takes the log of a sigmoid that is 0 at a score of -100: its loss is inf, and that is said
    Author(FOLDER / "third", 100, 100, (), ("rc_focal",), 4),
]


def cases(author: Author, prefix: str, thorough: bool):
    """(book, name in it, case)."""
    found = []
    for path in sorted(author.folder.glob(f"{prefix}_*.py")):
        book = book_of(path)
        found += [(book, name, case) for name, case in named(independent(path))]
    assert len(found) == getattr(author, prefix)
    assert [name for _, name, _ in found] == [
        name for book in dict.fromkeys(f[0] for f in found) for name in written(book)
    ]
    return found if thorough else found[::3]


def checked(book, name, case):
    report = check(case)
    assert said_as_written(book, name, report)
    return report


@pytest.mark.filterwarnings("ignore")  # wrong code overflows, divides by zero, ...
@pytest.mark.parametrize("author", AUTHORS, ids=lambda a: a.folder.stem)
def test_wrong_code_is_caught_and_named(author, thorough):
    reports = [(one[-1], checked(*one)) for one in cases(author, "wrong", thorough)]
    found = [(case, report, {case["expected"], *case.get("alternatives", ())}) for case, report in reports]
    missed = [case["name"] for case, r, fair in found if r.ok and not fair & {f.code for f in r.findings}]
    assert missed == [case["name"] for case, _ in reports if case["name"] in author.missed]
    nameable = [(case, report, fair) for case, report, fair in found if case["expected"] != "UNNAMED"]
    unfair = [case["name"] for case, report, fair in nameable if report.findings[0].code not in fair]
    assert len(unfair) <= author.unfair, f"{unfair} of {len(nameable)}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("author", AUTHORS, ids=lambda a: a.folder.stem)
def test_correct_code_is_left_alone(author, thorough):
    found = [(one[-1]["name"], checked(*one)) for one in cases(author, "right", thorough)]
    accused = {name: str(report) for name, report in found if not report.ok}
    assert list(accused) == [name for name, _ in found if name in author.accused], accused
