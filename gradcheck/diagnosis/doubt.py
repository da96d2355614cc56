"""Why the numeric derivative could not judge, and what to do about it: the words of the third verdict."""

from collections.abc import Sequence

import numpy as np

from ..numeric.noise import noise
from ..probe_run import ProbeRun
from ..subject.subject import Subject

SINGLE = 1e-10  # noise relative to the output: float64 arithmetic stays far below, float32 far above


def reasons(subject: Subject, runs: Sequence[ProbeRun]) -> list[str]:
    """One sentence a tensor that has elements beyond the numeric derivative, and one on the cause."""
    told: dict[str, str] = {}
    cause = ""
    for run in runs:
        for name, j in run.judged.items():
            if not j.inconclusive.any() or name in told:
                continue
            d = run.numeric[name]
            size = float(np.nanmax(np.abs(d.value), initial=1e-300))
            bound = float(np.max(d.bound[j.inconclusive]))
            share = f"{bound / size:.0e} of the largest" if np.isfinite(bound) else "unbounded"
            count = f"{int(j.inconclusive.sum())} of {j.inconclusive.size}"
            told[name] = f"{name}: {count} elements could not be judged: the numeric derivative's own error is {share}"
            cause = cause or _cause(subject, run)
    return [*told.values(), cause] if told else []


def _cause(subject: Subject, run: ProbeRun) -> str:
    base = np.concatenate([np.asarray(o, dtype=np.float64).ravel() for o in run.outs])
    largest = float(np.max(np.abs(base), initial=0.0))
    rough = noise(subject.evaluate, run.values, list(run.numeric), base)
    if largest and float(np.max(rough)) > SINGLE * largest:
        what = "the loss" if subject.kind != "layer" else "the output"
        return (
            f"why: {what} carries rounding of {float(np.max(rough)) / largest:.0e} of its size, as a float32 "
            "intermediate leaves it. Compute in float64 for the check (x.astype(float), no float32 constants or "
            "buffers) and run it again"
        )
    if subject.kind != "layer" and largest < 1e-6:
        return (
            f"why: the loss is {largest:.1e} here, and its differences drown in rounding. Check on examples that are "
            "not yet learned, or with the weights of an earlier epoch"
        )
    return (
        "why: kinks or ties lie within the step, or rounding outweighs the differences. Check with other inputs or "
        "another seed"
    )
