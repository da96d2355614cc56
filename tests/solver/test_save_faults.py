"""What a save promises besides what tests/campaigns/save_faults.py tries: its order, links, leftovers, signals."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from solver_cases import flat_net, quiet, softmax_data

from base import atomic
from solver import Solver, checkpoint


@pytest.fixture
def run(tmp_path):
    """A run saved once, and trained further: old and new state differ."""
    solver = quiet(flat_net(), update_rule="adam", num_epochs=1).train()
    solver.save(tmp_path / "run.npz")
    solver.old = checkpoint.read(tmp_path / "run.npz").meta["counters"]["step"]
    solver.train(num_epochs=2)
    solver.path = tmp_path / "run.npz"
    return solver


def test_the_file_is_on_disk_before_it_takes_the_name_and_the_name_after(run, monkeypatch):
    calls, fsync, replace = [], os.fsync, os.replace

    def noted_fsync(handle):
        calls.append("folder" if Path(f"/proc/self/fd/{handle}").resolve().is_dir() else "file")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", lambda *names: calls.append("replace") or replace(*names))
    run.save(run.path)
    assert calls == ["file", "replace", "folder"]


def test_the_next_start_removes_what_a_killed_save_left(run):
    left = atomic.temporary(run.path)
    left.write_bytes(b"half a checkpoint")
    Solver.load(run.path, flat_net(), softmax_data(), checkpoint_name=run.path)
    assert not left.exists()


def test_a_link_is_followed(run, tmp_path):
    elsewhere = tmp_path / "disk"
    elsewhere.mkdir()
    link = tmp_path / "link.npz"
    link.symlink_to(elsewhere / "real.npz")
    run.save(link)
    assert link.is_symlink()
    assert checkpoint.read(elsewhere / "real.npz").meta["counters"]["step"] == run.step


CHILD = """
    import sys
    sys.path[:0] = [{root!r}, {here!r}]
    from solver_cases import flat_net, quiet
    print("go", flush=True)
    quiet(flat_net(), num_epochs=10**6, eval_every=10**6, checkpoint_name={path!r}, checkpoint_every={every}).train()
"""


@pytest.mark.parametrize(("number", "code"), [(2, -2), (15, 143)])
def test_a_signal_ends_the_step_saves_and_ends_the_process(tmp_path, number, code):
    here, path = Path(__file__).parent, tmp_path / "run.npz"
    text = textwrap.dedent(CHILD).format(root=str(here.parents[1]), here=str(here), path=str(path), every=3)
    child = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    child.stdout.readline()
    while not path.exists():
        time.sleep(0.01)
    child.send_signal(number)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == code, errors
    saved = checkpoint.read(path)
    assert saved.meta["stopped_reason"] == "interrupted"
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]
    if number == 2:
        assert f"interrupted at step {saved.meta['counters']['step']}; resume with --resume" in errors
