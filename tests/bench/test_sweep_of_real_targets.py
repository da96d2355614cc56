"""A sweep on real targets: 1 - R2 under its own name, in every output, and rows that know what they hold."""

import csv
from pathlib import Path

import numpy as np
import pytest

import bench
from bench.solvers.presenting.export import export
from bench.solvers.presenting.frame import write_rows

PROBLEM = """name = "prices"
title = "Prices of one's own"
[data]
name = "prices.csv"
label = "price"
val = 20
[model]
hidden = [6]
loss = "squared"
dtype = "float32"
[training]
batch = 16
epochs = 6
evaluations_per_epoch = 1
full_batch_passes = 8
[target]
measure = "val_error"
value = 0.2
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> bench.Results:
    """A sweep on 120 prices."""
    folder = tmp_path_factory.mktemp("prices")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    rows = np.column_stack([X, X @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=120)])
    np.savetxt(folder / "prices.csv", rows, fmt="%.6g", delimiter=",", header="a,b,c,price", comments="")
    (folder / "prices.toml").write_text(PROBLEM)
    return bench.run(
        folder / "prices.toml", ["sgd", "lbfgs"], budget="quick", trials=2, seeds=6, out=folder / "out",
        backend="sequential", progress=False,
    )  # fmt: skip


def test_table_and_report_say_r2(results: bench.Results, tmp_path: Path) -> None:
    text = results.table()
    assert "target 1 - validation R2 <= 0.2" in text
    assert "final 1 - val R2" in text
    assert "1 - test R2" in text
    page = results.report(tmp_path / "report.html").read_text()
    for said in (text, page):
        for word in ("accuracy", "validation error", "val error", "test error"):
            assert word not in said
    assert "Target: 1 - validation R2 of 0.2." in page
    results.plot(["curves", "budget"], tmp_path)
    assert "1 - validation R2" in (tmp_path / "prices-curves.svg").read_text()


def test_values_of_the_table_are_those_of_the_rows(results: bench.Results) -> None:
    (sgd,) = [entry for entry in results.all if entry.solver == "sgd"]
    finals = sorted(1 - run.rows[-1]["val_acc"] for run in sgd.report)
    assert f"{np.median(finals):.3g} [" in results.table()


def test_a_first_r2_far_below_minus_one_is_no_error(results: bench.Results) -> None:
    (lbfgs,) = [entry for entry in results.all if entry.solver == "lbfgs"]
    assert all(run.outcome["measure"] == "r2" for run in lbfgs.report)
    assert all(run.outcome["test_acc"] > 0.5 for run in lbfgs.report)


def test_exports_name_what_they_hold(results: bench.Results, tmp_path: Path) -> None:
    rows = list(csv.DictReader(write_rows(results, tmp_path / "runs.csv", "csv").read_text().splitlines()))
    assert "val_r2" in rows[0]
    assert "val_acc" not in rows[0]
    (row, *_) = csv.DictReader(write_rows(results, tmp_path / "ends.csv", "csv", rows=False).read_text().splitlines())
    assert float(row["test_r2"]) > 0
    (row, *_) = csv.DictReader(export(results, tmp_path / "benchopt.csv").read_text().splitlines())
    assert row["objective_val_error"] == ""
    assert float(row["objective_value"]) > 0
