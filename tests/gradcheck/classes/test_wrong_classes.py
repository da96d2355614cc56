"""Bugs in classes are caught and named, and mended by an edit of the method that has them."""

import linecache

import numpy as np
import pytest
from class_bugs import BUGS
from reports import said_as_written, written

import gradcheck
from cli.main import main


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_in_a_class_is_caught_and_named(bug, tmp_path):
    report = gradcheck.instance(bug.load(tmp_path), repair=False)
    assert not report.ok
    faults = [f for f in report.findings if f.severity != "note"]
    codes = bug.codes.split()
    assert any((f.code in codes or "*" in codes) and bug.where in ("*", f.where) for f in faults), report
    assert said_as_written("class_bugs", bug.name, report)


def test_there_are_enough_of_them():
    assert len(BUGS) >= 92
    assert list(written("class_bugs")) == [bug.name for bug in BUGS]


MENDED = {  # what is planted -> what the edit of the report brings back
    "np.mean(dout, axis=0)": "mean -> sum",
    "np.dot(dout.T, self.x)": "(np.dot(dout.T, self.x)).T",
    "[self.x.T @ dout, dout[0]]": "dout.sum(axis=0)",
    "[dout.sum(axis=0), self.x.T @ dout]": "self.x.T @ dout, dout.sum(axis=0)",
    "self.weights += learning_rate": "+ -> -",
    "dout * (1.0 - self.out)": "(dout * (1.0 - self.out)) * self.out",
    "-self.__inputs.T @ dout": "self.__inputs",
    "super().backward(dout)": "self.gamma",
    "X.T @ p / len(y)": "+ self.reg * self.W",
    "dx[dout <= 0] = 0": "dout <= 0 -> self.mask",
    "self.grads[0][...] += np.dot": "self.grads[0][...] =",
}


@pytest.mark.parametrize("new", MENDED)
def test_the_edit_is_one_of_the_method(new, tmp_path):
    bug = next(b for b in BUGS if b.new == new)
    cls = bug.load(tmp_path)
    report = gradcheck.instance(cls)
    fixes = [f for f in report.findings if f.fix_verified]
    assert fixes, report
    assert MENDED[new] in fixes[0].fix
    number = int(fixes[0].fix.split(":")[0].removeprefix("line "))
    text = linecache.getline(str(next(tmp_path.glob("planted_*.py"))), number)
    assert text.strip() in fixes[0].source


class Penalised:
    """The weight of the penalty is an argument whose default, 0, would hide that its gradient is missing."""

    def __init__(self, sizes=(4, 3)):
        self.params = {"W": np.random.default_rng(0).standard_normal(sizes)}

    def loss(self, X, y=None, reg=0.0):
        scores = X @ self.params["W"]
        if y is None:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(len(y)), y])) + reg * np.sum(self.params["W"] ** 2)
        p[np.arange(len(y)), y] -= 1
        return loss, {"W": X.T @ p / len(y)}


def test_a_penalty_that_is_off_by_default_is_checked_as_well(capsys):
    (finding,) = gradcheck.instance(Penalised, repair=False).findings
    assert (finding.code, finding.where) == ("MISSING_REG", "W")
    assert main(["gradcheck", f"{__file__}:Penalised", "--no-repair"]) == 1
    assert "MISSING_REG" in capsys.readouterr().out
