"""The report in a real browser: no console errors, nothing fetched, tables that sort, a print that fits."""

import math
import re
from pathlib import Path

import pytest

import bench
from bench.solvers.planning.problem import load_problem
from bench.solvers.presenting.finding import finding
from bench.solvers.presenting.page import make_page
from bench.solvers.presenting.protocol import commands
from bench.solvers.reading.summary import Row, summarise
from bench.solvers.statistics import Interval
from tests.browser import load, print_pdf

pytest.importorskip("matplotlib")


def clicked(report: Path, column: int, clicks: int, folder: Path) -> str:
    """The DOM after so many clicks on the head of a column."""
    copy = folder / f"clicked{clicks}.html"
    click = f'document.querySelectorAll("thead button")[{column}].click();'
    copy.write_text(report.read_text().replace("</body>", f"<script>{click * clicks}</script></body>"))
    return load(copy, folder / f"profile{clicks}").dom


@pytest.fixture(scope="module")
def report(swept: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bench.Results(swept).report(tmp_path_factory.mktemp("report") / "report.html")


def first_column(dom: str) -> list[str]:
    body = dom[dom.index("<tbody>") : dom.index("</tbody>")]
    return re.findall(r'<tr><td data-v="([^"]+)">', body)


def test_the_page_loads_without_a_word_on_the_console(report: Path, tmp_path: Path) -> None:
    page = load(report, tmp_path / "profile")
    assert page.console == []
    assert "<h1>Solvers on tiny</h1>" in page.dom
    assert page.dom.count("<svg") == 10


def test_the_console_would_be_heard(report: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text(
        report.read_text().replace("</body>", '<script>nonsense()</script><img src="http://x.test/y.png"></body>')
    )
    console = "\n".join(load(broken, tmp_path / "profile").console)
    assert "nonsense is not defined" in console


def test_the_table_sorts_both_ways(report: Path, tmp_path: Path) -> None:
    for clicks, reverse in ((1, False), (2, True)):
        order = first_column(clicked(report, 0, clicks, tmp_path))
        assert order == sorted(order, reverse=reverse)
        assert len(order) == 4


def test_numbers_sort_as_numbers_and_never_comes_last(report: Path, tmp_path: Path) -> None:
    dom = clicked(report, 2, 1, tmp_path)
    body = dom[dom.index("<tbody>") : dom.index("</tbody>")]
    keys = [float(re.findall(r'data-v="([^"]+)"', row)[2]) for row in body.split("</tr>") if "<td" in row]
    assert keys == sorted(keys)
    assert keys[-1] == float("inf")


def test_it_prints_on_a_few_pages(report: Path, tmp_path: Path) -> None:
    pdf = print_pdf(report, tmp_path / "profile", tmp_path / "report.pdf")
    assert pdf.startswith(b"%PDF")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) <= 12


def test_the_page_is_self_contained_and_repeats(report: Path, swept: Path, tmp_path: Path) -> None:
    text = report.read_text()
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', text)
    assert "@import" not in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert bench.Results(swept).report(tmp_path / "again.html").read_bytes() == report.read_bytes()
    assert len(text) < 1_500_000


def test_the_page_says_what_was_done(report: Path) -> None:
    text = report.read_text()
    command = "layergraph bench run tiny.toml --solvers sgd,momentum,adam,lbfgs --trials 4"
    said = ("one hidden layer of 8 relu units", "gets 4 trials", "6 fresh seeds", "Batches of 64", "in 0.001 to 10")
    for words in (*said, command):
        assert words in text, words


def row(solver: str, low: float, median: float, high: float, seeds: int = 6) -> Row:
    span = Interval(median, low, high, 0.97)
    return Row(solver, {}, span, span, 6, seeds, span, span, None, float("nan"), {}, (0, 0))


def test_the_finding_claims_no_more_than_the_intervals() -> None:
    rows = [row("adam", 100, 120, 150), row("sgd", 140, 200, 300), row("lion", 160, 210, 300)]
    rows = [rows[0], rows[1]._replace(apart=0.06), rows[2]._replace(apart=0.05)]
    assert finding(rows) == (
        "For this one tuning draw adam came first: median 120 [100, 150] steps to the target; not distinguishable from"
        " it: sgd. Who comes first when all are tuned again it does not say."
    )
    assert "every other solver differs from it (p <= 0.05" in finding([rows[0], rows[2]])
    several = [one._replace(studies=8, planned=8) for one in rows]
    assert finding(several) == (
        "Not distinguishable over 8 studies: adam, sgd. adam has the least median 120 [100, 150] steps to the target."
    )
    assert finding([several[0], several[2]]).startswith("adam is the fastest of 8 studies: median 120 [100, 150] steps")
    assert "lion" in finding([several[0], several[2]._replace(apart=math.nan)])  # what cannot be compared is not behind
    assert finding([one._replace(studies=5, planned=5) for one in rows]) == "Too few studies for a ranking."
    assert finding([]) == "No reporting run has finished yet."
    assert finding([row("adam", 1, 2, 3, seeds=5)]) == "Too few seeds for a ranking."
    assert finding([rows[0]._replace(hits=0)]).startswith("No solver met the target")
    late = [row("adam", 100, math.inf, math.inf)._replace(hits=2), row("sgd", 90, math.inf, math.inf)._replace(hits=3)]
    assert finding(late) == "No solver met the target on more than half of the seeds; most often sgd: 3 of 6."


def test_the_finding_where_only_the_later_rows_met_the_target() -> None:
    """The order among misses is that of the final measure: who is first there need not have met the target at all."""
    rows = [row("adam", 100, math.inf, math.inf)._replace(hits=0), row("sgd", 90, math.inf, math.inf)._replace(hits=2)]
    assert finding(rows) == "No solver met the target on more than half of the seeds; most often sgd: 2 of 6."


def test_the_finding_of_studies_whose_median_is_a_miss() -> None:
    """Three studies with 10 of 10, three with 5 of 10: the median is a miss, and 45 of 60 seeds met the target."""
    late = row("adam", 100, math.inf, math.inf, seeds=60)._replace(hits=45, studies=6, planned=6)
    fewer = row("sgd", 100, math.inf, math.inf, seeds=30)._replace(hits=24, studies=6, planned=6)  # larger share
    assert finding([late, fewer]) == (
        "No solver met the target by its median in more than half of the studies; most often sgd: 24 of 30."
    )


def test_the_finding_of_one_solver_compares_it_with_nobody() -> None:
    alone = row("adam", 100, 120, 150)
    end = "There are no runs of another solver to compare it with."
    assert finding([alone]) == f"adam: median 120 [100, 150] steps to the target. {end}"
    assert finding([alone._replace(studies=8, planned=8)]) == (
        f"adam: median 120 [100, 150] steps to the target of 8 studies. {end}"
    )


def test_what_comes_along_is_named_and_what_does_not_is_a_file(swept: Path) -> None:
    manifest = bench.Results(swept).manifest
    lines = commands(manifest)
    assert lines[0] == "# tiny.toml: of the author's own; what they hold is in runs/bench/manifest.json"
    known = manifest._replace(problems=(load_problem("digits-mlp32"),))
    assert commands(known)[0].startswith("layergraph bench run digits-mlp32 --solvers sgd,momentum,adam,lbfgs ")
    narrow = manifest.spaces[0]._replace(trials=3)
    assert "--solvers sgd.toml,momentum" in commands(known._replace(spaces=(narrow, *manifest.spaces[1:])))[1]


def test_a_page_with_some_plots_and_another_metric(swept: Path) -> None:
    page = make_page(bench.Results(swept, metric="examples"), plots=["time_to_target", "profile"])
    assert page.count("<svg ") == 2
    assert "<figcaption>Examples to the target." in page
    assert "<figcaption>Steps" not in page


def test_rows_stand_from_fast_to_slow(swept: Path) -> None:
    results = bench.Results(swept)
    rows = summarise(results, results.problems[0])
    assert [r.steps.median for r in rows] == sorted(r.steps.median for r in rows)
