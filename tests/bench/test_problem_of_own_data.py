"""A file of the user's own as a problem's data: its hash in the task, files of other sums on request."""

from pathlib import Path

import numpy as np
import pytest

import bench
import mnist
from tests.bench.same import pending


def problem(tiny: Path, folder: Path, data: str) -> Path:
    path = folder / "own.toml"
    path.write_text(tiny.read_text().replace('name = "digits"\nval = 180', data).replace("batch = 64", "batch = 16"))
    return path


def write(path: Path, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    rows = [(k + rng.normal() / 9, rng.normal(), "xyz"[k]) for k in rng.integers(0, 3, 90)]
    path.write_text("a,b,kind\n" + "".join(f"{a:.4f},{b:.4f},{kind}\n" for a, b, kind in rows))


def swept(path: Path, out: Path) -> set[str]:
    """The runs that are there."""
    bench.run(path, ["sgd"], budget="quick", trials=1, seeds=2, out=out, backend="sequential", progress=False)
    return set(pending(out))


def test_a_table_and_its_change(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "own.csv")
    path = problem(tiny, tmp_path, 'name = "own.csv"\nval = 20\nlabel = "kind"\ntest = 10')
    first = swept(path, tmp_path / "out")
    assert len(first) == 3
    assert swept(path, tmp_path / "out") == first
    write(tmp_path / "own.csv", seed=1)
    assert not first & swept(path, tmp_path / "new")


def test_files_of_other_sums_are_taken_on_request(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    arrays = {f"x_{part}": rng.integers(0, 256, (n, 28, 28), np.uint8) for part, n in (("train", 60), ("test", 20))}
    np.savez("mine.npz", **arrays, y_train=np.arange(60) % 10, y_test=np.arange(20) % 10)
    with pytest.raises(mnist.DataError, match="sha256"):
        bench.run(problem(tiny, tmp_path, 'name = "mine.npz"\nval = 20'), ["sgd"], out=tmp_path / "out", progress=False)
    assert swept(problem(tiny, tmp_path, 'name = "mine.npz"\nval = 20\nverify = false'), tmp_path / "out")
