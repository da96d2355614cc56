"""A sample of every campaign of tests/campaigns: the full amounts are `make campaigns`.

By default those of two, one that computes and one that kills; `make thorough` takes samples of all. What the others
promise has tests of its own, beside what it is about.
"""

import json
import sys
from pathlib import Path

import pytest

from tests.sampled import sampled

CAMPAIGNS = Path(__file__).parent / "campaigns"
sys.path.insert(0, str(CAMPAIGNS))
try:
    import run_all
finally:
    sys.path.remove(str(CAMPAIGNS))


FIRST = ("logits", "kill-resume")
NAMES = [name for name in run_all.listed() if name != "planted-bugs"]  # all of those are in tests/gradcheck anyway


@pytest.mark.parametrize("name", sampled(NAMES, FIRST))
def test_a_sample_keeps_every_promise(name, tmp_path, capfd):
    code, _ = run_all.run(name, run_all.listed()[name], tmp_path, sample=True)
    out, errors = capfd.readouterr()
    assert code == 0, out + errors
    found = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert found["ok"]
    assert len(out.strip().splitlines()) == 1
    assert all(row["met"] and row["promise"] for row in found["rows"])
    assert sum(row["amount"] for row in found["rows"]) > 0  # chance may leave one row of a sample empty


def test_every_script_is_listed_or_is_none_of_the_campaigns():
    """compare_checkers and pictures fill pages of their own."""
    scripts = {path.name for path in CAMPAIGNS.glob("*.py") if "import Campaign" in path.read_text(encoding="utf-8")}
    assert scripts == {entry["script"] for entry in run_all.listed().values()}


def test_a_campaign_that_misses_its_line_fails(tmp_path, capfd, monkeypatch):
    script = tmp_path / "missing.py"
    script.write_text(
        "from campaign import Campaign, Row, parser\n"
        "args = parser('', 3, 'tries').parse_args()\n"
        "row = Row('a try', args.amount, 'tries', '1 lost', '0 lost', False)\n"
        "raise SystemExit(Campaign('tries', args).finish('3 tries, 1 lost', [row]))\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(CAMPAIGNS))
    code, _ = run_all.run("missing", {"script": str(script), "sample": 2}, tmp_path, sample=True)
    assert code == 1
    assert "tries: 3 tries, 1 lost   MISSED: a try" in capfd.readouterr().out
    found = json.loads((tmp_path / "missing.json").read_text(encoding="utf-8"))
    assert (found["ok"], found["amount"]) == (False, 2)
