"""Which arguments an object's methods are given: every candidate in its order, and the one that is taken."""

import numpy as np
import pytest
from made_classes import made

from gradcheck.classes import draw
from gradcheck.classes.draw import Recipe, plan_for
from gradcheck.classes.forms import Form
from gradcheck.classes.undrawn import UndrawnError

LAYER = Form("layer", "forward", "backward")
PLAIN, N = "normal", "n"


class Images:
    """Takes what it gets, and gives gradients of images alone."""

    def forward(self, x):
        self.x = x
        return 2 * x

    def backward(self, dout):
        if dout.ndim != 4:
            raise ValueError(dout.shape)
        return 2 * dout


class ImagesByAxis(Images):
    """The same in words that speak of several examples."""

    def backward(self, dout):
        if dout.sum(axis=0).ndim != 3:
            raise ValueError(dout.shape)
        return 2 * dout


class Column:
    """One example in a column, as its bias says."""

    def __init__(self):
        self.W, self.b = np.ones((3, 4)), np.ones((3, 1))

    def forward(self, x):
        self.x = x
        return self.W @ x + self.b

    def backward(self, dout):
        self.dW, self.db = dout @ self.x.T, dout
        return self.W.T @ dout


class FlatBias(Column):
    """The bias's gradient is summed over the wrong axis, and has its shape for one example in a row."""

    def __init__(self):
        self.W, self.b = np.ones((4, 3)), np.ones(1)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=1)
        return dout @ self.W.T


class Never:
    def forward(self, x):
        self.x = x
        return 2 * x

    def backward(self, dout):
        raise ValueError


class Later:
    """Its backward runs on one example alone, and never fits."""

    def __init__(self):
        self.W = np.ones((4, 3))

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        if len(dout) != 1:
            raise ValueError(dout.shape)
        self.dW = dout
        return dout @ self.W.T


def lead(thing):
    plan = plan_for(thing, LAYER)
    return plan.recipes["x"].shape, plan.subject.roles.told


@pytest.mark.parametrize("cls", [Images, ImagesByAxis])
def test_a_plan_is_one_with_which_the_backward_runs(cls):
    assert lead(cls()) == ((N, 2, 4, 4), [])


def test_one_example_is_taken_where_several_do_not_fit():
    assert lead(Column()) == (
        (4, 1), ["checked with one example in a column: with several, the shapes do not fit"]
    )  # fmt: skip


def test_a_class_that_speaks_of_several_examples_is_taken_at_its_word():
    assert lead(FlatBias()) == ((N, 4), [])


def test_where_no_backward_runs_the_report_says_what_was_drawn():
    told = "arguments were drawn (x ('n', 6)): if they are not of that kind, define Never_inputs"
    assert lead(Never()) == ((N, 6), [told])
    assert lead(Later()) == ((1, 4), []), "of those that do not fit the first that runs"


class Raises:
    def forward(self, x):
        raise ValueError("not mine")

    def backward(self, dout):
        return dout


class Empty(Raises):
    def forward(self, x):
        return np.full(x.shape, np.nan)


@pytest.mark.parametrize(
    ("thing", "words"),
    [(Raises(), "x of Raises cannot be drawn (not mine): write"), (Empty(), "x of Empty cannot be drawn: write")],
)
def test_what_cannot_be_drawn_is_named_with_the_first_reason(thing, words):
    with pytest.raises(UndrawnError) as told:
        plan_for(thing, LAYER)
    assert str(told.value).startswith(words)
    assert told.value.line == f"def {type(thing).__name__}_inputs(rng, n): return {type(thing).__name__}(...), x"


def test_words_of_several_examples():
    def one_by_one(cls):
        return draw._one_by_one(LAYER, cls)

    assert [one_by_one(cls) for cls in (Column, Images, FlatBias, ImagesByAxis)] == [True, True, False, False]
    assert not one_by_one(made(forward="x", backward="dout")), "a class without a source says nothing"
    assert draw._one_by_one(Form("net", "forward"), Column)


@pytest.mark.parametrize(
    ("kind", "outs", "sensible"),
    [
        ("layer", [], False), ("layer", [np.ones(2)], True), ("layer", [np.ones(2, int)], True),
        ("layer", [np.ones(2, bool)], False), ("layer", [np.ones(2, complex)], False),
        ("layer", [np.ones(2), np.array([1.0, np.inf])], False), ("net", [np.ones(1)], True),
        ("net", [np.ones(2)], False), ("loss", [np.ones(2)], True),
    ],
)  # fmt: skip
def test_outputs_that_can_be_checked(kind, outs, sensible):
    assert draw._sensible(outs, Form(kind, "forward")) is sensible


def test_labels_are_drawn_for_what_takes_them():
    def names(of, **heads):
        return draw.arguments_of(of, made(**heads))

    assert names(LAYER, forward="x, y=None", backward="dout") == ["x"]
    assert names(Form("net", "forward"), forward="x, y=None") == ["x", "y"]
    net = Form("net", "forward", "backward", "cost")
    assert names(net, forward="x", backward="x, y, t", cost="out, y, t") == ["x", "y"]
    assert names(net, forward="x, t", backward="x, t", cost="out, t") == ["x", "t", "y"]


class Holds:
    def __init__(self, *arrays):
        self.arrays = arrays

    def forward(self, x):
        return x


class Axes(Holds):
    def forward(self, x):
        N, C, H, W = x.shape  # pictures
        return N, C, H, W


class Steps(Holds):
    def forward(self, x):
        N, T, D = x.shape
        return N, T, D


def shapes(cls, *sizes, title=""):
    arrays = [np.ones(s) for s in sizes]
    form = Form("layer", "forward", "backward", title=title)
    found = draw._shapes(cls(*arrays), form, arrays, [a for a in arrays if a.ndim == 2])
    return [r.shape if r.what == PLAIN else (r.what, r.classes, *r.shape) for r in found]


IMAGES = [(N, 2, 4, 4), (N, 3, 4, 4), (N, 1, 4, 4), (N, 4, 4, 2)]
REST = [(N, 6), (6,), (N, 3, 6), *IMAGES, ("words", 3, N)]
MORE_IMAGES = [*IMAGES, (2, 4, 4), (4, 4), (N, 2, 8, 8)]


def of_matrix(a, b):
    return [(N, a), (N, b), (b, N), (a, N), (b, 1), (1, a), (b,), (a,), (N, a + 1), (N, a - 1)]


@pytest.mark.parametrize(
    ("cls", "sizes", "title", "expected"),
    [
        (Holds, [], "", REST),
        (Holds, [(7, 9), (8, 5), (5, 4), (4, 3)], "", [*of_matrix(7, 9), *of_matrix(8, 5), *of_matrix(5, 4), *REST]),
        (Holds, [(2, 5)], "", [*of_matrix(2, 5)[:-1], *REST]),
        (Holds, [(1, 3)], "", [(N, 3), (3, N), (3, 1), (1, 1), (3,), (1,), (N, 2), *REST]),
        (Holds, [(9,), (1,), (8,), (7,)], "", [(N, 9), (N, 8), *REST]),
        (Holds, [], "Lookup", [("words", 3, N), ("words", 3, N, 3), *REST]),
        (Holds, [], "GRU", [(N, 3, 6), (N, 6), ("words", 3, N, 3), *REST]),
        (Steps, [(7, 9), (8, 5)], "",
         [(N, 3, 7), (N, 7), ("words", 3, N, 3), *of_matrix(7, 9), *of_matrix(8, 5), *REST]),
        (Axes, [], "", [*MORE_IMAGES, *REST]),
        (Holds, [], "im2col", [*MORE_IMAGES, *REST]),
        (Holds, [(5, 6, 7, 8)], "", [(N, 6, 4, 4), (N, 4, 4, 7), (6, 4, 4), *MORE_IMAGES, *REST]),
        (Holds, [(5, 6, 7)], "", REST),
    ],
)  # fmt: skip
def test_candidates_for_the_first_argument(cls, sizes, title, expected):
    assert shapes(cls, *sizes, title=title) == expected


def labels(shape, kind="net", matrices=(), names=("x", "y"), what=PLAIN):
    form = Form(kind, "forward", "backward")
    found = list(draw._with_lead(Recipe(what, shape), list(names), [np.ones(s) for s in matrices], form))
    return [(r["y"].what, r["y"].shape, r["y"].classes) for r in found]


def both(*widths):
    return [one for c in widths for one in (("hot", (N, c), c), ("labels", (N,), c))]


def test_candidates_for_the_labels():
    assert labels((N, 7), matrices=[(7, 6), (6, 5), (5, 4), (4, 3)]) == both(3, 4, 5, 6)
    assert labels((N, 7)) == both(3)
    assert labels((N, 7), "loss", [(7, 4)]) == both(4, 7)
    assert labels((7, 1, 2), matrices=[(7, 4)]) == both(4, 7), "no column: it has three axes"
    of_its_own = [("hot", (N, 3, 6), 6), ("labels", (N,), 6), ("positive", (N, 3, 6), 3), ("binary", (N, 3, 6), 3)]
    assert labels((N, 3, 6), "loss") == 2 * of_its_own
    assert labels((N,), "loss")[:2] == [("hot", (N,), 1), ("labels", (N,), 1)]
    assert labels((N, 3), matrices=[(6, 4)], what="words") == [*both(4, 6), ("labels", (N, 3), 3)]


def test_numbers_that_are_words_are_drawn_as_arrays():
    names = ["x", "name", "p", "lr", "state"]
    (found,) = draw._others(Recipe(PLAIN, (N, 6)), names, [np.ones((6, 4))], {})
    assert {k: (r.what, r.shape, r.value) for k, r in found.items()} == {
        "x": (PLAIN, (N, 6), None), "name": (PLAIN, (N, 6), None), "p": (PLAIN, (N, 6), None),
        "lr": ("fixed", (), 0.1), "state": (PLAIN, (N, 4), None),
    }  # fmt: skip
    (found,) = draw._others(Recipe(PLAIN, (N, 6)), ["x", "h"], [np.ones((6, 4)), np.ones((7, 8))], {})
    assert found["h"].shape == (N, 7)
