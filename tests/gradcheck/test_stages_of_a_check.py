"""The decisions between the stages of a check: whose overflow it is, what verifies an edit, when rows are taken off."""

from types import SimpleNamespace

import pytest

from gradcheck import check
from gradcheck.diagnosis.diagnose import _passes
from gradcheck.diagnosis.view import Explanation
from gradcheck.findings import Finding
from gradcheck.options import Options
from gradcheck.repair.repair import REFUSED, TRIED, VERIFIED

CHECK = check.Check


@pytest.mark.parametrize("error", [ValueError, TypeError])
def test_a_correction_that_fails_is_none(error):
    """It may be asked of a tensor that it was not made for."""

    def correct(view):
        raise error("shapes")

    told = Explanation("SCALE", "", correct=correct)
    assert not _passes(told, SimpleNamespace(right=lambda a: True))
    assert _passes(Explanation("SCALE", "", correct=lambda view: 1), SimpleNamespace(right=lambda a: a == 1))


def nonfinite(severity, where):
    return Finding("NONFINITE", severity, where, "")


@pytest.mark.parametrize(
    ("mine", "other", "own"),
    [
        (None, ("note", "loss"), False),
        (("note", "loss"), ("note", "loss"), True),
        (("note", "loss"), ("note", "x"), True),
        (("note", "x"), ("note", "loss"), False),
        (("note", "x"), ("note", "x"), True),
        (("note", "x"), ("note", "w"), False),
        (("note", "loss"), ("error", "loss"), False),
        (("error", "loss"), ("error", "loss"), True),
        (("error", "x"), ("error", "x"), True),
    ],
)
def test_an_overflow_of_the_function_without_the_edit(mine, other, own):
    a_check = SimpleNamespace(original_overflow=mine and nonfinite(*mine))
    assert CHECK._own(a_check, nonfinite(*other)) is own


def verified(monkeypatch, verdict="pass", findings=(), bad=(), other=True, own=False, size=False):
    class Again:
        def __init__(self, *_):
            self.report = SimpleNamespace(verdict=verdict, findings=list(findings))
            self.runs = [SimpleNamespace(probe=None)]

        def _run(self):
            subject.protect, subject.streams.marked = True, "another"

        def _attempt(self, _):
            return SimpleNamespace(bad=lambda: list(bad)) if other else None

    monkeypatch.setattr(check, "Check", Again)
    monkeypatch.setattr(check.draws, "other_sizes", lambda *_: None)
    subject = SimpleNamespace(protect=False, streams=SimpleNamespace(marked="before"))
    mine = SimpleNamespace(subject=subject, source=None, options=Options(), _own=lambda f: own)
    said = CHECK._verify(mine, size)
    assert (subject.protect, subject.streams.marked) == (False, "before"), "as it was found"
    return said


def test_an_edit_is_verified_by_every_check_and_on_other_sizes(monkeypatch):
    huge, alias = [nonfinite("note", "loss")], [Finding("ALIASED", "note", "x", "")]
    assert verified(monkeypatch) == VERIFIED
    assert verified(monkeypatch, "fail") == REFUSED
    assert verified(monkeypatch, "fail", huge, own=True) == REFUSED
    assert verified(monkeypatch, findings=huge) == REFUSED
    assert verified(monkeypatch, findings=huge, own=True) == VERIFIED
    assert verified(monkeypatch, findings=alias) == VERIFIED
    assert verified(monkeypatch, bad=["x"]) == TRIED
    assert verified(monkeypatch, other=False) == VERIFIED
    assert verified(monkeypatch, other=False, size=True) == TRIED
    assert verified(monkeypatch, size=True) == VERIFIED


@pytest.mark.parametrize(("sizes", "asked"), [((7, 4), [3]), ((4, 9), [3]), ((7, 3), []), ((2,), []), ((), [])])
def test_fewer_rows_where_there_are_more_than_three(monkeypatch, sizes, asked):
    monkeypatch.setattr(check.draws, "few", lambda source, probe, rows: rows)
    runs = [SimpleNamespace(n=n, probe=None) for n in sizes]
    tried = []

    def attempt(rows):
        tried.append(rows)
        a_check.runs.append("few")
        return "few"

    a_check = SimpleNamespace(runs=list(runs), source=None, _attempt=attempt)
    assert CHECK._fewer_rows(a_check, runs) == ["few"] * len(asked)
    assert tried == asked
    assert a_check.runs == runs, "kept for the diagnosis alone"


@pytest.mark.parametrize(("kind", "inconclusive"), [("layer", True), ("loss", False), ("net", False)])
def test_a_forward_that_is_not_finite(kind, inconclusive):
    report = SimpleNamespace(inconclusive=False, notes=[], findings=[])
    CHECK._nonfinite(SimpleNamespace(subject=SimpleNamespace(kind=kind), report=report), None)
    assert report.inconclusive is inconclusive
    assert len(report.notes) == inconclusive
    assert [(f.code, f.severity) for f in report.findings] == [("NONFINITE", "error")] * (not inconclusive)


def test_the_run_that_is_shown_is_the_first_that_is_wrong():
    right, wrong = (SimpleNamespace(bad=lambda b=b: b, numeric={"x": 0}) for b in ([], ["x"]))
    elsewhere = SimpleNamespace(bad=lambda: ["x"], numeric={})
    assert CHECK._shown(SimpleNamespace(runs=[right, elsewhere, wrong]), "x") is wrong
    assert CHECK._shown(SimpleNamespace(runs=[right, wrong]), "w") is right
    assert CHECK._sweep(SimpleNamespace(runs=[]), "x") == []


def test_the_page_shows_the_function_of_a_failed_check():
    def shown(ok, sources):
        report = SimpleNamespace(ok=ok, source_text=None, source_start=None)
        CHECK._attach_source(SimpleNamespace(report=report, subject=SimpleNamespace(sources=lambda: sources)))
        return report

    failed = shown(False, [nonfinite, test_a_correction_that_fails_is_none])
    assert failed.source_text.startswith("def nonfinite(severity, where):\n")
    assert failed.source_start == nonfinite.__code__.co_firstlineno
    assert shown(True, [nonfinite]).source_text is None
    assert shown(False, []).source_text is None
