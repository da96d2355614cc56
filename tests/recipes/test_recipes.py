"""Recipes: every file is sound and runs at its smoke budget; variants, results and the page behave."""

import argparse
import json
from pathlib import Path

import pytest

from cli.experiment import recipe_file
from cli.experiment.result_summary import best_epoch, compact
from cli.main import main
from cli.recipes import result_files, results_page

ROOT = Path(__file__).parents[2]
ROWS = result_files.rows(ROOT / "recipes")
FIRST = {row.name: row for row in reversed(ROWS)}  # one row a file


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_every_row_has_what_the_page_needs(row):
    recipe, reference = row.settings.recipe, row.settings.reference
    assert recipe["title"]
    assert recipe["system"] in results_page.SYSTEMS
    assert row.seeds >= 1
    assert "text" in reference
    assert set(reference) <= {"text", "source", "note"}
    assert row.path.name in row.command
    smoke = recipe_file.read(row.path, row.variant, smoke=True)
    assert "reference" not in smoke
    assert smoke != recipe_file.read(row.path, row.variant), "there is no smoke budget"


@pytest.mark.parametrize("name", FIRST)
def test_every_recipe_runs_at_its_smoke_budget(name, tmp_path, capsys, monkeypatch, thorough):
    """On the digits; `make thorough`: on the real MNIST, where LAYERGRAPH_DATA is set."""
    if not thorough:
        monkeypatch.setenv("LAYERGRAPH_DATA", str(tmp_path / "none"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    label = FIRST[name].label
    words = ["recipes", "run", label, "--smoke", "--folder", str(ROOT / "recipes"), "--runs", str(tmp_path)]
    kept: list[object] = []
    monkeypatch.setattr(result_files, "add", lambda *given: kept.append(given))
    assert main(words) == 0
    out = capsys.readouterr().out
    assert f"{label} seed 0: " in out
    assert "published" not in out  # no figure of a smoke run stands beside a reference
    assert not kept
    (result,) = tmp_path.rglob("result.json")
    assert json.loads(result.read_text())["step"] > 0


def test_smoke_runs_take_the_digits_where_mnist_is_absent(monkeypatch, tmp_path):
    monkeypatch.setenv("LAYERGRAPH_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    values = recipe_file.read(ROOT / "recipes" / "sigmoid_l1.toml", smoke=True)
    assert values["data"] == "digits"
    assert not {"val", "limit"} & set(values)


FILE = """
val = 10
settings = { learning_rate = 0.5 }
smoke = { epochs = 1 }
recipe = { title = "a", system = 1 }
[variants.one]
epochs = 3
settings = { momentum = 0.9 }
[variants.two]
recipe = { seeds = 4 }
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "some.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_variants_go_over_the_file_table_by_table(recipe):
    one = recipe_file.read(recipe, "one")
    assert one["epochs"] == 3
    assert one["settings"] == {"learning_rate": 0.5, "momentum": 0.9}
    assert recipe_file.read(recipe, "two")["recipe"] == {"title": "a", "system": 1, "seeds": 4}
    assert recipe_file.read(recipe, "one", smoke=True)["epochs"] == 1
    assert [row.label for row in result_files.rows(recipe.parent)] == ["some/one", "some/two"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["some.toml"], "some.toml holds several runs: choose one with --variant one, two"),
        (["some.toml", "--variant", "onne"], "some.toml has no variant 'onne'. Did you mean 'one'? It has: one, two."),
        (["absent.toml"], "there is no configuration file absent.toml"),
        (["--smoke"], "--smoke needs a recipe: layergraph train recipes/NAME.toml"),
        (["--variant", "one"], "--variant needs a recipe: layergraph train recipes/NAME.toml"),
    ],
)
def test_variants_that_cannot_be(recipe, words, message, monkeypatch, capsys):
    monkeypatch.chdir(recipe.parent)
    assert main(["train", *words]) == 2
    assert capsys.readouterr().err == f"layergraph: error: {message}\n"


def test_unknown_recipes_and_folders(recipe, capsys, tmp_path):
    assert main(["recipes", "run", "other", "--folder", str(recipe.parent)]) == 2
    assert "there is no recipe 'other'. There are: some" in capsys.readouterr().err
    assert main(["recipes", "list", "--folder", str(tmp_path / "none")]) == 2
    assert "no recipes (*.toml) in" in capsys.readouterr().err
    recipe.write_text("eppochs = 3")
    assert main(["recipes", "list", "--folder", str(recipe.parent)]) == 2
    assert "some.toml has an unknown key 'eppochs'. Did you mean 'epochs'?" in capsys.readouterr().err


def run_of(seed, accuracy):
    return {"seed": seed, "test_accuracy": accuracy, "seconds": 1.5, "environment": {"numpy": "2", "host": None}}


def test_results_are_kept_by_seed_and_refused_for_other_settings(recipe):
    row = result_files.rows(recipe.parent)[1]
    assert result_files.read(row) == []
    for seed, accuracy in ((1, 0.5), (0, 0.4), (1, 0.6)):
        result_files.add(row, run_of(seed, accuracy))
    assert [(run["seed"], run["test_accuracy"]) for run in result_files.read(row)] == [(0, 0.4), (1, 0.6)]
    page = results_page.page([row])
    assert "50.00 ± 14.14 %" in page
    assert "`some/two`: 2 of 4 seeds" in page
    assert "host" not in page
    recipe.write_text(FILE.replace("0.5", "0.25"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"some-two.json has other settings \(settings\): delete it, or restore"):
        result_files.read(result_files.rows(recipe.parent)[1])


def test_a_changed_byte_in_the_results_is_refused_and_an_older_file_is_read(recipe):
    row = result_files.rows(recipe.parent)[1]
    result_files.add(row, run_of(0, 0.4))
    path = result_files.result_path(row)
    text = path.read_bytes()
    for at in range(0, len(text), 2):
        path.write_bytes(text[:at] + bytes([text[at] ^ 1 << at // 2 % 6]) + text[at + 1 :])
        with pytest.raises(ValueError, match=r"some-two\.json is damaged: "):
            result_files.read(row)
    older = json.loads(text)
    del older["sha256"]
    path.write_text(json.dumps(older))
    assert result_files.read(row)[0]["test_accuracy"] == 0.4


def test_a_finished_seed_is_not_run_again(tmp_path, capsys):
    (tmp_path / "quick.toml").write_text(
        'data = "digits"\nmodel = "mlp:5"\nepochs = 1\nrecipe = { title = "t", system = 4, seeds = 2 }\n'
        'reference = { text = "99 %", source = "a book" }\n'
    )
    words = ["recipes", "run", "--folder", str(tmp_path), "--runs", str(tmp_path / "runs")]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert out.count("published 99 %   (a book)") == 2
    assert "quick seed 1: test accuracy" in out
    assert main(words) == 0
    assert "seed" not in capsys.readouterr().out
    assert main(["recipes", "table", "--folder", str(tmp_path), "--out", str(tmp_path / "r.md"), "--no-figures"]) == 0
    assert "`layergraph train recipes/quick.toml`" in (tmp_path / "r.md").read_text()
    held = json.loads((tmp_path / "results" / "quick.json").read_text())
    (tmp_path / "results" / "quick.json").unlink()  # as if it had been killed before it could write them down
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "published" not in out
    assert "quick seed 1: test accuracy" in out
    assert json.loads((tmp_path / "results" / "quick.json").read_text()) == held
    assert main([*words, "--dtype", "float64"]) == 2
    assert [run["seed"] for run in held["runs"]] == [0, 1]
    assert held["runs"][0]["test_accuracy"] != held["runs"][1]["test_accuracy"]


def test_measures():
    data = {"name": "mnist", "verified": True}
    result = {"settings": {}, "data": data, "test_correct": [[1, 900], [2, 950], [3, 940]], "test_accuracy": 0.94,
              "losses": [], "seconds": 1.0}  # fmt: skip
    assert best_epoch(result) == (2, 950)
    assert compact(result) == {"seed": 0, "data": "mnist", "verified": True, "test_accuracy": 0.94, "seconds": 1.0,
                               "test_correct": result["test_correct"]}  # fmt: skip


def test_the_results_page_is_current():
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert text == results_page.page(ROWS), "docs/results.md is out of date: run `layergraph recipes table`"


def test_no_result_comes_from_a_smoke_run():
    """What a file holds was made with the settings of its recipe, on verified data."""
    for row in ROWS:
        for run in result_files.read(row):
            assert run["verified"], row.label
            assert run["data"] == "mnist", row.label


def test_list_counts_the_seeds(capsys):
    assert main(["recipes", "list", "--json", "--folder", str(ROOT / "recipes")]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {entry["recipe"] for entry in listed} == {row.label for row in ROWS}


def test_arguments_have_help():
    parser = argparse.ArgumentParser()
    from cli.recipes import add_parser

    add_parser(parser.add_subparsers())
    assert parser.parse_args(["recipes", "run", "a", "--seeds", "2"]).seeds == 2
