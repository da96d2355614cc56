"""Findings, results and outcomes as plain data: what they are from the start, and what is derived from them."""

import numpy as np
import pytest

from gradcheck.findings import Finding, Outcome, TensorResult


def result(analytic, numeric, bad=(), kinks=(), **more):
    a, n = np.array(analytic, float), np.array(numeric, float)
    masks = [np.isin(np.arange(n.size), at).reshape(n.shape) for at in (kinks, bad, ())]
    return TensorResult(a, n, np.zeros(n.shape), *masks, 0.5, **more)


def test_what_nobody_has_said_yet():
    finding = Finding("SIGN", "error", "x", "words")
    assert (finding.evidence, finding.source, finding.fix) == ({}, None, None)
    assert (finding.fix_verified, finding.fix_tried) == (False, False)
    tensor = result([1], [1])
    assert (tensor.method, tensor.h, tensor.checked, tensor.n_bad) == ("central", 1e-4, 0, 0)
    outcome = Outcome("layer")
    assert (outcome.findings, outcome.tensors, outcome.notes) == ([], {}, [])
    assert (outcome.nfev, outcome.seconds, outcome.seed, outcome.inconclusive) == (0, 0, 0, False)
    assert (outcome.compared, outcome.source_text, outcome.source_start) == (None, None, 1)
    assert (outcome.place, outcome.unchecked, outcome.sweep("x")) == (None, None, [])
    assert "sweep" not in repr(outcome)
    assert outcome == Outcome("layer", sweep=lambda name: [(1.0, 0.0, 0.0)]), "a function is no part of the result"


@pytest.mark.parametrize(
    ("analytic", "numeric", "bad", "kinks", "index"),
    [
        ([5, -3, 1], [5, 3, 2], [], [], 1), ([5, 3, 1], [4, 3, 3], [], [], 2), ([5, 3, 1], [4, 3, 3], [0], [], 0),
        ([9, 1], [0, 1], [], [0], 1), ([9, 1], [0, 1], [1], [], 1), ([9, 1, 4], [0, 1, 3], [2], [2], 2),
        ([1, np.inf], [9, 1], [], [], 1), ([1, 2], [9, np.nan], [], [], 1), ([1, 2], [9, np.nan], [0], [], 0),
        ([1, 1], [1, 1], [], [], 0), ([3, 1], [1, 9], [], [0, 1], 0),
    ],
)  # fmt: skip
def test_the_worst_element(analytic, numeric, bad, kinks, index):
    found = result(analytic, numeric, bad, kinks).worst
    assert found[0] == (index,)
    np.testing.assert_array_equal(found[1:], [analytic[index], numeric[index]])
    assert result(analytic, numeric, bad).n_bad == len(bad)


@pytest.mark.parametrize(("analytic", "numeric"), [([1.0], [1.0, 2]), ([[1.0, 2]], [1.0, 2]), ([], [])])
def test_there_is_no_worst_element_of_other_shapes(analytic, numeric):
    index, a, n = result(analytic, numeric).worst
    assert index == ()
    assert np.isnan([a, n]).all()


@pytest.mark.parametrize(
    ("analytic", "numeric", "kinks", "error"),
    [
        ([3, 1], [1, 1], [], 0.5), ([-3, 1], [1, 1], [], 1), ([2e-9], [-2e-9], [], 0.4), ([2e-8], [-2e-8], [], 1),
        ([3, 2], [1, 1], [0], 1 / 3), ([3, 2], [np.inf, 1], [], 1 / 3), ([3], [1], [0], 0), ([], [], [], 0),
        ([0], [0], [], 0), ([1], [1, 1], [], np.nan),
    ],
)  # fmt: skip
def test_the_courses_relative_error(analytic, numeric, kinks, error):
    assert result(analytic, numeric, kinks=kinks).rel_error == pytest.approx(error, nan_ok=True)


@pytest.mark.parametrize(
    ("severities", "fields", "ok", "verdict"),
    [
        ([], {}, True, "pass"), (["note"], {}, True, "pass"), (["note", "warning"], {}, False, "fail"),
        (["error"], {"inconclusive": True}, False, "fail"), ([], {"inconclusive": True}, True, "inconclusive"),
        ([], {"compared": 0}, False, "inconclusive"), ([], {"compared": 1}, True, "pass"),
        ([], {"unchecked": "no arguments"}, False, "inconclusive"), (["error"], {"compared": 0}, False, "fail"),
    ],
)
def test_verdicts(severities, fields, ok, verdict):
    outcome = Outcome("layer", [Finding("SIGN", s, "x", "") for s in severities], **fields)
    assert (outcome.ok, outcome.verdict) == (ok, verdict)
    assert outcome.faulty is (verdict == "fail")
