"""The workers of a sweep that is killed end by themselves, whatever they are computing."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.bench.same import pending
from tests.bench.test_interrupts import start

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def children(pid: int) -> set[int]:
    """The processes that have this parent and run."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.add(int(entry.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_workers_end_after_the_sweep_is_killed(tiny: Path, tmp_path: Path) -> None:
    process = start(tiny, tmp_path, 2, "loky")
    while len(pending(tmp_path)) < 5 and process.poll() is None:
        time.sleep(0.05)
    workers = {pid for pid in children(process.pid) if b"LokyProcess" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    assert len(workers) == 2
    os.kill(process.pid, signal.SIGKILL)  # the process alone, not its group
    process.communicate()
    until = time.monotonic() + 30
    while left := {pid for pid in workers if Path(f"/proc/{pid}").exists()}:
        if time.monotonic() > until:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            pytest.fail(f"{len(left)} workers live on")
        time.sleep(0.1)
    assert len(pending(tmp_path)) >= 5
