"""The ways in which people write a forward and a backward: each is understood, and a wrong factor in it is noticed."""

import numpy as np
import pytest

import gradcheck

RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((5, 3)), RNG.standard_normal((3, 4))
KEPT = {}


def product(x, w):
    return x @ w


def keeping(x, w):
    KEPT.update(x=x, w=w)
    return x @ w


def two(x, w):
    """h = x w and c = tanh(x w)."""
    h = x @ w
    return h, np.tanh(h)


def back(dout, x, w, k=1.0):
    return k * (dout @ w.T), k * (x.T @ dout)


def back_two(dh, dc, x, w, k=1.0):
    return back(dh + dc * (1 - np.tanh(x @ w) ** 2), x, w, k)


# name -> (forward, backward, that takes k: 1 is right)
WAYS = {
    "out and cache": lambda k: (lambda x, w: (x @ w, (x, w)), lambda dout, cache: back(dout, *cache, k)),
    "a list of both": lambda k: (lambda x, w: [x @ w, (x, w)], lambda dout, cache: list(back(dout, *cache, k))),
    "out and two caches": lambda k: (lambda x, w: (x @ w, x, w), lambda dout, cache: back(dout, *cache, k)),
    "cache before dout": lambda k: (lambda x, w: (x @ w, (x, w)), lambda cache, dout: back(dout, *cache, k)),
    "kept elsewhere": lambda k: (keeping, lambda dout: back(dout, KEPT["x"], KEPT["w"], k)),
    "kept elsewhere, in a tuple of one": lambda k: (
        lambda x, w: (keeping(x, w),), lambda dout: back(dout, KEPT["x"], KEPT["w"], k)),
    "a default of dout": lambda k: (keeping, lambda dout=1.0: back(dout, KEPT["x"], KEPT["w"], k)),
    "the arguments again": lambda k: (product, lambda dout, x, w: back(dout, x, w, k)),
    "the arguments by name, dout last": lambda k: (product, lambda x, w, dout: back(dout, x, w, k)),
    "the arguments in another order": lambda k: (product, lambda w, grad_out, x: back(grad_out, x, w, k)),
    "a closure for a cache": lambda k: (lambda x, w: (x @ w, lambda dout: back(dout, x, w, k)), None),
    "a dict of gradients": lambda k: (
        lambda x, w: (x @ w, (x, w)),
        lambda dout, cache: dict(zip(("dw", "dx"), back(dout, *cache, k)[::-1], strict=True)),
    ),
    "two outputs and a cache": lambda k: (
        lambda x, w: (*two(x, w), (x, w)), lambda dh, dc, cache: back_two(dh, dc, *cache, k)),
    "two outputs in a pair of upstream gradients": lambda k: (
        lambda x, w: (two(x, w), (x, w)), lambda douts, cache: back_two(*douts, *cache, k)),
    "two outputs without a cache": lambda k: (
        lambda x, w: KEPT.update(x=x, w=w) or two(x, w), lambda dh, dc: back_two(dh, dc, KEPT["x"], KEPT["w"], k)),
    "two outputs by name": lambda k: (
        lambda x, w: [np.stack(two(x, w))][0], lambda x, dh, w: back_two(dh[0], dh[1], x, w, k)),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_the_right_one_passes_and_a_wrong_factor_does_not(name):
    forward, backward = WAYS[name](1.0)
    report = gradcheck.layer(forward, backward, X, W, names=("x", "w"))
    assert report.ok, report
    assert set(report.tensors) == {"x", "w"}
    forward, backward = WAYS[name](2.0)
    report = gradcheck.layer(forward, backward, X, W, names=("x", "w"), repair=False)
    assert {finding.code for finding in report.findings} == {"SCALE_TWO"}, report
    assert {finding.where for finding in report.findings} == {"x", "w"}


def softmax(x, y, k=1.0):
    p = np.exp(x - x.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    p[np.arange(len(y)), y] -= 1
    return loss, k * p / len(y)


Y = np.array([0, 1, 2, 1, 0])
LOSSES = {
    "loss and dx": lambda k: lambda x, y: softmax(x, y, k),
    "dx and loss": lambda k: lambda x, y: softmax(x, y, k)[::-1],
    "a list": lambda k: lambda x, y: list(softmax(x, y, k)),
    "a dict of gradients": lambda k: lambda x, y: (softmax(x, y)[0], {"x": softmax(x, y, k)[1]}),
    "gradients in a tuple": lambda k: lambda x, y: (softmax(x, y)[0], (softmax(x, y, k)[1],)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    assert gradcheck.loss(LOSSES[name](1.0), X, Y).ok
    report = gradcheck.loss(LOSSES[name](2.0), X, Y, repair=False)
    assert [finding.code for finding in report.findings] == ["SCALE_TWO"], report


def net(params, x, y, k=1.0, reg=0.0):
    loss, ds = softmax(x @ params["W"] + params["b"], y)
    loss += 0.5 * reg * np.sum(params["W"] ** 2)
    return loss, {"W": k * (x.T @ ds + reg * params["W"]), "b": k * ds.sum(0)}


PARAMS = {"W": W[:, :3], "b": np.zeros(3)}
NETS = {
    "loss and grads": lambda k: lambda params, x, y: net(params, x, y, k),
    "grads and loss": lambda k: lambda params, x, y: net(params, x, y, k)[::-1],
    "scores between": lambda k: lambda params, x, y: (net(params, x, y)[0], x @ params["W"], net(params, x, y, k)[1]),
    "names with a d": lambda k: lambda params, x, y: (
        net(params, x, y)[0], {f"d{name}": g for name, g in net(params, x, y, k)[1].items()}),
    "in the order of params": lambda k: lambda params, x, y: (
        net(params, x, y)[0], list(net(params, x, y, k)[1].values())),
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_nets(name):
    assert gradcheck.net(NETS[name](1.0), PARAMS, X, Y).ok
    report = gradcheck.net(NETS[name](2.0), PARAMS, X, Y, repair=False)
    assert {finding.code for finding in report.findings} == {"SCALE_TWO"}, report


@pytest.mark.parametrize("reg", [0.0, 0.5])
def test_a_net_with_a_penalty(reg):
    assert gradcheck.net(lambda params, x, y, reg: net(params, x, y, 1.0, reg), PARAMS, X, Y, reg=reg).ok


def test_params_in_lists_and_dicts_within():
    def loss_fn(params, x, y):
        loss, grads = net({"W": params[0]["W"], "b": params[1][0]}, x, y)
        return loss, [{"W": grads["W"]}, [grads["b"]]]

    report = gradcheck.net(loss_fn, [{"W": PARAMS["W"]}, [PARAMS["b"]]], X, Y)
    assert report.ok, report
    assert len(report.tensors) == 2
