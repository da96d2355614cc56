"""However a sweep is run, its files are the same: in turn, loky, dask, shards, in any order, heard or not."""

import contextlib
import os
import random
import shutil
import sys
import threading
import types
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bench
from bench.solvers.planning.plan import pairs, plan, tuning
from bench.solvers.planning.problem import load_problem
from bench.solvers.planning.spaces import load_space
from bench.solvers.planning.task import Task, in_shard, tuning_tasks
from bench.solvers.reading.records import Record, timeless
from bench.solvers.running import engine
from bench.solvers.running.engine import Done, Engine
from bench.solvers.running.phase import Listener
from bench.solvers.running.run_one import perform, run_one
from bench.solvers.running.sweep import run_sweep
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
    rerun(tiny, tmp_path, n_jobs=2)
    assert contents(tmp_path) == contents(swept)


def test_ray_gives_the_same_files(tiny: Path, swept: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs ray: pip install ray")
    rerun(tiny, tmp_path, n_jobs=2, backend="ray")
    assert contents(tmp_path) == contents(swept)


def test_a_backend_that_gives_back_whole_portions(
    tiny: Path, swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ray's: registered by a call, and without joblib's generators."""
    joblib = pytest.importorskip("joblib")
    from joblib.parallel import BACKENDS, ThreadingBackend

    class Whole(ThreadingBackend):
        supports_return_generator = False

    module = types.ModuleType("ray.util.joblib")
    module.register_ray = lambda: joblib.register_parallel_backend("ray", Whole)  # type: ignore[attr-defined]
    for name, one in (
        ("ray", types.ModuleType("ray")),
        ("ray.util", types.ModuleType("ray.util")),
        (module.__name__, module),
    ):
        monkeypatch.setitem(sys.modules, name, one)
    monkeypatch.setattr(engine, "_ROUND", 2)
    try:
        rerun(tiny, tmp_path, n_jobs=2, backend="ray")
    finally:
        BACKENDS.pop("ray", None)
    assert contents(tmp_path) == contents(swept)


def test_runs_of_one_process_take_turns(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As threads of a Dask worker: BLAS has one number of threads, which the first to end would give back."""
    tasks = tuning_tasks(load_problem(tiny), load_space("sgd"), 2, 0)
    meeting, met = threading.Barrier(2), []

    def wait_for_the_other(task: Task) -> Record:
        with contextlib.suppress(threading.BrokenBarrierError):  # the other does not come: as it should be
            met.append(meeting.wait(timeout=0.5))
        return perform(task)

    monkeypatch.setattr("bench.solvers.running.run_one.perform", wait_for_the_other)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda task: run_one(task, tmp_path), tasks)) == ["done", "done"]
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
            assert sum(parts) == len(list(swept.rglob("tune-*.jsonl")))
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
    for task in tasks:
        assert run_one(task, tmp_path) == "done"
    there = contents(swept)
    for name in (str(path.relative_to(tmp_path)) for path in pending(tmp_path)):
        assert contents_of(tmp_path, name) == there[name]


def contents_of(folder: Path, name: str) -> str:
    return timeless((folder / name).read_text())


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

    def begin(self, phase: str, tasks: Sequence[Task]) -> None:
        self.said.append((phase, len(tasks)))

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
    tuned = [("tuning", 4), "done", "done", "failed", "failed", "end"]
    assert noted.said == [*tuned, ("reporting", 3), "done", "done", "done", "end"]
    assert not found.complete
    assert [task.solver for task in found.failed] == ["broken", "broken"]
    again = Noted()
    run_sweep(manifest, tmp_path / "out", Engine(backend="sequential"), listener=again)
    assert again.said == [("tuning", 2), "failed", "failed", "end"]


def test_unknown_backend() -> None:
    with pytest.raises(ValueError, match="backend is 'spark'; expected one of sequential, loky, dask, ray"):
        Engine(backend="spark").checked()


def test_jobs_and_scheduler() -> None:
    assert Engine(jobs=-1).checked().jobs == os.cpu_count()
    with pytest.raises(ValueError, match="jobs is -2 and threads 1; expected at least 1 of each"):
        Engine(jobs=-2).checked()
    with pytest.raises(ValueError, match="a scheduler is Dask's, but backend is 'loky'; take backend 'dask' with it"):
        Engine(address="tcp://127.0.0.1:8786").checked()
