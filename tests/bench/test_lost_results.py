"""What is reported done and is not there makes the exit code 1, and is made again; a full disk is said in one line.

So are workers that die, and --out is a place of this process, whatever its workers think.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.solvers.running.progress import Progress
from bench.solvers.storage.log import lines, logs
from cli.main import main
from tests.bench.conftest import SEEDS, SOLVERS, TRIALS, rerun
from tests.bench.same import contents, pending
from tests.bench.test_two_sweeps import COMMAND

ROOT = Path(__file__).parents[2]
BACKENDS = ["sequential", *(pytest.param(name, marks=pytest.mark.thorough) for name in ("loky", "dask"))]


def words(tiny: Path, out: object, backend: str = "loky") -> list[str]:
    found = [
        "bench", "run", str(tiny), "--solvers", ",".join(SOLVERS), "--budget", "quick", "--trials", str(TRIALS),
        "--seeds", str(SEEDS), "--out", str(out), "--backend", backend,
    ]  # fmt: skip
    return found if backend == "sequential" else [*found, "--jobs", "2"]


def require(backend: str) -> None:
    needed = {"loky": "joblib", "dask": "distributed"}.get(backend)
    if needed:
        pytest.importorskip(needed, reason=f"needs {needed}")


def without_first_line(folder: Path) -> None:
    path = next(path for path in logs(folder) if path.stat().st_size)
    path.write_bytes(b"".join(line for _, line in list(lines(path))[1:]))


def cut(folder: Path) -> None:
    path = next(path for path in logs(folder) if path.stat().st_size)
    path.write_bytes(path.read_bytes()[:-40])


LOSSES: dict[str, tuple[Callable[[Path], object], bool]] = {
    "a line": (without_first_line, True),
    "the end of a line": (cut, True),
    "the folder": (shutil.rmtree, False),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", LOSSES)
def test_a_result_that_is_lost_after_it_was_reported(
    kind: str, backend: str, tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require(backend)
    out, (lose, one) = tmp_path / "out", LOSSES[kind]
    usual, ended = Progress.ended, [0]

    def losing(self: Progress, done: Any) -> None:
        usual(self, done)
        ended[0] += 1
        if ended[0] == len(SOLVERS) * (TRIALS + SEEDS):
            lose(out)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Progress, "ended", losing)
        assert main(words(tiny, out, backend)) == 1
    said = capsys.readouterr().out
    assert f"reported done and {'is' if one else 'are'} not in {out}: was it removed?" in said
    assert said.startswith("1 run was " if one else "40 runs were ")
    assert "complete" not in said
    assert main(words(tiny, out, backend)) == 0
    assert "complete" in capsys.readouterr().out
    assert contents(out) == contents(swept)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_disk_that_is_full(backend: str, tiny: Path, swept: Path, tmp_path: Path) -> None:
    """Files may not grow beyond some lines; what was cut is made again."""
    require(backend)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))

    command = [sys.executable, "-c", COMMAND, *words(tiny, tmp_path, backend), "--quiet"]
    done = subprocess.run(command, cwd=ROOT, preexec_fn=small_files, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1
    assert "File too large" in done.stderr
    assert 0 < len(pending(tmp_path)) < len(SOLVERS) * (TRIALS + SEEDS)
    rerun(tiny, tmp_path, backend="sequential")
    assert contents(tmp_path) == contents(swept)


def test_out_is_a_place_of_this_process(
    tiny: Path, swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """loky keeps its workers, and the folder in which they were started, from one sweep to the next."""
    require("loky")
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert main([*words(tiny, "out"), "--quiet"]) == 0
        assert contents(tmp_path / name / "out") == contents(swept)


@pytest.mark.thorough
def test_a_worker_that_dies(
    tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """loky has no other to take over: one line, exit code 1, and the same command goes on."""
    require("loky")
    from joblib.externals import loky

    usual, ended = Progress.ended, [0]

    def killing(self: Progress, done: Any) -> None:
        usual(self, done)
        ended[0] += 1
        if ended[0] == 4:
            for pid in loky.get_reusable_executor(max_workers=2, reuse=True)._processes:
                os.kill(pid, signal.SIGKILL)

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "ended", killing)
        assert main([*words(tiny, tmp_path), "--quiet"]) == 1
    assert capsys.readouterr().err == (
        "layergraph: error: a worker process died (was it killed, or is there too little memory?); finished runs are in"
        f" {tmp_path}, the same command goes on\n"
    )
    assert len(pending(tmp_path)) >= 4
    assert main([*words(tiny, tmp_path), "--quiet"]) == 0
    assert contents(tmp_path) == contents(swept)
