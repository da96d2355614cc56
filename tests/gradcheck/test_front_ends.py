"""The command line, the page, the pytest plugin and the self-test file, as a user meets them."""

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import gradcheck
from cli.main import main
from gradcheck import codes, selftest

MODULE = """
import numpy as np

def inputs(rng, n):
    return (rng.standard_normal((n, 4)),)

def tanh_forward(x):
    return np.tanh(x), np.tanh(x)

def tanh_backward(dout, t):
    return dout * (1 - t * t)

def wrong_backward(dout, t):
    return dout * (1 - t)

def log_forward(x):
    return np.log(-x * x), x

class Net:
    def __init__(self, scale=1.0):
        self.params = {"W": np.ones((3, 2)) * scale}
    def loss(self, X, y=None):
        s = X @ self.params["W"]
        if y is None:
            return s
        return 0.5 * np.sum(s * s) / len(X), {"W": X.T @ s / len(X)}

class Needy:
    def __init__(self, size):
        pass
"""


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MODULE)
    return path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["relu"], 0), (["{}:tanh_forward,tanh_backward"], 0), (["{}:tanh_forward,wrong_backward"], 1),
        (["{}:log_forward,tanh_backward"], 4), (["{}:nothing,tanh_backward"], 3), (["no_such_module_here:f,b"], 3),
        (["{}:Needy"], 3), (["no_such_layer"], 2), (["relu", "--seeds", "0"], 2), (["--list"], 0), (["--codes"], 0),
        (["relu", "--fast", "--no-repair"], 0), (["--self-test", "missing.py"], 3),
    ],
)  # fmt: skip
def test_exit_codes(arguments, code, module, capsys):
    assert main(["gradcheck", *(a.format(module) for a in arguments)]) == code
    printed = capsys.readouterr()
    if code in (2, 3):
        assert printed.err.startswith("layergraph: error: ")
        assert printed.err.count("\n") == 1
        assert not printed.out


def test_target_without_inputs_says_what_to_define(tmp_path, capsys):
    path = tmp_path / "bare.py"
    path.write_text("def f(spam): return spam.eggs(), None\ndef b(d, c): return d\n")
    assert main(["gradcheck", f"{path}:f,b"]) == 3
    assert "define inputs(rng, n)" in capsys.readouterr().err


def test_json_and_page(module, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["gradcheck", f"{module}:tanh_forward,wrong_backward", "--json", "--html", str(page)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "fail"
    assert found["findings"][0]["code"] == "ELEMENTWISE_FACTOR"
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert "http" not in text
    assert "<script" not in text
    assert text.count("<svg") == 3
    assert "wrong_backward" in text
    assert "fitted slope" in text


def test_page_escapes_what_it_shows(tmp_path, rng):
    report = gradcheck.layer(lambda x: (x, None), lambda d, c: -d, rng.standard_normal((2, 2)), label="<b>&x")
    assert "<b>&x" not in report.to_html(tmp_path / "p.html").read_text()


def test_suite_page_lists_all_and_shows_failures(tmp_path, rng):
    good = gradcheck.layer("relu")
    bad = gradcheck.layer(lambda x: (x * 2, None), lambda d, c: d * 1.0, rng.standard_normal((2, 3)), label="halved")
    text = gradcheck.Suite([good, bad], 0.1).to_html(tmp_path / "p.html").read_text()
    assert "1 of 2 checks fail" in text
    assert "SCALE_HALF" in text


def test_self_test_prints_the_three_figures(tmp_path, capsys):
    path = tmp_path / "cases.py"
    path.write_text(
        MODULE + "CASES = [dict(name=n, kind='layer', forward=tanh_forward, backward=b, inputs=inputs, expected=e)\n"
        "  for n, b, e in (('right', tanh_backward, None), ('wrong', wrong_backward, 'ELEMENTWISE_FACTOR'))]\n"
    )
    assert main(["gradcheck", "--self-test", str(path)]) == 0
    out = capsys.readouterr().out
    assert "killed 1 of 1 bugs" in out
    assert "named 1 of 1 nameable (100.0%)" in out
    assert "false alarms 0 in 1" in out


@pytest.mark.parametrize(("text", "words"), [("x = 1", "defines no CASES"), ("CASES = [{}]", "lacks name, kind")])
def test_unusable_self_test_file(tmp_path, text, words):
    path = tmp_path / "cases.py"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        selftest.load(path)


def test_plugin_prints_the_report_of_a_failing_test(tmp_path):
    test = tmp_path / "test_mine.py"
    test.write_text(
        "import gradcheck, numpy as np\n"
        "def test_sign():\n"
        "    assert gradcheck.layer(lambda x: (x * 1.0, None), lambda d, c: -d, np.ones((2, 3))).ok\n"
    )
    installed = any(e.value == "gradcheck.plugin" for e in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "gradcheck.plugin"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin, "-p", "no:cacheprovider", str(test)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "SIGN" in run.stdout
    assert "analytic = -numeric" in run.stdout


def test_course_functions(rng, capsys):
    import numpy as np

    x = rng.standard_normal((3, 2))
    before = x.copy()
    assert gradcheck.eval_numerical_gradient(lambda x: np.sum(x**2), x) == pytest.approx(2 * x, rel=1e-8)
    dout = rng.standard_normal((3, 2))
    assert gradcheck.eval_numerical_gradient_array(np.sin, x, dout) == pytest.approx(dout * np.cos(x), rel=1e-8)
    errors = gradcheck.grad_check_sparse(lambda x: np.sum(x**2), x, 2 * x, num_checks=4, rng=0)
    assert errors.shape == (4,)
    assert errors.max() < 1e-8
    assert capsys.readouterr().out.count("relative error") == 4
    assert np.array_equal(x, before)
    assert gradcheck.rel_error(np.array([1.0, 2]), np.array([1.0, 2])) == 0
    with pytest.raises(TypeError, match="expected a float array"):
        gradcheck.eval_numerical_gradient(lambda x: x.sum(), np.array([1, 2]))
    with pytest.raises(ZeroDivisionError):
        gradcheck.eval_numerical_gradient(lambda x: 1 / 0, x)
    assert np.array_equal(x, before)


def test_every_code_has_a_meaning():
    assert len(codes.MEANINGS) == 50
    sources = [path for path in Path(gradcheck.__file__).parent.rglob("*.py") if path.name != "codes.py"]
    used = set().union(*(re.findall(r'"([A-Z][A-Z0-9_]{3,})"', path.read_text(encoding="utf-8")) for path in sources))
    assert set(codes.MEANINGS) <= used
