"""Values compared with those of a reference, points, and the words and cells in which they are told."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck import Finding
from gradcheck.grading import grade as grading, page, tables, values, worker
from gradcheck.grading.grade import Graded, Reference, Row
from gradcheck.grading.process import Answers
from gradcheck.grading.values import NOT_COMPARED, RIGHT, WRONG


def difference(mine, right):
    found = values._difference([np.asarray(m) for m in mine], [np.asarray(r) for r in right])
    return None if found is None else (found.words, found.numbers)


def test_values_are_right_to_the_precision_of_their_numbers():
    big = np.array([100.0, 1.0])
    assert difference([big + np.array([0, 0.9e-4])], [big]) is None
    assert difference([big + np.array([0, 1.1e-4])], [big]) == (
        "the output differs from the reference in 1 of 2 elements", "the output[1] is 1.00011; expected 1"
    )  # fmt: skip
    single = big.astype(np.float32)
    assert difference([single + np.float32([0, 0.09])], [big]) is None
    assert difference([single + np.float32([0, 0.11])], [big]) is not None
    half = big.astype(np.float16)
    assert difference([half + np.float16([0, 9])], [big]) is None
    assert difference([half + np.float16([0, 11])], [big]) is not None
    assert difference([np.array([0.9e-12])], [np.zeros(1)]) is None
    assert difference([np.array([1.1e-12])], [np.zeros(1)]) is not None
    assert difference([np.array([1, 2])], [np.array([1, 2])]) is None


def test_what_is_wrong_with_values_is_said():
    a = np.arange(6.0).reshape(2, 3)
    assert difference([a, a], [a]) == ("2 outputs; expected 1", "")
    assert difference([a.T], [a]) == ("the output has the shape (3, 2); expected (2, 3)", "")
    assert difference([a, a + 1], [a, a]) == (
        "output 2 differs from the reference in 6 of 6 elements", "output 2[0, 0] is 1; expected 0"
    )  # fmt: skip
    assert difference([np.array(["a"])], [np.array([1.0])])[0] == "the output is <U1; expected float64"
    holes = a.copy()
    holes[1, 2] = np.nan
    assert difference([holes], [a]) == (
        "the output differs from the reference in 1 of 6 elements, and is not finite there",
        "the output[1, 2] is nan; expected 5",
    )
    assert difference([holes], [holes]) is None
    infinite = a.copy()
    infinite[0, 0] = np.inf
    assert difference([infinite], [infinite]) is None
    assert difference([np.array(3.0)], [np.array(2.0)])[1] == "the output is 3; expected 2"
    assert difference([np.zeros(0)], [np.zeros(0)]) is None
    assert difference([np.zeros(0), a + 1], [np.zeros(0), a]) is not None


def test_outputs_of_each_kind_of_function():
    def of(kind, *functions):
        return [float(np.ravel(one)[0]) for one in values._forward(kind, functions, [np.full(3, 2.0)])]

    assert of("net", lambda x: ({"a": x}, x, 0.5)) == [0.5]
    assert of("net", lambda x: 0.25) == [0.25]
    assert of("pointwise", lambda x: x**2, None) == [4.0]
    assert of("loss", lambda x: (7.0, x)) == [7.0]
    assert of("layer", lambda x: (3 * x, x), lambda dout, cache: dout) == [6.0]


REFERENCE = Reference("r.py", {"f": 4.0}, {"f"}, {"f"}, {})


def row(told, of=4.0):
    return grading._row("f", of, told)


@pytest.mark.parametrize(
    ("in_values", "in_gradients", "said", "verdict", "points"),
    [
        (True, True, RIGHT, "pass", 4.0), (True, True, RIGHT, "fail", 2.0), (True, True, WRONG, "pass", 2.0),
        (True, True, WRONG, "fail", 0.0), (True, False, RIGHT, "fail", 4.0), (True, False, WRONG, "pass", 0.0),
        (False, True, WRONG, "pass", 4.0), (False, True, RIGHT, "fail", 0.0),
    ],
)  # fmt: skip
def test_half_of_the_points_are_for_values(in_values, in_gradients, said, verdict, points):
    reference = Reference("r.py", {"f": 4.0}, {"f"} if in_values else set(), {"f"} if in_gradients else set(), {})
    assert grading._earned(Row("f", 4.0, values=said, verdict=verdict), reference) == points


def test_a_row_takes_nothing_as_it_is():
    assert (row({}).verdict, row({}).values) == ("not checked", NOT_COMPARED)
    assert (row({"absent": "gone"}).verdict, row({"absent": "gone"}).words) == ("missing", "gone")
    assert row({"died": "hung"}).verdict == "ended"
    assert row({"unchecked": "odd"}).verdict == "not checked"
    told = row({"values": {"verdict": WRONG, "words": "w", "numbers": 3}, "absent": "gone", "verdict": "fail"})
    assert (told.values, told.words, told.numbers, told.verdict) == (WRONG, "w; gone", "3", "fail")
    finding = {"code": "SIGN", "severity": "error", "where": "x", "message": "m", "fix": 3, "fix_verified": 1}
    more = [{**finding, "code": "OWN"}, {**finding, "severity": "worst"}, "text"]
    (kept,) = row({"findings": [finding, *more]}).findings
    assert (kept.code, kept.where, kept.fix, kept.fix_verified) == ("SIGN", "x", None, False)
    placed = row({"place": "a.py:3", "source_text": ["no"], "source_start": 7})
    assert (placed.place, placed.source_text, placed.source_start) == ("a.py:3", None, 7)
    assert row({"source_start": "7"}).source_start == 1


def test_an_output_that_depends_on_nothing_is_no_pass():
    def verdict(said, of_values, constant=True):
        return row({"constant": constant, "verdict": said, "values": {"verdict": of_values, "words": "w"}}).verdict

    assert verdict("pass", WRONG) == verdict("inconclusive", NOT_COMPARED) == "fail"
    assert verdict("pass", RIGHT) == verdict("pass", WRONG, False) == "pass"
    assert verdict("ended", WRONG) == "ended"
    told = row({"constant": True, "verdict": "pass", "values": {"verdict": WRONG, "words": "w"}})
    assert told.words == "w; the output does not depend on the arguments"


@pytest.mark.parametrize(
    ("points", "words"),
    [({"g": 1}, r"POINTS of r.py names 'g'"), ({"f": -1}, "expected a number, 0 or more"), ({"f": True}, "0 or more"),
     ({"f": float("inf")}, "0 or more"), ({"f": "2"}, "0 or more"), ([1], "expected a dict of names and numbers")],
)  # fmt: skip
def test_points_that_are_none_are_refused(points, words):
    with pytest.raises(ValueError, match=words):
        grading._points(Answers(["f"], points, {}, None), "r.py")


def test_points_of_a_reference():
    assert grading._points(Answers(["f"], {"f": 0}, {}, None), "r.py") == {"f": 0.0}
    assert grading._points(Answers(["f"], None, {}, None), "r.py") == {}


SIGN = Finding("SIGN", "error", "x", "the sign", {"ratio": -1}, "a.py:3  code", "negate it", fix_verified=True)
ROWS = [
    Row("right", 2.0, 2.0, RIGHT, "", "", "pass"),
    Row("=wrong", 2.0, 1.0, WRONG, "differs", "it is 3", "fail", [SIGN, Finding("ALIASED", "note", "x", "")]),
    Row("gone", 1.5, 0.0, NOT_COMPARED, "not there", "", "missing"),
    Row("hung", 1.5, 0.0, NOT_COMPARED, "", "", "ended"),
]
GRADED, BROKEN = Graded("+anna.py", ROWS), Graded("ben.py", ROWS[2:3], "a SyntaxError")


def test_grades_as_text():
    assert (GRADED.points, GRADED.of) == (3.0, 7.0)
    assert tables.rows_of(GRADED, hints_only=False) == [
        "+anna.py",
        f"  {'right':28}      2 of 2     values right         gradients pass",
        f"  {'=wrong':28}      1 of 2     values wrong         gradients fail          differs; it is 3; SIGN x",
        f"  {'gone':28}      0 of 1.5   values not compared  gradients missing       not there",
        f"  {'hung':28}      0 of 1.5   values not compared  gradients ended         ended",
        f"  {'total':28}      3 of 7",
    ]
    assert tables.rows_of(GRADED, hints_only=True)[2].endswith("differs; SIGN x")
    assert tables.rows_of(BROKEN, hints_only=False)[1] == "  cannot be graded: a SyntaxError"
    assert tables.line_of(GRADED) == (
        f"{'+anna.py':32}      3 of 7     =wrong (values, SIGN), gone (missing), hung (ended)"
    )
    assert tables.line_of(BROKEN) == f"{'ben.py':32}      0 of 1.5   a SyntaxError"


def test_grades_as_csv_hold_no_formula():
    assert tables.csv_of([GRADED, BROKEN]).splitlines() == [
        "submission,right,'=wrong,gone,hung,total,of,remark",
        "'+anna.py,2,1,0,0,3,7,hung: ended",
        "ben.py,0,0,1.5,a SyntaxError",
    ]
    assert tables.csv_of([]).splitlines() == ["submission,total,of,remark"]


def test_the_page_of_a_student():
    told = page.page(GRADED, hints_only=False)
    assert "+anna.py: 3 of 7 points" in told
    assert '<td class="pass">right</td><td class="n">2 of 2</td><td>right</td><td>pass</td>' in told
    assert '<td class="fail">=wrong</td><td class="n">1 of 2</td>' in told
    assert "<h2>right" not in told, "what is right needs no words"
    assert "<div>Values: differs.</div><div>Values: it is 3.</div>" in told
    assert "<div>This function was not found in the file.</div><div>Not there.</div>" in told
    assert "negate it" in told
    hints = page.page(GRADED, hints_only=True)
    assert "SIGN" in hints
    for hidden in ("it is 3", "negate it", "the sign</div>"):
        assert hidden not in hints
    assert "a SyntaxError" in page.page(BROKEN, hints_only=False)
    assert "<h2>gone" not in page.page(BROKEN, hints_only=False)
    told = page.hint(SIGN)
    assert (told.message, told.fix, told.fix_verified, told.fix_tried, told.evidence) == ("", None, False, False, {})
    assert told.source == SIGN.source


def test_a_row_in_words():
    assert grading.describe(ROWS[1], hints_only=True) == "differs; SIGN x"
    for verdict, words in (("ended", "ended"), ("inconclusive", "inconclusive"), ("not checked", "not checked"),
                           ("missing", "")):  # fmt: skip
        assert grading.describe(Row("f", 1.0, verdict=verdict), hints_only=False) == words


@pytest.mark.parametrize(("count", "jobs", "needs_joblib"), [(3, 1, False), (1, 8, False), (1, 1, False), (2, 2, True)])
def test_one_file_at_a_time_needs_no_joblib(monkeypatch, count, jobs, needs_joblib):
    monkeypatch.setitem(sys.modules, "joblib", None)
    monkeypatch.setattr(grading, "grade", lambda path, label, *fixed: (path, label, *fixed))
    files = {f"label{k}": f"file{k}.py" for k in range(count)}
    graded = grading.grade_all(files, "reference", "limits", seed=7, repair=False, jobs=jobs)
    if needs_joblib:
        with pytest.raises(ImportError, match=r"several files at a time needs joblib: pip install joblib"):
            list(graded)
    else:
        assert list(graded) == [(path, label, "reference", "limits", 7, False) for label, path in files.items()]


@pytest.mark.parametrize(
    ("megabytes", "name", "platform", "limits"),
    [
        (64, "posix", "linux", [("core", (0, 0)), ("memory", (64 << 20, 64 << 20))]),
        (64, "posix", "darwin", [("core", (0, 0))]),
        (64, "nt", "win32", []),
        (None, "posix", "linux", []),
    ],
)
def test_memory_is_limited_where_the_system_can(monkeypatch, megabytes, name, platform, limits):
    kept = []
    fake = SimpleNamespace(RLIMIT_CORE="core", RLIMIT_AS="memory", setrlimit=lambda *limit: kept.append(limit))
    monkeypatch.setitem(sys.modules, "resource", fake)
    monkeypatch.setattr(worker, "os", SimpleNamespace(name=name))
    monkeypatch.setattr(worker, "sys", SimpleNamespace(platform=platform))
    worker._limit_memory(megabytes)
    assert kept == limits
