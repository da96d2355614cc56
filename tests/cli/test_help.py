"""Help with examples that are right, `--version` with what results depend on, completion that shells take."""

import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
import scipy

from cli.completion import SHELLS
from cli.examples import EXAMPLES, RUN, leaves
from cli.main import build_parser, main

LINES = [(command, line) for command, rows in EXAMPLES.items() for line, _ in rows]
QUICK = ("predict", "eval", "show", "export", "import", "data list", "recipes list", "completion")


def words(line: str) -> list[str]:
    """The arguments of an example, without what the shell takes."""
    return shlex.split(line.partition(" > ")[0])[1:]


def test_every_command_has_examples_and_no_other_has():
    assert {command for command, _ in leaves(build_parser())} == set(EXAMPLES)
    assert all(EXAMPLES.values())


@pytest.mark.parametrize(("command", "line"), LINES, ids=[line for _, line in LINES])
def test_examples_are_commands_of_their_own_help(command, line):
    assert line.startswith(f"layergraph {command}")
    args = build_parser().parse_args(words(line))
    assert callable(args.run)


@pytest.mark.parametrize("command", EXAMPLES)
def test_help_shows_them_as_they_are(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    for line, why in EXAMPLES[command]:
        assert f"\n  {line}\n      {why}" in out


@pytest.fixture
def runs(elsewhere):
    """The runs that the examples name, of the digits and an hour shorter."""
    train = "train --data digits --model mlp:8 --epochs 1 --quiet --no-pictures --out"
    for name in ("digits", "other"):
        assert main([*train.split(), f"runs/{name}"]) == 0
    np.savez("more_rows.npz", X=np.zeros((3, 64)), y=np.array([0, 1, 2]))


def test_the_quick_ones_run(runs, monkeypatch, capsys):
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("onnx", reason="needs onnx (extra export)")
    pytest.importorskip("shtab", reason="needs shtab (extra completion)")
    drawing = np.zeros((90, 60), np.uint8)
    drawing[15:75, 25:35] = 255
    image.fromarray(drawing).save("my_digit.png")
    for command, line in LINES:
        if command in QUICK and "more_rows" not in line:
            expected = 0  # two runs of the same settings and seed are the same
            assert main(words(line)) == expected, line
            assert "error" not in capsys.readouterr().err, line


def test_the_version_stands_alone_on_its_line(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    first, second, third, *_ = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"layergraph (\d+\.\d+\.\d+|\(not installed\))", first)
    assert second == f"Python {sys.version.split()[0]}   NumPy {np.__version__}   SciPy {scipy.__version__}"
    assert re.fullmatch(r"BLAS .+, (\d+ threads?|threads unknown)", third)


@pytest.mark.parametrize("shell", SHELLS)
def test_shells_take_the_script(shell, capsys, tmp_path):
    pytest.importorskip("shtab", reason="needs shtab (extra completion)")
    assert main(["completion", shell]) == 0
    script = tmp_path / f"script.{shell}"
    script.write_text(capsys.readouterr().out)
    for command in ("gradcheck", "recipes", "standardise"):
        assert command in script.read_text()
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}")
    done = subprocess.run([program, "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [(["sh"], {"show"}), (["ex"], {"export"}), (["bench", "re"], {"report"}), (["show", "--pl"], {"--plot"}),
     (["export", "--to", "on"], {"onnx"}), (["completion", ""], {"zsh"})],
    ids=lambda value: " ".join(value),
)  # fmt: skip
def test_bash_completes(typed, offered, capsys, tmp_path):
    pytest.importorskip("shtab", reason="needs shtab (extra completion)")
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "script.bash"
    script.write_text(capsys.readouterr().out)
    words = " ".join(shlex.quote(word) for word in ["layergraph", *typed])
    asked = f"source {shlex.quote(str(script))}; COMP_WORDS=({words}); COMP_CWORD={len(typed)}; _shtab_layergraph"
    ask = f'{asked}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run([bash, "-c", ask], capture_output=True, text=True, check=True)
    assert offered <= set(done.stdout.split())


def test_a_missing_library_is_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    assert (
        capsys.readouterr().err == "layergraph: error: completion needs shtab: pip install 'layergraph[completion]'\n"
    )


def test_runs_of_the_examples_are_where_they_say():
    assert sum(RUN in line for _, line in LINES) >= 8
