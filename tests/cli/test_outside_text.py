"""Words from files reach the terminal printable, and a line's end in them makes no line of ours."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from base.files.archive import read_archive, write_archive
from cli.bench.run import parse_shard
from cli.main import main

EVIL = "x\x1b[2J\x07\u202e\r\nPASS"
TOML = json.dumps(EVIL)  # of a string the same text in TOML


def clean(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said, which holds the text and nothing that controls a terminal."""
    said = "".join(capsys.readouterr())
    assert all(char.isprintable() or char in "\n\t" for char in said), said
    assert "\\x1b[2J" in said, said
    assert "\nPASS" not in said
    return said


QUIET = ["--no-pictures"]


def test_a_reference_in_a_recipe(capsys):
    head = 'data = "digits"\nmodel = "mlp:4"\nepochs = 1\n'
    Path("r.toml").write_text(f"{head}[reference]\ntext = {TOML}\nsource = {TOML}\n[recipe]\ntitle = {TOML}\n")
    assert main(["train", "r.toml", *QUIET]) == 0
    assert "published x" in clean(capsys)
    Path("folder").mkdir()
    shutil.copy("r.toml", "folder/r.toml")
    assert main(["recipes", "list", "--folder", "folder"]) == 0
    clean(capsys)


@pytest.mark.parametrize(
    "key", ["data", "model", "activation", "loss", "rule", "sampling", "schedule", "dtype", "init"]
)
def test_a_setting_in_a_file(capsys, key):
    Path("r.toml").write_text("\n".join([f"{key} = {TOML}", *(['data = "digits"'] if key != "data" else [])]))
    assert main(["train", "r.toml", *QUIET]) != 0
    clean(capsys)


def test_a_key_in_a_file(capsys):
    Path("r.toml").write_text(f"{TOML} = 1\n")
    assert main(["train", "r.toml"]) == 2
    clean(capsys)


def test_the_name_of_an_image(capsys, digits_run):
    np.save(f"{EVIL}.npy".replace("/", ""), np.zeros((8, 8)))
    assert main(["predict", str(digits_run / "run.npz"), f"{EVIL}.npy"]) == 0
    clean(capsys)
    assert main(["predict", str(digits_run / "run.npz"), f"{EVIL}.none"]) == 3
    clean(capsys)


def test_what_a_checkpoint_says_of_itself(digits_run):
    import hashlib

    shutil.copytree(digits_run, "o")
    arrays = read_archive(digits_run / "run.npz", "a checkpoint")
    meta = json.loads(arrays["meta"].tobytes())
    meta["environment"]["blas"] = EVIL
    text = json.dumps(meta).encode()
    arrays["meta"] = np.frombuffer(text, np.uint8)
    arrays["seal"] = np.frombuffer(hashlib.sha256(text).digest(), np.uint8)
    with Path("o/run.npz").open("wb") as stream:
        write_archive(stream, arrays)
    with pytest.warns(UserWarning, match="was written with blas x") as found:
        assert main(["train", "--out", "o", "--resume", "--epochs", "6", *QUIET]) == 0
    assert [str(one.message).isprintable() for one in found] == [True]


def test_what_a_failed_run_says(capsys, tmp_path):
    from bench.solvers.planning.plan import pairs, plan, tuning
    from bench.solvers.storage.failures import read_failure, write_failure

    manifest = plan(["digits-softmax"], ["sgd"], budget="quick")
    task = tuning(manifest, *next(iter(pairs(manifest))))[0]
    write_failure(tmp_path, task, EVIL)
    print(read_failure(tmp_path, task))
    clean(capsys)


@pytest.mark.parametrize("shard", ["3/3", "-1/3", "1/", "/3", "a/3", "1/2/3", "²/3", "0/³"])
def test_a_shard_is_two_numbers(shard):
    """Of the digits above the line Python's own int() knows none."""
    with pytest.raises(ValueError, match=re.escape(f"--shard is {shard!r}; expected I/N with 0 <= I < N, as in 0/3")):
        parse_shard(shard)
    assert parse_shard("2/3") == (2, 3)
