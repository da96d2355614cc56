"""Campaign: tests under PYTHONOPTIMIZE=1, which takes every assert out of the packages: no promise may rest on one.

`--amount` files or folders of tests, of those that look at inputs, errors, files and numbers; their child processes run
so as well. pytest writes the asserts of the test files themselves as conditions, so they still count.
Run: python tests/campaigns/optimised.py [--amount 11]
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from campaign import Campaign, Row, parser

ROOT = Path(__file__).resolve().parents[2]
TESTS = (
    "solver/test_load_messages.py", "test_wrong_calls.py", "solver/test_messages.py", "solver/test_data_border.py",
    "solver/test_divergence.py", "layers/test_layer_border.py", "layers/test_layer_messages.py",
    "layers/test_stability.py", "models", "base", "mnist",
)  # fmt: skip


def main() -> int:
    """Run it."""
    campaign = Campaign("optimised", parser(__doc__, len(TESTS), "files or folders of tests").parse_args())
    chosen = [str(ROOT / "tests" / name) for name in TESTS[: campaign.args.amount]]
    quiet = ["-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestConfigWarning"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *chosen], cwd=ROOT, env={**os.environ, "PYTHONOPTIMIZE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", run.stdout)}
    passed, failed = counts.get("passed", 0), counts.get("failed", 0) + counts.get("error", 0)
    met = run.returncode == 0 and passed > 0 and not failed
    if not met:
        print(run.stdout[-3000:], run.stderr[-1000:], file=sys.stderr)
    what = "tests of inputs, errors, files and numbers with every assert of the packages taken out (python -O)"
    row = Row(what, passed + failed, "tests", f"{failed} failed", "0 failed", met)
    return campaign.finish(f"{passed} tests passed under PYTHONOPTIMIZE=1, {failed} failed", [row])


if __name__ == "__main__":
    sys.exit(main())
