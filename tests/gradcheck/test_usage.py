"""Mistakes of the caller are named as such: an option that does not exist, a forward that cannot run at all."""

import numpy as np
import pytest

import gradcheck
from cli.gradcheck_target import _seeded
from layers import affine_backward, affine_forward
from models import TwoLayerNet


def test_a_misspelt_option_is_named():
    with pytest.raises(TypeError, match="no option 'probs': did you mean 'probes'"):
        gradcheck.layer("relu", probs=3)


def test_a_forward_that_raises_is_not_repaired_in_the_backward():
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((5, 7)), rng.standard_normal((3, 7)), rng.standard_normal(3)
    report = gradcheck.layer(affine_forward, affine_backward, x, w, b)
    assert [(f.code, f.where, f.fix_verified) for f in report.findings] == [("RAISES", "forward", False)]


def test_a_target_class_is_seeded_where_it_can_be():
    assert _seeded(TwoLayerNet, 4) == {"seed": 4}
    assert _seeded(dict, 4) == {}


def test_a_function_that_returns_nothing_does_not_pass():
    x = np.random.default_rng(0).standard_normal((5, 4))
    for report, got, end in (
        (gradcheck.layer(lambda x: None, lambda dout, cache: None, x), "NoneType", "out, cache"),
        (gradcheck.layer(lambda x: (None, x), lambda dout, cache: None, x), "NoneType", "out, cache"),
        (gradcheck.layer(lambda x: ((), x), lambda dout, cache: x, x), "no output", "out, cache"),
        (gradcheck.loss(lambda x: None, x), "NoneType", "loss, gradients"),
    ):
        message = f"the function returns {got} in place of numbers: end it with 'return {end}'"
        assert [(f.code, f.where, f.message) for f in report.findings] == [("WRONG_SHAPE", "forward", message)]
        assert not report.ok


def test_a_loss_per_row_asks_for_the_mean():
    def squares(x):
        return (x * x).sum(axis=1), 2 * x

    report = gradcheck.loss(squares, np.random.default_rng(0).standard_normal((4, 3)))
    assert [f.code for f in report.findings] == ["WRONG_SHAPE"]
    assert "forget .mean()" in report.findings[0].message
    assert " ".join(str(report).split()).count("forget .mean()") == 1
    assert "be happy" not in str(report)
