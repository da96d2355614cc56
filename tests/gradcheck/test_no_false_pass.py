"""What must never pass: functions that are not written yet, gradients that are not returned."""

import numpy as np
import pytest

import gradcheck

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((5, 4)), RNG.integers(0, 3, 5)
PARAMS = {"W1": RNG.standard_normal((4, 3)), "b1": RNG.standard_normal(3)}


def scores_loss(params, X, y):
    scores = X @ params["W1"] + params["b1"]
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    d = (p - np.eye(3)[y]) / len(y)
    return -np.log(p[np.arange(len(y)), y]).mean(), {"W1": X.T @ d, "b1": d.sum(axis=0)}


def zeros(params):
    return {name: np.zeros_like(array) for name, array in params.items()}


SKELETONS = {
    "no gradients": lambda params, X, y: (0.0, {}),
    "zero gradients": lambda params, X, y: (0.0, zeros(params)),
    "None": lambda params, X, y: (0.0, None),
    "None by name": lambda params, X, y: (0.0, dict.fromkeys(params)),
    "a loss of the data alone": lambda params, X, y: (float(np.mean(X**2)), zeros(params)),
    "a bare number": lambda params, X, y: 0.0,
}


@pytest.mark.parametrize("name", SKELETONS)
def test_a_net_that_is_not_written_yet(name):
    report = gradcheck.net(SKELETONS[name], PARAMS, X, Y)
    assert report.verdict == "fail"
    assert "CONSTANT" in [f.code for f in report.findings]
    assert "be happy" not in str(report)


def test_an_unwritten_loss_and_an_unwritten_layer():
    report = gradcheck.loss(lambda x, y: (0.0, np.zeros_like(x)), X, Y)
    assert [f.code for f in report.findings] == ["CONSTANT"]
    assert "whatever x is" in report.findings[0].message
    report = gradcheck.layer(lambda x: (np.zeros_like(x), None), lambda dout, cache: np.zeros_like(dout), X)
    assert report.verdict == "inconclusive", "dropout that drops all is constant and right: no pass, no accusation"
    assert "no gradient to compare" in " ".join(str(report).split())


def test_the_softmax_of_one_class_is_no_skeleton():
    def softmax_loss(x, y):
        p = np.exp(x - x.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        d = p.copy()
        d[np.arange(len(y)), y] -= 1
        return -np.log(p[np.arange(len(y)), y]).mean(), d / len(y)

    assert gradcheck.loss(softmax_loss, X[:, :1], np.zeros(5, int)).verdict == "inconclusive"


@pytest.mark.parametrize("lost", ["W1", "b1"])
@pytest.mark.parametrize("value", ["missing", None])
def test_one_gradient_that_is_not_returned(lost, value):
    def forgets(params, X, y):
        loss, grads = scores_loss(params, X, y)
        if value == "missing":
            del grads[lost]
        else:
            grads[lost] = None
        return loss, grads

    report = gradcheck.net(forgets, PARAMS, X, Y)
    assert report.verdict == "fail"
    assert lost in [f.where for f in report.findings]


def test_a_gradient_missing_where_the_loss_is_flat():
    """A hinge without a violation at these weights: numeric and missing gradient would both read as nothing."""

    def hinge(params, X, y):
        margin = np.maximum(0, params["t"] - 10.0)
        return float(margin.sum() + 0.5 * np.sum(params["w"] ** 2)), {"w": params["w"].copy()}

    report = gradcheck.net(hinge, {"w": np.ones(3), "t": np.zeros(4)}, X, Y)
    assert [(f.code, f.where) for f in report.findings] == [("MISSING_GRAD", "t")]


def test_a_parameter_without_effect_needs_no_gradient():
    def ignores(params, X, y):
        return scores_loss(params, X, y)

    report = gradcheck.net(ignores, {**PARAMS, "unused": np.ones(2)}, X, Y)
    assert report.verdict == "pass"


@pytest.mark.parametrize("flat", ["hinge without violation", "dead units"])
def test_flat_here_is_not_constant(flat):
    """A loss may be 0 with gradient 0 on a batch that is learned: the arguments are drawn anew before it is accused."""
    offset = 50.0

    def svm(x, y):
        rows = np.arange(len(y))
        margins = np.maximum(0, x - x[rows, y][:, None] + 1)
        margins[rows, y] = 0
        d = (margins > 0).astype(float)
        d[rows, y] = -d.sum(axis=1)
        return margins.sum() / len(y), d / len(y)

    if flat == "dead units":
        report = gradcheck.layer(lambda x: (np.maximum(0, x), x), lambda d, x: d * (x > 0), -np.abs(X) - 1)
    else:
        report = gradcheck.loss(svm, RNG.standard_normal((5, 3)) + offset * np.eye(3)[Y], Y)
    assert "CONSTANT" not in [f.code for f in report.findings]
    assert report.ok, report


def test_inconclusive_says_why_and_what_to_do():
    def single(x, y):
        s = (x @ np.eye(4, 3)).astype(np.float32)
        s -= s.max(axis=1, keepdims=True)
        s -= np.log(np.exp(s).sum(axis=1, keepdims=True))
        p = np.exp(s)
        dx = ((p.astype(float) - np.eye(3)[y]) / len(y)) @ np.eye(4, 3).T
        return float(-s[np.arange(len(y)), y].mean()), dx

    report = gradcheck.loss(single, X, Y, repair=False)
    assert report.verdict == "inconclusive", report
    text = " ".join(str(report).split())
    assert "could not be judged" in text
    assert "float32 intermediate" in text
    assert "Compute in float64" in text


def test_no_tensor_agrees_in_a_report_that_fails_because_of_it():
    """A fault that shows on a later probe alone is printed as that probe showed it."""

    def only_n5(dout, cache):
        x, w = cache
        return dout @ w.T, x.T @ dout * (1.0 if len(x) == 5 else 5 / len(x))

    report = gradcheck.layer(
        lambda x, w: (x @ w, (x, w)),
        only_n5,
        inputs=lambda r, n: (r.standard_normal((n, 3)), r.standard_normal((3, 4))),
    )
    assert report.verdict == "fail"
    assert report.tensors["w"].n_bad
    assert "w: agree" not in str(report)
