"""The search for what would have to be different in the forward: which tensors, which sites, and when it ends."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.all_wrong import FOLLOWS
from gradcheck.diagnosis.paths import explain as paths
from gradcheck.diagnosis.paths.sites import Site
from gradcheck.diagnosis.paths.switches import Experiment
from gradcheck.diagnosis.view import Explanation
from tests.gradcheck.views_by_hand import view


class Told:
    """A trial of tensors of which each is explained by the experiments that are named here."""

    explained_by, asked = None, None

    def __init__(self, switches, views):
        self.name = views[0].name

    def confirmed(self, experiment, checks=3):
        self.asked.append((self.name, experiment.sites, checks))
        return experiment.sites in self.explained_by.get(self.name, ())


def search(names, explained_by, monkeypatch):
    Told.explained_by, Told.asked = explained_by, []
    monkeypatch.setattr(paths, "Trial", Told)
    tried = []

    def explained(trial):
        tried.append(trial.name)
        by = explained_by.get(trial.name)
        return (Experiment(by[0]), Explanation("SIGN", trial.name)) if by else None

    monkeypatch.setattr(paths, "_explained", explained)
    found = paths._search(None, [[SimpleNamespace(name=n)] for n in names])
    return [(where, told.evidence[FOLLOWS]) for where, told in found], tried


def test_one_cause_for_several_tensors(monkeypatch):
    by = {"b": [(1,)], "w": [(1,)], "v": [(2,)]}
    assert search("bwv", by, monkeypatch) == ([("b", ["w"]), ("v", [])], ["b", "v"])
    assert Told.asked == [("w", (1,), 1), ("v", (1,), 1)], "one direction more is enough there"
    assert search("bw", {}, monkeypatch) == ([], ["b", "w"])
    assert search("abv", {"v": [(2,)]}, monkeypatch) == ([], ["a", "b"]), "two that find nothing end it"
    assert search("avb", {"v": [(2,)]}, monkeypatch) == ([("v", [])], ["a", "v", "b"])


def site(name, kind="use", depth=0):
    return Site(name, "y = x", "net.py", 7, kind, "forward", depth)


def trial_of(sites, derivatives, left=1000, floating=lambda k: True):
    """A trial with derivatives of held sites: 3 is the analytic one, 1 the numeric one."""
    firsts = []

    def first(experiment):
        firsts.append(experiment.sites)
        return derivatives.get(experiment.sites, 1.0)

    switches = SimpleNamespace(sites=sites, floating=floating)
    main = SimpleNamespace(may_explain=lambda d: d == 3, unchanged=lambda d: d == 1)
    return SimpleNamespace(
        switches=switches, main=main, first=first, left=left, firsts=firsts, views=[SimpleNamespace(name="x")],
        start=lambda: True, confirmed=lambda e: e.sites == (9,),
    )  # fmt: skip


def candidates(trial, monkeypatch, further=()):
    given = []
    monkeypatch.setattr(paths, "further", lambda trial, moving: given.append(list(moving)) or iter(further))
    return [(e.sites, t.message.split(":")[0]) for e, t in paths._candidates(trial)], given[0]


def test_variables_come_before_functions_and_the_function_itself_before_what_it_calls(monkeypatch):
    sites = [site("f", "unary"), site("deep", depth=1), site("h"), site("p", "*"), site("q", "@"), site("n"), site("i")]
    trial = trial_of(sites, {(0,): 2.0, (1,): 3.0, (2,): np.nan, (5,): 2.0}, floating=lambda k: k != 6)
    found, moving = candidates(trial, monkeypatch)
    assert trial.firsts == [(2,), (5,), (1,), (0,)], "nothing is held at products and integers"
    assert found == [((1,), "right if `deep` were constant here")]
    assert moving == [5, 1, 0, 3, 4], "what moves the gradient, and products"


def test_experiments_that_explain_a_gradient(monkeypatch):
    more = [(Experiment((k,)), Explanation("SIGN", f"m{k}")) for k in (7, 8, 9)]
    derivatives = {(7,): 3.0, (9,): 3.0}
    assert candidates(trial_of([], derivatives), monkeypatch, more)[0] == [((7,), "m7"), ((9,), "m9")]
    assert candidates(trial_of([], derivatives, left=0), monkeypatch, more)[0] == []
    assert candidates(trial_of([], derivatives, left=1), monkeypatch, more)[0] != []
    experiment, told = paths._explained(trial_of([], derivatives))
    assert (experiment.sites, told.message) == ((9,), "m9"), "the first that is confirmed"
    silent = trial_of([], derivatives)
    silent.start = lambda: False
    assert paths._explained(silent) is None
    assert paths._explained(trial_of([], {(7,): 3.0})) is None


def explained(tensors, monkeypatch, *, made="copy", fails=False):
    """The tensors in the order of the search, and the forwards that were put in."""
    put, order = [], []

    def swap(forward):
        put.append(forward)
        return "original"

    def look(switches, usable):
        order.extend(views[0].name for views in usable)
        if fails:
            raise ValueError("a forward that does not bear its switches")
        return [("w", Explanation("SIGN", "told"))]

    subject = SimpleNamespace(read=None, write=None, swap_forward=swap, kind="layer")
    for views in tensors:
        for v in views:
            v.evidence.subject = subject
    monkeypatch.setattr(paths, "Switches", lambda read, write: SimpleNamespace(copy_of=lambda forward: made))
    monkeypatch.setattr(paths, "rebind", lambda original, copied: f"{original} as {copied}")
    monkeypatch.setattr(paths, "_search", look)
    return [t.code for _, t in paths.explain(tensors)], order, put


def tensor(name, size, a=None, values=10):
    return [view(np.ones(size) if a is None else a, np.zeros(size), name=name, values={"x": np.zeros(values)})]


def test_tensors_that_are_looked_at(monkeypatch):
    tensors = [tensor("many", 5), tensor("one", 1), [], tensor("short", 3, np.ones(2)), tensor("two", 2),
               tensor("nan", 2, [1, np.nan])]  # fmt: skip
    found, order, put = explained(tensors, monkeypatch)
    assert (found, order) == (["SIGN"], ["two", "many", "one"]), "the small ones first, single numbers last"
    assert put == [None, "original as copy", "original"]
    assert explained(tensors, monkeypatch, fails=True) == ([], order, put), "the forward is put back"
    assert explained(tensors, monkeypatch, made=None) == ([], [], [None])
    assert explained([[], tensor("nan", 1, [np.inf])], monkeypatch) == ([], [], [])


@pytest.mark.parametrize(("values", "searched"), [(3000, True), (3001, False)])
def test_arguments_that_are_too_large(values, searched, monkeypatch):
    assert (explained([tensor("w", 2, values=values)], monkeypatch)[0] == ["SIGN"]) is searched
