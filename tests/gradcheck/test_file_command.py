"""`layergraph gradcheck FILE.py`: the table, the exit codes, and files that do everything but behave."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cli.main import main
from gradcheck.finder.checking import check_file
from gradcheck.finder.find import find
from gradcheck.finder.loading import cell_of, load_file
from gradcheck.finder.transfer import packed, unpacked

AFFINE = """
import numpy as np
def affine_forward(x, w, b):
    return x @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.{how}(axis=0)
"""
RIGHT, WRONG = AFFINE.format(how="sum"), AFFINE.format(how="mean")
LOOPS = """
import time
def relu_forward(x):
    return x * (x > 0), x
def relu_backward(dout, cache):
    while True:
        time.sleep(1)
"""
RECURSES = """
def tanh_forward(x):
    return tanh_forward(x)
def tanh_backward(dout, cache):
    return dout
"""
LEAVES = """
def selu_forward(x):
    return 2 * x, None
def selu_backward(dout, cache):
    import os
    os._exit(0)
"""
UNKNOWN = """
def odd_forward(flux, capacitor):
    return flux.jigowatts * capacitor, None
def odd_backward(dout, cache):
    return dout, dout
"""


def command(*words, cwd=None):
    run = [sys.executable, "-P", "-m", "cli.main", "gradcheck", *words]  # -P: as the installed command runs
    return subprocess.run(run, capture_output=True, text=True, cwd=cwd, check=False, timeout=300)


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [(RIGHT, 0, "affine  layer  pass"), (WRONG, 1, "SCALE_INV_BATCH b"),
     (UNKNOWN, 4, "\n    def odd_inputs(rng, n): return flux"), ("def f(:\n", 3, "SyntaxError"),
     ("import sys; sys.exit(3)\n", 3, "nothing to check"), ("x = 1\n", 3, "nothing to check"),
     (f"{RIGHT}\nraise OSError('no data.csv')\n", 0, "no data.csv; only its definitions are used")],
)  # fmt: skip
def test_exit_codes_and_words(source, code, words, tmp_path, capsys):
    assert main(["gradcheck", written(tmp_path, "mine.py", source), "--no-repair"]) == code
    assert words in capsys.readouterr().out


def test_what_hangs_recurses_or_ends_the_process_is_one_row_and_the_rest_is_checked(tmp_path, capsys):
    path = written(tmp_path, "all.py", RIGHT + LOOPS + RECURSES + LEAVES + WRONG.replace("affine", "linear"))
    assert main(["gradcheck", path, "--no-repair", "--timeout", "10"]) == 1
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if " layer " in line}
    words = {"affine": "pass", "linear": "SCALE_INV_BATCH", "relu": "not checked", "selu": "not checked"}
    assert all(words[name] in rows[name] for name in words), rows
    assert "pass" not in rows["tanh"]


def test_a_file_that_never_ends_is_taken_by_its_definitions(tmp_path):
    path = written(tmp_path, "trains.py", f"{RIGHT}\nimport time\nprint('training')\nwhile True:\n    time.sleep(1)\n")
    request = {"seed": 0, "seeds": 1, "options": {"repair": False}, "sweeps": False}
    rows = list(check_file(Path(path), request, timeout=8.0, starting=8.0))
    assert [(row.name, row.report.verdict) for row in rows] == [("affine", "pass")]
    assert "only its definitions are used" in rows[0].notes[0]


def test_one_file_of_a_folder_that_cannot_be_used_hides_no_other(tmp_path, capsys):
    written(tmp_path, "a_broken.py", "def x_forward(:\n")
    written(tmp_path, "b_wrong.py", WRONG)
    (tmp_path / "sub").mkdir()
    written(tmp_path / "sub", "c_right.py", RIGHT.replace("affine", "dense"))
    written(tmp_path, "z_plot.py", "raise SystemExit('not run: it has nothing to check')\n")
    assert main(["gradcheck", str(tmp_path), "--no-repair"]) == 1
    out = capsys.readouterr().out
    assert all(word in out for word in ("dense", "SCALE_INV_BATCH", "a_broken.py"))
    assert "z_plot" not in out
    assert "b_wrong.py:5:\nFAIL  affine" in out


def test_missing_modules_are_stood_in_for_and_named(tmp_path, capsys):
    path = written(
        tmp_path, "needs.py", "import h5py_of_nobody as h5\nfrom no_such_cython.fast import im2col\n" + RIGHT
    )
    assert main(["gradcheck", path]) == 0
    out = capsys.readouterr().out
    assert "h5py_of_nobody is not installed" in out
    assert "no_such_cython" in out


def test_relative_and_sibling_imports_and_a_layers_module_of_ones_own(tmp_path):
    course = tmp_path / "course"
    course.mkdir()
    written(course, "tools.py", "def double(x):\n    return 2 * x\n")
    written(course, "layers.py", "from tools import double\n" + RIGHT.replace("x @ w + b", "double(x) @ w / 2 + b"))
    pair = (
        "def fc_forward(x, w, b):\n    return affine_forward(x, w, b)\n"
        "def fc_backward(dout, cache):\n    return affine_backward(double(dout) / 2, cache)\n"
    )
    imports = "from {0}layers import affine_forward, affine_backward\nfrom {0}tools import double\n"
    written(course, "nets.py", imports.format("") + pair)
    written(course, "relative.py", imports.format(".") + pair)
    for name in ("layers.py", "nets.py", "relative.py"):
        done = command(name, cwd=course)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "note" not in done.stdout


def test_several_inputs_of_one_file_are_those_of_their_functions(tmp_path):
    source = RIGHT + RIGHT.replace("affine", "dense") + (
        "def affine_inputs(rng, n):\n    return rng.standard_normal((n, 2)), np.ones((2, 2)), np.zeros(2)\n"
        "def dense_forward_inputs(rng, n):\n"
        "    return rng.standard_normal((n, 9)), rng.standard_normal((9, 2)), np.zeros(2)\n"
    )  # fmt: skip
    affine, dense = find(written(tmp_path, "two.py", source))
    assert affine.check().tensors["x"].numeric.shape == (5, 2)
    assert dense.check().tensors["x"].numeric.shape == (5, 9)


def notebook(*cells):
    made = [
        {"cell_type": "code", "source": text.splitlines(keepends=True), "metadata": {}, "outputs": []} for text in cells
    ]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": ["# words"]}, *made], "nbformat": 4})


def test_a_notebook_is_read_in_cells_and_tells_lines_in_them(tmp_path, capsys):
    cells = (
        "%matplotlib inline\nimport numpy as np\n!ls\n",
        "data = open('not there').read()\nwhile True: pass\n",
        WRONG,
    )
    path = written(tmp_path, "homework.ipynb", notebook(*cells))
    (subject,) = find(path)
    assert subject.where.endswith("homework.ipynb, cell 3, line 5")
    assert main(["gradcheck", path]) == 1
    out = capsys.readouterr().out
    assert "cell 3, line" in out
    assert "homework.ipynb:" not in out


def test_cells_that_are_no_python_are_left_out(tmp_path):
    path = tmp_path / "odd.ipynb"
    path.write_text(notebook("%%bash\nls", "this is not python", RIGHT), encoding="utf-8")
    assert [subject.name for subject in find(path)] == ["affine"]
    assert cell_of(load_file(path).cells, 1) == "cell 1, line 1"


def test_a_file_and_a_name_together_are_one_document_and_one_file_of_results(tmp_path, capsys):
    path, junit = written(tmp_path, "mine.py", WRONG), tmp_path / "results.xml"
    assert main(["gradcheck", path, "relu", "--no-repair", "--json", "--junit", str(junit)]) == 1
    json.loads(capsys.readouterr().out)
    assert main(["gradcheck", path, "relu", "--no-repair", "--junit", str(junit)]) == 1
    out, results = capsys.readouterr().out, junit.read_text(encoding="utf-8")
    assert out.count("written: ") == 1
    assert 'name="affine"' in results
    assert 'name="relu"' in results


def test_reports_of_several_notebooks_stand_under_their_places(tmp_path, capsys):
    for name in ("a.ipynb", "b.ipynb"):
        written(tmp_path, name, notebook(WRONG))
    assert main(["gradcheck", str(tmp_path), "--no-repair"]) == 1
    out = capsys.readouterr().out
    assert "a.ipynb, cell 1, line 5:\nFAIL" in out
    assert "b.ipynb, cell 1, line 5:\nFAIL" in out


def test_modules_of_the_working_folder_can_be_imported(tmp_path):
    (tmp_path / "course").mkdir()
    written(tmp_path / "course", "parts.py", RIGHT)
    pair = RIGHT.replace("affine", "fc").replace("return x @ w + b, (x, w)", "return affine_forward(x, w, b)")
    written(tmp_path / "course", "nets.py", f"from course.parts import affine_forward\n{pair}")
    done = command("course/nets.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "note" not in done.stdout


def test_of_several_seeds_the_one_that_fails_is_shown(tmp_path):
    inputs = """
SEED = [0]
def affine_inputs(rng, n):
    drawn = rng.bit_generator.seed_seq.entropy
    SEED[0] = drawn[0] if isinstance(drawn, list) else 0
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)
"""
    source = WRONG.replace("dout.mean(axis=0)", "dout.sum(axis=0) * (1 if SEED[0] else 2)") + inputs
    path = Path(written(tmp_path, "once.py", source))
    request = {"options": {"repair": False}, "sweeps": False}
    verdicts = {
        (seed, seeds): [row.report.verdict for row in check_file(path, {**request, "seed": seed, "seeds": seeds}, 60.0)]
        for seed, seeds in ((1, 1), (0, 2))
    }
    assert verdicts == {(1, 1): ["pass"], (0, 2): ["fail"]}


def test_a_report_travels_with_what_a_page_draws(tmp_path):
    (subject,) = find(written(tmp_path, "mine.py", WRONG))
    report = subject.check(repair=False)
    assert report.sweep("b")
    assert unpacked(packed(report, sweeps=True)).sweep("b") == [tuple(map(float, one)) for one in report.sweep("b")]


def test_assignments_that_call_are_not_run_with_the_definitions(tmp_path):
    path = tmp_path / "trains.ipynb"
    path.write_text(notebook("def train():\n    return 1\n", "model = train()\nsize = int(4)\n"), encoding="utf-8")
    module = load_file(path).module
    assert module.size == 4
    assert not hasattr(module, "model")


def test_tests_hidden_and_installed_files_of_a_folder_are_not_run(tmp_path):
    written(tmp_path, "mine.py", RIGHT)
    written(tmp_path, "test_mine.py", RIGHT)
    for folder in (".hidden", "venv"):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, "mine.py", RIGHT)
    assert [subject.where for subject in find(tmp_path)] == [f"{tmp_path / 'mine.py'}:5"]


def test_a_timeout_of_nothing_is_refused(tmp_path, capsys):
    assert main(["gradcheck", written(tmp_path, "mine.py", RIGHT), "--timeout", "0"]) == 2
    assert "--timeout is 0" in capsys.readouterr().err


@pytest.mark.parametrize(("target", "words"), [("no_such.py", "there is no file"), ("no.ipynb", "there is no file")])
def test_a_target_that_is_not_there(target, words, tmp_path, capsys):
    assert main(["gradcheck", str(tmp_path / target)]) == 3
    assert words in capsys.readouterr().err


def test_a_pair_that_is_named_needs_no_inputs_either(tmp_path, monkeypatch, capsys):
    text = """
    import numpy as np

    def bn(x, gamma, beta, bn_param):
        s = np.sqrt(x.var(0) + bn_param.get("eps", 1e-5))
        xh = (x - x.mean(0)) / s
        return gamma * xh + beta, (xh, gamma, s)

    def bn_grad(dout, cache):
        xh, gamma, s = cache
        d = dout * gamma
        return (d - d.mean(0)) / s, (dout * xh).sum(0), dout.sum(0)

    def svm(x, y):
        margins = np.maximum(0, x - x[np.arange(len(y)), y][:, None] + 1)
        margins[np.arange(len(y)), y] = 0
        dx = (margins > 0).astype(float)
        dx[np.arange(len(y)), y] -= dx.sum(axis=1)
        return margins.sum() / len(y), dx / len(y)
    """
    monkeypatch.chdir(tmp_path)
    Path("layers.py").write_text(textwrap.dedent(text))
    assert main(["gradcheck", "layers.py:bn,bn_grad", "--no-repair"]) == 1
    assert "BN_VAR_TERM" in capsys.readouterr().out
    assert main(["gradcheck", "layers.py:svm"]) == 0
