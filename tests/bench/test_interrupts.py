"""A sweep that is interrupted, killed, or loses a worker in the middle of a run goes on to the same files.

No clock decides what is interrupted: beside the problem stands one whose runs never end, and the worker that dies is
killed by the run itself.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.solvers.storage.log import logs
from tests.bench.conftest import SEEDS, SOLVERS, TINY, TRIALS, rerun
from tests.bench.same import contents, pending

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; from cli.main import main; sys.exit(main())"


def start(tiny: Path, out: Path, jobs: int, backend: str) -> subprocess.Popen[str]:
    """The command, on the problem and on one without an end: of noise, so that its full batch does not come first."""
    endless = tiny.with_name("endless.toml")
    text = TINY.replace('"tiny"', '"endless"').replace("epochs = 3", "epochs = 1_000_000_000")
    endless.write_text(text.replace("hidden = [8]", "hidden = [8]\nkeep_hidden = 0.5"), encoding="utf-8")
    command = [
        sys.executable, "-c", COMMAND, "bench", "run", str(tiny), str(endless),
        "--solvers", ",".join(SOLVERS), "--budget", "quick", "--trials", str(TRIALS), "--seeds", str(SEEDS),
        "--out", str(out), "--jobs", str(jobs), "--backend", backend,
    ]  # fmt: skip
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)  # a group, as of a terminal


@pytest.mark.parametrize(
    ("number", "jobs", "backend"),
    [
        pytest.param(signal.SIGINT, 1, "loky", marks=pytest.mark.thorough),
        (signal.SIGKILL, 1, "loky"),
        pytest.param(signal.SIGINT, 2, "loky", marks=pytest.mark.thorough),
        pytest.param(signal.SIGINT, 2, "dask", marks=pytest.mark.thorough),
    ],
)
def test_interrupted_and_taken_up_again(
    tiny: Path, swept: Path, tmp_path: Path, number: signal.Signals, jobs: int, backend: str
) -> None:
    if backend == "dask":
        pytest.importorskip("distributed", reason="needs dask: pip install layergraph[dask]")
    process = start(tiny, tmp_path, jobs, backend)
    while len(pending(tmp_path)) < 5 and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()[0]
    os.killpg(process.pid, number)
    output = process.communicate()[0]
    assert 5 <= len(pending(tmp_path)) < len(pending(swept))
    if number == signal.SIGINT:
        assert process.returncode == 130, output
        assert "the same command goes on" in output
        assert "Traceback" not in output
    again = tmp_path / "again"  # without the manifest, which asks for the endless runs too
    again.mkdir()
    for path in logs(tmp_path):
        shutil.copy(path, again)
    rerun(tiny, again, backend="sequential")
    assert contents(again) == contents(swept)
    assert not list(again.rglob(".*.tmp"))


@pytest.mark.thorough
def test_dask_survives_the_death_of_a_worker(tiny: Path, swept: Path, tmp_path: Path) -> None:
    """The first run of whichever worker comes first kills its process before its result is written."""
    distributed = pytest.importorskip("distributed", reason="needs dask: pip install layergraph[dask]")
    grave = tmp_path / "killed"

    def claimed(grave: Path) -> bool:
        """Whether this process is the first to write its number there."""
        try:
            with grave.open("x") as stream:
                stream.write(str(os.getpid()))
        except FileExistsError:
            return False
        return True

    def plant(grave: Path) -> None:
        """In a worker process: the first run of all dies in the middle."""
        from bench.solvers.running import run_one

        usual = run_one.perform

        def dying(task: object) -> object:
            record = usual(task)
            if claimed(grave):
                os.kill(os.getpid(), signal.SIGKILL)
            return record

        run_one.perform = dying

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = set(client.run(os.getpid).values())
        client.run(plant, grave)
        rerun(tiny, tmp_path / "out", backend="dask", n_jobs=2, scheduler=cluster.scheduler_address)
        assert int(grave.read_text()) in pids - set(client.run(os.getpid).values())
    assert contents(tmp_path / "out") == contents(swept)
