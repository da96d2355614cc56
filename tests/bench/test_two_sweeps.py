"""Sweeps and shards that are started at once in one folder share the work: nothing is lost, no run is done twice."""

import subprocess
import sys
from pathlib import Path

import pytest

import bench
from base.files.claims import Claims
from bench.solvers.planning.manifest import read_manifest
from bench.solvers.planning.plan import cells, plan, tuning
from bench.solvers.running.flow import CLAIMS
from bench.solvers.storage.log import lines, logs
from bench.solvers.storage.store import Store
from cli.main import main
from tests.bench.same import contents

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; from cli.main import main; sys.exit(main())"
HOW = ["--budget", "quick", "--trials", "3", "--seeds", "3", "--engine", "numpy", "--quiet"]


def start(tiny: Path, out: Path, solvers: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COMMAND, "bench", "run", str(tiny), "--solvers", solvers, "--out", str(out)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([*command, *HOW, *more], cwd=ROOT, **pipes)


def written_lines(folder: Path) -> int:
    return sum(1 for path in logs(folder) for _ in lines(path))


@pytest.mark.parametrize("kind", ["sweeps", "shards"])
def test_started_at_once(kind: str, tiny: Path, tmp_path: Path) -> None:
    """Sweeps of different solvers, two of each, in one folder; then shards, and what is left of theirs."""
    names = ["sgd", "momentum", "adam"]
    out, alone = tmp_path / "out", tmp_path / "alone"
    if kind == "sweeps":
        processes = [start(tiny, out, name) for name in names for _ in range(2)]
    else:
        processes = [start(tiny, out, ",".join(names), "--shard", f"{index}/8") for index in range(8)]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), said
    assert sorted(space.solver for space in read_manifest(out).spaces) == sorted(names)
    if kind == "shards":
        assert Store(out).notes() == []
        assert main(["bench", "run", str(tiny), "--solvers", ",".join(names), "--out", str(out), *HOW]) == 0
    bench.run(tiny, names, budget="quick", trials=3, seeds=3, out=alone, backend="sequential", progress=False)
    found, wanted = contents(out), contents(alone)
    assert {key for key in wanted if key != "manifest.json"} == {key for key in found if key != "manifest.json"}
    assert all(found[key] == wanted[key] for key in wanted if key != "manifest.json")
    assert written_lines(out) == len(names) * (3 + 3)


def test_what_another_has_claimed_is_waited_for(tiny: Path, tmp_path: Path) -> None:
    """A process claims a run and is killed: the claim goes with it, and the sweep that waited does the run."""
    manifest = plan([tiny], ["sgd"], budget="quick", trials=1, seeds=1)
    task = tuning(*cells(manifest)[0])[0]
    code = (
        "import sys, pathlib; from base.files.claims import Claims\n"
        "claims = Claims(pathlib.Path(sys.argv[1]))\n"
        "print(claims.take(int(sys.argv[2], 16)), flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", code, str(tmp_path / CLAIMS), task.id]
    holder = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    claims = Claims(tmp_path / CLAIMS)
    assert not claims.take(int(task.id, 16))
    assert claims.take(int(task.id, 16) + 1)
    claims.close()
    sweep = start(tiny, tmp_path, "sgd", "--trials", "1", "--seeds", "1")
    with pytest.raises(subprocess.TimeoutExpired):
        sweep.wait(4)
    assert written_lines(tmp_path) == 0
    holder.kill()
    holder.communicate()
    assert sweep.wait(60) == 0, sweep.communicate()
    sweep.communicate()
    assert written_lines(tmp_path) == 2
    assert (tmp_path / CLAIMS).stat().st_size == 0
