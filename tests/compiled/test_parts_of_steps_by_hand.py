"""The parts of a written step, by hand: loops that nodes share, numbers with a dtype, names, what is read of a net."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

import models
from layers.registry import Layer, get
from layers.scalars import Elementwise
from models import node
from models.compiled.groups import group, has_form, seen_factors
from models.compiled.losses import write_loss
from models.compiled.options import Options
from models.compiled.program import NoCompiledFormError, _targets, _what_shapes_the_code
from models.compiled.scalars import NotPlainError, definition
from models.compiled.text import Text
from models.compiled.updates import Updates


def bent(x):
    return x * x


def slope(x):
    return 2 * x


def own(name):
    """An activation of one's own of that name."""
    forms = {"structure": "elementwise", "scalar": Elementwise(bent, slope)}
    return Layer(name, "activation", bent, lambda dout, cache: dout, lambda rng, n: (), ("x",), **forms)


def shared(*nodes):
    """The names of the nodes of each loop."""
    return [one.name for one in group([node(*given) for given in nodes])]


@pytest.mark.parametrize("late", [False, True])
def test_a_node_shares_the_loop_of_what_it_alone_reads(late):
    """Whatever the place of names in the alphabet."""
    a, b, c, d = "zyxw" if late else "abcd"
    first = (a, "affine", "x", ("W", "b"))
    assert shared(first, (b, "relu", a), (c, "tanh", b)) == [f"{a}, {b}, {c}"]
    assert shared(first, (b, "relu", a), (c, "tanh", a)) == [a, b, c]  # both read the product
    assert shared(first, (b, "linear", a, "V"), (c, "relu", a)) == [a, b, c]
    assert shared(first, (b, "linear", "x", "V"), (c, "relu", a), (d, "add", (c, b))) == [a, b, c, d]
    assert shared((a, "relu", "x"), (b, "tanh", a)) == [f"{a}, {b}"]
    assert shared((a, "batch_norm", "x", ("g", "h")), (b, "relu", a)) == [a, b]
    assert shared((a, "add", ("x", "x")), (b, "relu", a)) == [f"{a}, {b}"]
    assert shared((a, "affine_relu", "x", ("W", "b")), (b, "tanh", a)) == [f"{a} before relu, {a}, {b}"]


def test_of_two_that_draw_noise_each_has_a_loop():
    head, noise, drop = ("a", "linear", "x", "W"), ("b", "gaussian_noise", "a"), ("c", "dropout", "b")
    assert shared(head, noise, drop) == ["a, b", "c"]
    assert shared(head, noise, ("c", "relu", "b"), ("d", "dropout", "c")) == ["a, b, c", "d"]
    assert shared(head, noise, ("c", "relu", "b"), ("d", "tanh", "c")) == ["a, b, c, d"]
    assert shared(head, ("b", "relu", "a"), ("c", "dropout", "b"), ("d", "tanh", "c")) == ["a, b, c, d"]


def factors(*nodes):
    return seen_factors(group([node(*given) for given in nodes]))


def test_the_factors_of_products_are_looked_at_in_loops_that_there_are_anyway():
    first, last = ("a", "affine", "x", ("W", "b")), ("z", "linear", "r", "V")
    assert factors(("z", "linear", "x", "W")) == {"x"}
    assert factors(first, ("r", "relu", "a"), last) == {"x", "r"}
    assert factors(("a", "linear", "x", "W"), ("r", "relu", "a"), last) == {"x", "r"}
    assert factors(first, ("z", "linear", "a", "V")) is None  # the gradient of a is seen by no loop
    assert factors(("r", "add", ("x", "x")), last) == {"r"}
    assert factors(("r", "batch_norm", "x", ("g", "h")), last) is None  # its loop does not look
    assert factors(first, ("r", "relu", "a")) is not None
    assert factors(first, ("r", "relu", "a"), ("z", "add", ("r", "r"))) is None  # the loss stands behind no product


def test_a_layer_has_a_form_by_its_name_where_it_is_ours_and_by_its_mathematics_elsewhere():
    for name in ("affine", "linear", "add", "batch_norm", "dropout", "gaussian_noise", "affine_relu", "relu", "gelu"):
        assert has_form(get(name))
    for name in ("affine", "linear", "add", "batch_norm", "dropout", "gaussian_noise", "affine_relu"):
        assert not has_form(own(name))
    for name in ("relu", "bent", "zest", "conv"):
        assert has_form(own(name))
        assert not has_form(own(name)._replace(scalar=None))
    assert not has_form(get("layer_norm"))


def element(**numbers):
    return SimpleNamespace(name="own", function=step_of_ones_own, slots=(), numbers=tuple(numbers))


def step_of_ones_own(w, dw, weight_decay, zest, at):
    return w - zest * dw - at * weight_decay * w


def test_limits_of_a_run_are_in_its_step_and_no_others():
    net, rule = models.mlp([3, 2], rng=0), element(weight_decay=0, zest=0, at=0)
    names = {"clip_norm": "clip_norm", "clip_value": "clip_value_", "max_norm": "max_norm", "accumulate": "batch_size"}
    for limits in ({}, {"clip_norm": 1.0}, {"clip_value": 1.0}, {"max_norm": 1.0}, {"accumulate": 2}):
        source = net.step_source(rule, limits)
        assert [key for key, name in names.items() if f"    {name} = constants[" in source] == list(limits)


@pytest.mark.parametrize("name", ["a", "bent", "dropins", "fancy", "zest"])
def test_an_activation_of_ones_own_is_called_whatever_its_name(name):
    nodes = [node("a", "linear", "x", "W"), node("b", own(name), "a")]
    net = models.Graph(nodes, {"W": np.ones((3, 2))})
    source = net.step_source(element(weight_decay=0, zest=0, at=0))
    assert f"v = {name}_value(v)" in source
    assert f"d = d * {name}_slope(a[n, j])" in source
    assert "draw_" not in source


@pytest.mark.parametrize("names", ["abc", "cba", "bca", "acb"])
def test_what_the_way_back_needs_is_kept(names):
    """A slope of x needs what came in, one of y what went out; the last value is kept in any case."""
    first, second, last = names
    nodes = [node(first, "linear", "x", "W"), node(second, own("bent"), first), node(last, "tanh", second)]
    source = models.Graph(nodes, {"W": np.ones((3, 2))}).step_source(element(weight_decay=0, zest=0, at=0))
    written = [line.strip() for line in source.splitlines() if line.strip().endswith("[n, j] = v")]
    assert written == [f"{first}_2[n, j] = v" if first == "c" else f"{first}[n, j] = v",
                       f"{last}_2[n, j] = v" if last == "c" else f"{last}[n, j] = v"]  # fmt: skip


def test_vectors_do_not_decay_and_keep_the_other_numbers_of_the_rule():
    text = Text()
    numbers = {"weight_decay": 0, "zest": 0, "at": 0}
    Updates(text, element(**numbers), Options(labels=True, average=False), {}).write({})
    calls = [line.strip() for line in text.lines if "own_element(" in line]
    assert calls == [
        "w[i] = own_element(w[i], g[i], rule_weight_decay, rule_zest, rule_at)",
        "w[i] = own_element(w[i], g[i], 0.0, rule_zest, rule_at)",
    ]


@pytest.mark.parametrize("loss", [get("squared_loss"), get("softmax_loss")._replace(scalar=None)])
def test_a_loss_without_a_form_is_not_written(loss):
    model = SimpleNamespace(loss=loss, nodes=[node("s", "tanh", "x")], loss_settings={})
    with pytest.raises(TypeError, match=f"{loss.name} has no scalar form"):
        write_loss(Text(), model, Options(labels=True, average=False), {}, False)


def test_a_definition_that_says_something_else_has_a_name_of_its_own():
    """Whichever of the texts is the larger one."""
    text = Text()
    said = [text.define("f", lambda name, end=end: f"{name} {end}") for end in "mazbma"]
    assert said == ["f", "f_2", "f_3", "f_4", "f", "f_2"]
    assert text.definitions == {"f": "f m", "f_2": "f_2 a", "f_3": "f_3 z", "f_4": "f_4 b"}


def test_identifiers_that_are_taken_are_numbered():
    text = Text()
    assert [text.value(name) for name in ("w", "a b", "a-b", "a b", "d a")] == ["w_2", "a_b", "a_b_2", "a_b", "d_a"]
    assert [text.value(name) for name in ("a_b", "a+b")] == ["a_b_3", "a_b_4"]
    assert [text.gradient(name) for name in ("a", "a b")] == ["d_a_2", "d_a_b"]
    assert [text.value(name) for name in ("f_value", "f_row", "if", "3", "")] == ["f_value_", "f_row_", "_if", "_3", ""]


def test_lines_stand_as_deep_as_their_blocks():
    text = Text()
    with text.inside(2):
        text("a")
        with text.each("size", "width"):
            text("b")
            text("")
        text("c")
    text("d")
    assert text.lines == [
        "        a", "        for n in range(size):", "            for j in range(width):", "                b", "",
        "        c", "d",
    ]  # fmt: skip


def whole(x, rate, beta, on):
    y = rate * 2
    x = -rate + x
    if x > 1 and not on:
        x = x - beta**2
    for i in range(len(x)):
        x[i] += 0
    z: float = -(x * 3)
    y, z = z + True, float(2) * y
    x = max(y, math.sqrt(rate), abs(-1)) if x < -1 else rate
    return x[0], -z, rate, math.exp(beta * x)


def test_numbers_alone_take_the_dtype_where_they_meet_data():
    assert definition(whole, "f", ["rate", "beta"]).splitlines() == [
        "def f(x, rate, beta, on):",
        "    y = T(rate * 2)",
        "    x = T(-rate) + x",
        "    if x > T(1) and (not on):",
        "        x = x - T(beta ** 2)",
        "    for i in range(len(x)):",
        "        x[i] += T(0)",
        "    z = -(x * T(3))",
        "    y, z = (z + True, float(2) * y)",
        "    x = max(y, T(math.sqrt(rate)), T(abs(-1))) if x < T(-1) else T(rate)",
        "    return (x[0], -z, T(rate), math.exp(T(beta) * x))",
    ]


def shadows(x, rate):
    sum = x * rate  # noqa: A001
    return sum  # noqa: RET504


def test_a_value_may_have_the_name_of_a_builtin():
    assert definition(shadows, "f").splitlines() == ["def f(x, rate):", "    sum = x * rate", "    return sum"]


@pytest.mark.parametrize(("penalties", "all_of_it"), [({}, False), ({"reg": 1}, True), ({"l1": 1}, True)])
def test_under_a_penalty_the_guard_looks_at_all_of_the_gradient(penalties, all_of_it):
    source = models.mlp([3, 2], rng=0, **penalties).step_source(element(weight_decay=0, zest=0, at=0))
    assert ("(small or finite(g, LARGEST))" in source) != all_of_it
    assert ("SMALL" in source[source.index("def steps") :]) != all_of_it


def nothing(x):
    y: np.ndarray  # noqa: F842
    return


def test_what_says_nothing_of_numbers_stays():
    assert definition(nothing, "g").splitlines() == ["def g(x):", "    pass", "    return"]


class Called:
    """Callable, and no definition."""

    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (len, "len has no source to read"),
        (Called, "Called is not defined by `def`"),
        (eval("lambda x: x"), "<lambda> has no source to read"),
        (lambda x: np.exp(x), "is not defined by `def`"),
    ],
)
def test_what_is_no_definition(function, why):
    with pytest.raises(NotPlainError, match=why):
        definition(function, "f")


@pytest.mark.parametrize(
    ("outputs", "y", "wanted"),
    [(2, [[2, 1], [0, 1]], [[2, 1], [0, 1]]), (1, [[2], [0]], [[2], [0]]), (3, [1, 0], [[0, 1, 0], [1, 0, 0]])],
)
def test_rows_of_whole_numbers_are_targets(outputs, y, wanted):
    net = models.mlp([2, outputs], loss="squared", rng=0)
    found, labels = _targets(net, np.ones((2, 2)), np.array(y))
    assert not labels
    assert found.tolist() == wanted


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ((3, 4), (3, 1), r"\(3, 1\) for scores of shape \(N, \*\(2,\)\)"),
        ((3, 4), (3, 3), r"\(3, 3\) for scores of shape \(N, \*\(2,\)\)"),
        ((3,), (3,), r"\(3,\) for scores of shape \(N, \*\(\)\)"),
        ((3,), (3, 1), r"\(3, 1\) for scores of shape \(N, \*\(\)\)"),
        ((3, 4, 2), (3, 4, 2), r"\(3, 4, 2\) for scores of shape \(N, \*\(4, 2\)\)"),
    ],
)
@pytest.mark.parametrize("kind", [int, float])
def test_scores_are_rows_of_the_targets_width(x, y, said, kind):
    net = models.Graph([node("t", "tanh", "x")], {}, loss="squared") if x != (3, 4) else (
        models.mlp([4, 2], loss="squared", rng=0)
    )  # fmt: skip
    with pytest.raises(NoCompiledFormError, match=f"^targets of shape {said}$"):
        _targets(net, np.ones(x), np.ones(y, kind))


def test_what_shapes_the_code_is_whether_there_is_a_penalty_or_a_scale():
    net = models.mlp([2, 2], loss="squared", rng=0)
    assert _what_shapes_the_code(net) == (False, False, False, True)
    net.reg, net.l1, net.input_scale, net.loss_settings = 0.5, 2, 0.5, {"reduction": "sum"}
    assert _what_shapes_the_code(net) == (True, True, True, False)
    net.input_scale = 3
    assert _what_shapes_the_code(net)[2]
