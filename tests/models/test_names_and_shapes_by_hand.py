"""Names, kinds and shapes are the same or others, whatever their place in the alphabet and whichever is larger."""

import math
import re

import numpy as np
import pytest

from layers import get
from layers.registry import Layer
from models import Graph, convnet, from_config, mlp, node, propagation
from models.flat import FlatParams
from models.inspection.input_gradient import input_gradient
from models.plan import explain_rows, image_of, input_width, takes_indices

X, Y = np.random.default_rng(0).standard_normal((5, 4)), np.array([0, 2, 1, 2, 0])
W, V = np.arange(12.0).reshape(4, 3) / 12, np.arange(9.0).reshape(3, 3) / 9


def diamond(first, left, right, meet, last):
    """Two activations of one value, whose sum is weighed twice by the same matrix."""
    nodes = [
        node(first, "linear", "x", "W"), node(left, "tanh", first), node(right, "relu", first),
        node(meet, "add", (left, right)), node(last, "linear", meet, "V"), node("scores", "linear", last, "V"),
    ]  # fmt: skip
    return Graph(nodes, {"W": W, "V": V})


def test_nodes_may_be_named_after_the_input_in_the_alphabet():
    early, late = diamond(*"abcde"), diamond("y", "z", "xa", "zz", "ya")
    for _ in range(3):
        (loss, grads), (other, others) = early.loss(X, Y), late.loss(X, Y)
        assert loss == other
        np.testing.assert_array_equal(grads.flat, others.flat)
    np.testing.assert_array_equal(input_gradient(late, X, early.loss(X)), input_gradient(early, X, early.loss(X)))


def test_parameters_of_several_nodes_are_those_that_are_summed():
    """W is of one node and V of two; gamma is given twice to one."""
    assert diamond(*"abcde")._shared == {"V"}
    assert mlp([4, 3, 2], batch_norm=True)._shared == set()
    twice = Graph([node("s", "batch_norm", "x", ("g", "g"))], {"g": np.ones(4)})
    assert twice._shared == {"g"}


def bent(x, w):
    return x @ w, (x, w)


def wrong(shape):
    return lambda dout, cache: (dout @ cache[1].T, np.zeros(shape))


@pytest.mark.parametrize("at", [(3, 4), (4, 3)])
@pytest.mark.parametrize("seen", [(3, 4), (4, 3), (2, 2), (5, 5), (3, 3), (4, 4)])
def test_a_gradient_of_a_parameter_has_its_shape(at, seen):
    net = Graph([node("s", (bent, wrong(seen)), "x", "W")], {"W": np.ones(at)})
    x, y = np.ones((6, at[0])), np.zeros(6, int)
    if seen == at:
        assert not net.loss(x, y)[1].flat.any()
        return
    hint = " Is W transposed?" if seen == at[::-1] else ""
    message = f"returned 2 gradients: (6, {at[0]}), {seen}; expected 2, in the order and of the shapes of"
    with pytest.raises(ValueError, match=re.escape(f"{message} x (6, {at[0]}), W {at}.{hint}") + "$"):
        net.loss(x, y)


@pytest.mark.parametrize("name", ["a", "z"])
@pytest.mark.parametrize("columns", [2, 4])
def test_a_gradient_of_a_value_has_its_shape(name, columns):
    pair = (lambda x: (x * 1.0, None), lambda dout, cache: np.zeros((5, columns)))
    net = Graph([node(name, "linear", "x", "W"), node("s", pair, name)], {"W": W})
    with pytest.raises(ValueError, match=re.escape(f"returned 1 gradient: (5, {columns}); expected 1")):
        net.loss(X, Y)


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        (lambda d: (), "0 gradients: ;"),
        (lambda d: (d,), "1 gradient: (5, 3);"),
        (lambda d: (d, d, d), "3 gradients: (5, 3), (5, 3), (5, 3);"),
        (lambda d: (None, None), "2 gradients: None, None;"),
    ],
)
def test_two_inputs_have_two_gradients(answer, got):
    pair = (lambda x, y: (x + y, None), lambda dout, cache: answer(dout))
    nodes = [node("a", "linear", "x", "W"), node("b", "tanh", "a"), node("s", pair, ("a", "b"))]
    with pytest.raises(ValueError, match=re.escape(f"returned {got} expected 2, in the order")):
        Graph(nodes, {"W": W}).loss(X, Y)


def test_answers_are_checked_once_for_each_shape(monkeypatch):
    seen = []
    for name in ("first_forward", "check_gradients"):
        real = getattr(propagation, name)
        monkeypatch.setattr(propagation, name, lambda *a, real=real, name=name, **k: seen.append(name) or real(*a, **k))
    net = mlp([4, 3, 3], rng=0)
    for rows, passes in ((5, 1), (5, 1), (4, 2), (5, 2), (4, 2)):
        net.loss(X[:rows], Y[:rows])
        assert seen.count("first_forward") == seen.count("check_gradients") == 3 * passes


def test_more_or_fewer_values_than_a_layer_takes():
    for given, got in (((), 1), (("V",), 2), (("V", "b", "c"), 4)):
        nodes = [node("a", "linear", "x", "W"), node("s", "affine", "a", given)]
        params = {"W": W, "V": V, "b": V[0], "c": V[0]}
        with pytest.raises(ValueError, match=f"node 's': affine takes x, w, b; got {got} of 3$"):
            Graph(nodes, params)


def test_only_indices_that_are_the_input_stay_integers():
    assert takes_indices([node("e", "embedding", "x", "T")])
    for name in ("a", "z"):
        assert not takes_indices([node(name, "flatten", "x"), node("e", "embedding", name, "T")])


def test_the_width_of_an_image_is_that_of_a_reshape_alone():
    shaped = get("image")
    for kind, sides in (("reshape", (2, 3, 4)), ("custom", None), ("sandwich", None), ("activation", None)):
        assert image_of(node("i", shaped._replace(kind=kind), "x", shape=(2, 3, 4))) == sides
    assert image_of(node("i", "image", "x", shape=(0, 3, 4))) is None


@pytest.mark.parametrize(("shape", "width"), [((2,), None), ((2, 3), 2), ((3, 2), 3), ((2, 1, 3, 3), None)])
def test_a_matrix_fixes_the_width_and_windows_leave_it_open(shape, width):
    layer = Layer("own", "linear", bent, wrong(shape), lambda rng, n: (), ("x", "w"))
    assert input_width([node("s", layer, "x", "w")], {"w": np.ones(shape)}) == width


def test_the_width_is_told_behind_what_leaves_the_shape_as_it_is():
    """Not behind a layer that makes rows of other shapes, nor behind one of which nobody knows."""
    plain = get("tanh")
    for structure, width in (("elementwise", 4), ("rows", None), ("affine", None), (None, None)):
        first = node("t", plain._replace(structure=structure), "x")
        assert input_width([first, node("s", "linear", "t", "W")], {"W": W}) == width


@pytest.mark.parametrize("shape", [(6, 6), (3, 6), (6,)])
def test_one_image_of_several_channels_is_a_row_with_all_of_them_alone(shape):
    nodes = convnet("2x3,3", image=(3, 6, 6), num_classes=2, rng=0).nodes
    assert explain_rows(np.ones((3, 6, 6)), 108, nodes).endswith(" One row alone is X[None].")
    assert not explain_rows(np.ones(shape), 108, nodes).endswith("X[None].")
    behind = [node("a", "linear", "x", "W"), node("i", "image", "a", shape=(1, 6, 6))]
    assert not explain_rows(np.ones((6, 6)), 4, behind).endswith("X[None].")


@pytest.mark.parametrize("name", ["W1", "W2"])
@pytest.mark.parametrize("shape", [(2, 2), (4, 4), (2, 3), (3, 2), (2,), (3, 2, 1)])
def test_a_new_value_has_the_shape_of_its_parameter(name, shape):
    params = FlatParams.of({"W1": np.ones((2, 3)), "W2": np.ones((3, 2))})
    has = params[name].shape
    if shape == has:
        params[name] = np.zeros(shape)
        return
    hint = ": transposed?" if shape == has[::-1] else ""
    with pytest.raises(ValueError, match=re.escape(f"has shape {has}, the new value has {shape}{hint}") + "$"):
        params[name] = np.zeros(shape)


def test_filters_are_penalised_like_matrices():
    params = FlatParams.of({"b": np.ones(2), "F": np.full((2, 1, 3, 3), 2.0), "s": 3.0, "W": np.full((2, 2), 4.0)})
    assert [(slot.name, slot.decays) for slot in params.layout] == [
        ("F", True), ("W", True), ("b", False), ("s", False),
    ]  # fmt: skip
    assert params.decaying.tolist() == [2.0] * 18 + [4.0] * 4


@pytest.mark.parametrize("shape", [(5, 2), (5, 4), (4, 3), (6, 3), (5,)])
def test_gradients_of_scores_have_their_shape(shape):
    net = mlp([4, 3], rng=0)
    with pytest.raises(ValueError, match=re.escape(f"dscores has shape {shape}; expected that of the scores, (5, 3)")):
        input_gradient(net, X, np.ones(shape))


def test_an_initialiser_gives_the_matrix_that_is_asked_for():
    for more, less in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        message = f"init gave {(9 + more, 2 + less)}; expected (n_in, n_out) = (9, 2) for '2x3'"
        with pytest.raises(ValueError, match=re.escape(message)):
            convnet("2x3", init=lambda rng, i, o, m=more, k=less: np.zeros((i + m, o + k)), num_classes=3, rng=0)


def test_a_shape_in_the_description_is_that_of_the_parameter():
    net = mlp([4, 3], rng=0)
    for shape in ((4, 2), (4, 4), (3, 4)):
        with pytest.raises(ValueError, match=re.escape("the description has the parameters {'W1': [4, 3], 'b1': [3]}")):
            from_config(net.config(), {"W1": np.ones(shape), "b1": np.ones(3)})


def test_targets_of_another_shape_reach_the_loss():
    """Only (N,) and (N, 1) stand for each other."""
    for outputs, y in ((3, Y[:, None]), (1, np.ones((5, 2))), (1, np.ones((5, 0))), (2, np.ones(5))):
        with pytest.raises(ValueError, match=re.escape(f"takes y of the shape of x, (5, {outputs})")):
            mlp([4, outputs], loss="squared", rng=0).loss(X, y)
    images = Graph([node("i", "image", "x", shape=(1, 2, 2))], {}, loss="squared")
    with pytest.raises(ValueError, match=re.escape("takes y of the shape of x, (5, 1, 2, 2)")):
        images.loss(X, np.ones((5, 4)))


def test_scores_of_one_axis_take_targets_of_one_column():
    """Scores 0, 0, 0 beside 0, 1, 4: (1 + 16) / 6."""
    net = Graph([node("t", "tanh", "x")], {}, loss="squared", dtype=float)
    for y in (np.array([0.0, 1, 4]), np.array([0, 1, 4]), np.array([[0], [1], [4]])):
        assert net.loss(np.zeros(3), y)[0] == pytest.approx(17 / 6, rel=1e-12)


def test_one_column_of_whole_numbers_is_no_class():
    net = mlp([2, 1], loss="squared", rng=0)
    net.params["W1"][...], net.params["b1"][...] = 1, 0
    assert net.loss(np.ones((3, 2)), np.array([0, 1, 4]))[0] == 1.5


def test_inputs_are_in_the_dtype_of_the_net():
    for kind in (np.float32, np.float64):
        net = mlp([4, 3], rng=0, dtype=kind)
        for given in (np.float16, np.float32, np.float64, int):
            x = X.astype(given)
            seen = net.values(x)["x"]
            assert seen.dtype == kind
            assert (seen is x) == (given == kind)


def test_inputs_that_are_converted_have_memory_of_their_own():
    net = mlp([4, 3], rng=0, input_scale=2)
    first = net.values(X)["x"]
    net.values(X + 1)
    net.loss(X + 1, Y)
    np.testing.assert_array_equal(first, X / 2)


def test_one_value_is_no_row_of_one_feature():
    with pytest.raises(ValueError, match=re.escape("X has shape (3,), but the model was built for input_dim=1.")):
        mlp([1, 2], rng=0).loss(np.ones(3))


def test_the_measure_of_ones_own_is_of_scores_behind_the_threshold():
    def zest(scores, y):
        return float(np.mean(scores))

    net = mlp([2, 1], loss="logistic", rng=0)
    net.task = zest
    x = np.eye(2)
    assert net.accuracy(x, np.array([0, 1]), threshold=0.75) == pytest.approx(np.mean(net.loss(x)) - math.log(3))
