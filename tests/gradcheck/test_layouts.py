"""Examples in columns, biases of shape (1, H) and (H, 1): the names are those of rows and flat biases."""

import numpy as np
import pytest

import gradcheck

SLIPS = {
    "relu mask": ("MASK_MISSING", "V"),
    "mask of dout": ("MASK_FROM_DOUT", "V"),
    "z for h": ("WRONG_POINT", "U"),
    "no minus one": ("LABEL_TERM", "U"),
    "no mean": ("SCALE_BATCH", "V"),
}


def _rows(params, X, t, slip):
    """A relu net with softmax, examples in rows, targets one-hot or integer."""
    n, t = len(X), t if t.ndim == 2 else np.eye(3)[t]
    z = X @ params["V"] + params["c"]
    h = np.maximum(z, 0)
    s = h @ params["U"] + params["k"]
    s = s - s.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    d = np.exp(logp) - (0 if slip == "no minus one" else t)
    d = d if slip == "no mean" else d / n
    back = d @ params["U"].T
    if slip != "relu mask":
        back = back * (back > 0 if slip == "mask of dout" else z > 0)
    grads = {"V": X.T @ back, "c": back.sum(axis=0), "U": (z if slip == "z for h" else h).T @ d, "k": d.sum(axis=0)}
    return -np.sum(t * logp) / n, {name: g.reshape(params[name].shape) for name, g in grads.items()}


def _columns(params, X, t, slip):
    """The same net, all of it transposed."""
    loss, grads = _rows({k: v.T for k, v in params.items()}, X.T, t.T, slip)
    return loss, {k: g.T for k, g in grads.items()}


def _arguments(layout, labels):
    rng = np.random.default_rng(11)
    params = {"V": rng.standard_normal((9, 5)), "c": rng.standard_normal((1, 5))}
    params |= {"U": rng.standard_normal((5, 3)), "k": rng.standard_normal((1, 3))}
    X, t = rng.standard_normal((6, 9)), np.array([0, 2, 1, 1, 0, 2])
    t = t if labels == "integers" else np.eye(3)[t]
    if layout == "columns":
        return _columns, {k: v.T.copy() for k, v in params.items()}, X.T.copy(), t.T.copy()
    if layout == "flat":
        params = {k: v.ravel() if len(v) == 1 else v for k, v in params.items()}
    return _rows, params, X, t


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("labels", ["integers", "one-hot"])
@pytest.mark.parametrize("layout", ["flat", "biases in rows", "columns"])
def test_the_name_does_not_depend_on_the_layout(layout, labels, slip):
    net, *arguments = _arguments(layout, labels)
    report = gradcheck.net(lambda p, X, t: net(p, X, t, slip), *arguments, repair=False)
    assert SLIPS[slip] in [(f.code, f.where) for f in report.findings]  # the last bias may have a name of its own
    assert not any(f.code in ("UNNAMED", "REPEATED_INDEX") for f in report.findings)


@pytest.mark.parametrize("labels", ["integers", "one-hot"])
@pytest.mark.parametrize("layout", ["flat", "biases in rows", "columns"])
def test_what_is_right_passes_in_every_layout(layout, labels):
    net, *arguments = _arguments(layout, labels)
    report = gradcheck.net(lambda p, X, t: net(p, X, t, None), *arguments)
    assert report.ok, report


def test_the_second_probe_has_fewer_columns():
    net, *arguments = _arguments("columns", "one-hot")
    report = gradcheck.net(lambda p, X, t: net(p, X, t, "no mean"), *arguments, repair=False)
    assert "6 at N = 6" in report.findings[0].message
    assert "4 at N = 4" in report.findings[0].message
    assert not any("dropped" in note for note in report.notes)


def test_weights_that_are_stored_transposed_are_no_columns():
    def loss(params, X, t):
        e = X @ params["V"].T - t
        return 0.5 * np.sum(e * e) / len(X), {"V": e.T @ X}

    rng = np.random.default_rng(2)
    shapes = (4, 5), (6, 5), (6, 4)
    V, X, t = (rng.standard_normal(s) for s in shapes)
    report = gradcheck.net(loss, {"V": V}, X, t)
    assert report.findings[0].code == "SCALE_BATCH"
    assert "6 at N = 6" in report.findings[0].message
