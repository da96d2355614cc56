"""The experiment of docs/reversals.md: its figures by hand from made-up studies, and the lines that it keeps."""

import importlib
import json
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "tools" / "reversals"


@pytest.fixture(scope="module")
def analysis() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        return importlib.import_module("analysis")


@pytest.fixture(scope="module")
def collect(analysis: ModuleType) -> ModuleType:
    return importlib.import_module("collect")


def test_reversals_are_counted_over_pairs_of_different_studies(analysis: ModuleType) -> None:
    """Of four studies one puts B first: three of six pairs of studies disagree. A tie disagrees with nobody."""
    found = analysis.reversal(np.array([1, 1, 1, -1]))
    assert (found.share, found.ahead, found.behind) == (0.5, 3, 1)
    assert found.low <= found.share
    assert analysis.reversal(np.array([1, 1, -1, 0])).share == pytest.approx(2 / 6)
    assert analysis.reversal(np.array([1, 1, 1, 1])).share == 0
    assert analysis.reversal(np.array([1, -1] * 20)).high == pytest.approx(0.5 * 40 / 39)


def test_the_studies_that_a_majority_needs(analysis: ModuleType) -> None:
    """p = 3/4: of three studies two agree with .844, of seven four with .929, of nine five with .951."""
    assert analysis.needed(3, 1) == analysis.needed(1, 3) == 9
    assert analysis.needed(5, 0) == 1
    assert analysis.needed(4, 4) is None
    assert analysis.needed(1001, 1000) is None


def test_other_winners(analysis: ModuleType) -> None:
    assert analysis.other_winner(["sgd", "sgd", "adam"]) == pytest.approx(2 / 3)
    assert math.isnan(analysis.other_winner(["sgd"]))


def studies(analysis: ModuleType, fast: list[str]) -> list[dict]:
    """One study for each name: that solver takes 10 steps on six seeds, the others 20 to 24 in the order of names."""
    slow = {name: 20.0 + k for k, name in enumerate(analysis.SOLVERS)}
    return [
        {name: analysis.Runs([steps] * 6, [0.1] * 6) for name, steps in {**slow, first: 10.0}.items()} for first in fast
    ]


def test_orders_winners_and_sets_of_studies(analysis: ModuleType) -> None:
    runs = studies(analysis, ["adam", "adam", "adam", "sgd", "adam", "adam"])
    assert analysis.winners(runs, 6) == ["adam", "adam", "adam", "sgd", "adam", "adam"]
    order = analysis.signs(runs, 6)
    assert order["sgd", "adam"].tolist() == [-1, -1, -1, 1, -1, -1]
    one, two = analysis.agreement(order)
    assert (one.studies, two.studies) == (1, 2)
    assert one.winner == pytest.approx(2 / 3, abs=0.05)  # of two studies neither is the fourth with 4/6
    assert analysis.agreement(analysis.signs(studies(analysis, ["sgd"] * 6), 6))[-1][1:] == (1, 1)


def test_findings_that_others_reverse(analysis: ModuleType) -> None:
    """sgd against adam: three studies find the one first with p = .03, one the other; all other pairs agree always."""
    said = analysis.findings(studies(analysis, ["sgd", "sgd", "sgd", "adam"]))
    assert said.made == 1
    pairs, others = 15, 3
    turned = [pair for pair in analysis.signs(studies(analysis, ["sgd", "adam"]), 6).values() if pair.sum() == 0]
    assert said.reversed == pytest.approx(len(turned) * 2 * 3 / (pairs * 4 * others))
    assert said.not_repeated == pytest.approx(said.reversed)


def test_the_choice_is_among_the_first_trials_and_by_the_first_seeds(collect: ModuleType) -> None:
    design = importlib.import_module("design").Design(1, 3, 3, 6, (1, 2, 3), 0.05)
    collect_one_seed, collect.ONE_SEED = collect.ONE_SEED, (3,)
    try:
        rows = [[30.0, 30, 30], [20.0, 40, 40], [25.0, 25, 25]]
        table = [[{"steps": step, "best": 0.1} for step in row] for row in rows]
        found = collect.choices(table, design, "steps")
    finally:
        collect.ONE_SEED = collect_one_seed
    assert found == {(1, 3): 0, (2, 3): 0, (3, 3): 2, (3, 1): 1}


def test_a_cut_line_does_not_count_and_is_taken_away(collect: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "digits-mlp32.jsonl"
    head, line = json.dumps({"design": {}}), json.dumps({"study": 0, "solver": "sgd"})
    path.write_text(f"{head}\n{line}\n{line[:9]}", encoding="utf-8")
    assert collect.lines(path) == [json.loads(line)]
    assert path.read_text(encoding="utf-8") == f"{head}\n{line}\n"
    assert collect.columns([{"steps": math.inf, "test": math.nan}]) == {"steps": [None]}
