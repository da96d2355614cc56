"""Campaign: SIGINT and SIGTERM at random times of trainings of both engines.

The step is ended, the state saved, the process gone within seconds with the signal's own exit code; resumed, the run
ends with the same bits. Run: python tests/campaigns/signals.py [--amount 60]
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from random import Random

from campaign import Campaign, Row, parser
from kill_resume import cases_of, start, wanted

from solver import checkpoint, rules

WINDOW, PATIENCE = 0.3, 20.0
CODES = {signal.SIGINT: -signal.SIGINT, signal.SIGTERM: 128 + signal.SIGTERM}


def interrupted(case: tuple[str, str, str, str, str], number: signal.Signals, random: Random) -> tuple[str, float]:
    """What came of one signal, and the seconds until the process was gone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        child = start(folder, case, subprocess.DEVNULL)  # a KeyboardInterrupt is told there
        while not path.exists() and child.poll() is None:  # before it trains the signal has its usual effect
            time.sleep(0.005)
        time.sleep(random.uniform(0, WINDOW))
        begun = time.perf_counter()
        child.send_signal(number)
        try:
            out = child.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            return "did not end", PATIENCE
        seconds = time.perf_counter() - begun
        if child.returncode == 0:
            return ("finished before it" if out.strip() == wanted(case) else "differs"), seconds
        if child.returncode != CODES[number]:
            return f"exit code {child.returncode}", seconds
        if checkpoint.read(path).meta["stopped_reason"] != "interrupted":
            return "not saved", seconds
        answer = (start(folder, case).communicate()[0] or "").strip()
        if len(list(Path(folder).iterdir())) != 1:
            return "stray files", seconds
        return ("the same bits" if answer == wanted(case) else "differs"), seconds


def main() -> int:
    """Run the campaign."""
    args = parser(__doc__, 60, "signals").parse_args()
    campaign, random, slowest = Campaign("signals", args), Random(args.seed), 0.0
    engines = ["numpy", *(["compiled"] if find_spec("numba") else [])]
    cases = {engine: cases_of(engine, list(rules.known()), "60") for engine in engines}
    found: dict[str, Counter[str]] = {}
    for index in range(args.amount):
        number, engine = list(CODES)[index % 2], engines[index // 2 % len(engines)]
        case = random.choice(cases[engine])
        outcome, seconds = interrupted(case, number, random)
        if outcome not in ("the same bits", "finished before it"):
            print(f"{number.name}, {' '.join(case)}: {outcome}", flush=True)
        found.setdefault(number.name, Counter())[outcome] += 1
        slowest = max(slowest, seconds)
    rows = []
    for name, counts in found.items():
        words = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
        right = set(counts) <= {"the same bits", "finished before it"}
        rows.append(Row(f"{name} to a training process, either engine, then resumed", sum(counts.values()), "signals",
                        words, "saved, ended with the signal's code, resumed to the same bits", right))  # fmt: skip
    total = sum(found.values(), Counter[str]())
    words = ", ".join(f"{count} {outcome}" for outcome, count in total.most_common())
    return campaign.finish(f"{args.amount} signals: {words}; the slowest end took {slowest:.1f} s", rows)


if __name__ == "__main__":
    sys.exit(main())
