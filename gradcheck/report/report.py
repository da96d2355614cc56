"""What a check returns: Report, the findings with the ways to show them, and Suite, the reports of many checks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

from ..findings import Outcome
from . import annotations, fragment, html, json_report, junit, text


class Shown:
    """The ways to show reports that one report and several have in common."""

    def _reports(self) -> Sequence[Outcome]:
        raise NotImplementedError

    def to_json(self) -> str:
        """A report as one JSON object, several as a list; arrays are left out, their summaries kept."""
        return json_report.render(self._reports())

    @overload
    def to_html(self, path: None = None) -> str: ...
    @overload
    def to_html(self, path: str | Path) -> Path: ...
    def to_html(self, path: str | Path | None = None) -> str | Path:
        """One self-contained HTML page of all of it: its text, or written to `path`, which is returned."""
        return html.page(self._reports()) if path is None else html.write(self._reports(), path)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return fragment.fragment(self._reports())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython in a terminal shows."""
        printer.text(str(self))


class Report(Shown, Outcome):
    """The outcome of one check. `assert report.ok, report` prints the report when it fails."""

    def _reports(self) -> Sequence[Outcome]:
        return [self]

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        codes = ", ".join(f.code for f in self.findings)
        return f"<Report {self.label}: {self.verdict}{' ' + codes if codes else ''}>"

    _repr_pretty_ = Shown._repr_pretty_  # IPython takes what stands in the class that has a __repr__, were it inherited

    def to_text(self, width: int | None = None, colour: bool = False) -> str:
        """The report as text, wrapped to `width` columns (default: the terminal's, at most 110)."""
        return text.render(self, width=width, colour=colour)


class Suite(Shown, list[Report]):
    """The reports of a suite, in order; `ok` when all of them are. `seconds`: of all together, by default their sum."""

    def __init__(self, reports: Sequence[Report], seconds: float | None = None):
        super().__init__(reports)
        self.seconds = sum(r.seconds for r in reports) if seconds is None else seconds

    def _reports(self) -> Sequence[Outcome]:
        return self

    @property
    def ok(self) -> bool:
        """True when there are reports, and every one is ok."""
        return bool(self) and all(r.ok for r in self)

    @property
    def verdict(self) -> str:
        """'fail' if any fails, else 'inconclusive' if any is or there is none, else 'pass'."""
        seen = {r.verdict for r in self} or {"inconclusive"}
        return next((v for v in ("fail", "inconclusive") if v in seen), "pass")

    def __str__(self) -> str:
        return text.render_suite(self, self.seconds)

    def to_junit(self) -> str:
        """All reports as a JUnit file (XML)."""
        return junit.junit(self)

    def to_github(self) -> str:
        """The findings as GitHub's workflow commands, a line each."""
        return annotations.github(self)

    def to_sarif(self) -> str:
        """The findings as SARIF 2.1.0."""
        return annotations.sarif(self)
