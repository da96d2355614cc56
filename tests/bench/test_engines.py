"""However a sweep is run, its files are the same: in turn, loky, dask, shards, in any order, heard or not."""

import contextlib
import os
import random
import shutil
import sys
import threading
import types
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bench
from bench.solvers.planning.plan import pairs, plan, tuning
from bench.solvers.planning.problem import load_problem
from bench.solvers.planning.spaces import load_space
from bench.solvers.planning.task import Task, in_shard, tuning_tasks
from bench.solvers.running.engine import Engine
from bench.solvers.running.phase import Kind, Listener
from bench.solvers.running.run_one import Done, perform, run_one
from bench.solvers.running.sweep import run_sweep
from bench.solvers.storage.record import Record
from bench.solvers.storage.store import Store
from tests.bench.conftest import SEEDS, SOLVERS, TRIALS, rerun
from tests.bench.same import contents, pending

BROKEN = """
rule = "sgd"
[space.learning_rate]
scale = "log"
low = 1e-3
high = 1e1
[space.nonsense]
scale = "linear"
low = 0.0
high = 1.0
"""


def test_loky_gives_the_same_files(tiny: Path, swept: Path, tmp_path: Path) -> None:
    pytest.importorskip("joblib")
    manifest = plan([tiny], SOLVERS, budget="quick", trials=TRIALS, seeds=SEEDS)
    noted = Noted()
    run_sweep(manifest, tmp_path, Engine(2), listener=noted)
    assert contents(tmp_path) == contents(swept)
    assert sum(isinstance(one, tuple) and one[0] == "runs" for one in noted.said) == 1  # no barrier before reporting


def test_ray_gives_the_same_files(tiny: Path, swept: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs ray: pip install ray")
    rerun(tiny, tmp_path, n_jobs=2, backend="ray")
    assert contents(tmp_path) == contents(swept)


def test_what_is_asked_of_ray(tiny: Path, swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ray is not installed: something with its face, over threads."""
    with ThreadPoolExecutor(2) as threads:
        said: list[str] = []

        def remote(call: Callable[..., object]) -> object:
            def submit(*args: object) -> object:
                future = threads.submit(call, *args)
                return types.SimpleNamespace(future=lambda: future)

            return types.SimpleNamespace(remote=submit)

        ray = types.ModuleType("ray")
        face = {"remote": remote, "is_initialized": lambda: False, "shutdown": lambda: said.append("shutdown")}
        for name, one in {**face, "init": lambda **_: said.append("init")}.items():
            setattr(ray, name, one)
        monkeypatch.setitem(sys.modules, "ray", ray)
        rerun(tiny, tmp_path, n_jobs=2, backend="ray")
    assert contents(tmp_path) == contents(swept)
    assert said == ["init", "shutdown"]


def test_runs_of_one_process_take_turns(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As threads of a Dask worker: BLAS has one number of threads, which the first to end would give back."""
    tasks = tuning_tasks(load_problem(tiny), load_space("sgd"), 2, 0)
    meeting, met = threading.Barrier(2), []

    def wait_for_the_other(task: Task) -> Record:
        with contextlib.suppress(threading.BrokenBarrierError):  # the other does not come: as it should be
            met.append(meeting.wait(timeout=0.5))
        return perform(task)

    monkeypatch.setattr("bench.solvers.running.run_one.perform", wait_for_the_other)
    with ThreadPoolExecutor(2) as threads:
        assert [done.status for done in threads.map(run_one, tasks)] == ["done", "done"]
    assert met == []


@pytest.mark.parametrize(("backend", "package"), [("ray", "ray"), ("dask", "distributed")])
def test_a_backend_that_is_not_installed(
    backend: str, package: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("joblib")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"^--backend {backend} needs {package}: pip install {package}$"):
        rerun(tiny, tmp_path, n_jobs=2, backend=backend)


def test_shards_merged_give_the_same_files(tiny: Path, swept: Path, tmp_path: Path) -> None:
    """Two rounds, as on a cluster: all shards tune, the files are brought together, all shards report."""
    merged = tmp_path / "merged"
    for first in (True, False):
        for index in range(3):
            part = tmp_path / f"part{index}"
            if merged.exists():
                shutil.copytree(merged, part, dirs_exist_ok=True)
            rerun(tiny, part, shard=(index, 3), backend="sequential")
        if first:
            parts = [len(pending(tmp_path / f"part{index}")) for index in range(3)]
            assert sum(parts) == sum("/tune-" in name for name in pending(swept))
            assert all(parts)
        for index in range(3):
            shutil.copytree(tmp_path / f"part{index}", merged, dirs_exist_ok=True)
    assert contents(merged) == contents(swept)


def test_every_task_is_in_one_shard(tiny: Path) -> None:
    manifest = plan([tiny], SOLVERS, budget="quick", trials=20)
    tasks = [task for pair in pairs(manifest) for task in tuning(manifest, *pair)]
    shards = [{task.id for task in tasks if in_shard(task, (i, 3))} for i in range(3)]
    assert sum(map(len, shards)) == len(tasks) == len(set().union(*shards))
    assert all(shards)


def test_the_order_of_tasks_is_free(tiny: Path, swept: Path, tmp_path: Path) -> None:
    manifest = plan([tiny], SOLVERS, budget="quick", trials=TRIALS, seeds=SEEDS)
    tasks = [task for pair in pairs(manifest) for task in tuning(manifest, *pair)]
    random.Random(0).shuffle(tasks)
    store = Store(tmp_path)
    for task in tasks:
        store.append(run_one(task).line)
    found, there = contents(tmp_path), contents(swept)
    assert found == {name: there[name] for name in found}
    assert len(found) == len(tasks)


@pytest.mark.thorough
def test_dask_on_a_cluster_of_its_own(tiny: Path, swept: Path, tmp_path: Path) -> None:
    """Without an address the sweep starts worker processes, and ends them."""
    pytest.importorskip("distributed", reason="needs dask: pip install layergraph[dask]")
    rerun(tiny, tmp_path, n_jobs=2, backend="dask")
    assert contents(tmp_path) == contents(swept)


def test_a_failing_run_is_written_down_and_the_others_finish(tiny: Path, tmp_path: Path) -> None:
    space = tmp_path / "broken.toml"
    space.write_text(BROKEN, encoding="utf-8")
    out = tmp_path / "out"
    results = bench.run(
        tiny, ["sgd", space], budget="quick", trials=2, seeds=2, out=out, backend="sequential", progress=False
    )
    assert results.solvers == ["sgd"]
    failures = list(out.rglob("*.failed.json"))
    assert len(failures) == 2
    assert "nonsense" in failures[0].read_text()
    assert results.missing == 4


@pytest.mark.parametrize("listener", [Listener(), pytest.param(None, marks=pytest.mark.thorough)])
def test_nobody_has_to_listen(tiny: Path, swept: Path, tmp_path: Path, listener: Listener | None) -> None:
    """Who is told of the runs does not drive them: with a listener that does nothing, and without one."""
    manifest = plan([tiny], SOLVERS, budget="quick", trials=TRIALS, seeds=SEEDS)
    found = run_sweep(manifest, tmp_path, Engine(backend="sequential"), listener=listener)
    assert (found.complete, found.failed) == (True, [])
    assert contents(tmp_path) == contents(swept)


class Noted(Listener):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def begin(self, phase: str, tasks: Sequence[Task], later: Mapping[Kind, int]) -> None:
        self.said.append((phase, len(tasks), later))

    def found(self, tasks: Sequence[Task], promised: Mapping[Kind, int]) -> None:
        self.said.append((len(tasks), promised))

    def ended(self, done: Done) -> None:
        self.said.append(done.status)

    def end(self) -> None:
        self.said.append("end")


def test_a_listener_hears_of_every_run(tiny: Path, tmp_path: Path) -> None:
    space = tmp_path / "broken.toml"
    space.write_text(BROKEN, encoding="utf-8")
    manifest = plan([tiny], ["sgd", space], budget="quick", trials=2, seeds=3)
    noted = Noted()
    found = run_sweep(manifest, tmp_path / "out", Engine(backend="sequential"), listener=noted)
    later, three = {("tiny", "sgd"): 3, ("tiny", "broken"): 3}, {("tiny", "sgd"): 3}
    tuned = [("runs", 4, later), "done", "failed", "done", (3, three), "failed"]
    assert noted.said == [*tuned, "done", "done", "done", "end"]
    assert not found.complete
    assert [task.solver for task in found.failed] == ["broken", "broken"]
    again = Noted()
    run_sweep(manifest, tmp_path / "out", Engine(backend="sequential"), listener=again)
    assert again.said == [("runs", 2, {("tiny", "broken"): 3}), "failed", "failed", "end"]


def test_unknown_backend() -> None:
    with pytest.raises(ValueError, match="backend is 'spark'; expected one of sequential, loky, dask, ray, mpi"):
        Engine(backend="spark").checked()


def test_jobs_and_scheduler() -> None:
    assert Engine(jobs=-1).checked().jobs == os.cpu_count()
    with pytest.raises(ValueError, match="jobs is -2 and threads 1; expected at least 1 of each"):
        Engine(jobs=-2).checked()
    with pytest.raises(ValueError, match="a scheduler is Dask's, but backend is 'loky'; take backend 'dask' with it"):
        Engine(address="tcp://127.0.0.1:8786").checked()
