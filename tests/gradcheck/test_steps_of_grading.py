"""What is asked of the worker, again and again, until every function has a row; and which of them are compared."""

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.grading import class_values, grade, process
from gradcheck.grading.process import Answers, Limits, ask
from gradcheck.grading.values import NOT_COMPARED, RIGHT, WRONG, compare
from gradcheck.workers import ENDED, STILL

LATE = f"{STILL} 30 s"
NAMES = {"reference": ["f", "g"], "points": {"f": 1}}


@pytest.fixture
def told(monkeypatch):
    """told(*runs): each run of the worker tells these steps; its requests are kept."""

    def scripted(*runs):
        requests, left = [], iter(runs)

        def steps(worker, request, folder, timeout):
            requests.append((worker, request, folder, timeout))
            yield from next(left)

        monkeypatch.setattr(process, "steps", steps)
        return requests

    return scripted


def test_what_is_late_is_asked_once_more_and_the_rest_is_asked_without_it(told):
    begin_g, late = {"begin": "g"}, {ENDED: LATE}
    requests = told(
        [NAMES, {"loaded": True}, {"begin": "f"}, {"row": {"verdict": "pass"}}, begin_g, late],
        [NAMES, begin_g, late], [NAMES, {"end": True}, {"reference": []}],
    )  # fmt: skip
    answers = ask("/a/mine.py", "/b/reference.py", Limits(7.0, 99), seed=3, repair=False)
    assert answers == Answers(["f", "g"], {"f": 1}, {"f": {"verdict": "pass"}, "g": {"died": LATE}}, None)
    assert [request["skip"] for _, request, *_ in requests] == [[], ["f"], ["f", "g"]]
    worker, request, folder, timeout = requests[0]
    assert (worker, folder, timeout) == ("gradcheck.grading.worker", Path("/a"), 7.0)
    assert {k: request[k] for k in ("submission", "reference", "seed", "repair", "memory")} == {
        "submission": "/a/mine.py", "reference": "/b/reference.py", "seed": 3, "repair": False, "memory": 99
    }  # fmt: skip


def test_what_dies_is_not_asked_again(told):
    requests = told([NAMES, {"begin": "f"}, {ENDED: "killed"}], [NAMES, {"end": True}])
    assert ask("m.py", "r.py", Limits()).rows == {"f": {"died": "killed"}}
    assert len(requests) == 2


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ([[{ENDED: "killed"}]], "killed, as the reference was loaded"),
        ([[NAMES, {ENDED: "killed"}]], "killed, as the file was loaded"),
        ([[NAMES, {ENDED: LATE}], [NAMES, {ENDED: LATE}]], f"{LATE}, as the file was loaded"),
        ([[NAMES, {"unloadable": "no such file"}, {ENDED: "killed"}]], "no such file"),
        ([[NAMES, {"begin": f"other {k}"}, {ENDED: "killed"}] for k in range(7)], "it does not come to an end"),
    ],
)
def test_a_file_of_which_nothing_comes_is_told_in_one_line(told, runs, words):
    requests = told(*runs)
    assert ask("m.py", "r.py", Limits()).unloadable == words
    assert len(requests) == len(runs), "each of two functions may be late, and die; and the file two times"


def test_rows_belong_to_what_has_begun():
    def taken(*steps):
        return process._taken(iter(steps), Answers([], {}, {}, None))

    answers, ended, running = taken({"row": {"a": 1}}, {"begin": "f"}, {"row": {"b": 1}}, {"row": {"c": 1}})
    assert (answers.rows, ended, running) == ({"f": {"b": 1}}, None, None)
    assert taken({"reference": [1]})[0] == Answers(["1"], None, {}, None)
    assert taken({"begin": "f"}, {ENDED: "killed"})[1:] == ("killed", "f")


def answered(monkeypatch, names, rows, points=None, unloadable=None):
    asked = []
    monkeypatch.setattr(grade, "ask", lambda *words, **more: asked.append((words, more)) or Answers(
        names, points, rows, unloadable))  # fmt: skip
    return asked


def told_row(said, verdict, **more):
    return {"values": {"verdict": said, "words": more.pop("words", "")}, "verdict": verdict, **more}


def test_a_reference_is_graded_against_where_it_is_right(monkeypatch):
    rows = {
        "both": told_row(RIGHT, "pass"), "values": told_row(RIGHT, "inconclusive"),
        "gradients": told_row(NOT_COMPARED, "pass"), "wrong": told_row(RIGHT, "fail", words="odd"),
        "neither": told_row(NOT_COMPARED, "inconclusive"),
    }  # fmt: skip
    asked = answered(monkeypatch, [*rows, "absent"], rows, {"both": 3})
    found = grade.read_reference("r.py", Limits(), seed=4)
    where = str(Path("r.py").resolve())
    assert asked == [((where, where, Limits(), 4), {"repair": False})]
    assert (found.path, found.points) == (where, {"both": 3.0, "values": 2.0, "gradients": 2.0})
    assert found.values == {"both", "values", "wrong"}
    assert found.gradients == {"both", "gradients"}
    assert found.left_out == {"wrong": "odd", "neither": "inconclusive", "absent": "not checked"}


@pytest.mark.parametrize(
    ("rows", "unloadable", "words"),
    [
        ({}, "no file", "the reference r.py cannot be graded against: no file"),
        ({"f": told_row(RIGHT, "fail", words="odd"), "g": told_row(WRONG, "inconclusive", words="even")}, None,
         "the reference r.py has nothing that passes its own check: f: odd; g: even"),
        ({}, None, "the reference r.py has nothing that passes its own check$"),
    ],
)  # fmt: skip
def test_a_reference_with_nothing_right_is_refused(monkeypatch, rows, unloadable, words):
    answered(monkeypatch, list(rows), rows, None, unloadable)
    with pytest.raises(ValueError, match=words):
        grade.read_reference("r.py", Limits())


def test_a_submission_has_a_row_for_every_function(monkeypatch, tmp_path):
    reference = grade.Reference("r.py", {"f": 4.0, "g": 2.0}, {"f", "g"}, {"f", "g"}, {})
    asked = answered(monkeypatch, ["f", "g"], {"f": told_row(RIGHT, "fail")})
    found = grade.grade(tmp_path / "mine.py", "anna", reference, Limits(), 5, True)
    assert asked == [((str(tmp_path.resolve() / "mine.py"), "r.py", Limits(), 5, True), {})]
    assert (found.label, found.unloadable) == ("anna", None)
    assert [(row.name, row.of, row.points, row.verdict) for row in found.rows] == [
        ("f", 4.0, 2.0, "fail"), ("g", 2.0, 0.0, "not checked")
    ]  # fmt: skip
    answered(monkeypatch, [], {}, None, f"no {tmp_path.resolve()}{os.sep}data.csv")
    broken = grade.grade(tmp_path / "mine.py", "anna", reference, Limits(), 5, True)
    assert broken.unloadable == "no data.csv", "a student's page says nothing of the teacher's folders"
    assert [row.verdict for row in broken.rows] == ["missing", "missing"]


def subject(kind, *functions, inputs=None):
    return SimpleNamespace(kind=kind, functions=functions, inputs=inputs)


def layer(factor, inputs=None):
    return subject("layer", lambda x: (factor(x), None), lambda dout, cache: dout, inputs=inputs)


def test_values_are_compared_on_three_sizes():
    sizes = []

    def inputs(rng, n):
        sizes.append(n)
        return (rng.standard_normal((n, 2)),)

    right = layer(lambda x: 2 * x, inputs)
    assert compare(layer(lambda x: x + x), right, None, 3) == (RIGHT, "", "")
    assert sizes == [5, 3, 7]
    for n in (5, 3, 7):
        of_size = layer(lambda x, n=n: 2 * x + (len(x) == n))
        assert compare(of_size, right, None, 3).verdict == WRONG
    drawn = []
    compare(layer(lambda x: drawn.append(x[0, 0]) or 2 * x), right, None, 3)
    assert drawn == [np.random.default_rng([3, k]).standard_normal() for k in range(3)]


def test_values_that_cannot_be_compared():
    def inputs(rng, n):
        return (rng.standard_normal((n, 2)),)

    def refuses(x):
        raise ValueError("no")

    right = layer(lambda x: 2 * x, inputs)
    asked = [
        (layer(np.sin), subject("torch", inputs=inputs), NOT_COMPARED, "values of a torch are not compared"),
        (layer(np.sin), layer(np.sin), NOT_COMPARED, "values of a layer are not compared"),
        (subject("loss"), right, WRONG, "it is a loss; expected a layer"),
        (layer(refuses), right, WRONG, "the forward raises ValueError: no"),
        (right, layer(lambda x: x + np.random.default_rng().random(), inputs), NOT_COMPARED,
         "the reference draws at random: values are not compared"),
    ]  # fmt: skip
    for mine, reference, verdict, words in asked:
        assert compare(mine, reference, None, 0)[:2] == (verdict, words)
    pointwise = subject("pointwise", np.tanh, None)
    assert compare(pointwise, pointwise, None, 0).verdict == RIGHT
    holes = layer(lambda x: np.where(x > 0, np.nan, x), inputs)
    assert compare(holes, holes, None, 0).verdict == RIGHT


def test_weights_are_set_where_the_reference_has_them():
    thing = SimpleNamespace(W=np.zeros((2, 3)), b=[1, 2])
    class_values._set(thing, "W", np.ones((2, 3)))
    assert thing.W.sum() == 6
    for path, words in (("V", "the object has no V"), ("b", r"b has the shape \(2,\)")):
        with pytest.raises(class_values.NotComparableError, match=words):
            class_values._set(thing, path, np.ones(2))
    with pytest.raises(
        class_values.NotComparableError, match=r"W has the shape \(2, 3\); the reference's has \(3, 2\)"
    ):
        class_values._set(thing, "W", np.ones((3, 2)))
