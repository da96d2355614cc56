"""The central difference at one element over many step sizes: where truncation ends and rounding begins.

For a right gradient the distance falls like h^2 and then rises like 1/h; for a wrong one it levels off.
"""

from typing import Any

import numpy as np

from ..subject.subject import Subject

STEPS = 10.0 ** np.arange(-0.5, -10.6, -0.5)


def step_sweep(subject: Subject, scene: Any, name: str) -> list[tuple[float, float, float]]:
    """(h, |D(h) - analytic|, |D(h) - numeric|) at the element where the two differ most."""
    d, a = scene.numeric[name], scene.analytic[name]
    if not isinstance(a, np.ndarray) or a.shape != d.value.shape or not d.value.size:
        return []
    k = int(np.argmax(np.nan_to_num(np.abs(a - d.value))))
    x = np.array(scene.values[name], dtype=np.float64)
    points = []
    with np.errstate(all="ignore"):
        for h in STEPS:
            ends = []
            for sign in (1, -1):
                moved = x.copy()
                moved.reshape(-1)[k] += sign * h
                ends.append(subject.evaluate({**scene.values, name: moved}))
            slope = float(np.sum((ends[0] - ends[1]) * scene.dout) / (2 * h))
            points.append((float(h), abs(slope - float(a.reshape(-1)[k])), abs(slope - float(d.value.reshape(-1)[k]))))
    return points
