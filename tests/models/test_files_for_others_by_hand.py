"""What stands in an ONNX or safetensors file, by hand: operators with their attributes, constants, shapes, versions."""

import numpy as np
import pytest

from layers import get
from models import Graph, Scaling, export, load, mlp, node, read_safetensors
from models.exporting.operators import Operators
from models.exporting.safetensors_file import write_safetensors

onnx = pytest.importorskip("onnx", reason="needs onnx (extra export)")
safetensors = pytest.importorskip("safetensors.numpy", reason="needs safetensors (extra export)")


def written(model, tmp_path, **settings):
    export(model, tmp_path / "net.onnx", **settings)
    return onnx.load(tmp_path / "net.onnx")


def operators(file):
    """Name, inputs and attributes of each."""
    return [
        (one.op_type, *one.input, *((a.name, onnx.helper.get_attribute_value(a)) for a in one.attribute))
        for one in file.graph.node
    ]


def shape(value):
    return [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]


def test_the_file_of_a_net_by_hand(tmp_path):
    net = mlp([3, 2], rng=0)
    file = written(net, tmp_path)
    assert operators(file) == [
        ("Flatten", "x", ("axis", 1)),
        ("MatMul", "Flatten:0", "param/W1"),
        ("Add", "MatMul:1", "param/b1"),
        ("Identity", "Add:2"),
        ("Softmax", "scores", ("axis", 1)),
    ]
    assert [one.name for one in file.graph.output] == ["scores", "probabilities"]
    assert [shape(one) for one in (*file.graph.input, *file.graph.output)] == [["N", 3], ["N", 2], ["N", 2]]
    assert (file.ir_version, file.opset_import[0].version, len(file.opset_import)) == (9, 18, 1)
    assert (file.producer_name, file.graph.name) == ("layergraph", "layergraph")
    assert {one.key: one.value for one in file.metadata_props} == {"loss": "softmax_loss"}
    held = {one.name: onnx.numpy_helper.to_array(one) for one in file.graph.initializer}
    assert set(held) == {"param/W1", "param/b1"}
    np.testing.assert_array_equal(held["param/W1"], net.params["W1"])


@pytest.mark.parametrize(
    ("scaling", "input_scale", "steps"),
    [
        (None, 1, []),
        (Scaling(), 1, []),
        (Scaling(divisor=0.5), 1, [("Div", 0.5)]),
        (Scaling(divisor=255), 1, [("Div", 255)]),
        (Scaling(mean=3, std=4), 1, [("Sub", 3), ("Div", 4)]),
        (None, 0.5, [("Div", 0.5)]),
        (Scaling(255, 3, 4), 2, [("Div", 255), ("Sub", 3), ("Div", 4), ("Div", 2)]),
    ],
)
def test_raw_inputs_are_scaled_in_front_of_the_net(scaling, input_scale, steps, tmp_path):
    file = written(mlp([3, 2], loss="svm", input_scale=input_scale, rng=0), tmp_path, scaling=scaling)
    held = {one.name: onnx.numpy_helper.to_array(one) for one in file.graph.initializer}
    first = file.graph.node[: len(steps)]
    assert [(one.op_type, held[one.input[1]].item()) for one in first] == steps
    assert [one.op_type for one in file.graph.node[len(steps) :]] == ["Flatten", "MatMul", "Add", "Identity"]
    assert [one.input[0] for one in file.graph.node[: len(steps) + 1]] == ["x", *(one.output[0] for one in first)]


@pytest.mark.parametrize(
    ("nodes", "params", "axes"),
    [
        ([node("a", "tanh", "x")], {}, ["N", "D1"]),
        ([node("a", "add", ("x", "x"))], {}, ["N", "D1"]),
        ([node("a", "conv2d_without_bias", "x", "W"), node("b", "flatten", "a")],
         {"W": np.ones((2, 1, 3, 3))}, ["N", "D1", "D2", "D3"]),
    ],
)  # fmt: skip
def test_a_width_that_is_open_has_as_many_open_sides_as_the_first_layer_takes(nodes, params, axes, tmp_path):
    assert shape(written(Graph(nodes, params, loss="squared"), tmp_path).graph.input[0]) == axes


def test_windows_of_a_mean_count_their_padding(tmp_path):
    pool = node("p", "average_pool2d", "i", size=(3, 2), stride=2, padding=1)
    nodes = [node("i", "image", "x", shape=(1, 4, 5)), pool, node("f", "flatten", "p")]
    file = written(Graph(nodes, {}, loss="squared", dtype=np.float32), tmp_path)
    assert dict(operators(file)[1][2:]) == {
        "kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1,
    }  # fmt: skip


def test_another_layer_under_a_name_of_ours_has_no_translation(tmp_path):
    other = get("relu")._replace(forward=lambda x: (2 * x, None))
    with pytest.raises(
        ValueError, match=r"^node 'a': layer 'relu' has no translation to ONNX\. There are: affine, linear"
    ):
        export(Graph([node("a", other, "x")], {}, loss="squared"), tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_names_of_values_and_constants_follow_their_number():
    ops = Operators(np.dtype(np.float32))
    assert [ops.constant(0.1), ops.constant([1, 2], "mine"), ops.integers([0, -1])] == [
        "constant:0", "mine", "constant:2",
    ]  # fmt: skip
    assert [ops.constants[name].dtype.name for name in ops.constants] == ["float32", "float32", "int64"]
    assert [ops.add("Relu", "x"), ops.add("Add", "x", "mine", name="sum"), ops.add("Relu", "sum")] == [
        "Relu:0", "sum", "Relu:2",
    ]  # fmt: skip
    assert list(ops.nodes[1].input) == ["x", "mine"]


@pytest.mark.parametrize(("dtype", "own"), [(np.float16, 10), (np.float32, None), (np.float64, 11)])
def test_what_runtimes_know_in_single_precision_alone(dtype, own):
    """In another precision its inputs become FLOAT, 1, and its output what the net has, FLOAT16 or DOUBLE."""
    ops = Operators(np.dtype(dtype))
    last = ops.single("Erf", "x", "y")
    assert [one.op_type for one in ops.nodes] == (["Cast", "Cast", "Erf", "Cast"] if own else ["Erf"])
    assert last == ops.nodes[-1].output[0]
    to = [onnx.helper.get_attribute_value(one.attribute[0]) for one in ops.nodes if one.op_type == "Cast"]
    assert to == ([1, 1, own] if own else [])


def test_a_net_in_half_precision_stays_in_it(tmp_path):
    file = written(mlp([3, 4, 2], activation="elu", rng=0, dtype=np.float16), tmp_path)
    assert [one.type.tensor_type.elem_type for one in (*file.graph.input, *file.graph.output)] == [10] * 3


def test_a_parameter_that_is_named_like_a_statistic_is_refused(tmp_path):
    nodes = [node("a", "linear", "x", "W"), node("b", "linear", "a", "state/b"), node("c", "linear", "b", "state/a")]
    net = Graph(nodes, {name: np.ones((2, 2)) for name in ("W", "state/b", "state/a")}, loss="squared")
    with pytest.raises(ValueError, match=r"^parameter 'state/b': names that begin with 'state/' stand for running"):
        write_safetensors(net, tmp_path / "net.safetensors")
    assert not list(tmp_path.iterdir())


def test_statistics_and_parameters_are_told_apart_by_name(tmp_path):
    net = mlp([3, 4, 2], batch_norm=True, rng=0)
    write_safetensors(net, tmp_path / "net.safetensors")
    held = safetensors.load_file(tmp_path / "net.safetensors")
    assert set(held) == {"W1", "gamma1", "beta1", "W2", "b2", "state/batch_norm1.mean", "state/batch_norm1.var"}
    net.state["batch_norm1.mean"][:] = [1, 2, 3, 4]
    write_safetensors(net, tmp_path / "net.safetensors")
    assert load(tmp_path / "net.safetensors").state["batch_norm1.mean"].tolist() == [1, 2, 3, 4]
    description, params, state, texts = read_safetensors(tmp_path / "net.safetensors")
    assert (set(params), set(state), texts) == (set(net.params), set(net.state), {})
    assert description == net.config()


@pytest.mark.parametrize("kind", [ValueError, TypeError, "SafetensorError"])
def test_whatever_the_library_raises_names_the_file(kind, tmp_path, monkeypatch):
    library = pytest.importorskip("safetensors", reason="needs safetensors (extra export)")
    error = kind if isinstance(kind, type) else getattr(library, kind)

    def refuse(path, framework):
        raise error("so")

    write_safetensors(mlp([3, 2], rng=0), tmp_path / "net.safetensors")
    monkeypatch.setattr(library, "safe_open", refuse)
    with pytest.raises(ValueError, match=r"net\.safetensors is no safetensors file, or damaged: so$"):
        read_safetensors(tmp_path / "net.safetensors")


def test_a_description_that_is_no_json_is_of_the_file(tmp_path):
    safetensors.save_file({"W": np.zeros(2)}, tmp_path / "net.safetensors", metadata={"layergraph": "not json"})
    with pytest.raises(ValueError, match=r"net\.safetensors: its description is no JSON: "):
        read_safetensors(tmp_path / "net.safetensors")


@pytest.mark.parametrize(("shape", "axis"), [((3,), -1), ((2, 3), -2)])
def test_layer_norm_is_over_the_last_axes(shape, axis, tmp_path):
    net = Graph([node("n", "layer_norm", "x", ("g", "b"), eps=0.5)], {"g": np.ones(shape), "b": np.ones(shape)},
                loss="squared", dtype=np.float32)  # fmt: skip
    (norm, _) = operators(written(net, tmp_path))
    assert norm == ("LayerNormalization", "x", "param/g", "param/b", ("axis", axis), ("epsilon", 0.5))


def test_a_file_is_checked_in_full_before_it_is_written(tmp_path, monkeypatch):
    def refuse(model, full_check=False):
        raise RuntimeError(f"full: {full_check}")

    monkeypatch.setattr(onnx.checker, "check_model", refuse)
    with pytest.raises(RuntimeError, match="full: True"):
        export(mlp([3, 2], rng=0), tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_six_arrays_are_named_of_a_file_that_is_of_another(tmp_path):
    path = tmp_path / "other.safetensors"
    safetensors.save_file({name: np.zeros(2) for name in "abcdefgh"}, path)
    with pytest.raises(ValueError, match="holds arrays but no description") as caught:
        read_safetensors(path)
    named = str(caught.value).partition("layergraph: ")[2].partition(". In Python")[0]
    assert len(named.split("), ")) == 6
