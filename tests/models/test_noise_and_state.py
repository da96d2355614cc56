"""Noise comes from the generator that is handed in; running statistics follow the batches and serve evaluation."""

import numpy as np
import pytest

from models import Graph, mlp, node

RNG = np.random.default_rng(0)
X, Y = 3 + 2 * RNG.standard_normal((50, 4)), RNG.integers(3, size=50)


def noisy(**settings) -> Graph:
    rng = np.random.default_rng(1)
    return Graph(
        [node("a", "affine", "x", ("W", "b")), node("s", "dropout", "a", **settings)],
        {"W": rng.standard_normal((4, 3)), "b": np.zeros(3)},
    )


def normed(dtype: type = np.float64) -> Graph:
    rng = np.random.default_rng(1)
    return Graph(
        [node("norm", "batch_norm", "x", ("gamma", "beta")), node("s", "linear", "norm", ("W",))],
        {"gamma": np.ones(4), "beta": np.zeros(4), "W": rng.standard_normal((4, 3))},
        dtype=dtype,
    )


def test_the_generator_decides_the_mask():
    net = noisy(keep=0.5)
    assert net.noisy
    first, same, other = (net.loss(X, Y, rng=seed)[0] for seed in (0, 0, 1))
    assert first == same != other
    rng = np.random.default_rng(0)
    assert net.loss(X, Y, rng=rng)[0] == first
    assert net.loss(X, Y, rng=rng)[0] != first  # a generator moves on


def test_no_global_randomness_is_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the very stream that must not move
    noisy().loss(X, Y, rng=0)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_evaluation_is_the_mean_of_training_for_a_linear_net():
    """Scores are averaged over masks; the affine layer before keeps the expectation exact."""
    net, scores = noisy(keep=0.8), []
    for seed in range(3000):
        values, _ = net.nodes[1].layer.forward(net.values(X[:2])["a"], keep=0.8, rng=seed)
        scores.append(values)
    error = np.std(scores, axis=0).max() / 3000**0.5
    np.testing.assert_allclose(np.mean(scores, axis=0), net.loss(X[:2]), atol=5 * error)


def test_a_mask_is_one_for_forward_and_backward():
    """With the loss sum(out), db counts what was kept, each times 1 / keep, and <grads, params> is the loss."""
    net = noisy(keep=0.5)
    net.loss_layer = net.loss_layer._replace(forward=lambda x, y, **_: (x.sum(), np.ones_like(x)))
    loss, grads = net.loss(X, Y, rng=3)
    assert set(np.unique(grads["b"] % 2)) == {0.0}  # sums of entries that are 0 or 2
    assert loss == pytest.approx(np.sum(grads["W"] * net.params["W"]) + np.sum(grads["b"] * net.params["b"]), rel=1e-10)


def test_running_statistics_move_by_a_tenth():
    net = normed()
    assert net.state["norm.mean"].tolist() == [0] * 4
    assert net.state["norm.var"].tolist() == [1] * 4
    net.loss(X, Y)
    np.testing.assert_allclose(net.state["norm.mean"], 0.1 * X.mean(0), rtol=1e-12)
    np.testing.assert_allclose(net.state["norm.var"], 0.9 + 0.1 * X.var(0, ddof=1), rtol=1e-12)
    net.loss(X[:20], Y[:20])
    np.testing.assert_allclose(net.state["norm.mean"], 0.09 * X.mean(0) + 0.1 * X[:20].mean(0), rtol=1e-12)


def test_statistics_converge_and_evaluation_uses_them():
    net = normed()
    for _ in range(200):
        net.loss(X, Y)
    np.testing.assert_allclose(net.state["norm.mean"], X.mean(0), rtol=1e-8)
    np.testing.assert_allclose(net.state["norm.var"], X.var(0, ddof=1), rtol=1e-8)
    wanted = (X - X.mean(0)) / np.sqrt(X.var(0, ddof=1) + 1e-5) @ net.params["W"]
    np.testing.assert_allclose(net.loss(X), wanted, rtol=1e-6)
    np.testing.assert_allclose(net.loss(X[:1]), wanted[:1], rtol=1e-6)  # a row's scores do not depend on its batch
    np.testing.assert_allclose(net.evaluate(X, Y)[1], np.mean(wanted.argmax(1) == Y))


def test_replacing_a_statistic_reaches_evaluation():
    """Solver and storage restore statistics by copying into them, after calls have been prepared too."""
    net = normed()
    net.loss(X, Y)
    net.evaluate(X, Y)
    net.state["norm.mean"][...] = X.mean(0)
    net.state["norm.var"][...] = X.var(0)
    wanted = (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-5) @ net.params["W"]
    np.testing.assert_allclose(net.loss(X), wanted, rtol=1e-10)
    scores = net.loss(X)
    assert net.evaluate(X, Y)[1] == np.mean(scores.argmax(1) == Y)


def test_statistics_keep_the_dtype():
    net = normed(np.float32)
    for _ in range(3):
        net.loss(X, Y)
    assert {array.dtype for array in net.state.values()} == {np.dtype(np.float32)}


def test_two_norms_have_statistics_of_their_own():
    net = Graph(
        [
            node("one", "batch_norm", "x", ("g", "b")),
            node("two", "batch_norm", "one", ("g", "b")),
            node("s", "linear", "two", ("W",)),
        ],
        {"g": np.full(4, 2.0), "b": np.ones(4), "W": np.ones((4, 3))},
    )
    net.loss(X, Y)
    assert list(net.state) == ["one.mean", "one.var", "two.mean", "two.var"]
    np.testing.assert_allclose(net.state["two.mean"], 0.1, rtol=1e-10)
    np.testing.assert_allclose(net.state["two.var"], 0.9 + 0.1 * 4 * 50 / 49, rtol=1e-4)


def test_a_batch_of_one_row_leaves_the_running_statistics_and_says_so_once():
    net = mlp([4, 3, 2], batch_norm=True, rng=0)
    before = {name: array.copy() for name, array in net.state.items()}
    with pytest.warns(UserWarning, match="a batch of one row: .* normalises by the variance of the batch") as said:
        net.loss(np.ones((1, 4)), np.array([0]))
    assert said[0].filename == __file__  # where `loss` is called
    net.loss(np.ones((1, 4)), np.array([1]))
    for name, array in before.items():
        assert np.array_equal(net.state[name], array)
    net.loss(np.arange(8.0).reshape(2, 4), np.array([0, 1]))
    assert any(not np.array_equal(net.state[name], array) for name, array in before.items())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pixels_divided_by_the_input_scale_give_the_bits_of_dividing_beforehand(dtype):
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5)).astype(np.uint8)
    y = np.arange(7) % 3
    scaled, plain = mlp([5, 4, 3], dtype=dtype, rng=0, input_scale=255), mlp([5, 4, 3], dtype=dtype, rng=0)
    divided = pixels.astype(dtype) / dtype(255)
    assert np.array_equal(scaled.loss(pixels), plain.loss(divided))
    (one, g), (two, h) = scaled.loss(pixels, y), plain.loss(divided, y)
    assert one == two
    assert np.array_equal(g.flat, h.flat)
