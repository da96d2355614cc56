"""One pass through a small net by hand: what has no gradient, what is summed, what is kept in memory."""

import numpy as np
import pytest

from layers import get
from models import Graph, mlp, node
from models.propagation import Workspace


def test_what_has_no_gradient_does_not_end_the_way_back():
    """Scores x W + T[1] = 13, 24.5 beside 0: the gradients of W are 1.5 times the scores, those of T[1] the scores."""
    whole = (lambda x: (x.astype(int), None), lambda dout, cache: dout)
    nodes = [node("a", "linear", "x", "W"), node("i", whole, "x"), node("e", "embedding", "i", "T"),
             node("f", "flatten", "e"), node("s", "add", ("a", "f"))]  # fmt: skip
    net = Graph(nodes, {"W": np.array([[2.0, 3.0]]), "T": np.array([[0.0, 0], [10, 20]])}, loss="squared")
    for _ in range(2):
        loss, grads = net.loss(np.array([[1.5]]), np.zeros((1, 2)))
        assert loss == (13**2 + 24.5**2) / 2
        assert grads["W"].tolist() == [[19.5, 36.75]]
        assert grads["T"].tolist() == [[0, 0], [13, 24.5]]


def doubled(x, w):
    return 2 * (x @ w), (x, w)


def doubled_backward(dout, cache):
    x, w = cache
    return 2 * (dout @ w.T), 2 * (x.T @ dout)


@pytest.mark.parametrize("out", [False, True])
def test_gradients_of_a_pair_that_fills_no_buffers(out):
    """y = 2 x V 2 W = 4 for ones: of V 4 times 1, of W 4 times 1."""
    pair = (doubled, doubled_backward)
    net = Graph([node("a", pair, "x", "V"), node("b", pair, "a", "W")], {"V": [[1.0]], "W": [[1.0]]}, loss="squared",
                dtype=float)  # fmt: skip
    buffer = net.params.like() if out else None
    for _ in range(3):
        if buffer is not None:
            buffer.flat[:] = np.nan
        loss, grads = net.loss(np.ones((1, 1)), np.zeros((1, 1)), out=buffer)
        assert (loss, grads["V"].tolist(), grads["W"].tolist()) == (8, [[16]], [[16]])


def test_a_parameter_of_two_nodes_has_the_sum_of_their_gradients_in_every_pass():
    """y = x W W with W = 3: 9 beside 0, twice 3 times 9."""
    net = Graph([node("a", "linear", "x", "W"), node("b", "linear", "a", "W")], {"W": [[3.0]]}, loss="squared",
                dtype=float)  # fmt: skip
    buffer = net.params.like()
    for _ in range(3):
        buffer.flat[:] = 7
        assert net.loss(np.ones((1, 1)), np.zeros((1, 1)), out=buffer)[1]["W"].tolist() == [[54]]
        assert net.loss(np.ones((1, 1)), np.zeros((1, 1)))[1]["W"].tolist() == [[54]]


def test_statistics_are_of_the_shape_of_the_first_parameter():
    layer = get("batch_norm")._replace(name="whitened", args=("x", "gamma", "w"))
    net = Graph([node("n", layer, "x", ("g", "W"))], {"g": np.ones(3), "W": np.ones((4, 3))}, loss="squared")
    assert {name: array.tolist() for name, array in net.state.items()} == {"n.mean": [0] * 3, "n.var": [1] * 3}
    assert {array.dtype for array in net.state.values()} == {net.dtype}


def test_blocks_of_evaluation_share_one_buffer_for_each_size():
    net = mlp([2, 3], rng=0)
    blocks = [scores for _, scores in net._scores(np.ones((3500, 2)))]
    assert [len(block) for block in blocks] == [1000, 1000, 1000, 500]
    assert blocks[0] is blocks[1] is blocks[2]
    assert not np.shares_memory(blocks[2], blocks[3])


@pytest.mark.parametrize(("state", "rows"), [({}, 1), ({"batch_norm": True}, 2)])
def test_one_row_says_nothing_where_nothing_is_normalised(state, rows):
    net = mlp([2, 3, 3], rng=0, **state)
    before = {name: array.copy() for name, array in net.state.items()}
    net.loss(np.arange(2.0 * rows).reshape(rows, 2), np.zeros(rows, int))
    assert all((net.state[name] != array).any() for name, array in before.items())


@pytest.mark.filterwarnings("ignore")
def test_a_batch_without_rows_leaves_the_statistics():
    net = mlp([2, 3, 3], batch_norm=True, rng=0)
    net.loss(np.ones((0, 2)), np.zeros(0, int))
    assert net.state["batch_norm1.mean"].tolist() == [0, 0, 0]
    assert net.state["batch_norm1.var"].tolist() == [1, 1, 1]


def test_an_activation_writes_over_what_nobody_else_reads():
    """Not over the batch, nor over a value with another reader, nor over one that does not stand in a buffer."""
    pair = (lambda x: (x * 1.0, None), lambda dout, cache: dout)  # takes no out=
    nodes = [
        node("h", "tanh", "x"), node("a", "linear", "h", "W"), node("b", "relu", "a"), node("c", "sigmoid", "b"),
        node("d", "tanh", "c"), node("e", "add", ("d", "c")), node("f", pair, "e"), node("g", "relu", "f"),
    ]  # fmt: skip
    net = Graph(nodes, {"W": np.eye(2)}, loss="squared")
    x = np.ones((1, 2))
    net.loss(x, np.zeros((1, 2)))
    (workspace,) = net._workspaces.values()
    assert isinstance(workspace, Workspace)
    out = {call.name: call.settings.get("out") for call in workspace.forward}
    assert out["b"] is out["a"]
    assert out["f"] is None
    arrays = [out[name] for name in "hacdeg"] + [x]
    assert not any(np.shares_memory(one, other) for i, one in enumerate(arrays) for other in arrays[:i])
