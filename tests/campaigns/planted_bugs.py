"""Campaign: every planted bug, and every correct but awkward case x 30 seeds, drawn and given. One line of counts.

Exit code 1 when a bug survives, fewer than 95 % of the nameable are named, or a correct case is accused.
Run: python tests/campaigns/planted_bugs.py [--seeds 30]
"""

import argparse
import sys
from pathlib import Path

import numpy as np

import gradcheck
from gradcheck import selftest

PLANTED = Path(__file__).resolve().parent.parent / "gradcheck" / "planted"


def accused_as_given(case: dict, seed: int) -> bool:
    """Whether a correct case is accused when its arguments are handed over as arrays."""
    args = case["inputs"](np.random.default_rng(seed), 5 + seed % 3)
    args = args if isinstance(args, tuple) else (args,)
    if case["kind"] == "layer":
        return not gradcheck.layer(case["forward"], case["backward"], *args, seed=seed).ok
    if case["kind"] == "loss":
        return not gradcheck.loss(case["forward"], *args, seed=seed).ok
    return not gradcheck.net(case["forward"], *args, seed=seed).ok


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    args = parser.parse_args()
    cases = [case for path in sorted(PLANTED.glob("*.py")) for case in selftest.load(path)]
    total = selftest.score(cases, args.seeds, repair=False)
    correct = [case for case in cases if case["expected"] is None]
    given = sum(accused_as_given(case, seed) for case in correct for seed in range(args.seeds))
    print(*total.misses, sep="\n", end="\n" if total.misses else "")
    print(
        f"planted bugs: killed {total.killed}/{total.bugs}, named {total.named}/{total.nameable}, "
        f"false alarms {total.alarms}/{total.correct} drawn, {given}/{len(correct) * args.seeds} given"
    )
    return 0 if total.ok and not given else 1


if __name__ == "__main__":
    sys.exit(main())
