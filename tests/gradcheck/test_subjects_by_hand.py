"""One thing found in a file: what it draws, which of the user's functions it calls, what its report says; by hand."""

import json
import re

import numpy as np
import pytest

from gradcheck.finder.called import ChainSubject, LossCall, PairSubject
from gradcheck.finder.find import find, subject_for
from gradcheck.finder.names import Found
from gradcheck.finder.subject import Subject

PAIR = """
import numpy as np

def scale_forward(x, alpha):
    return x * alpha, (x, alpha)

def scale_backward(dout, cache):
    x, alpha = cache
    return dout * alpha, np.sum(dout * x)
"""


def found_in(tmp_path, source, name="mine.py"):
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    return find(path)


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def slope(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def square_loss(x, y):
    return 0.5 * np.sum((x - y) ** 2)


def square_slope(x, y):
    return x - y


def net_forward(X, W):
    return X @ W


def net_cost(A, Y):
    return 0.5 * np.sum((A - Y) ** 2)


def net_back(X, Y, A):
    return X.T @ (A - Y)


def whole_loss(w, x):
    return 0.5 * np.sum(w**2), w


def of(kind, name, *functions, **more):
    return Subject(Found(name, kind, functions), "a.py:3", **more)


def test_a_pair_is_drawn_as_its_forward_is_called():
    subject = of("layer", "loss_of_a_layer", affine_forward, slope)
    drawn = "x (5, 4), w (4, 3), b (3,)"
    assert subject.words == drawn, "rows of images, (5, 2, 1, 3), do not run"
    assert subject.missing is None
    names, args = ("x", "w", "b"), subject.inputs(np.random.default_rng(0), 5)
    for wrt in (None, ("w",)):
        made, values = subject._make(wrt, names, args)
        assert type(made) is PairSubject
        assert made.forward(values)[0][0].shape == (5, 3)
        assert list(values) == list(names)
    report = subject.check(repair=False)
    assert (report.verdict, report.label, report.place) == ("pass", "loss_of_a_layer", "a.py:3")
    assert f"drawn: {drawn}" in report.notes


def test_a_loss_with_its_gradient_beside_it_is_drawn_as_a_loss():
    subject = of("chain", "square_loss", square_loss, None, square_slope)
    assert subject.words == "x (5, 3), y (5, 3)"
    made, values = subject._make(("x",), ("x", "y"), (np.ones(2), np.zeros(2)))
    assert type(made) is ChainSubject
    assert made.forward(values)[0] == [1.0]
    assert subject.functions == (square_loss, square_slope), "without the cost that there is not"


def test_a_net_in_three_functions_is_drawn_as_a_net():
    subject = of("chain", "net", net_forward, net_cost, net_back)
    made, values = subject._make(("W",), ("X", "W", "Y"), (np.ones((1, 2)), np.full((2, 1), 2.0), np.ones((1, 1))))
    assert type(made) is ChainSubject
    assert made.forward(values)[0] == [4.5]
    assert of("loss", "whole", whole_loss)._make(None, ("w", "x"), (np.full(2, 3.0), 0.0))[0].forward(
        {"w": np.full(2, 3.0), "x": 0.0}
    )[0] == [9.0]
    assert type(of("loss", "whole", whole_loss)._make(None, ("w", "x"), (np.ones(2), 0.0))[0]) is LossCall


OWN = """
import numpy as np

def init_params():
    return {"odd": np.zeros((7, 3)), "more": np.zeros(3)}

def strange_loss(model, x):
    out = x @ model["odd"] + model["more"]
    return 0.5 * np.sum(out ** 2), {"odd": x.T @ out, "more": out.sum(axis=0)}

def strange_forward(model, x):
    return x @ model["odd"], (model, x)

def strange_backward(dout, cache):
    model, x = cache
    return {"odd": x.T @ dout}, dout @ model["odd"].T
"""


def test_the_file_s_own_initialiser_counts_for_losses_and_not_for_layers(tmp_path):
    layer, loss = sorted(found_in(tmp_path, OWN), key=lambda one: one.kind)
    assert (layer.kind, loss.kind) == ("layer", "loss")
    assert loss.words == "model {odd: (7, 3), more: (3,)}, x (5, 7)"
    assert layer.missing.startswith("no arguments (model, x) could be drawn with which strange_forward runs: write")
    assert layer.missing.endswith("    def strange_inputs(rng, n): return model, x")


def strange_back(model, x):
    out = x @ model["odd"] + model["more"]
    return {"odd": x.T @ out, "more": out.sum(axis=0)}


def test_the_initialiser_is_that_of_the_forward_s_file(tmp_path):
    (loss,) = [one for one in found_in(tmp_path, OWN) if one.kind == "loss"]
    apart = of("chain", "strange_loss", loss.functions[0], None, strange_back)
    assert apart.words == "model {odd: (7, 3), more: (3,)}, x (5, 7)"


def given(rng, n):
    return np.full((n, 4), 2.0), np.ones((4, 3)), np.ones(3)


def test_arguments_of_the_file_come_before_drawn_ones():
    subject = of("layer", "affine", affine_forward, slope, given=given)
    assert subject.inputs is given
    assert (subject.words, subject.missing) == ("", None)
    report = subject.check(repair=False, label="mine")
    assert (report.verdict, report.label) == ("pass", "mine")
    assert not [note for note in report.notes if "drawn" in note]
    assert report.tensors["w"].numeric.shape == (4, 3)
    other = subject.check(lambda rng, n: (np.ones((n, 2)), np.ones((2, 1)), np.ones(1)), repair=False)
    assert other.tensors["w"].numeric.shape == (2, 1)
    mine = of("layer", "affine", affine_forward, slope)
    asked = mine.check(lambda rng, n: (np.ones((n, 2)), np.ones((2, 1)), np.ones(1)), repair=False)
    assert asked.tensors["w"].numeric.shape == (2, 1)
    assert not [note for note in asked.notes if "drawn" in note]


def test_the_first_arguments_are_those_of_the_seed():
    seen = []

    def inputs(rng, n):
        seen.append((int(rng.integers(10**9)), n))
        return given(rng, n)

    of("layer", "affine", affine_forward, slope).check(inputs, seed=3, repair=False)
    first = int(np.random.default_rng([3, 0]).integers(10**9))
    assert (first, 5) in seen
    assert {one for one, _ in seen}.isdisjoint({int(np.random.default_rng([0, 0]).integers(10**9))})


def test_what_cannot_be_drawn_is_not_checked():
    unknown = of("layer", "odd[relu]", lambda flux, n=3: flux, lambda dout: dout)
    report = unknown.check(label="named")
    assert (report.label, report.verdict, report.place) == ("named", "inconclusive", "a.py:3")
    assert report.unchecked == unknown.missing
    assert unknown.missing.startswith("no arguments (flux) could be drawn with which <lambda> runs: write in that file")
    assert unknown.missing.endswith("def odd_inputs(rng, n): return flux")
    assert unknown.inputs is None
    assert unknown.check(lambda rng, n: (np.ones(n),), repair=False).unchecked is None


class Shut:
    def __init__(self, flux):
        self.flux = flux

    def forward(self, x):
        return x * self.flux

    def backward(self, dout):
        return dout * self.flux


class Twice:
    def forward(self, x):
        self.x = x
        return 2 * x

    def backward(self, dout):
        return 2 * dout


def test_classes_tell_when_they_are_checked_that_they_cannot_be_drawn():
    shut = subject_of_class(Shut)
    assert (shut.missing, shut.words, shut.inputs) == (None, "", None)
    report = shut.check()
    assert (report.verdict, report.label) == ("inconclusive", "Shut")
    assert "flux" in report.unchecked
    twice = subject_of_class(Twice).check(repair=False)
    assert twice.verdict == "pass"
    assert list(twice.tensors) == ["x"]


def subject_of_class(cls):
    from gradcheck.classes.forms import forms

    return Subject(Found(cls.__name__, "class", (cls,), forms(cls)[0]), "a.py:3")


def cube(z):
    return z**3


def cube_prime(z):
    return 3 * z**2


def test_an_elementwise_function_is_checked_with_its_derivative():
    report = of("pointwise", "cube", cube, cube_prime).check(repair=False)
    assert report.verdict == "pass"
    assert of("pointwise", "cube", cube, cube).check(repair=False).verdict == "fail"
    assert of("pointwise", "cube", cube, cube_prime).missing is None


def test_functions_of_another_framework_are_handed_on(monkeypatch):
    told = []
    monkeypatch.setattr("gradcheck.finder.subject.frameworks.check", lambda *args, **more: told.append((args, more)))
    for kind in ("torch", "jax"):
        of(kind, "f", cube)._checked(None, {"seed": 3})
    assert told == [(("torch", cube), {"inputs": None, "seed": 3}), (("jax", cube), {"inputs": None, "seed": 3})]


def test_what_a_check_raises_is_a_report():
    report = of("layer", "affine", affine_forward, slope).report(seed=0, probes=0)
    assert (report.label, report.place, report.verdict) == ("affine", "a.py:3", "inconclusive")
    assert report.unchecked == "ValueError: probes is 0; expected a whole number, 1 or more"
    with pytest.raises(ValueError, match="probes is 0"):
        of("layer", "affine", affine_forward, slope).check(probes=0)


def test_lines_of_a_notebook_are_those_of_its_cells(tmp_path):
    head, back = PAIR.split("def scale_backward")
    wrong = f"def scale_backward{back}".replace("dout * alpha,", "-dout * alpha,")
    cells = [{"cell_type": "code", "source": text} for text in (head, wrong)]
    (subject,) = found_in(tmp_path, json.dumps({"cells": cells}), "book.ipynb")
    (finding,) = [f for f in subject.check().findings if f.source]
    assert re.match(r"cell 2, line 3  return -dout", finding.source)
    (plain,) = found_in(tmp_path, head + wrong)
    (finding,) = [f for f in plain.check().findings if f.source]
    assert finding.source.startswith("mine.py:9  return -dout")


def test_subjects_without_a_file():
    pair = subject_for(affine_forward, slope)
    assert repr(pair) == f"<Subject affine: layer, {__file__}:{slope.__code__.co_firstlineno}>"
