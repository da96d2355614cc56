"""convnet: its nodes and shapes, its gradients, rows and images alike, evaluation in blocks, and what it refuses."""

import json
import re
import tracemalloc

import numeric
import numpy as np
import pytest

import gradcheck
import layers
from models import convnet, from_config, graph, he, load, save
from solver import Solver

RNG = np.random.default_rng(0)
SMALL = {"image": (2, 6, 7), "num_classes": 3, "rng": 0}
X, Y = RNG.standard_normal((5, 84)), np.array([0, 1, 2, 0, 1])


def square_forward(x):
    """A pair of one's own, which knows neither out= nor need_dx=."""
    return x * x, x


def square_backward(dout, cache):
    return 2 * cache * dout


def test_names_and_shapes(capsys):
    net = convnet("32x5,pool,64x5,pool,512", batch_norm=True, dropout=0.5, rng=0)
    net.summary()
    table = [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()[1:-1]]
    assert table == [
        "image", "conv1", "batch_norm1", "pool1", "relu1", "conv2", "batch_norm2", "pool2", "relu2", "flatten",
        "affine3", "batch_norm3", "relu3", "dropout3", "affine4",
    ]  # fmt: skip
    shapes = {name: array.shape for name, array in net.params.items() if name[0] in "Wb" and name[1].isdigit()}
    assert shapes == {"W1": (32, 1, 5, 5), "W2": (64, 32, 5, 5), "W3": (1024, 512), "W4": (512, 10), "b4": (10,)}
    assert net.params["gamma2"].shape == net.state["batch_norm2.mean"].shape == (64,)
    assert net.input_dim == 784


def test_layer_norm_is_of_each_image_and_of_each_row():
    net = convnet("3x3,pool,5", layer_norm=True, reg=0.1, **SMALL)
    norms = {node.name: (node.layer.name, node.settings) for node in net.nodes if "norm" in node.name}
    assert norms == {"layer_norm1": ("group_norm", {"groups": 1}), "layer_norm2": ("layer_norm", {})}
    assert not net.state
    np.testing.assert_allclose(net.loss(X[:1]), net.loss(X)[:1], rtol=1e-11)
    numeric.check(net, X, Y, tolerance=1e-6)
    with pytest.raises(ValueError, match="both asked for"):
        convnet("3x3,5", layer_norm=True, batch_norm=True, **SMALL)


def test_summary_shows_the_shape_behind_each_layer(capsys):
    convnet("6x5p2,avgpool,16x5,avgpool,120,84", activation="tanh").summary()
    lines = capsys.readouterr().out.splitlines()
    shapes = dict(re.match(r"(\S+) .*?(\(N, [^)]*\))", line).groups() for line in lines[1:-1])
    assert [shapes[name] for name in ("image", "conv1", "tanh1", "pool1", "conv2", "pool2", "flatten", "affine5")] == [
        "(N, 1, 28, 28)", "(N, 6, 28, 28)", "(N, 6, 28, 28)", "(N, 6, 14, 14)", "(N, 16, 10, 10)", "(N, 16, 5, 5)",
        "(N, 400)", "(N, 10)",
    ]  # fmt: skip
    assert "61,706 parameters" in lines[-1]  # those of LeNet-5 with whole connections and plain pooling


@pytest.mark.parametrize("activation", layers.registered("activation"))
def test_the_gradient_of_the_whole_net(activation):
    layers_ = "3x3p1s2,pools1,4x2p1,avgpool,5"
    net = convnet(layers_, activation=activation, reg=0.1, l1=0.01, bias_init="normal", **SMALL)
    numeric.check(net, X, Y, tolerance=1e-6)


def test_the_checker_passes_it():
    net = convnet(["3x3", "pool", 4], activation="tanh", batch_norm=True, **SMALL)
    report = gradcheck.model(net, X, Y)
    assert report.verdict == "pass", report


@pytest.mark.parametrize("loss", ["svm", "squared", "logistic"])
def test_other_losses_and_no_bias(loss):
    net = convnet("3x3", loss=loss, use_bias=False, output="tanh", **SMALL)
    assert list(net.params) == ["W1", "W2"]
    assert net.nodes[1].layer.name == "conv2d_without_bias"
    numeric.check(net, X, Y, tolerance=1e-6)


def test_a_pair_of_ones_own_between_the_layers():
    net = convnet("3x3,pool,4", activation=(square_forward, square_backward), **SMALL)
    assert [node.name for node in net.nodes][1:4] == ["conv1", "square1", "pool1"]  # it falls left of 0: before pooling
    numeric.check(net, X, Y, tolerance=1e-6)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid", "softplus"])
def test_an_activation_that_rises_may_stand_behind_the_pooling(activation):
    """The largest of the activations is the activation of the largest: the same numbers."""
    net = convnet("3x3,pool", activation=activation, **SMALL)
    assert [node.name for node in net.nodes][1:4] == ["conv1", "pool1", f"{activation}1"]
    values = net.values(X)
    function = layers.get(activation).forward
    before = layers.max_pool2d_forward(function(values["conv1"])[0])[0]
    np.testing.assert_array_equal(values[f"{activation}1"], before)


def test_filters_are_drawn_by_their_fan_in():
    net = convnet("2000x5,7", image=(3, 9, 9), rng=0)
    assert net.params["W1"].std() == pytest.approx(np.sqrt(2 / 75), rel=0.01)
    drawn = he(np.random.default_rng(0), 75, 2000)
    np.testing.assert_array_equal(net.params["W1"], drawn.T.reshape(2000, 3, 5, 5))


def test_rows_and_images_are_the_same():
    net = convnet("3x3,pool,4", **SMALL)
    images = X.reshape(-1, 2, 6, 7)
    np.testing.assert_array_equal(net.loss(images), net.loss(X))
    (loss, grads), (same_loss, same) = net.loss(images, Y), net.loss(X, Y)
    assert loss == same_loss
    np.testing.assert_array_equal(grads.flat, same.flat)
    grey = convnet("3x3", image=(4, 5), rng=0)
    np.testing.assert_array_equal(grey.loss(X[:, :20].reshape(-1, 4, 5)), grey.loss(X[:, :20]))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[:, :80], "X has 80 features, but the model was built for input_dim=84 (images of 2 x 6 x 7)."),
        (
            X.reshape(-1, 6, 7, 2),
            "image takes rows (N, 84) or images (N, 2, 6, 7); got x (5, 6, 7, 2). Is this N x H x W x C?"
            " x.transpose(0, 3, 1, 2)",
        ),
        (
            X.reshape(-1, 2, 7, 6),
            "image takes rows (N, 84) or images (N, 2, 6, 7); got x (5, 2, 7, 6), 84 numbers each.",
        ),
        (X[0].reshape(2, 6, 7), "X has 42 features, but the model was built for input_dim=84 (images of 2 x 6 x 7). One"
                                " row alone is X[None]."),
        (X[0], "X has shape (84,), but the model was built for input_dim=84 (images of 2 x 6 x 7). One row alone is"
               " X[None]."),
    ],
)  # fmt: skip
def test_rows_that_are_no_such_images(rows, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        convnet("3x3", **SMALL).loss(rows)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"num_classes": 0}, ValueError, "num_classes is 0; expected a positive integer"),
        ({"dropout": 1}, ValueError, "dropout is 1; expected the share that is dropped, 0 <= dropout < 1"),
        ({"init": lambda rng, n_in, n_out: np.zeros((n_out, n_in))}, ValueError,
         "init gave (3, 18); expected (n_in, n_out) = (18, 3) for '3x3'"),
        ({"activaton": "relu"}, TypeError, "convnet got unknown argument 'activaton'. Did you mean 'activation'?"),
        ({"layers": "3x9"}, ValueError, "layer 1, '3x9': a window of 9 x 9 does not fit into what comes to it, 6 x 7."
                                        " Take smaller windows, padding ('3x9p4') or fewer layers before it"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit(settings, error, message):
    with pytest.raises(error, match=re.escape(message)):
        convnet(**{"layers": "3x3", "image": (2, 6, 7), **settings})


def _trained(epochs, **settings):
    data = {"X_train": X, "y_train": Y, "X_val": X, "y_val": Y}
    net = convnet("3x3,pool,8", batch_norm=True, dropout=0.3, dtype=np.float32, **SMALL)
    solver = Solver(net, data, batch_size=2, num_epochs=epochs, seed=1, verbose=False, **settings)
    solver.train()
    return solver


def test_a_seeded_run_has_the_same_bits_twice():
    one, other = _trained(6), _trained(6)
    assert one.loss_history == other.loss_history
    np.testing.assert_array_equal(one.model.params.flat, other.model.params.flat)


def test_it_has_no_compiled_form_which_is_said():
    pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
    with pytest.raises(ValueError, match=re.escape("engine='compiled': no compiled form for layer 'conv2d")):
        _trained(1, engine="compiled")


def test_saved_and_loaded(tmp_path):
    net = _trained(2).model
    save(net, tmp_path / "net.npz")
    again = load(tmp_path / "net.npz")
    np.testing.assert_array_equal(again.loss(X), net.loss(X))
    assert json.dumps(from_config(again.config()).config()) == json.dumps(net.config())


def test_evaluation_takes_few_images_at_once(monkeypatch):
    """What is unrolled is a block, whatever the number of rows; the answers are the same to rounding."""
    net = convnet("8x5,pool,8x5,16", rng=0, dtype=np.float32)
    rows = RNG.random((600, 784), dtype=np.float32)
    whole = net.values(rows)[net.nodes[-1].name]
    monkeypatch.setattr(graph, "IMAGES", 2**20)
    net = from_config(net.config(), net.params)
    net.loss(rows[:40])  # imports, buffers
    tracemalloc.start()
    scores = net.loss(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(scores, whole, rtol=1e-4, atol=1e-5)
    assert peak < 12 * 2**20  # the first layer's output of all rows alone is 10.5 MiB, and there are eight layers
    assert net.evaluate(rows, np.zeros(600, int))[0] > 0
    assert len(net.predict(rows)) == 600
