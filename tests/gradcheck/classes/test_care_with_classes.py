"""What a check of a class leaves alone: the global stream, locks, files; and how little a custom excuses."""

import ast
import threading

import numpy as np
import pytest

import gradcheck
from gradcheck.repair.repair import is_unsafe


class Locked:
    """Keeps a lock, which cannot be copied, and draws its weights from the global stream."""

    def __init__(self, n_in, n_out):
        self.lock, self.W = threading.Lock(), np.random.randn(n_in, n_out)  # noqa: NPY002

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T


def test_a_lock_is_shared_and_the_global_stream_is_where_it_was():
    before = np.random.get_state()[1:3]  # noqa: NPY002
    assert gradcheck.instance(Locked).verdict == "pass"
    after = np.random.get_state()[1:3]  # noqa: NPY002
    assert np.array_equal(before[0], after[0])
    assert before[1] == after[1]


class SmoothedLoss:
    """A tiny number in the logarithm, which excuses 1e-4 of the gradient; this one is off by 1e-3."""

    def forward(self, x, y):
        return -np.mean(np.log(x + 1e-7) * y)

    def backward(self, x, y):
        return -1.001 * y / (x + 1e-7) / x.size


def test_a_tiny_number_in_a_logarithm_excuses_no_thousandth():
    assert gradcheck.instance(SmoothedLoss, repair=False).verdict == "fail"


@pytest.mark.parametrize(("line", "unsafe"), [("open(x)", True), ("self.input", False), ("os.system(x)", True)])
def test_edits_of_what_touches_files_are_not_run(line, unsafe):
    assert is_unsafe(ast.parse(f"def f(self, x):\n    return {line}")) is unsafe
