"""What benchopt and cocopp are handed: the columns and files that they read, and the runs' numbers in them."""

import csv
import math
from pathlib import Path

import pytest

import bench
from bench.solvers.presenting.coco import SOLVED, _lines, write_coco
from bench.solvers.presenting.export import benchopt_rows, export
from bench.solvers.reading.measures import column, measure, time_to
from bench.solvers.reading.running_time import running_times
from cli.main import main

FIXED = {"objective_name", "solver_name", "data_name", "idx_rep", "stop_val", "time", "sampling_strategy"}


def test_benchopt_has_the_parameters_in_columns_of_their_own(swept: Path, tmp_path: Path) -> None:
    results = bench.Results(swept)
    path = export(results, tmp_path / "results.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert set(rows[0]) >= FIXED
    assert {row["p_dataset_val"] for row in rows} == {"180"}
    assert {row["p_obj_hidden"] for row in rows} == {"8"}
    assert {row["p_obj_target_value"] for row in rows} == {"0.3"}
    momentum = next(row for row in rows if row["solver_name"].startswith("momentum["))
    entry = next(entry for entry in results.all if entry.solver == "momentum")
    assert float(momentum["p_solver_momentum"]) == entry.choice.settings["momentum"]
    assert {row["p_solver_momentum"] for row in rows if row["solver_name"].startswith("sgd")} == {""}
    assert len(rows) == sum(len(run.rows) for one in results.all for run in one.report)


def test_benchopt_finds_what_it_wants_beside_a_platform(swept: Path) -> None:
    """Where there is a column `platform`, its page reads these two without asking."""
    row = benchopt_rows(bench.Results(swept))[0]
    assert {"platform", "platform-release", "platform-architecture"} <= set(row)
    assert None not in (row["platform-release"], row["platform-architecture"])


def test_benchopt_parquet_by_its_suffix(swept: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert main(["bench", "export", str(swept), "--out", str(tmp_path / "results.parquet"), "--quiet"]) == 0
    table = parquet.read_table(tmp_path / "results.parquet")
    assert table.schema.metadata  # benchopt adds to what is there
    assert table.num_rows == len(benchopt_rows(bench.Results(swept)))
    assert table.column("p_obj_batch").to_pylist()[0] == 64


def blocks(path: Path) -> list[list[list[float]]]:
    """The runs in a .dat or .tdat file: a list of lines of numbers each."""
    found: list[list[list[float]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("%"):
            found.append([])
        else:
            found[-1].append([float(word) for word in line.split()])
    return found


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_coco_files_say_when_each_run_met_the_target(swept: Path, tmp_path: Path, solver: str) -> None:
    assert main(["bench", "export", str(swept), "--format", "coco", "--out", str(tmp_path / "coco"), "--quiet"]) == 0
    folder = tmp_path / "coco" / solver
    head, about, index = (folder / "bbobexp.info").read_text(encoding="utf-8").splitlines()
    assert head == f"funcId = 1, DIM = 20, Precision = 1.000e-08, algId = '{solver}', suite = 'sbox-cost'"
    assert about.startswith("% tiny, ")
    name, *ends = index.split(", ")
    dat, tdat = blocks(folder / name), blocks((folder / name).with_suffix(".tdat"))
    results = bench.Results(swept)
    entry = next(entry for entry in results.all if entry.solver == solver)
    hits, cost = 0, 0.0
    for run, few, every, end in zip(entry.report, dat, tdat, ends, strict=True):
        assert few[0][0] == every[0][0] == 1  # cocopp refuses files that begin later
        assert end == f"{run.task.repetition + 1}:{every[-1][0]:.0f}|{every[-1][2]:.6e}"
        assert [line for line in few if line not in every] == []
        assert sorted((line[2] for line in few), reverse=True) == [line[2] for line in few]
        assert len({line[2] for line in few}) == len(few)
        met = [line[0] for line in few if line[2] <= SOLVED]
        when = time_to(run, entry.problem)
        if when <= every[-1][0] - 1:  # within the budget that all had
            assert met == [when + 1]
        else:
            assert met == []
        hits += bool(met)
        cost += (met or [every[-1][0]])[0]
    found = next(one for one in running_times(results, entry.problem) if one.solver == solver)
    assert found.hits == hits
    if hits:
        assert cost / hits == pytest.approx(found.time.expected + found.runs / hits)


def test_coco_has_a_line_for_the_end_of_a_run_that_diverged(swept: Path) -> None:
    entry = next(entry for entry in bench.Results(swept).all if entry.solver == "sgd")
    run = entry.report[0]
    short = run._replace(rows=run.rows[:2])
    lines = _lines(short, entry.problem, 41)
    assert [line[0] for line in lines] == [*(int(step) + 1 for step in column(short, "step")), 42]
    assert lines[-1][1:] == lines[-2][1:]
    assert all(math.isfinite(value) for line in lines for value in line)
    goal, values = entry.problem.target["value"], measure(short, entry.problem)
    assert lines[0][1] == pytest.approx(values[0] - goal)
    assert _lines(short, entry.problem._replace(target={**entry.problem.target, "value": 2.0}), 0)[0][1] == SOLVED


def test_coco_tells_what_its_format_cannot(swept: Path, tmp_path: Path) -> None:
    results = bench.Results(swept)
    told = (write_coco(results, tmp_path) / "README.txt").read_text(encoding="utf-8")
    assert "f1 is tiny: validation error <= 0.3" in told
    assert "DIM is 20 whatever the number of parameters" in told
    results.manifest = results.manifest._replace(problems=results.manifest.problems * 25)
    with pytest.raises(ValueError, match="there are 25 problems; COCO's format has 24 functions"):
        write_coco(results, tmp_path)
