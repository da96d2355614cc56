"""What the checker says of every case, word for word, in a book of `golden/`; run this to write
the books anew, or those that are named.

Books: the planted cases, those of each independent author, the right classes, the bugs in classes, the courses' files.
Numbers are rounded, and those that rounding decides (differences near 0, times, counts of forwards) left out.
"""

import importlib.util
import random
import re
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from planted_cases import CASES

import gradcheck
from gradcheck import Report, selftest
from gradcheck.report import html

FOLDER = Path(__file__).parent
GOLDEN = FOLDER / "golden"
RULE = "=" * 20
WIDTH = 100  # of the terminal for which they are written


def independent(path: Path) -> list[dict]:
    """The cases of one file by another author."""
    spec = importlib.util.spec_from_file_location(book_of(path), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


def book_of(path: Path) -> str:
    """The name of an independent author's book."""
    return "_".join(path.relative_to(FOLDER).with_suffix("").parts)


def check(case: dict) -> Report:
    """One independent case, its first finding without a search for the edit that mends it."""
    seed_global_streams()
    options = {"inputs": case["inputs"], "repair": False, "seed": 1}
    if case["kind"] == "layer":
        return gradcheck.layer(case["forward"], case["backward"], **options)
    return getattr(gradcheck, case["kind"])(case["forward"], **options)


def seed_global_streams() -> None:
    """NumPy's and Python's, from which wrong code draws."""
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)


def planted(repair: bool = False) -> dict[str, Callable[[], Report]]:
    """Name of a planted case -> how to ask for its report; repair: with the edit that mends it."""
    return {name: lambda case=case: selftest.check_case(case, repair=repair) for name, case in named(CASES)}


def named(cases: list[dict]) -> Iterator[tuple[str, dict]]:
    """Each case with its name, counted where it is not the first of that name."""
    seen = Counter()
    for case in cases:
        seen[case["name"]] += 1
        count = seen[case["name"]]
        yield case["name"] + (f" ({count})" if count > 1 else ""), case


def text(report: Report) -> str:
    """A report as text, without what differs from one machine to another; then what it rests on."""
    evidence = [f"{finding.code} {finding.evidence}" for finding in report.findings]
    tensors = [
        f"{name} {t.numeric.shape} {t.method}: {t.checked} compared, {t.kink_mask.sum()} kinks, "
        f"{t.inconclusive_mask.sum()} doubtful"
        for name, t in report.tensors.items()
    ]
    notes = [f"noted: {note}" for note in report.notes]
    said = "\n".join([report.to_text(WIDTH), *evidence, *tensors, *notes])
    said = re.sub(r"\d+ forwards?, \d+ ms", "some forwards", said)
    said = re.sub(r"\(largest\s+difference .*?\)", "", said, flags=re.DOTALL)
    said = re.sub(r'worst element [^"]*"[^"]*"', "worst element", said)  # of several alike, rounding picks one
    said = re.sub(r"\+- \S+", "", said)
    said = re.sub(r"-?\d+(\.\d+)?e-\d+", "tiny", said)
    said = re.sub(r"-?\d+\.\d+", lambda match: f"{float(match[0]):.3g}", said)
    said = re.sub(r"\S*?(planted)_\d+", r"\1", said)  # the file of a class with a bug, written where it is tested
    return "\n".join(line.rstrip() for line in said.splitlines()).rstrip("\n")


PICTURED = ("relu_ge", "tanh_no_square", "affine_dx_flat", "affine_accumulates", "tanh_lambda", "lookup_adds_once")


def page() -> str:
    """The HTML page of a few reports, each said to have taken 12.3 ms and 100 forwards."""
    cases = {name: case for name, case in named(CASES) if name in PICTURED}
    reports = [selftest.check_case(case) for case in cases.values()]
    for report in reports:
        report.seconds, report.nfev = 0.0123, 100
    return html.page(reports)


def parts(text: str) -> tuple[list[str], list[float]]:
    """What stands between the numbers of a text, and the numbers."""
    pieces = re.split(r"(?<![\w#.])(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])", text)
    return pieces[::2], [float(number) for number in pieces[1::2]]


@cache
def written(book: str) -> dict[str, str]:
    """Name of a case -> what was said of it when the book was written."""
    blocks = (GOLDEN / f"{book}.txt").read_text(encoding="utf-8").split(f"{RULE} ")[1:]
    return {name: said.rstrip("\n") for name, _, said in (block.partition("\n") for block in blocks)}


def said_as_written(book: str, name: str, report: Report) -> bool:
    """Whether a report says what stands in its book; pytest shows the difference."""
    assert text(report) == written(book)[name]
    return True


def books(folder: Path) -> Iterator[tuple[str, dict[str, Callable[[], Report]]]]:
    """Every book with its questions; `folder` takes the files of classes with bugs."""
    import class_bugs
    import classes_tried

    from gradcheck.finder.find import find

    yield "classes", {cls.__name__: lambda cls=cls: gradcheck.instance(cls) for cls in classes_tried.CLASSES}
    yield "class_bugs", {
        bug.name: lambda bug=bug: gradcheck.instance(bug.load(folder), repair=False) for bug in class_bugs.BUGS
    }
    for path in sorted((FOLDER / "courses").glob("*.py")):
        yield f"course_{path.stem}", {one.name: lambda one=one: one.check(repair=False) for one in find(path)}
    yield "planted", planted()
    for path in sorted((FOLDER / "independent").rglob("*.py")):
        yield book_of(path), {name: lambda case=case: check(case) for name, case in named(independent(path))}
    yield "repaired", planted(repair=True)


if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER / "classes"))
    warnings.simplefilter("ignore")  # wrong code overflows, divides by zero, ...
    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / "page.html").write_text(page(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for book, asked in books(Path(folder)):
            if sys.argv[1:] and book not in sys.argv[1:]:
                continue
            blocks = [f"{RULE} {name}\n{text(seed_global_streams() or ask())}\n" for name, ask in asked.items()]
            (GOLDEN / f"{book}.txt").write_text("\n".join(blocks), encoding="utf-8")
            print(f"{len(blocks)} reports in {GOLDEN / book}.txt", file=sys.stderr)
