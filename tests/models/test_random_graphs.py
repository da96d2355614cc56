"""Small random graphs of all registered layers, drawn by Hypothesis, against numeric gradients."""

import numeric
import numpy as np
from hypothesis import given, settings, strategies as st

from layers import registered
from models import Graph, from_config, node

WIDTH, CLASSES, ROWS = 3, 2, 4
SMOOTH = [name for name in registered("activation") if name not in ("relu", "leaky_relu")]
# A kink lies within a numeric step of some value in one graph of thousands: those layers are drawn once, seldom.
KINDS = ("activation", "combine", "norm", "noise", "linear", "sandwich")


@st.composite
def graphs(draw):
    """A graph over values of one width: each node takes any earlier values, every value is used, some weights twice."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    candidates = [layer for layer in registered(*KINDS).values() if layer.name != "affine_relu"]
    candidates = [layer for layer in candidates if layer.kind != "activation" or layer.name in SMOOTH]
    candidates = [layer for layer in candidates if layer.inputs(np.random.default_rng(0), ROWS)[0].ndim == 2]
    params, nodes, unused = {}, [], []
    values = ["x"]
    for i in range(draw(st.integers(1, 5))):
        layer = draw(st.sampled_from(candidates))
        inputs = len(layer.args) - len(layer.params)
        sources = tuple(draw(st.sampled_from(values)) for _ in range(inputs))
        names = tuple(_parameter(draw, rng, params, arg) for arg in layer.params)
        nodes.append(node(f"n{i}", layer, sources, names))
        unused = [value for value in unused if value not in sources] + [f"n{i}"]
        values.append(f"n{i}")
    for i, value in enumerate(unused[:-1]):  # loose ends are added up
        unused[-1], loose = f"sum{i}", unused[-1]
        nodes.append(node(f"sum{i}", "add", (value, loose)))
    params["V"] = rng.standard_normal((WIDTH, CLASSES))
    nodes.append(node("scores", "linear", unused[-1], ("V",)))
    return Graph(nodes, params, reg=draw(st.sampled_from([0.0, 0.1]))), rng


def _parameter(draw, rng, params, arg) -> str:
    """A new parameter, or one of the same kind that another node has already."""
    shape = (WIDTH, WIDTH) if arg == "w" else (WIDTH,)
    same = [name for name in params if name.startswith(arg) and params[name].shape == shape]
    if same and draw(st.booleans()):
        return draw(st.sampled_from(same))
    name = f"{arg}{len(params)}"
    params[name] = rng.standard_normal(shape) / np.sqrt(WIDTH) + (arg == "gamma")
    return name


@settings(max_examples=150)
@given(graphs())
def test_random_graph(drawn):
    """Gradients; the same bits in a buffer, on a second pass and in a rebuilt copy; scores repeat."""
    model, rng = drawn
    X, y = rng.standard_normal((ROWS, WIDTH)), rng.integers(CLASSES, size=ROWS)
    noise = {"rng": 7} if model.noisy else {}
    state = {name: array.copy() for name, array in model.state.items()}
    numeric.check(model, X, y, tolerance=1e-5, **noise)  # batch norm of four rows has a large third derivative
    loss, grads = model.loss(X, y, **noise)
    again, buffered = model.loss(X, y, out=model.params.like(), **noise)
    assert again == loss
    np.testing.assert_array_equal(buffered.flat, grads.flat)
    rebuilt = from_config(model.config(), model.params, state)
    assert rebuilt.loss(X, y, **noise)[0] == loss
    np.testing.assert_array_equal(model.loss(X), model.loss(X))
    assert rebuilt.config() == model.config()
