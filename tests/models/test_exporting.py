"""Nets in ONNX and safetensors: the same scores in a foreign runtime, and the same bits back."""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

import layers
import models
from models import Graph, Scaling, convnet, export, mlp, node

onnx = pytest.importorskip("onnx", reason="needs onnx (extra export)")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime (extra test)")
safetensors = pytest.importorskip("safetensors.numpy", reason="needs safetensors (extra export)")

X = np.random.default_rng(0).standard_normal((30, 6))
Y = np.arange(30) % 4


def net(**options) -> Graph:
    """A net whose biases and running statistics are no zeros and ones."""
    model = mlp([6, 8, 7, 4], seed=1, bias_init="normal", **options)
    if model.state:
        for k in range(3):
            model.loss(3 * X + 1, Y, rng=k)
    return model


def scores_of(path: Path, rows: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["scores"], {"x": rows})[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", layers.registered("activation"))
def test_every_activation_gives_its_scores_in_a_runtime(activation, dtype, tmp_path):
    model = net(activation=activation, dtype=dtype)
    export(model, tmp_path / "net.onnx")
    rows = (4 * X).astype(dtype)
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", rows), model.loss(rows), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"batch_norm": True}, {"dropout": 0.5, "input_dropout": 0.3, "noise": 0.2},
        {"output": "sigmoid", "loss": "squared"},
        {"use_bias": False}, {"input_scale": 255.0}, {"batch_norm": True, "dropout": 0.2, "activation": "tanh"},
        {"loss": "svm"},
    ],
    ids=str,
)  # fmt: skip
def test_what_an_mlp_can_hold_is_as_in_evaluation(options, tmp_path):
    model = net(**options)
    export(model, tmp_path / "net.onnx")
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", X), model.loss(X), rtol=0, atol=1e-6)


def with_one_layer(layer: layers.Layer, settings) -> tuple[Graph, np.ndarray]:
    """A graph that is one layer, on inputs as the checker draws them, and these inputs."""
    x, *rest = layer.inputs(np.random.default_rng(3), 4)
    settings = {key: value for key, value in settings.items() if key not in ("rng", "stats", "seed")}
    params = dict(zip(layer.params, rest, strict=False))
    inputs = tuple("x" for _ in layer.args[: len(layer.args) - len(layer.params)])
    return Graph([node("only", layer, inputs, tuple(params), **settings)], params), x


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "k"),
    [
        (n, k)
        for n, layer in layers.registered().items()
        if layer.kind not in ("loss", "lookup")
        for k in range(len(layer.settings))
    ],
)
def test_every_layer_with_each_of_its_settings_is_translated(name, k, dtype, tmp_path):
    layer = layers.get(name)
    model, x = with_one_layer(layer, layer.settings[k])
    model, x = model.astype(dtype), x.astype(dtype)
    for statistic in model.state.values():
        statistic[...] = np.random.default_rng(0).uniform(0.5, 2, statistic.shape)
    export(model, tmp_path / "net.onnx")
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", x), model.loss(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("3x3p1,pool,4x2s2,5", {}), ("3x3p2s2,avgpool,4", {"activation": "tanh", "use_bias": False}),
        ("4x2,pool3s1,2x2p1", {"batch_norm": True, "dropout": 0.4}),
        ("4x2,pool3s1,5", {"layer_norm": True, "activation": "gelu"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_convolutional_net_is_as_in_evaluation(words, options, dtype, tmp_path):
    model = convnet(words, image=(2, 6, 5), num_classes=4, seed=1, bias_init="normal", dtype=dtype, **options)
    rows = np.random.default_rng(3).standard_normal((30, 60)).astype(dtype)
    if model.state:
        model.loss(3 * rows + 1, Y, rng=0)
    export(model, tmp_path / "net.onnx")
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", rows), model.loss(rows), rtol=0, atol=1e-4)


def test_groups_of_channels_have_their_own_gamma_and_beta(tmp_path):
    rng = np.random.default_rng(4)
    params = {"gamma": rng.uniform(1, 2, 4), "beta": rng.standard_normal(4), "W": rng.standard_normal((24, 3))}
    nodes = [
        node("image", "image", "x", shape=(4, 3, 2)),
        node("norm", "group_norm", "image", ("gamma", "beta"), groups=2, eps=0.1),
        node("scores", "linear", "norm", "W"),
    ]
    model, rows = Graph(nodes, params), rng.standard_normal((5, 24))
    export(model, tmp_path / "net.onnx")
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", rows), model.loss(rows), rtol=0, atol=1e-5)


def test_settings_of_windows_travel(tmp_path):
    w = np.random.default_rng(2).standard_normal((3, 1, 2, 3))
    nodes = [
        node("image", "image", "x", shape=(1, 6, 10)),
        node("conv", "conv2d_without_bias", "image", "W", stride=(1, 2), padding=(1, 0)),
        node("largest", "max_pool2d", "conv", size=(3, 2), stride=(2, 1), padding=(1, 1)),
        node("mean", "average_pool2d", "largest", size=(2, 3), stride=(1, 2), padding=(1, 1)),
        node("rows", "flatten", "mean"),
    ]
    model, rows = Graph(nodes, {"W": w}), np.random.default_rng(4).standard_normal((7, 60))
    export(model, tmp_path / "net.onnx")
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", rows), model.loss(rows), rtol=0, atol=1e-5)


def test_settings_of_layers_and_branches_travel(tmp_path):
    rng = np.random.default_rng(2)
    params = {"W": rng.standard_normal((6, 5)), "b": rng.standard_normal(5), "V": rng.standard_normal((5, 5)),
              "c": rng.standard_normal(5), "gamma": rng.uniform(1, 2, 5), "beta": rng.standard_normal(5)}  # fmt: skip
    nodes = [
        node("a", "affine_relu", "x", ("W", "b")),
        node("h", "affine", "a", ("V", "c")),
        node("leaky", "leaky_relu", "h", slope=0.3),
        node("sum", "add", ("a", "leaky")),
        node("gelu", "gelu", "sum", approximate=True),
        node("elu", "elu", "gelu", alpha=0.5),
        node("rows", "layer_norm", "elu", ("gamma", "beta"), eps=0.2),
        node("norm", "batch_norm", "rows", ("gamma", "beta"), eps=0.1),
    ]
    model = Graph(nodes, params)
    model.loss(X, Y)
    export(model, tmp_path / "net.onnx")  # whose eps is a float32
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", X), model.loss(X), rtol=0, atol=1e-6)


def test_raw_inputs_are_scaled_inside(tmp_path):
    model, mean, std = net(), np.arange(6.0), np.linspace(1, 2, 6)
    export(model, tmp_path / "net.onnx", scaling=Scaling(16.0, mean, std))
    raw = np.random.default_rng(5).integers(0, 17, (9, 6)).astype(float)
    expected = model.loss((raw / 16 - mean) / std)
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", raw), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("loss", "sums"), [("softmax", True), ("logistic", False)])
def test_probabilities_stand_beside_the_scores(loss, sums, tmp_path):
    model = net(loss=loss)
    export(model, tmp_path / "net.onnx", metadata={"classes": '["a", "ä"]'})
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    scores, probabilities = session.run(None, {"x": X})
    expected = layers.softmax(scores) if sums else 1 / (1 + np.exp(-scores))
    np.testing.assert_allclose(probabilities, expected, atol=1e-10)
    kept = session.get_modelmeta().custom_metadata_map
    assert kept["classes"] == '["a", "ä"]'
    assert kept["loss"] == f"{loss}_loss"


def own_forward(x):
    return np.sin(x), x


def own_backward(dout, cache):
    return dout * np.cos(cache)


def test_a_layer_without_a_translation_is_named(tmp_path):
    with pytest.raises(ValueError, match="node 'own1': layer 'own' has no translation to ONNX"):
        export(net(activation=(own_forward, own_backward)), tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_function_with_the_name_of_ours_is_not_taken_for_it(tmp_path):
    def relu_forward(x):
        return x, None

    def relu_backward(dout, cache):
        return dout

    with pytest.raises(ValueError, match="node 'relu1': layer 'relu' has no translation"):
        export(net(activation=(relu_forward, relu_backward)), tmp_path / "net.onnx")


@pytest.mark.parametrize("name", ["x", "scores", "Relu:2", "probabilities"])
def test_names_of_parameters_do_not_meet_those_of_the_file(name, tmp_path):
    W = np.random.default_rng(0).standard_normal((6, 3))
    model = Graph([node("a", "linear", "x", name), node("b", "relu", "a")], {name: W})
    export(model, tmp_path / "net.onnx")
    np.testing.assert_allclose(scores_of(tmp_path / "net.onnx", X), np.maximum(X @ W, 0), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_safetensors_come_back_bit_for_bit(dtype, tmp_path):
    model = net(batch_norm=True, dropout=0.3, dtype=dtype, input_scale=4.0)
    model.task = "classes"
    export(model, tmp_path / "net.safetensors", metadata={"classes": "[1]"})
    back = models.load(tmp_path / "net.safetensors")
    assert back.params.flat.tobytes() == model.params.flat.tobytes()
    assert back.config() == model.config()
    assert {name: a.tobytes() for name, a in back.state.items()} == {n: a.tobytes() for n, a in model.state.items()}
    assert back.loss(X).tobytes() == model.loss(X).tobytes()
    assert models.read_safetensors(tmp_path / "net.safetensors")[3] == {"classes": "[1]"}


def test_torch_reads_them_and_gives_the_same_scores(tmp_path):
    torch = pytest.importorskip("torch", reason="needs torch (extra peers)")
    from safetensors.torch import load_file

    model = net(batch_norm=True)
    export(model, tmp_path / "net.safetensors")
    held = load_file(tmp_path / "net.safetensors")
    x = torch.from_numpy(X)
    for i in (1, 2):
        mean, var = held[f"state/batch_norm{i}.mean"], held[f"state/batch_norm{i}.var"]
        gamma, beta = held[f"gamma{i}"], held[f"beta{i}"]
        x = torch.relu(torch.nn.functional.batch_norm(x @ held[f"W{i}"], mean, var, gamma, beta))
    found = torch.addmm(held["b3"], x, held["W3"]).numpy()
    np.testing.assert_allclose(found, model.loss(X), rtol=0, atol=1e-10)


def description(**changes) -> dict[str, str]:
    return {"layergraph": json.dumps({**net().config(), **changes})}


@pytest.mark.parametrize(
    ("tensors", "metadata", "message"),
    [
        ({"a": np.zeros(3)}, None, r"holds arrays but no description of a net of layergraph: a \(3,\)"),
        ({"a": np.zeros(3)}, description(), "the description has the parameters"),
        ({"a": np.zeros(3)}, {"layergraph": "{"}, "is not a model file that layergraph wrote"),
        ({"a": np.zeros(3)}, {"layergraph": "[]"}, "is not a model file that layergraph wrote"),
        ({"a": np.zeros(3)}, description(nodes=[["a", "os.system", [], [], {}]]), "unknown layer 'os.system'"),
    ],
    ids=["bare", "shapes", "json", "list", "layer"],
)
def test_what_is_no_net_of_ours_is_refused(tensors, metadata, message, tmp_path):
    path = tmp_path / "net.safetensors"
    safetensors.save_file(tensors, path, metadata=metadata)
    with pytest.raises(ValueError, match=message):
        models.load(path)


HEADER = json.dumps({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()  # which NumPy has not
DAMAGED = [
    struct.pack("<Q", len(HEADER)) + HEADER + b"\0\0",
    b"", b"\0" * 7, struct.pack("<Q", 2**60) + b"{}", b"PK\3\4" * 40, b"\2\0\0\0\0\0\0\0{]",
]


@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_files_are_refused_by_name(content, tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"net\.safetensors is not a model file"):
        models.load(path)


def test_wrong_calls_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"expected a name that ends in \.onnx or \.safetensors"):
        export(net(), tmp_path / "net.pt")
    with pytest.raises(TypeError, match="model is a dict: only a Graph"):
        export({}, tmp_path / "net.onnx")
    with pytest.raises(ValueError, match="safetensors hold arrays alone"):
        export(net(), tmp_path / "net.safetensors", scaling=Scaling(2.0))
    with pytest.raises(FileNotFoundError):
        models.load(tmp_path / "none.safetensors")


@pytest.mark.parametrize(("module", "ending"), [("onnx", ".onnx"), ("safetensors", ".safetensors")])
def test_a_missing_library_is_said_in_one_line(module, ending, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"needs {module}: pip install 'layergraph\[export\]'"):
        export(net(), tmp_path / f"net{ending}")
