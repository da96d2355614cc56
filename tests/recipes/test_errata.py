"""The errata: every error shown to the gradient checker is still caught, by the code that the reader sees."""

import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from errata_source.checks import CHECKS, report
from errata_source.entries import ENTRIES

EXPECTED = {
    "relu_backward_in_place": "MUTATES_DOUT",
    "relu_backward_through_zero": "KINK_CONVENTION",
    "affine_backward_keepdims": "KEEPDIMS",
    "affine_backward_order": "TRANSPOSED",
    "softmax_loss_all_minus_one": "LABEL_INDEX",
    "softmax_loss_divided_by_classes": "SCALE_OTHER",
    "quadratic_without_two": "SCALE_HALF",
    "linear_backward_without_db": "ZERO",
    "net_without_penalty_gradient": "MISSING_REG",
    "log_of_probability": "NONFINITE",
    "sigmoid_backward_of_input": "WRONG_POINT",
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_checker_sees_it(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = report(name)
    assert not found.ok
    assert EXPECTED[name] in {finding.code for finding in found.findings}


def test_every_check_has_its_entry():
    assert {name for entry in ENTRIES for name in entry.checks} == set(CHECKS)


def test_every_entry_is_there_in_both_languages():
    page = (Path(__file__).parents[2] / "docs" / "errata.md").read_text(encoding="utf-8")
    for entry in ENTRIES:
        for text in (entry.title, entry.why, entry.title_zh, entry.why_zh, entry.right):
            assert text in page, "docs/errata.md is out of date: run `make docs`"
