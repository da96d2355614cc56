"""The table that summary() prints."""

import numpy as np

from models import Graph, describe, mlp, node


def test_summary_of_a_chain(capsys):
    mlp([784, 100, 10], reg=1e-4, dtype=np.float32).summary()
    assert capsys.readouterr().out.splitlines() == [
        "node     layer   output    parameters                count",
        "affine1  affine  (N, 100)  W1 (784, 100), b1 (100,)  78,500",
        "relu1    relu    (N, 100)",
        "affine2  affine  (N, 10)   W2 (100, 10), b2 (10,)    1,010",
        "loss softmax_loss   reg 0.0001   l1 0   79,510 parameters, 0.30 MiB of float32",
    ]


def test_branches_and_shapes():
    net = Graph(
        [
            node("trunk", "linear", "x", ("W",)),
            node("left", "tanh", "trunk"),
            node("meet", "add", ("left", "trunk")),
            node("s", "affine", "meet", ("V", "b")),
        ],
        {"W": np.ones((4, 5)), "V": np.ones((5, 3)), "b": np.ones(3)},
        loss="svm",
        l1=0.5,
    )
    table = describe(net)
    assert "meet" in table
    assert "(N, 5)" in table
    assert table.splitlines()[-1] == "loss svm_loss   reg 0   l1 0.5   38 parameters, 0.00 MiB of float64"


def test_a_graph_of_unknown_width_says_so():
    table = describe(Graph([node("t", "tanh", "x")], {}, loss="squared"))
    assert table.splitlines()[1].split() == ["t", "tanh", "?"]


def test_shapes_are_known_behind_noise_on_the_input():
    table = describe(mlp([4, 5, 3], noise=0.1, input_dropout=0.2, batch_norm=True)).splitlines()
    assert table[1].split()[:4] == ["noise0", "gaussian_noise", "(N,", "4)"]
    assert table[3].split()[:4] == ["affine1", "linear", "(N,", "5)"]
