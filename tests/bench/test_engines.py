"""However a sweep is run, its files are the same: in turn, loky, dask, shards, killed and taken up again."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

import bench
from bench.solvers.planning.task import in_shard
from bench.solvers.reading.records import timeless
from bench.solvers.running import engine, sweep
from bench.solvers.running.engine import Engine
from bench.solvers.running.run_one import run_one
from tests.bench.conftest import SEEDS, SOLVERS, TRIALS
from tests.bench.same import contents, pending

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; from cli.main import main; sys.exit(main())"
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


def rerun(tiny: Path, out: Path, **how: object) -> None:
    bench.run(tiny, SOLVERS, trials=TRIALS, seeds=SEEDS, out=out, progress=False, **how)  # type: ignore[arg-type]


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
    manifest = sweep.plan([tiny], SOLVERS, trials=20)
    tasks = [task for pair in sweep.pairs(manifest) for task in sweep.tuning(manifest, *pair)]
    shards = [{task.id for task in tasks if in_shard(task, (i, 3))} for i in range(3)]
    assert sum(map(len, shards)) == len(tasks) == len(set().union(*shards))
    assert all(shards)


def test_the_order_of_tasks_is_free(tiny: Path, swept: Path, tmp_path: Path) -> None:
    manifest = sweep.plan([tiny], SOLVERS, trials=TRIALS, seeds=SEEDS)
    tasks = [task for pair in sweep.pairs(manifest) for task in sweep.tuning(manifest, *pair)]
    random.Random(0).shuffle(tasks)
    for task in tasks:
        assert run_one(task, tmp_path) == "done"
    there = contents(swept)
    for name in (str(path.relative_to(tmp_path)) for path in pending(tmp_path)):
        assert contents_of(tmp_path, name) == there[name]


def contents_of(folder: Path, name: str) -> str:
    return timeless((folder / name).read_text())


def start(tiny: Path, out: Path, jobs: int, backend: str) -> subprocess.Popen[str]:
    command = [
        sys.executable, "-c", COMMAND, "bench", "run", str(tiny),
        "--solvers", ",".join(SOLVERS), "--trials", str(TRIALS), "--seeds", str(SEEDS), "--out", str(out),
        "--jobs", str(jobs), "--backend", backend,
    ]  # fmt: skip
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)  # a group, as of a terminal


def wait_for(out: Path, files: int, process: subprocess.Popen[str]) -> None:
    while len(pending(out)) < files and process.poll() is None:
        time.sleep(0.002)


@pytest.mark.parametrize(
    ("number", "jobs", "backend"),
    [
        (signal.SIGINT, 1, "loky"),
        (signal.SIGKILL, 1, "loky"),
        (signal.SIGINT, 2, "loky"),
        (signal.SIGINT, 2, "dask"),
    ],
)
def test_interrupted_and_taken_up_again(
    tiny: Path, swept: Path, tmp_path: Path, number: signal.Signals, jobs: int, backend: str
) -> None:
    if backend == "dask":
        pytest.importorskip("distributed", reason="needs dask: pip install layergraph[dask]")
    process = start(tiny, tmp_path, jobs, backend)
    wait_for(tmp_path, 5, process)
    os.killpg(process.pid, number)
    output = process.communicate(timeout=60)[0]
    there = len(pending(tmp_path))
    assert 5 <= there < len(pending(swept)), "the signal came too late to interrupt anything"
    if number == signal.SIGINT:
        assert process.returncode == 130, output
        assert "the same command goes on" in output
        assert "Traceback" not in output
    rerun(tiny, tmp_path, backend="sequential")
    assert contents(tmp_path) == contents(swept)
    assert not list(tmp_path.rglob(".*.tmp"))


def test_dask_on_a_cluster_of_its_own(tiny: Path, swept: Path, tmp_path: Path) -> None:
    """Without an address the sweep starts worker processes, and ends them."""
    pytest.importorskip("distributed", reason="needs dask: pip install layergraph[dask]")
    rerun(tiny, tmp_path, n_jobs=2, backend="dask")
    assert contents(tmp_path) == contents(swept)


def test_dask_survives_the_death_of_a_worker(tiny: Path, swept: Path, tmp_path: Path) -> None:
    """Two worker processes; one is killed by its process id in the middle."""
    distributed = pytest.importorskip("distributed", reason="needs dask: pip install layergraph[dask]")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())
        how = {"backend": "dask", "n_jobs": 2, "scheduler": cluster.scheduler_address}
        thread = threading.Thread(target=rerun, args=(tiny, tmp_path), kwargs=how)
        thread.start()
        while len(pending(tmp_path)) < 3 and thread.is_alive():
            time.sleep(0.002)
        killed_at = len(pending(tmp_path))
        os.kill(pids[0], signal.SIGKILL)
        thread.join(timeout=120)
        assert not thread.is_alive()
        assert pids[0] not in client.run(os.getpid).values()
    assert killed_at < len(pending(swept)), "the worker was killed too late to interrupt anything"
    assert contents(tmp_path) == contents(swept)


def test_a_failing_run_is_written_down_and_the_others_finish(tiny: Path, tmp_path: Path) -> None:
    space = tmp_path / "broken.toml"
    space.write_text(BROKEN, encoding="utf-8")
    out = tmp_path / "out"
    results = bench.run(tiny, ["sgd", space], trials=2, seeds=2, out=out, backend="sequential", progress=False)
    assert results.solvers == ["sgd"]
    failures = list(out.rglob("*.failed.json"))
    assert len(failures) == 2
    assert "nonsense" in failures[0].read_text()
    assert results.missing == 4


def test_unknown_backend() -> None:
    with pytest.raises(ValueError, match="backend is 'spark'; expected one of sequential, loky, dask, ray"):
        Engine(backend="spark").checked()


def test_jobs_and_scheduler() -> None:
    assert Engine(jobs=-1).checked().jobs == os.cpu_count()
    with pytest.raises(ValueError, match="jobs is -2 and threads 1; expected at least 1 of each"):
        Engine(jobs=-2).checked()
    with pytest.raises(ValueError, match="a scheduler is Dask's, but backend is 'loky'; take backend 'dask' with it"):
        Engine(address="tcp://127.0.0.1:8786").checked()
