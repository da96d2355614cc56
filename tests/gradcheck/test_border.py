"""What may not happen at the border to the user's code: an end without a word, and a pass without a comparison."""

import numpy as np
import pytest

import gradcheck

RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((5, 4)), RNG.standard_normal((4, 3))
LABELS = np.array([0, 1, 2, 0, 1])


class OwnEnd(BaseException):
    """An end of the program that somebody made for himself."""


def forward(x, w):
    return x @ w, (x, w)


def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def wrong(dout, cache):
    x, w = cache
    return dout @ w.T, 2 * x.T @ dout


def ending(end):
    def function(*args):
        raise end

    return function


class Model:
    """A model whose loss is `function(W, X)`."""

    def __init__(self, function):
        self.params, self.function = {"W": W.copy()}, function

    def loss(self, X, y=None):
        return self.function(self.params["W"], X)


@pytest.mark.parametrize("end", [SystemExit(), SystemExit(0), GeneratorExit(), OwnEnd("over")], ids=repr)
def test_an_end_of_the_program_is_a_finding(end):
    for report in (
        gradcheck.layer(ending(end), backward, X, W),
        gradcheck.layer(forward, ending(end), X, W),
        gradcheck.loss(ending(end), X, LABELS),
        gradcheck.net(lambda params, X, y: ending(end)(), {"W": W}, X, LABELS),
        gradcheck.model(Model(ending(end)), X, LABELS),
    ):
        assert report.verdict == "fail"
        assert report.findings[0].code == "RAISES"
        assert f"{type(end).__name__}(" in report.findings[0].message
        assert "would end the program" in report.findings[0].message


def test_inputs_that_end_the_program_are_an_error_of_the_caller():
    with pytest.raises(RuntimeError, match=r"SystemExit\(3\)"):
        gradcheck.layer(forward, backward, inputs=ending(SystemExit(3)))


def test_an_interrupt_stays_one():
    with pytest.raises(KeyboardInterrupt):
        gradcheck.layer(ending(KeyboardInterrupt()), backward, X, W)


@pytest.mark.parametrize(
    ("check", "named"),
    [
        (lambda: gradcheck.layer(forward, wrong, X[:0], W), r"x is empty, its shape is \(0, 4\)"),
        (lambda: gradcheck.layer(forward, wrong, inputs=lambda rng, n: (X[:0], W)), "x is empty"),
        (lambda: gradcheck.layer(forward, wrong, X, W[:, :0]), r"w is empty, its shape is \(4, 0\)"),
        (lambda: gradcheck.loss(lambda x, y: (x.sum(), 7 * x), X[:0], LABELS[:0]), "x is empty"),
        (lambda: gradcheck.net(lambda p, X, y: (0.0, {}), {"W": W}, X[:0], LABELS), "X is empty"),
        (lambda: gradcheck.net(lambda p, X, y: (0.0, {}), {"W": W}, X, LABELS[:0]), "y is empty"),
        (lambda: gradcheck.model(Model(lambda W, X: ((W**2).sum(), {"W": 2 * W})), X[:0], LABELS[:0]), "X is empty"),
        (lambda: gradcheck.layer(forward, wrong, X, W, wrt=[]), "wrt names no argument"),
        (lambda: gradcheck.suite(["affine"], seeds=0), "seeds is 0; expected 1 or more"),
    ],
)
def test_a_check_of_nothing_is_refused(check, named):
    with pytest.raises(ValueError, match=named):
        check()


@pytest.mark.parametrize(
    "report",
    [
        lambda: gradcheck.layer(forward, wrong, np.full((5, 4), np.nan), W),
        lambda: gradcheck.layer(
            lambda x: (np.maximum(x, 0), x), lambda d, x: (7 * d * (x > 0),), np.zeros((5, 4)), kinks="skip"
        ),
    ],
)
def test_where_nothing_was_compared_the_report_is_not_ok(report):
    made = report()
    assert made.compared == 0
    assert not made.ok
    assert made.verdict == "inconclusive"
    assert "no gradient was compared" in str(made)


@pytest.mark.parametrize(
    "report",
    [
        lambda: gradcheck.layer(lambda x: (np.zeros(x.shape), x), lambda d, x: 0 * d, X),
        lambda: gradcheck.layer(lambda x: (np.zeros(x.shape), x), lambda d, x: None, X),
        lambda: gradcheck.layer(lambda x: (x[:0], x), lambda d, x: 0 * x, X),
    ],
)
def test_where_nothing_could_be_judged_there_is_no_pass(report):
    made = report()
    assert made.verdict == "inconclusive"
    assert "note:" in str(made), "it says why"


def test_what_was_compared_is_counted():
    report = gradcheck.layer(forward, backward, X, W)
    assert report.ok
    assert report.compared >= X.size + W.size


def test_a_suite_of_nothing_is_no_pass():
    suite = gradcheck.suite([])
    assert (suite.ok, suite.verdict) == (False, "inconclusive")


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_what_is_more_than_an_array_is_refused_in_words():
    masked, matrix = np.ma.masked_array(X, mask=X > 1), np.matrix(W)
    with pytest.raises(TypeError, match=r"x is a masked array with \d+ masked values"):
        gradcheck.layer(forward, backward, masked, W)
    with pytest.raises(TypeError, match=r"w is a np.matrix of shape \(4, 3\).*np.asarray\(w\)"):
        gradcheck.layer(forward, backward, X, matrix)
    with pytest.raises(TypeError, match="X is a masked array"):
        gradcheck.model(Model(lambda W, X: ((W**2).sum(), {"W": 2 * W})), masked, LABELS)
    holder = Model(lambda W, X: ((W**2).sum(), {"W": 2 * W}))
    holder.params["W"] = matrix
    with pytest.raises(TypeError, match=r"W is a np[.]matrix"):
        gradcheck.model(holder, X, LABELS)
    report = gradcheck.layer(forward, lambda dout, cache: (np.ma.masked_array(dout @ W.T), X.T @ dout), X, W)
    assert report.verdict == "fail"
    assert "a gradient is a MaskedArray" in str(report)
