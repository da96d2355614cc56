"""A target that ends the process in any way: the command says so, and its exit code is never 0."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import main

WRONG = """
import os, signal, sys, threading
import numpy as np
def f(x, w):
    pass  # in forward
    return x @ w, (x, w)
def b(dout, cache):
    pass  # in backward
    x, w = cache
    return dout @ w.T, x.T @ dout * 2
def inputs(rng, n):
    pass  # in inputs
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3))
"""
PLACES = ("in forward", "in backward", "in inputs")


def in_a_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as the shell starts it; what it runs must not end the tests."""
    command = [sys.executable, "-c", "import sys; from cli.main import main; sys.exit(main())", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("end", ["raise SystemExit", "sys.exit(0)", "quit()", "raise GeneratorExit"])
def test_an_end_by_exception(end: str, place: str, capsys: pytest.CaptureFixture[str]):
    Path("t.py").write_text(WRONG.replace(f"pass  # {place}", end))
    assert main(["gradcheck", "t.py:f,b"]) != 0
    said = "".join(capsys.readouterr())
    assert "Exit" in said
    assert "would end the program" in " ".join(said.split())


@pytest.mark.parametrize(
    ("end", "code", "told"),
    [
        ("os._exit(0)", 1, "with exit code 0"),
        ("os.execv(sys.executable, [sys.executable, '-c', ''])", 1, "with exit code 0"),
        ("threading.Thread(target=os._exit, args=(0,)).start(); threading.Event().wait()", 1, "with exit code 0"),
        ("os.kill(os.getpid(), signal.SIGKILL)", 137, "by SIGKILL"),
        ("os.abort()", 134, "by SIGABRT"),
    ],
)
def test_an_end_that_cannot_be_caught_is_told_by_the_witness(end: str, code: int, told: str):
    Path("t.py").write_text(WRONG.replace("pass  # in backward", end))
    done = in_a_process("gradcheck", "t.py:f,b")
    assert done.returncode == code
    assert told in done.stderr
    assert "has not been checked" in done.stderr


def test_an_exit_code_changed_at_the_exit_does_not_count():
    Path("t.py").write_text(WRONG + "import atexit\natexit.register(os._exit, 0)\n")
    done = in_a_process("gradcheck", "t.py:f,b")
    assert done.returncode == 1
    assert "SCALE_TWO" in done.stdout


def test_the_witness_passes_on_what_it_hears():
    right = WRONG.replace("x.T @ dout * 2", "x.T @ dout")
    Path("t.py").write_text(right)
    done = in_a_process("gradcheck", "t.py:f,b")
    assert (done.returncode, done.stdout[:4]) == (0, "PASS")
    assert in_a_process("gradcheck", "nothing.py:f,b").returncode == 3


def test_zero_rows_are_no_pass(capsys: pytest.CaptureFixture[str]):
    Path("t.py").write_text(WRONG.replace("standard_normal((n, 4))", "standard_normal((0, 4))"))
    assert main(["gradcheck", "t.py:f,b"]) == 2
    assert "x is empty, its shape is (0, 4)" in capsys.readouterr().err


def test_nothing_compared_is_no_pass(capsys: pytest.CaptureFixture[str]):
    Path("t.py").write_text(WRONG.replace("return x @ w, (x, w)", "return 0 * (x @ w), (x, w)"))
    code = main(["gradcheck", "t.py:f,b"])
    assert code in (1, 4)
    assert "PASS" not in capsys.readouterr().out


def test_a_command_whose_users_code_exits_is_no_success(capsys: pytest.CaptureFixture[str]):
    Path("net.py").write_text("import sys\nclass Net:\n    def __init__(self):\n        sys.exit()\n")
    assert main(["train", "--data", "digits", "--model", "net:Net"]) != 0
    said = capsys.readouterr().err
    assert "net.py:4" in said
    assert "SystemExit" in said


def test_a_script_that_ends_in_an_exit_is_judged_by_what_it_defines(capsys: pytest.CaptureFixture[str]):
    Path("t.py").write_text(WRONG + "def main():\n    return 0\nsys.exit(main())\n")
    assert main(["gradcheck", "t.py:f,b"]) == 1
    assert "SCALE_TWO" in capsys.readouterr().out
    Path("early.py").write_text("import sys\nsys.exit(0)\n" + WRONG)
    assert main(["gradcheck", "early.py:f,b"]) == 3
    assert "early.py:2" in capsys.readouterr().err
