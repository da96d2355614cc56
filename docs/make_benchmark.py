"""Makes docs/benchmark from the result files in bench/results: per sweep a table, the plots and the report."""

from pathlib import Path

from bench import Results
from bench.figures import draw
from bench.tables import table

ROOT = Path(__file__).parent.parent
RESULTS, PAGES = ROOT / "bench" / "results", ROOT / "docs" / "benchmark"


def main() -> None:
    """One folder of pages for each folder of results."""
    for folder in sorted(path.parent for path in RESULTS.glob("*/manifest.json")):
        make(folder.name)


def make(name: str) -> None:
    """Table, plots and report of one sweep."""
    results, out = Results(RESULTS / name), PAGES / name
    out.mkdir(parents=True, exist_ok=True)
    (out / "table.md").write_text(f"# Table: {name}\n\n{table(results, 'md')}\n", encoding="utf-8")
    draw(results, None, out, ".png")
    results.report(out / "report.html")
    print(f"wrote {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
