"""Findings and reports as plain data, and every line of a report as text, JSON and fragment."""

import json

import numpy as np
import pytest

import gradcheck
from gradcheck import Finding, Report, Suite
from gradcheck.diagnosis.all_wrong import say_all
from gradcheck.diagnosis.order import causes_first
from gradcheck.findings import TensorResult
from gradcheck.report import fragment, html, json_report, text
from gradcheck.report.places import place_from


def tensor(analytic, numeric, bad=(), kinks=(), doubtful=(), excess=0.5, bound=1e-9):
    analytic, numeric = np.asarray(analytic, float), np.asarray(numeric, float)

    def mask(where):
        found = np.zeros(numeric.shape, bool)
        found.ravel()[list(where)] = True
        return found

    return TensorResult(
        analytic, numeric, np.full(numeric.shape, bound), mask(kinks), mask(bad), mask(doubtful), excess,
        checked=numeric.size,
    )  # fmt: skip


def test_the_course_s_relative_error_leaves_kinks_out():
    assert tensor([1.0, 2.0], [1.0, 1.0]).rel_error == pytest.approx(1 / 3)
    assert tensor([1.0, 2.0], [1.0, 1.0], kinks=[1]).rel_error == 0.0
    assert tensor([1.0, 2.0], [1.0, np.nan]).rel_error == 0.0
    assert tensor([0.0], [1e-9]).rel_error == pytest.approx(0.1), "at least 1e-8 below the line"
    assert tensor([], []).rel_error == 0.0
    assert np.isnan(tensor([1.0, 2.0], [1.0]).rel_error)
    assert gradcheck.course.rel_error(np.array([1.0, 3.0]), np.array([1.0, 1.0])) == pytest.approx(0.5)
    assert gradcheck.course.rel_error(np.array([1e-9]), np.array([0.0])) == pytest.approx(0.1)
    assert gradcheck.course.rel_error(np.array([]), np.array([])) == 0.0


def test_the_worst_element_is_a_wrong_one_where_there_is_one():
    assert tensor([[1.0, 5.0], [2.0, 3.0]], [[1.0, 1.0], [1.0, 1.0]]).worst == ((0, 1), 5.0, 1.0)
    assert tensor([[1.0, 5.0], [2.0, 3.0]], [[1.0, 1.0], [1.0, 1.0]], bad=[2]).worst == ((1, 0), 2.0, 1.0)
    assert tensor([[1.0, 5.0], [2.0, 3.0]], [[1.0, 1.0], [1.0, 1.0]], kinks=[1]).worst == ((1, 1), 3.0, 1.0)
    assert tensor([1.0, 3.0], [0.1, 1.5]).worst == ((1,), 3.0, 1.5), "by the difference, not by the ratio"
    index, a, n = tensor([np.nan, 5.0], [1.0, 1.0]).worst
    assert (index, n) == ((0,), 1.0)
    assert np.isnan(a)
    assert tensor([1.0], [1.0, 2.0]).worst[0] == ()
    assert tensor([], []).worst[0] == ()
    assert tensor([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], bad=[0, 2]).n_bad == 2


def report(*findings, verdict_from=None, **fields):
    made = Report(label="affine", nfev=7, seconds=0.0123, seed=3, compared=4, **fields)
    made.findings = list(findings)
    return made


SIGN = Finding("SIGN", "error", "w", "said", {}, "a.py:3  dw = 1", "negate it")


def test_the_verdict_of_a_report():
    note, warning = Finding("SIGN", "note", "w", "said"), Finding("SIGN", "warning", "w", "said")
    asked = [report(), report(note), report(warning), report(SIGN), report(inconclusive=True),
             report(SIGN, inconclusive=True), report(unchecked="why")]  # fmt: skip
    assert [r.verdict for r in asked] == ["pass", "pass", "fail", "fail", "inconclusive", "fail", "inconclusive"]
    assert [r.ok for r in asked] == [True, True, False, False, True, False, False]
    empty = report()
    empty.compared = 0
    assert (empty.ok, empty.verdict) == (False, "inconclusive")
    empty.compared = None
    assert empty.ok


def test_a_report_line_by_line():
    made = report(SIGN, notes=["one", "two", "one"])
    made.tensors = {
        "w": tensor([[1.0, 5.0]], [[1.0, 1.0]], bad=[1]), "x": tensor([2.0], [2.0]),
        "b": tensor([3.0, 1.0], [3.0, 2.0], doubtful=[1], excess=0.25),
    }  # fmt: skip
    assert made.to_text(60).splitlines() == [
        "FAIL  affine",
        "ERROR  SIGN  w  1/2 elements wrong            a.py:3  dw = 1",
        "  said",
        "  -> analytic = -numeric",
        "  suggestion: negate it",
        "  worst element w[0, 1]: analytic 5  numeric 1 +- 1e-09",
        '      relative error (cs231n) 0.67 : "probably wrong"',
        "  x, b: agree as far as they could be judged (largest",
        "      difference 0.5 of the tolerance, relative error",
        "      3.3e-01)",
        "note: one",
        "note: two",
        "  7 forwards, 12 ms, seed 3.",
    ]
    assert made.to_text(40).splitlines()[1:3] == ["ERROR  SIGN  w  1/2 elements wrong", "    a.py:3  dw = 1"]
    edge = len("ERROR  SIGN  w  1/2 elements wrong" + "a.py:3  dw = 1")
    assert made.to_text(edge + 2).splitlines()[1] == "ERROR  SIGN  w  1/2 elements wrong  a.py:3  dw = 1"
    assert made.to_text(edge + 1).splitlines()[1] == "ERROR  SIGN  w  1/2 elements wrong"
    assert made.to_text(60, colour=True).startswith("\x1b[31mFAIL\x1b[0m  affine\n")


def test_a_report_that_passes_or_compares_nothing():
    made = report(notes=["kept to itself"])
    made.tensors = {"x": tensor([2.0], [2.0], excess=0.125)}
    assert made.to_text(100).splitlines() == [
        "PASS  affine",
        "  x: agree (largest difference 0.12 of the tolerance, relative error 0.0e+00)",
        "  7 forwards, 12 ms, seed 3.",
    ]
    made.compared = 0
    assert made.to_text(100).splitlines()[1:3] == ["no gradient was compared", "note: kept to itself"]
    made.compared, made.tensors["x"] = 4, tensor([2.0], [2.0], excess=1.5)
    assert made.to_text(100).splitlines()[1:] == ["  7 forwards, 12 ms, seed 3."]
    assert report().to_text(100).splitlines()[1] == "no gradient was compared"


def test_a_meaning_is_not_said_twice_and_a_note_needs_none():
    meaning = gradcheck.codes.MEANINGS["SIGN"].split(":")[0]
    assert text._finding(report(), Finding("SIGN", "error", "w", f"it is {meaning}"), 80) == [
        "ERROR  SIGN  w", f"  it is {meaning}"
    ]  # fmt: skip
    assert text._finding(report(), Finding("SIGN", "note", "w", "said"), 80) == ["NOTE  SIGN  w", "  said"]


def test_how_far_a_fix_was_tried():
    assert text.fix_state(Finding("SIGN", "error", "w", "")) == "suggestion"
    assert text.fix_state(Finding("SIGN", "error", "w", "", fix_tried=True)) == "tried on these inputs only"
    assert text.fix_state(Finding("SIGN", "error", "w", "", fix_verified=True)).startswith("verified, this edit")


@pytest.mark.parametrize(
    ("error", "words"),
    [(np.nan, "not a number: no comparison"), (0.0101, '"probably wrong"'), (0.01, '"should make you uncomfortable"'),
     (1.01e-4, '"should make you uncomfortable"'), (1e-4, '"okay if there are kinks"'),
     (1.01e-7, '"okay if there are kinks"'), (1e-7, '"be happy"')],
)  # fmt: skip
def test_the_course_s_reading_of_an_error(error, words):
    assert text.band(error) == words


def test_a_suite_is_a_table():
    good, bad = report(), report(SIGN)
    good.tensors = {"x": tensor([2.0], [2.0], excess=0.25)}
    bad.tensors = {"w": tensor([3.0], [1.0], bad=[0], excess=900.0), "b": tensor([1.0, 2.0], [1.0])}
    lines = str(Suite([good, bad, report(unchecked="no arguments\nwrite some")], 1.5)).splitlines()
    assert lines[:4] == [
        "verdict      layer  gradients  rel.err  of tol.      ms",
        "pass         affine x          0.0e+00     0.25      12",
        "fail         affine w, b       5.0e-01    9e+02      12  SIGN w",
        "inconclusive affine            0.0e+00        0      12  not checked: no arguments",
    ]
    assert lines[-1] == "1 of 3 checks pass, 1.50 s"
    assert "PASS  affine" not in lines
    assert "FAIL  affine" in lines
    assert Suite([good, bad]).seconds == pytest.approx(0.0246)


def test_a_report_as_json():
    made = report(SIGN, notes=["one"], place="a.py:1")
    made.tensors = {"w": tensor([[1.0, np.nan]], [[1.0, 1.0]], bad=[1], kinks=[0], bound=0.5)}
    known = json.loads(made.to_json())
    assert known["tensors"]["w"] == {
        "shape": [1, 2], "n_bad": 1, "checked": 2, "rel_error": None, "excess": 0.5, "largest_bound": 0.5, "kinks": 1,
        "worst": {"index": [0, 1], "analytic": None, "numeric": 1.0}, "method": "central", "h": 1e-4,
    }  # fmt: skip
    assert known["findings"][0]["fix"] == "negate it"
    assert {k: known[k] for k in ("label", "verdict", "ok", "nfev", "seed", "place", "unchecked", "notes")} == {
        "label": "affine", "verdict": "fail", "ok": False, "nfev": 7, "seed": 3, "place": "a.py:1", "unchecked": None,
        "notes": ["one"],
    }  # fmt: skip
    assert len(json.loads(Suite([made, made]).to_json())) == 2
    assert json_report.plain({1: (np.float64(2), np.inf, np.arange(2), len, True, None)}) == {
        "1": [2.0, None, [0, 1], str(len), True, None]
    }


def test_places_have_parts():
    assert place_from("a/b.py:12") == ("a/b.py", 12, "")
    assert place_from("b.ipynb, cell 3, line 2") == ("b.ipynb", 1, "cell 3, line 2")
    assert place_from("b.py") == ("b.py", 1, "")
    assert place_from(None) is None


def sourced(lines, at=None, start=1):
    finding = Finding("SIGN", "error", "w", "said", {}, f"a.py:{at}  code" if at else None)
    return report(finding, source_text="\n".join(f"line {k}" for k in range(start, start + lines)), source_start=start)


@pytest.mark.parametrize(
    ("lines", "at", "start", "first", "last"),
    [(40, 5, 1, 1, 40), (41, 1, 1, 1, 40), (41, 41, 1, 2, 41), (100, 50, 1, 30, 69), (100, 150, 101, 130, 169),
     (100, None, 1, 1, 40), (100, 100, 1, 61, 100)],
)  # fmt: skip
def test_a_fragment_shows_the_source_around_the_finding(lines, at, start, first, last):
    shown = fragment._excerpt(sourced(lines, at, start))
    known = shown.source_text.split("\n")
    assert (shown.source_start, known[0], known[-1]) == (first, f"line {first}", f"line {last}")


def test_a_fragment_is_as_rich_as_it_fits():
    made = sourced(10, 3)
    made.tensors = {"w": tensor([3.0, 1.0], [1.0, 1.0], bad=[0])}
    full = html.section(made, 1, fragment.CELLS, fragment.DOTS)
    plain = html.section(made, 0)
    assert "<svg" in full
    assert "<svg" not in plain
    assert fragment._fitting(made, len(full.encode())) == full
    assert fragment._fitting(made, len(full.encode()) - 1) == plain
    assert "line 3" not in fragment._fitting(made, len(plain.encode()) - 1)
    assert fragment._fitting(made, 10) is None
    assert fragment._scoped(":root{a:b}h1,td.n{c:d}") == ".gradcheck{a:b}.gradcheck h1,.gradcheck td.n{c:d}"
    many = fragment.fragment([made] * 400)
    assert len(many.encode()) <= 60_000
    left = int(many.partition(" more: print them")[0].rpartition(">")[2])
    assert 400 - left == many.count("<section><h2")
    assert "line 3" in fragment.fragment([made])
    assert "<table><tr><th>verdict" not in fragment.fragment([made])


def test_a_page_marks_the_lines_of_findings():
    page = html.page([sourced(4, 3)])
    assert "<b>   3  line 3</b>" in page
    assert page.count("<b>") == 1
    assert "<title>gradcheck: affine</title>" in page
    several = html.page([report(), sourced(4, 3), report()])
    assert "<title>gradcheck: 1 of 3 checks fail</title>" in several
    assert several.index('badge fail">') < several.index('badge pass">')
    assert several.count("<section><h2>") == 3
    assert html.page([report()] * 4).count("<section><h2>") == 0, "of many those that fail"
    assert html.page([sourced(1, 1)] * 40).count("<section><h2>") == 30
    assert html.source_block(report()) == ""
    assert html._line("a.py:12  code") == 12
    assert html._line("cell 3, line 2") is None


def test_causes_come_before_what_follows_from_them():
    aliased, both = Finding("ALIASED", "error", "w", ""), Finding("ALIASED", "error", "w", "")
    both.evidence["between_gradients"] = True
    other, note = Finding("ALIASED", "error", "b", ""), Finding("MUTATES", "note", "w", "")
    wrong = Finding("SIGN", "error", "w", "")
    assert causes_first([aliased, note, other], [wrong]) == [other, wrong, aliased, note]
    assert [f is both for f in causes_first([both], [wrong])] == [True, False]
    assert causes_first([aliased], [Finding("UNNAMED", "error", "w", "")])[0] is aliased
    assert causes_first([aliased], [Finding("SIGN", "note", "w", "")])[0] is aliased


class Run:
    """A run on which these tensors are wrong."""

    def __init__(self, **wrong):
        self.judged = {k: type("J", (), {"bad": np.array(v)}) for k, v in wrong.items() if v}
        self.wrong, self.misshapen = list(wrong), {"shaped"}

    def bad(self):
        return self.wrong


def test_every_wrong_tensor_is_told():
    runs = [Run(w=[True, False], b=[True, True, True], shaped=[], gone=[])]
    sign = Finding("SIGN", "error", "w", "said")
    told = say_all([sign], runs)
    assert [(f.where, f.message) for f in told[1:]] == [
        ("b", "b is wrong as well; not explained by the above: 3 of 3 elements"),
        ("shaped", "shaped is wrong as well; not explained by the above: it has another shape"),
        ("gone", "gone is wrong as well; not explained by the above: it is missing"),
    ]
    behind = Finding("SIGN", "error", "w", "said", {"follows": ["b", "w"]})
    assert len(say_all([behind], [Run(w=[True], b=[True])])) == 1
    assert behind.message == "said. b is wrong as well, and may follow from this"
    mended = Finding("SIGN", "error", "w", "said", fix_verified=True)
    say_all([mended], [Run(w=[True], b=[True])])
    assert mended.message == "said. b is wrong as well; the edit mends it too"
    mended.message = "said"
    say_all([mended], runs)
    assert mended.message == "said. b, shaped, gone are wrong as well; the edit mends them too"
    note = Finding("SIGN", "note", "w", "said")
    assert say_all([note], runs) == [note]
    assert say_all([sign], [Run(w=[True])]) == [sign]
