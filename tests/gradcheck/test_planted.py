"""Every planted bug is caught and named; correct but awkward code is never accused."""

import pytest
from planted_cases import CASES, CORRECT, WRONG
from reports import named, said_as_written

from gradcheck import codes, selftest
from tests.sampled import sampled

NOTES = ("sigmoid_overflows", "softmax_overflows", "reshape_view")  # right at the values that were given
BOOK = {id(case): name for name, case in named(CASES)}


@pytest.mark.parametrize("case", WRONG, ids=lambda c: c["name"])
def test_bug_is_caught_and_named_first(case):
    report = selftest.check_case(case, repair=False)
    assert said_as_written("planted", BOOK[id(case)], report)
    if case["name"] not in NOTES:
        assert not report.ok
        assert report.verdict == "fail"
    if case["expected"] != "UNNAMED":
        assert report.findings[0].code == case["expected"], report


@pytest.mark.parametrize("case", CORRECT, ids=[f"{k}-{c['name']}" for k, c in enumerate(CORRECT)])
@pytest.mark.parametrize("seed", sampled([0, 1], [0]))
def test_correct_code_is_not_accused(case, seed):
    report = selftest.check_case(case, seed, repair=False)
    assert report.ok, report
    assert seed or said_as_written("planted", BOOK[id(case)], report)


@pytest.mark.parametrize("case", [c for c in CORRECT if c["kind"] == "layer"], ids=lambda c: c["name"])
def test_correct_code_is_not_accused_on_given_arrays(case, rng):
    import gradcheck

    args = case["inputs"](rng, 5)
    report = gradcheck.layer(case["forward"], case["backward"], *(args if isinstance(args, tuple) else (args,)))
    assert report.ok, report


def test_there_are_enough_cases_and_every_code_has_one():
    assert len(WRONG) >= 100
    assert len(CORRECT) >= 30
    missing = set(codes.MEANINGS) - {case["expected"] for case in WRONG} - {"FORWARD_DIFFERS"}  # of a custom_vjp
    assert not missing


def test_every_finding_uses_the_vocabulary():
    for case in CASES[:40]:
        for finding in selftest.check_case(case, repair=False).findings:
            assert finding.code in codes.MEANINGS
            assert finding.severity in ("error", "warning", "note")


def test_score_counts_what_it_sees():
    right = {**WRONG[0]}
    misnamed = {**WRONG[0], "expected": "ZERO"}
    alarm = {**WRONG[0], "expected": None}
    missed = {**CORRECT[0], "expected": "SIGN"}
    total = selftest.score([right, misnamed, alarm, missed], repair=False)
    assert (total.bugs, total.killed, total.nameable, total.named) == (3, 2, 3, 1)
    assert (total.correct, total.alarms) == (1, 1)
    assert not total.ok
