"""Grading of classes: the reference's weights and arguments go into the student's objects."""

import pytest
from submissions import LIMITS, graded

from gradcheck.grading.grade import describe, read_reference

LAYERS = """
import numpy as np

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW = self.db = None

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T

class Net:
    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.params = {"W": rng.standard_normal((4, 3)), "b": np.zeros(3)}

    def loss(self, X, y=None):
        scores = X @ self.params["W"] + self.params["b"]
        if y is None:
            return scores
        scores = scores - scores.max(axis=1, keepdims=True)
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        d = p.copy()
        d[np.arange(len(y)), y] -= 1
        d /= len(y)
        return -np.log(p[np.arange(len(y)), y]).mean(), {"W": X.T @ d, "b": d.sum(axis=0)}
"""
WITH_INPUTS = (
    LAYERS
    + """
def Affine_inputs(rng, n):
    return Affine(rng.standard_normal((4, 3)), rng.standard_normal(3)), rng.standard_normal((n, 4))
"""
)


@pytest.fixture(scope="module", params=[LAYERS, WITH_INPUTS], ids=["drawn", "by inputs"])
def reference(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("teacher") / "reference.py"
    path.write_text(request.param)
    return read_reference(path, LIMITS)


def rows(source, reference, tmp_path):
    result = graded(source, reference, tmp_path)
    assert result.unloadable is None
    return {row.name: row for row in result.rows}


def test_the_reference_has_all_points(reference, tmp_path):
    assert reference.values == {"Affine", "Net"}
    assert [row.points for row in rows(LAYERS, reference, tmp_path).values()] == [2, 2]


FAULTS = [  # edits, with the points of Affine and Net and the words for them
    (["x @ self.W + self.b", "x @ self.W + 2 * self.b", "X.T @ d,", "-X.T @ d,"], [0, 1], ["differs", "SIGN"]),
    (["dout.sum(axis=0)\n", "dout.mean(axis=0)\n", ".mean(), {", ".sum(), {"], [1, 0], ["SCALE_INV_BATCH", "differs"]),
    (["default_rng(seed)", "default_rng(seed + 1)"], [2, 2], ["", ""]),
]


@pytest.mark.parametrize(("edits", "points", "words"), FAULTS, ids=["first", "second", "other weights"])
def test_each_fault_costs_its_half(edits, points, words, reference, tmp_path):
    source = LAYERS
    for old, new in zip(edits[::2], edits[1::2], strict=True):
        assert source.count(old) == 1
        source = source.replace(old, new)
    found = rows(source, reference, tmp_path).values()
    assert [row.points for row in found] == points
    assert all(text in describe(row, hints_only=False) for row, text in zip(found, words, strict=True))


def test_weights_under_other_names_are_told(reference, tmp_path):
    found = rows(LAYERS.replace("self.W", "self.weight"), reference, tmp_path)
    assert found["Affine"].values == "not compared"
    assert "has no W" in found["Affine"].words


def test_an_elementwise_function_and_its_derivative(tmp_path):
    source = (
        "import numpy as np\n\ndef bump(x):\n    return np.exp(-x * x)\n\n"
        "def bump_prime(x):\n    return -2 * x * np.exp(-x * x)\n"
    )
    (tmp_path / "reference.py").write_text(source)
    own = read_reference(tmp_path / "reference.py", LIMITS)
    assert rows(source, own, tmp_path)["bump"].points == 2
    assert rows(source.replace("return -2", "return -1"), own, tmp_path)["bump"].points == 1
    assert rows(source.replace("exp(-x * x)", "exp(-x * x / 2)"), own, tmp_path)["bump"].points == 0
