"""Folders of shards come together in one log; what does not belong together is refused."""

import shutil
from pathlib import Path

import pytest

import bench
from bench.solvers.storage.log import lines, logs
from bench.solvers.storage.log_line import written
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


def test_a_run_that_a_folder_holds_twice_counts_once(
    tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where logs were brought together by hand: the same lines, and another result of one of the runs."""
    twice = tmp_path / "twice"
    shutil.copytree(swept, twice)
    shutil.copy(logs(swept)[0], twice / "runs-zz-copy.jsonl")
    one, run = next(Store(swept).runs())
    other = run._replace(rows=[{**row, "val_acc": 0.125} for row in run.rows])
    (twice / "runs-zz-other.jsonl").write_bytes(written(other))
    assert bench.Results(twice).table() == bench.Results(swept).table()
    assert merge(twice, "--out", tmp_path / "out") == 0
    said = capsys.readouterr()
    assert "40 runs merged into" in said.out
    assert "41 were there more than once" in said.out
    assert f"of 1 runs there are results that differ in more than times ({one})" in said.err
    assert contents(tmp_path / "out") == contents(swept)
    store = Store(twice)
    assert store.finished(run.task)
    (twice / logs(swept)[0].name).unlink()
    store.refresh()
    assert len(list(store.runs())) == 40  # from the copy


def test_one_root_seed_in_two_folders_counts_each_run_once(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first study of several has the root seed itself: what another folder holds of it is the same runs."""
    how = {"budget": "quick", "trials": 2, "seeds": 3, "backend": "sequential", "progress": False, "seed": 1}
    for name, more in (("one", {}), ("three", {"studies": 3}), ("again", {})):
        bench.run(tiny, ["sgd"], out=tmp_path / name, **how, **more)  # type: ignore[arg-type]
    assert merge(*(tmp_path / name for name in ("one", "three", "again")), "--out", tmp_path / "out") == 0
    assert "15 runs merged into" in (said := capsys.readouterr().out)
    assert "10 were there more than once" in said
    results = bench.Results(tmp_path / "out")
    assert (results.manifest.studies, results.missing) == (3, 0)
    assert [len(entry.report) for entry in results.all] == [9]
    assert contents(tmp_path / "out") == contents(tmp_path / "three")


def test_what_does_not_fit_is_refused(
    tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(tiny.read_text().replace("batch = 64", "batch = 32"))
    how = {"budget": "quick", "trials": 1, "seeds": 1, "backend": "sequential", "progress": False}
    bench.run(other, SOLVERS[:1], out=tmp_path / "problem", **how)  # type: ignore[arg-type]
    bench.run(tiny, SOLVERS[:1], out=tmp_path / "root", seed=7, **how)  # type: ignore[arg-type]
    other.write_text(tiny.read_text().replace("value = 0.3", "value = 0.25"))
    bench.run(other, SOLVERS[:1], out=tmp_path / "target", **how)  # type: ignore[arg-type]
    (tmp_path / "empty").mkdir()
    for folder, said in (
        ("problem", "holds tiny with another set-up"),
        ("root", "holds a sweep with root "),
        ("target", "with val_error <= 0.25: settings were chosen by them. Give 'bench run' with the one you"),
        ("empty", "holds no results"),
    ):
        assert merge(swept, tmp_path / folder, "--out", tmp_path / "out") == 2
        assert said in capsys.readouterr().err
        assert not (tmp_path / "out").exists()
