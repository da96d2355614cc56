"""A small sample of `make simulate`: what its page promises holds within the noise of the sample, and it can fail."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        spec = importlib.util.spec_from_file_location("make_simulation", ROOT / "tools" / "make_simulation.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


def test_intervals_cover_and_tests_do_not_cry_wolf(simulation: ModuleType) -> None:
    cells = [simulation.median_cell(np.random.default_rng(0), 10, 0.9, 200)]
    cells += simulation.paired_cells(np.random.default_rng(1), 10, 0.7, 120)
    cells += simulation.study_cells(np.random.default_rng(2), 6, 0.9, 40)
    cells.append(simulation.falling_cell(np.random.default_rng(3), 10, 100))
    assert simulation.missed(cells) == []
    power = {cell["what"]: cell["value"] for cell in cells if cell["kind"] == "power"}
    assert min(power.values()) > 0.1


def test_the_bootstrap_that_was_there_would_have_missed(simulation: ModuleType) -> None:
    cell = simulation.bootstrap_cell(np.random.default_rng(0), 6, 150)
    assert cell["value"] < 0.92
    assert simulation.missed([{**cell, "what": "a ratio"}]) == [{**cell, "what": "a ratio"}]


def test_the_page_shows_what_the_cells_say(simulation: ModuleType) -> None:
    cells = [{"what": "a", "kind": "interval", "n": 6, "hit": 1.0, "value": 0.93, "replications": 10_000}]
    cells.append({"what": "b", "kind": "size", "n": 6, "hit": 1.0, "value": 0.05, "replications": 10_000})
    text = simulation.page(cells, 10_000, 0)
    assert "| a | 6 | - | - | - | - | **.930** |" in text
    assert "Of 1 coverages 1 lie below .94" in text
    assert "of 1 sizes 0 lie above .055" in text
