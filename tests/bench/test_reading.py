"""Reading a sweep with other eyes: one problem, another target; what is said about files and seeds that do not fit."""

import json
import shutil
from pathlib import Path

import pytest

import bench
from bench.solvers.planning.problem import load_problem
from bench.solvers.presenting.guards import few_seeds, warnings_of
from bench.solvers.presenting.tables import table
from bench.solvers.reading.summary import budgets, summarise
from cli.main import main
from tests.bench.older import as_files

SUBOPTIMAL = """
name = "convex"
title = "Softmax regression"
[data]
name = "digits"
val = 180
[model]
hidden = []
reg = 0.01
dtype = "float64"
[training]
batch = 64
epochs = 1
evaluations_per_epoch = 2
train_rows = 0
[target]
measure = "suboptimality"
value = 1.0
optimum = 0.5
"""


@pytest.fixture(scope="module")
def two(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of two problems with different measures."""
    folder = tmp_path_factory.mktemp("two")
    convex = folder / "convex.toml"
    convex.write_text(SUBOPTIMAL, encoding="utf-8")
    bench.run(
        [tiny, convex],
        ["sgd", "adam"],
        budget="quick",
        trials=2,
        seeds=6,
        out=folder,
        backend="sequential",
        progress=False,
    )
    return folder


def test_one_problem_of_two(two: Path) -> None:
    both, one = bench.Results(two), bench.Results(two, problem="convex")
    assert [problem.name for problem in both.problems] == ["tiny", "convex"]
    assert [problem.name for problem in one.problems] == ["convex"]
    assert one.missing == both.missing == 0
    assert one.table() == both.table("convex")
    with pytest.raises(ValueError, match=r"no results of problem 'tinny'\. There are: tiny, convex\."):
        bench.Results(two, problem="tinny")


def test_a_target_means_one_thing(two: Path) -> None:
    with pytest.raises(
        ValueError, match=r"different things \(val_error of tiny, suboptimality of convex\): choose one"
    ):
        bench.Results(two, target=0.1)
    narrowed = bench.Results(two, target=1e3, problem="convex")
    assert all(row.hits == 6 for row in summarise(narrowed, narrowed.problems[0]))


@pytest.mark.parametrize("target", [0.0, -1.0, float("nan"), float("inf")])
def test_a_target_is_positive(target: float, swept: Path) -> None:
    with pytest.raises(ValueError, match="expected a positive number"):
        bench.Results(swept, target=target)


def test_the_html_table_says_which_problem(two: Path) -> None:
    text = table(bench.Results(two), "html")
    assert text.index("<p>problem tiny (id ") < text.index("<table") < text.index("<p>problem convex (id ")


def test_files_of_no_planned_run_are_counted(swept: Path, tmp_path: Path) -> None:
    copy = as_files(swept, tmp_path / "copy")
    assert "of no planned run" not in bench.Results(copy).table()
    older = next(copy.rglob("sgd/report-00-*.jsonl"))
    shutil.copy(older, older.with_name("report-00-0123456789abcdef.jsonl"))
    shutil.copy(older, older.with_name("target-00-0123456789abcdef.jsonl"))
    text = bench.Results(copy).table()
    assert f"! 1 result of tiny in {copy} is of no planned run" in text
    assert text.splitlines()[:6] == bench.Results(swept).table().splitlines()[:6]


def test_the_reference_is_one_that_was_reported(swept: Path, tmp_path: Path) -> None:
    copy = as_files(swept, tmp_path / "copy")
    for path in copy.rglob("adam/report-*.jsonl"):
        path.unlink()
    text = bench.Results(copy).table()
    assert "steps / sgd's [95 %]" in text
    assert "! adam: 6 of its runs are still missing" in text
    with pytest.raises(ValueError, match="reference is 'adam', which has no runs on tiny"):
        table(bench.Results(copy), reference="adam")


def test_few_seeds_in_words() -> None:
    assert few_seeds(5) == "5 seeds give at best a 93.75 % interval; use --seeds 6 or more for 95 %."
    assert few_seeds(1) == "1 seed gives at best a 0 % interval; use --seeds 6 or more for 95 %."
    assert few_seeds(1, "studies") == "1 study gives at best a 0 % interval; use --studies 6 or more for 95 %."
    assert few_seeds(6) is None


def test_a_correction_that_no_p_survives_is_said(swept: Path) -> None:
    """Six seeds: the least p is 2 / 2^6 = 0.03125; three comparisons make it 0.09, and seven seeds half of that."""
    results = bench.Results(swept)
    rows = summarise(results, results.problems[0])
    said = [warning.text for warning in warnings_of(results, results.problems[0], rows) if warning.guard == "seeds"]
    text = "6 seeds and 3 comparisons: after Holm's correction no p can fall below 0.094"
    assert said == [f"{text}; use --seeds 7 or more to reach 0.05"]
    enough = [row._replace(seeds=7) for row in rows]
    assert "seeds" not in {warning.guard for warning in warnings_of(results, results.problems[0], enough)}


def test_a_fall_of_one_image_is_no_fall(swept: Path) -> None:
    results = bench.Results(swept)
    problem = results.problems[0]
    rows = summarise(results, problem)
    for images, warned in ((1, False), (2, True)):
        for entry in results.all:
            for run in entry.report:
                count = len(run.rows)
                for number in range(count):
                    run.rows.kept["val_acc"][number] = 1 - (10 if number == count - 1 else 10 + images) / 180
        said = [warning for warning in warnings_of(results, problem, rows) if warning.guard == "falling"]
        assert all(one.text.startswith("its curve still falls at the end of the budget (0.06") for one in said)
        found = {warning.solver for warning in said}
        assert bool(found) == warned


def test_budgets_are_quoted_at_the_number_of_trials(swept: Path) -> None:
    assert [budgets(trials) for trials in (1, 4, 5, 10, 20, 50)] == [
        [1], [1, 4], [1, 5], [1, 5, 10], [1, 5, 20], [1, 5, 20, 50],
    ]  # fmt: skip
    results = bench.Results(swept)
    assert "tuned with 1/4" in results.table()
    rows = json.loads(table(results, "json"))["tiny"]["rows"]
    assert all(list(row["budget"]) == ["1", "4"] for row in rows)


def test_the_headline_names_solvers_with_fewer_trials(two: Path, tiny: Path, tmp_path: Path) -> None:
    assert "2 trials each, Halton" in bench.Results(two).table()
    results = bench.run(
        tiny, ["lbfgs"], budget="quick", trials=6, seeds=1, out=tmp_path, backend="sequential", progress=False
    )
    assert "1 seed, paired   6 trials each (lbfgs 5), Halton" in results.table()


def test_problems_of_a_convex_kind_need_their_training_loss(tmp_path: Path) -> None:
    path = tmp_path / "convex.toml"
    for change, message in (
        (("train_rows = 0", "train_rows = 100"), "needs the whole training loss: write training.train_rows = 0"),
        (("optimum = 0.5", ""), r"write optimum = 0\.0, and 'layergraph bench target FILE\.toml' puts the true one"),
        (('name = "convex"', 'name = "../up"'), r"problem\.name is '\.\./up'; expected letters, digits"),
    ):
        path.write_text(SUBOPTIMAL.replace(*change), encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            load_problem(path)


def test_plots_by_comma_and_folders_that_are_made(two: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "new" / "figs"
    words = ["bench", "plot", str(two), "--problem", "tiny", "--plot", "ecdf,pairs", "budget", "--out", str(out)]
    assert main([*words, "--quiet"]) == 0
    assert {path.name for path in out.iterdir()} == {f"tiny-{name}.svg" for name in ("ecdf", "pairs", "budget")}
    page = tmp_path / "other" / "report.html"
    assert main(["bench", "report", str(two), "--plot", "pairs", "--out", str(page), "--quiet"]) == 0
    assert page.read_text().count("<svg ") == 2
    for command, name in (("table", "t.md"), ("export", "x.csv")):
        assert main(["bench", command, str(two), "--out", str(tmp_path / command / name), "--quiet"]) == 0
        assert (tmp_path / command / name).exists()
