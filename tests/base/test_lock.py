"""A folder's lock names its holder, ends with it, and never outlives it."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from base import atomic
from base.files import lock
from base.files.lock import NAME, InUseError, folder_lock

HOLDER = """
import sys, time, pathlib
from base.files.lock import folder_lock
with folder_lock(pathlib.Path(sys.argv[1])):
    print('held', flush=True)
    time.sleep(60)
"""
WRITER = """
import sys, time
from base.atomic import atomic_write
def write(stream):
    stream.write(b"half"); stream.flush()
    print("writing", flush=True)
    sys.stdin.read()
atomic_write(sys.argv[1], write)
"""


def child(program: str, path: Path) -> subprocess.Popen[str]:
    """A process that has said that it has begun."""
    command = [sys.executable, "-c", program, str(path)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(atomic.__file__).parents[1]
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_another_process_is_named_and_a_kill_lets_go(tmp_path):
    holder = child(HOLDER, tmp_path)
    try:
        with (
            pytest.raises(InUseError, match=rf"in use by process {holder.pid} on .*\(-c .*Wait for it"),
            folder_lock(tmp_path),
        ):
            pass
    finally:
        end(holder)
    assert (tmp_path / NAME).exists(), "the kill left the file"
    with folder_lock(tmp_path):
        assert str(os.getpid()) in (tmp_path / NAME).read_text()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_left_behind_blocks_nobody(tmp_path):
    (tmp_path / NAME).write_text("process 1 on elsewhere (init)")
    with folder_lock(tmp_path):
        pass
    assert not (tmp_path / NAME).exists()


def test_it_is_held_within_a_process_as_well_and_once(tmp_path):
    with folder_lock(tmp_path):
        with pytest.raises(InUseError, match=f"process {os.getpid()}"), folder_lock(tmp_path):
            pass
        with folder_lock(tmp_path, ".another"):
            pass
    with folder_lock(tmp_path):
        pass


def test_a_folder_made_for_the_lock_alone_goes_with_it(tmp_path):
    with folder_lock(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / NAME).exists()
    assert list(tmp_path.iterdir()) == []
    with folder_lock(tmp_path / "a" / "b"):
        (tmp_path / "a" / "b" / "kept").touch()
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["kept"]


def test_a_file_system_without_locks_is_warned_of(tmp_path, monkeypatch):
    def refuse(stream):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock, "lock", refuse)
    with pytest.warns(UserWarning, match="without locks"), folder_lock(tmp_path):
        pass


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "file"
    first = child(WRITER, path)
    try:
        atomic.clean(path)
        assert len(list(tmp_path.iterdir())) == 1, "what somebody is writing is no leftover"
        atomic.atomic_write(path, lambda stream: stream.write(b"ours"))
        assert path.read_bytes() == b"ours"
        first.communicate("")
        assert (first.returncode, path.read_bytes()) == (0, b"half")
    finally:
        end(first)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_what_a_kill_left_is_removed(tmp_path):
    path = tmp_path / "file"
    process = child(WRITER, path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    other = tmp_path / ".file.npz.0123abcd.tmp"
    other.touch()
    (tmp_path / ".file.tmp").touch()  # the one name of earlier versions
    assert len(atomic.leftovers(path)) == 2
    atomic.clean(path)
    assert list(tmp_path.iterdir()) == [other], "another file's stays"


def test_an_orphan_ends_soon_after_its_parent(tmp_path):
    program = """
import os, subprocess, sys
inner = '''
import os, sys, time
from base.orphans import end_with
end_with(int(sys.argv[1]))
print(os.getpid(), flush=True)
time.sleep(600)
'''
child = subprocess.Popen([sys.executable, "-c", inner, str(os.getpid())], stdout=subprocess.PIPE, text=True)
print(child.stdout.readline().strip(), flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(atomic.__file__).parents[1],
    )
    orphan = int(parent.stdout.readline())
    end(parent)
    for _ in range(100):
        if not alive(orphan):
            return
        time.sleep(0.1)
    os.kill(orphan, signal.SIGKILL)
    pytest.fail("the orphan lives on")


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="limits on the size of files are POSIX's")
def test_a_full_disk_takes_the_name_but_not_the_lock(tmp_path):
    """No file may grow in a child: the lock holds, without a warning, and nothing is left behind."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from base.files.lock import InUseError, folder_lock\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "folder = Path(sys.argv[1])\n"
        "with folder_lock(folder):\n"
        "    try:\n"
        "        with folder_lock(folder): print('both')\n"
        "    except InUseError: print('held')\n"
        "print(sorted(one.name for one in folder.iterdir()))\n"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["held", "[]"]
