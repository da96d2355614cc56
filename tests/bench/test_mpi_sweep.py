"""A sweep whose runs are handed out over MPI: the same files; started in another way, it is refused at once."""

import sys
from pathlib import Path

import pytest

from bench.solvers.running.pools import optional
from cli.main import main
from tests.bench.conftest import SEEDS, SOLVERS, TRIALS
from tests.bench.mpiexec import on_ranks
from tests.bench.same import contents
from tests.bench.test_two_sweeps import written_lines


def words(tiny: Path, out: object) -> list[str]:
    return [
        "bench", "run", str(tiny), "--solvers", ",".join(SOLVERS), "--budget", "quick", "--trials", str(TRIALS),
        "--seeds", str(SEEDS), "--out", str(out), "--backend", "mpi",
    ]  # fmt: skip


@pytest.mark.thorough
def test_the_first_rank_hands_out_runs(tiny: Path, swept: Path, tmp_path: Path) -> None:
    done = on_ranks(3, "-m", "mpi4py.futures", "-m", "cli.main", *words(tiny, "out"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "complete: layergraph bench table out"
    assert contents(tmp_path / "out") == contents(swept)
    assert written_lines(tmp_path / "out") == len(SOLVERS) * (TRIALS + SEEDS)


def test_a_rank_alone_is_told_how_to_start(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone it would wait for ever; ranks that are not started by mpi4py.futures would each be a sweep of its own."""
    pytest.importorskip("mpi4py", reason="needs MPI: pip install layergraph[mpi]")
    for started, of in (["python", "-m", "mpi4py.futures"], 1), (["python", "-m", "cli.main"], 2):
        monkeypatch.setattr(sys, "orig_argv", started)
        monkeypatch.setattr("mpi4py.MPI.COMM_WORLD", type("Ranks", (), {"size": of}))
        assert main(words(tiny, tmp_path)) == 2
        said = capsys.readouterr().err
        assert said.startswith("layergraph: error: backend is 'mpi', but no other rank works for this one (of ")
        assert "mpiexec -n N python -m mpi4py.futures -m cli.main bench run ..." in said
        assert said.count("\n") == 1


def test_mpi4py_without_an_mpi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its import raises RuntimeError there."""
    (tmp_path / "finds_no_mpi.py").write_text("raise RuntimeError('cannot load MPI library')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"^--backend mpi needs mpi4py: pip install mpi4py, and an MPI$"):
        optional("finds_no_mpi", "--backend mpi needs mpi4py: pip install mpi4py, and an MPI")
