"""The parts of a checkpoint by hand: names, descriptions, seals, what a file holds of a run and how it is compared."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import complaint

from base.tasks import CLASSES, REAL, Task
from solver import CheckpointError
from solver.checkpoint import archive, file, resume, same_model, snapshot
from solver.checkpoint.file import Checkpoint
from solver.inputs.settings import Settings
from solver.protocols import Slot


@pytest.mark.parametrize(
    ("given", "there", "found"),
    [
        ("run", [], "run.npz"),
        ("run", ["run.npz"], "run.npz"),
        ("run", ["run", "run.npz"], "run"),
        ("run.npz", [], "run.npz"),
        ("old.pkl", [], "old.pkl"),  # the name to complain of
        ("old.pkl", ["old.pkl.npz"], "old.pkl.npz"),
        ("run.a", ["run.a.npz"], "run.a.npz"),
        ("run.a", ["run.a", "run.a.npz"], "run.a"),
    ],
)
def test_the_file_that_a_name_means(tmp_path, given, there, found):
    for name in there:
        (tmp_path / name).touch()
    assert file.existing(tmp_path / given) == tmp_path / found


def test_the_ending_of_a_checkpoint():
    for name in ("a/run", "a/run.npy", "a/run.npzz", "a/run.a", "a/run.z"):
        assert file.with_suffix(name) == Path(name + ".npz")
    assert file.with_suffix("a/run.npz") == Path("a/run.npz")
    assert snapshot.checkpoint_path(Settings()) == Path("run.npz")
    assert snapshot.checkpoint_path(Settings(checkpoint_name="a/b")) == Path("a/b.npz")


META = {"format": "layergraph checkpoint", "version": 1}


def written(path, arrays=None, **changes):
    """A file with `changes` of its description, and its seal."""
    from base.files.archive import write_archive

    arrays = arrays or {}
    manifest = {name: archive.describe(array) for name, array in arrays.items()}
    text = json.dumps({**META, "manifest": manifest} | changes).encode()
    parts = {"meta": np.frombuffer(text, np.uint8), "seal": np.frombuffer(hashlib.sha256(text).digest(), np.uint8)}
    with path.open("wb") as stream:
        write_archive(stream, {**arrays, **parts} if "seal" not in arrays else {**parts, **arrays})
    return path


def test_what_is_written_is_read(tmp_path):
    path, arrays = tmp_path / "new" / "deep" / "run.npz", {"param/w": np.arange(3.0)}
    file.write(path, arrays, {"note": np.float32(0.5)})
    file.write(path, arrays, {"note": np.float32(0.25)})
    read = file.read(path)
    assert read.arrays["param/w"].tolist() == [0, 1, 2]
    sha = hashlib.sha256(np.arange(3.0).tobytes()).hexdigest()
    assert read.meta == {**META, "note": 0.25, "manifest": {"param/w": {"sha256": sha, "shape": [3], "dtype": "<f8"}}}
    assert archive.describe(np.arange(3, dtype=">i2")) == archive.describe(np.arange(3, dtype="<i2"))


@pytest.mark.parametrize(
    ("arrays", "changes", "text"),
    [
        ({}, {"format": "layergraph model"}, "run.npz is not a checkpoint of layergraph."),
        ({}, {"format": "another"}, "run.npz is not a checkpoint of layergraph."),
        ({}, {"version": 0}, "run.npz has format version 0; this program reads version 1."),
        ({}, {"version": 2}, "run.npz has format version 2; this program reads version 1."),
        ({"a": np.ones(1)}, {"manifest": {"b": {}}}, "run.npz is damaged: missing or extra arrays ['a', 'b']."),
        ({"a": np.ones(1), "b": np.ones(1)}, {"manifest": {"b": {}}},
         "run.npz is damaged: missing or extra arrays ['a']."),
        ({}, {"manifest": {"b": {}}}, "run.npz is damaged: missing or extra arrays ['b']."),
        ({"a": np.ones(1)}, {"manifest": {"a": {}}}, "run.npz is damaged: the SHA-256 of 'a' does not fit."),
        ({}, {"manifest": 3}, "run.npz is damaged: TypeError: 'int' object is not iterable."),
        ({"a": np.array(["text"])}, {}, "run.npz is not a checkpoint: it holds an array of dtype <U4."),
        ({"seal": np.zeros(32, "u1")}, {}, "run.npz is damaged: the SHA-256 of its description does not fit."),
        ({"seal": np.full(32, 255, "u1")}, {}, "run.npz is damaged: the SHA-256 of its description does not fit."),
    ],
)  # fmt: skip
def test_a_file_that_is_not_believed(tmp_path, arrays, changes, text):
    assert complaint(CheckpointError, file.read, written(tmp_path / "run.npz", arrays, **changes)) == text


def test_files_that_are_none(tmp_path, monkeypatch):
    (tmp_path / "run.npz").touch()
    assert complaint(CheckpointError, file.read, tmp_path / "run.npz") == "run.npz is empty."
    absent = complaint(CheckpointError, file.read, tmp_path / "a.npz")
    assert absent == f"a.npz does not exist in the folder {str(tmp_path)!r}."
    assert complaint(CheckpointError, file.read, "a.npz") == "a.npz does not exist in the current folder."
    assert complaint(CheckpointError, file._check, [META], {}) == "is not a checkpoint of layergraph."
    circular = {}
    circular["itself"] = circular
    assert complaint(CheckpointError, file.write, tmp_path / "x.npz", {}, circular) == (
        "x.npz cannot be written: Circular reference detected."
    )
    text = complaint(CheckpointError, file.write, tmp_path / "x.npz", {}, {"set": {1}})
    assert text == "x.npz cannot be written: {1} is not a plain value (number, string, list, dict)."
    for error, reason in ((OSError(28, "No space left"), "No space left"), (OSError("odd"), "odd")):
        monkeypatch.setattr(file, "atomic_write", lambda path, write, error=error: (_ for _ in ()).throw(error))
        text = complaint(CheckpointError, file.write, tmp_path / "x.npz", {}, {})
        assert text == f"x.npz could not be saved: {reason}. What stands under that name, older or new, is whole."


def checkpoint(arrays, **meta):
    return Checkpoint(Path("run.npz"), arrays, meta)


def test_the_weights_that_count():
    arrays = {"param/w": 1, "opt/w/x": 2, "opt/w/z": 3, "avg/w": 4, "best/w": 5, "best_state/m": 6, "state/m": 7}
    found = {slot: checkpoint(arrays, evaluates_at=slot).params for slot in (None, "x", "average")}
    assert found == {None: {"w": 1}, "x": {"w": 2}, "average": {"w": 4}}
    read = checkpoint(arrays, metadata={"note": 1}, model={"config": {"a": 1}})
    assert (read.best_params, read.best_state, read.state) == ({"w": 5}, {"m": 6}, {"m": 7})
    assert (read.metadata, read.model_config) == ({"note": 1}, {"a": 1})


def model_of(shape, dtype=np.float64, **more):
    layout = [Slot("W", slice(0, int(np.prod(shape))), shape, True)]
    return SimpleNamespace(names=["W", *more], layout=layout, vector=np.zeros(1, dtype), model=object())


@pytest.mark.parametrize(
    ("held", "text"),
    [
        ({"W": np.zeros((2, 3))}, ""),
        ({"W": np.zeros((2, 2))}, "run.npz holds W (2, 2); this model has W (2, 3)."),
        ({"W": np.zeros((2, 4))}, "run.npz holds W (2, 4); this model has W (2, 3)."),
        ({"W": np.zeros((2, 3)), "b": np.zeros(1)}, "run.npz holds W, b; this model has W."),
        ({}, "run.npz holds ; this model has W."),
        ({"W": np.zeros((2, 3), "f4")}, "run.npz holds W as float32; in this model it is float64."
                                        " Build the model with dtype=float32."),
        ({"W": np.zeros((2, 3), "f2")}, "run.npz holds W as float16; in this model it is float64."
                                        " Build the model with dtype=float16."),
    ],
)  # fmt: skip
def test_parameters_are_compared(held, text):
    saved = checkpoint({f"param/{name}": array for name, array in held.items()}, model={"config": None})
    if text:
        assert complaint(CheckpointError, same_model.check_model, saved, model_of((2, 3))) == text
    else:
        same_model.check_model(saved, model_of((2, 3)))
    double = checkpoint({"param/W": np.zeros((2, 3))}, model={"config": None})
    assert "as float64; in this model it is float32" in complaint(
        CheckpointError, same_model.check_model, double, model_of((2, 3), np.float32)
    )


@pytest.mark.parametrize(("then", "now"), [(1, 2), (2, 1), ("a", "b"), ("b", "a"), (1, None)])
@pytest.mark.parametrize("key", ["a", "node", "width", "zoom"])
def test_descriptions_are_compared(key, then, now):
    assert complaint(CheckpointError, same_model._check_config, "run.npz", {key: then}, {key: now}) == (
        f"run.npz was trained with {key} {then!r}; this model has {key} {now!r}."
        " Build the model with the settings that it was trained with."
    )
    same_model._check_config("run.npz", {key: then, "task": "a"}, {key: then, "task": "b", "new": 1})
    same_model._check_config("run.npz", None, {key: now})
    one = ["a", "relu", ["x"], [], {}]
    assert same_model._nodes(None, [one]) == ("no further node", "node 'a' of layer 'relu'")
    assert same_model._nodes([one], None) == ("node 'a' of layer 'relu'", "no further node")
    assert same_model._nodes([one, one], [one]) == ("node 'a' of layer 'relu'", "no further node")


def named(step):
    return 1.0


@pytest.mark.parametrize(
    ("value", "record"),
    [(None, None), ("cosine", "cosine"), (named, {"function": "named"}), ({"name": "cosine", "end": 0.5},) * 2],
)
def test_functions_leave_their_names(value, record):
    assert snapshot._function(value) == record
    kept = snapshot.settings_record(Settings(lr_schedule=value, schedules={"momentum": value or "linear"}), None)
    assert kept["lr_schedule"] == record
    assert kept["schedules"] == {"momentum": record or "linear"}
    assert (kept["update_rule"], kept["checkpoint_name"], kept["gather"]) == ("sgd", False, None)
    assert not {"callbacks", "log", "metadata", "optim_config"} & set(kept)


def test_names_in_files_leave_the_sum_of_their_source_too(tmp_path):
    (tmp_path / "mine.py").write_text("def f(step):\n    return 1.0\n")
    spec = f"{tmp_path / 'mine.py'}:f"
    for value in (spec, {"name": spec, "every": 3}):
        found = snapshot._function(value)
        assert (found["function"], len(found["source"]), list(found)) == ("f", 64, ["function", "source"])


def test_tasks_leave_their_names():
    other = Task("real", named, "r2")  # called as one of ours
    found = [snapshot._task(task) for task in (None, "real", CLASSES, REAL, other, Task("mine", named, "m"), named)]
    assert found == [
        None, "real", "classes", "real", {"function": "real"}, {"function": "mine"}, {"function": "named"}]  # fmt: skip


def test_the_way_to_a_log(monkeypatch):
    assert snapshot._from(Path("runs/a"), Path("runs/logs/h.csv")) == "../logs/h.csv"

    def elsewhere(path, start):
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    monkeypatch.setattr(snapshot.os.path, "relpath", elsewhere)
    assert snapshot._from(Path("runs/a"), Path("runs/logs/h.csv")) == "h.csv"


def run_of(configs, size=3):
    split = lambda vector: {"a": vector[:1], "b": vector[1:]}  # noqa: E731
    parameters = SimpleNamespace(vector=np.zeros(size), split=split)
    return SimpleNamespace(updater=SimpleNamespace(configs=configs), parameters=parameters)


def test_the_state_of_a_rule():
    whole = {"_scratch": object(), "t": np.int64(3), "name": "x", "pair": (1, 2), "none": None, "on": True,
             "m": np.array([1.0, 2.0, 3.0]), "few": np.ones(2), "many": np.ones(4), "_last": object()}  # fmt: skip
    arrays, numbers = snapshot._rule_state(run_of({snapshot.WHOLE: whole}))
    assert numbers == {snapshot.WHOLE: {"t": 3, "name": "x", "pair": (1, 2), "none": None, "on": True}}
    assert type(numbers[snapshot.WHOLE]["t"]) is int
    assert {name: array.tolist() for name, array in arrays.items()} == {
        "opt/a/m": [1], "opt/b/m": [2, 3], f"opt/{snapshot.WHOLE}/few": [1, 1], f"opt/{snapshot.WHOLE}/many": [1] * 4,
    }  # fmt: skip
    arrays, numbers = snapshot._rule_state(run_of({"a": {"m": np.ones(3)}, "b": {"t": 1.5}, "#": {"m": np.ones(3)}}))
    assert (list(arrays), numbers) == (["opt/a/m", "opt/#/m"], {"a": {}, "b": {"t": 1.5}, "#": {}})
    text = complaint(CheckpointError, snapshot._rule_state, run_of({"a": {"odd": {1}}}))
    assert text == "config['odd'] of the update rule is a set, which a file cannot hold."


def test_a_model_that_cannot_be_described():
    def undescribed():
        raise TypeError

    assert snapshot.model_config(object()) is None
    assert snapshot.model_config(SimpleNamespace(config=undescribed)) is None
    assert snapshot.model_config(SimpleNamespace(config=lambda: {"a": 1})) == {"a": 1}


def test_arrays_of_one_unit():
    assert resume._under("b", {"a/m": 1, "b/m": 2, "b/v": 3, "c/m": 4, "a/b/m": 5}) == {"m": 2, "v": 3}
