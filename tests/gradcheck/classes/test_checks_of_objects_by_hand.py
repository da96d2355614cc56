"""What a check of an object is asked for: which methods, which names, which arguments; and what it refuses."""

import numpy as np
import pytest
from objects_by_hand import Scale, W, X, subject_of

import gradcheck
from gradcheck.classes import entry
from gradcheck.classes.forms import Form


class Two(Scale):
    """A second pair of methods, and one that is called a loss."""

    def step_forward(self, x):
        return self.forward(x)

    def step_backward(self, dout):
        return self.backward(dout)

    def total(self, x):
        return np.sum(x * self.w), {"w": x.sum(axis=0)}


class Empty:
    def one(self, x):
        return x


@pytest.mark.parametrize(
    ("forward", "backward", "form"),
    [
        (None, None, ("layer", "forward", "backward", "Two")),
        ("forward", None, ("layer", "forward", "backward", "Two")),
        ("forward", "backward", ("layer", "forward", "backward", "Two")),
        ("step_forward", "step_backward", ("layer", "step_forward", "step_backward", "Two.step")),
        ("step_forward", None, ("layer", "step_forward", "step_backward", "Two.step")),
        ("forward", "step_backward", ("layer", "forward", "step_backward", "Two")),
        ("total", None, ("net", "total", None, "Two")),
        (None, "step_backward", ("layer", "forward", "backward", "Two")),
    ],
)
def test_the_methods_that_are_checked(forward, backward, form):
    found = entry._form(Two, forward, backward)
    assert (found.kind, found.forward, found.backward, found.title) == form


@pytest.mark.parametrize(
    ("cls", "forward", "backward", "words"),
    [
        (Two, "nothing", None, "Two has no method 'nothing'; it has forward, backward, step_forward"),
        (Two, "forward", "nothing", "Two has no method 'nothing'; it has forward"),
        (Empty, None, None, "Empty has no pair of methods to check"),
        (type("Bare", (), {}), "forward", None, "Bare has no method 'forward'; it has none"),
    ],
)
def test_methods_that_are_not_there(cls, forward, backward, words):
    with pytest.raises(TypeError, match=words):
        entry._form(cls, forward, backward)


def test_names_that_are_differentiated():
    subject = subject_of(Scale)
    assert entry._chosen(subject, None).wrt == ("x", "w")
    assert entry._chosen(subject, ["w"]).wrt == ("w",)
    for wrong in ("x", "q"):
        with pytest.raises(ValueError, match=f"wrt names '{wrong}'; there are gradients of w"):
            entry._chosen(subject, ["w", wrong])
    subject.wrt = ()
    with pytest.raises(ValueError, match="there are gradients of nothing"):
        entry._chosen(subject, ["w"])


@pytest.mark.parametrize(("wrt", "names"), [("w", ["w"]), (["x"], ["x"]), (("w", "x"), ["w", "x"]), (None, ["x", "w"])])
def test_one_name_or_several(wrt, names):
    report = gradcheck.instance(Scale(), X, wrt=wrt, repair=False)
    assert report.ok
    assert sorted(report.tensors) == sorted(names)


class Silent(Scale):
    def backward(self, dout):
        self.other = dout


def test_an_object_without_gradients_is_refused():
    with pytest.raises(TypeError, match="Silent: no gradient was found"):
        gradcheck.instance(Silent(), X)


class Single(Scale):
    def forward(self, x):
        return super().forward(x).astype(np.float32)


@pytest.mark.parametrize(("cls", "told"), [(Single, True), (Scale, False)])
def test_single_precision_is_noted(cls, told):
    notes = gradcheck.instance(cls(), X, repair=False).notes
    assert any("outputs are float32 whatever comes in" in note for note in notes) is told


def test_the_object_is_the_given_one_a_drawn_one_or_that_of_inputs():
    seen = []

    class Sees(Scale):
        def forward(self, x):
            seen.append((self.w[0], x.shape[1]))
            return super().forward(x)

    def with_it(rng, n):
        thing = Sees()
        thing.w = np.array([7.0, 9.0])
        return thing, rng.standard_normal((n, 2))

    for given, args, inputs, w in (
        (Sees(), (X,), None, 2.0), (Sees(), (), lambda rng, n: (rng.standard_normal((n, 2)),), 2.0),
        (Sees, (), lambda rng, n: (rng.standard_normal((n, 2)),), 2.0), (Sees, (), with_it, 7.0),
        (Sees(), (), with_it, 7.0),
    ):  # fmt: skip
        seen.clear()
        report = gradcheck.instance(given, *args, inputs=inputs, repair=False)
        assert report.ok, report
        assert seen[0] == (w, 2)
    assert Sees().w.tolist() == W.tolist()


def test_an_elementwise_function_has_its_own_name_and_takes_what_it_is_given():
    def cube(z):
        return z**3

    def slope(z):
        return 3 * z**2

    given = gradcheck.pointwise(cube, slope, X, repair=False)
    assert (given.label, given.ok, given.tensors["z"].numeric.shape) == ("cube", True, (3, 2))
    asked = gradcheck.pointwise(cube, slope, inputs=lambda rng, n: (rng.standard_normal((n, 7)),), repair=False)
    assert asked.tensors["z"].numeric.shape == (5, 7)
    assert gradcheck.pointwise(cube, slope, X, repair=False, label="own").label == "own"
    for pair in ((cube, 3), (3, slope)):
        with pytest.raises(TypeError, match="pointwise takes two functions; got int"):
            gradcheck.pointwise(*pair)


def test_a_form_may_be_given_whole():
    form = Form("layer", "step_forward", "step_backward", title="mine")
    report = gradcheck.instance(Two(), X, form=form, repair=False)
    assert (report.label, report.ok) == ("mine", True)
