"""The campaigns can fail: a reader that errs, put in the place of ours, is seen."""

import importlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from base.atomic import atomic_write

CAMPAIGNS = str(Path(__file__).parent / "campaigns")


def campaign(name):
    sys.path.insert(0, CAMPAIGNS)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(CAMPAIGNS)


@pytest.fixture(scope="module")
def corrupt():
    return campaign("corrupt_files")


@pytest.fixture(scope="module")
def known(corrupt, tmp_path_factory):
    return corrupt.formats(tmp_path_factory.mktemp("whole"))


def outcomes(corrupt, kept, folder, amount=30):
    return set(corrupt.attack("idx.gz", kept, amount, 1, folder)["ours"])


def test_ours_gives_the_content_or_refuses(corrupt, known, tmp_path):
    assert outcomes(corrupt, known["idx.gz"], tmp_path) == {"exact", "refused"}


def erring(whole, then):
    """A reader that reads the whole files once, and then does something else."""

    def read(folder):
        read.calls += 1
        return whole if read.calls == 1 else then(folder)

    read.calls = 0
    return read


def test_readers_that_err_are_seen(corrupt, known, tmp_path, monkeypatch):
    kept = known["idx.gz"]
    assert "silently wrong" in outcomes(corrupt, replace(kept, ours=kept.usual), tmp_path)
    assert outcomes(corrupt, replace(kept, ours=erring(1, lambda _: 1 // 0)), tmp_path, 4) == {"other exception"}
    assert outcomes(corrupt, replace(kept, ours=erring(1, lambda _: bytes(200 << 20))), tmp_path, 4) == {"memory"}

    def nameless(_):
        raise kept.errors[0]("something is wrong")

    assert outcomes(corrupt, replace(kept, ours=erring(1, nameless)), tmp_path, 4) == {"other exception"}
    monkeypatch.setattr(corrupt, "SECONDS", -1.0)
    assert outcomes(corrupt, kept, tmp_path, 4) == {"slow"}


def test_both_sets_repeat_and_depend_on_the_seed(corrupt, known):
    for form, kept in known.items():
        for index in (6, 7):
            cases = [corrupt.damaged(form, kept, index, seed) for seed in (1, 1, 2, 3, 4, 5)]
            assert cases[0] == cases[1]
            assert any(case != cases[0] for case in cases[2:])
            assert all(files not in kept.variants for _, files in cases)


def test_a_reader_that_unpickles_is_seen(corrupt, tmp_path):
    """In a process of its own, for an audit hook stays: a refusal without a name, a read, an execution."""
    code = f"""
import pickle, sys
from pathlib import Path
sys.path.insert(0, {CAMPAIGNS!r})
import hostile_files as h
watch, path = h.Watch(), Path({str(tmp_path)!r}) / "hostile.pkl"
def given(data, read, needles=("os.system",)):
    watch.path = path
    path.write_bytes(data)
    return h.refused(read, path, (ValueError,), needles, watch)
def loads(path):
    return pickle.loads(path.read_bytes())
def nameless(path):
    raise ValueError("hostile.pkl is bad")
print(given(b"N.", loads))
print(given(b"cos\\nsystem\\n(Vtrue\\ntR.", loads))
print(given(b"N.", nameless))
print(watch.events[0][:20])
"""
    env = {**os.environ, "PYTHONPATH": str(Path(CAMPAIGNS).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "was read", "raised PermissionError('pickle.find_class')", "refused with hostile.pkl is bad",
        "pickle.find_class ('",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def faults():
    return campaign("save_faults")


def in_place(folder, version):
    with (folder / "file").open("wb") as stream:
        stream.write(bytes([version]) * 2000)


def beside(folder, version):
    """Replaces, and forgets what it leaves where that fails."""
    with (folder / "file.new").open("wb") as stream:
        stream.write(bytes([version]) * 2000)
    os.replace(folder / "file.new", folder / "file")  # noqa: PTH105  the name under which it is made to fail


def hushed(folder, version):
    try:
        atomic_write(folder / "file", lambda stream: stream.write(bytes([version]) * 2000))
    except OSError:
        return


@pytest.mark.parametrize(("write", "seen"), [(in_place, "neither"), (beside, "stray files"), (hushed, "silent")])
def test_saves_that_lose_leave_or_hush_are_seen(faults, write, seen):
    def read(folder):
        content = (folder / "file").read_bytes()
        if len(set(content)) != 1 or len(content) != 2000:
            raise ValueError("torn")
        return content

    bad = []
    assert faults.saves(faults.Saved("file", write, read), 10**6, Random(0), bad)[1][seen] > 0
    assert any(seen in one for one in bad)
