"""A sweep by the compiled engine: the same for all its runs, part of what a task is, and chosen where it pays."""

import numpy as np
import pytest

from bench.solvers.planning.manifest import read_manifest, write_manifest
from bench.solvers.planning.plan import plan, tuning, with_engine
from bench.solvers.planning.spaces import load_space
from bench.solvers.planning.task import report_tasks
from bench.solvers.running.run_one import perform

pytest.importorskip("sklearn", reason="the problem's digits are scikit-learn's")


def manifest(**options):
    return plan(["digits-softmax"], ["sgd", "lbfgs"], budget="quick", **options)


def test_the_engine_is_part_of_a_first_order_task_and_numpys_tasks_are_what_they_were():
    quick = manifest()
    (problem,), (sgd, lbfgs) = quick.problems, quick.spaces
    compiled = quick._replace(engine="compiled")
    assert tuning(quick, problem, sgd)[0].as_dict().get("engine", "absent") == "absent"
    assert tuning(compiled, problem, sgd)[0].id != tuning(quick, problem, sgd)[0].id
    assert tuning(compiled, problem, lbfgs)[0].id == tuning(quick, problem, lbfgs)[0].id


def test_auto_compiles_where_it_pays_and_a_folder_keeps_its_engine(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert with_engine(manifest(), "auto", tmp_path).engine is None  # 11 runs a solver
    long = with_engine(manifest(trials=20, seeds=10), "auto", tmp_path)
    assert long.engine == "compiled"
    write_manifest(tmp_path, long)
    assert read_manifest(tmp_path).engine == "compiled"
    assert with_engine(manifest(), "auto", tmp_path).engine == "compiled"
    with pytest.raises(
        ValueError, match=r"holds runs by the engine compiled, and --engine is numpy. Use another --out"
    ):
        with_engine(manifest(), "numpy", tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert with_engine(manifest(trials=20, seeds=10), "auto", tmp_path / "new").engine is None


def test_both_engines_find_the_same_curve():
    pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
    problem = manifest().problems[0]
    curves = []
    for engine in (None, "compiled"):
        (task,) = report_tasks(problem, load_space("sgd"), {"learning_rate": 0.1}, 1, 0, engine=engine)
        found = perform(task)
        curves.append([row["train_loss"] for row in found.rows])
        assert found.outcome.get("engine") == engine
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-4)
    (task,) = report_tasks(problem, load_space("muon"), {"learning_rate": 0.02}, 1, 0, engine="compiled")
    assert perform(task).outcome["engine"] == "numpy"  # it has no form for one number
