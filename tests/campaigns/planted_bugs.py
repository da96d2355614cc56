"""Campaign: every planted bug, and every correct but awkward case x 30 seeds, drawn and given. One line of counts.

Exit code 1 when a bug survives, fewer than 95 % of the nameable are named, or a correct case is accused.
Run: python tests/campaigns/planted_bugs.py [--amount 30]
"""

import sys
from pathlib import Path

import numpy as np
from campaign import Campaign, Row, parser

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
    args = parser(__doc__, 30, "seeds").parse_args()
    campaign = Campaign("planted bugs", args)
    cases = [case for path in sorted(PLANTED.glob("*.py")) for case in selftest.load(path)]
    total = selftest.score(cases, args.amount, repair=False)
    correct = [case for case in cases if case["expected"] is None]
    seeds = range(args.seed, args.seed + args.amount)
    given = sum(accused_as_given(case, seed) for case in correct for seed in seeds)
    tried = total.correct + len(correct) * args.amount
    print(*total.misses, sep="\n", end="\n" if total.misses else "")
    rows = [
        Row("wrong backwards planted in layers, losses, nets", total.bugs, "bugs", f"{total.killed} caught, "
            f"{total.named} of {total.nameable} named", "all caught, 95 % of the nameable named", total.ok),
        Row("correct but awkward pairs, drawn and given as arrays", tried, "checks",
            f"{total.alarms + given} accused", "0 accused", not total.alarms + given),
    ]  # fmt: skip
    line = (
        f"killed {total.killed}/{total.bugs}, named {total.named}/{total.nameable}, "
        f"false alarms {total.alarms}/{total.correct} drawn, {given}/{len(correct) * args.amount} given"
    )
    return campaign.finish(line, rows)


if __name__ == "__main__":
    sys.exit(main())
