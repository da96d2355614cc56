"""The speed benchmark: equal work is checked, unequal work refused, outputs have the shape that is promised."""

import json
import tomllib

import numpy as np
import pytest

from bench.speed import contenders, inside, memory, parts, plot, rounds, table, target
from bench.speed.problem import RATES, Problem, UnavailableError
from bench.speed.process import HANDICAPS, ROOT, Process, worker_environment
from bench.speed.ratios import ratio
from cli.main import main
from solver.sampling import Sampler

TINY = Problem(hidden=6, batch=5, rows=300)


def losses(name: str, problem: Problem, steps: int = 6) -> list[float]:
    X, y = problem.data()
    return contenders.start(name, problem, X, y, 1).losses(problem.masks(steps))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("name", ["written_out", "course", "torch", "jax", "sklearn"])
def test_every_contender_does_the_same_work(name, rule, dtype):
    problem = TINY._replace(rule=rule, dtype=dtype)
    try:
        theirs = losses(name, problem)
    except UnavailableError as reason:
        pytest.skip(str(reason))
    ours = losses("ours", problem)
    assert len(set(ours)) == len(ours) == 6, "the losses should move"
    rounds.compare_losses({"ours": ours, name: theirs}, rounds.TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pixels_as_bytes_give_the_same_bits(dtype):
    problem = TINY._replace(dtype=dtype)
    assert losses("bytes", problem) == losses("ours", problem)


@pytest.mark.parametrize("rule", ["sgd", "momentum"])
def test_other_work_is_refused(rule):
    other = losses("course", TINY._replace(rule="adam"))
    with pytest.raises(rounds.UnequalWorkError, match=r"course has the losses .* does other work"):
        rounds.compare_losses({"ours": losses("ours", TINY._replace(rule=rule)), "course": other}, 2e-4)


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_the_masks_are_those_that_the_solver_draws(batch):
    problem = TINY._replace(batch=batch)
    sampler = Sampler(300, batch, "with_replacement", np.random.default_rng(np.random.SeedSequence(0).spawn(4)[1]))
    np.testing.assert_array_equal(problem.masks(300), [sampler.draw() for _ in range(300)])


@pytest.mark.parametrize("peer", ["torch", "jax", "sklearn"])
def test_a_missing_library_is_a_reason_and_not_a_failure(monkeypatch, peer):
    monkeypatch.setitem(__import__("sys").modules, peer, None)
    monkeypatch.setitem(__import__("sys").modules, "sklearn.neural_network", None)
    with pytest.raises(UnavailableError, match="is not installed"):
        losses(peer, TINY)


def test_workers_see_the_threads_asked_for_and_no_handicap(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    one, every = worker_environment(1), worker_environment(None)
    assert one["OPENBLAS_NUM_THREADS"] == one["OMP_NUM_THREADS"] == "1"
    assert "eigen=false" in one["XLA_FLAGS"]
    assert "OMP_NUM_THREADS" not in every
    assert not set(HANDICAPS) & (set(one) | set(every))


@pytest.fixture(scope="module")
def measured():
    problems = [TINY, TINY._replace(rule="adam")]
    lines = []
    result = rounds.measure(problems, ["floor", "ours", "course"], rounds=3, seconds=0.002, threads=1, say=lines.append)
    assert lines == ["6,5 float32 momentum: floor, ours, course", "6,5 float32 adam: floor, ours, course"]
    return result


def test_a_measurement_is_plain_json_with_every_round(measured):
    assert json.loads(json.dumps(measured)) == measured
    first = measured["problems"][0]
    assert {name: len(times) for name, times in first["seconds_per_step"].items()} == dict.fromkeys(
        ("floor", "ours", "course"), 3
    )
    assert all(seconds > 0 for times in first["seconds_per_step"].values() for seconds in times)
    assert first["losses"]["floor"] == []
    np.testing.assert_allclose(first["losses"]["ours"], first["losses"]["course"], rtol=2e-4)


def test_the_table_has_a_row_a_size_and_names_what_is_missing(measured):
    absent = {"missing": {"jax": "jax is not installed"}}
    text = table.table({**measured, "problems": [problem | absent for problem in measured["problems"]]})
    assert "**momentum, float32, one thread**" in text
    assert "**adam, float32, one thread**" in text
    assert text.count("| 6, 5 ") == 4
    assert text.endswith("JAX jit+scan is missing: jax is not installed.")


def test_the_picture_is_written(measured, tmp_path):
    pytest.importorskip("matplotlib")
    paths = plot.plot(measured, tmp_path)
    assert [path.name for path in paths] == ["speed-momentum-float32-1.png", "speed-adam-float32-1.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_a_ratio_is_the_median_of_ratios_within_rounds():
    assert ratio([2, 30, 4], [1, 10, 4]) == (2, 1.5, 2.5)
    assert str(ratio([2, 30, 4], [1, 10, 4])) == "2.00 (1.50-2.50)"


def test_prediction_and_bookkeeping_are_measured():
    assert inside.prediction(4, rounds=1).median > 0
    assert inside.bookkeeping(rounds=1, hidden=4, batch=5).median > 0
    assert inside.distortions(rounds=1, rows=20, hidden=4, batch=5).median > 0


def test_the_parts_of_a_step_add_up():
    found = parts.measure(4, 5, rounds=1)
    alone = sum(found[part].median for part in parts.PARTS)
    assert found["step"].median == pytest.approx(1 + alone)
    assert [row[0] for row in parts.rows({"4, 5": found})] == ["part", *parts.PARTS, "step"]


def test_a_dying_worker_is_named():
    with Process("floor", 1) as process, pytest.raises(RuntimeError, match="the process of 'floor' ended with code"):
        process.ask(problem={"hidden": 1}, seconds=0.001)


@pytest.mark.parametrize("size", ["30", "30,", "0,10", "x,y", "-1,5"])
def test_a_wrong_size_is_explained(size, capsys):
    with pytest.raises(SystemExit):
        main(["bench", "speed", f"--sizes={size}"])
    assert "is not H,B: two positive integers" in capsys.readouterr().err


def test_wrong_rounds_are_explained(capsys):
    assert main(["bench", "speed", "--rounds", "0"]) == 2
    assert "--rounds is 0" in capsys.readouterr().err


def test_the_target_is_that_of_the_recipe():
    recipe = tomllib.loads((ROOT / "recipes" / "time_to_98.toml").read_text(encoding="utf-8"))
    asked = (recipe["model"], recipe["batch"], recipe["epochs"], recipe["settings"]["learning_rate"])
    assert asked == (f"mlp:{target.HIDDEN}", target.BATCH, target.EPOCHS, target.RATE)
    assert (recipe["rule"], recipe["schedule"], recipe["sampling"]) == ("nesterov", "one_cycle", "epoch")


RULE = """
def plain(w, dw, config):
    return w - config["learning_rate"] * dw, config
"""


@pytest.fixture
def my_rule(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_rule.py").write_text(RULE)
    return tmp_path


def test_a_rule_of_ones_own_does_its_work_where_it_can_run(my_rule, monkeypatch):
    own = TINY._replace(rule="my_rule.py:plain")
    with pytest.raises(UnavailableError, match="it has no rule my_rule"):
        losses("written_out", own)
    monkeypatch.setitem(RATES, "sgd", own.rate)
    assert losses("ours", own) == losses("ours", TINY._replace(rule="sgd"))


@pytest.mark.thorough
def test_the_command_measures_a_rule_of_ones_own(my_rule, capsys):
    flags = "bench speed --sizes 6,5 --rounds 2 --seconds 0.01 --out out --peers".split()
    assert main([*flags, "--rules", "my_rule.py:plain"]) == 0
    out = capsys.readouterr().out
    assert "**my_rule.py:plain, float32" in out
    assert "NumPy written out is missing: it has no rule" in out
    assert [path.name for path in (my_rule / "out").glob("*.png")] == ["speed-my_rule.py_plain-float32-1.png"]


def test_a_rule_that_is_not_there_is_named_before_anything_runs(capsys):
    assert main(["bench", "speed", "--rules", "rmsprob"]) == 2
    assert "unknown update rule 'rmsprob'. Did you mean 'rmsprop'?" in capsys.readouterr().err


def test_the_memory_of_an_epoch_is_that_of_no_second_data_set(mnist_folder, monkeypatch):
    monkeypatch.setenv("LAYERGRAPH_DATA", str(mnist_folder))
    found = memory.measure("uint8", "numpy")
    assert found["added"] < 20 < 41 < found["peak"], "41 MiB of pixels are held once"
    head, row = memory.rows({"uint8, numpy": found})
    assert len(head) == len(row) == 3
    assert row[:2] == ["uint8, numpy", f"{found['peak']:.0f}"]
