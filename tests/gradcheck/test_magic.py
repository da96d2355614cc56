"""`%%gradcheck` in a notebook that is executed, and in a shell in a terminal."""

import subprocess
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
NOTEBOOK = Path(__file__).parent.parent.parent / "examples" / "check_a_cell.ipynb"
BEGIN = "import numpy as np\n%load_ext gradcheck\ndef twice_inputs(rng, n):\n    return (rng.standard_normal((n, 3)),)"


def executed(*cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return run(notebook)


def run(notebook):
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


pytestmark = pytest.mark.filterwarnings("ignore")  # of the machinery of notebooks


def test_the_example_notebook():
    _, _, wrong, right = run(nbformat.read(NOTEBOOK, as_version=4))
    (shown,) = wrong
    assert "SCALE_INV_BATCH" in shown.data["text/html"]
    assert "In[4]:4" in shown.data["text/html"]
    assert len(shown.data["text/html"].encode()) < 60_000
    assert shown.data["text/plain"].startswith("FAIL  affine")
    assert right[0].data["text/plain"].startswith("PASS  affine")


def test_cells_that_fail_define_nothing_or_are_misused():
    _, both, error, nothing, flags, later = executed(
        BEGIN,
        "%%gradcheck --seed 3 --no-repair\n"
        "def twice_forward(x):\n    return 2 * x, None\ndef twice_backward(dout, cache):\n    return dout",
        "%%gradcheck\n1 / 0",
        "%%gradcheck\nz = 3",
        "%%gradcheck --sed 3\nz = 4",
        "%%gradcheck twice\nz",
    )
    assert "SCALE_HALF" in both[0].data["text/html"]
    assert "seed 3" in both[0].data["text/html"]
    assert "verified" not in both[0].data["text/html"]
    assert [out.output_type for out in error] == ["error"]
    assert "defines nothing to check" in nothing[0].text
    assert "unrecognized arguments: --sed" in str(flags)
    assert later[0].data["text/plain"] == "4" or "3" in later[0].data["text/plain"]
    assert "SCALE_HALF" in later[-1].data["text/html"]


def test_in_a_terminal_the_report_is_text(tmp_path):
    script = tmp_path / "shell.ipy"
    script.write_text(
        f"{BEGIN}\n\nfrom IPython import get_ipython\nget_ipython().run_cell_magic('gradcheck', '', "
        "'def twice_forward(x):\\n    return 2 * x, None\\ndef twice_backward(dout, c):\\n    return 2 * dout\\n')\n"
    )
    shell = [sys.executable, "-m", "IPython", "--quick", "--no-banner", "--colors=NoColor", str(script)]
    run = subprocess.run(shell, capture_output=True, text=True, timeout=120, check=True)
    assert "PASS  twice" in run.stdout
