"""The file format: every damage is refused with a CheckpointError that names the file, and nothing is unpickled."""

import io
import json
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, softmax_data

from solver import CheckpointError, Solver, checkpoint

OLD = Path(__file__).with_name("fixtures") / "version_1.npz"
SEPARATE = OLD.with_name("version_1_separate.npz")  # the rule's state of each array by itself


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("file") / "run.npz"
    run = quiet(flat_net(), update_rule="adam", num_epochs=2, average=0.9, sampling="epoch", metadata={"note": "kept"})
    run.train().save(path)
    return path.read_bytes()


@pytest.fixture
def put(tmp_path):
    def write(data):
        (tmp_path / "bad.npz").write_bytes(data)
        return tmp_path / "bad.npz"

    return write


def outcome(path, good):
    """'same' where the file still reads as that very state, 'refused' for a CheckpointError; anything else raises."""
    try:
        read = checkpoint.read(path)
    except CheckpointError as error:
        return "refused" if path.name in str(error) else "refused without a name"
    assert read.meta == good.meta
    assert set(read.arrays) == set(good.arrays)
    assert all(np.array_equal(read.arrays[name], good.arrays[name]) for name in good.arrays)
    return "same"


def test_flipped_bits(content, put):
    good, rng = checkpoint.read(put(content)), random.Random(1)
    outcomes = []
    for _ in range(600):
        damaged = bytearray(content)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        outcomes.append(outcome(put(bytes(damaged)), good))
    assert outcomes.count("refused") > 450  # the rest hit dates and attributes of the zip directory


def test_truncation(content, put):
    good = checkpoint.read(put(content))
    for length in range(0, len(content), 97):
        assert outcome(put(content[:length]), good) == "refused"


def test_splices(content, put):
    good, rng = checkpoint.read(put(content)), random.Random(2)
    for _ in range(200):
        a, b = sorted(rng.sample(range(len(content)), 2))
        shift = rng.randrange(1, 200)
        outcome(put(content[:a] + content[b:]), good)
        outcome(put(content[:a] + content[a : a + shift] + content[a:]), good)
        outcome(put(content[:a] + rng.randbytes(shift) + content[a + shift :]), good)


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(parts, compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def npy(array, **kwargs):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **kwargs)
    return stream.getvalue()


def sealed(parts, **changes):
    """The members with `changes` of the description, and a seal that fits them."""
    import hashlib

    text = json.loads(np.load(io.BytesIO(parts["meta.npy"]), allow_pickle=False).tobytes()) | changes
    data = json.dumps(text).encode()
    seal = np.frombuffer(hashlib.sha256(data).digest(), np.uint8)
    return {**parts, "meta.npy": npy(np.frombuffer(data, np.uint8)), "seal.npy": npy(seal)}


def test_what_the_file_says_of_itself(content, put):
    parts = members(content)
    lying = npy(np.zeros(3)).replace(b"(3,)", b"(10000000000000,)".ljust(4))[:-13]
    lying_shape = parts["param/W1.npy"].replace(b"(12, 7)", b"(7, 12)")
    cases = {
        "a deflated member could be a bomb": (packed(parts, zipfile.ZIP_DEFLATED), "not a stored .npy array"),
        "a member missing": (packed({k: v for k, v in parts.items() if "W1" not in k}), "missing or extra arrays"),
        "a member too many": (packed({**parts, "param/W9.npy": npy(np.zeros(3))}), r"extra arrays \['param/W9'\]"),
        "other numbers": (packed({**parts, "param/b1.npy": npy(np.ones(7))}), "SHA-256 of 'param/b1'"),
        "another shape": (packed({**parts, "param/W1.npy": lying_shape}), "SHA-256 of 'param/W1'"),
        "another dtype": (packed({**parts, "param/b1.npy": npy(np.zeros(7, np.float32))}), "SHA-256 of 'param/b1'"),
        "a shape without bytes": (packed({**parts, "param/b1.npy": lying}), "bad.npz is damaged"),
        "objects": (packed({**parts, "param/b1.npy": npy(np.array([None]), allow_pickle=True)}), "dtype object"),
        "description changed": (packed({**parts, "seal.npy": npy(np.zeros(32, np.uint8))}), "description does not fit"),
        "no description": (packed({"param/W1.npy": parts["param/W1.npy"]}), "no solver state"),
        "no seal": (packed({k: v for k, v in parts.items() if k != "seal.npy"}), "no solver state"),
        "a seal alone": (packed({k: v for k, v in parts.items() if k != "meta.npy"}), "no solver state"),
        "another program's": (packed(sealed(parts, format="other")), "not a checkpoint of layergraph"),
        "a later version": (packed(sealed(parts, version=2)), "has format version 2; this program reads version 1"),
        "not a zip": (b"<!DOCTYPE html>", "not a checkpoint: it starts with"),
        "nothing": (b"", "is empty"),
    }
    for data, message in cases.values():
        with pytest.raises(CheckpointError, match=message):
            checkpoint.read(put(data))


class Bomb:
    def __reduce__(self):
        return (Path("exploded").touch, ())


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_refused_unread(tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    Path("old.pkl").write_bytes(pickle.dumps({"model": Bomb()}, protocol=protocol))
    with pytest.raises(CheckpointError, match=r"old\.pkl is a pickle; layergraph never unpickles\. Convert it with"):
        checkpoint.read("old.pkl")
    assert not Path("exploded").exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"nowhere\.npz does not exist"):
        checkpoint.read(tmp_path / "nowhere.npz")


def test_a_checkpoint_reads_without_a_model(content, put):
    read = checkpoint.read(put(content))
    assert set(read.params) == set(read.best_params) == {"W1", "W2", "W3", "b1", "b2", "b3"}
    assert read.params["W1"].shape == (12, 7)
    assert read.metadata == {"note": "kept"}
    assert read.model_config is not None
    assert read.meta["environment"]["numpy"] == np.__version__
    text = json.dumps(read.meta)
    assert "/" + "tmp" not in text.replace(read.path.name, "")


def test_params_are_those_that_count(tmp_path):
    for settings in ({"average": 0.5}, {"update_rule": "schedule_free_sgd"}, {}):
        run = quiet(flat_net(), restore_best=False, **settings).train()
        run.save(tmp_path / "run.npz")
        read = checkpoint.read(tmp_path / "run.npz")
        for name, array in read.params.items():
            assert np.array_equal(array, run.model.params[name])
            assert np.array_equal(array, run.last_params[name])


def test_a_file_of_plain_arrays_is_readable_by_numpy_alone(content, put):
    with np.load(put(content), allow_pickle=False) as file:
        assert "param/W1" in file
        assert json.loads(file["meta"].tobytes())["format"] == "layergraph checkpoint"


def test_equal_states_make_equal_files(tmp_path):
    run = quiet(flat_net()).train()
    for name in ("a.npz", "b.npz"):
        run.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.filterwarnings("ignore:.*resume is exact only with the same BLAS")
@pytest.mark.filterwarnings("ignore:the schedule was laid out for 18 steps")
def test_files_of_the_first_version_are_read_for_ever():
    model = flat_net(np.float32)
    run = Solver.load(OLD, model, softmax_data(dtype=np.float32), num_epochs=4, checkpoint_name=None)
    assert run.step == 13
    assert run.settings.metadata == {"made": "for the test of old files"}
    run.train()
    assert len(run.loss_history) == run.step == 24
    assert run.run.horizon == 18
    assert np.mean(run.loss_history[6:12]) < np.mean(run.loss_history[:6])


@pytest.mark.filterwarnings("ignore:.* was written with")
def test_files_that_hold_the_state_of_each_array_are_read_for_ever():
    run = Solver.load(SEPARATE, CourseNet(dtype=np.float32), softmax_data(dtype=np.float32))
    saved = checkpoint.read(SEPARATE)
    for name, config in run.optim_configs.items():
        assert config["t"] == run.step == 13
        assert config["amsgrad"] is True
        assert config["learning_rate"] == saved.meta["rule"]["numbers"][name]["learning_rate"] < 0.02
        for slot in ("m", "v", "v_max"):
            np.testing.assert_array_equal(config[slot], saved.arrays[f"opt/{name}/{slot}"])
        np.testing.assert_array_equal(run.model.params[name], saved.arrays[f"param/{name}"])
        np.testing.assert_array_equal(run.last_params[name], saved.arrays[f"avg/{name}"])
    assert len(run.train().loss_history) == 18
