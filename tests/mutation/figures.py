"""The figures of mutation testing in the form of the campaigns, from which the page on reliability is made."""

import argparse
import json
import sys
from pathlib import Path

from by_hand import BY_HAND
from table import Judged, counted
from trees import HERE

sys.path.insert(0, str(HERE.parent / "campaigns"))

from campaign import Campaign, Row

WHAT = "bugs written by hand (lost 1/N, sign, transpose, mask at 0, momentum swapped, stale seed, ...)"
EARLIER = ", in an earlier run"
NEAR = ", judged by the nearest test files alone"


def figures(
    file: Path, amount: int, seed: int, found: dict[str, list[Judged]], goals: dict[str, float], near: bool
) -> None:
    """Write `file`: a row for the generated mutants and one for those by hand, and matrix[package][kind].

    What `file` said of those by hand stays where none were planted.
    """
    generated = [one for group, some in found.items() if group != BY_HAND for one in some]
    by_hand = found.get(BY_HAND, [])
    rows, parts = [], []
    if generated:
        killed, asked, equivalent = counted(generated)
        scores = {name: _score(generated, name) for name in goals}
        said = ", ".join(f"{name} {score:.0f} %" for name, score in scores.items())
        rows.append(
            Row(
                f"one-token bugs planted by cosmic-ray, at most {amount} of each package{NEAR * near}",
                len(generated),
                "mutants",
                f"{killed} of {asked} killed ({100 * killed / max(asked, 1):.1f} %), {equivalent} equivalent; {said}",
                f"of those that are not equivalent at least {_promised(goals)}",
                all(scores[name] >= goal for name, goal in goals.items()),
            )
        )
        parts.append(f"generated {killed}/{asked}")
    if by_hand:
        killed, asked, _ = counted(by_hand)
        rows.append(Row(WHAT, len(by_hand), "mutants", f"{killed} killed", "all", killed == asked == len(by_hand)))
        parts.append(f"by hand {killed}/{len(by_hand)}")
    everything = [*generated, *by_hand]
    matrix: dict[str, dict[str, list[int]]] = {}
    for package, kind in sorted({(one.mutant.package, one.mutant.kind) for one in everything}):
        some = [one for one in everything if (one.mutant.package, one.mutant.kind) == (package, kind)]
        matrix.setdefault(package, {})[kind] = list(counted(some)[:2])
    if not by_hand and file.exists():
        before = json.loads(file.read_text(encoding="utf-8"))
        old = [row for row in before["rows"] if row["what"] == WHAT]
        rows += [Row(**{**row, "result": row["result"].removesuffix(EARLIER) + EARLIER}) for row in old]
        for package, kinds in before["figures"]["matrix"].items():
            matrix.setdefault(package, {}).update({kind: of for kind, of in kinds.items() if kind == BY_HAND})
    args = argparse.Namespace(amount=amount, seed=seed, json=file)
    Campaign("mutants", args).finish(f"killed: {', '.join(parts)}", rows, {"matrix": matrix})


def _promised(goals: dict[str, float]) -> str:
    """Each goal with its packages."""
    shared: dict[float, list[str]] = {}
    for name, goal in goals.items():
        shared.setdefault(goal, []).append(name)
    return "; ".join(f"{goal:.0f} % in {', '.join(names)}" for goal, names in shared.items())


def _score(some: list[Judged], package: str) -> float:
    killed, asked, _ = counted([one for one in some if one.mutant.package == package])
    return 100 * killed / max(asked, 1)
