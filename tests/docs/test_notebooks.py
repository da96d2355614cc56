"""The notebooks run from top to bottom as scripts (`make thorough`), and have what a lecturer needs of them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent.parent / "notebooks").glob("*.py"))


@pytest.mark.thorough
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_as_a_script(path, tmp_path):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    command = [sys.executable, "-W", "error", str(path)]
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_can_be_taught_with(path):
    """A title, how long it takes and for whom, a picture, exercises, and an answer to most of them."""
    text = path.read_text(encoding="utf-8")
    cells = re.split(r"^# %%", text, flags=re.MULTILINE)
    assert re.search(r"^# # \w", cells[1], re.MULTILINE)
    assert re.search(r"^# \*\d+ minutes", cells[1], re.MULTILINE)
    assert "plt.subplots" in text
    exercises, _, answers = cells[-1].partition("<details><summary>Answers</summary>")
    asked = re.findall(r"^# (\d)\. ", exercises, re.MULTILINE)
    assert len(asked) >= 4
    answered = re.findall(r"^# (\d)\. ", answers, re.MULTILINE)
    assert set(answered) <= set(asked)
    assert len(answered) >= 3


def test_they_are_five():
    """Of which `make notebooks` makes notebooks, executed, and `make site` pages."""
    names = {path.stem for path in NOTEBOOKS}
    assert names >= {
        "backpropagation_by_hand",
        "gradient_checking",
        "numeric_differentiation",
        "regularisation",
        "solvers_compared",
    }
