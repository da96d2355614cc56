"""Every wrong tensor stands in the report, in text and JSON, also where one cause has been found for another one."""

import json

import numpy as np
import pytest

import gradcheck


def _net(slips):
    """A tanh net with two layers and squares; `slips` maps a gradient's name to what is done to it."""

    def loss(params, X, T):
        h = np.tanh(X @ params["V"] + params["c"])
        e = (h @ params["U"] + params["k"] - T) / len(X)
        back = (e @ params["U"].T) * (1 - h * h)
        grads = {"V": X.T @ back, "c": back.sum(0), "U": h.T @ e, "k": e.sum(0)}
        value = 0.5 * np.sum((h @ params["U"] + params["k"] - T) ** 2) / len(X)
        return value, {name: slips.get(name, lambda g: g)(g) for name, g in grads.items()}

    rng = np.random.default_rng(5)
    shapes = {"V": (6, 4), "c": (4,), "U": (4, 3), "k": (3,)}
    params = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return gradcheck.net(loss, params, rng.standard_normal((5, 6)), rng.standard_normal((5, 3)), repair=False)


def _odd(g):
    return g + 0.1 * np.cos(7 * g)


@pytest.mark.parametrize(
    "slips",
    [
        {"U": lambda g: -g, "V": _odd},
        {"k": lambda g: 2 * g, "c": _odd, "V": _odd},
        {"U": lambda g: g[:, :1], "k": _odd},
        {"U": _odd, "V": lambda g: g * len(g)},
    ],
)
def test_all_of_them_are_listed(slips):
    report = _net(slips)
    assert {f.where for f in report.findings} == set(slips)
    data = json.loads(report.to_json())
    assert {f["where"] for f in data["findings"]} == set(slips)
    for name in slips:
        assert f"  {name}  " in report.to_text()


def test_the_named_cause_comes_before_what_is_not_explained():
    report = _net({"V": _odd, "U": lambda g: -g})
    assert [(f.code, f.where) for f in report.findings] == [("SIGN", "U"), ("UNNAMED", "V")]
    assert "V is wrong as well; not explained by the above: 24 of 24 elements" in report.findings[1].message


def test_what_is_right_is_not_listed():
    report = _net({"U": lambda g: -g})
    assert [f.where for f in report.findings] == ["U"]
    assert "wrong as well" not in report.to_text()


def test_an_edit_that_passes_mends_all_of_them():
    def forward(x, w, b):
        return np.tanh(x @ w + b), (x, w, b)

    def backward(dout, cache):
        x, w, b = cache
        d = dout * (1 + np.tanh(x @ w + b) ** 2)
        return d @ w.T, x.T @ d, d.sum(0)

    rng = np.random.default_rng(1)
    report = gradcheck.layer(forward, backward, *(rng.standard_normal(s) for s in ((5, 4), (4, 3), (3,))))
    assert any(f.fix_verified for f in report.findings)
    said = " ".join(f"{f.where} {f.message}" for f in report.findings)
    assert all(f"{name} " in said or f"{name}, " in said for name in ("x", "w", "b"))


def test_a_mask_before_the_first_layer_takes_its_bias_along():
    def loss(params, X, T):
        z = X @ params["W1"] + params["b1"]
        h = np.maximum(z, 0)
        e = (h @ params["W2"] - T) / len(X)
        d = e @ params["W2"].T
        return 0.5 * np.sum((h @ params["W2"] - T) ** 2) / len(X), {"W1": X.T @ d, "b1": d.sum(0), "W2": h.T @ e}

    rng = np.random.default_rng(3)
    params = {"W1": rng.standard_normal((8, 5)), "b1": rng.standard_normal(5), "W2": rng.standard_normal((5, 2))}
    report = gradcheck.net(loss, params, rng.standard_normal((4, 8)), rng.standard_normal((4, 2)), repair=False)
    assert [(f.code, f.where) for f in report.findings] == [("MASK_MISSING", "W1")]
    assert "b1 is wrong as well, and may follow from this" in report.findings[0].message
