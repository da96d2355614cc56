"""What a CI reads: JUnit, GitHub's annotations, SARIF; with hostile words in labels and sources."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import gradcheck
from cli.main import main
from gradcheck import Finding, Report, Suite

MODULE = """
import numpy as np

def inputs(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)

def f_forward(x, w, b):
    return x @ w + b, (x, w, b)

def f_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)

def g_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my layer.py"
    path.write_text(MODULE)
    return path


def wrong(label="wrong"):
    return gradcheck.layer(lambda x: (x * 2, None), lambda d, c: d * 1.0, np.ones((2, 3)), label=label)


def unchecked(label="odd", words="no argument was drawn; write one"):
    return Report(label=label, place="sub/odd.py:7", unchecked=words)


def test_what_cannot_be_checked_is_neither_right_nor_wrong():
    report = unchecked()
    assert (report.ok, report.verdict, Suite([report], 0).verdict) == (False, "inconclusive", "inconclusive")
    assert str(report).splitlines() == ["INCONCLUSIVE  odd", "  not checked: no argument was drawn; write one"]
    assert "not checked: no argument was drawn" in str(Suite([report, report], 0))
    assert "no argument was drawn" in report.to_html()
    assert json.loads(report.to_json())["unchecked"].startswith("no argument")


def test_junit_has_a_case_per_report_and_the_report_in_it(module):
    calls = [f"{module}:f_forward,{name}" for name in ("f_backward", "g_backward")]
    assert main(["gradcheck", *calls, "--junit", "j.xml"]) == 1
    suite = ElementTree.parse("j.xml").getroot().find("testsuite")
    assert [suite.get(key) for key in ("tests", "failures", "errors")] == ["2", "1", "0"]
    bad, good = suite.findall("testcase")
    assert (bad.get("file"), bad.get("line")) == (str(module), "10")
    assert bad.find("failure").get("type") == "SCALE_INV_BATCH"
    assert "averaged twice" in bad.find("failure").text
    assert len(good) == 0


def test_junit_is_xml_whatever_the_words_are():
    hostile = 'a<b>&"]]>\x00\x1b[31m\ud800\n'
    root = ElementTree.fromstring(Suite([wrong(hostile), unchecked("u", hostile)], 0).to_junit().partition("\n")[2])
    assert [case.find(kind) is not None for case, kind in zip(root[0], ("failure", "error"), strict=True)] == [True] * 2
    assert root[0][0].get("name").startswith('a<b>&"]]>??[31m?')


def test_annotations_stand_at_the_line_of_the_fault(module, capsys):
    assert main(["gradcheck", f"{module}:f_forward,f_backward", "--format", "github"]) == 1
    lines = capsys.readouterr().out.splitlines()
    match = re.fullmatch(r"::error file=my layer\.py,line=12,title=(?P<title>[^:,]*)::(?P<text>.*)", lines[0])
    assert "SCALE_INV_BATCH b" in match["title"]
    assert "%0A" in match["text"]
    assert "mean -> sum" in match["text"]
    assert lines[1:] == ["0 of 1 checks pass"]


def test_no_annotation_can_be_forged_by_a_name():
    forged = Report(label="x::y,line=3\n::error ::owned 100%", place="a,b:c.py:4")
    forged.findings.append(Finding("SIGN", "error", "x", "said\r\n::add-mask::all", {}, "a,b:c.py:9  code"))
    remarks = Suite([forged, unchecked()], 0).to_github().split("\n")
    assert remarks == [
        "::error file=a%2Cb%3Ac.py,line=9,title=x%3A%3Ay%2Cline=3%0A%3A%3Aerror %3A%3Aowned 100%25%3A SIGN x"
        "::said%0D%0A::add-mask::all%0Aanalytic = -numeric",
        "::warning file=sub/odd.py,line=7,title=odd%3A not judged::no argument was drawn; write one",
    ]


def test_a_place_in_a_notebook():
    report = Report(label="affine", place="a/my book.ipynb, cell 3, line 2", unchecked="w")
    assert Suite([report], 0).to_github() == (
        "::warning file=a/my book.ipynb,line=1,title=affine (cell 3%2C line 2)%3A not judged::w"
    )
    case = ElementTree.fromstring(Suite([report], 0).to_junit().partition("\n")[2])[0][0]
    assert (case.get("file"), case.get("line"), case.get("classname")) == ("a/my book.ipynb", "1", "my book")


def test_a_passing_report_is_not_annotated():
    assert Suite([gradcheck.layer("relu")], 0).to_github() == ""


def test_sarif(module):
    assert main(["gradcheck", f"{module}:f_forward,f_backward", "--sarif", "s.json"]) == 1
    log = json.loads(Path("s.json").read_text())
    run = log["runs"][0]
    (result,) = run["results"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["SCALE_INV_BATCH"]
    assert (result["ruleId"], result["level"]) == ("SCALE_INV_BATCH", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "my%20layer.py"}, "region": {"startLine": 12}}


def test_sarif_without_a_place_and_outside_of_the_working_folder():
    nowhere = Report(label="n", unchecked="w")
    outside = Report(label="o", place="/elsewhere/a b.py:3", unchecked="w")
    results = json.loads(Suite([nowhere, outside], 0).to_sarif())["runs"][0]["results"]
    assert "locations" not in results[0]
    assert results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///elsewhere/a%20b.py"
    assert {r["ruleId"] for r in results} == {"NOT_CHECKED"}
