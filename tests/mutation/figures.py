"""The figures of mutation testing in the form of the campaigns, from which the page on reliability is made."""

import argparse
import sys
from pathlib import Path

from by_hand import BY_HAND
from table import Judged, counted
from trees import HERE

sys.path.insert(0, str(HERE.parent / "campaigns"))

from campaign import Campaign, Row

PROMISED = 95  # percent of what can be killed


def figures(file: Path, amount: int, seed: int, found: dict[str, list[Judged]], goals: dict[str, float]) -> None:
    """Write `file`: a row for the generated mutants and one for those by hand, and matrix[package][kind]."""
    generated = [one for group, some in found.items() if group != BY_HAND for one in some]
    by_hand = found.get(BY_HAND, [])
    rows, parts = [], []
    if generated:
        killed, asked, equivalent = counted(generated)
        worst = [f"{name} {_score(generated, name):.0f} %" for name in goals]
        rows.append(
            Row(
                "one-token bugs planted by cosmic-ray, a seeded sample of each package", len(generated), "mutants",
                f"{killed} of {asked} killed ({100 * killed / max(asked, 1):.1f} %), {equivalent} equivalent; "
                + ", ".join(worst),
                f"at least {PROMISED} % of those that are not equivalent", killed >= PROMISED / 100 * asked,
            )
        )  # fmt: skip
        parts.append(f"generated {killed}/{asked}")
    if by_hand:
        killed, asked, _ = counted(by_hand)
        what = "bugs written by hand (lost 1/N, sign, transpose, mask at 0, momentum swapped, stale seed, ...)"
        rows.append(Row(what, len(by_hand), "mutants", f"{killed} killed", "all", killed == asked == len(by_hand)))
        parts.append(f"by hand {killed}/{len(by_hand)}")
    everything = [*generated, *by_hand]
    matrix: dict[str, dict[str, list[int]]] = {}
    for package, kind in sorted({(one.mutant.package, one.mutant.kind) for one in everything}):
        some = [one for one in everything if (one.mutant.package, one.mutant.kind) == (package, kind)]
        matrix.setdefault(package, {})[kind] = list(counted(some)[:2])
    args = argparse.Namespace(amount=amount, seed=seed, json=file)
    Campaign("mutants", args).finish(f"killed: {', '.join(parts)}", rows, {"matrix": matrix})


def _score(some: list[Judged], package: str) -> float:
    killed, asked, _ = counted([one for one in some if one.mutant.package == package])
    return 100 * killed / max(asked, 1)
