"""Lost paths, local derivatives that are wrong, and operands that are not the right ones, told by the forward."""

from functools import partial

import numpy as np
import pytest
import recurrent_cases as cases

import gradcheck

LAYERS = {
    "lstm": (cases.lstm, cases.lstm_backward, cases.LSTM),
    "gru": (cases.gru, cases.gru_backward, cases.GRU),
    "attend": (cases.attend, cases.attend_backward, cases.ATTEND),
    "highway": (cases.highway, cases.highway_backward, cases.HIGHWAY),
}
WRONG = [
    ("lstm", "forget gate", "ELEMENTWISE_FACTOR", "in its columns 2 to 3"),
    ("lstm", "tanh of c", "ELEMENTWISE_FACTOR", "np.tanh(new_c)"),
    ("lstm", "tanh in the output gate", "WRONG_POINT", "new_c"),
    ("lstm", "old c", "WRONG_POINT", "new_c"),
    ("lstm", "candidate", "ELEMENTWISE_FACTOR", "i * g"),
    ("lstm", "dh does not reach c", "IGNORES_DOUT", "output 0"),
    ("lstm", "order", "SWAPPED", "2 to 3"),
    ("lstm", "f in dc", "ELEMENTWISE_FACTOR", ""),
    ("gru", "reset gate", "ELEMENTWISE_FACTOR", ""),
    ("gru", "=", "BATCH_SUBSET", "first"),
    ("gru", "h for r h", "WRONG_POINT", ""),
    ("gru", "path through r h", "MISSING_TERM", "r * h"),
    ("gru", "z h", "MISSING_TERM", "z * h"),
    ("gru", "reset path", "MISSING_TERM", "Wr @"),
    ("attend", "softmax", "ELEMENTWISE_FACTOR", ""),
    ("highway", "gate", "ELEMENTWISE_FACTOR", ""),
    ("highway", "1 - y", "ELEMENTWISE_FACTOR", ""),
    ("highway", "carry", "MISSING_TERM", ""),
    ("highway", "carry in the gate", "MISSING_TERM", ""),
]


def check(layer, mistake):
    forward, backward, inputs = LAYERS[layer]
    return gradcheck.layer(forward, partial(backward, mistake=mistake), inputs=inputs, repair=False)


@pytest.mark.parametrize(("layer", "mistake", "code", "word"), WRONG)
def test_a_mistake_in_the_chain_rule_has_a_name(layer, mistake, code, word):
    report = check(layer, mistake)
    assert report.findings[0].code == code, str(report)
    assert word in report.findings[0].message


@pytest.mark.parametrize("layer", LAYERS)
def test_the_right_twin_passes(layer):
    assert check(layer, "").verdict == "pass"


def net_inputs(rng, n):
    params = {"w1": (4, 3), "b1": (4, 1), "w2": (2, 4), "b2": (2, 1)}
    return (
        {k: 1.5 * rng.standard_normal(s) for k, s in params.items()},
        rng.standard_normal((n, 3)),
        rng.integers(2, size=n),
    )


def tied_inputs(rng, n):
    params = {"W": (4, 3), "b": (3,), "c": (4,)}
    return {k: rng.standard_normal(s) for k, s in params.items()}, rng.standard_normal((n, 4))


@pytest.mark.parametrize(
    ("mistake", "code", "where"),
    [("hidden", "WRONG_POINT", "b1"), ("output", "WRONG_POINT", "b2"), ("=", "BATCH_SUBSET", "b2")],
)
def test_a_net_that_goes_through_its_examples(mistake, code, where):
    report = gradcheck.net(lambda p, X, y: cases.prime_loss(p, X, y, mistake), inputs=net_inputs, repair=False)
    assert (report.findings[0].code, report.findings[0].where) == (code, where), str(report)
    assert gradcheck.net(lambda p, X, y: cases.prime_loss(p, X, y, ""), inputs=net_inputs).verdict == "pass"


@pytest.mark.parametrize(("mistake", "line"), [("encoder only", "code @ W.T"), ("decoder only", "X @ W + b")])
def test_a_weight_that_is_used_twice(mistake, line):
    report = gradcheck.net(lambda p, X: cases.tied_loss(p, X, mistake), inputs=tied_inputs, repair=False)
    (finding,) = report.findings
    assert (finding.code, finding.where) == ("MISSING_TERM", "W")
    assert line in finding.message
    assert gradcheck.net(lambda p, X: cases.tied_loss(p, X, ""), inputs=tied_inputs).verdict == "pass"


@pytest.mark.parametrize(("mistake", "code"), [("plain", "ELEMENTWISE_FACTOR"), ("half", "SCALE_HALF")])
def test_a_squared_hinge(mistake, code):
    def inputs(rng, n):
        return rng.standard_normal((n, 4)), rng.integers(4, size=n)

    report = gradcheck.loss(partial(cases.squared_hinge, mistake=mistake), inputs=inputs, repair=False)
    assert [f.code for f in report.findings] == [code]
    assert gradcheck.loss(cases.squared_hinge, inputs=inputs).verdict == "pass"


def test_the_layer_norm_of_a_batch_norm_backward():
    def forward(x):
        sigma = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        xhat = (x - x.mean(axis=1, keepdims=True)) / sigma
        return xhat, (xhat, sigma)

    def over(axis, dout, cache):
        xhat, sigma = cache
        mean, slope = (t.mean(axis=axis, keepdims=True) for t in (dout, dout * xhat))
        return (dout - mean - xhat * slope) / sigma

    inputs = cases.drawn(("N", 6))
    report = gradcheck.layer(forward, partial(over, 0), inputs=inputs, repair=False)
    assert [f.code for f in report.findings] == ["WRONG_AXIS"]
    assert gradcheck.layer(forward, partial(over, 1), inputs=inputs).verdict == "pass"


def test_a_maximum_whose_gradient_is_spread_evenly():
    def forward(x):
        return x.reshape(len(x), 3, 4).max(axis=2), x

    def spread(dout, x):
        return np.repeat(dout / 4, 4, axis=1)

    report = gradcheck.layer(forward, spread, inputs=cases.drawn(("N", 12)), repair=False)
    assert [f.code for f in report.findings] == ["MASK_MISSING"]
    assert "evenly" in report.findings[0].message


class Cell:
    """A layer that keeps what it needs on itself and calls its own methods."""

    def __init__(self, w, mistake):
        self.w, self.mistake = w, mistake

    def squash(self, z):
        return np.tanh(z) * z

    def forward(self, x):
        self.x, self.z = x, x @ self.w
        return self.squash(self.z)

    def backward(self, dout):
        slope = np.tanh(self.z) + self.z * (1 - np.tanh(self.z) ** 2)
        if self.mistake:
            slope = self.z * (1 - np.tanh(self.z) ** 2)
        return (dout * slope) @ self.w.T


@pytest.mark.parametrize("mistake", [True, False])
def test_methods_are_looked_into(mistake):
    rng = np.random.default_rng(5)
    cell = Cell(rng.standard_normal((3, 3)), mistake)
    report = gradcheck.layer(cell.forward, cell.backward, rng.standard_normal((4, 3)), repair=False)
    assert [f.code for f in report.findings] == ["MISSING_TERM"] * mistake, str(report)


def test_the_function_under_test_is_as_it_was():
    forward, _, inputs = LAYERS["gru"]
    args = inputs(np.random.default_rng(0), 4)
    before = forward(*args)[0]
    check("gru", "reset gate")
    assert np.array_equal(forward(*args)[0], before)


@pytest.mark.parametrize("turned", [True, False])
def test_a_kernel_that_is_not_turned_round(turned):
    def forward(x, w):
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1))), 3, axis=2)
        return np.einsum("nclk,fck->nfl", windows, w), (windows, w)

    def backward(dout, cache):
        windows, w = cache
        around = np.lib.stride_tricks.sliding_window_view(np.pad(dout, ((0, 0), (0, 0), (1, 1))), 3, axis=2)
        kernel = w[:, :, ::-1] if turned else w
        return np.einsum("nflk,fck->ncl", around, kernel), np.einsum("nfl,nclk->fck", dout, windows)

    inputs = cases.drawn(("N", 2, 5), (3, 2, 3))
    report = gradcheck.layer(forward, backward, inputs=inputs, repair=False)
    assert [f.code for f in report.findings] == ["TRANSPOSED"] * (not turned)


@pytest.mark.parametrize(
    ("mistake", "code", "where", "follow"),
    [
        ("tanh", "ELEMENTWISE_FACTOR", "b", ["Wx", "Wh"]),
        ("time", "MISSING_TERM", "b", ["Wx", "Wh"]),
        ("h after the step", "WRONG_POINT", "Wh", []),
    ],
)
def test_a_model_with_methods(mistake, code, where, follow):
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((5, 3, 3)), rng.integers(2, size=5)
    (finding,) = gradcheck.model(cases.Reader(mistake), X, y, repair=False).findings
    assert (finding.code, finding.where, finding.evidence["follows"]) == (code, where, follow)
    assert "in step" in finding.message
    assert gradcheck.model(cases.Reader(), X, y, repair=False).verdict == "pass"


@pytest.mark.parametrize("dtype", [bool, int, float])
def test_a_mask_that_no_cache_holds_is_called_one(dtype):
    def forward(x, w):
        hidden = np.tanh(x @ w)
        kept = (np.random.default_rng(5).random(hidden.shape) < 0.5).astype(dtype)
        return np.cumsum(hidden * kept / 0.5, axis=1), (x, w)

    def backward(dout, cache):
        x, w = cache
        dhidden = np.cumsum(dout[:, ::-1], axis=1)[:, ::-1] / 0.5
        dz = dhidden * (1 - np.tanh(x @ w) ** 2)
        return dz @ w.T, x.T @ dz

    def inputs(rng, n):
        return rng.standard_normal((n, 4)), rng.standard_normal((4, 6))

    finding = gradcheck.layer(forward, backward, inputs=inputs, repair=False).findings[0]
    assert finding.code == "MASK_MISSING", finding
    assert "the mask that is the second operand of `hidden * kept` is left out" in finding.message
