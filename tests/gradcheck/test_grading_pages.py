"""What a teacher and a student get of `--grade`: the command, its files, the page with hints."""

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from submissions import LIMITS, LOADED_FOR_EVER, MEAN, NO_BIAS, REFERENCE, edited, graded

from cli.main import main
from gradcheck.grading.grade import read_reference
from gradcheck.grading.page import page


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    path = tmp_path_factory.mktemp("teacher") / "reference.py"
    path.write_text(REFERENCE)
    return read_reference(path, LIMITS)


class Words(HTMLParser):
    """All text of a page, its tags left out; fails on a script."""

    def __init__(self):
        super().__init__()
        self.words = []

    def handle_starttag(self, tag, attrs):
        assert tag != "script"

    def handle_data(self, data):
        self.words.append(data)


def words_of(text):
    parser = Words()
    parser.feed(text)
    return " ".join(parser.words)


def test_a_hint_names_the_bug_and_not_the_edit(reference, tmp_path):
    wrong = edited(("dout @ w.T", "(dout @ w.T) * 2"), ("dout.sum(axis=0)", "dout.mean(axis=0)"))
    result = graded(wrong, reference, tmp_path, repair=True)
    told, hinted = words_of(page(result, hints_only=False)), words_of(page(result, hints_only=True))
    assert "SCALE_INV_BATCH" in told
    assert "SCALE_INV_BATCH" in hinted
    assert "averaged where a sum is right" in hinted
    explained = [finding.message for row in result.rows for finding in row.findings]
    assert explained
    assert all(" ".join(one.split()) in " ".join(told.split()) for one in explained)
    assert not any(" ".join(one.split()) in " ".join(hinted.split()) for one in explained)
    mended = graded(MEAN, reference, tmp_path, repair=True)
    assert "mean -> sum" in words_of(page(mended, hints_only=False))
    assert "mean -> sum" not in words_of(page(mended, hints_only=True))
    missing = graded(NO_BIAS, reference, tmp_path)
    assert "; expected " in words_of(page(missing, hints_only=False))
    assert "; expected " not in words_of(page(missing, hints_only=True))


def test_a_page_escapes_what_a_submission_says(reference, tmp_path):
    result = graded(edited(("np.maximum(x, 0), x", "1 / 0, '<script>alert(1)</script>'")), reference, tmp_path)
    assert "<script>" not in page(result, hints_only=False)
    result.label = "<script>x"
    assert "<script>" not in page(result, hints_only=True)


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reference.py").write_text(REFERENCE)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mean.py").write_text(MEAN)
    (tmp_path / "in" / "right.py").write_text(REFERENCE)
    return tmp_path


AGAINST = ["--against", "reference.py", "--jobs", "1", "--hints-only"]


def test_the_command(course, capsys):
    assert main(["gradcheck", "--grade", "in", *AGAINST, "--csv", "points.csv", "--pages", "pages"]) == 1
    out = capsys.readouterr().out
    assert "1 of 2 submissions have all 8 points" in out
    assert "affine                            2 of 4     values right         gradients fail" in out
    rows = list(csv.DictReader(Path("points.csv").read_text().splitlines()))
    assert [(row["submission"], row["affine"], row["total"], row["of"]) for row in rows] == [
        ("mean.py", "2", "6", "8"),
        ("right.py", "4", "8", "8"),
    ]
    assert sorted(one.name for one in Path("pages").iterdir()) == ["mean.py.html", "right.py.html"]
    assert main(["gradcheck", "--grade", "in/right.py", *AGAINST]) == 0


def test_the_command_as_json(course, capsys):
    assert main(["gradcheck", "--grade", "in/mean.py", *AGAINST, "--json"]) == 1
    (one,) = json.loads(capsys.readouterr().out)
    first = one["functions"][0]
    assert (one["points"], first["function"], first["points"]) == (6, "affine", 2)
    assert (first["findings"][0]["code"], first["findings"][0]["message"]) == ("SCALE_INV_BATCH", "")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [(["in"], 2, "--grade needs --against"), (["--against", "reference.py"], 2, "was given no submission"),
     (["nobody.py", "--against", "reference.py"], 3, "nobody.py"), (["in", "--against", "no.py"], 3, "no.py"),
     (["in", *AGAINST, "--timeout", "0"], 2, "--timeout is 0"), (["in", *AGAINST, "--memory", "5"], 2, "--memory is 5"),
     (["in", "--against", "reference.py", "--jobs", "0"], 2, "--jobs is 0")],
)  # fmt: skip
def test_misuse_is_one_line(arguments, code, words, course, capsys):
    assert main(["gradcheck", "--grade", *arguments]) == code
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    "flags", [["--against", "reference.py"], ["--hints-only"], ["--memory", "0"], ["--pages", "p"]]
)
def test_flags_of_grading_without_it_are_not_passed_over(flags, course, capsys):
    assert main(["gradcheck", "relu", *flags]) == 2
    assert f"{flags[0]} belongs to --grade" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--html", "--junit", "--sarif"])
def test_files_that_grading_does_not_write_are_not_promised(flag, course, capsys):
    assert main(["gradcheck", "--grade", "in", *AGAINST, flag, "file"]) == 2
    assert f"{flag} does not go with --grade" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_interrupt_ends_it_and_every_submission(course):
    for name in "abc":
        (course / "in" / f"{name}.py").write_text(f"{LOADED_FOR_EVER}# {course}\n")
    command = [
        sys.executable,
        "-m",
        "cli.main",
        "gradcheck",
        "--grade",
        "in",
        "--against",
        "reference.py",
        "--jobs",
        "2",
    ]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(4)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert (run.returncode, err) == (130, "layergraph: interrupted\n")
    until = time.monotonic() + 20
    while (left := workers_of(course)) and time.monotonic() < until:
        time.sleep(0.2)
    assert not left


def workers_of(folder):
    """The workers whose working folder is the one of these submissions."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if one.readlink() == folder / "in":
                found.append(one.parent.name)
    return found


def test_files_of_one_name_are_told_apart_by_their_folders(course, capsys):
    for name in ("ann", "=bob"):
        (course / name).mkdir()
        (course / name / "layers.py").write_text(REFERENCE)
    assert main(["gradcheck", "--grade", "ann/layers.py", "=bob/layers.py", *AGAINST, "--csv", "p.csv"]) == 0
    out = capsys.readouterr().out
    assert "ann/layers.py" in out
    assert "\n'=bob/layers.py,4,2,2,8,8,\n" in (course / "p.csv").read_text()
