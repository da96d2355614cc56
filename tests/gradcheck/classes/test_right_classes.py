"""Classes that are right are found, judged, and accused of nothing."""

import class_layers
import class_shapes
import numpy as np
import pytest
from classes_tried import CLASSES
from reports import said_as_written, written

import gradcheck
from gradcheck.classes.forms import forms
from gradcheck.classes.signatures import pointwise_pairs

WHAT = {  # what has to be compared, by the names in the report
    "Affine": "x W b",
    "MatMul": "x W",
    "ListAffine": "x W b",
    "DictLinear": "x weight bias",
    "DenseColumns": "A_prev weights bias",
    "DenseStep": "input weights bias",
    "DenseReplaced": "inputs W B",
    "DenseValues": "inputs weights biases",
    "ParameterLinear": "x W b",
    "ReturnsDict": "x W b",
    "BatchNorm": "x gamma beta",
    "Embedding": "W",
    "RNN": "x h_prev Wx Wh b",
    "LSTM": "x prev_h prev_c Wx Wh b",
    "FirstLayer": "W b",
    "Private": "x weights",
    "Scale": "x gamma",
    "Mul": "x y",
    "SquareLoss": "y_pred",
    "TwoLayerBook": "W1 b1 W2 b2",
    "Network": "biases.0 biases.1 weights.0 weights.1",
    "WelchStyle": "W1 W2",
    "LinearClassifier": "W",
    "DenseWithOptimizer": "X W w0",
    "LateDense": "X W w0",
    "BuiltLater": "x W b",
    "CrossEntropyLoss": "output",
    "SoftmaxAndLoss": "inputs",
    "NetworkWithCost": "biases.0 biases.1 weights.0 weights.1",
    "ForwardLossBackward": "W1 b1 W2 b2",
}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
def test_a_right_class_passes(cls):
    report = gradcheck.instance(cls)
    assert report.verdict == "pass", report
    assert report.compared
    if cls.__name__ in WHAT:
        assert sorted(report.tensors) == sorted(WHAT[cls.__name__].split())
    assert said_as_written("classes", cls.__name__, report)


def test_there_are_enough_of_them():
    assert len(CLASSES) >= 69
    assert list(written("classes")) == [cls.__name__ for cls in CLASSES]


def test_an_object_and_its_arguments_are_left_as_they_were():
    rng = np.random.default_rng(0)
    layer = class_layers.DenseStep(6, 3)
    x, before = rng.standard_normal((6, 1)), layer.weights.copy()
    report = gradcheck.instance(layer, x)
    assert report.verdict == "pass"
    assert list(report.tensors) == ["input", "weights", "bias"]
    assert np.array_equal(layer.weights, before)
    assert "input" not in vars(layer)


def test_inputs_draw_the_object_too():
    def inputs(rng, n):
        return class_layers.Affine(rng.standard_normal((4, 2)), rng.standard_normal(2)), rng.standard_normal((n, 4))

    report = gradcheck.instance(class_layers.Affine, inputs=inputs)
    assert report.verdict == "pass"
    assert report.tensors["W"].numeric.shape == (4, 2)
    assert list(gradcheck.instance(class_layers.Affine, inputs=inputs, wrt="W").tensors) == ["W"]


class NeedsAFile:
    def __init__(self, path_to_weights):
        self.W = np.load(path_to_weights)

    def forward(self, x):
        return x @ self.W

    def backward(self, dout):
        return dout @ self.W.T


def test_what_cannot_be_drawn_is_named_with_the_line_to_write():
    with pytest.raises(TypeError, match="NeedsAFile needs path_to_weights") as caught:
        gradcheck.instance(NeedsAFile)
    assert "def NeedsAFile_inputs(rng, n): return NeedsAFile(path_to_weights), x" in str(caught.value)


def test_a_class_without_a_pair_is_refused():
    with pytest.raises(TypeError, match="Parameter has no pair of methods to check"):
        gradcheck.instance(class_layers.Parameter)
    with pytest.raises(TypeError, match="has no method 'fwd'; it has forward, backward"):
        gradcheck.instance(class_layers.Affine, forward="fwd")
    with pytest.raises(ValueError, match="wrt names 'V'; there are gradients of x, W, b"):
        gradcheck.instance(class_layers.Affine, wrt=["V"])


def logistic(x):
    return 1 / (1 + np.exp(-x))


def logistic_derivative(x):
    return x * (1 - x)


def logistic_prime(z):
    return z * (1 - z)


def dlogistic(z):
    return logistic(z) * (1 - logistic(z))


def test_a_derivative_in_terms_of_the_output_is_told_from_one_at_the_wrong_point():
    assert gradcheck.pointwise(logistic, dlogistic).verdict == "pass"
    by_output = gradcheck.pointwise(logistic, logistic_derivative)
    assert by_output.verdict == "pass"
    assert any("is right where it is given the output" in note for note in by_output.notes)
    assert [f.code for f in gradcheck.pointwise(logistic, logistic_prime).findings] == ["WRONG_POINT"]
    names = {"logistic": logistic, "logistic_prime": logistic_prime, "dlogistic": dlogistic, "x": 3}
    assert pointwise_pairs(names) == [("logistic", logistic, logistic_prime), ("logistic", logistic, dlogistic)]


class LowSequence(class_shapes.Sequence):
    """Outputs are float32 whatever comes in."""

    def kind(self, xs):
        return "f"


def test_a_class_that_computes_in_float32_is_not_accused():
    report = gradcheck.instance(LowSequence)
    assert report.verdict == "inconclusive"
    assert any("outputs are float32" in note for note in report.notes)


class DiagonalSoftmax:
    """p (1 - p): the diagonal of the Jacobian, and no gradient."""

    def __call__(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def gradient(self, x):
        p = self(x)
        return p * (1 - p)


def test_the_diagonal_of_a_jacobian_is_called_so():
    (finding,) = gradcheck.instance(DiagonalSoftmax).findings
    assert finding.code == "MISSING_TERM"
    assert "only the diagonal" in finding.message


class EndOfANet:
    """Its backward is that of a loss which it does not compute."""

    def __init__(self, n_in, n_out):
        self.W = np.ones((n_in, n_out))

    def forward(self, x, y):
        e = np.exp(x @ self.W)
        self.x, self.y, self.p = x, y, e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, accum_grad):
        self.dW = self.x.T @ (self.p - self.y)
        return (self.p - self.y) @ self.W.T


def test_a_backward_whose_loss_is_elsewhere_is_not_judged():
    with pytest.raises(TypeError, match="the loss of which it is the gradient is not in the class"):
        gradcheck.instance(EndOfANet)


class LastLayer(class_shapes.Base):
    """backward(t) begins with the gradient of a loss that is not there."""

    def forward(self, x):
        self.x, self.y = x, x @ self.w + self.b

    def backward(self, t):
        self.grad_w = self.x.T @ (self.y - t)


def test_the_last_layer_of_a_net_alone_is_no_pair():
    assert forms(LastLayer) == []
