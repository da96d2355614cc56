"""How far a trial of arguments comes, what is differentiated, whose inputs are taken, what an initialiser gives."""

import sys
import types

import numpy as np
import pytest

from gradcheck.finder import find, initialisers, loading, trial
from gradcheck.finder.loading import Loaded
from gradcheck.finder.names import Found
from gradcheck.finder.specs import draw
from gradcheck.finder.subject import Subject


class Tried:
    """A subject of two arguments, in whose place a trial asks for what is given here."""

    def __init__(self, outs=None, kind="layer", gradients=(), targets=("x", "w"), raises=""):
        self.outs, self.kind, self.found, self._targets, self.raises = outs, kind, dict(gradients), targets, raises

    def fresh(self, values):
        return values

    def forward(self, values):
        if self.raises == "forward":
            raise ValueError
        return [values["x"]] if self.outs is None else self.outs, None

    def run(self, values, douts):
        if self.raises == "run":
            raise ValueError
        return [d + values["x"] for d in douts[:1]], self.found

    def targets(self, values):
        return self._targets


def score(subject, n=5):
    def make(names, args):
        if subject is None:
            raise ValueError
        return subject, dict(zip(names, args, strict=True))

    return trial._once(make, ("x", "w"), lambda rng, n: (np.ones((n, 2)), np.ones(3)), n)


RIGHT = {"x": np.ones((5, 2)), "w": np.ones(3)}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (None, 0.0), (Tried(raises="forward"), 0.0), (Tried([]), 0.0), (Tried([np.ones(2, int)]), 0.0),
        (Tried([np.ones(0)]), 0.0), (Tried([np.array([1.0, np.nan])]), 0.0), (Tried([np.ones(2)], "loss"), 0.0),
        (Tried([np.ones(1)], "loss", RIGHT), 3.0), (Tried(raises="run"), 1.0), (Tried(), 2.0),
        (Tried(gradients=RIGHT), 3.0), (Tried(gradients={**RIGHT, "w": np.ones(2)}), 2.5),
        (Tried(gradients={**RIGHT, "w": 3.0}), 2.5), (Tried(gradients=RIGHT, targets=()), 2.0),
    ],
)  # fmt: skip
def test_how_far_a_trial_comes(subject, expected):
    assert score(subject) == expected


def test_a_trial_is_as_good_as_the_worse_of_two_sizes():
    tried = []

    def make(names, args):
        tried.append(len(args[0]))
        return Tried(gradients=RIGHT), dict(zip(names, args, strict=True))

    assert trial.trial(make, ("x", "w"), lambda rng, n: (np.ones((n, 2)), np.ones(3))) == 2.5
    assert tried == [5, 7]


def function(a, b):
    return a


def of(kind, *functions, name="mine"):
    return Subject(Found(name, kind, functions or (function,)), "")


@pytest.mark.parametrize(
    ("kind", "names", "values", "choices"),
    [
        ("layer", ("x", "w"), (np.ones(2), np.ones(2)), [None]),
        ("loss", ("x", "y"), (np.ones(2), 3), [None]),
        ("loss", ("W", "X", "y"), (np.ones(2), np.ones(2), 3), [None, ("W",)]),
        ("loss", ("theta", "bias", "x"), (np.ones(2),) * 3, [None, ("theta", "bias")]),
        ("loss", ("w", "b"), (np.ones(2), np.ones(1)), [None]),
        ("loss", ("model", "x"), ({"U": np.ones(2), "c": np.ones(1)}, np.ones(2)), [("U", "c")]),
    ],
)
def test_what_is_differentiated(kind, names, values, choices):
    assert of(kind)._choices(names, lambda rng, n: values) == choices


def affine_forward(x):
    return x


class Net:
    def forward(self, x):
        return x


@pytest.mark.parametrize(
    ("name", "functions", "known", "expected"),
    [
        ("affine", (affine_forward,), {"affine_inputs": 1, "inputs": 2}, 1),
        ("affine", (affine_forward,), {"inputs": 2}, 2), ("affine[relu]", (affine_forward,), {"affine_inputs": 1}, 1),
        ("Net.step", (Net,), {"Net_step_inputs": 1, "Net_inputs": 2}, 1),
        ("Net.step", (Net,), {"Net_inputs": 2, "inputs": 3}, 2),
        ("odd", (affine_forward,), {"affine_forward_inputs": 1}, 1),
        ("odd", (affine_forward,), {"affine_inputs": 1}, 1), ("odd", (affine_forward,), {}, None),
    ],
)  # fmt: skip
def test_whose_inputs_are_taken(name, functions, known, expected):
    made = {key: (lambda rng, n, value=value: value) for key, value in known.items()}
    found = find._inputs(Found(name, "layer", functions), {**made, "mine_inputs": 3, f"{name}_inputs.": len})
    assert (found and found(None, 0)) == expected
    assert find._inputs(Found(name, "layer", functions), {"affine_inputs": 3, "inputs": "text"}) is None


def test_places_of_what_is_found():
    here = affine_forward.__code__.co_firstlineno
    found = find.subject_for(affine_forward, affine_forward)
    assert (found.name, found.kind, found.where) == ("affine", "layer", f"{__file__}:{here}")
    assert find.subject_for(affine_forward).kind == "loss"
    assert find._class_place(Net) == f"{__file__}:{Net.forward.__code__.co_firstlineno}" or sys.version_info >= (3, 13)
    assert find._class_place(type("Empty", (), {})) == ""
    module = types.ModuleType("mine")
    of_cells = find._where(Found("affine", "layer", (affine_forward,)), Loaded(module, [], [1, here - 1]))
    assert of_cells == f"{__file__}, cell 2, line 2"
    assert find._where(Found("Empty", "class", (type("Empty", (), {}),)), Loaded(module, [], [1])) == ""


def init_params(n_in, n_out):
    return {"W": np.zeros((n_in, n_out)), "b": [np.zeros(n_out)], "n": 3}


def schemes(made):
    """(parameters, x, y) as drawn for every scheme."""
    rng = np.random.default_rng(0)
    return [{name: draw(spec, rng, 5) for name, spec in one.table.items()} for one in initialisers.schemes(made)]


def test_an_initialiser_gives_the_layout_and_not_the_values():
    found = schemes({"init_params": init_params})
    assert [(one["parameters"]["W"].shape, one["x"].shape, np.shape(one["y"])) for one in found] == [
        *[((4, 3), x, y) for x, y in (((5, 4), (5,)), ((5, 4), (5, 3)), ((4, 5), (3, 5)), ((4, 5), (5,)),
                                      ((4, 5), (1, 5)))],
        *[((4, 1), x, y) for x, y in (((5, 4), (5, 1)), ((4, 5), (1, 5)), ((5, 4), (5,)), ((5, 4), (5, 1)),
                                      ((4, 5), (1, 5)))],
    ]  # fmt: skip
    first = found[0]["parameters"]
    assert first["n"] == 3
    assert first["b"][0].all()
    assert all(set(np.ravel(one["y"])) <= {0, 1, 2} for one in found[:5])
    wide = initialisers._drawn({"W": np.zeros(4000)}, np.random.default_rng(0))["W"]
    assert np.std(wide) == pytest.approx(0.5, rel=0.05)
    assert isinstance(initialisers._drawn((np.zeros(2), 1), np.random.default_rng(0)), tuple)


def init_large():
    return [np.zeros((70, 70)), np.zeros(100)]


def init_larger():
    return [np.zeros((70, 70)), np.zeros(101)]


def init_one():
    return [np.zeros((3, 2))]


def init_raises(n):
    raise ValueError(n)


def test_initialisers_of_nets_that_are_too_large_or_none():
    assert [len(schemes({"init": f})) for f in (init_large, init_larger, init_one, init_raises)] == [20, 0, 0, 0]
    assert schemes({"helper": init_params}) == []
    assert schemes({"__init_params__": init_params}) != []


def init_of_sizes(D=784, C=10):
    return [np.zeros((D, C)), np.zeros(C)]


def init_of_its_own(D=7, C=2):
    if D != 7:
        raise ValueError(D)
    return [np.zeros((D, C)), np.zeros(C)]


def init_one_of_small(D=7, C=2):
    return [np.zeros((7, 2)), np.zeros(2)][: 1 if D == 4 else 2]


def init_large_of_several(D=7, C=2):
    return [np.zeros((7, 2)), np.zeros(2 if C == 2 else 5000)]


@pytest.mark.parametrize(
    ("function", "ends"),
    [(init_of_sizes, [(4, 3), (4, 1)]), (init_params, [(4, 3), (4, 1)]), (init_raises, []),
     *[(f, [(7, 2), (7, 7), (2, 2), (2, 7)]) for f in (init_of_its_own, init_one_of_small, init_large_of_several)]],
)  # fmt: skip
def test_of_the_ways_to_call_an_initialiser_the_first_that_gives_a_net_counts(function, ends):
    made = list(initialisers._made(function))
    assert [(features, classes) for _, features, classes in made] == ends
    assert all(len(parameters) >= 2 for parameters, *_ in made)


@pytest.mark.parametrize(
    ("function", "calls"),
    [
        (lambda D=7: 0, [((), {})]),
        (lambda D=7, C=2: 0, [((), {"D": 4, "C": 1}), ((), {})]),
        (lambda D=7, H=3, C=2, random_state=1: 0, [((), {"D": 4, "H": 6, "C": 1}), ((), {})]),
        (lambda D=7, H=3, K=3, C=2: 0, [((), {"D": 4, "H": 6, "K": 5, "C": 1}), ((), {})]),
        (lambda D=7, H=3, K=3, L=4, C=2: 0, [((), {})]),
        (lambda D=7, bias=True, C=2, rate=0.5: 0, [((), {"D": 4, "C": 1}), ((), {})]),
        (lambda n, D=7, C=2: 0, [(([4, 6, 1],), {})]),
        (lambda n, m, *rest, C=2: 0, [((4, 1), {})]),
    ],
)
def test_an_initialiser_is_called_by_the_keywords_that_are_sizes(function, calls):
    assert list(initialisers._calls(function, 1)) == calls


@pytest.mark.parametrize(("count", "whole"), [(2, True), (3, False)])
def test_only_so_many_modules_are_stood_in_for(tmp_path, monkeypatch, count, whole):
    monkeypatch.setattr(loading, "MOST_STUBS", 2)
    path = tmp_path / "needs.py"
    path.write_text("\n".join(f"import nobody_{k}" for k in range(count)) + "\ndef f(x):\n    return x\n")
    loaded = loading.load_file(path)
    assert len(loaded.notes) == count
    assert ("only its definitions are used" not in loaded.notes[-1]) is whole
    assert loaded.module.f(2) == 2


def test_reports_say_why_nothing_was_checked():
    told = Subject(Found("odd", "layer", (lambda flux: flux, lambda dout: dout)), "a.py:3").report()
    assert told.place == "a.py:3"
    assert told.unchecked.startswith("no arguments (flux) could be drawn with which <lambda> runs: write in that file")
    assert told.unchecked.endswith("def odd_inputs(rng, n): return flux")
