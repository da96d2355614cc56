"""Problems that come without a target: it is measured where the data are, in a copy, or there is none."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import bench
from bench.solvers.planning.problem import load_problem
from bench.solvers.running import building
from cli.main import main
from mnist.idx import idx_header
from mnist.own import family


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder where data of the name and shape of Fashion-MNIST are found: noise around ten patterns."""
    rng = np.random.default_rng(0)
    patterns = rng.integers(0, 120, (10, 28, 28))
    folder = tmp_path / "data" / "fashion-mnist"
    folder.mkdir(parents=True)
    sums = {}
    for part, count in (("train", 5300), ("t10k", 50)):
        kind_of = np.arange(count) % 10
        y = np.where(rng.random(count) < 0.1, 0, kind_of).astype(np.uint8)  # some are wrong: no net makes no error
        X = (patterns[kind_of] + rng.integers(0, 120, (count, 28, 28))).astype(np.uint8)
        for kind, array in (("images-idx3", X), ("labels-idx1", y)):
            path = folder / f"{part}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(idx_header(array.shape) + array.tobytes(), 1, mtime=0))
            sums[path.name] = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    monkeypatch.setitem(family.FAMILY, "fashion-mnist", family.FAMILY["fashion-mnist"]._replace(md5=sums))
    monkeypatch.setenv("LAYERGRAPH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    building._load.cache_clear()
    yield tmp_path
    building._load.cache_clear()


def test_measured_into_a_copy_which_is_then_run(made_up: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = ["bench", "target", "fashion-mlp100", "--seeds", "1", "--out", "runs", "--quiet"]
    assert main(target) == 0
    copy = load_problem("fashion-mlp100.toml")
    assert copy.has_target
    assert copy.target["source"] == "median best of momentum (learning_rate 0.1, momentum 0.9) over 1 seeds, rounded"
    assert copy.setup == load_problem("fashion-mlp100").setup
    assert not load_problem("fashion-mlp100").has_target
    value = copy.target["value"]
    assert main(target) == 0  # nothing is run again
    assert load_problem("fashion-mlp100.toml").target["value"] == value
    how = {"budget": "quick", "trials": 1, "seeds": 1, "backend": "sequential", "progress": False}
    results = bench.run("fashion-mlp100.toml", ["sgd"], out="runs", **how)  # type: ignore[arg-type]
    assert "problem fashion-mlp100" in results.table()
    assert main(["bench", "report", "runs", "--out", "page.html", "--plot", "curves", "--quiet"]) == 0
    assert "bench run fashion-mlp100.toml " in Path("page.html").read_text()


def test_without_a_target_nothing_is_run(made_up: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "run", "kmnist-mlp100", "--out", "runs"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert (
        "the target of kmnist-mlp100 is not measured yet: 'layergraph bench target kmnist-mlp100' measures it" in said
    )
    assert "into kmnist-mlp100.toml, a copy in the working folder" in said
    assert not Path("runs").exists()
    assert main(["bench", "target", "kmnist-mlp100", "--out", "runs"]) == 3
    assert (said := capsys.readouterr().err).count("\n") == 1
    assert "layergraph data get kmnist" in said
    assert not Path("runs").exists()


def test_a_reference_whose_runs_fail(made_up: Path, tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = made_up / "mine.toml"
    mine.write_text(before := tiny.read_text().replace("momentum = 0.9", "nonsense = 0.9"))
    assert main(["bench", "target", "mine.toml", "--seeds", "2", "--out", "runs", "--quiet"]) == 2
    said = capsys.readouterr().err
    assert "2 of 2 runs of the reference failed, first by " in said
    assert "nonsense" in said
    assert mine.read_text() == before


def test_a_file_of_ones_own(tiny: Path, made_up: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = made_up / "mine.toml"
    mine.write_text(tiny.read_text().replace("value = 0.3\n", ""))
    assert main(["bench", "run", "mine.toml", "--out", "runs"]) == 2
    assert "'layergraph bench target mine.toml' measures it and writes it there" in capsys.readouterr().err
    assert main(["bench", "target", "mine.toml", "--seeds", "1", "--out", "runs", "--quiet"]) == 0
    assert 0 < load_problem(mine).target["value"] < 0.9
    lines = [line for line in tiny.read_text().split("\n") if not line.startswith(("value", "reference"))]
    mine.write_text("\n".join(lines))
    with pytest.raises(ValueError, match=r"target lacks 'value', and a reference"):
        load_problem(mine)
    (made_up / "fashion-mlp100.toml").write_text(tiny.read_text())
    assert main(["bench", "target", "fashion-mlp100"]) == 2
    assert "fashion-mlp100.toml is here, and holds another problem than fashion-mlp100" in capsys.readouterr().err


def test_a_reference_that_makes_no_error(made_up: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = made_up / "mine.toml"
    mine.write_text(before := tiny.read_text())
    monkeypatch.setattr("bench.solvers.running.target.best", lambda run, problem: 0.0)
    assert main(["bench", "target", "mine.toml", "--seeds", "1", "--out", "runs", "--quiet"]) == 2
    assert mine.read_text() == before


def test_a_manifest_without_the_value_is_damaged(tiny: Path, made_up: Path) -> None:
    bench.run(tiny, ["sgd"], budget="quick", trials=1, seeds=1, out="runs", backend="sequential", progress=False)
    path = Path("runs/manifest.json")
    content = json.loads(path.read_text())
    content.pop("sha256", None)
    del content["problems"]["tiny"]["target"]["value"]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"manifest\.json is damaged"):
        bench.Results("runs")
