"""The search for an edit: which of the edits that pass is taken, how sure of it the report is, and what ends it."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.repair import repair
from gradcheck.repair.edit import Edit


def doubled(x, w):
    return 1.0, x.sum() * 2


def halved_by_zero(x, w):
    return 1.0, x.sum() / 2 + 0 / (1 / np.zeros(1)).sum()


def endless(x, w):
    while True:
        return 1.0, x.sum() * 2


class Subject:
    """A function of arrays that returns an output and a gradient; right is three times the sum."""

    dialect = "numpy"

    def __init__(self, function=doubled, sources=1):
        self.function, self.protect, self.streams = function, "as it was", SimpleNamespace(marked="as well")
        self.sources, self.words = lambda: [function] * sources, list

    def swap(self, new):
        old, self.function = self.function, new or self.function
        return old

    def run(self, values, douts):
        out, grad = self.function(**values)
        return [np.array(out)], {"x": grad}


X, W = np.array([1.0, 2, 4]), np.ones((3, 1))
RUNS = [SimpleNamespace(values={"x": x, "w": W}, douts=[np.ones(1)], outs=[np.array(1.0)]) for x in (X, -X)]


def good(run, grads):
    return bool(np.isclose(grads["x"], 3 * run.values["x"].sum()))


@pytest.fixture(autouse=True)
def contracts(monkeypatch):
    """Contracts that are kept, or broken by findings of these severities."""
    severities = []

    def checked(subject, values, douts):
        subject.protect = subject.streams.marked = "changed"
        assert [d.tolist() for d in douts([])] == [[1.0]]
        return SimpleNamespace(findings=[SimpleNamespace(severity=s) for s in severities])

    monkeypatch.setattr(repair, "check_contracts", checked)
    return severities


def made(*formulas, out="1.0"):
    return [Edit(ast.parse(f"def doubled(x, w):\n    return {out}, {f}"), "CODE", f, 2) for f in formulas]


def search(*formulas, grades="verified", subject=None, runs=RUNS, out="1.0", **more):
    """(the formula of the edit, whether it is verified), the notes and what `verify` was told."""
    told, notes, subject = [], [], subject or Subject()
    grades = grades if isinstance(grades, dict) else dict.fromkeys(formulas, grades)
    left = iter([grades[f] for f in formulas if f in grades])

    def verify(size):
        told.append(size)
        return next(left)

    function = subject.function
    fix = repair.find_fix(subject, runs, good, verify, notes, lambda tree: made(*formulas, out=out), **more)
    assert subject.function is function, "the function is put back"
    assert (subject.protect, subject.streams.marked) == ("as it was", "as well")
    return (fix and (fix.edit.text, fix.verified)), notes, told


TWICE, THREE = "x.sum() * 2 + x.sum()", "x.sum() * 3"


@pytest.mark.parametrize(
    ("grades", "found"),
    [
        (("verified", "verified"), (TWICE, True)),
        (("tried", "verified"), (THREE, True)),
        (("tried", "tried"), (TWICE, False)),
        (("refused", "tried"), (THREE, False)),
        (("tried", "refused"), (TWICE, False)),
        (("refused", "refused"), None),
    ],
)
def test_first_edit_that_passes_the_whole_check(grades, found):
    assert search(TWICE, THREE, grades=dict(zip((TWICE, THREE), grades, strict=True)))[0] == found


def test_edits_that_fail_or_make_no_sense_are_passed_over():
    wrong = ("x.sum() * 5", "x.sum() @ 3", "y", "x", "np.abs(x.sum()) * 3")
    assert search(*wrong, THREE, grades={THREE: "verified"})[0] == (THREE, True)
    assert search(*wrong)[::2] == (None, []), "none of them is asked for the whole check"


def test_whole_check_is_told_of_sizes():
    assert search(TWICE)[2] == [False]
    assert search(THREE)[2] == [True]
    assert search("x.sum() * len(x)")[2] == [True]


@pytest.mark.parametrize(
    ("constants", "verified"), [((), True), ((3.0,), False), ((1 / 3,), False), ((2.0, 0.25), True), ((0.25, 3), False)]
)
def test_a_number_that_is_a_constant_of_the_function_is_tried_only(constants, verified):
    assert search(THREE, constants=constants)[0] == (THREE, verified)
    assert search(THREE, constants=constants, grades="refused")[0] is None


def test_a_size_that_is_always_one_is_no_edit():
    assert search("x.sum() * 3 * w.shape[1]")[0] is None
    assert search("x.sum() * w.shape[0]")[0] == ("x.sum() * w.shape[0]", True), "three it is"
    assert search("x.sum() * 3 * w.shape[1]", THREE)[0] == (THREE, True)


def test_outputs_are_those_from_before():
    assert search(THREE, out="1.0000000000001")[0] == (THREE, True)
    assert search(THREE, out="1.00000000001")[0] is None
    assert search(THREE, out="0.0")[0] is None


@pytest.mark.parametrize(
    ("severities", "found"), [([], True), (["note"], True), (["note", "error"], False), (["warning"], False)]
)
def test_contracts_are_kept(contracts, severities, found):
    contracts += severities
    assert (search(THREE)[0] is not None) is found


def test_contracts_that_cannot_be_checked(monkeypatch):
    def fails(*args):
        raise ValueError(args)

    monkeypatch.setattr(repair, "check_contracts", fails)
    assert search(THREE)[0] is None


def test_no_edit_divides_by_zero_where_the_function_does_not():
    divides = "x.sum() * 3 + 0 / (1 / np.zeros(1)).sum()"
    assert search(divides)[0] is None
    edits = [Edit(ast.parse(f"def halved_by_zero(x, w):\n    return 1.0, {divides}"), "CODE", divides, 2)]
    fix = repair.find_fix(Subject(halved_by_zero), RUNS, good, lambda size: "verified", [], lambda tree: edits)
    assert fix.verified


@pytest.mark.parametrize(("most", "found", "noted"), [(2, None, True), (3, (THREE, True), False)])
def test_search_is_cut_by_number(monkeypatch, most, found, noted):
    monkeypatch.setattr(repair, "CANDIDATES", most)
    told, notes, _ = search("x", "w", THREE, grades={THREE: "verified"})
    assert (told, notes) == (found, ["the search for an edit was cut after 2 edits"] if noted else [])


def test_search_that_is_not_begun():
    assert search(THREE, subject=Subject(sources=0))[0] is None
    assert search(THREE, subject=Subject(len))[0] is None, "no source"
    assert repair.find_fix(Subject(endless), RUNS, good, lambda size: "verified", [], lambda t: made(THREE)) is None


def test_all_edits_of_the_dialect_are_tried():
    subject = Subject()
    fix = repair.find_fix(subject, RUNS, good, lambda size: "verified", [])
    line = doubled.__code__.co_firstlineno + 1
    assert fix.text == f"line {line}: 2 -> 3 in x.sum() * 2"
    assert fix.source == f"test_search_of_edits_by_hand.py:{line}  return 1.0, x.sum() * 2"
    assert fix.edit.code == "SCALE_OTHER"
