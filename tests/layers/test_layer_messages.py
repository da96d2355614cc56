"""What a wrong call says: the argument, the value seen, what was expected and what to do."""

import re

import numpy as np
import pytest

import layers
from base.words import did_you_mean
from layers import Layer
from layers.arrays import same_rows

X, W, B = np.ones((5, 4)), np.ones((4, 3)), np.ones(3)
SCORES = np.zeros((4, 10))
IMAGES, LAST, C = np.ones((2, 4, 3, 2)), np.ones((2, 3, 2, 4)), np.ones(4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.affine_forward(X, W.T, B), r"x \(5, 4\) has 4 features a row, but w \(3, 4\) takes 3\. Is"),
        (lambda: layers.affine_forward(X[:0], W.T, B), r"x \(0, 4\) has 4 features a row, but w \(3, 4\) takes 3\. Is"),
        (lambda: layers.affine_forward(X, np.ones((3, 3)), B), r"4 features a row, but w \(3, 3\) takes 3\.$"),
        (lambda: layers.affine_forward(X, np.ones((5, 3)), B), r"4 features a row, but w \(5, 3\) takes 5\.$"),
        (lambda: layers.affine_forward(X, np.ones(3)), r"affine takes x \(N, D\), w \(D, M\).*w \(3,\), b None\.$"),
        (lambda: layers.affine_forward(X, W[..., None]), r"affine takes x \(N, D\), w \(D, M\).*w \(4, 3, 1\), b None"),
        (lambda: layers.affine_forward(X, np.ones((3, 4, 1))), r"^affine takes x \(N, D\), w \(D, M\).*w \(3, 4, 1\)"),
        (lambda: same_rows(X, B), r"^X has 5 rows but y has 3\.$"),
        (lambda: same_rows(X, np.array(3.0), "scores"), r"^scores has 5 rows but y has 0\.$"),
        (lambda: layers.affine_forward(X[0], W, B), r"a row for each example; got x \(4,\)\. One row"),
        (lambda: layers.affine_forward(X[0], W[:1], B), r"a row for each example; got x \(4,\)"),  # 4 rows of 1?
        (lambda: layers.affine_forward(np.ones((5, 2, 3)), W, B), r"x \(5, 2, 3\) has 6 features a row, but w"),
        (lambda: layers.affine_forward(X, W, np.ones((1, 3))), r"b \(M,\); got x \(5, 4\), w \(4, 3\), b \(1, 3\)"),
        (lambda: layers.affine_forward(X, W, np.ones((5, 1))), r"got x \(5, 4\), w \(4, 3\), b \(5, 1\)"),
        (lambda: layers.affine_forward(X, np.ones(4)), r"affine takes x \(N, D\), w \(D, M\).*w \(4,\), b None"),
        (lambda: layers.add_forward(X, X[:1]), r"two arrays of one shape; got \(5, 4\) and \(1, 4\)"),
        (lambda: layers.batch_norm_forward(X, B, B), r"x \(N, D\), gamma, beta \(D,\); got \(5, 4\), \(3,\), \(3,\)"),
        (lambda: layers.batch_norm_forward(X[0], B, B), r"batch_norm takes x \(N, D\)"),
        (lambda: layers.leaky_relu_forward(X, slope=1.5), r"slope is 1\.5; expected a number between 0 and 1"),
        (lambda: layers.batch_norm_forward(X, W[:, 0], B), r"got \(5, 4\), \(4,\), \(3,\)"),
        (lambda: layers.batch_norm_forward(X, B, W[:, 0]), r"got \(5, 4\), \(3,\), \(4,\)"),
        (lambda: layers.leaky_relu_forward(X, slope=0), r"slope is 0; expected"),
        (lambda: layers.leaky_relu_forward(X, slope=-0.5), r"slope is -0\.5; expected"),
        (lambda: layers.leaky_relu_forward(X, slope=1), r"slope is 1; expected"),
        (lambda: layers.dropout_forward(X, keep=0), r"keep is 0; expected a probability of keeping"),
        (lambda: layers.dropout_forward(X, keep=1.01), r"keep is 1\.01; expected"),
        (lambda: layers.dropout_forward(X, keep=-0.5), r"keep is -0\.5; expected"),
        (lambda: layers.dropout_forward(X, keep=float("nan")), r"keep is nan; expected"),
        (lambda: layers.gaussian_noise_forward(X, std=-1.0), r"std is -1\.0; expected a standard deviation"),
        (lambda: layers.gaussian_noise_forward(X, std=float("nan")), r"std is nan; expected"),
        (lambda: layers.offset_softmax_loss(X, X, delta=0), r"delta is 0; expected a positive offset"),
        (lambda: layers.offset_softmax_loss(X, X, delta=-1e-7), r"delta is -1e-07; expected"),
        (lambda: layers.offset_softmax_loss(X, X[:, :2]), r"offset_softmax_loss takes y .*\(5, 4\); got \(5, 2\)\.$"),
        (lambda: layers.squared_loss(X, X, reduction="avg"), r"reduction is 'avg'; expected one of half_mean, mean"),
        (lambda: layers.squared_loss(X[:, 0], X[:, :1]), r"takes y of the shape of x, \(5,\); got \(5, 1\)\. Resh"),
        (lambda: layers.squared_loss(X, np.array(1.0)), r"takes y of the shape of x, \(5, 4\); got \(\)\.$"),
        (lambda: layers.squared_loss(np.array(1.0), X), r"takes y of the shape of x, \(\); got \(5, 4\)\.$"),
        (lambda: layers.squared_loss(X, X[:1].T), r"x has 5 rows but y has 4\.$"),
        (lambda: layers.logistic_loss(X, X[:, :2]), r"logistic_loss takes y .*, \(5, 4\); got \(5, 2\)\.$"),
        (lambda: layers.softmax_loss(SCORES, np.zeros((4, 9))), r"softmax_loss takes y of the shape of x, \(4, 10\)"),
        (lambda: layers.elu_forward(X, alpha=-1), r"alpha is -1; expected a number, 0 or more"),
        (lambda: layers.elu_forward(X, alpha=float("nan")), r"alpha is nan; expected"),
        (lambda: layers.layer_norm_forward(X[0], B, B), r"layer_norm takes x .*got \(4,\), \(3,\), \(3,\)\. The last"),
        (lambda: layers.layer_norm_forward(X[0], X[0], X[0]), r"got \(4,\), .*One row alone is x\[None\]"),
        (lambda: layers.layer_norm_forward(X, X[:, 0], X[:, 0]), r"gamma has an entry for each row"),
        (lambda: layers.layer_norm_forward(X, X[:1], X[:1]), r"Use gamma\[0\] and beta\[0\]"),
        (lambda: layers.layer_norm_forward(X, X[0], B), r"got \(5, 4\), \(4,\), \(3,\)\. The last axes"),
        (lambda: layers.spatial_batch_norm_forward(IMAGES, B, B), r"batch_norm takes x \(N, C, H, W\).*3,\)\.$"),
        (lambda: layers.spatial_batch_norm_forward(IMAGES, C[:2], C), r"got \(2, 4, 3, 2\), \(2,\), \(4,\)\.$"),
        (lambda: layers.spatial_batch_norm_forward(LAST, C, C), r"Is this N x H x W x C\? Use x\.transpose\(0, 3, 1"),
        (lambda: layers.spatial_batch_norm_forward(X, X[0], X[0]), r"a row for each example: reshape with x\.resh"),
        (lambda: layers.group_norm_forward(IMAGES[0], C, C, groups=2), r"one image alone is x\[None\]"),
        (lambda: layers.group_norm_forward(IMAGES, C[None], C[None], groups=2), r"Use gamma\.ravel\(\) and beta"),
        (lambda: layers.group_norm_forward(IMAGES, C, C, groups=3), r"groups is 3; expected a divisor.*: 1, 2, 4$"),
        (lambda: layers.group_norm_forward(IMAGES, C, C, groups=0), r"groups is 0; expected a divisor"),
        (lambda: layers.one_hot([0, 5], 3), r"y must be integers 0\.\.2 for 3 classes; got values 0\.\.5\.$"),
    ],
)  # fmt: skip
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("loss", [layers.softmax_loss, layers.svm_loss], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([1, 10, 3, 4]), "y must be integers 0..9 for 10 classes; got values 1..10 (minimum 1). Subtract 1?"),
        (np.array([-1, 0, 3, 4]), "got values -1..4 (minimum -1)."),
        (np.array([2, 10, 3, 4]), "got values 2..10 (minimum 2)."),
        (np.array([1, 11, 3, 4]), "got values 1..11 (minimum 1)."),
        (np.array([0, 10, 3, 4]), "got values 0..10."),
        (np.array([0.0, 1, 2, 3]), "got float64: use y.astype(int)."),
        (np.array([True, False, True, True]), "got bool: use y.astype(int)."),
        (np.array(3), "got shape ()"),
    ],
)
def test_wrong_labels(loss, y, message):
    with pytest.raises(ValueError, match=re.escape(message) + "$" * (y.ndim > 0)):
        loss(SCORES, y)


@pytest.mark.parametrize("loss", [layers.softmax_loss, layers.offset_softmax_loss, layers.svm_loss])
def test_targets_of_three_axes_are_no_labels(loss):
    with pytest.raises(ValueError, match=r"got shape \(4, 10, 1\); expected \(4,\)\.$"):
        loss(SCORES, np.zeros((4, 10, 1), int))


@pytest.mark.parametrize(("shape", "hint"), [((4, 10), ": use y.argmax(1)."), ((4, 1), ": use y.ravel().")])
def test_rows_where_the_svm_takes_labels(shape, hint):
    with pytest.raises(ValueError, match=re.escape(f"got shape {shape}{hint}")):
        layers.svm_loss(SCORES, np.zeros(shape, int))


def test_an_unknown_layer_is_answered_with_the_known_ones():
    known = ", ".join(sorted(layers.registered("activation")))
    with pytest.raises(ValueError, match=rf"unknown activation 'rleu'\. Did you mean 'relu'.*Known: {known}"):
        layers.get("rleu", "activation")
    with pytest.raises(ValueError, match=r"unknown layer 'xyz'\. Known: add, affine"):
        layers.get("xyz")
    assert layers.get("relu") is layers.registered()["relu"]
    assert did_you_mean("zzz", {"relu": 1}) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "tanh"}, "a layer named 'tanh' is registered already"),
        ({"kind": "wave"}, "kind of layer 'new' is 'wave'; expected one of"),
        ({"structure": "round"}, "structure of layer 'new' is 'round'; expected one of"),
        ({"targets": ("words",)}, "targets of layer 'new' are .*; expected some of"),
        ({"targets": ("labels",)}, "only a loss has targets"),
        ({"kind": "loss", "backward": None}, "only a loss has targets"),
        ({"backward": None}, "only a loss has no backward"),
        ({"kind": "loss", "targets": ("real",)}, "only a loss has no backward"),
    ],
)
def test_a_faulty_registration_is_refused(change, message):
    before = layers.registered()
    good = layers.get("relu")._replace(name="new")
    with pytest.raises(ValueError, match=message):
        layers.register(good._replace(**change))
    assert layers.registered() == before


def test_registered_by_kind_is_a_copy_in_order():
    activations = layers.registered("activation")
    assert list(activations) == [name for name, layer in layers.registered().items() if layer.kind == "activation"]
    activations.clear()
    assert "relu" in layers.registered()
    assert all(isinstance(layer, Layer) for layer in layers.registered().values())


def test_as_many_rows_are_no_error():
    same_rows(X, X[:, 0])
    same_rows(X[:0], B[:0])
