"""The hand-worked values, and those of the penalties and targets, which are not in the registry."""

import hand_worked
import numpy as np
import pytest

import layers
from layers import l1_penalty, l2_penalty, one_hot, registered, softmax


@pytest.mark.parametrize("name", hand_worked.BY_NAME)
def test_values(name):
    hand_worked.BY_NAME[name](registered()[name])


def test_penalties_on_the_textbook_pair():
    """L2 prefers four quarters to a single one, 0.125 against 0.5; L1 has no preference."""
    spread, single = np.full((2, 2), 0.25), np.array([[1.0, 0.0], [0.0, 0.0]])
    assert (l2_penalty(spread, 1.0)[0], l2_penalty(single, 1.0)[0]) == (0.125, 0.5)
    assert (l1_penalty(spread, 1.0)[0], l1_penalty(single, 1.0)[0]) == (1.0, 1.0)
    np.testing.assert_array_equal(l2_penalty(single, 3.0)[1], 3 * single)
    np.testing.assert_array_equal(l1_penalty(np.array([-2.0, 0.0, 5.0]), 3.0)[1], [-3, 0, 3])


@pytest.mark.parametrize("penalty", [l1_penalty, l2_penalty])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_penalty_adds_to_the_buffer_in_its_dtype(penalty, dtype):
    w, gradient = np.array([[-2.0, 0.5]], dtype), np.array([[10.0, 20.0]], dtype)
    value, alone = penalty(w, np.float64(0.3))
    again, added = penalty(w, np.float64(0.3), out=gradient)
    assert added is gradient
    assert alone.dtype == dtype
    assert isinstance(value, float)
    assert value == again
    np.testing.assert_array_equal(gradient, np.array([[10.0, 20.0]], dtype) + alone)


def test_scores_on_the_hinge_and_softmax():
    """The example of the text: at 10 against 9 the hinge is content, the cross-entropy is not."""
    x, y = np.array([[10.0, 9.0, 9.0]]), np.array([0])
    assert layers.svm_loss(x, y)[0] == 0
    assert round(float(layers.softmax_loss(x, y)[0]), 3) == 0.551


def test_one_hot_and_softmax():
    np.testing.assert_array_equal(one_hot(np.array([2, 0]), 3), [[0, 0, 1], [1, 0, 0]])
    assert one_hot(np.array([1], np.uint8), 2, np.float32).dtype == np.float32
    assert softmax(np.array([0.0, np.log(3.0)])).tolist() == pytest.approx([0.25, 0.75], rel=1e-15)
    np.testing.assert_allclose(softmax(np.zeros((2, 4)), axis=0), np.full((2, 4), 0.5))


def test_affine_flattens_the_trailing_axes_and_gives_dx_their_shape():
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((2, 4, 5, 6)), rng.standard_normal((120, 3)), rng.standard_normal(3)
    out, cache = layers.affine_forward(x, w, b)
    np.testing.assert_allclose(out, x.reshape(2, 120) @ w + b, rtol=1e-12)
    dout = rng.standard_normal((2, 3))
    dx, dw, db = layers.affine_backward(dout, cache)
    assert dx.shape == x.shape
    np.testing.assert_allclose(dx, np.einsum("nm,dm->nd", dout, w).reshape(x.shape), rtol=1e-12)
    np.testing.assert_allclose(dw, np.einsum("nd,nm->dm", x.reshape(2, 120), dout), rtol=1e-12)
    np.testing.assert_allclose(db, dout.sum(0), rtol=1e-12)
    buffer = np.empty_like(x)
    assert np.shares_memory(layers.affine_backward(dout, cache, out=(buffer, None, None))[0], buffer)
    np.testing.assert_array_equal(buffer, dx)


def test_hyper_parameters_from_numpy_do_not_widen_float32():
    """A float64 scalar, as `np.logspace` gives them, is a setting and must not decide the dtype."""
    x, y = np.ones((2, 3), np.float32), np.array([0, 1])
    assert layers.leaky_relu_forward(x, slope=np.float64(0.1))[0].dtype == np.float32
    assert layers.svm_loss(x, y, margin=np.float64(0.5))[1].dtype == np.float32
    assert layers.dropout_forward(x, keep=np.float64(0.5), rng=0)[0].dtype == np.float32
    assert layers.gaussian_noise_forward(x, std=np.float64(0.5), rng=0)[0].dtype == np.float32
    assert layers.elu_forward(x, alpha=np.float64(0.5))[0].dtype == np.float32
    gamma = np.ones(3, np.float32)
    assert layers.layer_norm_forward(x, gamma, gamma, eps=np.float64(1e-3))[0].dtype == np.float32
    assert layers.batch_norm_forward(x, gamma, gamma, eps=np.float64(1e-3))[0].dtype == np.float32


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("gaussian_noise", {"std": 0.1}),
        ("dropout", {"keep": 0.5}),
        ("leaky_relu", {"slope": 0.01}),
        ("batch_norm", {"eps": 1e-5}),
        ("layer_norm", {"eps": 1e-5}),
        ("spatial_batch_norm", {"eps": 1e-5}),
        ("elu", {"alpha": 1.0}),
        ("gelu", {"approximate": False}),
        ("svm_loss", {"margin": 1.0}),
        ("offset_softmax_loss", {"delta": 1e-7}),
        ("squared_loss", {"reduction": "half_mean"}),
    ],
)
def test_what_a_setting_is_when_nothing_is_said(name, settings):
    layer = registered()[name]
    args = layer.inputs(np.random.default_rng(0), 4)
    noise = {"rng": 0} if layer.noisy else {}
    np.testing.assert_array_equal(layer.forward(*args, **noise)[0], layer.forward(*args, **noise, **settings)[0])


def test_settings_at_their_bounds():
    """All is kept, no noise is added; a lone row has no spread, and its running variance is 0, not a division by it."""
    x = np.array([[1.0, -2.0]])
    np.testing.assert_array_equal(layers.dropout_forward(x, keep=1, rng=0)[0], x)
    np.testing.assert_array_equal(layers.gaussian_noise_forward(x, std=0, rng=0)[0], x)
    _, cache = layers.batch_norm_forward(x, np.ones(2), np.zeros(2))
    mean, var = registered()["batch_norm"].stats(cache)
    np.testing.assert_array_equal((mean, var), (x[0], [0, 0]))


def test_what_the_registry_says_of_running_statistics():
    """Before any batch: mean 0, variance 1, so that evaluation leaves standardised features as they are."""
    assert {layer.name: layer.state for layer in registered().values() if layer.state} == {
        "batch_norm": {"mean": 0.0, "var": 1.0}, "spatial_batch_norm": {"mean": 0.0, "var": 1.0}
    }  # fmt: skip
    assert {layer.name for layer in registered().values() if layer.noisy} == {"dropout", "gaussian_noise"}
