"""Small errors: a lost digit of precision (float32 on the way), a forgotten eps, and what else is smooth and tiny."""

from collections.abc import Sequence

import numpy as np

from base.arrays import Array

from ..view import Explanation, View

SMALL = 2e-3
FLOAT32 = 3e-6


def explain(views: Sequence[View]) -> Explanation | None:
    """SMALL_ERROR where |r| <= 2e-3 of the gradient throughout; DTYPE where it looks like single precision."""
    shares = [_share(v) for v in views]
    if not 0 < max(shares) <= SMALL:
        return None
    evidence, wrong = {"relative_size": max(shares)}, f"wrong by {max(shares):.1e} of the gradient"
    if max(shares) < FLOAT32 and all(_rough(v) for v in views):
        return Explanation("DTYPE", f"{wrong}, unevenly: a float32 intermediate lost precision", evidence)
    told = "far above the error of the numeric derivative: an eps forgotten in one place, a rounded constant?"
    return Explanation("SMALL_ERROR", f"{wrong}, {told}", evidence)


def _share(v: View) -> float:
    return float(np.max(np.abs(v.r[~v.kink]), initial=0)) / float(np.max(np.abs(v.g), initial=1e-300))


def _rough(v: View) -> bool:
    """Whether the gradient has the grain of float32: its error varies, and tiny changes of the input leave it."""
    wrong = v.off
    ratio = v.r[wrong] / np.where(v.g[wrong] == 0, 1, v.g[wrong])
    if not ratio.size or np.std(ratio) < 0.3 * np.mean(np.abs(ratio)):
        return False
    return np.array_equal(v.a, v.a.astype(np.float32)) or _grainy(v, wrong, True) or _grainy(v, wrong, False)


def _grainy(v: View, wrong: Array, move_inputs: bool) -> bool:
    """Many wrong elements stay exactly as they are, or jump by 1e-8, when all inputs (or dout) change by 1e-10."""
    subject, run = v.subject, v.run
    rng = np.random.default_rng(4)

    def moved(t: Array) -> Array:
        return np.asarray(t * (1 + 1e-10 * rng.standard_normal(t.shape)))

    values = {n: moved(t) if move_inputs and n in run.numeric else t for n, t in run.values.items()}
    douts = run.douts if move_inputs or subject.kind != "layer" else [moved(d) for d in run.douts]
    if douts is run.douts and not move_inputs:
        return False
    grad = subject.run(values, douts)[1][v.name]
    if not isinstance(grad, np.ndarray) or grad.shape != v.a.shape:
        return False
    change = np.abs(grad - v.a)[wrong] / np.maximum(np.abs(v.a[wrong]), 1e-300)
    return bool(np.mean((change == 0) | (change > 1e-8)) > 0.3)
