"""The planted-bug files beside this one, loaded once."""

from pathlib import Path

from gradcheck import selftest

PLANTED = Path(__file__).parent / "planted"
CASES = [case for path in sorted(PLANTED.glob("*.py")) for case in selftest.load(path)]
WRONG = [case for case in CASES if case["expected"] is not None]
CORRECT = [case for case in CASES if case["expected"] is None]
