"""Where lines of reports break, which element is told, where remarks stand, how much a notebook keeps; all by hand."""

import os

import numpy as np
import pytest

from gradcheck import Finding, Report, Suite
from gradcheck.findings import TensorResult
from gradcheck.report import fragment, html, pictures, text
from gradcheck.report.annotations import Annotation, annotations
from gradcheck.report.places import place_from


def tensor(analytic, numeric, bad=(), doubtful=(), excess=0.5):
    analytic, numeric = np.asarray(analytic, float), np.asarray(numeric, float)
    wrong, unknown = np.zeros(numeric.shape, bool), np.zeros(numeric.shape, bool)
    wrong.ravel()[list(bad)] = True
    unknown.ravel()[list(doubtful)] = True
    no = np.zeros(numeric.shape, bool)
    return TensorResult(analytic, numeric, np.full(numeric.shape, 1e-9), no, wrong, unknown, excess)


def report(*findings, label="affine", tensors=(), **fields):
    made = Report(**{"label": label, "nfev": 7, "seconds": 0.012, "seed": 3, "compared": 4, **fields})
    made.findings, made.tensors = list(findings), dict(tensors)
    return made


def error(message="said", where="w", **fields):
    return Finding("SIGN", "error", where, message, **fields)


@pytest.mark.parametrize(("columns", "width"), [("200", 110), ("110", 110), ("90", 90), (None, 100)])
def test_lines_are_as_wide_as_the_terminal_and_at_most_110(monkeypatch, columns, width):
    def none(fd):
        raise OSError

    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", none)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    fits, longer = (str(report(error("x " * k + "y" * (width - 2 - 2 * k)))).splitlines() for k in (5, 6))
    assert len(fits[2]) == width
    assert len(longer[2]) == width
    over = str(report(error("x " * 5 + "y" * (width - 11)))).splitlines()
    assert over[2:4] == ["  x x x x x", "      " + "y" * (width - 11)]


def test_words_are_never_broken_and_empty_lines_are_left_out():
    said = report(error("one\n\ntwo\rthree well-known"), label="l" * 50)
    assert said.to_text(18).replace("\r", "|").splitlines()[:7] == [
        "FAIL", "    " + "l" * 50, "ERROR  SIGN  w", "  one", "two|three", "    well-known", "  -> analytic =",
    ]  # fmt: skip
    deeper = report(error("    deeper than that")).to_text(16).splitlines()
    assert deeper[2:5] == ["      deeper", "          than", "          that"]


def test_times_are_milliseconds():
    took = report(seconds=12.3456)
    assert took.to_text(100).splitlines()[-1] == "  7 forwards, 12346 ms, seed 3."
    assert "      0   12346" in str(Suite([took]))
    assert '<td class="n">12346</td>' in html.table([took, took])
    assert "7 forwards, 12346 ms, seed 3" in html.section(took)


def worst(**tensors):
    lines = report(error(), tensors=tensors).to_text(200).splitlines()
    return [line.partition(":")[0].strip() for line in lines if "worst element" in line]


def test_the_worst_element_is_told_of_a_tensor_that_is_wrong_and_comparable():
    wrong = tensor([1.0, 3.0], [1.0, 2.0], bad=[1])
    assert worst(w=wrong) == ["worst element w[1]"]
    assert worst(w=wrong, x=tensor([9.0], [1.0])) == ["worst element w[1]"], "the other one is not wrong"
    assert worst(x=tensor([np.nan], [1.0], bad=[0]), w=wrong) == ["worst element w[1]"], "nothing to compare"
    for shape in ((1,), (3,)):
        assert worst(x=tensor(np.ones(shape), [1.0, 2.0], bad=[0]), w=wrong) == ["worst element w[1]"]
    assert worst(x=tensor([np.nan], [1.0], bad=[0])) == []
    assert worst(x=tensor([9.0], [1.0])) == []
    assert worst(x=tensor(5.0, 1.0, bad=[0])) == ["worst element x"]


def test_the_table_of_no_reports_and_of_long_names():
    head = "verdict      layer gradients  rel.err  of tol.      ms"
    assert str(Suite([])) == f"{head}\n0 of 0 checks pass, 0.00 s"
    long = report(label="l" * 7, tensors={"w" * 5: tensor([1.0], [1.0]), "b" * 5: tensor([1.0], [1.0])})
    assert str(Suite([long])).splitlines()[:2] == [
        "verdict      layer   gradients     rel.err  of tol.      ms",
        "pass         lllllll wwwww, bbbbb  0.0e+00      0.5      12",
    ]


def remark(**fields):
    return annotations([report(**fields)])[0]


def test_remarks_without_a_place_or_a_reason():
    assert remark(inconclusive=True) == Annotation(
        "warning", "NOT_CHECKED", None, 1, "affine: not judged", "the numeric derivative cannot judge"
    )
    assert remark(inconclusive=True, notes=["one", "two", "one"]).message == "one; two"
    assert remark(unchecked="why", notes=["one"]).message == "why"
    (told,) = annotations([report(error(source="a.py:9  code"))])
    assert (told.file, told.line, told.level, told.title) == (None, 1, "error", "affine: SIGN w")


@pytest.mark.parametrize(
    ("source", "line"),
    [("b.py:9  code", 9), ("sub/b.py:9  code", 9), ("a.py:9  code", 4), ("c.py:9  code", 4), (None, 4), ("b.py", 4)],
)
def test_a_remark_stands_at_the_line_of_its_finding_in_the_same_file(source, line):
    (told,) = annotations([report(error(source=source), place="b.py:4")])
    assert (told.file, told.line) == ("b.py", line)


def test_paths_below_the_working_folder_are_told_from_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place, file in ((f"{tmp_path}/sub/a.py:3", "sub/a.py"), ("sub/a.py:3", "sub/a.py"), ("../a.py:3", "../a.py"),
                        ("/elsewhere/a.py:3", "/elsewhere/a.py")):  # fmt: skip
        assert remark(place=place, unchecked="w")[2:4] == (file, 3)


def test_machines_get_indented_json():
    assert Suite([report(error())]).to_sarif().startswith('{\n  "$schema": ')
    assert report().to_json().startswith('{\n  "label": "affine",\n')


def shown(width, height=1):
    """(cells, dots) of the picture of one wrong table in a fragment."""
    table = tensor(np.ones((height, width)), np.zeros((height, width)), bad=range(width * height))
    text = fragment.fragment([report(error(), tensors={"w": table})])
    return text.count("<title>["), text.count("<circle")


def test_pictures_in_notebooks_are_small():
    assert shown(14) == (14, 14)
    assert shown(15) == (8, 15)
    assert shown(12, 10) == (120, 120)
    assert shown(11, 11) == (121, 120)


def test_pictures_of_a_page_have_2000_dots_and_four_tensors():
    many = tensor(np.ones((40, 51)), np.zeros((40, 51)), bad=range(2040))
    assert pictures.scatter(many).count("<circle") == 2000
    few = {f"w{k}": tensor([1.0], [0.0], bad=[0]) for k in range(5)}
    page = html.section(report(error(), tensors=few))
    assert [f"<h3>w{k}</h3>" in page for k in range(5)] == [True] * 4 + [False]
    fine = {"x": tensor([1.0], [1.0]), "y": tensor([1.0], [1.0])}
    passing = html.section(report(tensors=fine))
    assert ("<h3>x</h3>" in passing, "<h3>y</h3>" in passing) == (True, False), "of those that pass the first alone"
    odd = html.section(report(error(), tensors={"w": tensor([1.0], [1.0, 0.0], bad=[0]), "e": tensor([], [])}))
    assert "<svg" not in odd
    assert ">w</td>" in odd


def test_a_fragment_has_60_kilobytes_with_200_to_spare_for_what_is_around():
    plain = report(source_text="code", unchecked="")
    frame = fragment.fragment([plain])
    style = frame[len('<div class="gradcheck">') : frame.index("<section>")]
    left = 60_000 - 200 - len(style)
    room = left - len(html.section(report(label=""), 1, 14, 120))
    full = fragment.fragment([report(label="l" * room)])
    assert full == f'<div class="gradcheck">{style}{html.section(report(label="l" * room))}</div>'
    assert "1 more: print them" in fragment.fragment([report(label="l" * (room + 1))])


def test_a_fragment_of_several_tells_those_that_fail():
    good, bad = report(label="good"), report(error(), label="bad")
    several = fragment.fragment([good, bad])
    assert several.count("<section><h2>") == 1
    assert several.count("<table><tr><th>verdict") == 1
    assert fragment.fragment([good]).count("<section><h2>") == 1


def test_the_state_of_tensors_on_a_page():
    rows = html.section(report(error(), tensors={"w": tensor([[1.0, 3.0]], [[1.0, 2.0]], bad=[1], excess=9.0)}))
    assert (
        '<tr><td class="fail">w</td><td>(1, 2)</td><td class="n">1 of 2</td>'
        '<td class="n">0.2 &quot;probably wrong&quot;</td><td class="n">9</td><td>central</td></tr>' in rows
    )
    assert '<td class="pass">' not in rows


def test_a_page_of_many_shows_those_that_fail_and_of_few_all():
    good, bad = report(label="good"), report(error(), label="bad")
    assert html.page([good, good, bad]).count("<section><h2>") == 3
    assert html.page([good, good, good, bad]).count("<section><h2>") == 1
    assert "<title>gradcheck: 1 of 4 checks fail</title>" in html.page([good, good, good, bad])
    assert html.page([good]).count("<table><tr><th>verdict") == 0
    assert html.page([good, bad]).count("<table><tr><th>verdict") == 1


def test_a_page_of_nothing():
    assert "<title>gradcheck: 0 of 0 checks fail</title>" in html.page([])


def test_tensors_are_in_agreement_up_to_their_tolerance():
    edge = report(tensors={"x": tensor([1.0], [1.0], excess=1.0), "y": tensor([1.0], [1.0], excess=1.01)})
    assert edge.to_text(100).splitlines()[1].startswith("  x: agree (largest difference 1 of the tolerance")
    for analytic, numeric in (([1.0, 2.0], [1.0]), ([1.0], [1.0, 2.0])):
        odd = report(error(), tensors={"x": tensor(analytic, numeric, bad=[0]), "b": tensor([3.0], [1.0])})
        assert text.row(odd, 6, 4) == "fail         affine x, b  5.0e-01      0.5      12  SIGN w"
        assert html.section(odd).count("<svg") == 0, "what has another shape has no picture"
    none = report(tensors={"x": tensor([1.0], [1.0], excess=2.0)})
    assert none.to_text(100).splitlines()[1:] == ["  7 forwards, 12 ms, seed 3."]


def test_a_remark_says_what_to_do():
    (told,) = annotations([report(error(fix="negate it"))])
    assert told.message.split("\n") == ["said", "analytic = -numeric", "suggestion: negate it"]
    (told,) = annotations([report(error())])
    assert told.message.split("\n") == ["said", "analytic = -numeric"]


def test_a_fragment_without_room_has_neither_pictures_nor_source():
    wrong = {"v": tensor([1.0], [0.0], bad=[0]), "w": tensor([1.0], [0.0], bad=[0])}
    made = report(error(), tensors=wrong, source_text="the code")
    plain, bare = html.section(made, 0), html.section(report(error(), tensors=wrong), 0)
    assert fragment._fitting(made, len(plain)) == plain
    assert fragment._fitting(made, len(plain) - 1) == bare
    assert "<svg" not in bare


def test_places_may_have_colons_and_commas():
    assert place_from("a:1/b.py:12") == ("a:1/b.py", 12, "")
    assert place_from("a, b.py") == ("a, b.py", 1, "")
