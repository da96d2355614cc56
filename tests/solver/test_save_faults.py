"""Faults injected at every point of a save: afterwards the old or the new checkpoint is there, whole, and alone."""

import errno
import io
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from solver_cases import flat_net, quiet, softmax_data, weights

from base import atomic
from solver import CheckpointError, Solver, checkpoint

pytestmark = pytest.mark.filterwarnings("ignore:train\\(\\) made no step")  # where the new state is whole, all is done


@pytest.fixture
def run(tmp_path):
    """A run saved once, and trained further: old and new state differ."""
    solver = quiet(flat_net(), update_rule="adam", num_epochs=1).train()
    solver.save(tmp_path / "run.npz")
    solver.old = checkpoint.read(tmp_path / "run.npz").meta["counters"]["step"]
    solver.train(num_epochs=2)
    solver.path = tmp_path / "run.npz"
    return solver


class Faulty(io.FileIO):
    """A raw file whose writes fail, or stop short, after `left` bytes."""

    def __init__(self, path, left, error):
        super().__init__(path, "w")
        self.left, self.error = left, error

    def write(self, data):
        data = memoryview(data).cast("B")
        if self.left <= 0:
            raise OSError(self.error, os.strerror(self.error))
        self.left -= len(data[: self.left])
        return super().write(data[: self.left + len(data) if self.left else len(data)])


def broken_writes(monkeypatch, left, error):
    """Let the temporary file fail after `left` bytes."""
    real = Path.open

    def opened(self, mode="r", *args, **kwargs):
        if self.suffix != ".tmp":
            return real(self, mode, *args, **kwargs)
        if left is None:
            raise OSError(error, os.strerror(error))
        return io.BufferedWriter(Faulty(self, left, error), buffer_size=512)

    monkeypatch.setattr(Path, "open", opened)


def failing(name, call_first, error):
    """os.<name> that fails, before or after doing its work."""
    real = getattr(os, name)

    def function(*args, **kwargs):
        if call_first:
            real(*args, **kwargs)
        raise error

    return function


def failing_on_folder(name, error):
    """os.<name> that fails for folders only."""
    real = getattr(os, name)

    def function(what, *args, **kwargs):
        folder = Path(what).is_dir() if name == "open" else Path(f"/proc/self/fd/{what}").resolve().is_dir()
        if folder:
            raise error
        return real(what, *args, **kwargs)

    return function


def io_error(number=errno.EIO):
    return OSError(number, os.strerror(number))


FAULTS = {
    "the temporary file cannot be opened (disk full)": lambda m: broken_writes(m, None, errno.ENOSPC),
    "the folder is read-only": lambda m: broken_writes(m, None, errno.EROFS),
    "no permission": lambda m: broken_writes(m, None, errno.EACCES),
    "disk full at the first byte": lambda m: broken_writes(m, 0, errno.ENOSPC),
    "disk full within the first array": lambda m: broken_writes(m, 300, errno.ENOSPC),
    "disk full within the description": lambda m: broken_writes(m, 6000, errno.ENOSPC),
    "input/output error while writing": lambda m: broken_writes(m, 2000, errno.EIO),
    "fsync fails before": lambda m: m.setattr(os, "fsync", failing("fsync", False, io_error())),
    "fsync fails after": lambda m: m.setattr(os, "fsync", failing("fsync", True, io_error(errno.ENOSPC))),
    "replace fails before": lambda m: m.setattr(os, "replace", failing("replace", False, io_error())),
    "replace fails after": lambda m: m.setattr(os, "replace", failing("replace", True, io_error())),
    "the folder cannot be opened": lambda m: m.setattr(os, "open", failing_on_folder("open", io_error(errno.EACCES))),
    "the folder cannot be synced": lambda m: m.setattr(os, "fsync", failing_on_folder("fsync", io_error())),
    "closing the folder fails": lambda m: m.setattr(os, "close", failing("close", True, io_error())),
}


def check_whole(run):
    """What stands there is the old or the new state, exactly, and no other file."""
    saved = checkpoint.read(run.path)
    assert saved.meta["counters"]["step"] in (run.old, run.step)
    assert [file.name for file in run.path.parent.iterdir()] == ["run.npz"]
    model = flat_net()
    Solver.load(run.path, model, softmax_data(), num_epochs=2).train()
    assert np.array_equal(weights(model), weights(run.model))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_a_whole_checkpoint(run, monkeypatch, fault):
    with monkeypatch.context() as patch:
        FAULTS[fault](patch)
        with pytest.raises(CheckpointError, match=r"run\.npz could not be saved"):
            run.save(run.path)
    check_whole(run)
    run.save(run.path)
    assert checkpoint.read(run.path).meta["counters"]["step"] == run.step


def test_the_file_is_on_disk_before_it_takes_the_name_and_the_name_after(run, monkeypatch):
    calls, fsync, replace = [], os.fsync, os.replace

    def noted_fsync(handle):
        calls.append("folder" if Path(f"/proc/self/fd/{handle}").resolve().is_dir() else "file")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", lambda *names: calls.append("replace") or replace(*names))
    run.save(run.path)
    assert calls == ["file", "replace", "folder"]


def test_a_short_write_is_completed(run, monkeypatch):
    class Dribbling(io.FileIO):
        def write(self, data):
            return super().write(memoryview(data).cast("B")[:100])

    real = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode="r", *a, **k: (
            io.BufferedWriter(Dribbling(self, "w"), 512) if self.suffix == ".tmp" else real(self, mode, *a, **k)
        ),
    )
    run.save(run.path)
    monkeypatch.undo()
    assert checkpoint.read(run.path).meta["counters"]["step"] == run.step


@pytest.mark.parametrize("name", ["fsync", "replace"])
@pytest.mark.parametrize("call_first", [False, True])
def test_an_interrupt_within_a_save_leaves_a_whole_checkpoint(run, monkeypatch, name, call_first):
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing(name, call_first, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            run.save(run.path)
    check_whole(run)


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
