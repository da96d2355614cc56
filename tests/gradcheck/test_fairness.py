"""Correct code at the edge of what numbers can tell: cancellation, single precision inside, fixed sizes, ties, size."""

import numpy as np
import pytest

import gradcheck
from tests.sampled import sampled


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return p, p


def softmax_backward(dout, p):
    return p * (dout - (dout * p).sum(1, keepdims=True))


@pytest.mark.parametrize("seed", sampled(range(8), range(2)))
def test_saturated_softmax_is_not_accused(seed):
    report = gradcheck.layer(
        softmax, softmax_backward, inputs=lambda rng, n: (50 * rng.standard_normal((n, 4)),), seed=seed, repair=False
    )
    assert report.ok, report


@pytest.mark.parametrize("seed", range(3))
def test_a_dout_that_is_squared_is_seen_in_spite_of_the_allowance_for_rounding(seed):
    report = gradcheck.layer(
        softmax,
        lambda d, p: softmax_backward(d * (1 + 1e-5 * d), p),
        inputs=lambda rng, n: (rng.standard_normal((n, 4)),),
        seed=seed,
        repair=False,
    )
    assert report.findings[0].code == "NONLINEAR_DOUT", report


def sigmoid_in_float32(x):
    s = (1 / (1 + np.exp(-x.astype(np.float32)))).astype(x.dtype)
    return s, s


@pytest.mark.parametrize("seed", sampled(range(4), range(2)))
def test_single_precision_inside_of_the_forward_is_no_fault_of_the_backward(seed):
    inputs = lambda rng, n: (rng.standard_normal((n, 5)),)  # noqa: E731
    assert gradcheck.layer(sigmoid_in_float32, lambda d, s: d * s * (1 - s), inputs=inputs, seed=seed).ok
    wrong = gradcheck.layer(sigmoid_in_float32, lambda d, s: d * s, inputs=inputs, seed=seed, repair=False)
    assert not wrong.ok


def test_inputs_alone_decide_on_the_sizes():
    """The backward knows that there are five features; no probe may have another number of them."""
    sizes = set()

    def forward(x):
        sizes.add(x.shape[1:])
        return np.eye(5)[x.argmax(1)], None

    report = gradcheck.layer(
        forward, lambda d, _: np.zeros((len(d), 5)), inputs=lambda rng, n: (rng.standard_normal((n, 5)),)
    )
    assert report.ok, report
    assert sizes == {(5,)}


@pytest.mark.parametrize("seed", sampled(range(4), range(2)))
def test_sorting_is_not_accused_at_ties_of_three(seed):
    def forward(x):
        order = np.argsort(x, axis=1, kind="stable")
        return np.take_along_axis(x, order, 1), order

    def backward(dout, order):
        dx = np.empty_like(dout)
        np.put_along_axis(dx, order, dout, 1)
        return dx

    def inputs(rng, n):
        x = rng.standard_normal((n, 6))
        x[:, :3] = 0.0
        return (x,)

    report = gradcheck.layer(forward, backward, inputs=inputs, seed=seed, repair=False)
    assert report.ok, report


def test_the_batch_may_lie_on_any_axis():
    def forward(w, x):
        return (w @ x).mean(axis=1), (w, x)

    def backward(mean):
        def run(dout, cache):
            w, x = cache
            n = x.shape[1]
            return np.outer(dout, x.sum(1)) / (n if mean else 1), np.repeat((w.T @ dout)[:, None], n, 1) / n

        return run

    inputs = lambda rng, n: (rng.standard_normal((3, 4)), rng.standard_normal((4, n)))  # noqa: E731
    assert gradcheck.layer(forward, backward(True), inputs=inputs).ok
    report = gradcheck.layer(forward, backward(False), inputs=inputs, repair=False)
    assert [f.code for f in report.findings] == ["SCALE_BATCH"], report


def cross_entropy(scale=1.0, wrong=()):
    def loss(x, y):
        s = x - x.max(1, keepdims=True)
        p = np.exp(s)
        total = p.sum(1, keepdims=True)
        at = (np.arange(len(y)), y)
        value = (np.log(total[:, 0]) - s[at]).mean()
        p /= total
        p[at] -= 1
        for index in wrong:
            p[index] *= 1.5
        return value, scale * p / len(y)

    return loss


def many_classes(rng, n):
    return rng.standard_normal((n, 1500)), rng.integers(1500, size=n)


def test_many_classes_are_sampled_and_the_report_says_so():
    report = gradcheck.loss(cross_entropy(), inputs=many_classes, repair=False, mode="fast")
    assert report.ok, report
    assert any("random directions" in note for note in report.notes)
    assert report.tensors["x"].checked < report.tensors["x"].numeric.size


def test_one_wrong_element_among_thousands_is_found():
    report = gradcheck.loss(cross_entropy(wrong=[(2, 777)]), inputs=many_classes, repair=False, mode="fast")
    assert not report.ok
    assert report.tensors["x"].worst[0] == (2, 777)


def test_a_sample_is_enough_for_a_name():
    report = gradcheck.loss(cross_entropy(scale=-1.0), inputs=many_classes, repair=False, mode="fast")
    assert [f.code for f in report.findings] == ["SIGN"], report
