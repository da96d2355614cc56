"""Backward passes by an author who had not seen the catalogue of diagnoses: caught, named, and correct code left alone.

The checker was not fitted to these files, and must not be: they are the honest measure of naming. `expected` is a fair
judge's name, `alternatives` others that are fair as well, None is correct code.
"""

import importlib.util
from pathlib import Path

import pytest

import gradcheck

FILES = sorted((Path(__file__).parent / "independent").glob("*.py"))


def cases(prefix: str):
    for path in FILES:
        if path.stem.startswith(prefix):
            spec = importlib.util.spec_from_file_location(f"independent_{path.stem}", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            yield from module.CASES


def check(case) -> gradcheck.Report:
    options = {"inputs": case["inputs"], "repair": False, "seed": 1}
    if case["kind"] == "layer":
        return gradcheck.layer(case["forward"], case["backward"], **options)
    return getattr(gradcheck, case["kind"])(case["forward"], **options)


@pytest.mark.filterwarnings("ignore")  # wrong code overflows, divides by zero, ...
def test_wrong_code_is_caught_and_named():
    found = [(case, check(case)) for case in cases("wrong")]
    assert len(found) == 184
    missed = [case["name"] for case, report in found if report.ok]
    assert missed == ["dropout unseeded forward"], "a forward that draws from the global stream is a note, not an error"
    nameable = [(case, report) for case, report in found if case["expected"] != "UNNAMED"]
    fair = [case for case, r in nameable if r.findings[0].code in {case["expected"], *case.get("alternatives", ())}]
    assert len(fair) >= 0.97 * len(nameable), f"{len(fair)} of {len(nameable)} named"


@pytest.mark.filterwarnings("ignore")
def test_correct_code_is_left_alone():
    found = [(case["name"], check(case)) for case in cases("right")]
    assert len(found) == 118
    assert [(name, str(report)) for name, report in found if not report.ok] == []
