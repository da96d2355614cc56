"""Nets whose parameters have names and a layout of their own: the file's initialiser says them."""

import numpy as np
import pytest

from gradcheck.finder.find import find
from gradcheck.finder.initialisers import schemes

DEEP = """
import numpy as np

def initialize_network(layer_sizes, seed=3):
    rng = np.random.default_rng(seed)
    net = {}
    for l in range(1, len(layer_sizes)):
        net[f"weight_{l}"] = rng.normal(size=(layer_sizes[l - 1], layer_sizes[l])) * 0.01
        net[f"bias_{l}"] = np.zeros(layer_sizes[l])
    return net

def feedforward(X, net):
    L, A = len(net) // 2, [X]
    for l in range(1, L + 1):
        Z = A[-1] @ net[f"weight_{l}"] + net[f"bias_{l}"]
        A.append(Z if l == L else np.maximum(Z, 0))
    return A[-1], A

def mse_cost(pred, t):
    return 0.5 * np.mean(np.sum((pred - t) ** 2, axis=1))

def backprop(net, cache, t):
    L, grads = len(net) // 2, {}
    d = (cache[-1] - t) / len(t)
    for l in range(L, 0, -1):
        grads[f"weight_{l}"] = cache[l - 1].T @ d
        grads[f"bias_{l}"] = d.sum(0)
        if l > 1:
            d = (d @ net[f"weight_{l}"].T) * (cache[l - 1] > 0)
    return grads
"""
LIST = """
import numpy as np

def init():
    np.random.seed(0)
    return [np.random.randn(10, 8) * 0.1, np.zeros((10, 1)), np.random.randn(8, 5) * 0.1]

def forward(x, weights):
    W, b, V = weights
    h = np.tanh(x @ W.T + b.T)
    s = h @ W @ V
    return s - np.log(np.exp(s).sum(1, keepdims=True)), (x, h)

def nll_loss(logp, y):
    return -logp[np.arange(len(y)), y].mean()

def backward(weights, cache, logp, y):
    W, b, V = weights
    x, h = cache
    d = np.exp(logp)
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    dhW = d @ V.T
    dh = dhW @ W.T * (1 - h**2)
    return [h.T @ dhW + dh.T @ x, dh.sum(0)[:, None], (h @ W).T @ d]
"""
KEYWORDS = """
import numpy as np

def make_params(D=784, H=100, C=10, seed=0):
    r = np.random.default_rng(seed)
    return {"U": r.normal(size=(H, D)), "u": np.zeros((H, 1)), "V": r.normal(size=(C, H)), "v": np.zeros((C, 1))}

def loss_and_grad(params, X, Y):
    A = np.tanh(params["U"] @ X + params["u"])
    S = params["V"] @ A + params["v"]
    P = np.exp(S - S.max(0))
    P /= P.sum(0)
    n = X.shape[1]
    loss = -np.sum(Y * np.log(P)) / n
    dS = (P - Y) / n
    dA = (params["V"].T @ dS) * (1 - A * A)
    return loss, {"U": dA @ X.T, "u": dA.sum(1, keepdims=True), "V": dS @ A.T, "v": dS.sum(1, keepdims=True)}
"""


@pytest.mark.parametrize(
    ("source", "right", "wrong", "where"),
    [
        (DEEP, "d.sum(0)", "d.mean(0)", {"bias_1", "bias_2"}),
        (LIST, "(h @ W).T @ d]", "h.T @ d @ V @ V.T[:, :5]]", None),
        (LIST, "1 - h**2", "1 - h", {"weights.1"}),
        (KEYWORDS, "dA.sum(1, keepdims=True)", "2 * dA.sum(1, keepdims=True)", {"u"}),
    ],
)
def test_parameters_come_from_the_file(tmp_path, source, right, wrong, where):
    path = tmp_path / "net.py"
    path.write_text(source, encoding="utf-8")
    (subject,) = find(path)
    report = subject.check(repair=False)
    assert report.unchecked is None
    assert not [f for f in report.findings if f.severity == "error" and f.where not in ("loss", "")]
    assert source.count(right) == 1
    path.write_text(source.replace(right, wrong), encoding="utf-8")
    (subject,) = find(path)
    report = subject.check(repair=False)
    assert report.verdict == "fail"
    if where:
        assert {f.where for f in report.findings if f.severity == "error"} == where


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        ("init_logging()", "open('touched', 'w').close(); return {'W': np.ones((4, 3)), 'b': np.ones(3)}"),
        ("initialize_weights()", "open('touched', 'w').close(); return {'W': np.ones((4, 3)), 'b': np.ones(3)}"),
        ("make_model(epochs=3, hidden=4)", "Path('touched').touch(); return {'W': np.ones((4, 3)), 'b': np.ones(3)}"),
        ("build_net(X_train, y_train)", "Path('touched').touch(); return {'W': np.ones((4, 3)), 'b': np.ones(3)}"),
        ("init_params()", "Path('touched').touch()"),
    ],
)
def test_what_writes_trains_or_gives_nothing_is_not_run(tmp_path, monkeypatch, signature, body):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"
    path.write_text(f"{LIST}\nfrom pathlib import Path\n\ndef {signature}:\n    {body}\n", encoding="utf-8")
    (subject,) = find(path)
    assert subject.missing is None
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("init", True), ("initialize", True), ("init_params", True), ("initialize_parameters_deep", True),
        ("initialise_network", True), ("he_init_weights", True), ("random_weights", True), ("init_x_net", True),
        ("make_net", True),
        ("weights_init", True), ("init_logging", False), ("initialize_display", False), ("make_dataset", False),
    ],
)  # fmt: skip
def test_names_of_initialisers(name, is_one):
    def made(n_in, n_out):
        return {"W": np.ones((n_in, n_out)), "b": np.ones(n_out)}

    assert bool(schemes({name: made})) is is_one
