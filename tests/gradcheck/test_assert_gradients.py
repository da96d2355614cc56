"""`assert_gradients` and `each_pair`, as a person who writes tests meets them."""

import subprocess
import sys

import numpy as np
import pytest

import gradcheck
from gradcheck import assert_gradients
from layers import registered
from models import TwoLayerNet

FILE = """
import numpy as np

def affine_inputs(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)

def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)

def relu_inputs(rng, n):
    return (rng.standard_normal((n, 4)),)

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, x):
    return np.where(dout > 0, dout, 0)
"""


def double(x):
    return 2 * x, None


def bowl(x, y):
    return 0.5 * np.sum((x - y) ** 2), x - y


def steep(x, y):
    return 0.5 * np.sum((x - y) ** 2), -(x - y)


def net(params, X, y):
    s = X @ params["W"] - y
    return 0.5 * np.sum(s * s), {"W": X.T @ s}


def worse_net(params, X, y):
    s = X @ params["W"] - y
    return 0.5 * np.sum(s * s), {"W": -X.T @ s}


class Doubler:
    """A layer that keeps its weight and its gradient."""

    def __init__(self, w=2.0):
        self.w, self.dw = np.array([w, -1.0]), None

    def forward(self, x):
        self.x = x
        return x * self.w

    def backward(self, dout):
        self.dw = (dout * self.x).sum(axis=0)
        return dout * self.w


class Halver(Doubler):
    """Its gradient is short of a factor."""

    def backward(self, dout):
        return super().backward(dout) / 2


X, Y = np.arange(6.0).reshape(3, 2), np.ones((3, 2))
W = {"W": np.array([[0.5, -1.0], [2.0, 1.5]])}
RIGHT = {
    "layer": ((double, lambda dout, cache: 2 * dout, X), {}),
    "registered": (("relu",), {}),
    "its definition": ((registered()["tanh"],), {}),
    "loss": ((bowl, X, Y), {}),
    "loss by inputs": ((bowl,), {"inputs": lambda rng, n: (rng.standard_normal((n, 2)), np.ones((n, 2)))}),
    "net": ((net, W, X, Y), {}),
    "net by inputs": ((net,), {"inputs": lambda rng, n: (W, rng.standard_normal((n, 2)), np.ones((n, 2)))}),
    "net by a dict": ((net,), {"inputs": lambda rng, n: {"params": W, "X": rng.standard_normal((n, 2)), "y": 1.0}}),
    "class": ((Doubler, X), {}),
    "object": ((Doubler(), X), {}),
    "model": ((TwoLayerNet(2, 4, 3, seed=0), X, np.array([0, 1, 2])), {}),
}
WRONG = {
    "layer": ((double, lambda dout, cache: dout, X), {}, "SCALE_HALF"),
    "loss": ((steep, X, Y), {"label": "mine"}, "SIGN"),
    "net": ((worse_net, W, X, Y), {}, "SIGN"),
    "object": ((Halver(), X), {}, "SCALE_HALF"),
}


@pytest.mark.parametrize(("args", "options"), RIGHT.values(), ids=RIGHT)
def test_right_gradients_give_the_report(args, options):
    assert assert_gradients(*args, **options).ok


@pytest.mark.parametrize(("args", "options", "code"), WRONG.values(), ids=WRONG)
def test_wrong_gradients_raise_the_report(args, options, code):
    with pytest.raises(AssertionError) as raised:
        assert_gradients(*args, **options)
    text = str(raised.value)
    assert text.splitlines()[1].startswith(f"FAIL  {options.get('label', '')}")
    assert code in text


@pytest.mark.parametrize(
    ("args", "error", "words"),
    [((3,), TypeError, "the target is a int"), ((bowl,), TypeError, "no float array"),
     (("no_such_file.py",), (ValueError, OSError), "no_such_file.py")],
)  # fmt: skip
def test_misuse_is_no_assertion(args, error, words):
    with pytest.raises(error, match=words):
        assert_gradients(*args)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my_layers.py"
    path.write_text(FILE)
    return path


def test_a_whole_file(file):
    with pytest.raises(AssertionError, match="MASK_FROM_DOUT") as raised:
        assert_gradients(file)
    assert "1 of 2 checks pass" in str(raised.value)
    file.write_text(FILE.replace("np.where(dout > 0, dout, 0)", "dout * (x > 0)"))
    assert [report.label for report in assert_gradients(str(file))] == ["affine", "relu"]


def test_a_file_without_pairs(tmp_path):
    (tmp_path / "empty.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match="nothing to check"):
        assert_gradients(tmp_path / "empty.py")
    with pytest.raises(ValueError, match="nothing to check"):
        gradcheck.each_pair(tmp_path / "empty.py")(lambda pair: None)


def pytest_of(folder, source):
    """What pytest prints of a test file of a user's, run from another folder than the file's."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_mine.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-rN", "-p", "no:cacheprovider", "tests/test_mine.py"],
        capture_output=True, text=True, timeout=120, check=False, cwd=folder,
    )  # fmt: skip


def test_each_pair_is_a_test_of_its_name_and_says_its_report_once(file):
    run = pytest_of(
        file.parent,
        "import gradcheck, pytest\n\n"
        "@pytest.fixture\ndef seed():\n    return 3\n\n"
        "@gradcheck.each_pair('../my_layers.py')\n"
        "def test_gradients(pair, seed):\n    gradcheck.assert_gradients(pair, seed=seed)\n",
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "test_gradients[affine] PASSED" in run.stdout
    assert "test_gradients[relu] FAILED" in run.stdout
    assert run.stdout.count("FAIL  relu") == 1
    assert "seed 3." in run.stdout


def test_a_plain_assert_still_gets_its_report(file):
    run = pytest_of(
        file.parent,
        "import gradcheck\n\n@gradcheck.each_pair('../my_layers.py')\n"
        "class TestPairs:\n    def test_it(self, pair):\n        assert pair.check().ok\n",
    )
    assert run.stdout.count("FAIL  relu") == 1


def test_each_pair_needs_a_parameter(file):
    with pytest.raises(TypeError, match="takes no parameter"):
        gradcheck.each_pair(file)(lambda: None)
