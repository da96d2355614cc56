"""A result file that is not whole is never counted as finished: it is run again, and said; tables refuse it by name."""

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.solvers.storage.record import check_rows
from cli.main import main
from tests.bench.conftest import rerun
from tests.bench.older import as_files
from tests.bench.same import contents


def layergraph(*words: object) -> int:
    return main(["bench", *map(str, words)])


def victim(folder: Path) -> Path:
    return next(folder.rglob("sgd/report-01-*.jsonl"))


def other(folder: Path) -> bytes:
    return next(folder.rglob("sgd/report-02-*.jsonl")).read_bytes()


def diverged(whole: bytes) -> bytes:
    """The file as that of a run that diverged, its last rows lost: nothing in it says at which row it ended."""
    header, *rows = whole.splitlines(keepends=True)
    content = json.loads(header)
    content["outcome"]["status"] = "diverged"
    return b"".join([json.dumps(content).encode() + b"\n", *rows[:-1]])


DAMAGES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "empty": lambda whole, _: b"",
    "one newline": lambda whole, _: b"\n",
    "cut in the header": lambda whole, _: whole[:40],
    "cut within a line": lambda whole, _: whole[:-37],
    "without its last newline": lambda whole, _: whole[:-1],
    "without its last line": lambda whole, _: b"".join(whole.splitlines(True)[:-1]),
    "without a line in the middle": lambda whole, _: b"".join(whole.splitlines(True)[:2] + whole.splitlines(True)[3:]),
    "header alone": lambda whole, _: whole.splitlines(True)[0],
    "rows alone": lambda whole, _: b"".join(whole.splitlines(True)[1:]),
    "trailing garbage": lambda whole, _: whole + b"garbage\n",
    "a trailing object": lambda whole, _: whole + b"{}\n",
    "the last line twice": lambda whole, _: whole + whole.splitlines(True)[-1],
    "a line of another run": lambda whole, other: b"".join(whole.splitlines(True)[:-1] + other.splitlines(True)[-1:]),
    "another task's content": lambda whole, other: other,
    "invalid UTF-8": lambda whole, _: whole[:200] + b"\xff\xfe" + whole[202:],
    "NUL bytes": lambda whole, _: whole[:-50] + bytes(50),
    "all NUL": lambda whole, _: bytes(len(whole)),
    "a changed digit": lambda whole, _: whole.replace(b'"val_acc":0.', b'"val_acc":1.', 1),
    "nested without end": lambda whole, _: b"[" * 200_000 + b"\n",
    "the end of a diverged run": lambda whole, _: diverged(whole),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_result_is_run_again_and_said(
    damage: Callable[[bytes, bytes], bytes],
    tiny: Path,
    swept: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = tmp_path / "copy"
    as_files(swept, copy)
    path = victim(copy)
    broken = damage(path.read_bytes(), other(copy))
    assert broken != path.read_bytes()
    path.write_bytes(broken)
    for reading in (("table", copy), ("report", copy, "--out", tmp_path / "page.html")):
        assert layergraph(*reading) == 2
        assert f"{path.name} is not a whole result of 'layergraph bench': " in capsys.readouterr().err
    rerun(tiny, copy, backend="sequential")
    assert contents(copy) == contents(swept)
    assert layergraph("table", copy) == 0


def test_what_is_run_again_is_named(
    tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = as_files(swept, tmp_path / "copy")
    path = victim(copy)
    path.write_bytes(b"")
    words = (
        "run", tiny, "--solvers", "sgd,momentum,adam,lbfgs",
        "--budget", "quick", "--trials", 4, "--seeds", 6, "--out", copy,
    )  # fmt: skip
    assert layergraph(*words, "--dry-run") == 0
    assert "1 of 10" in capsys.readouterr().out
    for index in range(2):  # the shard of this run makes it again, the other leaves it alone
        assert layergraph(*words, "--shard", f"{index}/2") == 0
    assert contents(copy) == contents(swept)
    said = capsys.readouterr().err
    assert said.count(f"note: run again: {path} is not a whole result of 'layergraph bench': it is empty.") == 1


def test_results_of_versions_before_the_check_are_read(
    tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = as_files(swept, tmp_path / "copy")
    for path in copy.rglob("*.jsonl"):
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        content = json.loads(header)
        del content["check"]
        path.write_text("".join([json.dumps(content) + "\n", *rows]), encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*.jsonl")}
    rerun(tiny, copy, backend="sequential")
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*.jsonl")} == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"problems": {}}', "\x00", '{"problems": [1], "solvers": 2}'])
def test_a_damaged_manifest_is_named(
    text: str, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(swept, copy)
    (copy / "manifest.json").write_text(text, encoding="utf-8")
    assert layergraph("table", copy) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"layergraph: error: {copy / 'manifest.json'} is damaged: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("steps", "status", "wrong"),
    [
        ([0, 5, 10], "ok", None),
        ([0, 5], "diverged", None),
        ([0, 5], "ok", "it ends before the run did, after 2 rows"),
        ([], "diverged", "it ends before the run did, after 0 rows"),
        ([0, 5, 5, 10], "ok", "the steps do not grow"),
        ([0, 10, 5, 10], "ok", "the steps do not grow"),
    ],
)
def test_rows_are_those_of_one_whole_run(steps: list[int], status: str, wrong: str | None) -> None:
    with pytest.raises(ValueError, match=wrong) if wrong else contextlib.nullcontext():
        check_rows(steps, {"status": status, "steps": 10})
