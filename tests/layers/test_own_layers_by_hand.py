"""Which layer is meant by a name in a file, a pair of functions, a package's name; and what is refused, and how."""

from types import SimpleNamespace

import pytest

from base import entry_points
from base.user_code import UserCodeError
from layers import get, register, registered
from layers.registry import TARGETS, of_pair, of_user

MINE = """import layers


def double_forward(x):
    return 2 * x, None


def double_backward(dout, cache):
    return 2 * dout


def both_forward(x):
    return x, None


def both_backward(dout, cache):
    return dout


def wide_forward(x, w, b=0):
    return x, None


def short_backward(dout):
    return dout


def half_forward(x):
    return x, None


def far_loss(x, y):
    return 1.0, x


def near(x, y):
    return 2.0, x


def near_loss(x, y):
    return 3.0, x


def alone(x):
    return 4.0, x


both = pair = (double_forward, double_backward)
listed = [double_forward, double_backward]
three = (double_forward, double_backward, double_backward)
numbers = (double_forward, 7)
short = (double_forward, short_backward)
wide = (wide_forward, double_backward)
ours = layers.get("relu")
own = ours._replace(name="own", kind="custom")
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "mine.py"
    path.write_text(MINE, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["double", "double_forward,double_backward", "pair", "both"])
@pytest.mark.parametrize("kinds", [(), ("activation",)])
def test_a_pair_is_named_by_its_stem_by_both_names_or_as_a_tuple(file, name, kinds):
    """`both` is a name of the file itself, which goes before both_forward and both_backward."""
    layer = get(f"{file}:{name}", *kinds)
    assert (layer.name, layer.kind, layer.args, layer.params) == ("double", "custom", ("x",), ())
    assert (layer.forward(3.0)[0], layer.backward(5.0, None)) == (6.0, 10.0)


@pytest.mark.parametrize(("name", "label", "value"), [("far", "far_loss", 1.0), ("near", "near", 2.0)])
def test_a_loss_is_named_with_or_without_its_ending(file, name, label, value):
    loss = of_user(f"{file}:{name}", "loss")
    assert loss[:4] == (label, "loss", loss.forward, None)
    assert (loss.args, loss.targets, loss.forward(0, 0)[0]) == (("x", "y"), TARGETS, value)


def test_a_layer_of_a_file_is_taken_where_its_kind_will_do(file):
    assert of_user(f"{file}:ours") is get("relu")
    assert of_user(f"{file}:ours", "norm", "activation") is get("relu")
    assert of_user(f"{file}:own", "loss").name == "own"  # nobody knows of which kind it is
    with pytest.raises(UserCodeError, match=r"mine\.py:ours is a layer of kind 'activation'; expected loss or norm$"):
        of_user(f"{file}:ours", "loss", "norm")


PAIR = r"expected a pair \(forward, backward\) as in forward\(x\) -> \(out, cache\), backward\(dout, cache\) -> dx"


@pytest.mark.parametrize(
    ("name", "kinds", "message"),
    [
        ("listed", (), rf"^mine\.py:49: .*:listed is .*; {PAIR}\. Functions NAME_forward and NAME_backward are found"),
        ("three", (), rf"^mine\.py:50: .*:three is .*; {PAIR}\."),
        ("numbers", (), rf"^mine\.py:51: .*:numbers is .*; {PAIR}\."),
        ("far_loss", (), rf"^mine\.py:32: .*:far_loss is .*; {PAIR}\."),
        ("short", (), rf":short takes \(dout\); {PAIR}; this is its backward$"),
        ("wide", ("activation",), rf":wide takes \(x, w, b=0\); {PAIR}; this is its forward$"),
        ("alone", ("loss",), r":alone takes \(x\); expected a loss: a function \(x, y\) -> \(loss, dx\)$"),
        ("half", (), r"'mine\.py' has no 'half'\. Did you mean 'half'"),
        ("double", ("loss",), r"'mine\.py' has no 'double'"),
        ("fa", ("loss",), r"'mine\.py' has no 'fa'\. Did you mean 'far'"),
    ],
)
def test_what_is_no_layer_is_said_with_its_line(file, name, kinds, message):
    with pytest.raises(UserCodeError, match=message):
        of_user(f"{file}:{name}", *kinds)


def test_what_is_no_activation_may_still_be_a_layer(file):
    layer = of_user(f"{file}:wide")
    assert (layer.name, layer.args) == ("wide", ("x", "w"))


def test_the_arguments_of_a_pair_are_those_that_have_no_default():
    def forward(x, /, w, b=None, *rest, eps, **more):
        return x, None

    class Twice:
        def __call__(self, x):
            return 2 * x, None

    def backward(dout, cache):
        return dout

    assert of_pair(forward, backward)[:2] == ("forward", "custom")
    assert of_pair(forward, backward).args == ("x", "w")
    assert of_pair(Twice(), backward).name == "Twice"
    with pytest.raises(NotImplementedError, match="a layer that is not registered has no inputs to draw"):
        of_pair(forward, backward).inputs(None, 1)


def test_two_functions_of_a_registered_layer_are_that_layer():
    for name in ("relu", "tanh", "affine"):
        assert of_pair(*get(name)[2:4]) is get(name)
    assert of_pair(get("relu").forward, get("tanh").backward).kind == "custom"


def test_a_name_may_be_a_package_s(monkeypatch):
    asked = []

    def find(group, name):
        asked.append((group, name))
        return SimpleNamespace(value="theirs.layers:swish") if name == "swish" else None

    monkeypatch.setattr(entry_points, "find", find)
    monkeypatch.setattr(entry_points, "names", lambda group: ["swish", "affine"] if group == "layers" else [])
    monkeypatch.setattr(entry_points, "load", lambda point: (lambda x: (x, point), lambda dout, cache: dout))
    assert get("swish", "activation").forward(1)[1].value == "theirs.layers:swish"
    known = ", ".join(sorted({*registered("norm", "pool"), "swish", "affine"}))
    with pytest.raises(ValueError, match=rf"^unknown norm or pool 'swihs'\. Did you mean 'swish'.*Known: {known}\.$"):
        get("swihs", "norm", "pool")
    with pytest.raises(ValueError, match=r"^unknown norm 'relu'"):  # ours, of another kind: no package's
        get("relu", "norm")
    assert asked == [("layers", "swish"), ("layers", "swihs")]


def test_what_a_layer_needs_and_what_it_has_gradients_for():
    assert get("group_norm").needed == {"groups": 2}
    assert get("dropout").needed == get("relu").needed == {}
    assert get("embedding").differentiated == ("w",)
    assert get("affine").differentiated == ("x", "w", "b")


def test_a_layer_that_is_registered_again_takes_its_own_place():
    before, relu = list(registered()), get("relu")
    again = relu._replace(settings=({}, {}))
    try:
        assert register(again) is again
        assert get("relu") is again
        assert list(registered()) == before
    finally:
        register(relu)
