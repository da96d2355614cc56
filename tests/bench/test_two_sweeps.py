"""Two sweeps do not share a folder, but for the shards of one; nobody else is held up."""

from pathlib import Path

import pytest

from base.files.lock import NAME, folder_lock
from cli.main import main


def command(tiny: Path, out: Path, *more: str) -> list[str]:
    flags = "--solvers sgd --budget quick --trials 1 --seeds 2 --backend sequential --quiet --out".split()
    return ["bench", "run", str(tiny), *flags, str(out), *more]


def test_the_second_is_told_of_the_first(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    with folder_lock(out):
        assert main(command(tiny, out)) == 2
        assert f"{out} is in use by process " in capsys.readouterr().err
        assert main(command(tiny, out, "--shard", "0/2")) == 0
        with folder_lock(out, f"{NAME}-1-of-2"):
            assert main(command(tiny, out, "--shard", "1/2")) == 2
    assert main(command(tiny, out)) == 0
    assert [path.name for path in out.glob(".*")] == []
