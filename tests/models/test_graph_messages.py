"""What Graph, node, mlp and their kin say about a wrong call."""

import re

import numpy as np
import pytest

from layers import softmax_loss
from models import FlatParams, Graph, TwoLayerNet, accuracy, mlp, node

PARAMS = {"W": np.ones((4, 3)), "b": np.zeros(3)}
SCORES = node("s", "affine", "x", ("W", "b"))
X, Y = np.ones((5, 4)), np.zeros(5, int)


def bare(x):
    return np.tanh(x)


def graph(*nodes, params=PARAMS, **keywords):
    return Graph(nodes or [SCORES], params, **keywords)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: Graph([], {}), ValueError, "a graph needs at least one node"),
        (lambda: graph(node("s", "affine", "y", ("W", "b"))), ValueError, "node 's' uses the value 'y'. Known here: x"),
        (lambda: graph(SCORES, node("h", "relu", "S")), ValueError, "uses the value 'S'."),
        (lambda: graph(node("s", "affine", "x", ("w", "b"))), ValueError, "uses the parameter 'w'. Known here: W, b."),
        (lambda: graph(node("s", "affine", "x", ("W2", "b"))), ValueError, "'W2'. Did you mean 'W'? Known here"),
        (lambda: graph(SCORES, node("s", "relu", "s")), ValueError, "two nodes are named 's'"),
        (lambda: graph(node("x", "affine", "x", ("W", "b"))), ValueError, "two nodes are named 'x' ('x' is the input)"),
        (lambda: graph(node("s", "affine", "x", ("W",))), ValueError, "affine takes x, w, b; got 2 of 3"),
        (lambda: graph(SCORES, node("h", "add", "s")), ValueError, "node 'h': add takes x, y; got 1 of 2"),
        (lambda: graph(node("l", "softmax_loss", "x"), SCORES), ValueError, "softmax_loss is a loss; give it to Graph"),
        (lambda: graph(node("dead", "relu", "x"), SCORES), ValueError, "node 'dead' is not used by a later one"),
        (lambda: graph(params={**PARAMS, "W2": np.ones((3, 3))}), ValueError, "parameter 'W2' is not used by any node"),
        (lambda: graph(loss="sofmax"), ValueError, "unknown loss 'sofmax_loss'. Did you mean 'softmax_loss'"),
        (lambda: graph(loss_settings={"marg": 1}), TypeError, "softmax_loss takes no setting 'marg'. It takes:"),
        (lambda: graph(reg=-0.1), ValueError, "reg is -0.1; expected a penalty's strength, 0 or more"),
        (lambda: graph(l1=float("nan")), ValueError, "l1 is nan; expected"),
        (lambda: node("h", "rleu", "x"), ValueError, "unknown layer 'rleu'. Did you mean 'relu'"),
        (lambda: node("h", np.tanh, "x"), TypeError, "a layer is a registered name, a Layer, or a pair (forward"),
        (lambda: graph().loss(np.ones((5, 6)), Y), ValueError, "X has 6 features, but the model was built for"),
        (lambda: graph().loss(np.ones(4)), ValueError, "built for input_dim=4. One row alone is X[None]."),
        (lambda: graph().loss(np.ones(5)), ValueError, "X has shape (5,), but the model was built for input_dim=4."),
        (lambda: graph().loss(X, Y[:4]), ValueError, "X has 5 rows but y has 4."),
        (lambda: graph().loss(X, Y + 3), ValueError, "integers 0..2 for 3 classes; got values 3..3 (minimum 3)."),
        (lambda: graph().loss(X, Y + 0.5), ValueError, "got float64: use y.astype(int)."),
        (lambda: graph(loss="squared").loss(X, Y + 3), ValueError, "integers 0..2 for 3 classes; got values 3..3"),
        (lambda: graph(loss="squared").loss(X, np.ones((5, 2))), ValueError, "takes y of the shape of x, (5, 3)"),
        (lambda: graph().evaluate(X[:0], Y[:0]), ValueError, "X has no rows"),
        (lambda: graph().evaluate(X, Y[:4]), ValueError, "X has 5 rows but y has 4."),
        (lambda: graph().predict(np.ones((5, 6))), ValueError, "X has 6 features"),
        (lambda: accuracy(np.ones((3, 2)), np.zeros(2)), ValueError, "scores has 3 rows but y has 2."),
        (lambda: mlp([784]), ValueError, "sizes is [784]; expected two or more positive integers"),
        (lambda: mlp([784, 0, 10]), ValueError, "sizes is [784, 0, 10]"),
        (lambda: mlp([784, 1.5, 10]), ValueError, "sizes is [784, 1.5, 10]"),
        (lambda: mlp([4, 3], dropout=1.0), ValueError, "dropout is 1.0; expected the share that is dropped, 0"),
        (lambda: mlp([4, 3], dropout=1.5), ValueError, "dropout is 1.5; expected the share that is dropped, 0"),
        (lambda: mlp([4, 3], dropout=np.nan), ValueError, "dropout is nan; expected the share that is dropped, 0"),
        (lambda: mlp([4, 3], noise=np.inf), ValueError, "noise is inf; expected a standard deviation"),
        (lambda: mlp([4, 3], noise=np.nan), ValueError, "noise is nan; expected a standard deviation"),
        (lambda: mlp([4, 3], input_scale=0), ValueError, "input_scale is 0; expected a positive number, e.g. 255"),
        (lambda: mlp([4, 3], input_scale=-0.5), ValueError, "input_scale is -0.5; expected a positive number"),
        (lambda: mlp([4, 3], input_scale=np.inf), ValueError, "input_scale is inf; expected a positive number"),
        (lambda: mlp([4, 3], input_scale=np.nan), ValueError, "input_scale is nan; expected a positive number"),
        (lambda: mlp([4]), ValueError, "sizes is [4]; expected two or more positive integers"),
        (lambda: mlp([4, -1, 3]), ValueError, "sizes is [4, -1, 3]; expected two or more positive integers"),
        (lambda: mlp([4, 3], input_dropout=-0.1), ValueError, "input_dropout is -0.1; expected the share"),
        (lambda: mlp([4, 3], noise=0.1).loss(np.ones((5, 6))), ValueError, "X has 6 features, but the model was built"),
        (lambda: mlp([4, 3], activation="rleu"), ValueError, "unknown activation 'rleu'. Did you mean 'relu'"),
        (lambda: mlp([4, 3], activation="affine"), ValueError, "unknown activation 'affine'."),
        (lambda: mlp([4, 3], output="softmax_loss"), ValueError, "unknown activation 'softmax_loss'."),
        (lambda: mlp([4, 3], noise=-1), ValueError, "noise is -1; expected a standard deviation, 0 (none) or more"),
        (lambda: mlp([4, 3], dropout="0.5"), ValueError, "dropout is '0.5'; expected the share that is dropped, 0"),
        (lambda: mlp([4, 3], noise="a"), ValueError, "noise is 'a'; expected a standard deviation, 0 (none) or more"),
        (lambda: mlp([4, 3], dtype="float33"), TypeError, "dtype is 'float33'; expected a floating type, as"),
        (lambda: mlp([4, 3], dtype=bool), TypeError, "dtype is <class 'bool'>; expected a floating type, as"),
        (lambda: mlp([4, 3], dtype=complex), TypeError, "dtype is <class 'complex'>; expected a floating type, as"),
        (lambda: mlp([4, 3], dtype=int), TypeError, "dtype is <class 'int'>; expected a floating type, as"),
        (lambda: mlp(784), ValueError, "sizes is 784; expected two or more positive integers"),
        (lambda: mlp("784,10"), ValueError, "sizes is '784,10'; expected two or more positive integers"),
        (lambda: mlp([4, 3], reg="0.1"), ValueError, "reg is '0.1'; expected a penalty's strength, 0 or more"),
        (lambda: mlp([4, 3], init=0.01), TypeError, "init is 0.01; expected a name (he, lecun, xavier, normal, normal"),
        (lambda: mlp([4, 3], init=0.01), TypeError, "A standard deviation is init='normal:0.01'."),
        (lambda: TwoLayerNet(4, 3, 2, "x"), ValueError, "the standard deviation of the weights is 'x'; expected a"),
        (lambda: mlp([4, 3], init="normal:-1"), ValueError, "of the weights is -1.0; expected a number, 0 or more"),
        (lambda: mlp([4, 3], loss=softmax_loss), TypeError, "loss is softmax_loss; expected the name of a registered"),
        (lambda: mlp([4, 3], loss=None), TypeError, "loss is None; expected the name of a registered loss, 'logistic'"),
        (lambda: mlp([4, 3], activaton=5), TypeError, "got unknown argument 'activaton'. Did you mean 'activation'?"),
        (lambda: mlp([4, 3], loss="svm", margn=5), TypeError, "got unknown argument 'margn'. Did you mean 'margin'?"),
        (lambda: mlp([4, 3], loss="svm", margin=1, margn=5), TypeError, "got unknown argument 'margn'."),
        (lambda: graph(loss="svm", loss_settings={"margin": 1, "m": 1}), TypeError, "svm_loss takes no setting 'm'."),
        (lambda: mlp([4, 3], zz=5), TypeError, "mlp got unknown argument 'zz'. It takes: sizes, activation, output"),
        (lambda: mlp([4, 3], loss="svm", zz=5), TypeError, "seed; and settings of the loss, for svm_loss: margin."),
        (lambda: TwoLayerNet(4, 3, 2, hiden_dim=3), TypeError, "TwoLayerNet got unknown argument 'hiden_dim'. Did you"),
        (lambda: node("d", "dropout", "x", keeep=1), TypeError, "node 'd': dropout takes no setting 'keeep'. Did you"),
        (lambda: node("d", (bare, bare), "x", k=1), TypeError, "node 'd': bare takes no setting 'k'. It takes: none."),
        (lambda: node("d", (bare(X), bare), "x"), TypeError, "a pair (forward, backward); got (ndarray, function)"),
        (lambda: node("d", (bare,) * 3, "x"), TypeError, "backward); got (function, function, function)"),
        (lambda: node("d", (bare,), "x"), TypeError, "a pair (forward, backward); got (function)"),
        (lambda: Graph(SCORES, PARAMS), TypeError, "nodes is one Node, 's'; expected a list of them, as [node(...)]"),
        (lambda: Graph([("s", "affine")], PARAMS), TypeError, "nodes holds ('s', 'affine'); expected what node(name"),
        (lambda: Graph([SCORES], [X]), TypeError, "params is a list; expected a dict, name -> array"),
        (lambda: TwoLayerNet(4, 0, 2), ValueError, "sizes is [4, 0, 2]"),
        (lambda: FlatParams.of(PARAMS)["W3"], KeyError, "W3"),
    ],
)  # fmt: skip
def test_message(call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call()


@pytest.mark.parametrize("shape", [(5,), (4, 1), (5, 6)])
def test_one_row_is_suspected_only_where_it_fits(shape):
    with pytest.raises(ValueError, match=r"input_dim=4\.$"):
        graph().loss(np.ones(shape))


def test_what_lies_just_inside():
    mlp([4, 3], reg=0, l1=0, init="normal:0", input_scale=1e-9)
    assert [n.name for n in mlp([1, 1, 1], dropout=0, input_dropout=0, noise=0).nodes] == [
        "affine1",
        "relu1",
        "affine2",
    ]
    assert mlp([4, 2, 3], dropout=0.999, input_dropout=0.25).nodes[0].settings == {"keep": 0.75}


def test_the_sizes_of_the_courses_net():
    net = TwoLayerNet(seed=0)
    assert {name: array.shape for name, array in net.params.items()} == {
        "W1": (3072, 100), "b1": (100,), "W2": (100, 10), "b2": (10,)
    }  # fmt: skip
    assert net.params["W1"].std() == pytest.approx(1e-3, rel=0.01)
    assert not net.params["b1"].any()
    assert (net.reg, net.l1, net.dtype, net.input_scale) == (0, 0, np.float64, 1)


def test_params_are_replaced_as_a_whole_or_not_at_all():
    net = graph()
    with pytest.raises(ValueError, match="params has W, c; this model has W, b"):
        net.params = {"W": np.ones((4, 3)), "c": np.zeros(3)}
    own = np.full((4, 3), 2.0)
    net.params = {"b": [1, 2, 3], "W": own}
    own[:] = 0
    assert (net.params["W"] == 2).all()
    assert net.loss(X)[0].tolist() == [9, 10, 11]


def test_noise_without_a_generator():
    net = Graph([node("d", "dropout", "x"), node("s", "affine", "d", ("W", "b"))], PARAMS)
    with pytest.raises(ValueError, match=r"this model draws noise in training: call loss\(X, y, rng=generator\)"):
        net.loss(X, Y)
    net.loss(X)
    net.evaluate(X, Y)


def test_a_failed_call_leaves_the_model_as_it_was():
    net, fresh = graph(), graph()
    for bad in (Y + 3, Y[:4], Y + 0.5):
        with pytest.raises(ValueError, match="y"):
            net.loss(X, bad)
    assert net.loss(X, Y)[0] == fresh.loss(X, Y)[0]
    np.testing.assert_array_equal(net.loss(X, Y)[1].flat, fresh.loss(X, Y)[1].flat)
