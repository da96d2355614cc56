"""Studies: everything tuned anew, in one folder, each with seeds of its own; the first is the sweep that tunes once."""

import json
from pathlib import Path

import numpy as np
import pytest

import bench
from base.files.json_text import sealed
from bench.solvers.planning.manifest import NAME, read_manifest
from bench.solvers.planning.plan import cells, plan, tuning
from bench.solvers.planning.seeds import study_root
from bench.solvers.planning.task import report_tasks
from bench.solvers.presenting.export import benchopt_rows
from bench.solvers.presenting.finding import finding
from bench.solvers.presenting.frame import run_rows
from bench.solvers.presenting.tables import table
from bench.solvers.reading.by_study import orders, variance
from bench.solvers.reading.choice import choose
from bench.solvers.reading.measures import final, time_to
from bench.solvers.reading.summary import summarise
from bench.solvers.running import cost
from bench.solvers.statistics import median_interval, variance_parts
from cli.main import main
from tests.bench.same import exact

RESULTS = Path(__file__).parents[2] / "results" / "bench"
SOLVERS = ["sgd", "momentum"]
FEW = {"budget": "quick", "trials": 2, "seeds": 2, "tuning_seeds": 2}
STUDIES = 6


@pytest.fixture(scope="module")
def studied(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six studies, run as one and then extended. Not to be written to."""
    out = tmp_path_factory.mktemp("studies")
    how = {**FEW, "out": out, "backend": "sequential", "progress": False}
    bench.run(tiny, SOLVERS, studies=1, **how)
    first = exact(out)
    bench.run(tiny, SOLVERS, studies=STUDIES, **how)
    assert len(first) == 2 * (2 * 2 + 2)
    assert {name: one for name, one in exact(out).items() if name in first} == first
    return out


def test_the_first_study_is_what_a_sweep_has_always_been() -> None:
    manifest = plan(["mnist-mlp100"], ["adam", "sgd"], trials=20, seeds=10, tuning_seeds=1, studies=3)
    first, *_, other, _ = cells(manifest)
    task = tuning(*first)[0]
    assert task.id == "0658ff55816c1582"
    assert (RESULTS / "mnist" / task.path).exists()
    assert report_tasks(first[1], first[2], task.settings, 1, first[0].root)[0].seed == 7136117906406557110
    assert tuning(*other)[0].settings != task.settings


def test_studies_share_neither_seeds_nor_trials() -> None:
    roots = [study_root(root, study) for root in (0, 1) for study in range(50)]
    assert len(set(roots)) == 100
    assert all(0 <= root < 2**53 for root in roots)
    manifest = plan(["digits-mlp32"], ["sgd"], budget="quick", studies=4)
    tasks = [task for one in cells(manifest) for task in tuning(*one)]
    assert len({task.seed for task in tasks}) == 4
    assert len({task.settings["learning_rate"] for task in tasks}) == len({task.id for task in tasks}) == 20


def test_what_is_not_given_is_by_budget_or_of_the_folder(tmp_path: Path, studied: Path) -> None:
    numbers = {name: plan(["digits-mlp32"], ["sgd"], budget=name) for name in ("quick", "standard", "full")}
    assert [(one.tuning_seeds, one.studies) for one in numbers.values()] == [(1, 1), (3, 6), (3, 6)]
    there = plan(["digits-mlp32"], ["sgd"], folder=studied)
    assert (there.tuning_seeds, there.studies, there.trials) == (2, STUDIES, 20)
    assert plan(["digits-mlp32"], ["sgd"], folder=studied, studies=9).studies == 9
    assert plan(["digits-mlp32"], ["sgd"], folder=RESULTS / "mnist").studies == 1


def test_a_dry_run_counts_the_studies(tiny: Path, studied: Path) -> None:
    manifest = plan([tiny], SOLVERS, **FEW, studies=STUDIES + 2)
    assert [(one.missing, one.total) for one in cost.estimate(manifest, studied)] == [(2 * 6, 8 * 6)] * 2
    assert [one.missing for one in cost.estimate(manifest._replace(studies=1), studied)] == [0, 0]


def test_figures_are_those_of_the_studies(studied: Path) -> None:
    results = bench.Results(studied)
    assert results.missing == 0
    entry = results.all[0]
    assert [draw.study for draw in entry.draws] == list(range(STUDIES))
    medians = [np.median([final(run, entry.problem) for run in draw.report]) for draw in entry.draws]
    row = next(row for row in summarise(results, entry.problem) if row.solver == entry.solver)
    assert row.final == median_interval(medians)
    assert (row.studies, row.seeds, row.ranked) == (STUDIES, 2 * STUDIES, True)
    times = sorted(np.median([time_to(run, entry.problem) for run in draw.report]) for draw in entry.draws)
    middle = entry.median_draw()
    assert np.median([time_to(run, entry.problem) for run in middle.report]) in times[1:5]
    assert row.settings == middle.choice.settings


def test_while_a_sweep_goes_on_no_row_rests_on_seeds_beside_one_on_studies(
    studied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = bench.Results(studied)
    ahead, behind = results.entries(results.problems[0])
    behind = behind._replace(draws=[behind.draws[0]._replace(report=behind.draws[0].report * 3)])  # six runs of one
    monkeypatch.setattr(results, "entries", lambda problem: [ahead, behind])
    rows = {row.solver: row for row in summarise(results, results.problems[0])}
    assert [rows[one.solver].units for one in (ahead, behind)] == [STUDIES, 1]
    assert np.isfinite(rows[ahead.solver].final.low)
    assert np.isnan(rows[behind.solver].final.low)  # six seeds would have given an interval, of one tuning draw
    assert "1 study gives at best a 0 % interval; use --studies 6 or more for 95 %. Not ranked." in table(results, "md")
    assert finding(list(rows.values())) == "Too few studies for a ranking."


def test_pictures_tables_and_pages_take_studies(studied: Path, tmp_path: Path) -> None:
    results = bench.Results(studied)
    assert "6 studies of 2 seeds, paired" in results.table()
    assert len(results.plot(out=tmp_path)) >= 8
    page = results.report(tmp_path / "page.html").read_text()
    assert "--tuning-seeds 2 --studies 6" in page
    assert "The dots of a study stand together" in page
    assert page.count("Runs of all studies together") >= 5
    runs = run_rows(results, rows=False)
    assert len(runs) == 2 * STUDIES * 2
    assert {(run["study"], run["repetition"]) for run in runs} == {(s, r) for s in range(STUDIES) for r in (0, 1)}
    assert {row["idx_rep"] for row in benchopt_rows(results)} == set(range(2 * STUDIES))


def test_the_order_in_every_study_is_told(studied: Path) -> None:
    results = bench.Results(studied, target=0.5)
    problem = results.problems[0]
    found = orders(results, problem)
    assert list(found) == list(range(STUDIES))
    for study, names in found.items():
        times = {}
        for entry in results.entries(problem):
            runs = entry.draws[study].report
            assert {run.task.root for run in runs} == {study_root(0, study)}
            times[entry.solver] = np.median([time_to(run, problem) for run in runs])
        assert times[names[0]] <= times[names[1]]
    first = [names[0] for names in found.values()].count("sgd")
    assert f"| sgd | {first} of 6 |" in table(results, "md")
    assert json.loads(table(results, "json"))["tiny"]["orders"]["0"] == found[0]
    assert "Order in every study, by the median steps to the target" in table(results, "html")


def test_the_parts_of_the_variance_are_of_the_reporting_runs_with_two_tuning_seeds(studied: Path) -> None:
    results = bench.Results(studied)
    entry = results.all[0]
    ends = [[[final(run, entry.problem) for run in draw.report]] for draw in entry.draws]
    assert variance(entry)[::2] == pytest.approx(variance_parts(ends)[::2])
    assert np.isnan(variance(entry).tuning_seed)
    assert f"| {entry.solver} | {100 * variance(entry).draw:.0f} % | - |" in table(results, "md")


def test_with_three_tuning_seeds_each_chooses_and_the_others_measure(tiny: Path, tmp_path: Path) -> None:
    results = bench.run(
        tiny, ["sgd"], **{**FEW, "tuning_seeds": 3, "seeds": 1}, studies=2, out=tmp_path, progress=False
    )
    (entry,) = results.all
    values = []
    for draw in entry.draws:
        runs = {(run.task.trial, run.task.repetition): run for run in draw.tuning}
        chosen = [choose([runs[0, seed], runs[1, seed]], entry.problem).trial for seed in range(3)]
        values.append([
            [final(runs[trial, other], entry.problem) for other in range(3) if other != seed]
            for seed, trial in enumerate(chosen)
        ])  # fmt: skip
    assert variance(entry) == pytest.approx(variance_parts(values))


@pytest.mark.parametrize("number", [0, -1])
def test_fewer_than_one_study_is_refused(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "run", "digits-mlp32", "--studies", str(number), "--dry-run"]) == 2
    assert f"studies is {number}; expected at least 1" in capsys.readouterr().err


@pytest.mark.parametrize("value", [0, "2", 1.5, None, True])
def test_a_manifest_with_no_number_of_studies_is_refused(value: object, studied: Path, tmp_path: Path) -> None:
    content = json.loads((studied / NAME).read_text())
    assert content.pop("sha256")
    (tmp_path / NAME).write_text(sealed({**content, "studies": value}))
    with pytest.raises(ValueError, match=r"its studies is .* expected a whole number, at least 1"):
        read_manifest(tmp_path)


def test_another_root_has_a_folder_of_its_own(tiny: Path, studied: Path) -> None:
    with pytest.raises(ValueError, match="holds a sweep with root 0; this one has"):
        cost.estimate(plan([tiny], SOLVERS, **FEW, seed=study_root(0, 1)), studied)
