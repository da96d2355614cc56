"""The manifest of a sweep: sealed to the byte, and its names are names and never paths."""

import json
from pathlib import Path

import pytest

from base.files.json_text import sealed
from bench.solvers.planning.manifest import NAME, read_manifest, write_manifest
from bench.solvers.planning.plan import plan
from bench.solvers.planning.task import Task

PATHS = [
    "../../x",
    "/tmp/x",
    "a/b",
    "..",
    ".",
    "",
    ".hidden",
    "a\\b",
    "a\x1b[2J",
    "a\nb",
    "a\u202eb",
    "C:x",
    "x" * 300,
    "CON:",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_manifest(tmp_path, plan(["digits-softmax"], ["sgd"], budget="quick"))
    return tmp_path


def test_a_changed_byte_is_refused(folder):
    text = (folder / NAME).read_bytes()
    assert read_manifest(folder).spaces[0].solver == "sgd"
    for at in range(0, len(text), 3):
        changed = bytearray(text)
        changed[at] ^= 1 << at % 7
        (folder / NAME).write_bytes(changed)
        with pytest.raises(ValueError, match=r"manifest\.json is damaged"):
            read_manifest(folder)


def test_an_older_manifest_is_read(folder):
    content = json.loads((folder / NAME).read_text())
    del content["sha256"]
    (folder / NAME).write_text(json.dumps(content, indent=1) + "\n")
    assert read_manifest(folder).spaces[0].solver == "sgd"


def test_a_deep_manifest_is_refused(folder):
    (folder / NAME).write_text("[" * 100_000)
    with pytest.raises(ValueError, match="nested more than"):
        read_manifest(folder)


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("what", ["problems", "solvers"])
def test_names_are_no_paths(folder, what, name):
    content = json.loads((folder / NAME).read_text())
    del content["sha256"]
    (entry,) = content[what].values()
    if what == "problems":
        entry["name"] = name
    content[what] = {name: entry}
    (folder / NAME).write_text(sealed(content))
    with pytest.raises(ValueError, match="it names a folder") as refusal:
        read_manifest(folder)
    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize("name", PATHS)
def test_a_task_has_no_path_outside_of_its_folder(name):
    for problem, solver, purpose in ((name, "sgd", "tune"), ("p", name, "tune"), ("p", "sgd", name)):
        task = Task({"name": problem}, solver, "sgd", None, {}, purpose, 0, 0, 0)
        with pytest.raises(ValueError, match="expected a name"):
            _ = task.path
