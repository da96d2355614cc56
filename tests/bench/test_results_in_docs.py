"""The pages of docs/benchmark are what the result files in bench/results give, and the files are small."""

import re
from pathlib import Path

import pytest

import bench
from bench.tables import table

ROOT = Path(__file__).parents[2]
RESULTS, PAGES = ROOT / "bench" / "results", ROOT / "docs" / "benchmark"
FOLDERS = sorted(path.parent.name for path in PAGES.glob("*/table.md"))


@pytest.mark.parametrize("name", FOLDERS)
def test_tables_are_current(name: str) -> None:
    written = (PAGES / name / "table.md").read_text(encoding="utf-8")
    assert table(bench.Results(RESULTS / name), "md") in written, "docs/benchmark is out of date: run `make bench-docs`"


@pytest.mark.parametrize("name", FOLDERS)
def test_reports_and_plots_are_there(name: str) -> None:
    results = bench.Results(RESULTS / name)
    assert (PAGES / name / "profile.png").exists()
    for problem in results.problems:
        assert (PAGES / name / f"{problem.name}-time_to_target.png").exists()
        assert problem.id in (PAGES / name / "report.html").read_text(encoding="utf-8")


def test_the_headline_has_its_standard_budget() -> None:
    results = bench.Results(RESULTS / "mnist")
    assert (results.manifest.trials, results.manifest.seeds) == (20, 10)
    wanted = {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "lbfgs"}
    assert wanted <= {entry.solver for entry in results.all if len(entry.report) == 10 and not entry.missing}


def test_the_page_links_to_what_is_there() -> None:
    text = (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_results_are_small_enough_to_keep() -> None:
    assert sum(path.stat().st_size for path in RESULTS.rglob("*") if path.is_file()) < 6e6
