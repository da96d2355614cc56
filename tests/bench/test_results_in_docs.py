"""The pages of docs/benchmark are what the result files in results/bench give, and the files are small."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

import bench
from bench.solvers.presenting.tables import table
from tests.bench.older import as_files

ROOT = Path(__file__).parents[2]
RESULTS, PAGES = ROOT / "results" / "bench", ROOT / "docs" / "benchmark"
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


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_benchmark", ROOT / "tools" / "make_benchmark.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "tools"))
    return module


def test_the_page_says_what_the_results_say() -> None:
    sweeps = {name: bench.Results(RESULTS / name) for name in FOLDERS}
    text = (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8")
    assert script().summary(sweeps) in text, "docs/benchmark.md is out of date: run `make bench-docs`"


def test_the_command_fills_the_page_and_leaves_out_what_has_only_begun(
    swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    make = script()
    plots, draw = list(make.PICTURES), make.draw  # the other plots and the report have tests of their own
    monkeypatch.setattr(make, "draw", lambda results, _, out, ending: draw(results, plots, out, ending))
    monkeypatch.setattr(make.Results, "report", lambda results, out: out.write_text("the report", encoding="utf-8"))
    results = tmp_path / "results" / "bench"
    shutil.copytree(swept, results / "whole")
    as_files(swept, results / "partly")
    for path in (results / "partly").rglob("sgd/report-0[345]-*.jsonl"):
        path.unlink()
    (results / "begun").mkdir()
    shutil.copy(swept / "manifest.json", results / "begun")
    page = tmp_path / "docs" / "benchmark.md"
    page.parent.mkdir()
    page.write_text(f"before\n{make.BEGIN}\nold\n{make.END}\nafter\n", encoding="utf-8")
    make.main(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert text.count("### tiny") == 2
    assert text.count("**Preliminary: 3 planned runs are still missing.**") == 1
    assert "`mnist-mlp100-drop`: MNIST, one hidden layer of 100 relu units, dropout. Target 0.027" in text
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == 6
    assert all((page.parent / link).exists() for link in links)
    assert not (page.parent / "benchmark" / "begun").exists()
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="lacks the marks"):
        make.main(tmp_path)


def test_the_page_links_to_what_is_there() -> None:
    text = (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_results_are_small_enough_to_keep() -> None:
    assert sum(path.stat().st_size for path in RESULTS.rglob("*") if path.is_file()) < 6e6
