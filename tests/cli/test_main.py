"""The frame of the command: version, help, exit codes, BLAS threads."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.main import COMMANDS, build_parser, main

ROOT = Path(__file__).resolve().parent.parent.parent


def command(*args: str, **kwargs: object) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-m", "cli.main", *args], env=env, **pipes, **kwargs)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    text = capsys.readouterr().out
    for name in ("train", "predict", "eval", "gradcheck", "data"):
        assert name in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]):
    subparsers = next(a for a in build_parser()._actions if hasattr(a, "choices") and a.choices)
    for parser in subparsers.choices.values():
        assert parser.description or parser.format_help()


def test_unknown_command_is_usage(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stop:
        main(["frobnicate"])
    assert stop.value.code == 2


def test_threads_are_set_before_numpy_loads():
    code = (
        "import cli.main, os, sys; assert 'numpy' not in sys.modules; "
        "cli.main._blas_threads(['train', '--threads', '2']); print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "2"


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_interrupt_saves_and_says_how_to_go_on(tmp_path: Path, engine: str):
    if engine == "compiled":
        pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
    flags = "train --data digits --model mlp:16 --epochs 100000 --no-pictures --out run --progress lines".split()
    flags += ["--engine", engine]
    process = command(*flags, cwd=tmp_path)
    deadline = time.monotonic() + 60
    while not (tmp_path / "run" / "run.npz").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "go on with: layergraph train --out run --resume" in out
    assert "Traceback" not in err
    assert main("train --out run --resume --epochs 1 --no-pictures --quiet".split()) == 0
