"""The small parts of nets, each by hand: the chain of nodes, initial weights, thresholds, what is wrong with rows."""

import math

import numpy as np
import pytest

from layers import get
from models import Graph, convnet, he, lecun, mlp, node, normal, xavier
from models.chain import check_disturbances, one_norm
from models.inspection.input_gradient import input_gradient
from models.plan import explain_rows, image_of
from models.predictions import _logit

IMAGE = {"image": (1, 6, 6), "num_classes": 2, "rng": 0}


def parts(net):
    return [f"{one.name} {one.layer.name} {' '.join(one.params)} {dict(one.settings)}" for one in net.nodes]


def test_a_convnet_with_layer_norm_and_noise():
    net = convnet("4x3p1,pool,5", layer_norm=True, dropout=0.25, input_dropout=0.5, noise=0.1, **IMAGE)
    assert parts(net) == [
        "noise0 gaussian_noise  {'std': 0.1}",
        "dropout0 dropout  {'keep': 0.5}",
        "image image  {'shape': (1, 6, 6)}",
        "conv1 conv2d_without_bias W1 {'stride': 1, 'padding': 1}",
        "layer_norm1 group_norm gamma1 beta1 {'groups': 1}",
        "noise1 gaussian_noise  {'std': 0.1}",
        "pool1 max_pool2d  {'size': 2, 'stride': 2}",
        "relu1 relu  {}",
        "flatten flatten  {}",
        "affine2 linear W2 {}",
        "layer_norm2 layer_norm gamma2 beta2 {}",
        "noise2 gaussian_noise  {'std': 0.1}",
        "relu2 relu  {}",
        "dropout2 dropout  {'keep': 0.75}",
        "affine3 affine W3 b3 {}",
    ]
    assert net.params["gamma1"].tolist() == [1] * 4
    assert net.params["beta1"].tolist() == [0] * 4
    assert net.params["W1"].shape == (4, 1, 3, 3)
    assert net.params["W2"].shape == (36, 5)


def test_a_convnet_with_batch_norm_averages_and_an_output():
    net = convnet("2x3s2,avgpool,3", batch_norm=True, activation="tanh", output="sigmoid", **IMAGE)
    assert parts(net) == [
        "image image  {'shape': (1, 6, 6)}",
        "conv1 conv2d_without_bias W1 {'stride': 2, 'padding': 0}",
        "batch_norm1 spatial_batch_norm gamma1 beta1 {}",
        "tanh1 tanh  {}",
        "pool1 average_pool2d  {'size': 2, 'stride': 2}",
        "flatten flatten  {}",
        "affine2 linear W2 {}",
        "batch_norm2 batch_norm gamma2 beta2 {}",
        "tanh2 tanh  {}",
        "affine3 affine W3 b3 {}",
        "sigmoid3 sigmoid  {}",
    ]


@pytest.mark.parametrize(
    ("activation", "waits"),
    [("relu", True), ("elu", True), ("gelu", False), (get("relu"), True), (get("relu")._replace(settings=()), False)],
)
def test_an_activation_of_ours_that_rises_stands_behind_the_pooling(activation, waits):
    """Another layer of that name may fall."""
    names = [one.name for one in convnet("2x3,pool,2x1,avgpool", activation=activation, **IMAGE).nodes][1:7]
    name = getattr(activation, "name", activation)
    first = ["pool1", f"{name}1"] if waits else [f"{name}1", "pool1"]
    assert names == ["conv1", *first, "conv2", f"{name}2", "pool2"]


def test_an_mlp_without_biases_and_with_an_output():
    net = mlp([3, 4, 2], use_bias=False, output="sigmoid", rng=0)
    assert parts(net) == ["affine1 linear W1 {}", "relu1 relu  {}", "affine2 linear W2 {}", "sigmoid2 sigmoid  {}"]
    assert set(net.params) == {"W1", "W2"}


def test_an_mlp_with_noise_and_dropout():
    assert parts(mlp([3, 4, 2], dropout=0.25, input_dropout=0.5, noise=0.1, rng=0)) == [
        "noise0 gaussian_noise  {'std': 0.1}",
        "dropout0 dropout  {'keep': 0.5}",
        "affine1 affine W1 b1 {}",
        "noise1 gaussian_noise  {'std': 0.1}",
        "relu1 relu  {}",
        "dropout1 dropout  {'keep': 0.75}",
        "affine2 affine W2 b2 {}",
    ]


@pytest.mark.parametrize("sizes", [[], [3], [3, 0], [3, 2.5], [3, -1], "32", 5, None])
def test_sizes_that_are_none(sizes):
    with pytest.raises(ValueError, match="expected two or more positive integers: inputs, hidden"):
        mlp(sizes)
    with pytest.raises(ValueError, match=r"^sizes is \[3, 0\]; expected"):
        mlp(np.array([3, 0]).tolist())
    assert mlp(np.array([3, 1]), rng=0).params["W1"].shape == (3, 1)


def test_shares_and_noise_have_their_borders():
    for good in (0, 0.0, 0.5, 0.999, np.float32(0.5)):
        check_disturbances(good, good, good)
    check_disturbances(0, 0, 7.5)
    for bad in (1, 1.0, -0.1, math.nan, "0.5", None):
        with pytest.raises(ValueError, match=r"^dropout is .*; expected the share that is dropped, 0 <= dropout < 1$"):
            check_disturbances(bad, 0, 0)
        with pytest.raises(ValueError, match=r"^input_dropout is .*, 0 <= input_dropout < 1$"):
            check_disturbances(0, bad, 0)
    for bad in (-0.1, math.inf, math.nan, "1", None):
        with pytest.raises(ValueError, match=r"^noise is .*; expected a standard deviation, 0 \(none\) or more$"):
            check_disturbances(0, 0, bad)
    assert [one_norm(*asked) for asked in ((False, False), (True, False), (False, True))] == [
        None, "batch_norm", "layer_norm"]  # fmt: skip
    with pytest.raises(ValueError, match="batch_norm and layer_norm are both asked for; expected one of them"):
        one_norm(True, True)


def test_initial_weights_are_the_standard_normal_ones_scaled():
    def drawn(init):
        return init(np.random.default_rng(3), 8, 5)

    z = np.random.default_rng(3).standard_normal((8, 5))
    for init, factor in ((he, 0.5), (lecun, 8**-0.5), (xavier, (2 / 13) ** 0.5), (normal(), 1), (normal(0.25), 0.25)):
        np.testing.assert_allclose(drawn(init), factor * z, rtol=1e-15)
    assert not drawn(normal(0)).any()
    for bad in (-0.1, "1", None):
        with pytest.raises(ValueError, match=r"standard deviation of the weights is .*; expected a number, 0 or more"):
            normal(bad)


def test_thresholds_are_probabilities_between_none_and_all():
    assert _logit(0.5) == 0
    assert _logit(0.75) == pytest.approx(math.log(3))
    assert _logit(0.2) == pytest.approx(-math.log(4))
    for bad in (0, 1, 0.0, 1.0, -0.5, 1.5, math.nan):
        with pytest.raises(ValueError, match=r"^threshold is .*; expected a probability between 0 and 1$"):
            _logit(bad)
    net = mlp([1, 1], loss="logistic", rng=0)
    net.params["W1"][:], net.params["b1"][:] = 1, 0
    X = np.log([[1 / 4], [1.0], [3.0], [9.0]])  # probabilities 0.2, 0.5, 0.75, 0.9
    assert net.predict(X).tolist() == [0, 0, 1, 1]
    assert net.predict(X, threshold=0.8).tolist() == [0, 0, 0, 1]
    assert net.predict(X, threshold=0.1).tolist() == [1, 1, 1, 1]
    assert net.accuracy(X, np.array([0, 0, 0, 1]), threshold=0.8) == 1
    assert net.accuracy(X, np.array([0, 0, 0, 1])) == 0.75
    np.testing.assert_allclose(net.predict_proba(X), [[0.8, 0.2], [0.5, 0.5], [0.25, 0.75], [0.1, 0.9]])


def test_values_have_no_threshold_to_move():
    net = mlp([2, 1], loss="squared", rng=0)
    X, y = np.random.default_rng(0).standard_normal((9, 2)), np.linspace(-1, 1, 9) ** 3
    assert net.accuracy(X, y, threshold=0.8) == net.accuracy(X, y)
    assert net.measures(X, y > 0, task="binary").keys() == {"loss", "accuracy"}  # not that of the loss
    net.task = "real"
    assert net.measures(X, y > 0).keys() == {"loss", "r2", "rmse"}
    assert net.measures(X, y > 0, task="binary").keys() == {"loss", "accuracy"}


def test_weights_of_rows_in_evaluation():
    net = mlp([2, 2], loss="squared", rng=0)
    X, y = np.random.default_rng(0).standard_normal((2300, 2)), np.random.default_rng(1).standard_normal((2300, 2))
    each = np.sum((net.loss(X) - y) ** 2, axis=1) / 2
    w = np.arange(2300.0)
    assert net.evaluate(X, y)[0] == pytest.approx(each.mean())
    assert net.evaluate(X, y, sample_weight=w)[0] == pytest.approx(each @ w / w.sum())
    w[1000:] = 0  # whole blocks that do not count
    assert net.evaluate(X, y, sample_weight=w)[0] == pytest.approx(each @ w / w.sum())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reg": -1e-9}, r"^reg is -1e-09; expected a penalty's strength, 0 or more$"),
        ({"l1": -1}, r"^l1 is -1; expected a penalty's strength, 0 or more$"),
        ({"l1": "1"}, r"^l1 is '1'; expected a penalty's strength"),
        ({"input_scale": 0}, r"^input_scale is 0; expected a positive number, e\.g\. 255 for raw pixels$"),
        ({"input_scale": -0.5}, "^input_scale is -0.5; expected a positive number"),
        ({"input_scale": math.inf}, "^input_scale is inf; expected a positive number"),
        ({"input_scale": math.nan}, "^input_scale is nan; expected a positive number"),
    ],
)
def test_strengths_and_scales_have_their_borders(settings, message):
    with pytest.raises(ValueError, match=message):
        mlp([2, 2], **settings)
    assert mlp([2, 2], reg=0, l1=0.5, input_scale=0.5, rng=0).input_scale == 0.5


@pytest.mark.parametrize("scale", [1, 2, 0.5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_inputs_are_divided_by_the_scale(scale, dtype):
    """In evaluation, in training, with one buffer for all batches of a shape, and whatever the dtype of the inputs."""
    net, plain = mlp([3, 2], input_scale=scale, rng=0, dtype=dtype), mlp([3, 2], rng=0, dtype=dtype)
    y = np.array([0, 1])
    for k in range(1, 3):
        X = np.arange(6.0).reshape(2, 3) * k
        for kind in (np.float64, np.float32, np.uint8):
            there = X.astype(kind)
            np.testing.assert_array_equal(net.loss(there), plain.loss((X / scale).astype(dtype)))
            assert net.loss(there, y)[0] == plain.loss((X / scale).astype(dtype), y)[0]
            assert there.tolist() == X.tolist()
    slope = input_gradient(net, X, np.array([[1.0, 0], [0, 1]]))
    np.testing.assert_allclose(slope, plain.params["W1"].T / scale, rtol=1e-6)


def test_indices_have_no_scale():
    def made(scale):
        nodes = [node("e", "embedding", "x", "T"), node("f", "flatten", "e"), node("a", "linear", "f", "W")]
        return Graph(nodes, {"T": np.ones((4, 2)), "W": np.ones((6, 2))}, input_scale=scale)

    assert made(1).takes_indices
    for scale in (0.5, 2, 255):
        with pytest.raises(ValueError, match=r"^input_scale is .*; expected 1: this net takes indices into a table$"):
            made(scale)
    assert not mlp([2, 2], input_scale=2).takes_indices


def test_rows_of_another_width_in_words():
    nodes = convnet("2x3,3", **IMAGE).nodes
    assert image_of(nodes[0]) == (1, 6, 6)
    assert image_of(node("i", "image", "x", shape=(1, 1, -1))) is None
    assert image_of(node("i", "image", "x", shape=(1, 1, 1))) == (1, 1, 1)
    assert image_of(nodes[1]) is None
    said = "X has {}, but the model was built for input_dim=36 (images of 1 x 6 x 6)."
    assert explain_rows(np.ones((2, 35)), 36, nodes) == said.format("35 features")
    assert explain_rows(np.ones(36), 36, nodes) == said.format("shape (36,)") + " One row alone is X[None]."
    for shape in ((1, 6, 6), (6, 6)):
        assert explain_rows(np.ones(shape), 36, nodes).endswith(" One row alone is X[None].")
    assert not explain_rows(np.ones((36, 1)), 36, nodes).endswith("X[None].")
    assert explain_rows(np.ones((2, 3)), 4, mlp([4, 2]).nodes) == (
        "X has 3 features, but the model was built for input_dim=4."
    )


@pytest.mark.parametrize(
    ("reg", "l1", "penalty", "slope"), [(0, 0, 0, 0), (0, 3, 12, -3), (2, 0, 8, -4), (2, 3, 20, -7)]
)
def test_penalties_of_a_net_by_hand(reg, l1, penalty, slope):
    """Weights 2, -2 in one matrix: 3 (2 + 2) and 2/2 (4 + 4); by the second weight -3 and 2 (-2)."""
    net = mlp([1, 2], reg=reg, l1=l1, rng=0, dtype=float)
    plain = mlp([1, 2], rng=0, dtype=float)
    for one in (net, plain):
        one.params["W1"][...] = [[2, -2]]
        one.params["b1"][...] = [5, 7]
    (loss, grads), (bare, data) = (one.loss(np.ones((1, 1)), np.array([1])) for one in (net, plain))
    assert loss - bare == pytest.approx(penalty, rel=1e-12)
    assert (grads["W1"] - data["W1"])[0, 1] == pytest.approx(slope, rel=1e-12)
    np.testing.assert_array_equal(grads["b1"], data["b1"])


def test_nodes_whose_statistics_are_of_the_rows_alone():
    """Those of images have their pixels, too; layer_norm keeps none."""
    assert mlp([4, 3, 2], batch_norm=True).row_statistics == ("batch_norm1",)
    assert mlp([4, 3, 2], layer_norm=True).row_statistics == ()
    assert convnet("4x3p1,pool,5", batch_norm=True, **IMAGE).row_statistics == ("batch_norm2",)


def test_targets_of_one_column():
    """Scores 2, 2, 2 beside 0, 1, 4: (4 + 1 + 4) / 6."""
    net, X, y = mlp([2, 1], loss="squared", rng=0), np.ones((3, 2)), np.array([0.0, 1, 4])
    net.params["W1"][...], net.params["b1"][...] = 1, 0
    for targets in (y, y[:, None]):
        assert net.loss(X, targets)[0] == 1.5
    with pytest.raises(ValueError, match=r"\(3, 1, 1\)"):
        net.loss(X, y[:, None, None])
