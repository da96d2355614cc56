"""Graphs of every kind that the tests run: chains, branches, skips, shared weights, functions of one's own."""

import numpy as np

from models import Graph, convnet, node

RNG = np.random.default_rng(0)
X, LABELS = RNG.standard_normal((6, 4)), np.array([0, 1, 2, 0, 1, 2])
SQUARE = RNG.standard_normal((4, 4))


def weights(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def multiply_forward(x, y, *, out=None):
    return np.multiply(x, y, out=out), (x, y)


def multiply_backward(dout, cache, *, out=None, need_dx=True):
    x, y = cache
    dx, dy = out or (None, None)
    return np.multiply(dout, y, out=dx), np.multiply(dout, x, out=dy)


def cube_forward(x):
    return x**3, x


def cube_backward(dout, x):
    return 3 * x**2 * dout


def join_forward(x, y):
    return x + y, None


def join_backward(dout, cache):
    return dout, dout  # one array twice, which the graph must not add into


CUBE = cube_forward, cube_backward
JOIN = join_forward, join_backward
MULTIPLY = multiply_forward, multiply_backward

GRAPHS = {
    "chain": lambda: Graph(
        [node("a", "affine", "x", ("W1", "b1")), node("h", "tanh", "a"), node("s", "affine", "h", ("W2", "b2"))],
        weights(W1=(4, 5), b1=(5,), W2=(5, 3), b2=(3,)),
    ),
    "skip": lambda: Graph(
        [
            node("a", "affine", "x", ("W1", "b1")),
            node("h", "sigmoid", "a"),
            node("sum", "add", ("h", "x")),
            node("s", "affine", "sum", ("W2", "b2")),
        ],
        weights(W1=(4, 4), b1=(4,), W2=(4, 3), b2=(3,)),
    ),
    "branches that meet twice": lambda: Graph(
        [
            node("trunk", "affine", "x", ("W", "b")),
            node("left", "tanh", "trunk"),
            node("right", "sigmoid", "trunk"),
            node("meet", "add", ("left", "right")),
            node("again", "add", ("meet", "trunk")),
            node("s", "linear", "again", ("V",)),
        ],
        weights(W=(4, 5), b=(5,), V=(5, 3)),
    ),
    "one value twice into a layer": lambda: Graph(
        [
            node("a", "affine", "x", ("W", "b")),
            node("twice", "add", ("a", "a")),
            node("square", MULTIPLY, ("twice", "a")),
            node("fourth", MULTIPLY, ("square", "square")),
            node("t", "tanh", "fourth"),
            node("s", "linear", "t", ("V",)),
        ],
        weights(W=(4, 5), b=(5,), V=(5, 3)),
    ),
    "shared weights": lambda: Graph(
        [
            node("a", "affine", "x", ("W", "b")),
            node("h", "tanh", "a"),
            node("again", "affine", "h", ("W", "b")),
            node("s", "linear", "again", ("V",)),
        ],
        weights(W=(4, 4), b=(4,), V=(4, 3)),
    ),
    "layers before the first parameter": lambda: Graph(
        [node("t", "tanh", "x"), node("u", "add", ("t", "x")), node("s", "affine", "u", ("W", "b"))],
        weights(W=(4, 3), b=(3,)),
    ),
    "a path without parameters beside one with": lambda: Graph(
        [
            node("t", "tanh", "x"),
            node("a", "linear", "x", ("W",)),
            node("sum", "add", ("t", "a")),
            node("s", "linear", "sum", ("V",)),
        ],
        weights(W=(4, 4), V=(4, 3)),
    ),
    "a pair of functions without out=": lambda: Graph(
        [
            node("a", "affine", "x", ("W", "b")),
            node("cube", CUBE, "a"),
            node("sum", "add", ("cube", "a")),
            node("s", "linear", "sum", ("V",)),
        ],
        weights(W=(4, 5), b=(5,), V=(5, 3)),
    ),
    "activations in a row": lambda: Graph(
        [
            node("trunk", "affine", "x", ("W", "b")),
            node("t", "tanh", "trunk"),
            node("u", "sigmoid", "t"),
            node("v", "softplus", "u"),
            node("meet", "add", ("v", "trunk")),
            node("s", "linear", "meet", ("V",)),
        ],
        weights(W=(4, 5), b=(5,), V=(5, 3)),
    ),
    "a backward that returns its dout twice": lambda: Graph(
        [
            node("p", "linear", "x", ("W",)),
            node("q", "linear", "x", ("U",)),
            node("c", "tanh", "p"),
            node("join", JOIN, ("p", "q")),
            node("sum", "add", ("join", "c")),
            node("s", "linear", "sum", ("V",)),
        ],
        weights(W=(4, 5), U=(4, 5), V=(5, 3)),
    ),
    "nodes that bear the names of parameters": lambda: Graph(
        [node("W", "affine", "x", ("W", "b")), node("b", "tanh", "W"), node("s", "linear", "b", ("V",))],
        weights(W=(4, 5), b=(5,), V=(5, 3)),
    ),
    "windows over images": lambda: convnet(
        "3x2p1,avgpool2s1,pool,4", image=(2, 2), num_classes=3, activation="tanh", reg=0.1, rng=1
    ),
    "penalties and shared weights": lambda: Graph(
        [
            node("a", "affine", "x", ("W", "b")),
            node("h", "tanh", "a"),
            node("again", "affine", "h", ("W", "b")),
            node("s", "linear", "again", ("V",)),
        ],
        weights(W=(4, 4), b=(4,), V=(4, 3)),
        reg=0.3,
        l1=0.05,
    ),
    "batch normalisation": lambda: Graph(
        [
            node("a", "linear", "x", ("W",)),
            node("norm", "batch_norm", "a", ("gamma", "beta")),
            node("h", "tanh", "norm"),
            node("s", "affine", "h", ("V", "c")),
        ],
        weights(W=(4, 5), gamma=(5,), beta=(5,), V=(5, 3), c=(3,)),
    ),
}
