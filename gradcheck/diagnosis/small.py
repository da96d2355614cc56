"""Small errors: a lost digit of precision (float32 on the way), a forgotten eps, and what else is smooth and tiny."""

from collections.abc import Sequence

import numpy as np

from .view import Explanation, View

SMALL = 2e-3
FLOAT32 = 3e-6


def explain(views: Sequence[View]) -> Explanation | None:
    """SMALL_ERROR where |r| <= 2e-3 of the gradient throughout; DTYPE where it looks like single precision."""
    shares = [_share(v) for v in views]
    if max(shares) > SMALL:
        return None
    evidence = {"relative_size": max(shares)}
    if max(shares) < FLOAT32 and all(_rough(v) for v in views):
        return Explanation("DTYPE", f"wrong by {max(shares):.1e} of the gradient, unevenly: a float32 intermediate lost precision", evidence)
    return Explanation(
        "SMALL_ERROR", f"wrong by {max(shares):.1e} of the gradient, far above the error of the numeric derivative: an eps "
        "forgotten in one place, a rounded constant?", evidence,
    )  # fmt: skip


def _share(v: View) -> float:
    return float(np.max(np.abs(v.r[~v.kink]), initial=0)) / max(float(np.max(np.abs(v.g), initial=0)), 1e-300)


def _rough(v: View) -> bool:
    """Whether the gradient has the rounding of float32: additivity in dout or smoothness in x fails at that level."""
    if np.array_equal(v.a, v.a.astype(np.float32)):
        return True
    subject, values = v.check.subject, v.scene.values
    rng = np.random.default_rng(4)
    gaps = []
    for _ in range(3):
        moved = {n: t * (1 + 1e-11 * rng.standard_normal(t.shape)) if n in v.scene.numeric else t for n, t in values.items()}
        douts = [d * (1 + 1e-11 * rng.standard_normal(d.shape)) for d in v.scene.douts] if subject.kind == "layer" else v.scene.douts
        grad = subject.run(moved, douts)[1][v.name]
        if not isinstance(grad, np.ndarray) or grad.shape != v.a.shape:
            return False
        gaps.append(float(np.max(np.abs(grad - v.a))))
    # A smooth gradient follows by 1e-11; a rounded one stays, or jumps by an ulp of float32.
    ulp = float(np.max(np.abs(v.a))) * 6e-8
    if max(gaps) > 0.1 * ulp:
        return True
    quantised = v.a.astype(np.float32).astype(np.float64)
    return min(gaps) == 0.0 or bool(np.mean(quantised == v.a) > 0.5)
