"""The bugs of tests/mutation/semantic.toml still fit their sources; `make mutants` plants them and has them killed."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROWS = tomllib.loads((ROOT / "tests" / "mutation" / "semantic.toml").read_text(encoding="utf-8"))["mutant"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['file']}: {row['bug']}")
def test_a_bug_by_hand_fits_its_source(row):
    source = (ROOT / row["file"]).read_text(encoding="utf-8")
    assert source.count(row["before"]) == 1, "renew this row"
    planted = source.replace(row["before"], row["after"])
    assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(source))


def test_there_are_a_hundred_at_least_and_no_two_alike():
    assert len({(row["file"], row["before"], row["after"]) for row in ROWS}) == len(ROWS) >= 100


def test_a_sample_passes_over_a_handler_that_cosmic_ray_cannot_replace(monkeypatch):
    pytest.importorskip("cosmic_ray", reason="mutants are drawn with cosmic-ray (extra mutation)")
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "mutation"))
    from mutations import planted

    plain = planted("try:\n    f()\nexcept ValueError:\n    pass\n", "ExceptionReplacer", 0)
    assert "except CosmicRayTestingException:" in plain
    assert planted("try:\n    f()\nexcept (a.B, ValueError):\n    pass\n", "ExceptionReplacer", 0) is None
