"""The experiment of docs/reversals.md: its figures by hand from made-up studies, and the lines that it keeps."""

import importlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "tools" / "reversals"


@pytest.fixture(scope="module")
def modules() -> Iterator[None]:
    """The folder's files can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield


@pytest.fixture(scope="module")
def analysis(modules: None) -> ModuleType:
    return importlib.import_module("analysis")


@pytest.fixture(scope="module")
def collect(modules: None) -> ModuleType:
    return importlib.import_module("collect")


@pytest.fixture(scope="module")
def rates(modules: None) -> ModuleType:
    return importlib.import_module("rates")


@pytest.fixture(scope="module")
def controls(modules: None) -> ModuleType:
    return importlib.import_module("controls")


def test_reversals_are_counted_over_pairs_of_different_studies(rates: ModuleType) -> None:
    """Of four studies one puts B first: three of six pairs of studies disagree. A tie disagrees with nobody."""
    found = rates.reversal(np.array([1, 1, 1, -1]))
    assert (found.share, found.ahead, found.behind, found.settled) == (0.5, 3, 1, False)
    assert rates.reversal(np.array([1, 1, -1, 0])).share == pytest.approx(2 / 6)
    assert rates.reversal(np.array([1, 1, 1, 1])).share == 0
    assert rates.reversal(np.ones(6)).settled
    assert not rates.reversal(np.ones(5)).settled  # 2 / 2^5 > .05
    assert rates.reversal(np.zeros(4))[:5] == (0, 0, pytest.approx(0.5 * (1 - 0.0125 ** (1 / 4)) ** 2), 0, 0)


def test_the_interval_of_a_reversal_by_hand(rates: ModuleType) -> None:
    """No study of ten against: p and d lie above .0125^(1/10) = .645 each at 97.5 %, so up to 2 p (1 - p) = .458."""
    least = 0.0125 ** (1 / 10)
    found = rates.reversal(np.ones(10))
    assert (found.low, found.high) == (0, pytest.approx(2 * least * (1 - least)))
    assert rates.reversal(np.array([1, -1] * 20)).high == 0.5


@pytest.mark.parametrize(("ahead", "behind"), [(0.35, 0.325), (0.5, 0.3)])
def test_the_interval_of_a_reversal_covers(rates: ModuleType, ahead: float, behind: float) -> None:
    """With ties, too: the true rate is 2 P(ahead) P(behind)."""
    rng, n, repeats = np.random.default_rng(0), 40, 150
    draws = rng.choice([1, -1, 0], size=(repeats, n), p=[ahead, behind, 1 - ahead - behind])
    found = [rates.reversal(row) for row in draws]
    assert np.mean([one.low <= 2 * ahead * behind <= one.high for one in found]) >= 0.95


def test_the_studies_that_an_order_needs(rates: ModuleType) -> None:
    """p = 3/4: of three studies two agree with .844, of seven four with .929, of nine five with .951."""
    assert rates.needed(3, 1, 4) == rates.needed(1, 3, 4) == 9
    assert rates.needed(5, 0, 5) == 1
    assert rates.needed(5, 0, 10) == 5  # one of five that decides: 1 - 2^-5 = .97; of three .875
    assert rates.needed(4, 4, 8) is None
    assert rates.needed(1001, 1000, 2001) is None


def test_winners_that_tie_share_the_place(analysis: ModuleType) -> None:
    runs = studies(analysis, ["sgd", "sgd", "adam"])
    runs[1]["adam"] = runs[1]["sgd"]
    names = analysis.winners(runs, 6)
    assert names == [("sgd",), ("sgd", "adam"), ("adam",)]
    places = analysis.first_places(names)
    assert (places["sgd"], places["adam"], places["momentum"]) == (1.5, 1.5, 0)
    assert analysis.other_winner(names) == pytest.approx((0.5 + 1 + 0.5) / 3)
    assert math.isnan(analysis.other_winner([("sgd",)]))


def studies(analysis: ModuleType, fast: list[str]) -> list[dict]:
    """One study for each name: that solver takes 10 steps on six seeds, the others 20 to 25 in the order of names."""
    slow = {name: 20.0 + k for k, name in enumerate(analysis.SOLVERS)}
    return [
        {name: analysis.Runs([n] * 6, [0.1] * 6, [n / 100] * 6) for name, n in {**slow, first: 10.0}.items()}
        for first in fast
    ]


def test_orders_and_sets_of_studies(analysis: ModuleType, rates: ModuleType) -> None:
    runs = studies(analysis, ["adam", "adam", "adam", "sgd", "adam", "adam"])
    order = analysis.signs(runs, 6)
    assert order["sgd", "adam"].tolist() == [-1, -1, -1, 1, -1, -1]
    one, two = rates.agreement(order)
    assert (one.studies, two.studies) == (1, 2)
    assert one.winner == pytest.approx(2 / 3, abs=0.05)  # of two studies neither is the fourth with 4/6
    assert rates.agreement(analysis.signs(studies(analysis, ["sgd"] * 6), 6))[-1][1:] == (1, 1)


def test_equal_solvers_name_one_winner_by_chance(rates: ModuleType) -> None:
    """One in six, more or less."""
    low, high = rates.alike(6, repeats=50)
    assert low < 1 / 6 < high


def test_findings_and_what_other_studies_say_to_them(analysis: ModuleType) -> None:
    """sgd against the others: three studies find it first with p = .03, one does not; by lot hardly any is found."""
    said = analysis.findings(studies(analysis, ["sgd", "sgd", "sgd", "adam"]))
    assert said.made == 1
    turned = [pair for pair in analysis.signs(studies(analysis, ["sgd", "adam"]), 6).values() if pair.sum() == 0]
    assert (said.opposed, said.both) == (len(turned) * 3, 15 * 6)  # the fourth study against each other one
    assert said.not_repeated == pytest.approx(said.opposed / said.both)  # all find something
    assert said.chance == pytest.approx(2 / 2**6, abs=0.006)  # six seeds all on one side
    quiet = studies(analysis, ["sgd"])[0]
    quiet = dict.fromkeys(quiet, quiet["sgd"])  # a study that finds nothing is none of those that find opposites
    more = analysis.findings([*studies(analysis, ["sgd", "sgd", "sgd", "adam"]), quiet])
    assert (more.opposed, more.both) == (said.opposed, said.both)
    assert more.not_repeated == pytest.approx(1 - (1 - said.not_repeated) * 3 / 4)
    alike = [dict.fromkeys(one, one["sgd"]) for one in studies(analysis, ["sgd", "sgd"])]
    assert analysis.findings(alike)[:2] == (0, 0)


def test_same_settings_differ_by_their_seeds_alone(analysis: ModuleType, controls: ModuleType) -> None:
    """Of four seeds two favour sgd and two adam: of the three ways to halve them one sets these against those."""
    runs = studies(analysis, ["sgd"])
    runs[0]["adam"] = analysis.Runs([9.0, 9, 11, 11, 0, 0], [0.1] * 6, [])
    found = dict(zip(analysis.signs(runs, 4), controls.same_settings(runs, 4), strict=True))
    assert found["sgd", "adam"] == pytest.approx(1 / 3)
    assert found["sgd", "momentum"] == 0
    runs[0]["adam"] = analysis.Runs([20.0, 11, 12, 9], [0.1] * 4, [])
    runs[0]["sgd"] = analysis.Runs([20.0, 11, 10, 10], [0.1] * 4, [])
    found = dict(zip(analysis.signs(runs, 4), controls.same_settings(runs, 4), strict=True))
    assert found["sgd", "adam"] == pytest.approx(2 / 3)  # the half {0, 1} ties, which is no reversal


def test_reversals_by_their_size(analysis: ModuleType, controls: ModuleType) -> None:
    """adam is 20 / 10 times ahead in one study and 24 / 10 behind in the other."""
    runs = studies(analysis, ["sgd", "adam"])
    place = list(analysis.signs(runs, 6)).index(("sgd", "adam"))
    found = controls.by_margin(runs, 6)
    assert list(found) == [1.1, 1.25, 1.5]
    assert found[1.5][place] == 1
    close = [dict(study) for study in runs]
    close[0]["adam"] = close[0]["adam"]._replace(steps=[14.0] * 6)  # sgd 10, 14 here; 20, 10 there
    assert [controls.by_margin(close, 6)[margin][place] for margin in (1.1, 1.25, 1.5)] == [1, 1, 0]
    never = [{**runs[0], "adam": runs[0]["sgd"]._replace(steps=[math.inf] * 6)}, runs[1]]
    assert controls.by_margin(never, 6)[1.5][place] == 1
    assert controls.decided_by_steps(runs, 6) == 1
    assert controls.winner_misses(runs, 6) == 0
    some = [{**study, "sgd": study["sgd"]._replace(steps=[math.inf] * 6)} for study in runs]
    assert controls.winner_misses(some, 6) == 0
    missed = [{name: one._replace(steps=[math.inf] * 6) for name, one in study.items()} for study in runs]
    assert (controls.winner_misses(missed, 6), controls.decided_by_steps(missed, 6)) == (2, 0)
    assert controls.by_test(runs, 6)[place] == 1


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
    assert collect.lines(path) == [json.loads(head), json.loads(line)]
    assert path.read_text(encoding="utf-8") == f"{head}\n{line}\n"
    assert collect.columns([{"steps": math.inf, "test": math.nan}]) == {"steps": [None]}


def test_a_file_is_gone_on_with_where_it_is_of_the_same_problem_and_design(
    collect: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, name = tmp_path / "digits-mlp32.jsonl", "digits-mlp32"
    monkeypatch.setattr(collect, "environment", lambda: {"cpu": "one"})
    (head,) = collect.begun(path, [], name)
    kept = [json.loads(json.dumps(head)), {"study": 0, "solver": "sgd"}]
    assert collect.begun(path, kept, name) == []
    monkeypatch.setattr(collect, "environment", lambda: {"cpu": "other"})
    assert collect.begun(path, kept, name) == [{"machine": {"cpu": "other"}}]
    assert collect.begun(path, [*kept, {"machine": {"cpu": "other"}}], name) == []
    monkeypatch.setattr(collect, "environment", lambda: {"cpu": "one"})
    assert collect.begun(path, [*kept, {"machine": {"cpu": "other"}}], name) == [{"machine": {"cpu": "one"}}]
    with pytest.raises(ValueError, match=r"digits-mlp32.jsonl holds studies of another problem of .*: 0123; move"):
        collect.begun(path, [{**kept[0], "problem": "0123"}, kept[1]], name)
    with pytest.raises(ValueError, match="holds studies of another design"):
        collect.begun(path, [{**kept[0], "design": {**kept[0]["design"], "trials": 19}}, kept[1]], name)


def test_lines_that_tell_the_machine_are_no_studies(analysis: ModuleType, tmp_path: Path) -> None:
    design = importlib.import_module("design").Design(2, 3, 1, 6, (1, 2, 3), 0.05)
    solvers = importlib.import_module("design").SOLVERS
    head = {"problem": "", "design": design._asdict(), "machine": {}}
    of_study = [[{"study": study, "solver": solver} for solver in solvers] for study in (0, 1)]
    path = tmp_path / "made-up.jsonl"
    some = [head, *of_study[0], {"machine": {}}, *of_study[1][:-1]]
    path.write_text("".join(json.dumps(line) + "\n" for line in some), encoding="utf-8")
    found = analysis.read(path)
    assert (found.name, found.design, len(found.studies)) == ("made-up", design, 1)
