"""Expected running times and simulated restarts: by hand, against their expectation, and in the tables of a sweep."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

import bench
from bench.solvers.presenting.tables import table
from bench.solvers.reading.measures import column
from bench.solvers.reading.running_time import running_times, spent
from bench.solvers.statistics import expected_running_time, restarted, simulated_restarts
from cli.main import main

INF = math.inf
RUNS = st.lists(st.tuples(st.one_of(st.just(INF), st.integers(0, 500)), st.integers(500, 900)), min_size=1, max_size=12)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("times", "spent", "ert"),
    [
        ([100, 300], [1000, 1000], 200),  # all met it: the mean, whatever the budget
        ([100, INF], [1000, 1000], 1100),  # a miss is paid whole
        ([100, INF, INF, 300], [1000, 400, 1000, 1000], 900),  # (100 + 400 + 1000 + 300) / 2
        ([INF, INF], [10, 20], INF),
        ([0], [50], 0),
        ([INF, 6], [0, 10], 6),  # one that ended before its first step costs nothing
        ([0.5, INF], [3.0, 1.5], 2.0),  # seconds may be fractions
    ],
)
def test_expected_running_time_by_hand(times: list[float], spent: list[float], ert: float) -> None:
    assert expected_running_time(times, spent) == ert


@given(RUNS)
def test_expected_running_time_is_mean_success_and_the_misses_before_it(runs: list[tuple[float, float]]) -> None:
    times, whole = zip(*runs, strict=True)
    met = [time for time in times if time < INF]
    missed = [end for time, end in runs if time == INF]
    found = expected_running_time(times, whole)
    if not met:
        assert found == INF
    else:
        share = len(met) / len(runs)
        failures = (1 - share) / share * float(np.mean(missed)) if missed else 0.0
        assert found == pytest.approx(float(np.mean(met)) + failures)
        assert found >= min(met)


@given(RUNS)
def test_the_mean_of_simulated_restarts_is_the_expected_running_time(runs: list[tuple[float, float]]) -> None:
    times, whole = zip(*runs, strict=True)
    draws = simulated_restarts(times, whole, 4000, rng())
    expected = expected_running_time(times, whole)
    if expected == INF:
        assert np.isinf(draws).all()
    else:
        assert abs(draws.mean() - expected) <= 5 * draws.std() / math.sqrt(4000) + 1e-9


def test_restarts_are_sums_of_whole_misses_and_one_success() -> None:
    draws = simulated_restarts([100, INF], [1000, 1000], 4000, rng())
    restarts = (draws - 100) / 1000
    assert set(restarts[:200]) <= set(range(30))
    assert np.mean(restarts == 0) == pytest.approx(0.5, abs=0.04)  # the chance of k misses is 2^-(k + 1)
    assert np.mean(restarts == 2) == pytest.approx(0.125, abs=0.03)


def test_quantiles_of_restarts_are_values_that_were_drawn() -> None:
    found = restarted([100, 100, INF], [1000] * 3, rng())
    assert found == (600, 100, 100, 2100)  # at most one miss has the chance .889, two .963
    assert restarted([INF], [10], rng()) == (INF, INF, INF, INF)
    assert restarted([5, 6, 7], [10] * 3, rng()) == (6, 5, 6, 7)


def test_ten_thousand_restarts_are_simulated_unless_another_number_is_asked_for() -> None:
    sizes: list[int] = []

    class Counted:
        def integers(self, high: int, size: int) -> np.ndarray:
            sizes.append(size)
            return np.zeros(size, int)

    assert restarted([5], [10], Counted()) == restarted([5], [10], Counted(), 7) == (5, 5, 5, 5)
    assert sizes == [10_000, 7]


@pytest.mark.parametrize(
    ("times", "spent"),
    [([], []), ([1, 2], [3]), ([-1], [3]), ([math.nan], [3]), ([1], [math.nan]), ([1], [-1]), ([1, -1], [3, 3]),
     ([1, 1], [3, -1]), (1, 2), ([1], [2, 3]), ([INF], [INF]), ([[1]], [[2]])],
)  # fmt: skip
def test_what_is_no_run_is_refused(times: list[float], spent: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^times (has shape|is)"):
        expected_running_time(times, spent)


def test_the_table_shows_them_where_they_are_asked_for(swept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "table", str(swept)]) == 0
    assert "ERT" not in capsys.readouterr().out
    assert main(["bench", "table", str(swept), "--ert"]) == 0
    text = capsys.readouterr().out
    assert "solver    hit  ERT" in text
    assert "The seeds are those of this one tuning draw" in " ".join(text.split())
    for form in ("md", "html"):
        assert "ERT" in table(bench.Results(swept), form, ert=True)
        assert "ERT" not in table(bench.Results(swept), form)


@pytest.mark.parametrize("metric", ["steps", "examples", "epochs"])
def test_formats_agree_on_expected_running_times(swept: Path, metric: str) -> None:
    results = bench.Results(swept, metric=metric)
    values = json.loads(table(results, "json", ert=True))["tiny"]["ert"]
    lines = {row["solver"]: row for row in csv.DictReader(table(results, "csv", ert=True).splitlines())}
    assert "ert" not in csv.DictReader(table(results, "csv").splitlines()).__next__()
    for one in values:
        told = one["time"]["expected"]
        assert float(lines[one["solver"]]["ert"]) == pytest.approx(INF if told is None else told)
    found = [one.time.expected for one in running_times(results, results.problems[0])]
    assert found == sorted(found)


def test_the_full_batch_pays_no_more_than_the_budget_of_the_others(swept: Path) -> None:
    """Its six passes are cut at the three epochs that the others had: a target that all miss costs what all spent."""
    results = bench.Results(swept, target=0.3, metric="epochs")
    entry = next(entry for entry in results.all if entry.solver == "lbfgs")
    found = {one.solver: one for one in running_times(results, results.problems[0])}
    times = [float(column(run, "epoch")[-1]) for run in entry.report]
    assert max(times) > 3  # or this test shows nothing
    lbfgs = found["lbfgs"]
    if lbfgs.hits == 0:
        assert lbfgs.time.expected == INF
    else:
        assert lbfgs.time.expected <= 3 * lbfgs.runs / lbfgs.hits


def test_a_run_that_diverged_pays_for_the_steps_it_took(swept: Path) -> None:
    """Its rows end before: of one that diverged at once they would say that it cost nothing."""
    entry = next(entry for entry in bench.Results(swept).all if entry.solver == "sgd")
    run = entry.report[0]
    lost = run._replace(outcome={**run.outcome, "status": "diverged", "steps": 7}, rows=run.rows[:1])
    draw = entry.draws[0]._replace(report=[lost, *entry.report[1:]])
    whole = float(column(run, "step")[-1])
    assert spent(entry._replace(draws=[draw]), "step") == [7, *[whole] * (len(entry.report) - 1)]
    assert spent(entry._replace(draws=[draw]), "examples")[0] == 7 * 64
    only = entry._replace(draws=[entry.draws[0]._replace(report=[lost])])
    assert spent(only, "step") == [0]  # nothing is known of what a step is worth
