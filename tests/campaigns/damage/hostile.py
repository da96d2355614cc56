"""Hostile pickles of a second kind: what Python and NumPy themselves write of objects that act when they are loaded.

Each is (label, kind of file, bytes): pickles of all protocols, object arrays nested in arrays, in archives, in
checkpoints; types of NumPy that carry objects with them; dumps of joblib. The acting object would touch a file.
"""

import copyreg
import functools
import io
import operator
import os
import pickle
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np

PROTOCOLS = range(6)


class Acts:
    """Pickled as a call of `function`."""

    def __init__(self, function: Any, *arguments: Any, more: tuple[Any, ...] = ()):
        self.made = (function, arguments, *more)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.made


def actors(sentinel: str) -> dict[str, Any]:
    """Objects that would touch the file when they are loaded, each by another way."""
    write = f"open({sentinel!r}, 'w').close()"
    return {
        "os.system": Acts(os.system, f"touch {sentinel}"),
        "eval": Acts(eval, write),
        "exec": Acts(exec, write),
        "open": Acts(open, sentinel, "w"),
        "os.mkdir": Acts(os.mkdir, sentinel),
        "os.open": Acts(os.open, sentinel, os.O_CREAT),
        "methodcaller": Acts(operator.methodcaller("touch"), Path(sentinel)),
        "partial": Acts(functools.partial(os.system, f"touch {sentinel}")),
        "copyreg": Acts(copyreg._reconstructor, list, object, None),  # type: ignore[attr-defined]
        "numpy.save": Acts(np.save, sentinel, 1),
        "tofile": Acts(np.ndarray.tofile, np.zeros(1), sentinel),
        "memmap": Acts(np.memmap, sentinel, "u1", "w+", 0, (1,)),
        "state": Acts(np.dtype, "u1", more=(Acts(eval, write),)),
        "items": Acts(list, more=(None, iter([Acts(eval, write)]))),
        "pairs": Acts(dict, more=(None, None, iter([(1, Acts(eval, write))]))),
    }


def wrappings(inner: Any) -> dict[str, Any]:
    """The object in what a data set could be."""
    objects = np.empty(2, dtype=object)
    objects[:] = [inner, inner]
    nested = np.empty(2, dtype=object)
    nested[:] = [objects, objects]
    good = np.zeros((6, 784), np.float32), np.zeros(6, np.int64)
    return {
        "alone": inner,
        "object array": objects,
        "object arrays in an object array": nested,
        "three sets": ((objects, objects), (nested, objects), (objects, objects)),
        "behind good sets": (good, good, (good[0], objects)),
        "a dictionary of sets": {"train": good, "test": inner},
        "records with a field of objects": np.array([(1, inner)], dtype=[("a", "i4"), ("b", "O")]),
        "a masked array": np.ma.MaskedArray(objects),
        "a type with metadata": (good, good, (np.zeros(3, np.dtype("u1", metadata={"x": inner})), good[1])),
        "subclass of an array": np.rec.array([(1, inner)], dtype=[("a", "i4"), ("b", "O")]),
    }


def pickles(sentinel: str) -> Iterator[tuple[str, str, bytes]]:
    """Every actor in every wrapping and protocol, plain and packed."""
    for name, actor in actors(sentinel).items():
        for where, value in wrappings(actor).items():
            for protocol in PROTOCOLS:
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        data = pickle.dumps(value, protocol)
                except (pickle.PicklingError, TypeError):
                    continue
                yield f"{name}, {where}, protocol {protocol}", "pickle", data


def in_arrays(sentinel: str) -> Iterator[tuple[str, str, bytes]]:
    """Object arrays in .npy, .npz, a checkpoint and a model; pickles under these names; dumps of joblib."""
    for name, actor in actors(sentinel).items():
        value = wrappings(actor)["object arrays in an object array"]
        npy = io.BytesIO()
        np.save(npy, value, allow_pickle=True)
        dump, of_joblib = pickle.dumps(value), io.BytesIO()
        joblib.dump(value, of_joblib)
        yield f"{name}, dumped by joblib", "pickle", of_joblib.getvalue()
        yield f"{name} in .npy", "npy", npy.getvalue()
        yield f"{name}, a pickle called .npy", "npy", dump
        for kind, members in (("npz", ("x_train", "y_train", "x_test", "y_test")), ("checkpoint", ("meta", "seal")),
                              ("model", ("config", "param/W1"))):  # fmt: skip
            for content, what in ((npy.getvalue(), "object arrays"), (dump, "pickles")):
                out = io.BytesIO()
                with zipfile.ZipFile(out, "w") as archive:
                    for member in members:
                        archive.writestr(f"{member}.npy", content)
                yield f"{name}, {what} in {kind}", kind, out.getvalue()
            yield f"{name}, a pickle called {kind}", kind, dump


def all_cases(sentinel: str) -> list[tuple[str, str, bytes]]:
    """All of them."""
    return [*pickles(sentinel), *in_arrays(sentinel)]
