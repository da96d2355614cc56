"""A report as text."""

from typing import Any


def render(report: Any, width: int | None = None, colour: bool = False) -> str:
    lines = [f"{report.verdict.upper()}  {report.label}  nfev {report.nfev} {report.seconds*1e3:.1f} ms"]
    for f in report.findings:
        lines.append(f"  {f.severity} {f.code} {f.where}: {f.message} [{f.source}]")
    for n, t in report.tensors.items():
        lines.append(f"  {n}: {t.n_bad}/{t.numeric.size} wrong, excess {t.excess:.2g} rel_error {t.rel_error:.2g}")
    return "\n".join(lines + report.notes)


def render_suite(reports: Any) -> str:
    return "\n".join(f"{r.verdict:5} {r.label:30} {r.nfev:5d} {r.seconds*1e3:7.1f} ms " + ",".join(f.code for f in r.findings) for r in reports)
