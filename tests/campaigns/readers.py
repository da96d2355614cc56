"""Our readers of each format, and the usual few lines of Python in their place; the whole files that are damaged.

`FORMATS[form]` makes the files of a format and reads them back, as a value that can be compared.
"""

import gzip
import json
import pickle
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign import ROOT

sys.path[:0] = [str(ROOT / "tests" / "mnist")]

import numpy as np  # noqa: E402
from fuzz_mutations import PARTS  # noqa: E402
from mnist_files import idx_files, npz_bytes, pack, pickle_bytes, sums, three_sets  # noqa: E402

import models  # noqa: E402
from bench.solvers.planning.manifest import NAME as MANIFEST, read_manifest, write_manifest  # noqa: E402
from bench.solvers.planning.plan import pairs, plan, tuning  # noqa: E402
from bench.solvers.storage.log_line import written  # noqa: E402
from bench.solvers.storage.record import Record  # noqa: E402
from bench.solvers.storage.store import Store  # noqa: E402
from mnist.checksums import check_sums  # noqa: E402
from mnist.containers import read_source  # noqa: E402
from mnist.errors import DataError  # noqa: E402
from mnist.locate import STEMS, Source  # noqa: E402
from solver import CheckpointError, Solver, checkpoint  # noqa: E402

SUMS = sums(PARTS)


@dataclass(frozen=True)
class Format:
    """Whole files by name, in variants; our reader and the usual one of a folder; the errors that are ours."""

    variants: tuple[dict[str, bytes], ...]
    ours: Callable[[Path], Any]
    usual: Callable[[Path], Any]
    errors: tuple[type[Exception], ...]


def _data(kind: str, usual: Callable[[Path], Any], *variants: dict[str, bytes]) -> Format:
    def ours(folder: Path) -> Any:
        parts = read_source(Source(kind, tuple(folder / name for name in variants[0])))
        check_sums(parts, folder.name, expected=SUMS)
        return _bytes(parts)

    return Format(variants, ours, usual, (DataError,))


def _bytes(arrays: Any) -> list[tuple[Any, ...]]:
    return [(np.shape(array), np.asarray(array).astype(np.float64).tobytes()) for array in arrays]


def _usual_idx(folder: Path) -> Any:
    arrays = []
    for stem in STEMS:
        raw = (folder / stem).read_bytes()
        images = "images" in stem
        values = np.frombuffer(raw, np.uint8, offset=16 if images else 8)
        arrays.append(values.reshape(-1, 28, 28) if images else values)
    return _bytes(arrays)


def _usual_idx_gz(folder: Path) -> Any:
    arrays = []
    for stem in STEMS:
        with gzip.open(folder / f"{stem}.gz") as file:
            if "images" in stem:
                _, count, rows, columns = struct.unpack(">4I", file.read(16))
                values = np.frombuffer(file.read(count * rows * columns), np.uint8).reshape(count, rows, columns)
            else:
                _, count = struct.unpack(">2I", file.read(8))
                values = np.frombuffer(file.read(count), np.uint8)
        arrays.append(values)
    return _bytes(arrays)


def _usual_npz(folder: Path) -> Any:
    with (folder / "mnist.npz").open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        return _bytes(file[name] for name in ("x_train", "y_train", "x_test", "y_test"))


class AllowList(pickle.Unpickler):
    """The well-known allow-list of four names; a plain pickle.load of damaged bytes would be no safe comparison."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}:
            return super().find_class(module, name)
        if name in ("_reconstruct", "_frombuffer") and module.startswith("numpy."):
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(name)


def _usual_pickle(folder: Path) -> Any:
    with gzip.open(folder / "mnist.pkl.gz") as file:
        sets = AllowList(file, encoding="latin1").load()
    arrays = [array for pair in sets for array in pair]
    if len(arrays) != 6:
        raise ValueError("six arrays are expected")
    wanted = [array for pair in three_sets(PARTS) for array in pair]
    same = all(np.array_equal(a, b) for a, b in zip(arrays, wanted, strict=True))
    return _bytes(PARTS) if same else arrays


def _usual_arrays(name: str) -> Callable[[Path], Any]:
    def usual(folder: Path) -> Any:
        with (folder / name).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return {key: (file[key].shape, file[key].tobytes()) for key in file.files}

    return usual


def _usual_json(name: str) -> Callable[[Path], Any]:
    """One document, or one a line."""

    def usual(folder: Path) -> Any:
        text = (folder / name).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else json.loads(text)

    return usual


def _checkpoint(path: Path) -> Any:
    read = checkpoint.read(path)
    return repr(read.meta), {name: array.tobytes() for name, array in read.arrays.items()}


def _model(path: Path) -> Any:
    read = models.load(path)
    return repr(read.config()), {name: array.tobytes() for name, array in read.params.items()}


def _run(path: Path) -> Any:
    """The one run of the log, as the benchmark reads a folder; a line that is not read is told of in a note."""
    store = Store(path.parent)
    found = [run for _, run in store.runs()]
    if len(found) != 1:
        raise ValueError(next(iter(store.notes()), f"{path} holds {len(found)} runs"))
    return repr(found[0]._replace(rows=[dict(row) for row in found[0].rows]))


def formats(folder: Path) -> dict[str, Format]:
    """Every format by name; `folder` is for making the whole files of our own."""
    pickles = [pickle_bytes(PARTS, protocol) for protocol in range(6)]
    pickles += [pickle_bytes(PARTS, protocol, python=2) for protocol in range(3)]
    found = {
        "idx": _data("idx", _usual_idx, idx_files(PARTS, packed=False)),
        "idx.gz": _data("idx", _usual_idx_gz, idx_files(PARTS, packed=True)),
        "npz": _data("npz", _usual_npz, *({"mnist.npz": npz_bytes(PARTS, packed=packed)} for packed in (True, False))),
        "pkl.gz": _data("pickle", _usual_pickle, *({"mnist.pkl.gz": pack(one)} for one in pickles)),
    }
    random = np.random.default_rng(0)
    X, y = random.standard_normal((40, 6)), np.arange(40) % 3
    model, data = models.mlp([6, 5, 3], rng=0), {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    Solver(model, data, num_epochs=1, update_rule="adam", verbose=False).train().save(folder / "run.npz")
    models.save(model, folder / "net.npz")
    manifest = write_manifest(folder, plan(["digits-softmax"], ["sgd", "lbfgs"], budget="quick"))
    task = tuning(manifest, *next(iter(pairs(manifest))))[0]
    rows = [{"step": step, "loss": 1 / (step + 1), "val_acc": 0.5} for step in range(9)]
    result = folder / "runs-host-1-0123abcd.jsonl"
    result.write_bytes(written(Record(task, {"status": "ok", "steps": 8}, {"numpy": "2", "load": {}}, rows)))
    errors = (CheckpointError, ValueError)
    own: dict[str, tuple[Path, Callable[[Path], Any], Any]] = {
        "checkpoint": (folder / "run.npz", _checkpoint, _usual_arrays),
        "model": (folder / "net.npz", _model, _usual_arrays),
        "manifest": (folder / MANIFEST, lambda path: repr(read_manifest(path.parent)), _usual_json),
        "result lines": (result, _run, _usual_json),
    }
    for form, (path, read, usual) in own.items():
        name = path.name
        found[form] = Format(({name: path.read_bytes()},), lambda at, r=read, n=name: r(at / n), usual(name), errors)
    return found
