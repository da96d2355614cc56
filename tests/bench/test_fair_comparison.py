"""What a comparison must not hide: solvers that failed, a machine that was busy, an order that favours somebody."""

import json
import math
from pathlib import Path

import pytest

import bench
from base.files.json_text import sealed
from bench.solvers.planning.manifest import NAME, read_manifest
from bench.solvers.planning.plan import cells, plan, tuning
from bench.solvers.presenting.finding import finding
from bench.solvers.presenting.guards import warnings_of
from bench.solvers.presenting.tables import table
from bench.solvers.reading.entry import Entry
from bench.solvers.reading.load import load_of
from bench.solvers.reading.summary import at_one_budget, summarise
from bench.solvers.running.cost import estimate
from bench.solvers.running.flow import in_turn
from cli.main import main

BROKEN = 'rule = "sgd"\n[space.nonsense]\nscale = "linear"\nlow = 0.0\nhigh = 1.0\n'


def set_load(entries: list[Entry], **values: float) -> None:
    for run in (run for entry in entries for run in (*entry.tuning, *entry.report)):
        run.machine["load"].update(before=0.01, after=0.01, cpu_share=1.0)
        run.machine["load"].update(values)


@pytest.fixture(scope="module")
def with_failures(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A solver of which every run fails, beside two that work. Not to be written to."""
    folder = tmp_path_factory.mktemp("failures")
    (folder / "broken.toml").write_text(BROKEN, encoding="utf-8")
    how = {"budget": "quick", "trials": 2, "seeds": 6, "backend": "sequential", "progress": False}
    bench.run(tiny, ["adam", folder / "broken.toml", "sgd"], out=folder / "out", **how)
    return folder / "out"


def test_a_solver_whose_runs_all_failed_stays_in_the_table(with_failures: Path, tmp_path: Path) -> None:
    results = bench.Results(with_failures)
    (problem,) = results.problems
    rows = summarise(results, problem)
    assert [row.solver for row in rows][-1] == "broken"
    lost = rows[-1]
    assert lost.reason.startswith("no run has finished (2 failed, the first by ")
    assert (lost.hits, lost.seeds, lost.ranked) == (0, 0, False)
    line = next(line for line in table(results, "md").splitlines() if line.startswith("| broken |"))
    assert line.count("| - ") >= 8
    assert "| no run |" in line
    assert "broken" in results.report(tmp_path / "page.html").read_text()
    assert "broken" not in finding(rows)


def test_a_solver_whose_runs_all_failed_counts_among_the_comparisons(with_failures: Path) -> None:
    results = bench.Results(with_failures)
    (problem,) = results.problems
    sgd = next(row for row in summarise(results, problem) if row.solver == "sgd")
    assert sgd.versus is not None
    assert sgd.p == pytest.approx(min(1.0, 2 * sgd.versus.p))
    said = [warned.text for warned in warnings_of(results, problem, summarise(results, problem))]
    assert "6 seeds and 2 comparisons: after Holm's correction no p can fall below 0.062; use --seeds 7 or more to" in (
        " ".join(said)
    )


def test_seconds_of_a_busy_machine_are_refused(
    swept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = bench.Results(swept)
    set_load(quiet.all)
    assert load_of(quiet.all) == (0, 24, 1.0, 1.0)
    assert "machine" not in {one.guard for one in warnings_of(quiet, quiet.problems[0], [])}
    run = quiet.all[0].report[0]
    run.machine["load"].update(before=0.0125, after=0.0125)  # as slow before as after: what only another run can tell
    assert load_of(quiet.all) == (1, 24, 1.0, pytest.approx(1.25))
    run.machine["load"].update(before=0.0119, after=0.0119)
    assert load_of(quiet.all).busy == 0
    run.machine["cpu"] = "another"
    run.machine["load"].update(before=0.05, after=0.05)
    assert load_of(quiet.all).busy == 0

    monkeypatch.setattr("bench.solvers.reading.load.BUSY", -2.0)  # every machine is busy
    assert main(["bench", "table", str(swept), "--metric", "seconds"]) == 2
    assert "metric is 'seconds', but the machine was busy in 24 of 24 reporting runs" in capsys.readouterr().err
    assert main(["bench", "table", str(swept), "--metric", "seconds", "--anyway"]) == 0
    assert "seconds to target" in capsys.readouterr().out
    monkeypatch.setattr("bench.solvers.reading.load.BUSY", math.inf)  # none is
    assert main(["bench", "table", str(swept), "--metric", "seconds"]) == 0


def test_the_full_batch_is_cut_in_every_column(swept: Path) -> None:
    results = bench.Results(swept)
    entries = at_one_budget(results.all)
    lbfgs = next(entry for entry in entries if entry.solver == "lbfgs")
    epochs = results.problems[0].training["epochs"]
    assert max(run.rows[-1]["epoch"] for run in [*lbfgs.tuning, *lbfgs.report]) <= epochs
    row = next(row for row in summarise(results, results.problems[0]) if row.solver == "lbfgs")
    later = any(run.outcome["best_step"] > run.rows[-1]["step"] for run in lbfgs.report)
    assert math.isnan(row.test.median) == later
    assert later


@pytest.fixture(scope="module")
def with_untuned(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies of sgd with the untuned reference added later. Not to be written to."""
    folder = tmp_path_factory.mktemp("untuned")
    how = {"budget": "quick", "trials": 2, "seeds": 2, "out": folder, "progress": False}
    bench.run(tiny, ["sgd"], **how)
    assert not list(folder.rglob("momentum-untuned"))
    results = bench.run(tiny, ["sgd"], **how, studies=2, untuned=True)
    assert results.missing == 0
    return folder


def test_the_untuned_reference_is_a_row(with_untuned: Path, tmp_path: Path) -> None:
    results = bench.Results(with_untuned)
    entry = next(entry for entry in results.all if entry.solver == "momentum-untuned")
    sgd = next(entry for entry in results.all if entry.solver == "sgd")
    assert entry.tuning == []
    assert [run.task.settings for run in entry.report] == [{"learning_rate": 0.1, "momentum": 0.9}] * 4
    assert {run.task.purpose for run in entry.report} == {"report"}
    assert sorted(run.task.seed for run in entry.report) == sorted(run.task.seed for run in sgd.report)
    row = next(row for row in summarise(results, results.problems[0]) if row.solver == "momentum-untuned")
    assert (row.seeds, row.studies, row.budget) == (4, 2, {})
    assert "momentum-untuned" in results.table()
    assert len(results.plot(out=tmp_path)) >= 8
    page = results.report(tmp_path / "page.html").read_text()
    assert "--untuned" in page
    assert "momentum-untuned on tiny" in page


def test_the_untuned_reference_is_not_in_quick_and_stays_in_a_folder(tiny: Path, with_untuned: Path) -> None:
    named = {budget: list(plan([tiny], ["sgd"], budget=budget).untuned) for budget in ("quick", "standard", "full")}
    assert named == {"quick": [], "standard": ["tiny"], "full": ["tiny"]}
    assert plan([tiny], ["sgd"], budget="standard", untuned=False).untuned == {}
    again = plan([tiny], ["sgd"], budget="quick", trials=2, seeds=2, folder=with_untuned)
    assert [one.missing for one in estimate(again, with_untuned)] == [0, 0]
    assert [one.missing for one in estimate(again._replace(studies=3), with_untuned)] == [4, 2]


def test_a_solver_with_the_name_of_the_reference_is_refused(tiny: Path, tmp_path: Path) -> None:
    space = tmp_path / "momentum-untuned.toml"
    space.write_text(BROKEN.replace("nonsense", "learning_rate"), encoding="utf-8")
    with pytest.raises(ValueError, match="'momentum-untuned' has the untuned reference's name: rename it"):
        plan([tiny], [space], budget="quick", untuned=True)


def test_a_manifest_with_a_damaged_reference_is_refused(with_untuned: Path, tmp_path: Path) -> None:
    content = json.loads((with_untuned / NAME).read_text())
    assert content.pop("sha256")
    for change, message in (({"rule": None}, "needs settings, and either"), ({"more": 1}, r"unknown keys \['more'\]")):
        damaged = {**content, "untuned": {"tiny": content["untuned"]["tiny"] | change}}
        (tmp_path / NAME).write_text(sealed(damaged))
        with pytest.raises(ValueError, match=message):
            read_manifest(tmp_path)


def test_solvers_take_turns(tiny: Path) -> None:
    manifest = plan([tiny], ["sgd", "lbfgs", "adam"], budget="quick", trials=3, tuning_seeds=2, studies=2)
    tasks = [task for one in cells(manifest) for task in tuning(*one)]
    ordered = in_turn(tasks)
    assert sorted(task.id for task in ordered) == sorted(task.id for task in tasks)
    assert [task.solver for task in ordered] == ["lbfgs", "sgd", "adam"] * 12
    first = [(task.trial, task.repetition, task.root) for task in ordered[:3]]
    assert len(set(first)) == 1
