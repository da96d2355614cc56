"""Compiled steps on disk: shared between processes, never trusted, and no hindrance where the folder is closed."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import models
from models.compiled import cache, products
from solver import rules

pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")

ROOT = Path(__file__).parents[2]
TRAIN = """
import numpy as np, models
from solver import Solver
rng = np.random.default_rng(0)
X, y = rng.random((60, 6)), rng.integers(0, 3, 60)
data = dict(X_train=X, y_train=y, X_val=X, y_val=y)
model = models.mlp([6, 3], rng=0)
Solver(model, data, batch_size=20, num_epochs=2, verbose=False, engine="compiled").train()
print(model.params.flat.tobytes().hex())
"""


def process(folder, code=TRAIN):
    environment = {**os.environ, "LAYERGRAPH_CACHE": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_processes_that_compile_at_once_train_to_the_same_bits_and_the_next_one_finds_it(tmp_path):
    together = [process(tmp_path) for _ in range(2)]
    answers = {run.communicate(timeout=300) for run in together}
    assert len(answers) == 1
    (text,) = list((tmp_path / "steps").glob("step_*.py"))
    machine_code = list((tmp_path / "steps").rglob("*.nbc"))
    assert machine_code
    assert process(tmp_path).communicate(timeout=300) in answers
    assert sorted((tmp_path / "steps").rglob("*.nbc")) == sorted(machine_code)
    assert text.read_text(encoding="utf-8").startswith('"""One training step of affine, softmax_loss under sgd,')


def source():
    return models.mlp([6, 3]).step_source(rules.get("sgd").element({}))


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """An empty cache folder, and a process that has loaded nothing."""
    monkeypatch.setenv("LAYERGRAPH_CACHE", str(tmp_path))
    for function in (cache.load, cache._warn, cache._private_folder):
        function.cache_clear()
    return tmp_path


@pytest.mark.parametrize("other", ["raise SystemExit('not ours')\n", "", "!"])
def test_a_file_that_is_not_what_would_be_written_is_written_anew(fresh, other):
    cache.load(source())
    (path,) = (fresh / "steps").glob("step_*.py")
    path.write_text(other, encoding="utf-8")
    cache.load.cache_clear()
    cache.load(source())
    assert path.read_text(encoding="utf-8") == source()


def test_another_version_has_a_file_of_its_own(fresh, monkeypatch):
    cache.load(source())
    monkeypatch.setattr(np, "__version__", "0.0")
    cache.load.cache_clear()
    cache.load(source())
    assert len(list((fresh / "steps").glob("step_*.py"))) == 2


def test_a_folder_that_cannot_be_written_is_said_once_and_steps_are_compiled_all_the_same(fresh):
    (fresh / "steps").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.warns(
        UserWarning, match=r"compiled steps cannot be kept in .*steps .*Set LAYERGRAPH_CACHE to a folder"
    ):
        function = cache.load(source())
    assert callable(function)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cache.load(source() + "\n")


@pytest.mark.thorough
def test_products_by_address_and_by_numba_agree(monkeypatch):
    for dtype in ("float32", "float64"):
        library = products.library(dtype)
        assert library.name
        if library.address == 0:
            pytest.skip("NumPy's BLAS is of another kind here: np.dot is used")
    by_address = trained()
    monkeypatch.setattr(products, "library", lambda dtype: products.Library(0, "np.dot"))
    np.testing.assert_allclose(trained(), by_address, rtol=1e-12)


def trained():
    from solver import Solver

    rng = np.random.default_rng(0)
    X, y = rng.random((60, 6)), rng.integers(0, 3, 60)
    model = models.mlp([6, 4, 3], rng=0)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    Solver(model, data, batch_size=20, num_epochs=4, verbose=False, engine="compiled").train()
    return model.params.flat
