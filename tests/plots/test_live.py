"""Curves in a notebook: one picture that is drawn anew at each evaluation, in a real kernel as well."""

import base64
import sys

import pytest

from plots import LiveCurves

CELL = """
import layergraph as lg, plots
data = lg.load_data("digits")
net = lg.mlp([64, 8, 10], seed=0)
lg.Solver(net, data, num_epochs=3, callbacks=[plots.LiveCurves()], verbose=False).train()
"""


def test_a_notebook_holds_one_picture_of_the_whole_run():
    client = pytest.importorskip("nbclient", reason="needs nbclient (extra test)")
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient (extra test)")
    pytest.importorskip("matplotlib", reason="needs matplotlib (extra bench)")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    client.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    pictures = [output for output in notebook.cells[0].outputs if "image/png" in output.get("data", {})]
    (picture,) = pictures
    assert base64.b64decode(picture["data"]["image/png"]).startswith(b"\x89PNG")
    assert picture["data"]["text/plain"] == "<IPython.core.display.Image object>"


def test_a_missing_library_is_said_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    with pytest.raises(ImportError, match="live curves are for notebooks and need IPython: pip install ipython"):
        LiveCurves()
