"""Reports as JSON: findings whole, tensors as summaries."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..findings import Outcome


def summary(report: Outcome) -> dict[str, Any]:
    """One report as plain data."""
    return {
        "label": report.label,
        "verdict": report.verdict,
        "ok": report.ok,
        "findings": [vars(f) for f in report.findings],
        "tensors": {
            name: {
                "shape": list(t.numeric.shape),
                "n_bad": t.n_bad,
                "checked": t.checked,
                "rel_error": t.rel_error,
                "excess": t.excess,
                "largest_bound": float(np.max(t.bound, initial=0)),
                "kinks": int(t.kink_mask.sum()),
                "worst": {"index": list(t.worst[0]), "analytic": t.worst[1], "numeric": t.worst[2]},
                "method": t.method,
                "h": t.h,
            }
            for name, t in report.tensors.items()
        },
        "nfev": report.nfev,
        "seconds": report.seconds,
        "seed": report.seed,
        "place": report.place,
        "unchecked": report.unchecked,
        "notes": report.notes,
    }


def plain(value: Any) -> Any:
    """Arrays, NumPy numbers and NaN as JSON knows them (null for what is not finite)."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def render(reports: Sequence[Outcome]) -> str:
    """A JSON object for one report, a list for several."""
    data = [plain(summary(r)) for r in reports]
    return json.dumps(data[0] if len(data) == 1 else data, indent=2, allow_nan=False)
