"""What the processes that check and grade a file tell, step by step, and what is made of it: steps told by hand."""

import copy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck import Finding, Report
from gradcheck.finder import checking, worker as checks
from gradcheck.finder.checking import FILE, check_file
from gradcheck.finder.find import NOTHING_FOUND
from gradcheck.finder.transfer import packed
from gradcheck.findings import TensorResult
from gradcheck.grading import worker as grades
from gradcheck.grading.class_values import rebound
from gradcheck.grading.values import RIGHT, Values
from gradcheck.workers import ENDED

ONE = """
import numpy as np

def relu(x):
    return np.maximum(x, 0)

def double_forward(x):
    return 2 * x, None

def double_backward(dout, cache):
    return 2 * dout

def triple_forward(x):
    return 3 * x, None

def triple_backward(dout, cache):
    return 2 * dout
"""


def told_by(monkeypatch, module, **request):
    """What a worker's main tells for a request."""
    steps = []
    monkeypatch.setattr(module, "asked", lambda: (request, lambda **step: steps.append(step)))
    assert module.main() == 0
    return steps


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(ONE)
    return path


def request_of(path, **more):
    return {"path": str(path), "working": str(path.parent), "definitions_only": False, "skip": [], "sweeps": False,
            "seed": 0, "seeds": 1, "options": {"repair": False}, **more}  # fmt: skip


def test_a_file_is_checked_step_by_step(monkeypatch, file):
    steps = told_by(monkeypatch, checks, **request_of(file))
    assert [next(iter(step)) for step in steps] == ["found", "begin", "report", "begin", "report", "end"]
    assert steps[0] == {
        "found": [["double", "layer", f"{file}:10"], ["triple", "layer", f"{file}:16"]], "notes": []
    }  # fmt: skip
    assert [step["begin"] for step in steps if "begin" in step] == [0, 1]
    assert [step["report"]["label"] for step in steps if "report" in step] == ["double", "triple"]
    assert [one["code"] for one in steps[4]["report"]["findings"]] == ["SCALE_OTHER"]
    assert steps[4]["report"]["sweeps"] == {}
    assert steps[-1] == {"end": True}
    some = told_by(monkeypatch, checks, **request_of(file, skip=[0], sweeps=True))
    assert [step["begin"] for step in some if "begin" in step] == [1]
    assert set(some[2]["report"]["sweeps"]) == {"x"}


@pytest.mark.parametrize(
    ("text", "words"),
    [("def broken(:\n", "mine.py"), ("raise ValueError('a\\n  b')\n", "a b")],
)
def test_a_file_that_cannot_be_loaded_is_told_in_one_line(monkeypatch, file, text, words):
    file.write_text(text)
    (step,) = told_by(monkeypatch, checks, **request_of(file))
    assert list(step) == ["unloadable"]
    assert words in step["unloadable"]
    assert "\n" not in step["unloadable"]


def test_a_worker_without_words_tells_the_kind_of_error(monkeypatch, file):
    def ends(*_):
        raise SystemExit

    monkeypatch.setattr(checks, "load_file", ends)
    assert told_by(monkeypatch, checks, **request_of(file)) == [{"unloadable": "SystemExit"}]
    monkeypatch.setattr(grades, "find", ends)
    request = {"memory": None, "reference": str(file), "submission": str(file)}
    assert told_by(monkeypatch, grades, **request) == [{"unloadable": "SystemExit"}]


def test_definitions_alone_are_loaded_where_that_is_asked(monkeypatch, file):
    file.write_text(ONE + "\nraise ValueError\n")
    first, *_ = told_by(monkeypatch, checks, **request_of(file, definitions_only=True, skip=[0, 1]))
    assert (len(first["found"]), first["notes"]) == (2, [])


class Asked:
    """A subject whose reports have these verdicts in turn."""

    name = "asked"

    def __init__(self, *verdicts):
        self.left, self.seeds = iter(verdicts), []

    def report(self, **options):
        self.seeds.append(options.pop("seed"))
        return SimpleNamespace(verdict=next(self.left), options=options)


@pytest.mark.parametrize(
    ("verdicts", "last", "seeds"),
    [("ppp", "pass", [4, 5, 6]), ("pfp", "fail", [4, 5]), ("ipp", "inconclusive", [4]), ("ppf", "fail", [4, 5, 6])],
)
def test_of_several_seeds_the_first_that_does_not_pass_is_told(verdicts, last, seeds):
    names = {"p": "pass", "f": "fail", "i": "inconclusive"}
    subject = Asked(*(names[one] for one in verdicts))
    told = checks._worst(subject, {"seed": 4, "seeds": 3, "options": {"repair": False}})
    assert (told.verdict, subject.seeds, told.options) == (last, seeds, {"repair": False})
    assert checks._worst(Asked(), {"seed": 4, "seeds": 0, "options": {}}).label == "asked"


@pytest.fixture
def told(monkeypatch):
    """told(*runs): each run of the worker tells these steps; its requests are kept."""

    def scripted(*runs):
        requests, left = [], iter(runs)

        def steps(*asked):
            requests.append(copy.deepcopy(asked))
            yield from next(left)

        monkeypatch.setattr(checking, "steps", steps)
        return requests

    return scripted


FOUND = {"found": [["f", "layer", "a.py:3"], ["g", "loss", "a.py:9"]], "notes": ["one"]}
OF_F, OF_G = ({"report": packed(Report(label=name, compared=1))} for name in "fg")


def rows():
    return [(row.name, row.kind, row.where, row.report.unchecked, row.notes)
            for row in check_file(Path("/a/mine.py"), {"seed": 3}, 7.0, 2.0)]  # fmt: skip


def test_each_subject_of_a_file_is_a_row(told):
    requests = told([FOUND, {"begin": 0}, OF_F, OF_G, {"begin": 1}, OF_G, {"end": True}, {"unloadable": "late"}])
    assert rows() == [("f", "layer", "a.py:3", None, ("one",)), ("g", "loss", "a.py:9", None, ("one",))]
    ((module, request, folder, timeout, starting),) = requests
    assert (module, folder, timeout, starting) == ("gradcheck.finder.worker", Path("/a"), 7.0, 2.0)
    assert request == {"seed": 3, "path": "/a/mine.py", "working": str(Path.cwd()), "skip": [],
                       "definitions_only": False}  # fmt: skip


def test_what_hangs_is_a_row_and_the_rest_is_checked(told):
    requests = told(
        [FOUND, {"begin": 0}, {ENDED: "killed"}], [FOUND, {"begin": 1}, OF_G, {"end": True}]
    )  # fmt: skip
    assert rows() == [("f", "layer", "a.py:3", "killed", ("one",)), ("g", "loss", "a.py:9", None, ("one",))]
    assert [request["skip"] for _, request, *_ in requests] == [[], [0]]
    told([FOUND, {"begin": 0}, OF_F, {"begin": 1}], [FOUND, {"end": True}])
    assert rows()[1][3] == "nothing was told"


@pytest.mark.parametrize(
    ("runs", "words", "notes", "asked"),
    [
        ([[{"unloadable": "no file"}]], "no file", (), [False]),
        ([[{"found": [], "notes": ["n"]}, {"end": True}]], NOTHING_FOUND, ("n",), [False]),
        ([[{"end": True}]], NOTHING_FOUND, (), [False]),
        ([[FOUND, {ENDED: "killed"}]], "killed, as it was loaded", ("one",), [False]),
        ([[{ENDED: "killed"}], [{ENDED: "late"}]], "late, as it was loaded",
         ("mine.py: killed, as it was loaded; only its definitions are used",), [False, True]),
    ],
)  # fmt: skip
def test_a_file_of_which_nothing_comes_is_one_row(told, runs, words, notes, asked):
    requests = told(*runs)
    assert rows() == [("mine.py", FILE, "/a/mine.py:1", words, notes)]
    assert [request["definitions_only"] for _, request, *_ in requests] == asked


def test_a_file_that_hangs_is_checked_by_its_definitions(told):
    told([{ENDED: "late"}], [FOUND, {"begin": 0}, OF_F, {"begin": 1}, OF_G, {"end": True}])
    late = "mine.py: late, as it was loaded; only its definitions are used"
    assert [row[4] for row in rows()] == [(late, "one")] * 2


def test_a_submission_is_graded_step_by_step(monkeypatch, file, tmp_path):
    limits = []
    monkeypatch.setattr(grades, "_limit_memory", limits.append)
    reference = tmp_path / "reference.py"
    reference.write_text(ONE.replace("return 2 * dout", "return 3 * dout") + "\nPOINTS = {'double': 3}\n")
    request = {"memory": 99, "reference": str(reference), "submission": str(file), "skip": ["double"], "seed": 0,
               "repair": False}  # fmt: skip
    steps = told_by(monkeypatch, grades, **request)
    assert limits == [99]
    assert steps[:3] == [
        {"reference": ["double", "triple"], "points": {"double": 3}}, {"loaded": True}, {"begin": "triple"}
    ]  # fmt: skip
    assert (steps[3]["row"]["values"]["verdict"], steps[3]["row"]["verdict"]) == (RIGHT, "fail")
    assert steps[4:] == [{"end": True}]
    file.write_text("import nobody_has_this\nnobody_has_this.f(")
    (names, broken) = told_by(monkeypatch, grades, **request)
    assert names["reference"] == ["double", "triple"]
    assert "mine.py" in broken["unloadable"]


def subject(name, kind="layer", missing=None, report=None, inputs=None, functions=(len,)):
    return SimpleNamespace(name=name, kind=kind, missing=missing, inputs=inputs, functions=functions,
                           report=lambda **asked: report or asked)  # fmt: skip


def test_a_row_for_what_is_missing(monkeypatch):
    request = {"seed": 3, "repair": True}
    assert grades._row({}, subject("f", missing="no arguments"), request) == {"unchecked": "no arguments"}
    assert grades._row({"g": 1, "h": 2}, subject("f"), request) == {"absent": "not there: the file has g, h"}
    assert grades._row({}, subject("f"), request) == {
        "absent": "not there: the file has nothing that could be checked"
    }  # fmt: skip


class Mine:
    pass


def test_the_reference_s_inputs_make_objects_of_the_student_s_classes(monkeypatch):
    seen = []
    monkeypatch.setattr(grades, "compare", lambda *asked: seen.append(asked) or Values(RIGHT))
    monkeypatch.setattr(grades, "_told", lambda values, asked: (values, asked))
    mine = subject("f")
    reference = subject("f", inputs=lambda rng, n: Other())  # noqa: F821  the student's
    other = subject("Other", "class", functions=(Mine,))
    Mine.__name__ = "Other"
    values, asked = grades._row({"f": mine, "c": other}, reference, {"seed": 3, "repair": True})
    (given, wanted, inputs, seed) = seen[0]
    assert (given, wanted, seed, values.verdict) == (mine, reference, 3, RIGHT)
    assert isinstance(inputs(None, 2), Mine)
    assert {k: asked[k] for k in ("seed", "repair")} == {"seed": 3, "repair": True}
    assert asked["inputs"] is inputs
    assert rebound(None, {}) is None
    assert rebound(len, {}) is len


def tensor(numeric):
    numeric = np.array(numeric)
    no = np.zeros(numeric.shape, bool)
    return TensorResult(numeric, numeric, np.zeros(numeric.shape), no, no, no, 0.0)


def test_what_is_told_of_a_report():
    report = Report(label="f", place="a.py:3", source_text="code", source_start=7, compared=1)
    report.findings = [Finding("SIGN", "error", "x", "said")]
    report.tensors = {"x": tensor([0.0, 0.0]), "w": tensor([0.0, 1.0])}
    told = grades._told(Values(RIGHT, "words", "numbers"), report)
    assert told == {
        "values": {"verdict": RIGHT, "words": "words", "numbers": "numbers"}, "verdict": "fail", "constant": False,
        "findings": [vars(report.findings[0])], "unchecked": None, "place": "a.py:3", "source_text": "code",
        "source_start": 7,
    }  # fmt: skip
    del report.tensors["w"]
    assert grades._told(Values(RIGHT), report)["constant"] is True
    assert grades._told(Values(RIGHT), Report(label="f"))["constant"] is False


def test_points_stand_in_files_of_python(tmp_path):
    path = tmp_path / "reference.py"
    path.write_text("POINTS = {'f': 2}\n")
    assert grades._points(str(path)) == {"f": 2}
    path.write_text("")
    assert grades._points(str(path)) == {}
    path.write_text("POINTS = {'f': 2}\nraise SystemExit\n")
    assert grades._points(str(path)) == {"f": 2}, "a script may end itself"
    assert grades._points("book.ipynb") == {}
