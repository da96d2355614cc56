"""A small difference beside a large fault (another eps) leaves the large one its name."""

import numpy as np
import pytest

import gradcheck


def _normalise(x):
    centred = x - x.mean(axis=0)
    spread = np.sqrt(x.var(axis=0) + 1e-5)
    return centred / spread, (centred, spread)


def _back(eps, slip):
    def backward(dout, cache):
        centred, spread = cache
        other = np.sqrt(spread**2 - 1e-5 + eps)
        xhat = centred / other
        mean = 0 if slip == "mean" else dout.mean(axis=0)
        return (dout - mean - (0 if slip == "variance" else xhat * (dout * xhat).mean(axis=0))) / other

    return backward


def _inputs(rng, n):
    return (2 * rng.standard_normal((n + 3, 4)),)


@pytest.mark.parametrize("eps", [1e-5, 1.01e-5, 1.0001e-5, 5e-6, 0.0])
@pytest.mark.parametrize(("slip", "code"), [("mean", "BN_MEAN_TERM"), ("variance", "BN_VAR_TERM")])
def test_a_term_of_batch_norm_beside_another_eps(eps, slip, code):
    report = gradcheck.layer(_normalise, _back(eps, slip), inputs=_inputs, repair=False)
    assert report.findings[0].code == code


def test_the_other_eps_alone_is_small():
    report = gradcheck.layer(_normalise, _back(0.0, None), inputs=_inputs, repair=False)
    assert [f.code for f in report.findings] == ["SMALL_ERROR"]


@pytest.mark.parametrize("eps", [0.0, 1e-12, 1e-9, 1e-7])
@pytest.mark.parametrize(
    ("factor", "code"), [(lambda n: n, "SCALE_BATCH"), (lambda n: -1, "SIGN"), (lambda n: 2, "SCALE_TWO")]
)
def test_a_constant_beside_another_eps(eps, factor, code):
    def entropy(x, y):
        n, at = len(x), (np.arange(len(x)), y)
        p = np.exp(x - x.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        d = p.copy()
        d[at] -= 1
        return -np.log(p[at] + eps).mean(), factor(n) * d / n

    inputs = lambda rng, n: (rng.standard_normal((n, 4)), rng.integers(4, size=n))  # noqa: E731
    report = gradcheck.loss(entropy, inputs=inputs, repair=False)
    assert report.findings[0].code == code


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_a_term_that_is_not_small_is_not_passed_over(share):
    def backward(dout, x):
        return 2 * dout * np.cos(x) + share * dout * x

    inputs = lambda rng, n: (rng.standard_normal((n, 4)),)  # noqa: E731
    report = gradcheck.layer(lambda x: (np.sin(x), x), backward, inputs=inputs, repair=False)
    assert not report.ok
    assert report.findings[0].code != "SCALE_TWO"
