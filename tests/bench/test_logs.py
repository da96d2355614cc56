"""Logs hold a run a line; what is not whole is never counted as finished, is said, and spoils nothing that follows."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import bench
from bench.solvers.storage.log import Log, lines, logs
from bench.solvers.storage.log_line import sealed, written
from bench.solvers.storage.record import Record
from bench.solvers.storage.rows import as_columns, from_columns
from bench.solvers.storage.store import Store
from cli.main import main
from tests.bench.conftest import SEEDS, SOLVERS, TRIALS, rerun
from tests.bench.older import as_files
from tests.bench.same import contents, exact

WHOLE = len(SOLVERS) * (TRIALS + SEEDS)


def log_of(folder: Path) -> Path:
    (path,) = logs(folder)
    return path


def test_few_files(swept: Path) -> None:
    """One process, one log, a line a run."""
    assert sorted(path.name for path in swept.iterdir()) == sorted([".claims", log_of(swept).name, "manifest.json"])
    assert len(list(lines(log_of(swept)))) == len(contents(swept)) - 1


# what becomes of the lines, how many runs are missing then, what is said
DAMAGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int, str]] = {
    "cut in the last line": (lambda one: [*one[:-1], one[-1][:-40]], 1, "it is cut"),
    "without its last newline": (lambda one: [*one[:-1], one[-1][:-1]], 1, "it is cut"),
    "a few bytes of the last line": (lambda one: [*one[:-1], b'{"sha']    , 1, "it is cut"),
    "an empty file": (lambda one: [], -1, ""),
    "an empty line": (lambda one: [one[0], b"\n", *one[1:]], 0, "it is empty"),
    "a changed digit": (lambda one: [one[0].replace(b"0.", b"1.", 1), *one[1:]], 1, "its SHA-256 does not fit"),
    "an older line": (lambda one: [b'{"format":"older"}\n', *one], 0, "it does not begin as a line of ours"),
    "zeros at the end": (lambda one: [*one[:-1], bytes(len(one[-1]))], 1, "it is cut"),
    "invalid UTF-8": (lambda one: [one[0][:300] + b"\xff" + one[0][301:], *one[1:]], 1, "its SHA-256 does not fit"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGES)
def test_what_is_damaged_is_said_and_made_again(
    kind: str, tiny: Path, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, missing, said = DAMAGES[kind]
    copy = tmp_path / "copy"
    shutil.copytree(swept, copy)
    path = log_of(copy)
    path.write_bytes(b"".join(damage([line for _, line in lines(path)])))
    store = Store(copy)
    assert len(list(store.runs())) == (WHOLE - missing if missing >= 0 else 0)
    assert all(said in note and path.name in note for note in store.notes())
    assert len(store.notes()) == bool(said)
    if said and missing == 0:
        assert main(["bench", "table", str(copy)]) == 0
        assert said in capsys.readouterr().out
    rerun(tiny, copy, backend="sequential")
    assert contents(copy) == contents(swept)
    assert len(logs(copy)) == 1 + (missing != 0)
    if kind in ("a changed digit", "invalid UTF-8", "cut in the last line"):  # whose it was can be read
        assert Store(copy).notes() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"format":"layergraph-bench-log 1"', b'"format":"layergraph-bench-log 9"', "format 'layergraph-bench-log 9'"),
        (b'"machine":', b'"machin":', "unknown keys"),
        (b'"columns":{"step":[0,', b'"columns":{"step":[9999,', "the steps do not grow"),
    ],
)
def test_a_sealed_line_that_is_no_run_is_refused(
    old: bytes, new: bytes, said: str, swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(swept, tmp_path / "copy")
    path = log_of(tmp_path / "copy")
    first, *rest = (line for _, line in lines(path))
    body = b"{" + first[first.index(b'"id"') : -1]
    assert old in body
    path.write_bytes(b"".join([sealed(body.replace(old, new, 1)), *rest]))
    assert main(["bench", "table", str(tmp_path / "copy")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert f"{path}, the line at byte 0, is not a whole result" in error


def test_older_folders_and_mixed_ones_are_read(tiny: Path, swept: Path, tmp_path: Path) -> None:
    older = as_files(swept, tmp_path / "older")
    before = exact(older)
    rerun(tiny, older, backend="sequential")
    assert exact(older) == before
    assert logs(older) == []
    assert bench.Results(older).table() == bench.Results(swept).table()
    for path in older.rglob("report-0[12]-*.jsonl"):
        path.unlink()
    rerun(tiny, older, backend="sequential")
    assert len(list(lines(log_of(older)))) == 2 * len(SOLVERS)
    assert contents(older) == contents(swept)


def test_what_others_append_is_seen(swept: Path, tmp_path: Path) -> None:
    runs = [run for _, run in Store(swept).runs()]
    store = Store(tmp_path)
    assert not store.finished(runs[0].task)
    line = written(runs[0])
    (tmp_path / "runs-b-1-0.jsonl").write_bytes(line[:100])  # it is being written
    store.refresh()
    assert not store.finished(runs[0].task)
    with (tmp_path / "runs-b-1-0.jsonl").open("ab") as stream:
        stream.write(line[100:] + written(runs[1]))
    store.refresh()
    assert store.finished(runs[0].task)
    assert store.finished(runs[1].task)
    assert store.notes() == []
    (tmp_path / "runs-b-1-0.jsonl").unlink()
    store.refresh()
    assert not store.finished(runs[0].task)


def test_an_append_that_failed_spoils_no_other(swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = [written(run) for _, run in Store(swept).runs()][:2]
    log = Log(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("bench.solvers.storage.log.sync_folder", lambda folder: None)
        patch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="No space left"):
            log.append(first[:-7])
    log.append(second)
    log.close()
    store = Store(tmp_path)
    assert len(list(store.runs())) == 1
    assert [note.split(": ")[-1] for note in store.notes()] == ["it is cut. 'bench run' makes it again"]


def test_what_lines_have_in_common_is_kept_once(swept: Path) -> None:
    """A hundred thousand runs are read: names of outcomes, words of tasks and set-ups are one object for all."""
    found = [run for _, run in Store(swept).runs()]
    one, *others = (run for run in found if run.task.solver == "adam")
    for other in others:
        assert other.task.setup is one.task.setup
        assert other.task.solver is one.task.solver
        assert other.outcome["status"] is one.outcome["status"]
        assert {id(name) for name in one.machine["load"]} == {id(name) for name in other.machine["load"]}
        both = zip(sorted(one.outcome), sorted(other.outcome), strict=False)
        assert all(a is b for a, b in both if a == b)


def test_a_log_that_was_removed_begins_anew(swept: Path, tmp_path: Path) -> None:
    """Workers are kept from one sweep to the next, with their logs open."""
    first, second, third = [written(run) for _, run in Store(swept).runs()][:3]
    folder = tmp_path / "out"
    log = Log(folder)
    log.append(first)
    shutil.rmtree(folder)
    log.append(second)
    log.append(third)
    log.close()
    (path,) = logs(folder)
    assert path.read_bytes() == second + third


@pytest.mark.parametrize("cut", [1, 40])
def test_a_log_that_was_cut_is_left_alone(swept: Path, tmp_path: Path, cut: int) -> None:
    """A line after half a line would be no line: a kept worker begins another file."""
    first, second, third = [written(run) for _, run in Store(swept).runs()][:3]
    log = Log(tmp_path)
    log.append(first)
    (path,) = logs(tmp_path)
    path.write_bytes(first[:-cut])
    log.append(second)
    log.append(third)
    log.close()
    assert path.read_bytes() == first[:-cut]
    (other,) = set(logs(tmp_path)) - {path}
    assert other.read_bytes() == second + third


def test_rows_of_different_names_stay_as_they_are(swept: Path, tmp_path: Path) -> None:
    rows = [{"step": 0, "loss": None}, {"step": 3, "loss": 0.5, "more": {"W1": 0.1}}]
    assert from_columns(as_columns(rows)) == rows
    assert from_columns(as_columns(rows[:1] * 2)) == rows[:1] * 2
    _, run = next(Store(swept).runs())
    odd = Record(run.task, {"status": "ok", "steps": 3}, run.machine, rows)
    store = Store(tmp_path)
    store.append(odd)
    assert store.record(run.task) == odd
