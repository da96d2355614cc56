"""A short run on the digits, shared by the tests of the commands that read runs; each test has a folder of its own."""

from pathlib import Path

import pytest

from cli.main import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test runs in an empty folder, so that default run folders land there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run: mlp:16 on the digits, 5 epochs, seed 3."""
    folder = tmp_path_factory.mktemp("run") / "digits"
    flags = "train --data digits --model mlp:16 --epochs 5 --seed 3 --quiet --out".split()
    assert main([*flags, str(folder)]) == 0
    return folder
