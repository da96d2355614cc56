"""What the checker says of every planted and independent case, word for word, in `golden/`; run this to write it anew.

Numbers are rounded, and those that rounding decides (differences near 0, times, counts of forwards) left out.
"""

import importlib.util
import os
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from planted_cases import CASES

import gradcheck
from gradcheck import Report, selftest

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
    """File of `golden` -> name of a case, with its number since names repeat -> how to ask for its report."""
    planted = {f"{i} {case['name']}": lambda case=case: selftest.check_case(case) for i, case in enumerate(CASES)}
    asked = {"planted": planted}
    for path in sorted((FOLDER / "independent").glob("*.py")):
        cases = independent(path)
        asked[path.stem] = {f"{i} {case['name']}": lambda case=case: check(case) for i, case in enumerate(cases)}
    return asked


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


def written(file: str) -> dict[str, str]:
    """Name of a case -> what was said of it when the file was written."""
    blocks = (GOLDEN / f"{file}.txt").read_text(encoding="utf-8").split(f"{RULE} ")[1:]
    return {name: said.rstrip("\n") for name, _, said in (block.partition("\n") for block in blocks)}


if __name__ == "__main__":
    os.environ["COLUMNS"] = WIDTH
    warnings.simplefilter("ignore")  # wrong code overflows, divides by zero, ...
    GOLDEN.mkdir(exist_ok=True)
    for file, asked in questions().items():
        blocks = [f"{RULE} {name}\n{text(ask())}\n" for name, ask in asked.items()]
        (GOLDEN / f"{file}.txt").write_text("\n".join(blocks), encoding="utf-8")
        print(f"{len(blocks)} reports in {GOLDEN / file}.txt", file=sys.stderr)
