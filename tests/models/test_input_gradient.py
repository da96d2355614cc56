"""How scores depend on the input: against differences, in evaluation, per raw value where the net divides its input."""

import numpy as np
import pytest

from models import Graph, convnet, mlp, node
from models.inspection.input_gradient import input_gradient

RNG = np.random.default_rng(0)


def branched():
    return Graph(
        [node("a", "linear", "x", "W"), node("t", "tanh", "x"), node("b", "linear", "t", "W"),
         node("s", "add", ("a", "b"))], {"W": RNG.standard_normal((6, 3))},
    )  # fmt: skip


NETS = {
    "mlp": lambda: mlp([6, 5, 3], activation="tanh", batch_norm=True, dropout=0.5, rng=0),
    "raw values": lambda: mlp([6, 5, 3], activation="tanh", input_scale=16.0, rng=0),
    "branches": branched,
    "images": lambda: convnet("2x2,3", image=(1, 2, 3), num_classes=3, activation="tanh", rng=0),
}


@pytest.mark.parametrize("name", NETS)
def test_it_is_the_derivative_of_the_scores(name):
    model, X, dscores = NETS[name](), RNG.uniform(-1, 1, (4, 6)), RNG.standard_normal((4, 3))
    if model.state:
        model.loss(X, np.arange(4) % 3, rng=np.random.default_rng(1))  # running statistics of their own
    if name == "raw values":
        X *= 16
    found, step = input_gradient(model, X, dscores), 1e-5
    assert found.shape == X.shape
    wanted = np.empty_like(X)
    for d in range(6):
        moved = step * np.eye(6)[d]
        wanted[:, d] = np.sum((model.loss(X + moved) - model.loss(X - moved)) * dscores, axis=1) / (2 * step)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-8)


def test_another_shape_of_the_scores_is_refused():
    with pytest.raises(ValueError, match=r"dscores has shape \(4, 2\); expected that of the scores, \(4, 3\)"):
        input_gradient(NETS["mlp"](), np.ones((4, 6)), np.ones((4, 2)))


def test_indices_that_are_made_of_the_input_pass_no_gradient_on():
    """The scores are x W and the row of T for the whole part of the one input."""
    whole = (lambda x: (x.astype(int), None), lambda dout, cache: dout)
    nodes = [node("a", "linear", "x", "W"), node("i", whole, "x"), node("e", "embedding", "i", "T"),
             node("f", "flatten", "e"), node("s", "add", ("a", "f"))]  # fmt: skip
    net = Graph(nodes, {"W": np.array([[2.0, 3.0]]), "T": np.array([[0.0, 0], [10, 20]])}, loss="squared")
    assert net.loss(np.array([[1.5]])).tolist() == [[13, 24.5]]
    assert input_gradient(net, np.array([[1.5]]), np.array([[1.0, 10.0]])).tolist() == [[32]]
