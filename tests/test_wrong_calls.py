"""Wrong calls, from Python and the command line, and the exact message of each, side by side in wrong_calls.txt.

A message in the table that ends in " ..." is compared up to there: what follows lists names that are known. After a
change, `python tests/test_wrong_calls.py` writes the table anew; read what it then says.
"""

import contextlib
import io
import os
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

import gradcheck
import mnist
import models
from cli.main import main
from layers import affine_backward, affine_forward, softmax_loss
from models import mlp
from solver import Solver, minimize

TABLE = Path(__file__).with_name("wrong_calls.txt")
X, Y = np.random.default_rng(0).standard_normal((20, 5)), np.arange(20) % 3
LISTS = ("Known:", "Known rules:", "It takes: sizes", "There are:", "(looked for in")
FILES = {
    "broken.toml": b"a = \n", "unknown.toml": b"epoch = 1\n", "typed.toml": b'epochs = "3"\n', "junk.npz": b"junk",
    "empty.npz": b"", "broken.py": b"def f(:\n",
    "mine.py": b"def f(spam): return spam.eggs(), spam\ndef b(dout, cache): return dout\n",
    "t-idx3-ubyte": bytes(16), "u-idx1-ubyte": b"",
}  # fmt: skip


def net():
    return mlp([5, 4, 3], rng=0)


def data(**changes):
    return {"X_train": X, "y_train": Y, "X_val": X, "y_val": Y, **changes}


def train(**changes):
    return Solver(net(), data(**changes), verbose=False).train()


NAMES = {
    "np": np, "gradcheck": gradcheck, "mnist": mnist, "models": models, "affine_forward": affine_forward,
    "affine_backward": affine_backward, "softmax_loss": softmax_loss, "mlp": mlp, "Solver": Solver,
    "minimize": minimize,    "X": X, "Y": Y, "net": net, "data": data, "train": train,
}  # fmt: skip


def answer(call: str) -> str:
    """The exception's type and message, or the exit code and what the command said on stderr or stdout."""
    if call.startswith("layergraph "):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(call.split()[1:])
        return f"exit {code}: " + (err.getvalue() or out.getvalue()).strip().replace("\n", "\\n")
    try:
        eval(call, dict(NAMES))
    except Exception as error:
        return f"{type(error).__name__}: {error}".replace("\n", "\\n")
    return "nothing was raised"


def table() -> list[tuple[str, str]]:
    """(call, message) of the file: a line each, the message indented."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [(lines[at], lines[at + 1].strip()) for at in range(0, len(lines), 2)]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAYERGRAPH_DATA", raising=False)
    for name, content in FILES.items():
        Path(name).write_bytes(content)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("call", "message"), table(), ids=lambda text: text[:60])
def test_the_message(call, message):
    said = answer(call)
    whole = message.removesuffix(" ...")
    assert said[: len(whole)] == whole
    assert message != whole or said == message
    assert "a defect of ours" not in said


def test_there_are_many():
    assert len(table()) >= 60
    assert len({call for call, _ in table()}) == len(table())


def _write() -> None:
    calls = [call for call, _ in table()]
    os.chdir(tempfile.mkdtemp())
    for name, content in FILES.items():
        Path(name).write_bytes(content)
    lines = []
    for call in calls:
        said = answer(call)
        cuts = [said.index(mark) + len(mark) for mark in LISTS if mark in said]
        lines += [call, f"    {said[: min(cuts)]} ..." if cuts else f"    {said}"]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(_write())
