"""mlp and TwoLayerNet: names, sizes, options, and the course's signature."""

import numeric
import numpy as np
import pytest

import layers
from models import Graph, TwoLayerNet, mlp, normal

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((6, 4)), np.array([0, 1, 2, 0, 1, 2])


def test_names_and_shapes():
    net = mlp([784, 100, 50, 10])
    shapes = {name: array.shape for name, array in net.params.items()}
    assert shapes == {"W1": (784, 100), "b1": (100,), "W2": (100, 50), "b2": (50,), "W3": (50, 10), "b3": (10,)}
    assert [node.name for node in net.nodes] == ["affine1", "relu1", "affine2", "relu2", "affine3"]
    assert net.params.flat.size == 784 * 100 + 100 + 100 * 50 + 50 + 50 * 10 + 10
    assert not any(net.params[name].any() for name in ("b1", "b2", "b3"))
    assert net.input_dim == 784
    assert not net.noisy
    assert net.state == {}


@pytest.mark.parametrize("activation", layers.registered("activation"))
@pytest.mark.parametrize("loss", layers.registered("loss"))
def test_every_activation_with_every_loss(activation, loss):
    """Also those that are registered tomorrow."""
    net = mlp([4, 5, 3], activation=activation, loss=loss, reg=0.1, l1=0.01, rng=0)
    numeric.check(net, X, Y)


def test_bias_free():
    net = mlp([4, 5, 3], use_bias=False, rng=0)
    assert list(net.params) == ["W1", "W2"]
    assert [node.layer.name for node in net.nodes] == ["linear", "relu", "linear"]
    w1, w2 = net.params.values()
    np.testing.assert_allclose(net.loss(X), np.maximum(X @ w1, 0) @ w2, rtol=1e-12)
    numeric.check(net, X, Y)


def test_batch_norm_dropout_and_noise_are_further_nodes():
    net = mlp([4, 5, 6, 3], batch_norm=True, dropout=0.5, input_dropout=0.2, noise=0.1, rng=0)
    assert [node.name for node in net.nodes] == [
        "noise0", "dropout0", "affine1", "batch_norm1", "noise1", "relu1", "dropout1",
        "affine2", "batch_norm2", "noise2", "relu2", "dropout2", "affine3",
    ]  # fmt: skip
    assert list(net.params) == ["W1", "gamma1", "beta1", "W2", "gamma2", "beta2", "W3", "b3"]
    assert [net.nodes[i].settings for i in (0, 1, 6)] == [{"std": 0.1}, {"keep": 0.8}, {"keep": 0.5}]
    assert net.noisy
    assert net.input_dim == 4
    assert list(net.state) == ["batch_norm1.mean", "batch_norm1.var", "batch_norm2.mean", "batch_norm2.var"]


def test_layer_norm_stands_where_batch_norm_would_and_keeps_no_state():
    net = mlp([4, 5, 6, 3], layer_norm=True, rng=0)
    names = ["affine1", "layer_norm1", "relu1", "affine2", "layer_norm2", "relu2", "affine3"]
    assert [node.name for node in net.nodes] == names
    assert list(net.params) == ["W1", "gamma1", "beta1", "W2", "gamma2", "beta2", "W3", "b3"]
    assert not net.state
    np.testing.assert_allclose(net.loss(X[:1]), net.loss(X)[:1], rtol=1e-12)  # no row knows of another
    numeric.check(net, X, Y)
    with pytest.raises(ValueError, match="batch_norm and layer_norm are both asked for; expected one of them"):
        mlp([4, 5, 3], batch_norm=True, layer_norm=True)


@pytest.mark.parametrize(
    "options", [{"batch_norm": True}, {"layer_norm": True}, {"dropout": 0.3}, {"noise": 0.2}, {"input_dropout": 0.3}]
)
@pytest.mark.parametrize("sizes", [[4, 3], [4, 5, 3]])
def test_gradients_with_noise_and_normalisation(sizes, options):
    net = mlp(sizes, activation="tanh", rng=0, **options)
    numeric.check(net, X, Y, tolerance=1e-6, **({"rng": 3} if net.noisy else {}))
    np.testing.assert_array_equal(net.loss(X), net.loss(X))


def test_an_output_activation():
    """The classical sigmoid net: every layer sigmoid, quadratic cost on one-hot targets."""
    net = mlp([4, 5, 3], activation="sigmoid", output="sigmoid", loss="squared", rng=0)
    assert [node.layer.name for node in net.nodes] == ["affine", "sigmoid", "affine", "sigmoid"]
    assert ((net.loss(X) > 0) & (net.loss(X) < 1)).all()
    numeric.check(net, X, Y)
    numeric.check(net, X, layers.one_hot(Y, 3))
    assert net.loss(X, Y)[0] == net.loss(X, layers.one_hot(Y, 3))[0]


def test_a_net_without_hidden_layers_is_a_linear_classifier():
    net = mlp([4, 3], rng=0)
    assert list(net.params) == ["W1", "b1"]
    numeric.check(net, X, Y)


def test_penalties_and_loss_settings_reach_the_graph():
    plain, net = mlp([4, 5, 3], loss="svm", rng=0), mlp([4, 5, 3], loss="svm", margin=1.0, reg=0.3, l1=0.2, rng=0)
    w = net.params.decaying
    penalty = 0.5 * 0.3 * np.sum(w**2) + 0.2 * np.sum(np.abs(w))
    assert net.loss(X, Y)[0] - plain.loss(X, Y)[0] == pytest.approx(penalty, rel=1e-10)
    assert mlp([4, 5, 3], loss="svm", margin=3.0, rng=0).loss(X, Y)[0] > plain.loss(X, Y)[0]


def test_equal_scores_cost_log_c():
    assert mlp([4, 5, 3], init=normal(0.0)).loss(X, Y)[0] == pytest.approx(np.log(3), rel=1e-14)


def test_symmetric_units_stay_equal():
    """Equal incoming weights, biases and outgoing weights receive equal gradients for ever."""
    net = mlp([4, 2, 3], activation="tanh", init=lambda rng, n_in, n_out: np.full((n_in, n_out), 0.3))
    for _ in range(5):
        net.params.flat -= 0.5 * net.loss(X, Y)[1].flat
    np.testing.assert_array_equal(net.params["W1"][:, 0], net.params["W1"][:, 1])
    np.testing.assert_array_equal(net.params["W2"][0], net.params["W2"][1])


def test_two_layer_net_has_the_course_signature():
    net = TwoLayerNet(4, 5, 3, 1e-2, 0.5)
    named = TwoLayerNet(input_dim=4, hidden_dim=5, num_classes=3, weight_scale=1e-2, reg=0.5)
    for model in (net, named):
        assert {name: array.shape for name, array in model.params.items()} == {
            "W1": (4, 5), "b1": (5,), "W2": (5, 3), "b2": (3,)
        }  # fmt: skip
        assert model.reg == 0.5
        assert isinstance(model, Graph)
    default = TwoLayerNet()
    assert default.params["W1"].shape == (3 * 32 * 32, 100)
    assert default.params["W2"].shape == (100, 10)
    assert default.params["W1"].std() == pytest.approx(1e-3, rel=0.02)


def test_two_layer_net_on_the_numbers_of_the_formula():
    net = TwoLayerNet(4, 5, 3, weight_scale=1.0, reg=0.7, seed=0)
    w1, b1, w2, b2 = (net.params[name] for name in ("W1", "b1", "W2", "b2"))
    b1[:], b2[:] = RNG.standard_normal(5), RNG.standard_normal(3)
    scores = np.maximum(X @ w1 + b1, 0) @ w2 + b2
    np.testing.assert_allclose(net.loss(X), scores, rtol=1e-12)
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    wanted = -np.log(p[range(6), Y]).mean() + 0.5 * 0.7 * (np.sum(w1**2) + np.sum(w2**2))
    loss, grads = net.loss(X, Y)
    assert loss == pytest.approx(wanted, rel=1e-12)
    assert set(grads) == {"W1", "b1", "W2", "b2"}
    numeric.check(net, X, Y)


def test_class_attributes_choose_activation_and_loss():
    class TanhNet(TwoLayerNet):
        activation = layers.tanh_forward, layers.tanh_backward

    class HingeNet(TwoLayerNet):
        activation, loss_name = "sigmoid", "svm"

    tanh, hinge = TanhNet(4, 5, 3, weight_scale=0.5, seed=0), HingeNet(4, 5, 3, weight_scale=0.5, seed=0, margin=2.0)
    np.testing.assert_allclose(tanh.loss(X), np.tanh(X @ tanh.params["W1"]) @ tanh.params["W2"], rtol=1e-12)
    assert hinge.loss_layer.name == "svm_loss"
    assert hinge.loss_settings == {"margin": 2.0}
    assert hinge.nodes[1].layer.name == "sigmoid"
    assert TanhNet(4, 5, 3, activation="relu").nodes[1].layer.name == "relu"
    for net in (tanh, hinge):
        numeric.check(net, X, Y)


def test_seed_and_generator():
    one, same = TwoLayerNet(4, 5, 3, seed=3), TwoLayerNet(4, 5, 3, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(one.params.flat, same.params.flat)
    assert not np.array_equal(one.params.flat, TwoLayerNet(4, 5, 3).params.flat)
    assert TwoLayerNet(4, 5, 3, init="he", seed=0).params["W1"].std() > 0.1


def test_the_course_way_of_updating_parameters():
    """`model.params[name]` is read, changed and assigned, as notebooks do."""
    net = TwoLayerNet(4, 5, 3, weight_scale=0.5, seed=0)
    net.params["W1"] = np.linspace(-0.7, 0.3, num=4 * 5).reshape(4, 5)
    net.params["b1"] = np.linspace(-0.1, 0.9, num=5)
    start, grads = net.loss(X, Y)
    for name in grads:
        net.params[name] -= 0.1 * grads[name]
    assert net.loss(X, Y)[0] < start
