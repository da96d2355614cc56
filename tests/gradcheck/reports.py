"""What the checker says of every planted and independent case, word for word, in `golden/`; run this to write it anew.

Numbers are rounded, and those that rounding decides (differences near 0, times, counts of forwards) left out.
"""

import importlib.util
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from planted_cases import CASES

import gradcheck
from gradcheck import Report, selftest
from gradcheck.report import html

FOLDER = Path(__file__).parent
GOLDEN = FOLDER / "golden"
RULE = "=" * 20
WIDTH = "100"  # of the terminal for which they are written


def independent(path: Path) -> list[dict]:
    """The cases of one file by another author."""
    spec = importlib.util.spec_from_file_location(f"independent_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


def check(case: dict) -> Report:
    """One independent case, its first finding without a search for the edit that mends it."""
    options = {"inputs": case["inputs"], "repair": False, "seed": 1}
    if case["kind"] == "layer":
        return gradcheck.layer(case["forward"], case["backward"], **options)
    return getattr(gradcheck, case["kind"])(case["forward"], **options)


def questions() -> dict[str, dict[str, Callable[[], Report]]]:
    """File of `golden` -> name of a case -> how to ask for its report."""
    asked = {"planted": {name: lambda case=case: selftest.check_case(case) for name, case in named(CASES)}}
    for path in sorted((FOLDER / "independent").glob("*.py")):
        asked[path.stem] = {name: lambda case=case: check(case) for name, case in named(independent(path))}
    return asked


def named(cases: list[dict]) -> Iterator[tuple[str, dict]]:
    """Each case with its name, counted where it is not the first of that name."""
    seen = Counter()
    for case in cases:
        seen[case["name"]] += 1
        count = seen[case["name"]]
        yield case["name"] + (f" ({count})" if count > 1 else ""), case


def text(report: Report) -> str:
    """A report as text, without what differs from one machine to another."""
    evidence = [f"{finding.code} {finding.evidence}" for finding in report.findings]
    said = re.sub(r"\d+ forwards?, \d+ ms", "some forwards", "\n".join([str(report), *evidence]))
    said = re.sub(r"\(largest difference .*?\)", "", said, flags=re.DOTALL)
    said = re.sub(r'worst element [^"]*"[^"]*"', "worst element", said)  # of several alike, rounding picks one
    said = re.sub(r"\+- \S+", "", said)
    said = re.sub(r"-?\d+(\.\d+)?e-\d+", "tiny", said)
    said = re.sub(r"-?\d+\.\d+", lambda match: f"{float(match[0]):.3g}", said)
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


def written(file: str) -> dict[str, str]:
    """Name of a case -> what was said of it when the file was written."""
    blocks = (GOLDEN / f"{file}.txt").read_text(encoding="utf-8").split(f"{RULE} ")[1:]
    return {name: said.rstrip("\n") for name, _, said in (block.partition("\n") for block in blocks)}


if __name__ == "__main__":
    os.environ["COLUMNS"] = WIDTH
    warnings.simplefilter("ignore")  # wrong code overflows, divides by zero, ...
    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / "page.html").write_text(page(), encoding="utf-8")
    for file, asked in questions().items():
        blocks = [f"{RULE} {name}\n{text(ask())}\n" for name, ask in asked.items()]
        (GOLDEN / f"{file}.txt").write_text("\n".join(blocks), encoding="utf-8")
        print(f"{len(blocks)} reports in {GOLDEN / file}.txt", file=sys.stderr)
