"""The runs of a sweep as a table: CSV without pandas, a DataFrame with it, a column for each setting."""

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

import bench
from bench.solvers.presenting.frame import _of_one_kind, run_rows, write_rows
from cli.main import main


def test_runs_as_a_table_with_settings_as_columns(swept: Path, tmp_path: Path) -> None:
    results = bench.Results(swept)
    assert (
        main(["bench", "export", str(swept), "--format", "csv", "--runs", "all", "--out", str(tmp_path / "runs.csv")])
        == 0
    )
    rows = list(csv.DictReader((tmp_path / "runs.csv").read_text().splitlines()))
    runs = [run for entry in results.all for run in (*entry.tuning, *entry.report)]
    assert len(rows) == sum(len(run.rows) for run in runs)
    assert {row["purpose"] for row in rows} == {"tune", "report"}
    by_id = {run.task.id: run.task for run in runs}
    for row in rows:
        wanted = by_id[row["id"]].settings
        shown = {name: row[name] for name in {name for task in by_id.values() for name in task.settings}}
        assert shown == {name: str(wanted.get(name, "")) for name in shown}
    outcomes = run_rows(results, "report", rows=False)
    assert [row["status"] for row in outcomes] == [run.outcome["status"] for e in results.all for run in e.report]
    with pytest.raises(ValueError, match="runs is 'best'; expected one of report, tune, all"):
        run_rows(results, "best")
    assert "<table" in results._repr_html_()


def test_a_frame_of_pandas(swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = bench.Results(swept)
    if importlib.util.find_spec("pandas"):
        frame = results.to_frame(runs="report", rows=True)
        assert list(frame["step"]) == [row["step"] for row in run_rows(results)]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas: pip install pandas"):
        results.to_frame()


def test_parquet_holds_the_rows_of_the_csv(swept: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (extra `tables`)")
    results = bench.Results(swept)
    path = tmp_path / "runs.parquet"
    assert main(["bench", "export", str(swept), "--format", "parquet", "--runs", "all", "--out", str(path)]) == 0
    assert parquet.read_table(path).to_pylist() == run_rows(results, "all")


def test_parquet_columns_of_numbers_and_words() -> None:
    assert _of_one_kind([1, None, 2.5]) == [1.0, None, 2.5]
    assert _of_one_kind([1, "a"]) == ["1", "a"]
    assert _of_one_kind([True, False, None]) == [True, False, None]


def test_without_pyarrow_it_is_said(swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match="needs pyarrow: pip install pyarrow"):
        write_rows(bench.Results(swept), tmp_path / "runs.parquet", "parquet")
    assert not (tmp_path / "runs.parquet").exists()
