"""At a kink a gradient lies between the two slopes, or it is wrong; a backward that adds a constant is told as that."""

import numpy as np
import pytest

import gradcheck
from gradcheck.numeric.central_differences import differentiate
from gradcheck.numeric.judgement import judge


@pytest.mark.parametrize(("value", "wrong"), [(-1.5, True), (-1.0, False), (0.3, False), (2.0, False), (2.5, True)])
def test_at_a_kink_what_lies_outside_of_both_slopes_is_wrong(value, wrong):
    """f(x) = 2 x above 0 and -x below: the slopes are 2 and -1."""
    x = np.array([0.0, 1.0])

    def evaluate(values):
        return np.where(values["x"] > 0, 2 * values["x"], -values["x"])

    derivative = differentiate(evaluate, {"x": x}, ["x"], np.ones(2), evaluate({"x": x}))["x"]
    assert derivative.kink.tolist() == [True, False]
    found = judge(np.array([value, 2.0]), derivative, x)
    assert found.bad.tolist() == [wrong, False]


@pytest.mark.parametrize(
    ("added", "words"),
    [
        (lambda x: 2 * x, "2 x is added whatever dout is"),
        (lambda x: x**3 + x**2 - 0.7, "with dout = 0 the gradient is not zero"),
    ],
)
def test_a_backward_that_adds_a_constant_is_told_by_what_it_adds(added, words):
    x = np.random.default_rng(0).standard_normal((4, 3))
    report = gradcheck.layer(lambda x: (np.sin(x), x), lambda dout, x: dout * np.cos(x) + added(x), x)
    (finding,) = report.findings
    assert finding.code == "ADDITIVE_TERM"
    assert words in finding.message
