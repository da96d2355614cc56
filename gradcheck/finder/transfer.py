"""A Report as plain JSON values and back: how a process that checks hands it to the one that shows it."""

import base64
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from base.arrays import Array

from ..findings import Finding, TensorResult
from ..report.json_report import plain
from ..report.report import Report

_PLAIN = ("label", "nfev", "seconds", "seed", "inconclusive", "compared", "notes", "source_text", "source_start",
          "place", "unchecked")  # fmt: skip
_KINDS = "fiub"


def packed(report: Report, sweeps: bool = False) -> dict[str, Any]:
    """The report without its functions; `sweeps` computes what a page draws of the wrong tensors."""
    tensors = {name: {f.name: _pack(getattr(one, f.name)) for f in fields(one)} for name, one in report.tensors.items()}
    drawn = {name: report.sweep(name) for name, one in report.tensors.items() if sweeps and one.n_bad}
    values = {name: getattr(report, name) for name in _PLAIN}
    findings = [vars(finding) for finding in report.findings]
    known: dict[str, Any] = plain({**values, "findings": findings, "tensors": tensors, "sweeps": drawn})
    return known


def unpacked(values: Mapping[str, Any]) -> Report:
    """The report of what `packed` gave."""
    report = Report(**{name: values[name] for name in _PLAIN})
    report.findings = [Finding(**one) for one in values["findings"]]
    report.tensors = {
        name: TensorResult(**{key: _unpack(key, v) for key, v in one.items()})
        for name, one in values["tensors"].items()
    }
    sweeps = {name: [(_number(h), _number(a), _number(b)) for h, a, b in one] for name, one in values["sweeps"].items()}
    report.sweep = lambda name: sweeps.get(name, [])
    return report


def _pack(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    value = value if value.dtype.kind in _KINDS else np.asarray(value, dtype=np.float64)
    return {"shape": value.shape, "dtype": value.dtype.str, "data": base64.b64encode(value.tobytes()).decode()}


def _unpack(key: str, value: Any) -> Any:
    """An array, a number (null stands for one that is not finite), or a text."""
    if value is None and key in ("excess", "h"):
        return _number(value)
    return _array(value) if isinstance(value, dict) else value


def _array(value: Mapping[str, Any]) -> Array:
    dtype = np.dtype(value["dtype"])
    if dtype.kind not in _KINDS:
        raise ValueError(f"an array of dtype {dtype} came from the process that checks; expected numbers")
    flat = np.frombuffer(base64.b64decode(value["data"]), dtype)
    return flat.reshape([int(n) for n in value["shape"]]).copy()


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
