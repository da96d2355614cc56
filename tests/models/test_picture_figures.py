"""The figures in the picture of a graph: to the letter as recorded, and the places that can be worked by hand.

Run this file to record `golden/branches.svg` anew.
"""

from pathlib import Path

import numpy as np
import pytest

from models import Graph, mlp, node
from models.inspection import picture
from models.inspection.layout import Place, lanes, places

GOLDEN = Path(__file__).with_name("golden") / "branches.svg"


def branches() -> Graph:
    """A net with branches, edges that pass rows, long names, settings and two rows of three boxes."""
    W = np.zeros((3, 3))
    nodes = [
        node("a", "linear", "x", "W0"), node("b", "relu", "a"), node("c", "tanh", "a"), node("d", "sigmoid", "a"),
        node("e", "linear", "b", "W1"), node("f", "linear", "c", "W2"), node("g", "leaky_relu", "d", slope=0.25),
        node("a_name_that_is_too_long_for_its_box", "add", ("e", "f")), node("h", "add", ("g", "d")),
        node("i", "add", ("a_name_that_is_too_long_for_its_box", "h")), node("j", "add", ("i", "a")),
    ]  # fmt: skip
    return Graph(nodes, {"W0": W, "W1": W, "W2": W}, loss="squared", loss_settings={"reduction": "sum"})


def test_a_picture_is_to_the_letter_what_it_was():
    assert branches().plot() == GOLDEN.read_text(encoding="utf-8")


def test_places_by_hand():
    nodes = branches().nodes
    found = places(nodes)
    assert found["x"] == Place(0, 0.0)
    assert [found[name] for name in "abcd"] == [Place(1, 0.0), Place(2, -1.0), Place(2, 0.0), Place(2, 1.0)]
    assert [found[name] for name in "efg"] == [Place(3, -1.0), Place(3, 0.0), Place(3, 1.0)]
    assert found["a_name_that_is_too_long_for_its_box"] == Place(4, -0.25)
    assert found["h"] == Place(4, 0.75)
    assert found["i"] == Place(5, 0.25)
    passed = lanes(nodes, found)
    assert passed == pytest.approx(
        {("d", "h"): 1.62, ("a", "j"): 1.74}
    )  # beside all boxes in between, and beside each other


def test_words_in_a_box():
    assert picture._short("a" * 24, 24) == "a" * 24
    assert picture._short("a" * 25, 24) == "a" * 23 + "…"
    for head, below in ((24, 31), (25, 32)):
        drawn = picture._box((0, 0), "a" * head, "b" * below, "#000")
        assert (">" + "a" * 24 + "<" in drawn) == (">" + "b" * 31 + "<" in drawn) == (head == 24)
        assert (">" + "a" * 23 + "…<" in drawn) == (">" + "b" * 30 + "…<" in drawn) == (head == 25)
    assert picture._settings({"slope": 0.25, "size": 3}) == "slope=0.25 size=3"
    drawn = mlp([784, 30, 10], rng=0).plot()
    assert "<title>3 nodes, 23,860 parameters of float64</title>" in drawn
    assert ">input (N, 784)</text>" in drawn
    assert "affine1, W1 784x30, b1 30, " in drawn
    assert "23,550" in drawn


if __name__ == "__main__":
    GOLDEN.write_text(branches().plot(), encoding="utf-8")
