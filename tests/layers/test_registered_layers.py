"""Every registered layer and loss, in each of its settings, through every check; nothing here names a layer."""

import numpy as np
import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st
from layer_checks import CHECKS, arguments, check_gradient, forward, gradients

from layers import Layer, registered

CASES = [
    pytest.param(layer, dict(settings), id="-".join([name, *(f"{k}={v}" for k, v in settings.items())]))
    for name, layer in registered().items()
    for settings in layer.settings
]


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize(("layer", "settings"), CASES)
def test_check(layer, settings, check, n):
    check(layer, n, settings)


@pytest.mark.parametrize(("layer", "settings"), CASES)
@hypothesis_settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([1, 2, 7]))
def test_gradient_on_many_draws(layer, settings, seed, n):
    if layer.kind == "norm":
        n = 7  # one or two nearly equal rows have a curvature that no central difference can follow
    check_gradient(layer, n, settings, seed)


@pytest.mark.parametrize(("layer", "settings"), CASES)
def test_float32_follows_float64(layer, settings):
    settings = {} if layer.noisy else settings  # noise is drawn in the precision of the input: another stream
    exact, single = arguments(layer, 7), arguments(layer, 7, np.float32)
    exact = [a.astype(np.float32).astype(a.dtype) for a in exact]
    (out, cache), (out4, cache4) = forward(layer, exact, settings), forward(layer, single, settings)
    np.testing.assert_allclose(out4, out, rtol=2e-5, atol=2e-5)
    dout = np.ones(np.shape(out))
    found = gradients(layer, dout.astype(np.float32), cache4)
    for one, other in zip(found, gradients(layer, dout, cache), strict=True):
        np.testing.assert_allclose(one, other, rtol=5e-5, atol=5e-5)


FREE_OF_THE_BATCH = ("linear", "activation", "pool", "reshape", "combine", "noise", "sandwich")  # not its statistics


@pytest.mark.parametrize("layer", registered(*FREE_OF_THE_BATCH).values())
def test_a_batch_without_rows(layer: Layer):
    """N = 0 is a batch too: no rows out, and gradients of the parameters that are sums of nothing."""
    args = [a[:0] if name not in layer.params else a for name, a in zip(layer.args, arguments(layer, 2), strict=True)]
    out, cache = layer.forward(*args)
    assert len(out) == 0
    found = gradients(layer, np.zeros(out.shape), cache)
    for arg, gradient in zip(args, found, strict=True):
        assert gradient.shape == arg.shape
        assert not np.any(gradient)
