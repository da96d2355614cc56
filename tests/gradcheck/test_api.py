"""The entry points: what they take, what they refuse and how, what a report holds."""

import functools
import json

import numpy as np
import pytest

import gradcheck
from layers import get, registered
from tests.sampled import sampled


def forward(x, w, b):
    return x @ w + b, (x, w, b)


def backward(dout, cache):
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)


def mean_bias(dout, cache):
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.mean(0)


@pytest.fixture
def arrays(rng):
    return rng.standard_normal((5, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def test_report_of_a_right_layer(arrays):
    report = gradcheck.layer(forward, backward, *arrays, names=("x", "w", "b"))
    assert report.ok
    assert report.verdict == "pass"
    assert report.findings == []
    assert set(report.tensors) == {"x", "w", "b"}
    t = report.tensors["w"]
    assert t.analytic.shape == t.numeric.shape == t.bound.shape == (7, 3)
    assert t.n_bad == 0
    assert t.rel_error < 1e-7
    assert report.nfev > 0
    assert report.seconds > 0


def test_report_of_a_wrong_layer_names_the_bug_and_the_fix(arrays):
    report = gradcheck.layer(forward, mean_bias, *arrays)
    (finding,) = report.findings
    assert (finding.code, finding.severity, finding.where) == ("SCALE_INV_BATCH", "error", "b")
    assert finding.fix_verified
    assert "mean -> sum" in finding.fix
    assert "test_api.py" in finding.source
    assert report.tensors["b"].n_bad == 3
    index, a, n = report.tensors["b"].worst
    assert a == pytest.approx(n / 5)
    assert len(index) == 1
    text = report.to_text(width=80)
    assert max(map(len, text.split("\n"))) <= 80
    assert "SCALE_INV_BATCH" in text
    assert "\033" not in text
    assert json.loads(report.to_json())["findings"][0]["code"] == "SCALE_INV_BATCH"


def test_nothing_of_the_callers_is_changed(arrays):
    copies = [a.copy() for a in arrays]
    np.random.seed(5)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    gradcheck.layer(forward, mean_bias, *arrays)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, copies, strict=True))
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("name", list(registered()))
@pytest.mark.parametrize("seed", sampled([0, 1], [0]))
def test_gradcheck(name, seed):
    for report in gradcheck.suite([name], seeds=1, seed=seed):
        assert report.verdict == "pass", report


def test_registered_name_layer_and_arrays():
    assert gradcheck.layer("relu").ok
    assert gradcheck.layer(get("affine")).ok
    assert gradcheck.loss("softmax_loss").ok
    assert gradcheck.layer("relu", None, np.ones((2, 3))).ok


def test_suite_takes_models_and_sums_up(rng):
    from models import TwoLayerNet

    model = TwoLayerNet(6, 4, 3, weight_scale=0.3, reg=0.1, seed=0)
    suite = gradcheck.suite(
        ["relu"], seeds=2, models={"net": (model, rng.standard_normal((5, 6)), rng.integers(3, size=5))}
    )
    assert suite.ok
    assert suite.verdict == "pass"
    assert [r.label for r in suite] == ["relu", "relu", "net"]
    assert "3 of 3 checks pass" in str(suite)


def test_options(arrays, rng):
    assert gradcheck.layer(forward, backward, *arrays, mode="fast").ok
    assert gradcheck.layer(forward, backward, *arrays, mode="full", probes=1, dout=rng.standard_normal((5, 3))).ok
    only_x = gradcheck.layer(forward, lambda d, c: (d @ c[1].T, None, None), *arrays, wrt=["x"])
    assert only_x.ok
    assert list(only_x.tensors) == ["x"]
    relu = (lambda x: (np.maximum(x, 0), x), lambda d, x: d * (x >= 0), np.array([[0.0, 1.0, -1.0]]))
    assert gradcheck.layer(*relu).findings[0].code == "KINK_CONVENTION"
    assert gradcheck.layer(*relu).findings[0].severity == "warning"
    assert gradcheck.layer(*relu, kinks="interval").ok
    assert not gradcheck.layer(forward, mean_bias, *arrays, repair=False).findings[0].source


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda a: gradcheck.layer(forward, backward), TypeError, "no float array"),
        (lambda a: gradcheck.layer(forward, 3, *a), TypeError, "two functions"),
        (lambda a: gradcheck.layer("rleu"), ValueError, "Did you mean 'relu'"),
        (lambda a: gradcheck.layer(forward, backward, *a, mode="slow"), ValueError, "mode is 'slow'"),
        (lambda a: gradcheck.layer(forward, backward, *a, kinks="no"), ValueError, "kinks is 'no'"),
        (lambda a: gradcheck.layer(forward, backward, *a, probes=0), ValueError, "probes is 0"),
        (lambda a: gradcheck.layer(forward, backward, *a, wrt="y"), ValueError, "wrt names 'y'"),
        (lambda a: gradcheck.layer(forward, backward, *a, names=("x",)), ValueError, "one name for each"),
        (lambda a: gradcheck.layer(forward, backward, *a, dout=np.ones((2, 2))), ValueError, "dout has shape (2, 2)"),
        (lambda a: gradcheck.layer(forward, backward, inputs=7), TypeError, "inputs is a int"),
        (lambda a: gradcheck.loss(7, *a), TypeError, "loss takes a function"),
        (lambda a: gradcheck.net(lambda p, X, y: 0, {"W": [1]}, a[0], a[1]), TypeError, "no float array"),
        (lambda a: gradcheck.model(object(), a[0], a[1]), TypeError, "model needs params"),
    ],
)
def test_usage_errors_say_what_to_do(call, error, words, arrays):
    with pytest.raises(error, match=words.replace("(", r"\(").replace(")", r"\)")):
        call(arrays)


@pytest.mark.parametrize(
    "result",
    [
        None,
        "text",
        object(),
        3.0,
        (),
        [],
        {},
        (None, None, None),
        [[1, 2], [3]],
        {"q": 1},
        (np.ones(2),) * 9,
        np.array(["a"]),
    ],
    ids=lambda v: None if " at 0x" in repr(v) else repr(v),
)
def test_whatever_backward_returns_ends_in_a_report(result, arrays):
    report = gradcheck.layer(forward, lambda dout, cache: result, *arrays)
    assert report.verdict == "fail"
    assert str(report)


@pytest.mark.parametrize("forward_", [lambda x: 1 / 0, lambda x: None, lambda x: "text", lambda x: (x,), lambda x: ()])
def test_whatever_forward_does_ends_in_a_report(forward_):
    assert str(gradcheck.layer(forward_, lambda dout, cache: dout * 1.0, np.ones((2, 3))))


def test_hyper_parameters_by_keyword_methods_and_closures(rng):
    x = rng.standard_normal((4, 3))
    leaky = functools.partial(lambda x, slope: (np.where(x > 0, x, slope * x), (x, slope)), slope=0.2)
    assert gradcheck.layer(leaky, lambda d, c: np.where(c[0] > 0, d, c[1] * d), x).ok

    class Sigmoid:
        def forward(self, x):
            self.out = 1 / (1 + np.exp(-x))
            return self.out

        def backward(self, dout):
            return dout * self.out * (1 - self.out)

    layer = Sigmoid()
    assert gradcheck.layer(layer.forward, layer.backward, x).ok
    assert gradcheck.layer(lambda x: (x**2, lambda d: 2 * x * d), None, x).ok


def test_mutation_names_the_line(rng):
    def writes(dout, x):
        dx = dout
        dx[x <= 0] = 0  # the guilty line
        return dx

    report = gradcheck.layer(lambda x: (np.maximum(x, 0), x), writes, rng.standard_normal((4, 3)))
    assert report.findings[0].code == "MUTATES_DOUT"
    assert "the guilty line" in report.findings[0].source
    assert report.findings[0].fix_verified
