"""Backward passes by authors who had not seen the catalogue of diagnoses: caught, named, and correct code left alone.

They are the honest measure of naming. Each author's files were scored once when they came (docs/gradcheck.md has those
figures); from then on they are regression tests, of which the default run takes every third and `make thorough` all.
`expected` is a fair judge's name, `alternatives` others that are fair as well, None is correct code.
"""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import pytest

import gradcheck

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
    found = []
    for path in sorted(author.folder.glob(f"{prefix}_*.py")):
        spec = importlib.util.spec_from_file_location(f"{author.folder.stem}_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += module.CASES
    assert len(found) == getattr(author, prefix)
    return found if thorough else found[::3]


def check(case) -> gradcheck.Report:
    options = {"inputs": case["inputs"], "repair": False, "seed": 1}
    if case["kind"] == "layer":
        return gradcheck.layer(case["forward"], case["backward"], **options)
    return getattr(gradcheck, case["kind"])(case["forward"], **options)


@pytest.mark.filterwarnings("ignore")  # wrong code overflows, divides by zero, ...
@pytest.mark.parametrize("author", AUTHORS, ids=lambda a: a.folder.stem)
def test_wrong_code_is_caught_and_named(author, thorough):
    tried = cases(author, "wrong", thorough)
    found = [(case, check(case), {case["expected"], *case.get("alternatives", ())}) for case in tried]
    missed = [case["name"] for case, r, fair in found if r.ok and not fair & {f.code for f in r.findings}]
    assert missed == [case["name"] for case in tried if case["name"] in author.missed]
    nameable = [(case, report, fair) for case, report, fair in found if case["expected"] != "UNNAMED"]
    unfair = [case["name"] for case, report, fair in nameable if report.findings[0].code not in fair]
    assert len(unfair) <= author.unfair, f"{unfair} of {len(nameable)}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("author", AUTHORS, ids=lambda a: a.folder.stem)
def test_correct_code_is_left_alone(author, thorough):
    found = [(case["name"], check(case)) for case in cases(author, "right", thorough)]
    accused = {name: str(report) for name, report in found if not report.ok}
    assert list(accused) == [name for name, _ in found if name in author.accused], accused
