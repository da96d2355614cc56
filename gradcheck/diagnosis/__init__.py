"""Names what is wrong: each file of this folder knows one family of faults."""

from typing import Any

from ..gradients import MISSING
from ..report import Finding


def diagnose(check: Any) -> list[Finding]:
    findings = []
    for scene in check.scenes[:]:
        for name in scene.bad():
            if name in scene.absent:
                code = "MISSING_GRAD" if scene.absent[name] is MISSING else "ZERO"
            elif name in scene.misshapen:
                code = "WRONG_SHAPE"
            else:
                code = "UNNAMED"
            findings.append(Finding(code, "error", name, f"wrong on probe {scene.probe.name}"))
        for name, j in scene.judged.items():
            if j.convention.any() and not j.bad.any():
                findings.append(Finding("KINK_CONVENTION", "warning", name, "differs at x == 0"))
    return findings
