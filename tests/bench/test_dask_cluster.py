"""Sweeps on a Dask cluster of separate processes: a worker is killed, one joins later, the scheduler is lost."""

import os
import signal
import subprocess
import sys
import types
import warnings
from pathlib import Path

import pytest

from bench.solvers.running.dask_pool import _Workers
from cli.main import main
from tests.bench.conftest import SEEDS, SOLVERS, TRIALS, rerun
from tests.bench.dask_processes import started, wait_for
from tests.bench.same import contents
from tests.bench.test_two_sweeps import COMMAND, written_lines

dask = pytest.importorskip("dask", reason="needs dask: pip install layergraph[dask]")
distributed = pytest.importorskip("distributed", reason="needs dask: pip install layergraph[dask]")


def sweep(tiny: Path, address: str, folder: Path) -> subprocess.Popen[str]:
    """The command, in a folder where the workers are not; --out is named from there."""
    command = [
        sys.executable, "-c", COMMAND, "bench", "run", str(tiny), "--solvers", ",".join(SOLVERS), "--budget", "quick",
        "--trials", str(TRIALS), "--seeds", str(SEEDS), "--out", "out", "--backend", "dask", "--scheduler", address,
    ]  # fmt: skip
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=folder, **pipes)


@pytest.mark.thorough
def test_a_worker_joins_and_another_is_killed_in_the_middle(tiny: Path, swept: Path, tmp_path: Path) -> None:
    """The first worker hangs in its third run; one that joins goes on; then the first is killed, and its run made."""
    with started(tmp_path / "cluster") as cluster:
        hangs = cluster.hanging_worker()
        process = sweep(tiny, cluster.address, tmp_path)
        wait_for(lambda: hangs.exists() or process.poll() is not None)
        before = written_lines(tmp_path / "out")
        cluster.worker()
        wait_for(lambda: written_lines(tmp_path / "out") >= before + 5 or process.poll() is not None)
        assert process.poll() is None, process.communicate()[0]
        os.kill(int(hangs.read_text()), signal.SIGKILL)
        output = process.communicate()[0]
    assert process.returncode == 0, output
    assert "warning" not in output
    assert contents(tmp_path / "out") == contents(swept)
    assert written_lines(tmp_path / "out") == len(SOLVERS) * (TRIALS + SEEDS)


@pytest.mark.thorough
def test_the_scheduler_is_lost(tiny: Path, swept: Path, tmp_path: Path) -> None:
    with started(tmp_path / "cluster") as cluster:
        hangs = cluster.hanging_worker()
        process = sweep(tiny, cluster.address, tmp_path)
        wait_for(lambda: hangs.exists() or process.poll() is not None)
        wait_for(lambda: written_lines(tmp_path / "out") >= 2 or process.poll() is not None)
        cluster.scheduler.kill()
        output = process.communicate()[0]
    lost = f"the Dask scheduler at {cluster.address} was lost"
    ending = f"layergraph: error: {lost}; finished runs are in out, the same command goes on\n"
    assert process.returncode == 1, output
    assert output.endswith(ending)
    assert all(line.startswith("runs ") for line in output.removesuffix(ending).splitlines()), output
    kept = written_lines(tmp_path / "out")
    assert kept >= 2
    rerun(tiny, tmp_path / "out", backend="sequential")
    assert contents(tmp_path / "out") == contents(swept)
    assert written_lines(tmp_path / "out") == len(SOLVERS) * (TRIALS + SEEDS)


@pytest.mark.thorough
def test_no_scheduler_answers(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "run", str(tiny), "--solvers", "sgd", "--budget", "quick", "--out", str(tmp_path)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(dask.config.config["distributed"]["comm"]["timeouts"], "connect", "1s")
        assert main([*words, "--backend", "dask", "--scheduler", "tcp://127.0.0.1:9"]) == 1
    said = capsys.readouterr().err
    wanted = "no Dask scheduler answers at tcp://127.0.0.1:9: is 'dask scheduler' running there?"
    assert said == f"layergraph: error: {wanted}; finished runs are in {tmp_path}, the same command goes on\n"


@pytest.mark.thorough
def test_a_worker_with_threads(tiny: Path, swept: Path, tmp_path: Path) -> None:
    """Its runs take turns, and are the same; the warning says how to start workers."""
    quiet = {"dashboard_address": "127.0.0.1:0", "processes": False}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=4, **quiet) as cluster:
        with pytest.warns(UserWarning, match=r"the Dask worker at \S+ has 4 threads, .* --nworkers 4") as said:
            rerun(tiny, tmp_path, backend="dask", scheduler=cluster.scheduler_address)
        assert len(said) == 1
    assert contents(tmp_path) == contents(swept)


def looks(monkeypatch: pytest.MonkeyPatch, *found: dict[str, int]) -> tuple[list[int], list[str]]:
    """What a count of workers says at several looks, and what it warns of."""
    answers, clock = iter(found), iter(range(0, 1000, 10))
    client = types.SimpleNamespace(nthreads=lambda: next(answers), scheduler=types.SimpleNamespace(address="tcp://s:1"))
    monkeypatch.setattr("bench.solvers.running.dask_pool.time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        count = _Workers(client)
        return [count() for _ in found], [str(one.message) for one in said]


def test_a_worker_counts_once_whatever_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looks(monkeypatch, {"a": 1}, {"a": 1, "b": 1}) == ([1, 2], [])
    counts, said = looks(monkeypatch, {"a": 1}, {"a": 1, "b": 4, "c": 8}, {"b": 4}, {"d": 2})
    assert counts == [1, 3, 1, 1]
    assert said == [
        "the Dask worker at b (and 1 more) has 4 threads, but runs take turns within a process: start it with"
        " --nworkers 4 --nthreads 1 for 4 runs at a time"
    ]


def test_a_cluster_without_workers_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, said = looks(monkeypatch, {}, {}, {"a": 1})
    assert counts == [1, 1, 1]
    assert said == [
        "the Dask cluster has no worker yet, and the runs wait for one: dask worker tcp://s:1 --nthreads 1"
    ]


def test_workers_are_counted_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    client = types.SimpleNamespace(nthreads=lambda: asked.append(1) or {"a": 1})
    clock = iter([5.0, 5.9, 6.1])
    monkeypatch.setattr("bench.solvers.running.dask_pool.time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    count = _Workers(client)
    assert [(count(), len(asked)) for _ in range(3)] == [(1, 1), (1, 1), (1, 2)]
