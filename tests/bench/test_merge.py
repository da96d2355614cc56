"""Folders of shards come together in one log; what does not belong together is refused."""

import shutil
from pathlib import Path

import pytest

import bench
from bench.solvers.storage.log import lines, logs
from bench.solvers.storage.store import Store
from cli.main import main
from tests.bench.conftest import SOLVERS, rerun
from tests.bench.older import as_files, write_record
from tests.bench.same import contents


def merge(*words: object) -> int:
    return main(["bench", "merge", *map(str, words)])


def test_shards_in_two_rounds(tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As on machines that share nothing: all shards tune, are merged, and all shards report from the merged folder."""
    parts, whole, all_of_it = [tmp_path / f"part{index}" for index in range(3)], tmp_path / "tuned", tmp_path / "all"
    for index, part in enumerate(parts):
        rerun(tiny, part, shard=(index, 3), backend="sequential")
    assert merge(*parts, "--out", whole) == 0
    capsys.readouterr()
    again = [tmp_path / f"again{index}" for index in range(3)]
    for index, part in enumerate(again):
        shutil.copytree(whole, part)
        rerun(tiny, part, shard=(index, 3), backend="sequential")
    assert merge(*again, "--out", all_of_it) == 0
    assert "40 runs merged into" in (said := capsys.readouterr().out)
    assert f"{2 * len(list(Store(whole).runs()))} were there more than once" in said
    assert contents(all_of_it) == contents(swept)
    (log,) = logs(all_of_it)
    ids = [line[line.index(b'"id"') :][:24] for _, line in lines(log)]
    assert ids == sorted(ids)


def test_older_files_and_what_is_there_already(swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    older = as_files(swept, tmp_path / "older")
    half = tmp_path / "half"
    shutil.copytree(swept, half)
    (log,) = logs(half)
    log.write_bytes(b"".join([line for _, line in lines(log)][:25]))
    assert merge(older, "--out", half) == 0
    assert "15 runs merged into" in capsys.readouterr().out
    assert contents(half) == contents(swept)
    assert merge(older, swept, half, "--out", half) == 0
    assert "0 runs merged into" in capsys.readouterr().out
    assert len(logs(half)) == 2


def test_two_results_of_one_run(swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = as_files(swept, tmp_path / "a"), as_files(swept, tmp_path / "b")
    one, run = next(Store(b).runs())
    rows = [{**row, "val_acc": 0.125} for row in run.rows]
    write_record(b, run._replace(rows=rows))
    _, other = list(Store(b).runs())[1]
    load = {**other.machine["load"], "seconds": 99.0}
    write_record(b, other._replace(machine={**other.machine, "load": load}))  # differs in times alone
    assert merge(b, a, "--out", tmp_path / "out") == 0
    assert f"of 1 runs there are results that differ in more than times ({one})" in capsys.readouterr().err
    assert contents(tmp_path / "out") == contents(swept)


def test_what_does_not_fit_is_refused(
    tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(tiny.read_text().replace("batch = 64", "batch = 32"))
    how = {"budget": "quick", "trials": 1, "seeds": 1, "backend": "sequential", "progress": False}
    bench.run(other, SOLVERS[:1], out=tmp_path / "problem", **how)  # type: ignore[arg-type]
    bench.run(tiny, SOLVERS[:1], out=tmp_path / "root", seed=7, **how)  # type: ignore[arg-type]
    (tmp_path / "empty").mkdir()
    for folder, said in (
        ("problem", "holds tiny with another set-up"),
        ("root", "holds a sweep with root "),
        ("empty", "holds no results"),
    ):
        assert merge(swept, tmp_path / folder, "--out", tmp_path / "out") == 2
        assert said in capsys.readouterr().err
        assert not (tmp_path / "out").exists()
