"""Makes docs/benchmark from the result files in results/bench, and fills docs/benchmark.md between its two marks.

Per sweep a folder with table, plots and report; in the page per problem what came out, the table, the curves and the
times to the target; last, the problems without a sweep.
"""

import sys
from pathlib import Path

from marked_page import fill

from bench import Results
from bench.solvers.planning.problem import Problem, known_problems, load_problem
from bench.solvers.presenting.figures import draw
from bench.solvers.presenting.finding import finding
from bench.solvers.presenting.protocol import problem_words
from bench.solvers.presenting.tables import table
from bench.solvers.reading.summary import summarise

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- sweeps: begin (made by `make bench-docs`) -->", "<!-- sweeps: end -->"
_SECONDS = "no results are kept here, `make run` makes some"
PICTURES = {"time_to_target": "Steps to the target, one dot a seed", "curves": "Medians over seeds, with intervals"}


def main(root: Path = ROOT) -> None:
    """One folder of pages for each folder of results that holds a reporting run, and the page over all."""
    sweeps = {name: results for name, results in _sweeps(root / "results" / "bench").items() if reported(results)}
    for name, results in sweeps.items():
        make(name, results, root / "docs" / "benchmark" / name)
    page = root / "docs" / "benchmark.md"
    fill(page, BEGIN, END, summary(sweeps, root))
    print(f"filled {page.relative_to(root)}")


def _sweeps(folder: Path) -> dict[str, Results]:
    found = {}
    for path in sorted(path.parent for path in folder.glob("*/manifest.json")):
        try:
            found[path.name] = Results(path)
        except ValueError as error:  # a sweep that has only begun
            print(f"left out {path.name}: {error}", file=sys.stderr)
    return found


def reported(results: Results) -> list[Problem]:
    """The problems of a sweep that have reporting runs."""
    return [one for one in results.problems if any(entry.report for entry in results.entries(one))]


def make(name: str, results: Results, out: Path) -> None:
    """Table, plots and report of one sweep."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "table.md").write_text(f"# Table: {name}\n\n{table(results, 'md')}\n", encoding="utf-8")
    draw(results, None, out, ".png")
    results.report(out / "report.html")
    print(f"wrote docs/benchmark/{name}")


def summary(sweeps: dict[str, Results], root: Path = ROOT) -> str:
    """What stands between the marks."""
    parts = [section(name, results, problem) for name, results in sweeps.items() for problem in reported(results)]
    shown = {problem.name for results in sweeps.values() for problem in reported(results)}
    return "\n\n".join([*parts, _without(shown, root)])


def section(folder: str, results: Results, problem: Problem) -> str:
    """What came out on one problem: the finding, what was done, the table, two pictures, links to the rest."""
    manifest = results.manifest
    again = f", in {manifest.studies} independent studies" if manifest.studies > 1 else ""
    rows = summarise(results, problem)
    solvers = ", ".join(row.solver for row in rows)
    missing = sum(entry.missing for entry in results.entries(problem))
    preliminary = f"**Preliminary: {missing} planned runs are still missing.** " if missing else ""
    pictures = [f"![{text}](benchmark/{folder}/{problem.name}-{name}.png)" for name, text in PICTURES.items()]
    return "\n\n".join([
        f"### {problem.name}",
        f"{preliminary}**{finding(rows)}**",
        f"{problem.title}: {problem_words(problem)} Solvers: {solvers}; {manifest.trials} tuning trials each,"
        f" {manifest.tuning_seeds} seed{'s' * (manifest.tuning_seeds > 1)} per trial; {manifest.seeds} fresh"
        f" seeds{again}.",
        table(results, "md", problem=problem.name),
        *pictures,
        f"All plots and the protocol: [report](benchmark/{folder}/report.html); the files: `results/bench/{folder}`.",
    ])  # fmt: skip


def _without(shown: set[str], root: Path) -> str:
    """The problems that come along and have no table, each with its target and where that is from."""
    rest = [load_problem(name) for name in known_problems() if name not in shown]
    lines = [f"- `{one.name}`: {one.title}. {_target(one)}; {_instead(one, root)}." for one in rest]
    return "\n".join(["### Problems without a table", "", *lines]) if rest else ""


def _instead(problem: Problem, root: Path) -> str:
    if (root / "results" / "reversals" / f"{problem.name}.jsonl").exists():
        return "its studies are those of [reversals](reversals.md)"
    return _SECONDS if problem.data["name"] == "digits" else "**no sweep was run**"


def _target(problem: Problem) -> str:
    if not problem.has_target:
        return f"**Its target is not measured**: `layergraph bench target {problem.name}` does it where the data are"
    return f"Target {problem.target['value']:g} ({problem.target['source']})"


if __name__ == "__main__":
    main()
