"""The command that starts ranks, and processes started by it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def on_ranks(ranks: int, *words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Python with these words on so many ranks, finished; the test is skipped where there is no MPI."""
    pytest.importorskip("mpi4py", reason="needs MPI: pip install layergraph[mpi]")
    command = [mpiexec(), "--allow-run-as-root", "--oversubscribe", "-n", ranks, sys.executable, *words]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def mpiexec() -> str:
    """Beside this interpreter (a wheel put it there) or on the path."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("mpiexec", path=places)
    if found is None:
        pytest.skip("needs mpiexec: pip install layergraph[mpi]")
    return found
