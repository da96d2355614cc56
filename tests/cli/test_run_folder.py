"""The folder of a run: settings come back from its config.toml, and no two processes write to it."""

import csv
import json
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from cli.main import main

HEAD = 'data = "digits"\nmodel = "mlp:4"\nepochs = 1\n'
SETTINGS = {
    "a note of two lines": '[reference]\nnote = """first\nsecond"""\n',
    "a newline and a control character": '[recipe]\ntitle = "a\\nb\\u001b"\n',
    "quoted keys": '[reference]\n"accuracy (test)" = 98.1\n"a.b" = 1\n',
    "dates": "[recipe]\nwhen = 2020-01-01\nat = 2020-01-01T07:00:00Z\nlisted = [07:32:00]\n",
    "tables in tables": "[reference.a.b]\nc = 1\n[[reference.rows]]\nx = {y = [1, {}]}\n",
    "numbers": "[reference]\na = inf\nb = -inf\nc = 123456789012345678901234567890\nd = 1e-7\n",
    "not a number": "[reference]\na = nan\n",
}
TRAIN = "import sys; from cli.main import main; sys.exit(main())"


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_come_back_and_the_run_goes_on(name):
    text = HEAD + SETTINGS[name]
    Path("in.toml").write_text(text, encoding="utf-8")
    quiet = ["--no-pictures", "--quiet"]
    assert main(["train", "in.toml", "--out", "o", *quiet]) == 0
    back = tomllib.loads(Path("o/config.toml").read_text(encoding="utf-8"))
    assert repr({key: back[key] for key in tomllib.loads(text)}) == repr(tomllib.loads(text))
    assert main(["train", "--out", "o", "--resume", "--epochs", "2", *quiet]) == 0


def begun(out: str) -> subprocess.Popen[str]:
    """A training process that has begun its history."""
    flags = f"train --data digits --model mlp:50 --epochs 5000 --no-pictures --quiet --out {out}".split()
    process = subprocess.Popen([sys.executable, "-c", TRAIN, *flags], stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not Path(out, "run.npz").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return process


def test_a_second_process_is_told_of_the_first_which_stays_whole(capsys: pytest.CaptureFixture[str]):
    first = begun("o")
    try:
        for more in ([], ["--resume"], ["--overwrite"]):
            code = main(["train", "--data", "digits", "--model", "mlp:50", "--epochs", "1", "--out", "o", *more])
            assert code == 2
            said = capsys.readouterr().err
            assert f"process {first.pid}" in said if more else "holds a run" in said
        first.send_signal(signal.SIGINT)
        assert first.wait(60) == 130
    finally:
        first.kill()
        first.communicate()
    rows = list(csv.DictReader(Path("o/history.csv").read_text().splitlines()))
    assert [row["step"] for row in rows] == sorted({row["step"] for row in rows}, key=int), "one run's rows"
    assert not Path("o/.in-use").exists()


def test_a_killed_run_blocks_nobody():
    first = begun("o")
    first.kill()
    first.communicate()
    assert main(["train", "--out", "o", "--resume", "--epochs", "1", "--quiet", "--no-pictures"]) == 0
    assert [path.name for path in Path("o").glob(".*")] == []


def test_without_out_the_next_folder_is_taken():
    from base.files.lock import folder_lock

    flags = ["train", "--data", "digits", "--model", "mlp:4", "--epochs", "1", "--quiet", "--no-pictures"]
    with folder_lock(Path("runs/digits-mlp4-sgd_momentum-seed0")):
        assert main(flags) == 0
    assert [path.parent.name for path in Path("runs").glob("*/run.npz")] == ["digits-mlp4-sgd_momentum-seed0-2"]
    assert main(flags) == 0
    assert Path("runs/digits-mlp4-sgd_momentum-seed0/run.npz").exists()


def test_what_layers_do_is_kept_and_drawn():
    flags = "train --data digits --model mlp:6 --epochs 2 --quiet --watch-layers --out o".split()
    assert main(flags) == 0
    assert Path("o/layers.png").stat().st_size > 10_000
    assert main("train --out o --resume --epochs 3 --quiet --no-pictures".split()) == 0
    rows = [json.loads(line) for line in Path("o/layers.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3]
    assert set(rows[0]["gradients"]) == {"W1", "b1", "W2", "b2"}
    assert tomllib.loads(Path("o/config.toml").read_text())["watch_layers"] is True


def test_what_is_not_asked_for_is_not_kept():
    assert main("train --data digits --model mlp:6 --epochs 1 --quiet --no-pictures --out o".split()) == 0
    assert not Path("o/layers.jsonl").exists()
    assert "watch_layers" not in tomllib.loads(Path("o/config.toml").read_text())
