"""Models as files and as data: exact round trips, one error for damaged and foreign files, nothing half-written."""

import copy
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

import layers
from models import Graph, TwoLayerNet, from_config, load, mlp, node, save

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((6, 4)), np.array([0, 1, 2, 0, 1, 2])


def graph(dtype: type = np.float64) -> Graph:
    """With everything that a file must hold: settings, statistics, penalties, a loss's setting."""
    rng = np.random.default_rng(1)
    return Graph(
        [
            node("a", "linear", "x", ("W",)),
            node("norm", "batch_norm", "a", ("gamma", "beta"), eps=1e-3),
            node("h", "leaky_relu", "norm", slope=0.2),
            node("sum", "add", ("h", "a")),
            node("s", "affine", "sum", ("V", "c")),
        ],
        {
            "W": rng.standard_normal((4, 5)), "gamma": rng.random(5), "beta": rng.random(5),
            "V": rng.standard_normal((5, 3)), "c": np.zeros(3),
        },
        loss="svm", loss_settings={"margin": 0.5}, reg=0.1, l1=0.01, dtype=dtype,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [graph, lambda d: TwoLayerNet(4, 5, 3, dtype=d), lambda d: mlp([4, 3], dtype=d)])
def test_round_trip(make, dtype, tmp_path):
    model = make(dtype)
    model.loss(X, Y)
    save(model, tmp_path / "net.npz")
    again = load(tmp_path / "net.npz")
    assert again.dtype == dtype
    assert again.config() == model.config()
    assert list(again.params) == list(model.params)
    np.testing.assert_array_equal(again.params.flat, model.params.flat)
    for name, array in model.state.items():
        np.testing.assert_array_equal(again.state[name], array)
    np.testing.assert_array_equal(again.loss(X), model.loss(X))
    assert again.loss(X, Y)[0] == model.loss(X, Y)[0]
    assert again.evaluate(X, Y) == model.evaluate(X, Y)


def test_config_is_json_and_back():
    model = graph()
    text = json.dumps(model.config())
    rebuilt = from_config(json.loads(text), model.params, model.state)
    assert rebuilt.config() == model.config()
    np.testing.assert_array_equal(rebuilt.loss(X), model.loss(X))
    assert not from_config(json.loads(text)).params.flat.any()
    older = {key: value for key, value in json.loads(text).items() if key != "input_scale"}  # of a first version
    assert from_config(older, model.params, model.state).input_scale == 1


def test_config_of_another_version_or_with_other_parameters():
    model = graph()
    for other in ("layergraph-model-0", "layergraph-model-2"):
        with pytest.raises(ValueError, match=f"not a model description of this version: format is '{other}'"):
            from_config({**model.config(), "format": other})
    with pytest.raises(ValueError, match="not a model description of this version: format is None"):
        from_config({})
    with pytest.raises(ValueError, match=r"the description has the parameters .* but FlatParams\(W \(4, 5\)"):
        from_config(model.config(), {**model.params, "V": np.zeros((5, 2))})


def test_a_function_of_ones_own_cannot_be_saved(tmp_path):
    pair = (lambda x: (x, None)), (lambda dout, cache: dout)
    net = Graph([node("a", "linear", "x", ("W",)), node("mine", pair, "a")], {"W": np.ones((4, 3))})
    with pytest.raises(TypeError, match="node 'mine' is a function of yours: register it as a layer to save the model"):
        save(net, tmp_path / "net.npz")
    assert list(tmp_path.iterdir()) == []
    for name in ("another", "softmax_loss"):
        own = layers.get("softmax_loss")._replace(name=name, forward=lambda x, y: (0.0, x))
        with pytest.raises(TypeError, match=f"loss '{name}' is a function of yours: register it to save the model"):
            mlp([4, 3], loss=own, rng=0).config()


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("make", [graph, lambda: mlp([4, 5, 3], use_bias=False, rng=0)])
def test_a_copy_made_after_use_follows_its_own_parameters(make, again):
    """Prepared calls hold views into the parameters: a copy must not run on those of the original."""
    model = make()
    model.loss(X, Y)
    model.evaluate(X, Y)
    other = again(model)
    other.params = {name: 2 * array for name, array in other.params.items()}
    fresh = from_config(model.config(), other.params, other.state)
    np.testing.assert_array_equal(other.loss(X), fresh.loss(X))
    assert other.evaluate(X, Y) == fresh.evaluate(X, Y)
    np.testing.assert_array_equal(other.loss(X, Y)[1].flat, fresh.loss(X, Y)[1].flat)


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("model") / "net.npz"
    save(graph(), path)
    return path.read_bytes()


def test_a_damaged_file_gives_one_error_or_the_very_model(content, tmp_path):
    """600 damaged files: flipped bits, cut ends, holes, overwritten bytes."""
    path, rng, whole, refused = tmp_path / "net.npz", np.random.default_rng(0), graph(), 0
    for i in range(600):
        path.write_bytes(_damaged(bytearray(content), rng, i % 4))
        model, message = _load_or_message(path)
        if model is None:
            assert message.startswith(f"{path} is not a model file that layergraph wrote, or it is damaged: ")
            refused += 1
        else:
            assert model.config() == whole.config()
            np.testing.assert_array_equal(model.params.flat, whole.params.flat)
    assert refused > 450


def _load_or_message(path: Path) -> tuple[Graph | None, str]:
    try:
        return load(path), ""
    except ValueError as error:
        return None, str(error)


def _damaged(data: bytearray, rng: np.random.Generator, way: int) -> bytes:
    start, stop = sorted(rng.integers(1, len(data), size=2))
    if way == 0:
        data[start] ^= 1 << int(rng.integers(8))
    elif way == 1:
        del data[start:]
    elif way == 2:
        del data[start : stop + 1]
    else:
        data[start : start + 3] = rng.bytes(3)
    return bytes(data)


def test_foreign_files(tmp_path):
    path = tmp_path / "net.npz"
    for write in (
        lambda: path.write_bytes(b""),
        lambda: path.write_bytes(b"<!DOCTYPE html>"),
        lambda: path.write_bytes(pickle.dumps({"W1": 1})),
        lambda: np.savez(path, W1=np.zeros(3)),
        lambda: np.savez(path, config=np.array("[1, 2]")),
        lambda: np.savez(path, config=np.array("not json")),
        lambda: np.savez(path, config=np.array(json.dumps(graph().config()))),
        lambda: np.savez(path, config=np.array(json.dumps({**graph().config(), "dtype": "wide"}))),
    ):
        write()
        with pytest.raises(ValueError, match=r"net\.npz is not a model file that layergraph wrote"):
            load(path)


@pytest.mark.parametrize("key", ["a/W", "also", "params/W", "z/W"])
def test_an_array_that_belongs_to_no_model_is_refused(key, tmp_path):
    path = tmp_path / "net.npz"
    save(graph(), path)
    with np.load(path) as held:
        arrays = dict(held)
    np.savez(path, **arrays)
    assert load(path).config() == graph().config()
    np.savez(path, **arrays, **{key: np.zeros(2)})
    with pytest.raises(ValueError, match=r"net\.npz is not a model file that layergraph wrote"):
        load(path)


class Bomb:
    """Unpickling it would write the file that the test looks for."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return open, (self.trace, "w")


def test_a_pickle_inside_the_archive_is_refused_and_not_run(tmp_path):
    path, trace = tmp_path / "net.npz", tmp_path / "trace"
    config = np.array(json.dumps(graph().config()))
    np.savez(path, allow_pickle=True, config=config, **{"param/W": np.array([Bomb(trace)], dtype=object)})
    with pytest.raises(ValueError, match="it holds an array of dtype object"):
        load(path)
    assert not trace.exists()


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.npz")


@pytest.mark.parametrize("point", ["write_array", "fsync", "replace"])
def test_a_failed_save_leaves_the_old_file_and_no_rest(point, tmp_path, monkeypatch):
    """The disc is full while writing, while syncing, or the rename fails."""
    path, old, new = tmp_path / "net.npz", graph(), graph()
    save(old, path)
    before, new.params["c"][:] = path.read_bytes(), 99

    def fail(*args, **keywords):
        if point == "write_array":
            args[0].write(b"half a file")
        raise OSError(28, "No space left on device")

    owner = {"write_array": np.lib.format, "fsync": os, "replace": os}[point]
    monkeypatch.setattr(owner, point, fail)
    with pytest.raises(OSError, match="No space left"):
        save(new, path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.npz"]
    save(new, path)
    assert load(path).params["c"].tolist() == [99, 99, 99]


@pytest.mark.parametrize("name", ["no suffix", "net.model", "net.weights"])
def test_any_name_is_kept_as_it_is(tmp_path, name):
    save(graph(), tmp_path / name)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    assert load(str(tmp_path / name)).config() == graph().config()


def test_registered_pairs_are_saved_by_name(tmp_path):
    class TanhNet(TwoLayerNet):
        activation = layers.tanh_forward, layers.tanh_backward

    net = TanhNet(4, 5, 3, seed=0)
    save(net, tmp_path / "net.npz")
    np.testing.assert_array_equal(load(tmp_path / "net.npz").loss(X), net.loss(X))
