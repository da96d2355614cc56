"""For every code a near miss: correct code that resembles the bug, and other bugs that resemble it, must not trigger
it."""

import numpy as np
import pytest
from planted_cases import WRONG

import gradcheck
from gradcheck import codes, selftest
from tests.sampled import sampled

ALSO = {"affine_raises": {"TRANSPOSED"}}  # the same fault, seen on equal sizes


def matrix(rng, n):
    return (rng.standard_normal((n, 7)),)


def square(rng, n):
    return rng.standard_normal((n, n)), rng.standard_normal((n, n))


def batch_norm(x):
    std = np.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    return xhat, (xhat, std)


def scores(rng, n):
    return rng.standard_normal((n, 4)), rng.integers(4, size=n)


# Correct pairs (forward, backward, inputs) that look like the bug of that code.
RESEMBLE = {
    "SCALE_BATCH": (lambda x: (x.sum(0), x.shape), lambda d, s: np.ones(s) * d, matrix),
    "SCALE_INV_BATCH": (lambda x: (x.mean(0), x.shape), lambda d, s: np.ones(s) * d / s[0], matrix),
    "SCALE_TWO": (lambda x: (x * x, x), lambda d, x: 2 * d * x, matrix),
    "SCALE_HALF": (lambda x: (0.5 * x * x, x), lambda d, x: d * x, matrix),
    "SCALE_OTHER": (lambda x: (x * 0.7, None), lambda d, _: 0.7 * d, matrix),
    "SIGN": (lambda x: (-x, None), lambda d, _: -d, matrix),
    "TRANSPOSED": (lambda x, w: (x @ w.T, (x, w)), lambda d, c: (d @ c[1], d.T @ c[0]), square),
    "SWAPPED": (lambda x, y: (x + y, None), lambda d, _: (d.copy(), d.copy()), square),
    "ZERO": (lambda x: (np.sign(x), x.shape), lambda d, s: np.zeros(s), matrix),
    "NOT_SUMMED": (lambda x: (x * 3.0, None), lambda d, _: 3.0 * d, matrix),
    "KEEPDIMS": (
        lambda x: (x.mean(1, keepdims=True), x.shape),
        lambda d, s: d + np.zeros(s) / s[1] if s[1] == 1 else d / s[1] + np.zeros(s),
        matrix,
    ),
    "WRONG_AXIS": (lambda x: (x.sum(1), x.shape), lambda d, s: np.repeat(d[:, None], s[1], axis=1), matrix),
    "OVER_SUMMED": (lambda x: (np.asarray(x.sum()), x.shape), lambda d, s: np.full(s, float(d)), matrix),
    "BATCH_SUBSET": (
        lambda x: (x[:1] * 2, x.shape),
        lambda d, s: np.vstack([2 * d, np.zeros((s[0] - 1, s[1]))]),
        matrix,
    ),
    "IGNORES_DOUT": (lambda x: (np.round(x), x.shape), lambda d, s: np.zeros(s), matrix),
    "MASK_FROM_DOUT": (lambda x: (np.maximum(x, 0), x), lambda d, x: np.where(x > 0, d, 0), matrix),
    "MASK_MISSING": (lambda x: (x + 0.0, x), lambda d, x: 1.0 * d, matrix),
    "MASK_INVERTED": (lambda x: (np.minimum(x, 0), x), lambda d, x: d * (x < 0), matrix),
    "MASK_LEAK": (lambda x: (np.where(x > 0, x, 0.1 * x), x), lambda d, x: np.where(x > 0, d, 0.1 * d), matrix),
    "MASK_WRONG": (lambda x: (np.maximum(x - 0.1, 0), x), lambda d, x: d * (x > 0.1), matrix),
    "KINK_CONVENTION": (
        lambda x: (np.abs(x), x),
        lambda d, x: d * np.sign(x),
        lambda r, n: (np.round(r.standard_normal((n, 5))),),
    ),
    "ELEMENTWISE_FACTOR": (lambda x: (np.tanh(x), x), lambda d, x: d / np.cosh(x) ** 2, matrix),
    "WRONG_POINT": (lambda x: (np.exp(x), np.exp(x)), lambda d, e: d * e, matrix),
    "BN_MEAN_TERM": (batch_norm, lambda d, c: (d - d.mean(0) - c[0] * (d * c[0]).mean(0)) / c[1], matrix),
    "BN_VAR_TERM": (lambda x: (x - x.mean(0), None), lambda d, _: d - d.mean(0), matrix),
    "ALIASED": (lambda x: (x.T, None), lambda d, _: np.ascontiguousarray(d.T) + 0.0, matrix),
    "DTYPE": (
        lambda x: (x * 2, None),
        lambda d, _: 2 * d,
        lambda r, n: (r.standard_normal((n, 3)).astype(np.float32),),
    ),
    "NONFINITE": (
        lambda x: (np.log1p(np.exp(-np.abs(x))), x),
        lambda d, x: -d * np.sign(x) / (1 + np.exp(np.abs(x))),
        matrix,
    ),
    "SMALL_ERROR": (lambda x: (np.sin(x) * (1 + 1e-6), x), lambda d, x: d * np.cos(x) * (1 + 1e-6), matrix),
}


@pytest.mark.parametrize("code", RESEMBLE)
@pytest.mark.parametrize("seed", sampled([0, 1, 2], [0]))
def test_correct_code_that_resembles_the_bug_passes(code, seed):
    forward, backward, inputs = RESEMBLE[code]
    report = gradcheck.layer(forward, backward, inputs=inputs, seed=seed)
    assert code not in [f.code for f in report.findings], report
    assert report.ok, report


@pytest.mark.parametrize("case", sampled(WRONG, WRONG[::3]), ids=lambda c: c["name"])
def test_other_bugs_do_not_trigger_further_codes(case):
    if case["expected"] == "UNNAMED":
        return
    found = {f.code for f in selftest.check_case(case, repair=False, seed=3).findings if f.severity != "note"}
    assert found <= {case["expected"]} | ALSO.get(case["name"], set()) | {"UNNAMED"}, found
    assert found <= set(codes.MEANINGS)


def test_a_mean_over_the_batch_and_the_positions():
    def forward(x, b):
        return x + b[:, None, None], None

    def backward(dout, cache):
        return dout.copy(), dout.mean(axis=(0, 2, 3))

    def inputs(rng, n):
        return rng.standard_normal((n, 2, 3, 5)), rng.standard_normal(2)

    report = gradcheck.layer(forward, backward, inputs=inputs, repair=False)
    assert [(f.code, f.where) for f in report.findings] == [("SCALE_OTHER", "b")]
    assert "1/(N*positions of x)" in report.findings[0].message
