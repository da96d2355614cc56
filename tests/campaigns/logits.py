"""Campaign: losses of scores up to the largest finite value, in float16, float32, float64, against exact references.

`--amount` cases a dtype: a loss, a batch of 1, 2 or 7, up to 10 classes, and scores of one kind (subnormal, normal, any
power up to the largest, +-largest, all equal, classes ruled out by -inf). With every floating-point warning raised but
underflow, loss and gradient must be within the bound of `wrong_with`; infinite where the true loss exceeds the largest.
Run: python tests/campaigns/logits.py [--amount 5000]
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from campaign import Campaign, Row, parser

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "layers"))

import exact
import numpy as np

import layers

TYPES = (np.float16, np.float32, np.float64)
LOSSES = ("labels", "one_hot", "soft", "svm", "logistic", "squared")
KINDS = ("subnormal", "normal", "power", "largest", "equal", "masked")


@dataclass
class Case:
    """One call: the loss by name, scores, targets."""

    loss: str
    kind: str
    x: np.ndarray
    y: np.ndarray


@dataclass
class Counts:
    """Of one dtype: what was wrong, the worst errors as shares of their bounds, the plain softmax beside."""

    wrong: list[str] = field(default_factory=list)
    worst_loss: float = 0.0
    worst_gradient: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)


def scores(rng: np.random.Generator, kind: str, shape: tuple[int, int], dtype: Any) -> np.ndarray:
    """Scores of one kind."""
    info, normal = np.finfo(dtype), rng.standard_normal(shape)
    if kind == "subnormal":
        return (rng.integers(-9, 10, shape) * float(info.smallest_subnormal)).astype(dtype)
    if kind == "power":
        size = 2.0 ** rng.uniform(info.minexp, info.maxexp - 2)
        return (np.clip(normal, -3, 3) * size).astype(dtype)
    if kind == "largest":
        return rng.choice([-1, -1, 1, 1, 0.5, -0.5, 0], shape).astype(dtype) * info.max
    if kind == "equal":
        return np.full(shape, rng.choice([-1, 1, 0.25, 0]) * info.max, dtype)
    x = (rng.choice([1, 10, 100]) * normal).astype(dtype)
    if kind == "masked":
        x[:, 1:][rng.random((shape[0], shape[1] - 1)) < 0.4] = -np.inf
    return x


def draw(rng: np.random.Generator, dtype: Any) -> Case:
    """A case; ruled-out classes come with softmax alone, and never hold the label."""
    loss, kind = str(rng.choice(LOSSES)), str(rng.choice(KINDS))
    if kind == "masked" and loss not in ("labels", "one_hot"):
        kind = "normal"
    n, classes = int(rng.choice([1, 2, 7])), int(rng.integers(2, 11))
    x = scores(rng, kind, (n, classes), dtype)
    labels = rng.integers(classes, size=n) * (kind != "masked")
    targets = {
        "one_hot": lambda: layers.one_hot(labels, classes, dtype),
        "soft": lambda: (rng.integers(0, 5, (n, classes)) / 4).astype(dtype),  # exact, and not summing to 1
        "logistic": lambda: rng.integers(2, size=(n, classes)).astype(dtype),
        "squared": lambda: (rng.integers(-4, 5, (n, classes)) / 4).astype(dtype),
    }
    return Case(loss, kind, x, targets.get(loss, lambda: labels)())


def ours(case: Case) -> tuple[np.floating, np.ndarray]:
    """Loss and gradient by the layers, any warning but of underflow being an error."""
    function = {"svm": layers.svm_loss, "logistic": layers.logistic_loss, "squared": layers.squared_loss}
    with np.errstate(all="raise", under="ignore"):
        return function.get(case.loss, layers.softmax_loss)(case.x, case.y)


def reference(case: Case) -> tuple[float, np.ndarray]:
    """The exact loss and gradient, rounded once."""
    x, y = case.x.astype(float), case.y
    if case.loss == "labels":
        return exact.softmax_loss(x, y)
    if case.loss == "svm":
        return exact.svm_loss(x, y, 1.0)
    function = {"logistic": exact.logistic_loss, "squared": exact.squared_loss}.get(case.loss, exact.soft_target_loss)
    return function(x, y.astype(float))


def scale_of_rounding(case: Case) -> float:
    """What the digits of the loss can be lost against: the terms that cancel in it."""
    finite = np.abs(case.x[np.isfinite(case.x)].astype(float))
    if case.loss in ("one_hot", "soft", "logistic"):
        return 1.0 + (0.0 if case.loss == "one_hot" else float(np.log(case.x.shape[1])))
    return float(np.max(finite)) + 1 if case.loss in ("svm", "squared") else 0.0


def wrong_with(case: Case, found: tuple[np.floating, np.ndarray], counts: Counts) -> str:
    """ "" where loss and gradient are right.

    Loss: 4 units of the last place, for a sure example |log loss| more (the rounding of its argument), or 4 of what
    cancels within it. Gradient: so many units of the greatest of its row; each row sums to 0 as well as that.
    """
    (loss, dx), (wanted, dwanted) = found, reference(case)
    info = np.finfo(case.x.dtype)
    eps, largest = float(info.eps), float(info.max)
    if loss.dtype != case.x.dtype or dx.dtype != case.x.dtype:
        return f"dtype {loss.dtype}, {dx.dtype}"
    if wanted > largest * (1 - 8 * eps) and (np.isposinf(loss) or loss > largest * (1 - 16 * eps)):
        counts.seen["beyond the largest"] += 1
    else:
        log = abs(float(np.log(max(wanted, float(info.smallest_normal))))) if 0 < wanted < 1 else 0.0
        error = abs(float(loss) - wanted)
        tiny = 8 * float(info.smallest_normal)
        bound = (4 + log) * eps * wanted + 4 * eps * scale_of_rounding(case) + tiny
        if not error <= bound:
            return f"loss {loss!r}, exact {wanted!r}"
        counts.worst_loss = max(counts.worst_loss, error / bound)
        counts.seen["losses within 4 units"] += error <= 4 * eps * wanted + tiny
        counts.seen["losses compared"] += 1
    return _gradient_wrong(case, dx, dwanted, eps, counts)


def _gradient_wrong(case: Case, dx: np.ndarray, wanted: np.ndarray, eps: float, counts: Counts) -> str:
    n, tiny = len(dx), 8 * float(np.finfo(dx.dtype).smallest_normal)
    beyond = np.abs(wanted) > float(np.finfo(dx.dtype).max)
    error = np.where(beyond, 0, np.abs(np.where(beyond, 0, dx.astype(float)) - np.where(beyond, 0, wanted)))
    row = np.max(np.abs(wanted), axis=1, keepdims=True)
    size = np.maximum(row, 1 / n) if case.loss in ("one_hot", "soft", "logistic") else row
    if case.loss == "svm":  # at a hinge within its rounding of 0 both sides of the kink are right
        x = case.x.astype(float)
        with np.errstate(over="ignore"):
            hinge = x - x[np.arange(n), case.y][:, None] + 1
        hinge[np.arange(n), case.y] = np.inf
        close = np.any(np.abs(hinge) <= 4 * eps * (np.abs(x) + 1), axis=1)
        error[close] = 0
    log = np.abs(np.log(np.clip(size, np.finfo(dx.dtype).smallest_normal, 1)))  # of sure examples, as in their loss
    bound = (4 + log) * eps * size + tiny
    if not np.all(error <= bound):
        return f"gradient {dx.tolist()}, exact {wanted.tolist()}"
    counts.worst_gradient = max(counts.worst_gradient, float(np.max(error / bound)))
    if case.loss in ("labels", "one_hot", "svm") and np.any(
        np.abs(dx.sum(axis=1, dtype=float)) > dx.shape[1] * eps * np.maximum(row[:, 0], 1 / n)
    ):
        return f"rows of the gradient sum to {dx.sum(axis=1, dtype=float).tolist()}"
    return ""


def plain_is_finite(x: np.ndarray) -> bool:
    """Whether exp(x) / sum exp(x) as written is finite."""
    with np.errstate(all="ignore"):
        e = np.exp(x)
        return bool(np.isfinite(e / e.sum(axis=1, keepdims=True)).all())


def run(dtype: Any, amount: int, seed: int) -> Counts:
    """All cases of one dtype."""
    counts = Counts()
    for number in range(amount):
        case = draw(np.random.default_rng([seed, number, np.dtype(dtype).itemsize]), dtype)
        counts.seen[case.kind] += 1
        counts.seen["plain softmax is not finite"] += not plain_is_finite(case.x)
        try:
            wrong = wrong_with(case, ours(case), counts)
        except FloatingPointError as warning:
            wrong = str(warning)
        if wrong:
            name = np.dtype(dtype).name
            counts.wrong.append(f"{name} case {number}: {case.loss} of {case.kind} scores: {wrong}")
    return counts


def main() -> int:
    """Run it."""
    campaign = Campaign("logits", parser(__doc__, 5000, "cases of each dtype").parse_args())
    rows, found = [], {}
    for dtype in TYPES:
        name, counts = np.dtype(dtype).name, run(dtype, campaign.args.amount, campaign.args.seed)
        print(*counts.wrong[:20], sep="\n", end="\n" if counts.wrong else "", file=sys.stderr)
        seen = counts.seen
        found[name] = {
            "wrong": len(counts.wrong), "worst_loss": counts.worst_loss, "worst_gradient": counts.worst_gradient, **seen
        }  # fmt: skip
        near = 100 * seen["losses within 4 units"] / max(seen["losses compared"], 1)
        result = (
            f"{len(counts.wrong)} wrong or with a warning; worst error {counts.worst_loss:.2f} of the bound in the loss"
            f", {counts.worst_gradient:.2f} in the gradient; {near:.1f} % of the losses within 4 units of the last"
            f" place; {seen['beyond the largest']:,} truly beyond the largest value; exp(x)/sum(exp(x)) as written is"
            f" not finite in {seen['plain softmax is not finite']:,}"
        )
        what = f"losses of {name} scores up to ±{np.finfo(dtype).max:.4g}, against exact references"
        promise = "0 wrong, 0 warnings: within 4 units of the last place, and of sure examples |log loss| units more"
        rows.append(Row(what, campaign.args.amount, "cases", result, promise, not counts.wrong))
    wrong = sum(one["wrong"] for one in found.values())
    line = f"{3 * campaign.args.amount} cases, {wrong} wrong"
    return campaign.finish(line, rows, {"dtypes": found})


if __name__ == "__main__":
    sys.exit(main())
