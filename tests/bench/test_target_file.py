"""The target is written into the problem's file wherever that has its table, and nothing else in it changes."""

from pathlib import Path

import pytest

from bench.solvers.planning.problem import load_problem
from bench.solvers.running.target import target_tasks, write_values
from cli.main import main
from tests.bench.conftest import TINY

BARE = TINY.replace("value = 0.3\n", "")
HEAD, TARGET = BARE.split("[target]\n")
NAMED, TABLES = HEAD.split("[data]\n")
LAYOUTS = {
    "as ours": (TINY, TINY.replace("value = 0.3", "value = 0.25")),
    "no newline at the end": (BARE.rstrip("\n"), f"{BARE}value = 0.25\n"),
    "another table behind it": (
        f"{NAMED}[target]\n{TARGET}\n[data]\n{TABLES}", f"{NAMED}[target]\n{TARGET}value = 0.25\n\n[data]\n{TABLES}",
    ),
    "a comment at its head": (TINY.replace("[target]", "[ target ] # mine"),
                              TINY.replace("[target]", "[ target ] # mine").replace("0.3\n", "0.25\n")),
    "no spaces": (TINY.replace("value = ", "value="), TINY.replace("value = 0.3", "value = 0.25")),
}  # fmt: skip


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_the_value_is_put_into_its_table(layout: str, tmp_path: Path) -> None:
    before, after = LAYOUTS[layout]
    path = tmp_path / "mine.toml"
    path.write_text(before, encoding="utf-8")
    write_values(path, {"value": 0.25})
    assert path.read_text(encoding="utf-8") == after
    assert load_problem(path).target["value"] == 0.25


@pytest.mark.parametrize("text", [TINY.replace("value = 0.3", '"value" = 0.3'), BARE.replace("[target]", "[aim]")])
def test_a_file_that_is_written_in_another_way_stays_as_it_is(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"mine\.toml (is not written as expected|has no line \[target\])"):
        write_values(path, {"value": 0.25})
    assert path.read_text(encoding="utf-8") == text


def test_a_reference_without_settings_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TINY.replace(", settings = {learning_rate = 0.1, momentum = 0.9}", ""), encoding="utf-8")
    with pytest.raises(ValueError, match=r"target\.reference is \{'solver': 'momentum'\}; expected \{solver"):
        target_tasks(load_problem(path))


def test_a_reference_with_a_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TINY.replace("momentum = 0.9", 'momentum = 0.9, schedule = "cosine"'), encoding="utf-8")
    monkeypatch.setattr("bench.solvers.running.target.measure_target", lambda *given: 0.25)
    assert main(["bench", "target", str(path), "--out", str(tmp_path / "runs"), "--quiet"]) == 0
    wanted = "median best of momentum (learning_rate 0.1, momentum 0.9, schedule cosine) over 20 seeds, rounded"
    assert load_problem(path).target["source"] == wanted
