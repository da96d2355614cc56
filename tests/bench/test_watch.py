"""The live page: before a sweep, while it runs, with damage and failures, after it; the folder is only read."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
import bench
from base.files.claims import Claims, held
from bench.solvers.planning.manifest import read_manifest
from bench.solvers.planning.plan import pairs, tuning
from bench.solvers.storage.failures import write_failure
from bench.solvers.watching.page import NOT_FINAL, Watcher
from bench.solvers.watching.state import look, signature
from cli.bench.watch_server import watching
from cli.main import main
from tests.bench.conftest import SEEDS, SOLVERS, TRIALS

PLANNED = len(SOLVERS) * (TRIALS + SEEDS)


def part_of(swept: Path, folder: Path, runs: int) -> Path:
    """A folder as the sweep had left it after so many runs."""
    folder.mkdir()
    (folder / "manifest.json").write_bytes((swept / "manifest.json").read_bytes())
    lines = b"".join(log.read_bytes() for log in sorted(swept.glob("runs-*.jsonl"))).splitlines(keepends=True)
    (folder / "runs-a-1-00000000.jsonl").write_bytes(b"".join(lines[:runs]))
    return folder


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def test_a_folder_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    page = Watcher(tmp_path / "later").page(5)
    assert f"There is no folder {tmp_path / 'later'} yet: waiting for" in page
    assert not (tmp_path / "later").exists()
    assert "holds no sweep yet (there is no manifest.json)" in Watcher(tmp_path).page()


def test_it_says_that_the_sweep_has_ended_and_writes_nothing(swept: Path, tmp_path: Path) -> None:
    before = contents(swept)
    assert main(["bench", "watch", str(swept), "--once", str(tmp_path / "now.html"), "--quiet"]) == 0
    page = (tmp_path / "now.html").read_text(encoding="utf-8")
    assert contents(swept) == before
    assert f"The sweep has ended: all {PLANNED} runs are there" in page
    assert NOT_FINAL not in page
    assert 'http-equiv="refresh"' not in page  # nobody serves it anew
    assert "<figcaption>Curves</figcaption>" in page
    assert 'src="' not in page
    assert page.count("href=") == page.count('href="#') + page.count('href="data:,"')


def test_while_it_runs_it_counts_and_says_that_nothing_is_final(swept: Path, tmp_path: Path) -> None:
    folder = part_of(swept, tmp_path / "half", PLANNED - 5)
    state, page = look(folder), Watcher(folder).page(5)
    assert (state.done, state.left) == (PLANNED - 5, 5)
    assert {part.solver: part.tuning for part in state.parts} == dict.fromkeys(SOLVERS, (TRIALS, TRIALS))
    assert sum(part.reporting[0] for part in state.parts) == len(SOLVERS) * SEEDS - 5
    assert f"{PLANNED - 5} of {PLANNED} runs are done" in page
    assert NOT_FINAL in page
    assert '<meta http-equiv="refresh" content="5">' in page
    assert "<figcaption>Curves, so far</figcaption>" in page
    assert "<tbody><tr><td data-v=" in page


def test_before_the_first_report_there_is_no_table(swept: Path, tmp_path: Path) -> None:
    page = Watcher(part_of(swept, tmp_path / "begun", 3)).page()
    assert "No reporting run is done yet" in page
    assert "Sensitivity to the learning rate, so far" in page
    assert "holds no finished run yet" in Watcher(part_of(swept, tmp_path / "empty", 0)).page()


def test_pruned_trials_are_counted_as_planned(tiny: Path, tmp_path: Path) -> None:
    """Of four trials four go to each of the first rungs, then two, then one; which ones is known as they end."""
    bench.run(
        tiny, ["adam"], budget="quick", trials=4, seeds=6, out=tmp_path, prune=True, backend="sequential",
        progress=False,
    )  # fmt: skip
    state = look(tmp_path)
    assert (state.left, state.parts[0].reporting) == (0, (6, 6))
    assert state.parts[0].tuning[0] == state.parts[0].tuning[1] == 7
    assert "The sweep has ended" in Watcher(tmp_path).page()


def test_failures_and_damaged_lines_are_told(swept: Path, tmp_path: Path) -> None:
    folder = part_of(swept, tmp_path / "hurt", 6)
    manifest = read_manifest(folder)
    task = next(tuning(manifest, *pair)[-1] for pair in pairs(manifest) if pair[1].solver == "adam")
    write_failure(folder, task, "MemoryError: <b>none left</b>")
    log = folder / "runs-a-1-00000000.jsonl"
    log.write_bytes(log.read_bytes()[:-40])
    state, page = look(folder), Watcher(folder).page()
    assert state.done == 5
    assert [part.failed for part in state.parts] == [int(part.solver == "adam") for part in state.parts]
    assert "tiny adam: 1 failed, such as MemoryError: &lt;b&gt;none left&lt;/b&gt;" in page
    assert len(state.notes) == 1
    assert "holds no finished run" in page
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    assert "manifest.json is damaged" in Watcher(folder).page()


CLAIMING = """
import sys
from pathlib import Path
from base.files.claims import Claims
claims = Claims(Path(sys.argv[1]))
print(all(claims.take(int(word, 16)) for word in sys.argv[2:]), flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who holds a lock")
def test_what_others_have_claimed_runs_now(swept: Path, tmp_path: Path) -> None:
    folder = part_of(swept, tmp_path / "runs", 2)
    manifest = read_manifest(folder)
    mine = [task for pair in pairs(manifest) for task in tuning(manifest, *pair) if task.solver == "adam"][-2:]
    assert look(folder).running == 0
    assert "nothing is running here now" in Watcher(folder).page()
    words = [sys.executable, "-c", CLAIMING, str(folder / ".claims"), *(task.id for task in mine)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        before = contents(folder)
        found = {part.solver: part.running for part in look(folder).parts}
        assert found == {**{name: [] for name in SOLVERS}, "adam": [f"trial {task.trial}" for task in mine]}
        assert "2 handed out to workers" in Watcher(folder).page()
        assert contents(folder) == before
        claims = Claims(folder / ".claims")
        assert not claims.take(int(mine[0].id, 16))
        assert claims.take(7)  # asking has taken nothing
        claims.close()
        assert other.stdin is not None
        other.stdin.close()
    assert look(folder).running == 0
    assert held(tmp_path / "nowhere") is not None


def test_the_time_left_follows_the_pace_that_is_seen(
    swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = part_of(swept, tmp_path / "pace", PLANNED - 20)
    watcher, clock = Watcher(folder), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def left(runs: int) -> str:
        state = look(folder)
        parts = [part._replace(seconds=2.0) for part in state.parts]
        first = parts[0]._replace(tuning=(first_done + runs, first_done + 20), reporting=(0, 0))
        return watcher._left(state._replace(parts=[first]))

    first_done = 4
    assert left(0) == "about 0:00:40 of work left for one process"
    clock[0] += 10
    assert left(10) == "about 0:00:10 left at the pace since this page was opened"
    assert left(20) == ""


def test_what_has_changed_is_read_anew_and_nothing_else(swept: Path, tmp_path: Path) -> None:
    folder = part_of(swept, tmp_path / "grows", PLANNED - 5)
    watcher, before = Watcher(folder), signature(folder)
    watcher.page()
    made = watcher._made
    watcher.page()
    assert watcher._made is made
    log = next(iter(swept.glob("runs-*.jsonl")))
    (folder / "runs-b-2-00000000.jsonl").write_bytes(log.read_bytes())
    assert signature(folder) != before
    assert "The sweep has ended" in watcher.page()
    assert NOT_FINAL not in watcher.page()


def test_it_is_served_to_this_machine_alone(swept: Path) -> None:
    with watching(Watcher(swept), 0, 2.5) as address:
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=60) as answer:
            page = answer.read().decode()
        assert '<meta http-equiv="refresh" content="2.5">' in page
        for request, status in (
            (urllib.request.Request(f"{address}manifest.json"), 404),
            (urllib.request.Request(address, data=b"x"), 405),
            (urllib.request.Request(address, headers={"Host": "example.org"}), 403),
        ):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=60)
            assert refused.value.code == status
            refused.value.close()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "cli.main", "bench", "watch", str(tmp_path / "later"), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "watch on http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stdout.read() == "ended\n"
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--port", "70000"), "--port is 70000; expected 0 to 65535"),
        (("--every", "0"), "--every is 0; expected 0.5 to 3600 seconds"),
        (("--every", "nan"), "--every is nan; expected 0.5 to 3600 seconds"),
    ],
)
def test_flags_that_make_no_sense(flags: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "watch", "x", *flags]) == 2
    assert message in capsys.readouterr().err
